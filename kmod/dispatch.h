/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one engine: class -> gate -> environment -> worker.
 *
 * Each function below is something that happened. It makes the change and then
 * dispatches: asks the classes for the best call and the gate about it, until
 * nothing more may start. All take sluice.lock themselves unless noted.
 */
#ifndef SLUICE_DISPATCH_H
#define SLUICE_DISPATCH_H

#include "types.h"

/**
 * struct sluice_refused - what became of a submission, and why it was refused
 * @refusal: SLUICE_REFUSAL_NONE when the call was accepted
 * @resource: which, for SLUICE_REFUSAL_OVER_BUDGET
 * @asked: what the call needs, where a limit was hit
 * @limit: the limit
 * @id: of the call, when it was accepted
 */
struct sluice_refused {
	u64	id;
	enum sluice_refusal refusal;
	u64	asked;
	u64	limit;
	char	resource[SLUICE_NAME_SIZE];
};

int sluice_refusal_errno(enum sluice_refusal refusal);

struct sluice_task *sluice_dispatch_task(const char *name, u32 input_len,
					 struct sluice_refused *refused);
int sluice_dispatch_submit(struct sluice_call *call,
			   struct sluice_file *owner,
			   struct sluice_refused *refused);
int sluice_dispatch_cancel(struct sluice_call *call);
int sluice_dispatch_reprioritise(struct sluice_call *call, u32 priority);

int sluice_dispatch_attach(u32 id, struct sluice_file *door,
			   struct cgroup *cgroup, struct pid *pid);
int sluice_dispatch_ready(struct sluice_env *env, struct sluice_call **taken);
bool sluice_dispatch_take(struct sluice_env *env, struct sluice_call *call,
			  u64 worker);
int sluice_dispatch_answer(struct sluice_env *env, u64 id,
			   enum sluice_reason reason, s32 status, u64 worker,
			   struct sluice_answer *answer);
void sluice_dispatch_door_closed(struct sluice_env *env);
int sluice_dispatch_env_failed(u32 id, const char *message);
int sluice_dispatch_env_del(u32 id);
int sluice_dispatch_env_drain(u32 id);

void sluice_dispatch_task_changed(struct sluice_task *task,
				  const struct sluice_task_config *config);
void sluice_dispatch_task_del(struct sluice_task *task);
void sluice_dispatch_budget_changed(u32 res);
void sluice_dispatch_grew(u32 res);
void sluice_dispatch_agent(u32 port, pid_t pid, bool cpu_ebpf);

int sluice_dispatch_init(void);
void sluice_dispatch_exit(void);

#endif /* SLUICE_DISPATCH_H */
