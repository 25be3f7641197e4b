// SPDX-License-Identifier: GPL-2.0-only
#include "base/event.h"

#include "trace.h"

const char * const sluice_counter_names[SLUICE_COUNTERS] = {
	[SLUICE_COUNT_CALL_SUBMITTED] = "call_submitted",
	[SLUICE_COUNT_CALL_REFUSED] = "call_refused",
	[SLUICE_COUNT_CALL_HELD] = "call_held",
	[SLUICE_COUNT_CALL_STARTING] = "call_starting",
	[SLUICE_COUNT_CALL_REQUEUED] = "call_requeued",
	[SLUICE_COUNT_CALL_RETRIED] = "call_retried",
	[SLUICE_COUNT_CALL_RUNNING] = "call_running",
	[SLUICE_COUNT_CALL_DONE] = "call_done",
	[SLUICE_COUNT_CALL_FAILED] = "call_failed",
	[SLUICE_COUNT_CALL_TIMED_OUT] = "call_timed_out",
	[SLUICE_COUNT_CALL_CANCELLED] = "call_cancelled",
	[SLUICE_COUNT_CALL_EXPIRED] = "call_expired",
	[SLUICE_COUNT_CALL_SUPERSEDED] = "call_superseded",
	[SLUICE_COUNT_CALL_DROPPED] = "call_dropped",
	[SLUICE_COUNT_CALL_LATE] = "call_late",
	[SLUICE_COUNT_CLAIM_MADE] = "claim_made",
	[SLUICE_COUNT_CLAIM_ENDED] = "claim_ended",
	[SLUICE_COUNT_CLAIM_PASSED] = "claim_passed",
	[SLUICE_COUNT_SUBMITTER_BLOCKED] = "submitter_blocked",
	[SLUICE_COUNT_ENV_WANTED] = "env_wanted",
	[SLUICE_COUNT_ENV_IDLE] = "env_idle",
	[SLUICE_COUNT_ENV_BUSY] = "env_busy",
	[SLUICE_COUNT_ENV_RETIRING] = "env_retiring",
	[SLUICE_COUNT_ENV_GONE] = "env_gone",
	[SLUICE_COUNT_ENV_FAILED] = "env_failed",
	[SLUICE_COUNT_TASK_NEW] = "task_new",
	[SLUICE_COUNT_TASK_SET] = "task_set",
	[SLUICE_COUNT_TASK_DEL] = "task_del",
	[SLUICE_COUNT_TASK_QUARANTINED] = "task_quarantined",
	[SLUICE_COUNT_TASK_LET_OUT] = "task_let_out",
	[SLUICE_COUNT_BUDGET_SET] = "budget_set",
	[SLUICE_COUNT_BUDGET_DEL] = "budget_del",
	[SLUICE_COUNT_AGENT_CAME] = "agent_came",
	[SLUICE_COUNT_AGENT_WENT] = "agent_went",
	[SLUICE_COUNT_EVENT_LOST] = "event_lost",
};

/* Set while loading, before any door opens, and never changed. */
static const struct sluice_sink *event_sink;

void sluice_event_sink(const struct sluice_sink *sink)
{
	event_sink = sink;
}

static void event_count(enum sluice_counter what)
{
	lockdep_assert_held(&sluice.lock);
	sluice.counters[what]++;
}

/* A call that was just accepted comes from queued. */
void sluice_event_call(const struct sluice_call *call,
		       enum sluice_call_state from)
{
	static const enum sluice_counter what[] = {
		[SLUICE_CALL_STATE_QUEUED] = SLUICE_COUNT_CALL_SUBMITTED,
		[SLUICE_CALL_STATE_STARTING] = SLUICE_COUNT_CALL_STARTING,
		[SLUICE_CALL_STATE_RUNNING] = SLUICE_COUNT_CALL_RUNNING,
		[SLUICE_CALL_STATE_DONE] = SLUICE_COUNT_CALL_DONE,
		[SLUICE_CALL_STATE_FAILED] = SLUICE_COUNT_CALL_FAILED,
		[SLUICE_CALL_STATE_TIMED_OUT] = SLUICE_COUNT_CALL_TIMED_OUT,
		[SLUICE_CALL_STATE_CANCELLED] = SLUICE_COUNT_CALL_CANCELLED,
		[SLUICE_CALL_STATE_EXPIRED] = SLUICE_COUNT_CALL_EXPIRED,
		[SLUICE_CALL_STATE_SUPERSEDED] = SLUICE_COUNT_CALL_SUPERSEDED,
		[SLUICE_CALL_STATE_DROPPED] = SLUICE_COUNT_CALL_DROPPED,
	};

