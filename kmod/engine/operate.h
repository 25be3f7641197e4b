/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What operators, the agent and submitters do to calls, environments, tasks and
 * budgets that are there.
 */
#ifndef SLUICE_OPERATE_H
#define SLUICE_OPERATE_H

#include "types.h"

/* These take sluice.lock. */
int sluice_operate_cancel(struct sluice_call *call);
int sluice_operate_env_failed(u32 id, const char *message);
int sluice_operate_env_del(u32 id);
int sluice_operate_env_drain(u32 id);

/* These are called with sluice.lock held. */
void sluice_operate_task_change(struct sluice_task *task,
				const struct sluice_task_config *config);
void sluice_operate_task_mode(struct sluice_task *task, enum sluice_mode mode);
void sluice_operate_task_del(struct sluice_task *task);
void sluice_operate_budget(u32 res);
void sluice_operate_grew(u32 res);
void sluice_operate_agent(u32 port, pid_t pid, bool cpu_ebpf);

#endif /* SLUICE_OPERATE_H */
