// SPDX-License-Identifier: GPL-2.0-only
#include "engine/finish.h"

#include <linux/math64.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "base/event.h"
#include "machine/memory.h"
#include "object/call.h"
#include "object/callq.h"
#include "object/env.h"
#include "object/order.h"
#include "object/park.h"
#include "object/quarantine.h"
#include "object/queue.h"

/* How often a call may lose its environment before it ran. */
#define RESTARTS_MAX	3
/* What a shorter run used of the CPUs tells nothing: the kernel books it by halves. */
#define TELLS_NS	(10 * NSEC_PER_MSEC)
/* The longest wait before a failed call is run again. */
#define BACKOFF_MAX	(3600 * NSEC_PER_SEC)

/*
 * The end of an attempt
 */

/*
 * What it used, it may use again: of calls that were done, and of those for which memory
 * was too little, of which at least that is known.
 */
static void learn_use(struct sluice_task *task, const struct sluice_result *result,
		      u64 peak, u64 cpu, u64 run)
{
	if (result->state != SLUICE_CALL_STATE_DONE &&
	    result->reason != SLUICE_REASON_OUT_OF_MEMORY)
		return;
	if (peak)
		sluice_estimate_add(&task->memory, peak);
	if (run >= TELLS_NS)
		sluice_estimate_add(&task->cpu,
				    mul_u64_u64_div_u64(cpu, 1000 << SLUICE_CPU_SHIFT,
							run));
}

/*
 * Book what a call that ran has used. @worker: CPU time of its worker so far, 0
 * when it did not live to tell.
 */
