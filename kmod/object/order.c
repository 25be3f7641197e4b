// SPDX-License-Identifier: GPL-2.0-only
#include "object/order.h"

#include <linux/timekeeping.h>

#include "base/event.h"
#include "object/callq.h"
#include "object/park.h"

/* A claim that the task holds ends: others need not wait for it. */
static void disclaim(struct sluice_task *task)
{
	struct sluice_claim *claim = task->claim;

	lockdep_assert_held(&sluice.lock);
	if (!claim)
		return;
	claim->task = NULL;
	task->claim = NULL;
	sluice.claim_count--;
	sluice_event_claim(task, claim->call, SLUICE_EVENT_CLAIM_ENDED);
	sluice_order_unpark_hold(SLUICE_HOLD_CLAIM);
}

/*
 * In the order
 */

/* Its calls wait whatever there is. */
static bool task_stopped(const struct sluice_task *task)
{
	return task->closing || task->mode != SLUICE_MODE_RUN ||
	       task->quarantined;
}

/* What its class orders it by. */
struct task_order {
	struct sluice_class *class;
	u32	priority;
	u32	weight;
	u64	deadline;
};

static bool order_same(const struct sluice_rank *rank,
		       const struct task_order *order)
{
	return rank->class == order->class &&
	       rank->priority == order->priority &&
	       rank->weight == order->weight &&
	       rank->deadline == order->deadline;
}

/* Take the task out of all that is kept by rank; true if it was parked. */
static bool rank_lift(struct sluice_task *task)
{
	bool parked = sluice_parked(task);

	if (parked)
		sluice_park_erase(task);
	else if (sluice_rank_ordered(&task->rank))
		sluice_rank_dequeue(&task->rank);
	return parked;
}

/* What the task, which is parked, waits for is no use to any other. */
static bool waits_alone(const struct sluice_task *task)
{
	switch (task->verdict.hold) {
	case SLUICE_HOLD_CONCURRENCY:
	case SLUICE_HOLD_AGENT:
	case SLUICE_HOLD_NEVER:
		return true;
	default:
		return false;
	}
}

static void park(struct sluice_task *task)
{
	sluice_park_insert(task);
	sluice_rank_hold(&task->rank, waits_alone(task));
}

static void rank_drop(struct sluice_task *task, bool parked)
{
	if (parked)
		park(task);
	else
		sluice_rank_enqueue(&task->rank);
}

static void rank_leave(struct sluice_task *task)
{
	struct sluice_env *env;

	if (!task->rank.waits)
		return;
	/* What it keeps warm, it does not need. */
	list_for_each_entry(env, &task->idle, idle_node)
		sluice.idled |= sluice_park_awaits(env);
	rank_lift(task);
	sluice_rank_unwait(&task->rank);
	task->lacks_since = 0;
	task->crowded_since = 0;
	disclaim(task);
}

/* Tell once what holds the call that goes first, and again when that changes. */
static void tell_first(struct sluice_task *task)
{
	struct sluice_call *call = sluice_callq_first(&task->queue);

	if (!call || !sluice_parked(task))
		return;
	if (call->told == task->verdict.hold &&
	    call->told_res == task->verdict.res)
		return;
	call->told = task->verdict.hold;
	call->told_res = task->verdict.res;
	sluice_event_hold(call);
}

static void rank_follow(struct sluice_task *task,
			const struct sluice_call *first)
{
	const struct task_order order = {
		.class = task->config.class,
		.priority = sluice_callq_priority(&task->queue),
		.weight = task->config.weight,
		.deadline = first->demand ? first->deadline : 0,
	};
	struct sluice_rank *rank = &task->rank;
	bool parked;

	if (rank->waits && order_same(rank, &order))
		return;
	parked = rank_lift(task);
	if (rank->waits && rank->class != order.class)
		sluice_rank_unwait(rank);
	rank->class = order.class;
	rank->priority = order.priority;
	rank->weight = order.weight;
	rank->deadline = order.deadline;
	if (rank->waits)
		sluice_rank_place(rank);
	else
		sluice_rank_wait(rank, ktime_get_boottime_ns());
	rank_drop(task, parked);
}

/* In the order of its class, parked, or nowhere. */
void sluice_order_place(struct sluice_task *task)
{
	const struct sluice_call *first = sluice_callq_first(&task->queue);

	lockdep_assert_held(&sluice.lock);
	if (!first || task_stopped(task)) {
		rank_leave(task);
		return;
	}
	rank_follow(task, first);
	tell_first(task);
}

/* Waiting tasks that go before this one. Looks at all tasks: for people only. */
u32 sluice_order_before(const struct sluice_task *task)
{
	const struct sluice_task *other;
	u32 before = 0;
	int bucket;

	lockdep_assert_held(&sluice.lock);
	hash_for_each(sluice.tasks, bucket, other, hash)
		if (other != task && other->rank.waits &&
		    sluice_rank_before(&other->rank, &task->rank))
			before++;
	return before;
}

/*
 * A call of the task starts, and is expected to cost so much: what was booked for
 * it, for sluice_order_settled().
 */
