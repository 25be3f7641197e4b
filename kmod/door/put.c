// SPDX-License-Identifier: GPL-2.0-only
#include "door/put.h"

#include <linux/pid.h>
#include <linux/timekeeping.h>
#include <net/netlink.h>

#include "machine/cpu.h"
#include "object/callq.h"
#include "object/env.h"
#include "object/forecast.h"
#include "object/order.h"
#include "object/park.h"

/* How far is counted: for one who asks for one call, and for each of very many. */
#define POSITION_MAX	1000
#define POSITION_MAX_EACH 64

static int put_amount(struct sk_buff *skb, int type,
		      const struct sluice_account *account, u64 amount)
{
	struct nlattr *nest;

	if (!amount)
		return 0;
	nest = nla_nest_start(skb, type);
	if (!nest ||
	    nla_put_string(skb, SLUICE_A_AMOUNT_RESOURCE, account->name) ||
	    nla_put_u64_64bit(skb, SLUICE_A_AMOUNT_AMOUNT, amount,
			      SLUICE_A_AMOUNT_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* @tokens: NULL for none. */
static int put_amounts(struct sk_buff *skb, int type, const u64 *amounts,
		       const struct sluice_tokens *tokens)
{
	u32 i;

	for (i = 0; i < SLUICE_QUANTITIES; i++)
		if (put_amount(skb, type, &sluice.ledger.account[i],
			       amounts[i]))
			return -EMSGSIZE;
	for (i = 0; tokens && i < tokens->count; i++)
		if (put_amount(skb, type, tokens->each[i].account,
			       tokens->each[i].amount))
			return -EMSGSIZE;
	return 0;
}

/* By enum sluice_count. */
const int sluice_put_env_counts[SLUICE_COUNTS] = {
	[SLUICE_COUNT_WAITED] = SLUICE_A_ENV_CPU_WAIT,
	[SLUICE_COUNT_READ] = SLUICE_A_ENV_READ_BYTES,
	[SLUICE_COUNT_WRITTEN] = SLUICE_A_ENV_WRITTEN_BYTES,
	[SLUICE_COUNT_RECEIVED] = SLUICE_A_ENV_RECEIVED_BYTES,
	[SLUICE_COUNT_SENT] = SLUICE_A_ENV_SENT_BYTES,
	[SLUICE_COUNT_FAULTS] = SLUICE_A_ENV_PAGE_FAULTS,
	[SLUICE_COUNT_PROCESSES] = SLUICE_A_ENV_PROCESSES,
	[SLUICE_COUNT_REFUSED] = SLUICE_A_ENV_SYSCALLS_REFUSED,
	[SLUICE_COUNT_OOM_KILLS] = SLUICE_A_ENV_OOM_KILLS,
};

static const int call_counts[SLUICE_COUNTS] = {
	[SLUICE_COUNT_WAITED] = SLUICE_A_CALL_CPU_WAIT,
	[SLUICE_COUNT_READ] = SLUICE_A_CALL_READ_BYTES,
	[SLUICE_COUNT_WRITTEN] = SLUICE_A_CALL_WRITTEN_BYTES,
	[SLUICE_COUNT_RECEIVED] = SLUICE_A_CALL_RECEIVED_BYTES,
	[SLUICE_COUNT_SENT] = SLUICE_A_CALL_SENT_BYTES,
	[SLUICE_COUNT_FAULTS] = SLUICE_A_CALL_PAGE_FAULTS,
	[SLUICE_COUNT_PROCESSES] = SLUICE_A_CALL_PROCESSES,
	[SLUICE_COUNT_REFUSED] = SLUICE_A_CALL_SYSCALLS_REFUSED,
	[SLUICE_COUNT_OOM_KILLS] = SLUICE_A_CALL_OOM_KILLS,
};

static int put_counts(struct sk_buff *skb, const int *attrs, int pad,
		      const struct sluice_counts *counts)
{
	int i;

	for (i = 0; i < SLUICE_COUNTS; i++)
		if (nla_put_u64_64bit(skb, attrs[i], counts->of[i], pad))
			return -EMSGSIZE;
	return 0;
}

static int put_task_config(struct sk_buff *skb,
			   const struct sluice_task_config *config)
{
	if (nla_put_u32(skb, SLUICE_A_TASK_PRIORITY_MAX,
			config->priority_max) ||
	    nla_put_u32(skb, SLUICE_A_TASK_KEYS, config->keys) ||
	    nla_put_u32(skb, SLUICE_A_TASK_WEIGHT, config->weight) ||
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_RUNTIME, config->runtime,
			      SLUICE_A_TASK_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_DEADLINE, config->deadline,
			      SLUICE_A_TASK_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_PATIENCE, config->patience,
			      SLUICE_A_TASK_PAD) ||
	    nla_put_u32(skb, SLUICE_A_TASK_RUNNING_MAX, config->running_max) ||
	    nla_put_u32(skb, SLUICE_A_TASK_OVERFLOW, config->overflow) ||
	    nla_put_u32(skb, SLUICE_A_TASK_RETRIES, config->retries) ||
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_BACKOFF, config->backoff,
			      SLUICE_A_TASK_PAD) ||
	    nla_put_u32(skb, SLUICE_A_TASK_QUARANTINE_AFTER,
			config->quarantine_after) ||
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_QUARANTINE,
			      config->quarantine, SLUICE_A_TASK_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_START_TIMEOUT,
			      config->start_timeout, SLUICE_A_TASK_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_GRACE, config->grace,
			      SLUICE_A_TASK_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_OVERHEAD, config->overhead,
			      SLUICE_A_TASK_PAD))
		return -EMSGSIZE;
	return 0;
}

