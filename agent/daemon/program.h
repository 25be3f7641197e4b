/* SPDX-License-Identifier: GPL-2.0-only */
/* The eBPF program that tells the module how long environments wait for a CPU. */
#ifndef SLUICE_PROGRAM_H
#define SLUICE_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

struct program;

/* NULL: that is not counted, and why has been said. */
struct program *program_start(void);
/* The agent ends for good, and the module may be unloaded. NULL is allowed. */
void program_stop(struct program *program);

/* The threads of a cgroup begin or end to count for @slot. NULL is allowed. */
void program_add(struct program *program, uint64_t cgroup, uint32_t slot);
void program_remove(struct program *program, uint64_t cgroup);

#endif /* SLUICE_PROGRAM_H */
