// SPDX-License-Identifier: GPL-2.0-only
/*
 * realtime PERCENT [CPU]: a thread of SCHED_FIFO that takes so much of a CPU, a tenth of a second at a time, until it is
 * ended.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TENTH	100000000L

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void until(long long when)
{
	const struct timespec time = { when / 1000000000, when % 1000000000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

int main(int argc, char **argv)
{
	const struct sched_param param = { .sched_priority = 10 };
	long percent = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	long long begin;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(argc > 2 ? atoi(argv[2]) : 0, &cpus);
	if (percent <= 0 || sched_setaffinity(0, sizeof(cpus), &cpus) ||
	    sched_setscheduler(0, SCHED_FIFO, &param)) {
		perror("realtime");
		return 1;
	}
	for (begin = now();; begin += TENTH) {
		while (now() < begin + TENTH * percent / 100)
			;
		until(begin + TENTH);
	}
}
