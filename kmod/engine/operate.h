/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What operators, the agent and submitters do to calls, environments, tasks and
 * budgets that are there. All are called with sluice.lock held.
 */
#ifndef SLUICE_OPERATE_H
#define SLUICE_OPERATE_H

#include "engine/admit.h"
#include "types.h"

/**
 * struct sluice_box_said - what the agent knows of the box; NULL: nothing new
 * @cpu_guaranteed: see struct sluice_box
 * @cpu_realtime: what real-time threads take, in thousandths of a CPU
 * @cpu_limit: see struct sluice_box
 * @pids_limit: see struct sluice_box
 * @above: cgroups above environments; what was known before comes back in it
 */
struct sluice_box_said {
	const u64 *cpu_guaranteed;
	const u64 *cpu_realtime;
	const u64 *cpu_limit;
	const u64 *pids_limit;
	struct sluice_above *above;
};

int sluice_operate_cancel(struct sluice_call *call);
int sluice_operate_change(struct sluice_call *call, const u32 *priority,
			  const u64 *deadline, bool (*privileged)(void),
			  struct sluice_refused *refused);

int sluice_operate_env_pids(u32 id, u32 pids);
int sluice_operate_env_keeps(u32 id, u64 size, u64 used);
int sluice_operate_env_peers_refused(u32 id, u64 tries);
int sluice_operate_env_counted(u32 id, const struct sluice_counts *more);
int sluice_operate_env_returned(u32 id);
int sluice_operate_env_failed(u32 id, const char *message, bool lacked);
int sluice_operate_env_del(u32 id);
int sluice_operate_env_drain(u32 id);

void sluice_operate_task_mode(struct sluice_task *task, enum sluice_mode mode);
void sluice_operate_task_del(struct sluice_task *task);

int sluice_operate_budget_set(const char *name, const u64 *budget,
			      const u64 *reserve);
int sluice_operate_budget_del(struct sluice_account *account);

void sluice_operate_agent(u32 port, pid_t pid,
			  enum sluice_wait_source source);
void sluice_operate_box(const struct sluice_box_said *said);
void sluice_operate_cached(u64 id, u64 used, u64 cache);

#endif /* SLUICE_OPERATE_H */
