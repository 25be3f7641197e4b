/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What eBPF programs count where they cannot call the module: a map that is in our own
 * memory, so that reading it costs nothing.
 */
#ifndef SLUICE_SUMS_H
#define SLUICE_SUMS_H

#include <stdint.h>

/* As in bpf/slots.bpf.h. No environment has a higher slot. */
#define SUMS_SLOTS	1024
#define SUMS_CPUS	1024

/* What is counted: as in the module, SLUICE_A_ENV_CPU_WAIT and so on. */
enum sums_count {
	SUMS_WAITED,
	SUMS_READ,
	SUMS_WRITTEN,
	SUMS_RECEIVED,
	SUMS_SENT,
	SUMS_FAULTS,
	SUMS_PROCESSES,
	SUMS_REFUSED,
	SUMS_COUNTS,
};

/**
 * struct sums_cpu - real-time threads on a CPU, but for those of environments
 * @realtime: nanoseconds that those had who have left it
 * @since: when the one came that has it, by CLOCK_MONOTONIC; 0: none has
 * @pid: that one
 * @env: of the program alone
 */
struct sums_cpu {
	uint64_t realtime;
	uint64_t since;
	uint32_t pid;
	uint32_t env_pid;
	uint64_t env[3];
};

/**
 * struct sums - all of it
 * @slot: of all environments that have had a slot, by enum sums_count
 * @cpu: by number
 */
struct sums {
	uint64_t slot[SUMS_SLOTS][SUMS_COUNTS];
	struct sums_cpu cpu[SUMS_CPUS];
};

/* Of the map @fd. NULL: it cannot be, see errno. */
struct sums *sums_open(int fd);
/* NULL is allowed. */
void sums_close(struct sums *sums);

/* Of real-time threads until now, nanoseconds that only grow. */
uint64_t sums_realtime(const struct sums *sums);

#endif /* SLUICE_SUMS_H */
