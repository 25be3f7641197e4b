// SPDX-License-Identifier: GPL-2.0-only
#include "object/forecast.h"

#include <linux/math64.h>
#include <linux/timekeeping.h>

#include "object/callq.h"
#include "object/env.h"
#include "object/order.h"
#include "object/park.h"

/* What is forecast for readers may be that old. */
#define OUTLOOK_GOOD	(10 * NSEC_PER_MSEC)

/* Under sluice.lock; too large for a stack. */
static struct sluice_ending endings[SLUICE_SLOTS];

/* How long a call of the task runs as a rule, 0 when nobody knows. */
static u64 usual_time(const struct sluice_task *task,
		      const struct sluice_call *call)
{
	if (sluice_estimate_known(&task->estimate))
		return task->estimate.median;
	return call && call->demand ? call->runtime : 0;
}

/* How long it runs at most, as a rule; SLUICE_NEVER when nobody knows. */
static u64 longest_time(const struct sluice_task *task,
			const struct sluice_call *call)
{
	if (sluice_estimate_known(&task->estimate))
		return task->estimate.p95;
	if (call->demand && call->runtime)
		return call->runtime;
	return call->timeout ? call->timeout : SLUICE_NEVER;
}

/*
 * When the environment gives back what it has; @unknown when nobody knows. Idle
 * ones give way when they are asked to.
 */
static u64 env_end(const struct sluice_env *env, u64 now, u64 unknown)
{
	const struct sluice_call *call = env->call;
	const struct sluice_task *task = env->task;
	u64 end;

	if (!call)
		return now;
	if (!usual_time(task, call))
		return unknown;
	if (call->state == SLUICE_CALL_STATE_STARTING)
		return now + usual_time(task, call);
	end = call->started + usual_time(task, call);
	if (end < now && sluice_estimate_known(&task->estimate))
		end = call->started + task->estimate.p95;
	return max(end, now);
}

/*
 * When can the task have all that it needs. @sure: by what run times tell; else
 * early rather than late, as who passes a claim must have ended by then.
 */
static void forecast_task(const struct sluice_task *task, bool sure,
			  struct sluice_forecast *forecast)
{
	u64 now = ktime_get_boottime_ns();
	u64 unknown = sure ? SLUICE_NEVER : now;
	struct sluice_request takes = task->config.request;
	struct sluice_env *env;
	u32 count = 0;

	list_for_each_entry(env, &sluice.env_list, node) {
		endings[count].at = env_end(env, now, unknown);
		endings[count].share = &env->share;
		count++;
	}
	takes.amount[SLUICE_RES_MEMORY] =
		sluice_gate_asks(&takes, task->config.overhead,
				 SLUICE_RES_MEMORY);
	sluice_claim_forecast(&sluice.ledger, &takes, endings, count, now,
			      forecast);
}

/* When the first call of the task itself ends; SLUICE_NEVER when nobody knows. */
static u64 first_end(const struct sluice_task *task, u64 now)
{
	u64 first = SLUICE_NEVER;
	struct sluice_env *env;

	list_for_each_entry(env, &sluice.env_list, node)
		if (env->task == task)
			first = min(first, env_end(env, now, SLUICE_NEVER));
	return first;
}

/* For readers: of all calls of the task that are told together the same is true. */
static const struct sluice_outlook *outlook_of(struct sluice_task *task,
						u64 now)
{
	struct sluice_outlook *outlook = &task->outlook;
	struct sluice_forecast forecast;

	if (outlook->made && outlook->changes == sluice.ledger.changes &&
	    now - outlook->made < OUTLOOK_GOOD)
		return outlook;
	forecast_task(task, true, &forecast);
	outlook->made = now;
	outlook->changes = sluice.ledger.changes;
	outlook->has_all = forecast.at;
	outlook->first_end = first_end(task, now);
	return outlook;
}

/* What a call of the task is expected to cost, in the words of the class fair. */
u64 sluice_forecast_cost(const struct sluice_task *task)
{
	const u64 *amount = task->config.request.amount;
	u64 time = usual_time(task, NULL);

	return sluice_ledger_cost(&sluice.ledger, amount[SLUICE_RES_MEMORY],
				  mul_u64_u64_div_u64(time,
						      min(amount[SLUICE_RES_CPU],
							  1ULL << 20), 1000),
				  time);
}

/*
 * When a waiting call may start that has @position calls of its task before it: a
 * point in time, SLUICE_NEVER when run times do not tell. Other tasks that wait
 * are not looked at.
 */
