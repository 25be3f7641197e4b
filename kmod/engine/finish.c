// SPDX-License-Identifier: GPL-2.0-only
#include "engine/finish.h"

#include <linux/timekeeping.h>

#include "object/call.h"
#include "object/callq.h"
#include "object/env.h"
#include "base/event.h"
#include "object/park.h"
#include "machine/sample.h"
#include "object/task.h"

/* How often a call may lose its environment before it ran. */
#define RESTARTS_MAX	3
/* The longest wait before a failed call is run again. */
#define BACKOFF_MAX	(3600 * NSEC_PER_SEC)

/*
 * The end of an attempt
 */

/*
 * Book what a call that ran has used. CPU time has two accounts, of which the
 * larger one counts: the environment's counter, and the worker's own (0 when the
 * worker did not live to tell).
 */
static void book(struct sluice_env *env, struct sluice_call *call, u64 worker)
{
	u64 run = ktime_get_boottime_ns() - call->started;
	u64 counter = sluice_sample_env_cpu(env);
	u64 peak = sluice_sample_env_peak(env);
	u64 cpu = 0;

	if (counter > call->cpu_start)
		cpu = counter - call->cpu_start;
	if (worker > call->worker_start)
		cpu = max(cpu, worker - call->worker_start);
	call->cpu_time += cpu;
	call->run_time += run;
	call->memory_peak = max(call->memory_peak, peak);
	env->calls++;
	sluice_task_settled(call->task, call->cost,
			    sluice_ledger_cost(&sluice.ledger, peak, cpu, run));
}

/* How long to wait before the next attempt; 0: there will be none. */
static u64 backoff(const struct sluice_call *call)
{
	const struct sluice_task_config *config = &call->task->config;
	u64 delay;

	if (call->attempts >= config->retries || call->task->closing)
		return 0;
	delay = min_t(u64, config->backoff, BACKOFF_MAX);
	delay = min_t(u64, delay << min(call->attempts, 12U), BACKOFF_MAX);
	/* It would expire: better it fails with the reason. */
	if (call->deadline &&
	    ktime_get_boottime_ns() + delay >= call->deadline)
		return 0;
	return max(delay, 1ULL);
}

/* Run it again later. False: it ends now, and the caller says how. */
static bool retry(struct sluice_call *call, enum sluice_reason reason,
		  s32 status)
{
	u64 delay = backoff(call);

	if (!delay)
		return false;
	sluice_call_retried(call, reason, status, delay);
	sluice_task_delay(call->task, call);
	return true;
}

/* The task may have waited for its own limit. */
static void fewer_running(struct sluice_task *task)
{
	if (sluice_parked(task) &&
	    task->verdict.hold == SLUICE_HOLD_CONCURRENCY)
		sluice_task_unpark(task);
}

/*
 * What @env started or ran has come to an end. Takes over @answer. @worker: CPU
 * time of the worker by its own account, 0 for unknown.
 */
void sluice_finish_attempt(struct sluice_env *env,
			   enum sluice_call_state state,
			   enum sluice_reason reason, s32 status, u64 worker,
			   struct sluice_answer *answer)
{
	struct sluice_call *call = env->call;
	struct sluice_task *task = call->task;

	env->call = NULL;
	fewer_running(task);
	if (call->state == SLUICE_CALL_STATE_RUNNING) {
		book(env, call, worker);
		/* How long a cancelled call would have run nobody knows. */
		if (state != SLUICE_CALL_STATE_CANCELLED)
			sluice_estimate_add(&task->estimate,
					    ktime_get_boottime_ns() -
					    call->started);
	} else {
		sluice_task_settled(task, call->cost, 0);
	}
	if (state == SLUICE_CALL_STATE_DONE)
		sluice_task_outcome(task, false);
	else if ((state == SLUICE_CALL_STATE_FAILED &&
		  reason != SLUICE_REASON_ENV_RETIRED) ||
		 state == SLUICE_CALL_STATE_TIMED_OUT)
		sluice_task_outcome(task, true);
	if (state == SLUICE_CALL_STATE_FAILED) {
		if (sluice_callq_latest(&task->queue, call)) {
			/* Nobody wants its value any more. */
			state = SLUICE_CALL_STATE_SUPERSEDED;
			reason = SLUICE_REASON_SUPERSEDED;
		} else if (retry(call, reason, status)) {
			sluice_answer_free(answer);
			return;
		}
	}
	sluice_call_end(call, state, reason, status, answer);
}

/* A call that its environment never ran is not lost with it, within reason. */
static bool requeue(struct sluice_env *env)
{
	struct sluice_call *call = env->call;
	struct sluice_task *task = env->task;

	if (call->state != SLUICE_CALL_STATE_STARTING || task->closing ||
	    call->restarts == RESTARTS_MAX ||
	    sluice_callq_latest(&task->queue, call))
		return false;
	env->call = NULL;
	fewer_running(task);
	sluice_task_settled(task, call->cost, 0);
	sluice_call_requeued(call);
	sluice_task_requeue(task, call);
	return true;
}

/*
 * The end of an environment
 */

void sluice_finish_release(struct sluice_env *env)
{
	u32 resources = sluice_ledger_release(&sluice.ledger, &env->share);

	sluice_event_ledger(env, resources);
	sluice_task_grew(resources);
}

/* An environment without a call: warm, unless nobody would come back for it. */
void sluice_finish_settle(struct sluice_env *env)
{
	struct sluice_task *task = env->task;

	sluice_env_idle(env);
	sluice_task_unpark(task);
	if (!task->config.idle || task->closing || env->last ||
	    task->mode >= SLUICE_MODE_DRAIN)
		sluice_env_retire(env);
}

bool sluice_finish_try_gone(struct sluice_env *env)
{
	if (env->state != SLUICE_ENV_STATE_RETIRING || !sluice_env_empty(env))
		return false;
	sluice_env_gone(env, SLUICE_ENV_STATE_GONE);
	return true;
}

/*
 * End an environment, and the call that it runs if it has one. What it reserved
 * stays reserved until nothing of it runs any more.
 */
void sluice_finish_env(struct sluice_env *env, enum sluice_call_state state,
		       enum sluice_reason reason)
{
	bool cut = env->call;

	if (cut && !requeue(env))
		sluice_finish_attempt(env, state, reason, 0, 0, NULL);
	if (sluice_env_open(env))
		sluice_env_retire(env);
	if (cut)
		sluice_env_kill(env);
	sluice_finish_try_gone(env);
}

/*
 * End a call from outside: cancelled, timed out, expired and so on. An
 * environment that has not shown it to its worker yet can be used for another.
 */
void sluice_finish_call(struct sluice_call *call,
			enum sluice_call_state state,
			enum sluice_reason reason)
{
	struct sluice_env *env = call->env;

	switch (call->state) {
	case SLUICE_CALL_STATE_QUEUED:
		sluice_task_unqueue(call->task, call);
		sluice_call_end(call, state, reason, 0, NULL);
		break;
	case SLUICE_CALL_STATE_STARTING:
		sluice_finish_attempt(env, state, reason, 0, 0, NULL);
		sluice_finish_release(env);
		if (env->state == SLUICE_ENV_STATE_BUSY)
			sluice_finish_settle(env);
		break;
	case SLUICE_CALL_STATE_RUNNING:
		sluice_finish_env(env, state, reason);
		break;
	default:
		break;
	}
}
