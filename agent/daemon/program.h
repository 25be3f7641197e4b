/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The eBPF program that tells how long environments wait for a CPU, and what real-time
 * threads take that are not theirs: the module itself, or us where it has no BTF.
 */
#ifndef SLUICE_PROGRAM_H
#define SLUICE_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

struct program;

/* NULL: that is not counted, and why has been said. */
struct program *program_start(void);
/* Is it us, who have to tell the module? NULL is allowed: nobody counts. */
bool program_counts_for_us(const struct program *program);
/* The agent ends for good, and the module may be unloaded. NULL is allowed. */
void program_stop(struct program *program);

/* The threads of a cgroup begin or end to count for @slot. NULL is allowed. */
void program_add(struct program *program, uint64_t cgroup, uint32_t slot);
void program_remove(struct program *program, uint64_t cgroup);

/* Where it counts for us, in nanoseconds that only grow; of all that have had the slot. */
uint64_t program_waited(const struct program *program, uint32_t slot);
uint64_t program_realtime(const struct program *program);

#endif /* SLUICE_PROGRAM_H */
