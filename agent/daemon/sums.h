/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What bpf/usage.bpf.c counts where it cannot call the module: a map that is in our own
 * memory, so that reading it costs nothing.
 */
#ifndef SLUICE_SUMS_H
#define SLUICE_SUMS_H

#include <stdint.h>

/* As in bpf/usage.bpf.c. No environment has a higher slot. */
#define SUMS_SLOTS	1024
#define SUMS_CPUS	1024

/**
 * struct sums_cpu - real-time threads on a CPU, but for those of environments
 * @realtime: nanoseconds that those had who have left it
 * @since: when the one came that has it, by CLOCK_MONOTONIC; 0: none has
 * @pid: that one
 */
struct sums_cpu {
	uint64_t realtime;
	uint64_t since;
	uint32_t pid;
	uint32_t unused;
};

/**
 * struct sums - all of it
 * @waited: nanoseconds for which threads of the environments with a slot waited for a CPU
 * @cpu: by number
 */
struct sums {
	uint64_t waited[SUMS_SLOTS];
	struct sums_cpu cpu[SUMS_CPUS];
};

/* Of the map @fd. NULL: it cannot be, see errno. */
struct sums *sums_open(int fd);
/* NULL is allowed. */
void sums_close(struct sums *sums);

/* Of real-time threads until now, nanoseconds that only grow. */
uint64_t sums_realtime(const struct sums *sums);

#endif /* SLUICE_SUMS_H */
