// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a program may have done to us: it is of the same user, and for limits and
 * priorities the kernel asks for no more. The next one would inherit it.
 */
#include "init.h"

#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define IOPRIO_WHO_PROCESS 1
/* More than struct sched_attr has: what it has more some day is compared, too. */
#define SCHED_SIZE	56

struct self {
	struct rlimit limits[RLIM_NLIMITS];
	int	nice;
	int	io;
	uint8_t	sched[SCHED_SIZE];
	cpu_set_t cpus;
};

static struct self begin;

static void look(struct self *self)
{
	int i;

	memset(self, 0, sizeof(*self));
	for (i = 0; i < RLIM_NLIMITS; i++)
		getrlimit((enum __rlimit_resource)i, &self->limits[i]);
	self->nice = getpriority(PRIO_PROCESS, 0);
	self->io = (int)syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);
	syscall(SYS_sched_getattr, 0, self->sched, SCHED_SIZE, 0);
	sched_getaffinity(0, sizeof(self->cpus), &self->cpus);
}

void self_note(void)
{
	look(&begin);
}

bool self_restore(void)
{
	struct self now;
	int i;

	/* What was only lowered as one may raise it again. */
	for (i = 0; i < RLIM_NLIMITS; i++)
		setrlimit((enum __rlimit_resource)i, &begin.limits[i]);
	sched_setaffinity(0, sizeof(begin.cpus), &begin.cpus);
	look(&now);
	return !memcmp(&now, &begin, sizeof(now));
}
