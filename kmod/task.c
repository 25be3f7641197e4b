// SPDX-License-Identifier: GPL-2.0-only
#include "task.h"

#include <linux/bitmap.h>
#include <linux/slab.h>
#include <linux/stringhash.h>

#include "event.h"

/* May sleep, without sluice.lock. NULL: no memory. */
struct sluice_task *sluice_task_alloc(const char *name,
				      const struct sluice_task_config *config)
{
	struct sluice_task *task = kzalloc(sizeof(*task), GFP_KERNEL_ACCOUNT);
	int i;

	if (!task)
		return NULL;
	kref_init(&task->ref);
	strscpy(task->name, name, sizeof(task->name));
	task->config = *config;
	INIT_HLIST_NODE(&task->hash);
	INIT_LIST_HEAD(&task->rank.node);
	task->rank.class = config->class;
	INIT_LIST_HEAD(&task->park);
	INIT_LIST_HEAD(&task->idle);
	for (i = 0; i < SLUICE_PRIORITIES; i++)
		INIT_LIST_HEAD(&task->queue.list[i]);
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

/* Put the task where it belongs: in the order of its class, or nowhere. */
static void task_rank(struct sluice_task *task)
{
	struct sluice_rank *rank = &task->rank;
	u32 best;

	if (!task->queue.calls || !list_empty(&task->park)) {
		if (sluice_rank_ordered(rank))
			rank->class->dequeue(rank);
		return;
	}
	best = find_last_bit(task->queue.filled, SLUICE_PRIORITIES);
	if (sluice_rank_ordered(rank)) {
		if (rank->priority == best &&
		    rank->class == task->config.class)
			return;
		rank->class->dequeue(rank);
	}
	rank->class = task->config.class;
	rank->priority = best;
	rank->class->enqueue(rank);
}

/* Waiting calls follow the new values. */
void sluice_task_change(struct sluice_task *task,
			const struct sluice_task_config *config)
{
	request_count_users(&task->config.request, -1);
	task->config = *config;
	request_count_users(&task->config.request, 1);
	sluice_task_unpark(task);
	task_rank(task);
	sluice_event_task(task, SLUICE_COUNT_TASK_SET);
}

/* The name is free again; calls and environments keep the task until they end. */
void sluice_task_unregister(struct sluice_task *task)
{
	lockdep_assert_held(&sluice.lock);
	task->closing = true;
	hash_del(&task->hash);
	sluice.task_count--;
	request_count_users(&task->config.request, -1);
	sluice_event_task(task, SLUICE_COUNT_TASK_DEL);
}

struct sluice_call *sluice_task_first(const struct sluice_task *task)
{
	u32 best = find_last_bit(task->queue.filled, SLUICE_PRIORITIES);

	if (best >= SLUICE_PRIORITIES)
		return NULL;
	return list_first_entry(&task->queue.list[best], struct sluice_call,
				node);
}

/* Tell once what holds the call that goes first, and again when that changes. */
static void task_hold_first(struct sluice_task *task)
{
	struct sluice_call *call = sluice_task_first(task);
	bool news;

	if (!call || list_empty(&task->park))
		return;
	news = call->verdict.hold != task->verdict.hold ||
	       call->verdict.res != task->verdict.res;
	call->verdict = task->verdict;
	if (news)
		sluice_event_hold(call);
}

/* Last of its priority; or @first, when it has been in the queue before. */
void sluice_task_queue(struct sluice_task *task, struct sluice_call *call,
		       bool first)
{
	struct sluice_callq *queue = &task->queue;
	struct list_head *list = &queue->list[call->priority];

	lockdep_assert_held(&sluice.lock);
	if (first)
		list_add(&call->node, list);
	else
		list_add_tail(&call->node, list);
	__set_bit(call->priority, queue->filled);
	queue->calls++;
	queue->bytes += call->input_len;
	sluice.waiting++;
	sluice.waiting_bytes += call->input_len;
	task_rank(task);
	if (sluice_task_first(task) == call)
		task_hold_first(task);
}

void sluice_task_unqueue(struct sluice_task *task, struct sluice_call *call)
{
	struct sluice_callq *queue = &task->queue;

	lockdep_assert_held(&sluice.lock);
	list_del_init(&call->node);
	if (list_empty(&queue->list[call->priority]))
		__clear_bit(call->priority, queue->filled);
	queue->calls--;
	queue->bytes -= call->input_len;
	sluice.waiting--;
	sluice.waiting_bytes -= call->input_len;
	if (!queue->calls)
		sluice_task_unpark(task);
	task_rank(task);
	task_hold_first(task);
}

void sluice_task_reprioritise(struct sluice_task *task,
			      struct sluice_call *call, u32 priority)
{
	struct sluice_callq *queue = &task->queue;

	lockdep_assert_held(&sluice.lock);
	list_move_tail(&call->node, &queue->list[priority]);
	if (list_empty(&queue->list[call->priority]))
		__clear_bit(call->priority, queue->filled);
	call->priority = priority;
	__set_bit(priority, queue->filled);
	task_rank(task);
	task_hold_first(task);
}

/* How many calls of the task go before @call; counts to @most. */
u32 sluice_task_position(const struct sluice_task *task,
			 const struct sluice_call *call, u32 most)
{
	const struct sluice_call *other;
	u32 before = 0;
	int priority;

	for (priority = SLUICE_PRIORITY_MAX; priority >= (int)call->priority;
	     priority--) {
		list_for_each_entry(other, &task->queue.list[priority], node) {
			if (other == call || before == most)
				return before;
			before++;
		}
	}
	return before;
}

static u32 park_place(const struct sluice_verdict *verdict)
{
	if (verdict->hold == SLUICE_HOLD_RESOURCE)
		return verdict->res;
	return SLUICE_PARK_HOLD(verdict->hold);
}

/* The gate said no: leave the order until what is missing is there. */
void sluice_task_park(struct sluice_task *task,
		      const struct sluice_verdict *verdict)
{
	u32 place = park_place(verdict);

	lockdep_assert_held(&sluice.lock);
	task->verdict = *verdict;
	list_add_tail(&task->park, &sluice.parked[place]);
	sluice.park_count[place]++;
	task_rank(task);
	task_hold_first(task);
}

/* Back into the order, to be asked about again. */
void sluice_task_unpark(struct sluice_task *task)
{
	lockdep_assert_held(&sluice.lock);
	if (list_empty(&task->park))
		return;
	list_del_init(&task->park);
	sluice.park_count[park_place(&task->verdict)]--;
	task_rank(task);
}

/*
 * Resources grew: those tasks come back that wait for no more than there is, or
 * have a warm environment, on top of which they may need less.
 */
void sluice_task_unpark_res(u32 resources)
{
	struct sluice_task *task, *next;
	int res;

	for (res = 0; resources && res < SLUICE_RES_MAX; res++) {
		u64 available;

		if (!(resources & (1U << res)) ||
		    list_empty(&sluice.parked[res]))
			continue;
		available = sluice_ledger_available(&sluice.ledger, res);
		list_for_each_entry_safe(task, next, &sluice.parked[res], park)
			if (task->verdict.need <= available ||
			    !list_empty(&task->idle))
				sluice_task_unpark(task);
	}
}

void sluice_task_unpark_hold(enum sluice_hold hold)
{
	struct list_head *parked = &sluice.parked[SLUICE_PARK_HOLD(hold)];
	struct sluice_task *task, *next;

	list_for_each_entry_safe(task, next, parked, park)
		sluice_task_unpark(task);
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
