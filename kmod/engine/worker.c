// SPDX-License-Identifier: GPL-2.0-only
#include "engine/worker.h"

#include <linux/errno.h>
#include <linux/timekeeping.h>

#include "object/call.h"
#include "engine/dispatch.h"
#include "object/env.h"
#include "engine/finish.h"
#include "machine/sample.h"

/* Takes over the references to @cgroup and @pid when it returns 0. */
int sluice_worker_attach(u32 id, struct sluice_file *door,
			 struct cgroup *cgroup, struct pid *pid)
{
	struct sluice_env *env;
	int ret = -ENOENT;

	spin_lock(&sluice.lock);
	if (door->env || door->calls) {
		ret = -EBUSY;
	} else {
		env = sluice_env_find(id);
		if (env)
			ret = sluice_env_attach(env, door, cgroup, pid);
	}
	spin_unlock(&sluice.lock);
	return ret;
}

/*
 * What the worker of @env is to do: 0 and a call with a reference; -EAGAIN: wait
 * for one; -ESHUTDOWN: end; -EBUSY and a call with a reference: it has not
 * answered that one yet. The first time that a worker asks, its environment is
 * ready.
 */
int sluice_worker_ready(struct sluice_env *env, struct sluice_call **taken)
{
	int ret = -EAGAIN;

	spin_lock(&sluice.lock);
	if (env->state == SLUICE_ENV_STATE_WANTED && !env->call) {
		sluice_finish_settle(env);
		sluice_dispatch();
	}
	if (!sluice_env_open(env)) {
		ret = -ESHUTDOWN;
	} else if (env->call) {
		if (env->state == SLUICE_ENV_STATE_WANTED)
			sluice_env_busy(env);
		*taken = env->call;
		kref_get(&env->call->ref);
		ret = env->call->state == SLUICE_CALL_STATE_STARTING ?
		      0 : -EBUSY;
	}
	spin_unlock(&sluice.lock);
	return ret;
}

/* How long it took until a new environment ran its first call, decaying. */
static void measure_setup(struct sluice_task *task,
			  const struct sluice_call *call)
{
	u64 time = call->started - call->starting;

	task->setup = task->setup ? (3 * task->setup + time) / 4 : time;
}

/*
 * The worker has a copy of the call's input: it runs. False when the call was
 * taken away meanwhile. @worker: its CPU time so far.
 */
bool sluice_worker_take(struct sluice_env *env, struct sluice_call *call,
			u64 worker)
{
	bool taken = false;

	spin_lock(&sluice.lock);
	if (env->call == call && call->state == SLUICE_CALL_STATE_STARTING) {
		sluice_sample_env_peak_reset(env);
		sluice_call_running(call, sluice_sample_env_cpu(env), worker);
		if (!env->calls)
			measure_setup(env->task, call);
		taken = true;
	}
	spin_unlock(&sluice.lock);
	return taken;
}

/* Takes over @answer when it returns 0. -ENOENT: @id is not what runs there. */
int sluice_worker_answer(struct sluice_env *env, u64 id,
			 enum sluice_reason reason, s32 status, u64 worker,
			 struct sluice_answer *answer)
{
	struct sluice_call *call;
	int ret = -ENOENT;

	spin_lock(&sluice.lock);
	call = env->call;
	if (call && call->id == id &&
	    call->state == SLUICE_CALL_STATE_RUNNING) {
		sluice_finish_attempt(env, reason == SLUICE_REASON_ANSWERED ?
				      SLUICE_CALL_STATE_DONE :
				      SLUICE_CALL_STATE_FAILED,
				      reason, status, worker, answer);
		sluice_finish_release(env);
		sluice_finish_settle(env);
		sluice_dispatch();
		ret = 0;
	}
	spin_unlock(&sluice.lock);
	return ret;
}

/* The worker's file is closed: the worker is dead, or as good as. */
void sluice_worker_closed(struct sluice_env *env)
{
	spin_lock(&sluice.lock);
	env->door = NULL;
	sluice_finish_env(env, SLUICE_CALL_STATE_FAILED,
			  SLUICE_REASON_WORKER_DIED);
	sluice_dispatch();
	spin_unlock(&sluice.lock);
}
