// SPDX-License-Identifier: GPL-2.0-only
#include "object/task.h"

#include <linux/slab.h>
#include <linux/stringhash.h>
#include <linux/timekeeping.h>

#include "object/callq.h"
#include "base/event.h"
#include "object/park.h"

/* May sleep, without sluice.lock. NULL: no memory. */
struct sluice_task *sluice_task_alloc(const char *name,
				      const struct sluice_task_config *config)
{
	struct sluice_task *task = kzalloc(sizeof(*task), GFP_KERNEL_ACCOUNT);

	if (!task)
		return NULL;
	kref_init(&task->ref);
	strscpy(task->name, name, sizeof(task->name));
	task->config = *config;
	INIT_HLIST_NODE(&task->hash);
	RB_CLEAR_NODE(&task->rank.node);
	task->rank.class = config->class;
	task->rank.weight = config->weight;
	RB_CLEAR_NODE(&task->park);
	INIT_LIST_HEAD(&task->idle);
	sluice_callq_init(&task->queue);
	init_waitqueue_head(&task->room);
	return task;
}

void sluice_task_get(struct sluice_task *task)
{
	kref_get(&task->ref);
}

static void task_release(struct kref *ref)
{
	kfree(container_of(ref, struct sluice_task, ref));
}

/* With or without sluice.lock. */
void sluice_task_put(struct sluice_task *task)
{
	kref_put(&task->ref, task_release);
}

static u32 name_hash(const char *name)
{
	return full_name_hash(NULL, name, strlen(name));
}

/* Takes no reference: the task stays as long as sluice.lock is held. */
struct sluice_task *sluice_task_find(const char *name)
{
	struct sluice_task *task;

	lockdep_assert_held(&sluice.lock);
	hash_for_each_possible(sluice.tasks, task, hash, name_hash(name))
		if (!strcmp(task->name, name))
			return task;
	return NULL;
}

static void request_count_users(const struct sluice_request *request, int by)
{
	int res;

	for (res = 0; res < SLUICE_RES_MAX; res++)
		if (request->amount[res])
			sluice.ledger.account[res].users += by;
}

/* Takes over the caller's reference. -EEXIST, -ENOSPC. */
int sluice_task_register(struct sluice_task *task)
{
	lockdep_assert_held(&sluice.lock);
	if (sluice_task_find(task->name))
		return -EEXIST;
	if (sluice.task_count >= READ_ONCE(sluice.limits.max_tasks))
		return -ENOSPC;
	hash_add(sluice.tasks, &task->hash, name_hash(task->name));
	sluice.task_count++;
	request_count_users(&task->config.request, 1);
	sluice_event_task(task, SLUICE_COUNT_TASK_NEW);
	return 0;
}

/*
 * The order
 */