static void book(struct sluice_env *env, struct sluice_call *call,
		 const struct sluice_result *result, u64 worker)
{
	u64 run = ktime_get_boottime_ns() - call->started;
	u64 peak = sluice_memory_peak(env->memory);
	u64 cpu = sluice_env_bill(env, worker > call->worker_start ?
				       worker - call->worker_start : 0);
	struct sluice_counts counts;

	call->cpu_time += cpu;
	call->run_time += run;
	call->memory_peak = max(call->memory_peak, peak);
	sluice_env_counts(env, worker, &counts);
	sluice_call_counted(call, &env->begin, &counts);
	env->untold = true;
	sluice_event_bill(call);
	env->calls++;
	learn_use(call->task, result, peak, cpu, run);
	sluice_order_settled(call->task, call->booked,
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
static bool retry(struct sluice_call *call, const struct sluice_result *result)
{
	u64 delay = backoff(call);

	/* It has run, and its submitter will have no more room for another answer. */
	if (!delay || result->reason == SLUICE_REASON_SUBMITTER_MEMORY)
		return false;
	sluice_call_retried(call, result, delay);
	sluice_queue_delay(call);
	return true;
}

/* The task may have waited for its own limit. */
static void fewer_running(struct sluice_task *task)
{
	if (sluice_parked(task) &&
	    task->verdict.hold == SLUICE_HOLD_CONCURRENCY)
		sluice_order_unpark(task);
}

/*
 * It was ended before it could tell how long it runs: cancelled, or by a limit that
 * is its submitter's choice, where the task itself would have had longer.
 */
static bool cut_short(const struct sluice_call *call,
		      const struct sluice_result *result)
{
	const struct sluice_task_config *config = &call->task->config;
	u64 own;

	if (result->state != SLUICE_CALL_STATE_TIMED_OUT)
		return result->state == SLUICE_CALL_STATE_CANCELLED;
	own = sluice_shorter(config->timeout,
			     call->demand ? config->runtime : 0);
	return !own || sluice_call_limit(call) < own;
}

/* Is it a failure of the task: not of whoever asked, nor of the gateway? */
static bool failed(const struct sluice_call *call,
		   const struct sluice_result *result)
{
	switch (result->state) {
	case SLUICE_CALL_STATE_TIMED_OUT:
		return !cut_short(call, result);
	case SLUICE_CALL_STATE_FAILED:
		return result->reason != SLUICE_REASON_ENV_RETIRED &&
		       result->reason != SLUICE_REASON_START_TIMEOUT &&
		       result->reason != SLUICE_REASON_SUBMITTER_MEMORY &&
		       result->reason != SLUICE_REASON_GATEWAY_SHORT;
	default:
		return false;
	}
}

/* What the task learns from it: how long its calls run, whether they fail. */
static void learn(struct sluice_call *call, const struct sluice_result *result)
{
	struct sluice_task *task = call->task;

	if (call->state == SLUICE_CALL_STATE_RUNNING &&
	    !cut_short(call, result))
		sluice_estimate_add(&task->estimate, ktime_get_boottime_ns() -
				    call->started);
	if (result->state == SLUICE_CALL_STATE_DONE)
		sluice_quarantine_succeeded(task);
	else if (failed(call, result))
		sluice_quarantine_failed(task);
}

/*
 * What @env started or ran is over: it ends, or waits again. Takes over
 * @result->answer. @worker: CPU time of the worker by its own account, 0 for
 * unknown.
 */
static void attempt_over(struct sluice_env *env,
			 const struct sluice_result *result, u64 worker)
{
	struct sluice_call *call = env->call;
	struct sluice_task *task = call->task;
	struct sluice_result end = *result;

	env->call = NULL;
	fewer_running(task);
	if (call->state == SLUICE_CALL_STATE_RUNNING)
		book(env, call, result, worker);
	else
		sluice_order_settled(task, call->booked, 0);
	learn(call, result);
	if (end.state == SLUICE_CALL_STATE_FAILED) {
		if (sluice_callq_with_key(&task->queue, call)) {
			/* Nobody wants its value any more. */
			end.state = SLUICE_CALL_STATE_SUPERSEDED;
			end.reason = SLUICE_REASON_SUPERSEDED;
		} else if (retry(call, result)) {
			sluice_answer_free(result->answer);
			return;
		}
	}
	sluice_call_end(call, &end);
}

/* A call that its environment never ran is not lost with it, within reason. */
static bool requeue(struct sluice_env *env, enum sluice_reason reason)
{
	struct sluice_call *call = env->call;
	struct sluice_task *task = env->task;

	if (call->state != SLUICE_CALL_STATE_STARTING || task->closing ||
	    (reason && call->restarts == RESTARTS_MAX) ||
	    sluice_callq_with_key(&task->queue, call))
		return false;
	env->call = NULL;
	fewer_running(task);
	sluice_order_settled(task, call->booked, 0);
	sluice_call_requeued(call, reason);
	sluice_queue_again(call);
	return true;
}

/* Not before it has returned what it has for itself, of which a token may tell others. */
static void give_back(struct sluice_env *env)
{
	if (env->returns)
		return;
	sluice_env_release(env);
}

/* The worker has answered what it ran. As attempt_over(). */
void sluice_finish_answer(struct sluice_env *env,
			  const struct sluice_result *result, u64 worker)
{
	attempt_over(env, result, worker);
	give_back(env);
	env->last |= result->last;
	sluice_finish_ready(env);
}

/*
 * The end of an environment
 */

/* An environment without a call: warm, unless nobody would come back for it. */
void sluice_finish_ready(struct sluice_env *env)
{
	struct sluice_task *task = env->task;

	sluice_env_idle(env);
	sluice_order_unpark(task);
	if (!task->config.idle || task->closing || env->last || env->returns ||
	    task->mode >= SLUICE_MODE_DRAIN)
		sluice_env_retire(env);
}

bool sluice_finish_try_gone(struct sluice_env *env)
{
	if (env->state != SLUICE_ENV_STATE_RETIRING || env->returns ||
	    !sluice_env_empty(env))
		return false;
	sluice_env_gone(env, SLUICE_ENV_STATE_GONE);
	return true;
}

static struct sluice_answer *message_of(const struct sluice_call *call,
					const char *text)
{
	struct sluice_answer *answer;

	if (!*text)
		return NULL;
	/* Without memory for it the reason has to do. */
	answer = sluice_call_answer(call, 0, 0, true);
	if (answer)
		strscpy(answer->message, text, sizeof(answer->message));
	return answer;
}

/* The call of an environment that ends: it ends, too. */
static void end_call(struct sluice_env *env, enum sluice_call_state state,
		     enum sluice_reason reason)
{
	const struct sluice_result result = {
		.state = state,
		.reason = reason,
		.answer = message_of(env->call, env->message),
	};

	attempt_over(env, &result, 0);
}

/* How it came that the worker has gone: what it had, and was to have at most, is said. */
static enum sluice_reason why_died(struct sluice_env *env)
{
	u64 limit = sluice_memory_limit(env->memory);
	unsigned long kib = sluice_memory_peak(env->memory) >> 10;

	if (sluice_memory_oom_kills(env->memory) <=
	    env->begin.of[SLUICE_COUNT_OOM_KILLS])
		return SLUICE_REASON_WORKER_DIED;
	if (limit == SLUICE_UNBOUNDED)
		snprintf(env->message, sizeof(env->message),
			 "memory: %lu KiB at most, without a limit", kib);
	else
		snprintf(env->message, sizeof(env->message),
			 "memory: %lu KiB at most, the limit is %lu KiB", kib,
			 (unsigned long)(limit >> 10));
	return SLUICE_REASON_OUT_OF_MEMORY;
}

/*
 * End an environment, and the call that it runs if it has one. Its program is told,
 * and killed when the task's grace is over. What it reserved stays reserved until
 * nothing of it runs any more.
 */
void sluice_finish_env(struct sluice_env *env, enum sluice_call_state state,
		       enum sluice_reason reason)
{
	const struct sluice_call *call = env->call;
	bool runs = call && call->state == SLUICE_CALL_STATE_RUNNING;

	if (runs && reason == SLUICE_REASON_WORKER_DIED)
		reason = why_died(env);
	if (call && !requeue(env, reason))
		end_call(env, state, reason);
	if (sluice_env_open(env)) {
		/* Whoever would ask its program to end must be there to do so. */
		env->cut = runs && env->door;
		sluice_env_retire(env);
	}
	if (call && (!env->cut || !env->task->config.grace))
		sluice_env_kill(env);
	sluice_finish_try_gone(env);
}

/*
 * A wanted environment could not be made, of which @reason is what its call ends with;
 * or there is nothing left of one that is not wanted any more.
 */
void sluice_finish_unmade(struct sluice_env *env, const char *message,
			  enum sluice_reason reason)
{
	if (env->state == SLUICE_ENV_STATE_WANTED)
		strscpy(env->message, message, sizeof(env->message));
	if (env->call)
		end_call(env, SLUICE_CALL_STATE_FAILED, reason);
	if (env->attached)
		sluice_env_retire(env);
	else
		sluice_env_gone(env, SLUICE_ENV_STATE_FAILED);
}

/*
 * A wanted environment will not be made, as the agent has gone. Its call waits for
 * the next one, however many come and go, and holds nothing meanwhile; the environment
 * does, until that one has seen what is there of it and ended it.
 */
void sluice_finish_unwanted(struct sluice_env *env)
{
	strscpy(env->message, "the agent ended before it was made",
		sizeof(env->message));
	if (env->call && !requeue(env, SLUICE_REASON_NONE)) {
		if (env->task->closing)
			end_call(env, SLUICE_CALL_STATE_CANCELLED,
				 SLUICE_REASON_TASK_REMOVED);
		else
			end_call(env, SLUICE_CALL_STATE_FAILED,
				 SLUICE_REASON_ENV_FAILED);
	}
	sluice_env_retire(env);
}

/*
 * An environment has had its time to take its first call, or the one that it was
 * given. Where its program did not, that is a failure of its task, however often
 * its call may begin anew; where it was not made at all, it is the agent's, who may
 * have made half of it.
 */
void sluice_finish_unstarted(struct sluice_env *env)
{
	if (env->attached) {
		strscpy(env->message, "its program took no call in time",
			sizeof(env->message));
		sluice_quarantine_failed(env->task);
		sluice_finish_env(env, SLUICE_CALL_STATE_FAILED,
				  SLUICE_REASON_START_TIMEOUT);
		return;
	}
	strscpy(env->message, "the agent did not make it in time",
		sizeof(env->message));
	if (env->call && !requeue(env, SLUICE_REASON_START_TIMEOUT))
		end_call(env, SLUICE_CALL_STATE_FAILED,
			 SLUICE_REASON_START_TIMEOUT);
	sluice_env_retire(env);
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
	const struct sluice_result result = { .state = state, .reason = reason };
	struct sluice_env *env = call->env;

	switch (call->state) {
	case SLUICE_CALL_STATE_QUEUED:
		sluice_queue_remove(call);
		sluice_call_end(call, &result);
		break;
	case SLUICE_CALL_STATE_STARTING:
		attempt_over(env, &result, 0);
		give_back(env);
		if (env->state == SLUICE_ENV_STATE_BUSY)
			sluice_finish_ready(env);
		break;
	case SLUICE_CALL_STATE_RUNNING:
		sluice_finish_env(env, state, reason);
		break;
	default:
		break;
	}
}
