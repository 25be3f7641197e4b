// SPDX-License-Identifier: GPL-2.0-only
#include "measure.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "files.h"
#include "state.h"

/* A part of it that is news, and what is left when it is full: one of so many. */
#define NEWS	64
#define FULL	128
/* Thousandths of a CPU that are no news. */
#define REALTIME_NEWS 10

void measure_env(struct module *module, int place, uint32_t id, uint32_t *said)
{
	int fd = cgroup_open(place, id);
	uint32_t pids;

	if (fd < 0)
		return;
	if (!cgroup_pids(fd, &pids) && pids != *said &&
	    !module_env_pids(module, id, pids))
		*said = pids;
	close(fd);
}

void measure_counts_now(const struct measure_counts *of, uint64_t counts[SUMS_COUNTS])
{
	int cgroup;

	program_counts(of->program, of->slot, counts);
	if (program_counts_waits(of->program))
		return;
	cgroup = cgroup_open(of->place, of->id);
	if (cgroup < 0)
		return;
	files_counts(cgroup, counts);
	close(cgroup);
}

void measure_counts(struct module *module, const struct measure_counts *of,
		    uint64_t said[SUMS_COUNTS])
{
	uint64_t now[SUMS_COUNTS], more[SUMS_COUNTS];
	size_t i;

	/* They tell the module themselves. */
	if (program_counts_waits(of->program) && !program_counts_for_us(of->program))
		return;
	measure_counts_now(of, now);
	for (i = 0; i < SUMS_COUNTS; i++)
		more[i] = now[i] > said[i] ? now[i] - said[i] : 0;
	/* That there is nothing more is news, too: what comes is another call's. */
	if (!module_env_counted(module, of->id, more))
		memcpy(said, now, sizeof(now));
}

void measure_realtime(struct module *module, const struct program *program,
		      struct measure_realtime *last)
{
	uint64_t time, when, rate;
	struct timespec now;

	if (!program_counts_for_us(program))
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	when = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	time = program_realtime(program);
	rate = last->when && time > last->time ?
	       (time - last->time) * 1000 / (when - last->when) : 0;
	last->when = when;
	last->time = time;
	if (rate / REALTIME_NEWS != last->said / REALTIME_NEWS &&
	    !module_set_realtime(module, rate))
		last->said = rate;
}

void measure_tries(struct module *module, struct enforce *enforce, uint64_t cgroup,
		   uint32_t id, uint64_t *said)
{
	uint64_t tries = enforce_tries(enforce, cgroup);

	if (tries != *said && !module_env_peers_refused(module, id, tries))
		*said = tries;
}

/* Is anything mounted on the way there, which may not answer? */
static bool is_behind_data(const struct taskfile *task, const char *path)
{
	size_t i;

	for (i = 0; i < task->data_count; i++) {
		const char *target = task->data[i].target;
		size_t len = strlen(target);

		if (!strncmp(path, target, len) &&
		    (path[len] == '/' || !path[len]))
			return true;
	}
	return false;
}

int measure_open_state(pid_t pid, const struct taskfile *task)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS,
	};
	char inside[64], path[32];
	int root, fd;

	snprintf(inside, sizeof(inside), STATE_INSIDE "/%s", task->name);
	if (!task->state_size || is_behind_data(task, inside))
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/root", pid);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -1;
	/* Where the root can be written, see first/layers.c. */
	fd = (int)syscall(SYS_openat2, root, inside, &how, sizeof(how));
	close(root);
	return fd;
}

void measure_state(struct module *module, int fd, uint32_t id, uint64_t *said)
{
	uint64_t size, used, news;
	struct statvfs st;

	if (fd < 0 || fstatvfs(fd, &st))
		return;
	size = st.f_blocks * st.f_frsize;
	used = (st.f_blocks - st.f_bfree) * st.f_frsize;
	if (st.f_bavail < st.f_blocks / FULL || !st.f_favail)
		used = size;
	news = used > *said ? used - *said : *said - used;
	if (!news || (news < size / NEWS && used != size && *said != size))
		return;
	if (!module_env_keeps(module, id, size, used))
		*said = used;
}
