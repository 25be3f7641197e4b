/* SPDX-License-Identifier: GPL-2.0-only */
/* What environments use that the module cannot read itself. */
#ifndef SLUICE_MEASURE_H
#define SLUICE_MEASURE_H

#include <sys/types.h>

#include "enforce.h"
#include "module.h"
#include "program.h"

/*
 * The number of processes of environment @id, from its cgroup; @said: what the module
 * knows of it, which is told only what is new.
 */
void measure_env(struct module *module, int place, uint32_t id, uint32_t *said);

/**
 * struct measure_counts - what an environment did, where we have to tell the module
 * @program: who counts
 * @place: of environments
 * @id: of the environment
 * @slot: its
 */
struct measure_counts {
	const struct program *program;
	int	place;
	uint32_t id;
	uint32_t slot;
};

/* Until now, by eBPF programs and, of what these do not count, by files. */
void measure_counts_now(const struct measure_counts *of, uint64_t counts[SUMS_COUNTS]);
/* What was done since @said is told, be it nothing, and said. */
void measure_counts(struct module *module, const struct measure_counts *of,
		    uint64_t said[SUMS_COUNTS]);

/**
 * struct measure_realtime - what real-time threads took
 * @when: it was read, by CLOCK_MONOTONIC in nanoseconds; 0: never
 * @time: that they had until then
 * @said: rate that the module knows, in thousandths of a CPU
 */
struct measure_realtime {
	uint64_t when;
	uint64_t time;
	uint64_t said;
};

/* That since the last time, where @program counts it for us. */
void measure_realtime(struct module *module, const struct program *program,
		      struct measure_realtime *last);
/* How often what is in @cgroup tried to reach what is not its peer; @said as above. */
void measure_tries(struct module *module, struct enforce *enforce, uint64_t cgroup,
		   uint32_t id, uint64_t *said);

/*
 * The place where a task keeps files, as one of its environments has it, whose pid 1 is
 * @pid: to be closed; -1: it keeps none, or cannot be looked at.
 */
int measure_open_state(pid_t pid, const struct taskfile *task);
/* How full that is; @said as above. */
void measure_state(struct module *module, int fd, uint32_t id, uint64_t *said);

#endif /* SLUICE_MEASURE_H */