static int put_task_state(struct sk_buff *skb, const struct sluice_task *task)
{
	if (nla_put_u32(skb, SLUICE_A_TASK_MODE, task->mode) ||
	    nla_put_u32(skb, SLUICE_A_TASK_DELAYED,
			task->queue.calls - task->queue.ready) ||
	    nla_put_u32(skb, SLUICE_A_TASK_FAILURES, task->failures) ||
	    nla_put_u32(skb, SLUICE_A_TASK_CLAIMS, !!task->claim) ||
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_REFUSED, task->refused,
			      SLUICE_A_TASK_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_RETRIED, task->retried,
			      SLUICE_A_TASK_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_SUPERSEDED, task->superseded,
			      SLUICE_A_TASK_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_DROPPED, task->dropped,
			      SLUICE_A_TASK_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_LATE, task->late,
			      SLUICE_A_TASK_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_PEERS_REFUSED,
			      task->peers_refused, SLUICE_A_TASK_PAD))
		return -EMSGSIZE;
	if (task->quarantined &&
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_QUARANTINED_UNTIL,
			      task->quarantined, SLUICE_A_TASK_PAD))
		return -EMSGSIZE;
	if (sluice_estimate_known(&task->memory) &&
	    (nla_put_u64_64bit(skb, SLUICE_A_TASK_MEMORY_MEDIAN,
			       task->memory.median, SLUICE_A_TASK_PAD) ||
	     nla_put_u64_64bit(skb, SLUICE_A_TASK_MEMORY_P95,
			       task->memory.p95, SLUICE_A_TASK_PAD)))
		return -EMSGSIZE;
	if (sluice_estimate_known(&task->cpu) &&
	    (nla_put_u64_64bit(skb, SLUICE_A_TASK_CPU_MEDIAN,
			       task->cpu.median >> SLUICE_CPU_SHIFT,
			       SLUICE_A_TASK_PAD) ||
	     nla_put_u64_64bit(skb, SLUICE_A_TASK_CPU_P95,
			       task->cpu.p95 >> SLUICE_CPU_SHIFT,
			       SLUICE_A_TASK_PAD)))
		return -EMSGSIZE;
	if (sluice_estimate_known(&task->estimate) &&
	    (nla_put_u64_64bit(skb, SLUICE_A_TASK_RUN_MEDIAN,
			       task->estimate.median, SLUICE_A_TASK_PAD) ||
	     nla_put_u64_64bit(skb, SLUICE_A_TASK_RUN_P95,
			       task->estimate.p95, SLUICE_A_TASK_PAD)))
		return -EMSGSIZE;
	return 0;
}

