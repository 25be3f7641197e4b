/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The eBPF programs that count what environments do (bpf/usage.bpf.c, bpf/traffic.bpf.c).
 * They tell the module, or us where it has no BTF; we say which cgroup is whose.
 */
#ifndef SLUICE_PROGRAM_H
#define SLUICE_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "sums.h"

struct program;

/*
 * @place: the cgroup of environments. @has_module: they can call it. NULL: nothing is counted, and why has been said; so it
 * has been where only a part is. NULL is allowed in all that follows.
 */
struct program *program_start(int place, bool has_module);
/* Is it counted how long threads wait for a CPU, and what real-time ones take? */
bool program_counts_waits(const struct program *program);
/* Is it us, who have to tell the module? */
bool program_counts_for_us(const struct program *program);
/* The agent ends for good, and the module may be unloaded. */
void program_stop(struct program *program);

/* What is in a cgroup begins or ends to count for @slot. */
void program_add(struct program *program, uint64_t cgroup, uint32_t slot);
void program_remove(struct program *program, uint64_t cgroup);

/* Where they count for us, numbers that only grow; of all that have had the slot. */
void program_counts(const struct program *program, uint32_t slot,
		    uint64_t counts[SUMS_COUNTS]);
/* What real-time threads took, the same. */
uint64_t program_realtime(const struct program *program);

#endif /* SLUICE_PROGRAM_H */