	if (from != SLUICE_CALL_STATE_QUEUED &&
	    call->state == SLUICE_CALL_STATE_QUEUED)
		event_count(call->ready_at ? SLUICE_COUNT_CALL_RETRIED :
			    SLUICE_COUNT_CALL_REQUEUED);
	else
		event_count(what[call->state]);
	trace_call_state(call, from);
	event_sink->call(call);
}

/* The gate said of the task of @call, whose first it is, why it waits. */
void sluice_event_hold(const struct sluice_call *call)
{
	event_count(SLUICE_COUNT_CALL_HELD);
	trace_call_hold(call, sluice.ledger.account[call->hold_res].name);
	event_sink->call(call);
}

/* The best call of @task holds a claim, or @call that was does not any more. */
void sluice_event_claim(const struct sluice_task *task, u64 call,
			enum sluice_counter what)
{
	event_count(what);
	trace_claim(task, call, what);
	event_sink->task(task);
}

/* A call started that comes after one with a claim. */
void sluice_event_passed(void)
{
	event_count(SLUICE_COUNT_CLAIM_PASSED);
}

/* A call of the class deadline ended after it: its end says the rest. */
void sluice_event_late(void)
{
	event_count(SLUICE_COUNT_CALL_LATE);
}

/* A submitter waits for room. */
void sluice_event_blocked(void)
{
	event_count(SLUICE_COUNT_SUBMITTER_BLOCKED);
}

/* Takes sluice.lock. */
void sluice_event_refused(const struct sluice_refusal_event *event)
{
	spin_lock(&sluice.lock);
	event_count(SLUICE_COUNT_CALL_REFUSED);
	trace_call_refused(event);
	event_sink->refused(event);
	spin_unlock(&sluice.lock);
}

/* An environment that was just made comes from wanted. */
void sluice_event_env(const struct sluice_env *env,
		      enum sluice_env_state from)
{
	static const enum sluice_counter what[] = {
		[SLUICE_ENV_STATE_WANTED] = SLUICE_COUNT_ENV_WANTED,
		[SLUICE_ENV_STATE_IDLE] = SLUICE_COUNT_ENV_IDLE,
		[SLUICE_ENV_STATE_BUSY] = SLUICE_COUNT_ENV_BUSY,
		[SLUICE_ENV_STATE_RETIRING] = SLUICE_COUNT_ENV_RETIRING,
		[SLUICE_ENV_STATE_GONE] = SLUICE_COUNT_ENV_GONE,
		[SLUICE_ENV_STATE_FAILED] = SLUICE_COUNT_ENV_FAILED,
	};

	event_count(what[env->state]);
	trace_env_state(env, from);
	event_sink->env(env);
}

/* Reservations change with calls and environments, which are counted. */
void sluice_event_ledger(const struct sluice_env *env, u32 resources)
{
	int res;

	lockdep_assert_held(&sluice.lock);
	if (!trace_ledger_enabled())
		return;
	for (res = 0; res < SLUICE_RES_MAX; res++)
		if (resources & (1U << res))
			trace_ledger(env, &sluice.ledger.account[res],
				     env->share.reserved[res]);
}

void sluice_event_task(const struct sluice_task *task,
		       enum sluice_counter what)
{
	event_count(what);
	trace_task(task, what);
	event_sink->task(task);
}

/* @account: of a resource that is there, or a copy of one that is gone. */
void sluice_event_budget(const struct sluice_account *account,
			 enum sluice_counter what)
{
	event_count(what);
	trace_budget(account, what);
	event_sink->budget(account);
}

void sluice_event_agent(enum sluice_counter what)
{
	event_count(what);
	trace_agent(what);
	event_sink->agent();
}

/* The sink could not deliver: somebody has to look again. */
void sluice_event_lost(void)
{
	event_count(SLUICE_COUNT_EVENT_LOST);
}