int sluice_put_task(struct sk_buff *skb, const struct sluice_task *task)
{
	const struct sluice_task_config *config = &task->config;

	lockdep_assert_held(&sluice.lock);
	if (nla_put_string(skb, SLUICE_A_TASK_NAME, task->name) ||
	    nla_put_u32(skb, SLUICE_A_TASK_KIND, config->kind) ||
	    nla_put_string(skb, SLUICE_A_TASK_CLASS, config->class->name) ||
	    nla_put_u32(skb, SLUICE_A_TASK_PRIORITY, config->priority) ||
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_TIMEOUT, config->timeout,
			      SLUICE_A_TASK_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_IDLE, config->idle,
			      SLUICE_A_TASK_PAD) ||
	    nla_put_u32(skb, SLUICE_A_TASK_QUEUE_MAX, config->queue_max) ||
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_QUEUE_BYTES,
			      config->queue_bytes, SLUICE_A_TASK_PAD) ||
	    nla_put_u32(skb, SLUICE_A_TASK_INPUT_MAX, config->input_max) ||
	    nla_put_u32(skb, SLUICE_A_TASK_OUTPUT_MAX, config->output_max) ||
	    nla_put_u32(skb, SLUICE_A_TASK_ENVS_MAX, config->envs_max) ||
	    put_amounts(skb, SLUICE_A_TASK_REQUEST, config->request.amount,
			config->request.tokens) ||
	    nla_put_u32(skb, SLUICE_A_TASK_QUEUED, task->queue.calls) ||
	    nla_put_u32(skb, SLUICE_A_TASK_RUNNING, task->running) ||
	    nla_put_u32(skb, SLUICE_A_TASK_ENVS, task->envs) ||
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_BYTES, task->queue.bytes,
			      SLUICE_A_TASK_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_SUBMITTED, task->submitted,
			      SLUICE_A_TASK_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_TASK_ENDED, task->ended,
			      SLUICE_A_TASK_PAD) ||
	    put_task_config(skb, config))
		return -EMSGSIZE;
	return put_task_state(skb, task);
}

int sluice_put_env(struct sk_buff *skb, const struct sluice_env *env,
		   bool all)
{
	struct sluice_counts counts;

	lockdep_assert_held(&sluice.lock);
	sluice_env_counts(env, false, &counts);
	if (nla_put_u32(skb, SLUICE_A_ENV_ID, env->id) ||
	    nla_put_string(skb, SLUICE_A_ENV_TASK, env->task->name) ||
	    nla_put_u32(skb, SLUICE_A_ENV_STATE, env->state) ||
	    nla_put_u32(skb, SLUICE_A_ENV_SLOT, env->slot) ||
	    put_amounts(skb, SLUICE_A_ENV_RESERVED, env->share.reserved,
			env->share.tokens) ||
	    put_amounts(skb, SLUICE_A_ENV_MEASURED, env->share.measured,
			NULL) ||
	    nla_put_u64_64bit(skb, SLUICE_A_ENV_CPU_TIME,
			      sluice_env_cpu(env), SLUICE_A_ENV_PAD) ||
	    put_counts(skb, sluice_put_env_counts, SLUICE_A_ENV_PAD, &counts) ||
	    nla_put_u32(skb, SLUICE_A_ENV_PIDS,
			env->share.measured[SLUICE_RES_PIDS]) ||
	    nla_put_u64_64bit(skb, SLUICE_A_ENV_CALLS, env->calls,
			      SLUICE_A_ENV_PAD))
		return -EMSGSIZE;
	if (env->state_size &&
	    (nla_put_u64_64bit(skb, SLUICE_A_ENV_STATE_SIZE, env->state_size,
			       SLUICE_A_ENV_PAD) ||
	     nla_put_u64_64bit(skb, SLUICE_A_ENV_STATE_USED, env->state_used,
			       SLUICE_A_ENV_PAD)))
		return -EMSGSIZE;
	if (env->told_at &&
	    nla_put_u64_64bit(skb, SLUICE_A_ENV_COUNTED_AT, env->told_at,
			      SLUICE_A_ENV_PAD))
		return -EMSGSIZE;
	if (env->peers_refused &&
	    nla_put_u64_64bit(skb, SLUICE_A_ENV_PEERS_REFUSED,
			      env->peers_refused, SLUICE_A_ENV_PAD))
		return -EMSGSIZE;
	if (env->call &&
	    nla_put_u64_64bit(skb, SLUICE_A_ENV_CALL, env->call->id,
			      SLUICE_A_ENV_PAD))
		return -EMSGSIZE;
	if (env->pid &&
	    nla_put_u32(skb, SLUICE_A_ENV_PID, pid_nr(env->pid)))
		return -EMSGSIZE;
	if (all && *env->message &&
	    nla_put_string(skb, SLUICE_A_ENV_MESSAGE, env->message))
		return -EMSGSIZE;
	return 0;
}

