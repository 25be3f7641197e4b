// SPDX-License-Identifier: GPL-2.0-only
#include "base/event.h"

#include "trace.h"

const char * const sluice_event_names[SLUICE_EVENTS] = {
	[SLUICE_EVENT_CALL_SUBMITTED] = "call_submitted",
	[SLUICE_EVENT_CALL_REFUSED] = "call_refused",
	[SLUICE_EVENT_CALL_HELD] = "call_held",
	[SLUICE_EVENT_CALL_STARTING] = "call_starting",
	[SLUICE_EVENT_CALL_REQUEUED] = "call_requeued",
	[SLUICE_EVENT_CALL_RETRIED] = "call_retried",
	[SLUICE_EVENT_CALL_RUNNING] = "call_running",
	[SLUICE_EVENT_CALL_DONE] = "call_done",
	[SLUICE_EVENT_CALL_FAILED] = "call_failed",
	[SLUICE_EVENT_CALL_TIMED_OUT] = "call_timed_out",
	[SLUICE_EVENT_CALL_CANCELLED] = "call_cancelled",
	[SLUICE_EVENT_CALL_EXPIRED] = "call_expired",
	[SLUICE_EVENT_CALL_SUPERSEDED] = "call_superseded",
	[SLUICE_EVENT_CALL_DROPPED] = "call_dropped",
	[SLUICE_EVENT_CALL_LATE] = "call_late",
	[SLUICE_EVENT_CLAIM_MADE] = "claim_made",
	[SLUICE_EVENT_CLAIM_ENDED] = "claim_ended",
	[SLUICE_EVENT_CLAIM_PASSED] = "claim_passed",
	[SLUICE_EVENT_SUBMITTER_BLOCKED] = "submitter_blocked",
	[SLUICE_EVENT_ENV_WANTED] = "env_wanted",
	[SLUICE_EVENT_ENV_IDLE] = "env_idle",
	[SLUICE_EVENT_ENV_BUSY] = "env_busy",
	[SLUICE_EVENT_ENV_RETIRING] = "env_retiring",
	[SLUICE_EVENT_ENV_GONE] = "env_gone",
	[SLUICE_EVENT_ENV_FAILED] = "env_failed",
	[SLUICE_EVENT_STATE_FULL] = "state_full",
	[SLUICE_EVENT_PEER_REFUSED] = "peer_refused",
	[SLUICE_EVENT_TASK_NEW] = "task_new",
	[SLUICE_EVENT_TASK_SET] = "task_set",
	[SLUICE_EVENT_TASK_DEL] = "task_del",
	[SLUICE_EVENT_TASK_QUARANTINED] = "task_quarantined",
	[SLUICE_EVENT_TASK_LET_OUT] = "task_let_out",
	[SLUICE_EVENT_BUDGET_SET] = "budget_set",
	[SLUICE_EVENT_BUDGET_DEL] = "budget_del",
	[SLUICE_EVENT_CLASS_CLOSED] = "class_closed",
	[SLUICE_EVENT_CLASS_OPENED] = "class_opened",
	[SLUICE_EVENT_AGENT_CAME] = "agent_came",
	[SLUICE_EVENT_AGENT_WENT] = "agent_went",
	[SLUICE_EVENT_EVENT_LOST] = "event_lost",
};

/* Set while loading, before any door opens, and never changed. */
static const struct sluice_sink *event_sink;

void sluice_event_sink(const struct sluice_sink *sink)
{
	event_sink = sink;
}

static void event_count(enum sluice_event what)
{
	lockdep_assert_held(&sluice.lock);
	sluice.counters[what]++;
}

/* A call that was just accepted comes from queued. */
void sluice_event_call(const struct sluice_call *call,
		       enum sluice_call_state from)
{
	static const enum sluice_event what[] = {
		[SLUICE_CALL_STATE_QUEUED] = SLUICE_EVENT_CALL_SUBMITTED,
		[SLUICE_CALL_STATE_STARTING] = SLUICE_EVENT_CALL_STARTING,
		[SLUICE_CALL_STATE_RUNNING] = SLUICE_EVENT_CALL_RUNNING,
		[SLUICE_CALL_STATE_DONE] = SLUICE_EVENT_CALL_DONE,
		[SLUICE_CALL_STATE_FAILED] = SLUICE_EVENT_CALL_FAILED,
		[SLUICE_CALL_STATE_TIMED_OUT] = SLUICE_EVENT_CALL_TIMED_OUT,
		[SLUICE_CALL_STATE_CANCELLED] = SLUICE_EVENT_CALL_CANCELLED,
		[SLUICE_CALL_STATE_EXPIRED] = SLUICE_EVENT_CALL_EXPIRED,
		[SLUICE_CALL_STATE_SUPERSEDED] = SLUICE_EVENT_CALL_SUPERSEDED,
		[SLUICE_CALL_STATE_DROPPED] = SLUICE_EVENT_CALL_DROPPED,
	};

