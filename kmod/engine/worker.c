// SPDX-License-Identifier: GPL-2.0-only
#include "engine/worker.h"

#include <linux/errno.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "engine/dispatch.h"
#include "engine/finish.h"
#include "machine/memory.h"
#include "object/call.h"
#include "object/env.h"
#include "object/owner.h"

/* Takes over the references to @cgroup and @pid when it returns 0. */
int sluice_worker_attach(u32 id, struct sluice_file *door,
			 struct cgroup *cgroup, struct pid *pid, bool returns)
{
	struct sluice_env *env;
	int ret = -ENOENT;

	sluice_enter();
	if (door->env || door->owner.calls) {
		ret = -EBUSY;
	} else {
		env = sluice_env_find(id);
		if (env)
			ret = sluice_env_attach(env, door, cgroup, pid,
						returns);
	}
	sluice_leave();
	return ret;
}

/* The thread that took the call has not ended meanwhile. */
static bool taker_lives(const struct sluice_env *env)
{
	const struct task_struct *taker;
	bool lives;

	rcu_read_lock();
	taker = pid_task(find_pid_ns(env->taker, &init_pid_ns), PIDTYPE_PID);
	lives = taker && taker->tgid == env->taker_process &&
		!READ_ONCE(taker->exit_state);
	rcu_read_unlock();
	return lives;
}

/* Another thread of the process that asks has taken the call, and will answer it. */
static bool colleague_has_it(const struct sluice_env *env)
{
	return env->taker_process == task_tgid_nr(current) &&
	       env->taker != task_pid_nr(current) && taker_lives(env);
}

/* That thread has ended, and its call has not. */
bool sluice_worker_left(const struct sluice_env *env)
{
	lockdep_assert_held(&sluice.lock);
	return env->call && env->call->state == SLUICE_CALL_STATE_RUNNING &&
	       !taker_lives(env);
}

/* Then one that waits for a call is to answer this one. */
void sluice_worker_pass_on(const struct sluice_env *env)
{
	if (env->door && sluice_worker_left(env))
		wake_up(&env->door->wait);
}

/*
 * What the worker of @env is to do: 0 and a call with a reference, whose input may
 * be copied until sluice_worker_take() or sluice_worker_forgo(); -EAGAIN: wait for
 * one; -ESHUTDOWN: end; -EBUSY and a call with a reference: it has not
 * answered that one yet. The first time that a worker asks, its environment is
 * ready.
 */
int sluice_worker_look(struct sluice_env *env, struct sluice_call **taken)
{
	int ret = -EAGAIN;

	sluice_enter();
	if (env->state == SLUICE_ENV_STATE_WANTED && !env->call) {
		sluice_finish_ready(env);
		/* What its task has waiting starts now, not after a sleep. */
		sluice_leave();
		sluice_enter();
	}
	if (!sluice_env_open(env)) {
		ret = -ESHUTDOWN;
	} else if (env->call) {
		if (env->state == SLUICE_ENV_STATE_WANTED)
			sluice_env_busy(env);
		if (env->call->state == SLUICE_CALL_STATE_STARTING)
			ret = 0;
		else if (!colleague_has_it(env))
			ret = -EBUSY;
	}
	if (!ret || ret == -EBUSY) {
		*taken = env->call;
		kref_get(&env->call->ref);
	}
	if (!ret)
		sluice_call_lend_input(env->call);
	sluice_leave();
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

	sluice_enter();
	sluice_call_input_back(call);
	if (env->call == call && call->state == SLUICE_CALL_STATE_STARTING) {
		env->taker = task_pid_nr(current);
		env->taker_process = task_tgid_nr(current);
		env->taken = call->id;
		memcpy(env->taken_trace, call->trace_id,
		       sizeof(env->taken_trace));
		sluice_memory_peak_reset(env->memory);
		sluice_env_bill_from_now(env);
		sluice_env_counts(env, true, &env->begin);
		sluice_call_running(call, worker);
		if (!env->calls)
			measure_setup(env->task, call);
		taken = true;
	}
	sluice_leave();
	return taken;
}

/* Which call was taken last: 0 for none yet. */
u64 sluice_worker_taken(struct sluice_env *env, u8 trace[SLUICE_TRACE_ID_LEN])
{
	u64 id;

	sluice_enter();
	id = env->taken;
	memcpy(trace, env->taken_trace, sizeof(env->taken_trace));
	sluice_leave();
	return id;
}

/* The worker could not take the call that it was shown: it will be again. */
void sluice_worker_forgo(struct sluice_call *call)
{
	sluice_enter();
	sluice_call_input_back(call);
	sluice_leave();
}

/*
 * The worker would not see that the call that it was shown has words. They are not to
 * get lost: its environment ends, and the call goes to another, or fails where none is
 * newer.
 */
void sluice_worker_too_old(struct sluice_env *env, struct sluice_call *call)
{
	sluice_enter();
	sluice_call_input_back(call);
	if (env->call == call && call->state == SLUICE_CALL_STATE_STARTING) {
		strscpy(env->message, "its worker is too old for calls with words",
			sizeof(env->message));
		sluice_finish_env(env, SLUICE_CALL_STATE_FAILED,
				  SLUICE_REASON_ENV_RETIRED);
	}
	sluice_leave();
}

/*
 * The worker is about to answer call @id with @len bytes, log included: 0 and the call with a
 * reference, or -ENOENT: @id does not run there. -ENOBUFS, and the call: its owner
 * has not read enough of what it was answered before.
 */
int sluice_worker_answers(struct sluice_env *env, u64 id, u32 len,
			  struct sluice_call **answered)
{
	struct sluice_call *call;
	int ret = -ENOENT;

	sluice_enter();
	call = env->call;
	if (call && call->id == id &&
	    call->state == SLUICE_CALL_STATE_RUNNING) {
		kref_get(&call->ref);
		*answered = call;
		ret = call->owner && sluice_owner_full(call->owner, len) ?
		      -ENOBUFS : 0;
	}
	sluice_leave();
	return ret;
}

/* Takes over @result->answer when it returns 0. -ENOENT: @id does not run there. */
int sluice_worker_answer(struct sluice_env *env, u64 id,
			 const struct sluice_result *result, u64 worker)
{
	struct sluice_call *call;
	int ret = -ENOENT;

	sluice_enter();
	call = env->call;
	if (call && call->id == id &&
	    call->state == SLUICE_CALL_STATE_RUNNING) {
		sluice_finish_answer(env, result, worker);
		ret = 0;
	}
	sluice_leave();
	return ret;
}

/* The worker's file is closed: the worker is dead, or as good as. */
void sluice_worker_closed(struct sluice_env *env)
{
	sluice_enter();
	env->door = NULL;
	sluice_finish_env(env, SLUICE_CALL_STATE_FAILED,
			  SLUICE_REASON_WORKER_DIED);
	sluice_leave();
}
