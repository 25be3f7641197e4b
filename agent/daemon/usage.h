/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What environments use that the module cannot read itself: the number of their
 * processes, from cgroup files; and how long they wait for a CPU, by an eBPF program
 * that tells the module.
 */
#ifndef SLUICE_USAGE_H
#define SLUICE_USAGE_H

#include "agent.h"

/* Never fails for good: without eBPF it says why, and that is not counted. */
int usage_start(struct agent *agent);
/* The agent ends for good, and the module may be unloaded. */
void usage_stop(struct agent *agent);
bool usage_is_ebpf(const struct agent *agent);

/* An environment's cgroup begins or ends to count for @slot. */
void usage_add(struct agent *agent, uint64_t cgroup, uint32_t slot);
void usage_remove(struct agent *agent, uint64_t cgroup);

#endif /* SLUICE_USAGE_H */