u64 sluice_forecast_start(const struct sluice_call *call, u32 position)
{
	struct sluice_task *task = call->task;
	u64 usual = usual_time(task, call), now = ktime_get_boottime_ns();
	u64 start, has_all;
	u32 together;

	if (task->mode != SLUICE_MODE_RUN ||
	    task->quarantined == SLUICE_QUARANTINE_HELD)
		return SLUICE_NEVER;
	start = max3(now, task->quarantined, call->ready_at);
	if (!call->ready_at && position && !usual)
		return SLUICE_NEVER;
	if (sluice_parked(task) &&
	    task->verdict.hold != SLUICE_HOLD_RESOURCE &&
	    task->verdict.hold != SLUICE_HOLD_CLAIM &&
	    task->verdict.hold != SLUICE_HOLD_CONCURRENCY)
		return SLUICE_NEVER;
	if (sluice_class_shut(task->rank.class))
		return SLUICE_NEVER;
	if (sluice_parked(task) &&
	    task->verdict.hold == SLUICE_HOLD_CONCURRENCY)
		start = max(start, outlook_of(task, now)->first_end);
	has_all = outlook_of(task, now)->has_all;
	if (start == SLUICE_NEVER || has_all == SLUICE_NEVER)
		return SLUICE_NEVER;
	/* As many as its environments are, or may become, run at a time. */
	together = max(task->envs, 1U);
	if (task->config.running_max)
		together = min(together, task->config.running_max);
	return max(start, has_all) +
	       usual * div_u64((u64)position + together - 1, together);
}

/*
 * Claims
 */

/*
 * The best task at this place may have lacked a resource for too long. One that is
 * only kept from passing a claim lacks none.
 */
void sluice_forecast_claim(const struct sluice_park *place)
{
	struct sluice_task *task = sluice_park_best(place);

	if (!task || task->claim || task->verdict.hold != SLUICE_HOLD_RESOURCE)
		return;
	if (ktime_get_boottime_ns() - task->lacks_since >=
	    task->config.patience)
		sluice_order_claim(task);
}

/* Time has passed, and calls have gone on: what was forecast is not true any more. */
void sluice_forecast_renew(void)
{
	struct sluice_claim *claim;

	lockdep_assert_held(&sluice.lock);
	for (claim = sluice.claims; claim < sluice.claims + SLUICE_CLAIMS;
	     claim++)
		claim->known = false;
}

/* Made once, and again when the ledger has changed since. */
static const struct sluice_forecast *claim_forecast(struct sluice_claim *claim)
{
	if (!claim->known || claim->changes != sluice.ledger.changes) {
		forecast_task(claim->task, false, &claim->forecast);
		claim->known = true;
		claim->changes = sluice.ledger.changes;
	}
	return &claim->forecast;
}

/* When the best call of @task would have ended, in @env or a new one. */
static u64 call_end(const struct sluice_task *task,
		    const struct sluice_env *env)
{
	u64 time = longest_time(task, sluice_callq_first(&task->queue));

	if (time == SLUICE_NEVER)
		return SLUICE_NEVER;
	return ktime_get_boottime_ns() + time + (env ? 0 : task->setup);
}

/* What it would keep others from meanwhile: a warm environment may use more. */
static void call_takes(const struct sluice_task *task,
		       const struct sluice_env *env,
		       struct sluice_request *takes)
{
	int res;

	*takes = task->config.request;
	if (!env)
		takes->amount[SLUICE_RES_MEMORY] =
			sluice_gate_asks(takes, task->config.overhead,
					 SLUICE_RES_MEMORY);
	for (res = 0; env && res < SLUICE_QUANTITIES; res++)
		takes->amount[res] = max(takes->amount[res],
					 env->share.measured[res]);
}

/* A claim binds only those that come after it in the order. */
static bool binds(const struct sluice_claim *claim,
		  const struct sluice_task *task)
{
	return claim->task && claim->task != task &&
	       sluice_rank_before(&claim->task->rank, &task->rank);
}

/* A call of @task that starts now starts before one with a claim. */
bool sluice_forecast_passes(const struct sluice_task *task)
{
	const struct sluice_claim *claim;

	if (!sluice.claim_count)
		return false;
	for (claim = sluice.claims; claim < sluice.claims + SLUICE_CLAIMS;
	     claim++)
		if (binds(claim, task))
			return true;
	return false;
}

/*
 * The claim that the best call of @task would delay if it started now, in @env or
 * a new environment; NULL when it may.
 */
const struct sluice_claim *sluice_forecast_delays(const struct sluice_task *task,
						  const struct sluice_env *env)
{
	struct sluice_request takes;
	struct sluice_claim *claim;
	u64 end;

	if (!sluice.claim_count)
		return NULL;
	end = call_end(task, env);
	call_takes(task, env, &takes);
	for (claim = sluice.claims; claim < sluice.claims + SLUICE_CLAIMS;
	     claim++) {
		if (!binds(claim, task))
			continue;
		if (!sluice_claim_lets_pass(claim_forecast(claim), &takes, end))
			return claim;
	}
	return NULL;
}