/*
 * Why a waiting call waits, as things are now. What stops its task comes first;
 * then it waits behind the first of its task, for which the gate gave the reason, if
 * it was asked yet.
 */
static enum sluice_hold hold_now(const struct sluice_call *call)
{
	const struct sluice_task *task = call->task;

	if (call->ready_at)
		return SLUICE_HOLD_BACKOFF;
	if (task->mode != SLUICE_MODE_RUN)
		return SLUICE_HOLD_STOPPED;
	if (task->quarantined)
		return SLUICE_HOLD_QUARANTINE;
	/* It comes just now, and stands nowhere yet. */
	if (call->queued == SLUICE_QUEUED_NOT)
		return SLUICE_HOLD_NONE;
	if (call != sluice_callq_first(&task->queue))
		return SLUICE_HOLD_BEHIND;
	if (sluice_class_shut(task->rank.class))
		return SLUICE_HOLD_ORDER;
	return sluice_parked(task) ? task->verdict.hold : SLUICE_HOLD_NONE;
}

/* What is short by how much; of what can never start, by how much it is over the budget. */
static int put_shortage(struct sk_buff *skb,
			const struct sluice_verdict *verdict)
{
	if (nla_put_string(skb, SLUICE_A_CALL_HOLD_RESOURCE,
			   sluice_ledger_name(&sluice.ledger, verdict->res)) ||
	    nla_put_u64_64bit(skb, SLUICE_A_CALL_NEED, verdict->need,
			      SLUICE_A_CALL_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_CALL_MISSING, verdict->missing,
			      SLUICE_A_CALL_PAD))
		return -EMSGSIZE;
	return 0;
}

/* The call for which the task is held back: it claims what this one would take. */
static int put_claimant(struct sk_buff *skb,
			const struct sluice_verdict *verdict)
{
	const struct sluice_claim *claim = verdict->claim;
	const struct sluice_call *first;

	first = claim->task ? sluice_callq_first(&claim->task->queue) : NULL;
	/* It ends this moment, and its task is asked about again. */
	if (!first)
		return 0;
	return nla_put_u64_64bit(skb, SLUICE_A_CALL_CLAIM_CALL, first->id,
				 SLUICE_A_CALL_PAD);
}

static int put_verdict(struct sk_buff *skb, enum sluice_hold hold,
		       const struct sluice_verdict *verdict)
{
	if (nla_put_u32(skb, SLUICE_A_CALL_HOLD, hold))
		return -EMSGSIZE;
	switch (hold) {
	case SLUICE_HOLD_RESOURCE:
	case SLUICE_HOLD_NEVER:
		return put_shortage(skb, verdict);
	case SLUICE_HOLD_CLAIM:
		return put_claimant(skb, verdict);
	default:
		return 0;
	}
}

/* Of what the task is parked for, which it names. */
static u64 lacks_now(const struct sluice_task *task)
{
	u32 res = task->verdict.res;

	return sluice_account_lacks(sluice_ledger_account(&sluice.ledger, res),
				    task->verdict.need,
				    sluice_request_of(&task->config.request,
						      res));
}

