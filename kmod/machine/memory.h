/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory in bytes: of the box, and of a cgroup by its memory controller. */
#ifndef SLUICE_MEMORY_H
#define SLUICE_MEMORY_H

#include <linux/types.h>

struct cgroup;
struct cgroup_subsys_state;

u64 sluice_memory_physical(void);
u64 sluice_memory_available(void);

struct cgroup_subsys_state *sluice_memory_get(struct cgroup *cgroup);
void sluice_memory_put(struct cgroup_subsys_state *memory);

/* @memory: NULL where there is none, which uses nothing. */
u64 sluice_memory_used(struct cgroup_subsys_state *memory);
u64 sluice_memory_peak(struct cgroup_subsys_state *memory);
void sluice_memory_peak_reset(struct cgroup_subsys_state *memory);

#endif /* SLUICE_MEMORY_H */