/* Its calls wait whatever there is. */
static bool task_stopped(const struct sluice_task *task)
{
	return task->mode != SLUICE_MODE_RUN || task->quarantined;
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

static void rank_drop(struct sluice_task *task, bool parked)
{
	if (parked)
		sluice_park_insert(task);
	else
		sluice_rank_enqueue(&task->rank);
}

static void rank_leave(struct sluice_task *task)
{
	if (!task->rank.waits)
		return;
	rank_lift(task);
	sluice_rank_unwait(&task->rank);
	task->lacks_since = 0;
	sluice_task_disclaim(task);
}

/* Put the task where it belongs: in the order of its class, parked, or nowhere. */
static void task_rank(struct sluice_task *task)
{
	struct sluice_call *first = sluice_callq_first(&task->queue);
	struct task_order order = { .class = task->config.class };
	struct sluice_rank *rank = &task->rank;
	bool parked;

	if (!first || task_stopped(task)) {
		rank_leave(task);
		return;
	}
	order.priority = first->priority;
	order.weight = task->config.weight;
	order.deadline = first->demand ? first->deadline : 0;
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

/* A call of the task starts, and is expected to cost so much. */
void sluice_task_started(struct sluice_task *task, u64 cost)
{
	bool parked = rank_lift(task);

	lockdep_assert_held(&sluice.lock);
	task->lacks_since = 0;
	sluice_task_disclaim(task);
	sluice_rank_started(&task->rank, ktime_get_boottime_ns(), cost);
	if (task->rank.waits)
		rank_drop(task, parked);
}

/* It ended, or will not run after all, and has cost something else. */
void sluice_task_settled(struct sluice_task *task, u64 expected, u64 cost)
{
	bool parked = rank_lift(task);

	lockdep_assert_held(&sluice.lock);
	sluice_rank_ended(&task->rank, expected, cost);
	if (task->rank.waits)
		rank_drop(task, parked);
}

/*
 * Changes
 */

/* Waiting calls follow the new values. */
void sluice_task_change(struct sluice_task *task,
			const struct sluice_task_config *config)
{
	request_count_users(&task->config.request, -1);
	task->config = *config;
	request_count_users(&task->config.request, 1);
	sluice_task_unpark(task);
	task_rank(task);
	/* There may be room for submitters that wait. */
	wake_up_all(&task->room);
	sluice_event_task(task, SLUICE_COUNT_TASK_SET);
}

/* The operator stops or starts it. To start it ends a quarantine. */
void sluice_task_mode(struct sluice_task *task, enum sluice_mode mode)
{
	bool let_out = mode == SLUICE_MODE_RUN && task->quarantined;

	lockdep_assert_held(&sluice.lock);
	task->mode = mode;
	if (mode == SLUICE_MODE_RUN) {
		task->quarantined = 0;
		task->failures = 0;
	}
	task_rank(task);
	wake_up_all(&task->room);
	sluice_event_task(task, let_out ? SLUICE_COUNT_TASK_LET_OUT :
			  SLUICE_COUNT_TASK_SET);
}

/* A call of it succeeded, or an attempt failed. */
void sluice_task_outcome(struct sluice_task *task, bool failed)
{
	const struct sluice_task_config *config = &task->config;

	lockdep_assert_held(&sluice.lock);
	if (!failed) {
		task->failures = 0;
		return;
	}
	task->failures++;
	if (!config->quarantine_after || task->quarantined || task->closing ||
	    task->failures < config->quarantine_after)
		return;
	task->quarantined = config->quarantine ?
			    ktime_get_boottime_ns() + config->quarantine :
			    SLUICE_QUARANTINE_HELD;
	task_rank(task);
	sluice_event_task(task, SLUICE_COUNT_TASK_QUARANTINED);
}

/* Its time is over: one more failure, and it is back. */
void sluice_task_let_out(struct sluice_task *task)
{
	lockdep_assert_held(&sluice.lock);
	task->quarantined = 0;
	if (task->failures)
		task->failures--;
	task_rank(task);
	sluice_event_task(task, SLUICE_COUNT_TASK_LET_OUT);
}

/* The name is free again; calls and environments keep the task until they end. */
void sluice_task_unregister(struct sluice_task *task)
{
	lockdep_assert_held(&sluice.lock);
	task->closing = true;
	hash_del(&task->hash);
	sluice.task_count--;
	request_count_users(&task->config.request, -1);
	wake_up_all(&task->room);
	sluice_event_task(task, SLUICE_COUNT_TASK_DEL);
}

/*
 * Waiting calls
 */

/* Tell once what holds the call that goes first, and again when that changes. */
static void task_hold_first(struct sluice_task *task)
{
	struct sluice_call *call = sluice_callq_first(&task->queue);

	if (!call || !sluice_parked(task))
		return;
	if (call->hold == task->verdict.hold &&
	    call->hold_res == task->verdict.res)
		return;
	call->hold = task->verdict.hold;
	call->hold_res = task->verdict.res;
	sluice_event_hold(call);
}

static void task_queued(struct sluice_task *task, struct sluice_call *call)
{
	lockdep_assert_held(&sluice.lock);
	sluice.waiting++;
	sluice.waiting_bytes += call->input_len;
	task_rank(task);
	task_hold_first(task);
}

/* A new call, behind all that came before; or in the place of one with its key. */
void sluice_task_queue(struct sluice_task *task, struct sluice_call *call,
		       struct sluice_call *older)
{
	if (older)
		sluice_callq_add_behind(&task->queue, call, older);
	else
		sluice_callq_add(&task->queue, call);
	task_queued(task, call);
}

/* One that has been in the queue before, and waits again. */
void sluice_task_requeue(struct sluice_task *task, struct sluice_call *call)
{
	sluice_callq_add_first(&task->queue, call);
	task_queued(task, call);
}

/* The same, but it is not to start before its time. */
void sluice_task_delay(struct sluice_task *task, struct sluice_call *call)
{
	sluice_callq_delay(&task->queue, call);
	task_queued(task, call);
}

/* That time has come. */
void sluice_task_ready(struct sluice_task *task, struct sluice_call *call)
{
	lockdep_assert_held(&sluice.lock);
	sluice_callq_ready(&task->queue, call);
	task_rank(task);
	task_hold_first(task);
}

void sluice_task_unqueue(struct sluice_task *task, struct sluice_call *call)
{
	lockdep_assert_held(&sluice.lock);
	sluice_callq_remove(&task->queue, call);
	sluice.waiting--;
	sluice.waiting_bytes -= call->input_len;
	task_rank(task);
	task_hold_first(task);
	sluice.room_made++;
	/*
	 * Whoever waits there went to sleep under sluice.lock: none is missed.
	 * One at each, who wakes the next: see wait_at() in submit.c.
	 */
	if (waitqueue_active(&task->room))
		wake_up(&task->room);
	/* Likewise. */
	if (waitqueue_active(&sluice.room))
		wake_up(&sluice.room);
}

/* A waiting call gets another priority or deadline. */
void sluice_task_reorder(struct sluice_task *task, struct sluice_call *call,
			 u32 priority, u64 deadline)
{
	lockdep_assert_held(&sluice.lock);
	sluice_callq_reorder(&task->queue, call, priority, deadline);
	task_rank(task);
	task_hold_first(task);
}

/* Waiting tasks that go before this one. Looks at all tasks: for people only. */
u32 sluice_task_before(const struct sluice_task *task)
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
 * Parking
 */

static u32 park_place(const struct sluice_verdict *verdict)
{
	if (verdict->hold != SLUICE_HOLD_RESOURCE)
		return SLUICE_PARK_HOLD(verdict->hold);
	/* It is not availability that it waits for, see SLUICE_PARK_HOLD. */
	if (verdict->need <= sluice_ledger_available(&sluice.ledger,
						     verdict->res))
		return SLUICE_PARK_HOLD(SLUICE_HOLD_RESOURCE);
	return verdict->res;
}

/* The gate said no: leave the order until what is missing is there. */
void sluice_task_park(struct sluice_task *task,
		      const struct sluice_verdict *verdict)
{
	lockdep_assert_held(&sluice.lock);
	sluice_rank_dequeue(&task->rank);
	task->verdict = *verdict;
	task->park_place = park_place(verdict);
	sluice_park_insert(task);
	if (verdict->hold == SLUICE_HOLD_RESOURCE) {
		if (!task->lacks_since)
			task->lacks_since = ktime_get_boottime_ns();
	} else if (verdict->hold != SLUICE_HOLD_CLAIM) {
		/* It would not start if it had all resources. */
		task->lacks_since = 0;
		sluice_task_disclaim(task);
	}
	task_hold_first(task);
}

/* Back into the order, to be asked about again. */
void sluice_task_unpark(struct sluice_task *task)
{
	lockdep_assert_held(&sluice.lock);
	if (!sluice_parked(task))
		return;
	sluice_park_erase(task);
	sluice_rank_enqueue(&task->rank);
}

static void unpark_place(u32 place)
{
	struct sluice_task *task;

	while ((task = sluice_park_best(place)))
		sluice_task_unpark(task);
}

/* All that wait for the same, which is there now for as many as can be known. */
void sluice_task_unpark_hold(enum sluice_hold hold)
{
	unpark_place(SLUICE_PARK_HOLD(hold));
}

/*
 * Resources grew. Who waits for availability is asked about by
 * sluice_task_unpark_best(), one after the other; who waits for reservations to
 * be given back is rare, and comes back at once.
 */
void sluice_task_grew(u32 resources)
{
	if (!resources)
		return;
	lockdep_assert_held(&sluice.lock);
	sluice.grew |= resources;
	unpark_place(SLUICE_PARK_HOLD(SLUICE_HOLD_RESOURCE));
}

/*
 * For each resource that grew, the best of those tasks comes back for which there
 * is enough now. Called again when that one has been dealt with; then there is
 * less, or it waits for something else.
 */
void sluice_task_unpark_best(void)
{
	u32 left = sluice.grew;

	lockdep_assert_held(&sluice.lock);
	while (left) {
		u32 res = __builtin_ctz(left);
		struct sluice_task *task;

		left &= left - 1;
		task = sluice_park_fitting(res,
					   sluice_ledger_available(&sluice.ledger,
								   res));
		if (task)
			sluice_task_unpark(task);
		else
			sluice.grew &= ~(1U << res);
	}
}

/*
 * Claims
 */

/* The best call of the task has waited too long. False: no more claims. */
bool sluice_task_claim(struct sluice_task *task)
{
	struct sluice_claim *claim = sluice.claims;

	lockdep_assert_held(&sluice.lock);
	if (sluice.claim_count == SLUICE_CLAIMS)
		return false;
	while (claim->task)
		claim++;
	claim->task = task;
	claim->call = sluice_callq_first(&task->queue)->id;
	/* Older than anything: there is no forecast yet. */
	claim->round = 0;
	task->claim = claim;
	sluice.claim_count++;
	sluice_event_claim(task, claim->call, SLUICE_COUNT_CLAIM_MADE);
	return true;
}

/* It holds it no more: others need not wait for it. */
void sluice_task_disclaim(struct sluice_task *task)
{
	struct sluice_claim *claim = task->claim;

	lockdep_assert_held(&sluice.lock);
	if (!claim)
		return;
	claim->task = NULL;
	task->claim = NULL;
	sluice.claim_count--;
	sluice_event_claim(task, claim->call, SLUICE_COUNT_CLAIM_ENDED);
	sluice_task_unpark_hold(SLUICE_HOLD_CLAIM);
}

/* The module goes: nothing waits or runs. Takes sluice.lock. */
void sluice_task_exit(void)
{
	struct sluice_task *task;
	struct hlist_node *next;
	int bucket;

	spin_lock(&sluice.lock);
	hash_for_each_safe(sluice.tasks, bucket, next, task, hash) {
		hash_del(&task->hash);
		sluice_task_put(task);
	}
	spin_unlock(&sluice.lock);
}
