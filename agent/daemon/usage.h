/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What environments use: CPU time by an eBPF program that tells the module, or,
 * where the kernel has no BTF for modules, by the agent from cgroup files; the
 * number of processes always by the agent.
 */
#ifndef SLUICE_USAGE_H
#define SLUICE_USAGE_H

#include "agent.h"

/* Never fails for good: without eBPF it says why and reads cgroup files. */
int usage_start(struct agent *agent);
/* The agent ends for good, and the module may be unloaded. */
void usage_stop(struct agent *agent);
bool usage_is_ebpf(const struct agent *agent);

/* An environment's cgroup begins or ends to count for @slot. */
void usage_add(struct agent *agent, uint64_t cgroup, uint32_t slot);
void usage_remove(struct agent *agent, uint64_t cgroup);

#endif /* SLUICE_USAGE_H */
