// SPDX-License-Identifier: GPL-2.0-only
#include "sums.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* Fields of /proc/PID/stat after the name, which may have any characters. */
#define CPU		36
#define POLICY		38

static size_t map_size(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (sizeof(struct sums) + page - 1) / page * page;
}

struct sums *sums_open(int fd)
{
	void *map = mmap(NULL, map_size(), PROT_READ, MAP_SHARED, fd, 0);

	return map == MAP_FAILED ? NULL : map;
}

void sums_close(struct sums *sums)
{
	if (sums)
		munmap(sums, map_size());
}

static long field(const char *fields, int which)
{
	long value = -1;

	while (which-- && fields)
		fields = strchr(fields + 1, ' ');
	if (fields)
		sscanf(fields, "%ld", &value);
	return value;
}

/*
 * Nobody tells when a thread stops to be real-time while it runs. Then it is not what runs
 * there now that counts.
 */
static bool still_runs(uint32_t pid, long cpu)
{
	char path[32], text[512];
	const char *fields;
	FILE *file;
	long policy;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	fields = fgets(text, sizeof(text), file) ? strrchr(text, ')') : NULL;
	fclose(file);
	if (!fields || strncmp(fields, ") R", 3))
		return false;
	policy = field(fields + 1, POLICY);
	return field(fields + 1, CPU) == cpu &&
	       (policy == SCHED_FIFO || policy == SCHED_RR ||
		policy == SCHED_DEADLINE);
}

/*
 * The program writes while we read: of one that has just left, the time may be missing,
 * or be counted twice, until we read again.
 */
uint64_t sums_realtime(const struct sums *sums)
{
	const volatile struct sums_cpu *cpu = sums->cpu;
	struct timespec now;
	uint64_t sum = 0, time;
	long i, cpus = sysconf(_SC_NPROCESSORS_CONF);

	clock_gettime(CLOCK_MONOTONIC, &now);
	time = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	for (i = 0; i < cpus && i < SUMS_CPUS; i++) {
		uint64_t since = cpu[i].since;

		sum += cpu[i].realtime;
		if (since && time > since && still_runs(cpu[i].pid, i))
			sum += time - since;
	}
	return sum;
}
