/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Environments and their states. The only file that writes sluice_env.state.
 * sluice.lock is held unless noted.
 */
#ifndef SLUICE_ENV_H
#define SLUICE_ENV_H

#include "types.h"

static inline bool sluice_env_open(const struct sluice_env *env)
{
	return env->state <= SLUICE_ENV_STATE_BUSY;
}

/* The agent has not made it yet. */
static inline bool sluice_env_unmade(const struct sluice_env *env)
{
	return env->state == SLUICE_ENV_STATE_WANTED && !env->attached;
}

/* On its way out, and what it has will be there for others before long. */
static inline bool sluice_env_ends_soon(const struct sluice_env *env)
{
	return env->state == SLUICE_ENV_STATE_RETIRING && !env->stuck;
}

int sluice_env_next(struct sluice_task *task, u32 *id);
struct sluice_env *sluice_env_new(struct sluice_task *task);
struct sluice_env *sluice_env_find(u32 id);
void sluice_env_put(struct sluice_env *env);

struct sluice_env *sluice_env_idle_of(struct sluice_task *task);
int sluice_env_attach(struct sluice_env *env, struct sluice_file *door,
		      struct cgroup *cgroup, struct pid *pid, bool returns);
void sluice_env_call_worker(const struct sluice_env *env);
void sluice_env_keeps(struct sluice_env *env, u64 size, u64 used);
void sluice_env_peers_refused(struct sluice_env *env, u64 tries);
void sluice_env_reserve(struct sluice_env *env,
			const struct sluice_request *request);
void sluice_env_release(struct sluice_env *env);
void sluice_env_measure(struct sluice_env *env, int res, u64 value);

void sluice_env_tell_again(struct sluice_env *env);
void sluice_env_idle(struct sluice_env *env);
u64 sluice_env_idled(void);
void sluice_env_busy(struct sluice_env *env);
void sluice_env_retire(struct sluice_env *env);
void sluice_env_kill(struct sluice_env *env);
void sluice_env_stuck(struct sluice_env *env);
bool sluice_env_empty(const struct sluice_env *env);
void sluice_env_gone(struct sluice_env *env, enum sluice_env_state state);

u64 sluice_env_cpu(const struct sluice_env *env);
void sluice_env_counted(struct sluice_env *env,
			const struct sluice_counts *more);
void sluice_env_counts(const struct sluice_env *env, bool own,
		       struct sluice_counts *counts);
void sluice_env_is_due(struct sluice_env *env, u64 used, u64 elapsed);
u64 sluice_env_cpu_wait(const struct sluice_env *env);
u64 sluice_env_cpu_since(struct sluice_env *env);
void sluice_env_bill_from_now(struct sluice_env *env);
u64 sluice_env_bill(struct sluice_env *env, u64 worker);

void sluice_env_exit(void);

#endif /* SLUICE_ENV_H */
