/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory in bytes: of the box, of a cgroup by its memory controller, and what of the
 * module's own is charged to whom.
 */
#ifndef SLUICE_MEMORY_H
#define SLUICE_MEMORY_H

#include <linux/types.h>

struct cgroup;
struct cgroup_subsys_state;
struct mem_cgroup;

u64 sluice_memory_physical(void);
u64 sluice_memory_available(void);

struct cgroup_subsys_state *sluice_memory_get(struct cgroup *cgroup);
void sluice_memory_put(struct cgroup_subsys_state *memory);

/* @memory: NULL where there is none, which uses nothing. */
u64 sluice_memory_used(struct cgroup_subsys_state *memory);
/* SLUICE_UNBOUNDED: it has none. */
u64 sluice_memory_limit(struct cgroup_subsys_state *memory);
u64 sluice_memory_peak(struct cgroup_subsys_state *memory);
void sluice_memory_peak_reset(struct cgroup_subsys_state *memory);
/* Processes in there that the kernel has ended for want of memory. */
u64 sluice_memory_oom_kills(struct cgroup_subsys_state *memory);

struct mem_cgroup *sluice_memory_payer(void);
void sluice_memory_payer_put(struct mem_cgroup *payer);
void *sluice_memory_charge(struct mem_cgroup *payer, size_t size, bool atomic);

#endif /* SLUICE_MEMORY_H */
