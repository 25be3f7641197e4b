/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What workers and their environments do: come up, take calls, answer them, die.
 * All take sluice.lock, except where noted.
 */
#ifndef SLUICE_WORKER_H
#define SLUICE_WORKER_H

#include "types.h"

int sluice_worker_attach(u32 id, struct sluice_file *door,
			 struct cgroup *cgroup, struct pid *pid, bool returns);
int sluice_worker_look(struct sluice_env *env, struct sluice_call **taken);
bool sluice_worker_take(struct sluice_env *env, struct sluice_call *call,
			u64 worker);
u64 sluice_worker_taken(struct sluice_env *env, u8 trace[SLUICE_TRACE_ID_LEN]);
void sluice_worker_forgo(struct sluice_call *call);
void sluice_worker_too_old(struct sluice_env *env, struct sluice_call *call);
int sluice_worker_answers(struct sluice_env *env, u64 id, u32 len,
			  struct sluice_call **answered);
int sluice_worker_answer(struct sluice_env *env, u64 id,
			 const struct sluice_result *result, u64 worker);
void sluice_worker_closed(struct sluice_env *env);
/* With sluice.lock held. The second is part of the tick. */
bool sluice_worker_left(const struct sluice_env *env);
void sluice_worker_pass_on(const struct sluice_env *env);

#endif /* SLUICE_WORKER_H */
