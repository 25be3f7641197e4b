/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the machine really uses. The only file that reads it; writes nothing but
 * the ledger. sluice.lock is held unless noted.
 */
#ifndef SLUICE_SAMPLE_H
#define SLUICE_SAMPLE_H

#include "types.h"

int sluice_sample_init(void);
void sluice_sample_exit(void);

u32 sluice_sample_memory(void);
u32 sluice_sample_cpu(void);

u64 sluice_sample_env_memory(const struct sluice_env *env);
void sluice_sample_env_peak_reset(struct sluice_env *env);
u64 sluice_sample_env_peak(const struct sluice_env *env);
u64 sluice_sample_env_cpu(const struct sluice_env *env);
u64 sluice_sample_worker_cpu(void);

struct cgroup_subsys_state *sluice_sample_memory_get(struct cgroup *cgroup);
void sluice_sample_memory_put(struct cgroup_subsys_state *memory);

void sluice_sample_slot_reset(u32 slot);
void sluice_sample_switch(s32 prev, s32 next);

#endif /* SLUICE_SAMPLE_H */