u64 sluice_order_started(struct sluice_task *task, u64 cost)
{
	bool parked = rank_lift(task);
	u64 booked;

	lockdep_assert_held(&sluice.lock);
	task->lacks_since = 0;
	task->crowded_since = 0;
	disclaim(task);
	booked = sluice_rank_started(&task->rank, ktime_get_boottime_ns(),
				     cost);
	if (task->rank.waits)
		rank_drop(task, parked);
	return booked;
}

/* It ended, or will not run after all, and has cost something else. */
void sluice_order_settled(struct sluice_task *task, u64 booked, u64 cost)
{
	bool parked = rank_lift(task);

	lockdep_assert_held(&sluice.lock);
	sluice_rank_ended(&task->rank, booked, cost);
	if (task->rank.waits)
		rank_drop(task, parked);
}

/*
 * Parked
 */

static struct sluice_park *park_place(const struct sluice_verdict *verdict)
{
	struct sluice_account *account;

	if (verdict->hold != SLUICE_HOLD_RESOURCE || verdict->others)
		return &sluice.held[verdict->hold];
	account = sluice_ledger_account(&sluice.ledger, verdict->res);
	/* It is not availability that it waits for, see sluice.held. */
	if (verdict->need <= sluice_account_available(account))
		return &sluice.held[SLUICE_HOLD_RESOURCE];
	return &account->park;
}

/* The gate said no: leave the order until what is missing is there. */
void sluice_order_park(struct sluice_task *task,
		       const struct sluice_verdict *verdict)
{
	lockdep_assert_held(&sluice.lock);
	sluice_rank_dequeue(&task->rank);
	task->verdict = *verdict;
	task->parked_at = park_place(verdict);
	park(task);
	if (verdict->hold != SLUICE_HOLD_ENVIRONMENTS)
		task->crowded_since = 0;
	else if (!task->crowded_since)
		task->crowded_since = ktime_get_boottime_ns();
	if (verdict->hold == SLUICE_HOLD_RESOURCE) {
		if (!task->lacks_since)
			task->lacks_since = ktime_get_boottime_ns();
	} else if (verdict->hold != SLUICE_HOLD_CLAIM) {
		/* It would not start if it had all resources. */
		task->lacks_since = 0;
		disclaim(task);
	}
	tell_first(task);
}

/* Back into the order, to be asked about again. */
void sluice_order_unpark(struct sluice_task *task)
{
	lockdep_assert_held(&sluice.lock);
	if (!sluice_parked(task))
		return;
	sluice_park_erase(task);
	sluice_rank_hold(&task->rank, false);
	sluice_rank_enqueue(&task->rank);
}

/* All that wait for the same, which is there now for as many as can be known. */
void sluice_order_unpark_hold(enum sluice_hold hold)
{
	struct sluice_task *task;

	while ((task = sluice_park_best(&sluice.held[hold])))
		sluice_order_unpark(task);
}

/*
 * Some resource grew: who waits for reservations to be given back is rare, and
 * comes back at once.
 */
void sluice_order_unpark_released(void)
{
	sluice_order_unpark_hold(SLUICE_HOLD_RESOURCE);
}

static bool lacks_budget(const struct sluice_task *task)
{
	return task->verdict.hold == SLUICE_HOLD_RESOURCE ||
	       task->verdict.hold == SLUICE_HOLD_NEVER;
}

/*
 * Budgets have changed: what waits for any may be what can never start now, or the
 * reverse.
 */
void sluice_order_unpark_given(void)
{
	struct sluice_park *place, *next;
	struct sluice_task *task;

	lockdep_assert_held(&sluice.lock);
	sluice.ledger.given = false;
	list_for_each_entry_safe(place, next, &sluice.awaited, awaited)
		while ((task = sluice_park_best(place)) && lacks_budget(task))
			sluice_order_unpark(task);
}

static void unpark_fitting(struct sluice_account *account)
{
	struct sluice_task *task =
		sluice_park_fitting(&account->park,
				    sluice_account_available(account));

	if (task)
		sluice_order_unpark(task);
	else
		sluice_ledger_seen(&sluice.ledger, account);
}

/*
 * For each resource that grew, the best of those tasks comes back for which there
 * is enough now. Called again when that one has been dealt with; then there is
 * less, or it waits for something else.
 */
void sluice_order_unpark_fitting(void)
{
	struct sluice_account *account, *next;
	u32 left;

	lockdep_assert_held(&sluice.lock);
	for (left = sluice.ledger.grew; left; left &= left - 1)
		unpark_fitting(&sluice.ledger.account[__builtin_ctz(left)]);
	list_for_each_entry_safe(account, next, &sluice.ledger.grown, grown)
		unpark_fitting(account);
}

/*
 * Claims
 */

/* The best call of the task has waited too long. False: no more claims. */
bool sluice_order_claim(struct sluice_task *task)
{
	struct sluice_claim *claim = sluice.claims;

	lockdep_assert_held(&sluice.lock);
	if (sluice.claim_count == SLUICE_CLAIMS)
		return false;
	while (claim->task)
		claim++;
	claim->task = task;
	claim->call = sluice_callq_first(&task->queue)->id;
	claim->known = false;
	task->claim = claim;
	sluice.claim_count++;
	sluice_event_claim(task, claim->call, SLUICE_EVENT_CLAIM_MADE);
	return true;
}
