// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

/* A CPU, in what tasks say. */
#define CPU	1000

uint64_t first_need(const struct first *first, const char *resource)
{
	const struct taskfile *task = &first->task;
	size_t i;

	for (i = 0; i < task->needs_count; i++)
		if (!strcmp(task->needs[i].resource, resource))
			return task->needs[i].amount;
	return 0;
}

/* Those that we may run on, by one question: which are online takes a file of the kernel's. */
static long online_cpus(void)
{
	cpu_set_t all;

	if (!sched_getaffinity(0, sizeof(all), &all))
		return CPU_COUNT(&all);
	/* More than fit into it. */
	return sysconf(_SC_NPROCESSORS_ONLN);
}

unsigned int first_cpus(const struct first *first)
{
	uint64_t cpus = (first_need(first, "cpu") + CPU - 1) / CPU;
	long online = online_cpus();

	if (online < 1)
		online = 1;
	return cpus && cpus < (uint64_t)online ? (unsigned int)cpus :
						 (unsigned int)online;
}

bool first_keeps(const struct first *first)
{
	return first->task.state_size && !first->look;
}