/* What is missing is said as it is now, not as it was when the gate was asked. */
static int put_hold(struct sk_buff *skb, const struct sluice_call *call)
{
	const struct sluice_task *task = call->task;
	struct sluice_verdict verdict = task->verdict;
	enum sluice_hold hold = hold_now(call);

	if (hold == SLUICE_HOLD_RESOURCE)
		verdict.missing = lacks_now(task);
	if (put_verdict(skb, hold, &verdict) ||
	    (hold == SLUICE_HOLD_RESOURCE &&
	     nla_put_u32(skb, SLUICE_A_CALL_CLAIMS, !!task->claim)) ||
	    (hold == SLUICE_HOLD_BACKOFF &&
	     nla_put_u64_64bit(skb, SLUICE_A_CALL_READY_AT, call->ready_at,
			       SLUICE_A_CALL_PAD)))
		return -EMSGSIZE;
	return 0;
}

/* What a call to the task would meet that came now; @env: in which it would run. */
int sluice_put_try(struct sk_buff *skb, const struct sluice_task *task,
		   const struct sluice_env *env,
		   const struct sluice_verdict *verdict)
{
	lockdep_assert_held(&sluice.lock);
	if (nla_put_string(skb, SLUICE_A_CALL_TASK, task->name) ||
	    nla_put_string(skb, SLUICE_A_CALL_CLASS,
			   task->config.class->name) ||
	    put_verdict(skb, verdict->hold, verdict) ||
	    (env && nla_put_u32(skb, SLUICE_A_CALL_ENV, env->id)) ||
	    (verdict->hold == SLUICE_HOLD_BEHIND &&
	     nla_put_u32(skb, SLUICE_A_CALL_POSITION, task->queue.ready)))
		return -EMSGSIZE;
	return 0;
}

/* Where a waiting call stands, and when its turn may come. */
static int put_waiting(struct sk_buff *skb, const struct sluice_call *call,
		       enum sluice_put detail)
{
	u32 position = sluice_callq_position(&call->task->queue, call,
					     detail == SLUICE_PUT_ONE ?
					     POSITION_MAX : POSITION_MAX_EACH);
	u64 start;

	/* One that comes just now stands nowhere yet. */
	if ((call->queued != SLUICE_QUEUED_NOT &&
	     nla_put_u32(skb, SLUICE_A_CALL_POSITION, position)) ||
	    put_hold(skb, call))
		return -EMSGSIZE;
	/* Why the last attempt failed, or its last environment ended. */
	if (call->restarts &&
	    nla_put_u32(skb, SLUICE_A_CALL_RESTARTS, call->restarts))
		return -EMSGSIZE;
	if ((call->attempts || call->restarts) &&
	    (nla_put_u32(skb, SLUICE_A_CALL_REASON, call->reason) ||
	     nla_put_s32(skb, SLUICE_A_CALL_STATUS, call->status)))
		return -EMSGSIZE;
	if (detail == SLUICE_PUT_EVENT)
		return 0;
	start = sluice_forecast_start(call, position);
	if (start != SLUICE_NEVER &&
	    nla_put_u64_64bit(skb, SLUICE_A_CALL_EXPECTED_START, start,
			      SLUICE_A_CALL_PAD))
		return -EMSGSIZE;
	if (detail == SLUICE_PUT_ONE && call->task->rank.waits)
		return nla_put_u32(skb, SLUICE_A_CALL_TASKS_BEFORE,
				   sluice_order_before(call->task));
	return 0;
}

static int put_bill(struct sk_buff *skb, const struct sluice_call *call)
{
	u64 now = ktime_get_boottime_ns();
	u64 end = call->ended ? call->ended : now;
	u64 run = call->run_time;

	if (call->state == SLUICE_CALL_STATE_RUNNING)
		run += now - call->started;
	if (nla_put_u64_64bit(skb, SLUICE_A_CALL_WAIT_TIME,
			      end - call->submitted - run,
			      SLUICE_A_CALL_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_CALL_RUN_TIME, run,
			      SLUICE_A_CALL_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_CALL_CPU_TIME, call->cpu_time,
			      SLUICE_A_CALL_PAD) ||
	    put_counts(skb, call_counts, SLUICE_A_CALL_PAD, &call->counts) ||
	    nla_put_u64_64bit(skb, SLUICE_A_CALL_MEMORY_PEAK,
			      call->memory_peak, SLUICE_A_CALL_PAD))
		return -EMSGSIZE;
	return 0;
}