	if (from != SLUICE_CALL_STATE_QUEUED &&
	    call->state == SLUICE_CALL_STATE_QUEUED)
		event_count(call->ready_at ? SLUICE_EVENT_CALL_RETRIED :
			    SLUICE_EVENT_CALL_REQUEUED);
	else
		event_count(what[call->state]);
	trace_call_state(call, from);
	event_sink->call(call);
}

/* The gate said of the task of @call, whose first it is, why it waits. */
void sluice_event_hold(const struct sluice_call *call)
{
	event_count(SLUICE_EVENT_CALL_HELD);
	trace_call_hold(call, sluice_ledger_name(&sluice.ledger,
						 call->told_res));
	event_sink->call(call);
}

/* The best call of @task holds a claim, or @call that was does not any more. */
void sluice_event_claim(const struct sluice_task *task, u64 call,
			enum sluice_event what)
{
	event_count(what);
	trace_claim(task, call, what);
	event_sink->task(task);
}

/* A call started that comes after one with a claim. */
void sluice_event_passed(void)
{
	event_count(SLUICE_EVENT_CLAIM_PASSED);
}

/* A call of the class deadline ended after it: its end says the rest. */
void sluice_event_late(void)
{
	event_count(SLUICE_EVENT_CALL_LATE);
}

/* A submitter waits for room. */
void sluice_event_blocked(void)
{
	event_count(SLUICE_EVENT_SUBMITTER_BLOCKED);
}

/* A call was not accepted. */
void sluice_event_refused(const struct sluice_refusal_event *event)
{
	event_count(SLUICE_EVENT_CALL_REFUSED);
	trace_call_refused(event);
	event_sink->refused(event);
}

/* An environment that was just made comes from wanted. */
void sluice_event_env(const struct sluice_env *env,
		      enum sluice_env_state from)
{
	static const enum sluice_event what[] = {
		[SLUICE_ENV_STATE_WANTED] = SLUICE_EVENT_ENV_WANTED,
		[SLUICE_ENV_STATE_IDLE] = SLUICE_EVENT_ENV_IDLE,
		[SLUICE_ENV_STATE_BUSY] = SLUICE_EVENT_ENV_BUSY,
		[SLUICE_ENV_STATE_RETIRING] = SLUICE_EVENT_ENV_RETIRING,
		[SLUICE_ENV_STATE_GONE] = SLUICE_EVENT_ENV_GONE,
		[SLUICE_ENV_STATE_FAILED] = SLUICE_EVENT_ENV_FAILED,
	};

	event_count(what[env->state]);
	trace_env_state(env, from);
	event_sink->env(env);
}

/* What it has used until now, in all of its attempts: one of them has ended. */
void sluice_event_bill(const struct sluice_call *call)
{
	trace_call_bill(call);
}

/* What its task can keep is full, as this environment sees it. */
void sluice_event_state_full(const struct sluice_env *env)
{
	event_count(SLUICE_EVENT_STATE_FULL);
	trace_state_full(env);
	event_sink->env(env);
}

/* It tried so often to use a connection for what is not its peer. */
void sluice_event_peer_refused(const struct sluice_env *env, u64 tries)
{
	lockdep_assert_held(&sluice.lock);
	sluice.counters[SLUICE_EVENT_PEER_REFUSED] += tries;
	trace_peer_refused(env, tries);
	event_sink->env(env);
}

/*
 * Reservations change with calls and environments, which are counted. @quantities: a bit
 * for each of which it has more or less; @tokens: that it has now or has given back.
 */
void sluice_event_ledger(const struct sluice_env *env, u32 quantities,
			 const struct sluice_tokens *tokens)
{
	u32 i;

	lockdep_assert_held(&sluice.lock);
	if (!trace_ledger_enabled())
		return;
	for (i = 0; i < SLUICE_QUANTITIES; i++)
		if (quantities & (1U << i))
			trace_ledger(env, &sluice.ledger.account[i],
				     env->share.reserved[i]);
	for (i = 0; tokens && i < tokens->count; i++)
		trace_ledger(env, tokens->each[i].account,
			     env->share.tokens ? tokens->each[i].amount : 0);
}

void sluice_event_task(const struct sluice_task *task,
		       enum sluice_event what)
{
	event_count(what);
	trace_task(task, what);
	event_sink->task(task);
}

/* @account: of a resource that is there, or a copy of one that is gone. */
void sluice_event_budget(const struct sluice_account *account,
			 enum sluice_event what)
{
	event_count(what);
	trace_budget(account, what);
	event_sink->budget(account);
}

/* One class more is closed than before, or less. */
void sluice_event_pressure(enum sluice_event what)
{
	event_count(what);
	trace_pressure(sluice.box.closed);
	event_sink->box();
}

/* Whether the guarantee of CPU time holds is another question now. */
void sluice_event_box(void)
{
	event_sink->box();
}

void sluice_event_agent(enum sluice_event what)
{
	event_count(what);
	trace_agent(what);
	event_sink->agent();
}

/* Nothing has changed, perhaps as the agent has not heard. */
void sluice_event_still_wanted(const struct sluice_env *env)
{
	event_sink->still_wanted(env);
}

/* The sink could not deliver: somebody has to look again. */
void sluice_event_lost(void)
{
	event_count(SLUICE_EVENT_EVENT_LOST);
}