static int put_result(struct sk_buff *skb, const struct sluice_call *call,
		      bool all)
{
	const struct sluice_answer *answer = call->answer;

	if (nla_put_u32(skb, SLUICE_A_CALL_REASON, call->reason) ||
	    nla_put_s32(skb, SLUICE_A_CALL_STATUS, call->status) ||
	    nla_put_u32(skb, SLUICE_A_CALL_OUTPUT_LEN,
			answer ? answer->len : 0))
		return -EMSGSIZE;
	if (all && answer && *answer->message &&
	    nla_put_string(skb, SLUICE_A_CALL_MESSAGE, answer->message))
		return -EMSGSIZE;
	return 0;
}

/* What its submitter has written. */
static int put_writing(struct sk_buff *skb, const struct sluice_call *call)
{
	if (nla_put(skb, SLUICE_A_CALL_TRACE_ID, SLUICE_TRACE_ID_LEN,
		    call->trace_id) ||
	    (call->key &&
	     nla_put_string(skb, SLUICE_A_CALL_KEY, call->key->text)))
		return -EMSGSIZE;
	return 0;
}

static int put_identity(struct sk_buff *skb, const struct sluice_call *call,
			bool all)
{
	if (all && put_writing(skb, call))
		return -EMSGSIZE;
	if (nla_put_u32(skb, SLUICE_A_CALL_ATTEMPTS, call->attempts))
		return -EMSGSIZE;
	if (call->runtime &&
	    nla_put_u64_64bit(skb, SLUICE_A_CALL_RUNTIME, call->runtime,
			      SLUICE_A_CALL_PAD))
		return -EMSGSIZE;
	return 0;
}

int sluice_put_call(struct sk_buff *skb, const struct sluice_call *call,
		    enum sluice_put detail, bool all)
{
	lockdep_assert_held(&sluice.lock);
	if (nla_put_u64_64bit(skb, SLUICE_A_CALL_ID, call->id,
			      SLUICE_A_CALL_PAD) ||
	    nla_put_string(skb, SLUICE_A_CALL_TASK, call->task->name) ||
	    nla_put_u32(skb, SLUICE_A_CALL_STATE, call->state) ||
	    nla_put_string(skb, SLUICE_A_CALL_CLASS,
			   call->task->config.class->name) ||
	    nla_put_u32(skb, SLUICE_A_CALL_PRIORITY, call->priority) ||
	    nla_put_u32(skb, SLUICE_A_CALL_ORIGIN_PID, call->origin_pid) ||
	    nla_put_u32(skb, SLUICE_A_CALL_ORIGIN_UID,
			from_kuid(&init_user_ns, call->origin_uid)) ||
	    nla_put_u64_64bit(skb, SLUICE_A_CALL_SUBMITTED, call->submitted,
			      SLUICE_A_CALL_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_CALL_TIMEOUT, call->timeout,
			      SLUICE_A_CALL_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_CALL_DEADLINE, call->deadline,
			      SLUICE_A_CALL_PAD) ||
	    nla_put_u32(skb, SLUICE_A_CALL_INPUT_LEN,
			call->input_len - call->words_len) ||
	    put_identity(skb, call, all) ||
	    put_bill(skb, call))
		return -EMSGSIZE;
	if (call->env_id && nla_put_u32(skb, SLUICE_A_CALL_ENV, call->env_id))
		return -EMSGSIZE;
	if (call->state == SLUICE_CALL_STATE_QUEUED)
		return put_waiting(skb, call, detail);
	if (call->ended)
		return put_result(skb, call, all);
	return 0;
}

/* What the operator set, of a resource that may just be gone. */
int sluice_put_account(struct sk_buff *skb,
		       const struct sluice_account *account)
{
	if (nla_put_string(skb, SLUICE_A_BUDGET_RESOURCE, account->name) ||
	    nla_put_u64_64bit(skb, SLUICE_A_BUDGET_BUDGET, account->budget,
			      SLUICE_A_BUDGET_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_BUDGET_RESERVE, account->reserve,
			      SLUICE_A_BUDGET_PAD))
		return -EMSGSIZE;
	return 0;
}

int sluice_put_budget(struct sk_buff *skb,
		      const struct sluice_account *account)
{
	lockdep_assert_held(&sluice.lock);
	if (sluice_put_account(skb, account) ||
	    nla_put_u64_64bit(skb, SLUICE_A_BUDGET_RESERVED, account->reserved,
			      SLUICE_A_BUDGET_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_BUDGET_PROMISED, account->promised,
			      SLUICE_A_BUDGET_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_BUDGET_MEASURED, account->measured,
			      SLUICE_A_BUDGET_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_BUDGET_AVAILABLE,
			      sluice_account_available(account),
			      SLUICE_A_BUDGET_PAD) ||
	    nla_put_u32(skb, SLUICE_A_BUDGET_WAITING, account->park.count))
		return -EMSGSIZE;
	if (account->limit != SLUICE_UNBOUNDED &&
	    nla_put_u64_64bit(skb, SLUICE_A_BUDGET_LIMIT, account->limit,
			      SLUICE_A_BUDGET_PAD))
		return -EMSGSIZE;
	if (account->physical == SLUICE_UNBOUNDED)
		return 0;
	if (nla_put_u64_64bit(skb, SLUICE_A_BUDGET_PHYSICAL,
			      account->physical, SLUICE_A_BUDGET_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_BUDGET_OUTSIDE, account->outside,
			      SLUICE_A_BUDGET_PAD))
		return -EMSGSIZE;
	return 0;
}

int sluice_put_agent(struct sk_buff *skb)
{
	lockdep_assert_held(&sluice.lock);
	if (nla_put_u32(skb, SLUICE_A_AGENT_PID, sluice.agent_pid) ||
	    nla_put_u32(skb, SLUICE_A_AGENT_WAIT_SOURCE,
			sluice.wait_source) ||
	    nla_put_u32(skb, SLUICE_A_AGENT_PRESENT, !!sluice.agent_port))
		return -EMSGSIZE;
	return 0;
}

int sluice_put_box(struct sk_buff *skb)
{
	const struct sluice_account *cpu =
		&sluice.ledger.account[SLUICE_RES_CPU];
	const struct sluice_box *box = &sluice.box;

	lockdep_assert_held(&sluice.lock);
	if (nla_put_u64_64bit(skb, SLUICE_A_BOX_CPU, sluice_cpu_physical(),
			      SLUICE_A_BOX_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_BOX_CPU_BUDGET, cpu->budget,
			      SLUICE_A_BOX_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_BOX_CPU_GUARANTEED,
			      box->guaranteed, SLUICE_A_BOX_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_BOX_CPU_REALTIME, box->realtime,
			      SLUICE_A_BOX_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_BOX_CPU_INTERRUPTS,
			      box->interrupts, SLUICE_A_BOX_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_BOX_CPU_STOLEN, box->stolen,
			      SLUICE_A_BOX_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_BOX_CPU_YIELDING, box->yielding,
			      SLUICE_A_BOX_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_BOX_RIVALS, box->rivals,
			      SLUICE_A_BOX_PAD) ||
	    nla_put_u32(skb, SLUICE_A_BOX_CLOSED, box->closed) ||
	    nla_put_u64_64bit(skb, SLUICE_A_BOX_CPU_LIMIT, box->cpu_limit,
			      SLUICE_A_BOX_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_BOX_PIDS_LIMIT, box->pids_limit,
			      SLUICE_A_BOX_PAD) ||
	    nla_put_u64_64bit(skb, SLUICE_A_BOX_MEMORY_LIMIT,
			      sluice.ledger.account[SLUICE_RES_MEMORY].limit,
			      SLUICE_A_BOX_PAD) ||
	    nla_put_u32(skb, SLUICE_A_BOX_MEMORY_WANTED, box->memory_wanted))
		return -EMSGSIZE;
	return 0;
}
