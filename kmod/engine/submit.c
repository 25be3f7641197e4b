// SPDX-License-Identifier: GPL-2.0-only
#include "engine/submit.h"

#include <linux/errno.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "object/call.h"
#include "object/callq.h"
#include "engine/dispatch.h"
#include "base/event.h"
#include "engine/finish.h"
#include "object/task.h"

/*
 * Refusals
 */

int sluice_refusal_errno(enum sluice_refusal refusal)
{
	switch (refusal) {
	case SLUICE_REFUSAL_NO_TASK:
		return -ENOENT;
	case SLUICE_REFUSAL_INPUT_SIZE:
		return -EMSGSIZE;
	case SLUICE_REFUSAL_PRIORITY:
	case SLUICE_REFUSAL_NO_DEADLINE:
		return -EINVAL;
	case SLUICE_REFUSAL_OVER_BUDGET:
		return -EDQUOT;
	case SLUICE_REFUSAL_QUEUE_FULL:
	case SLUICE_REFUSAL_QUEUE_BYTES:
	case SLUICE_REFUSAL_TOTAL_FULL:
	case SLUICE_REFUSAL_TOTAL_BYTES:
	case SLUICE_REFUSAL_FILE_FULL:
		return -ENOBUFS;
	case SLUICE_REFUSAL_CLOSING:
	case SLUICE_REFUSAL_DRAINING:
		return -ESHUTDOWN;
	case SLUICE_REFUSAL_UNSCHEDULABLE:
		return -EBUSY;
	case SLUICE_REFUSAL_INPUT_FAULT:
		return -EFAULT;
	default:
		return -ENOMEM;
	}
}

static bool refuse(struct sluice_refused *refused, enum sluice_refusal refusal)
{
	refused->refusal = refusal;
	return true;
}

static bool over(struct sluice_refused *refused, enum sluice_refusal refusal,
		 u64 asked, u64 limit)
{
	if (asked <= limit)
		return false;
	refused->asked = asked;
	refused->limit = limit;
	return refuse(refused, refusal);
}

/*
 * The task that a call asks for, with a reference, if it takes an input of that
 * size: before anything is allocated for it. NULL: @refused says why. Takes
 * sluice.lock.
 */
struct sluice_task *sluice_submit_task(const char *name, u32 input_len,
				       struct sluice_refused *refused)
{
	struct sluice_task *task;

	memset(refused, 0, sizeof(*refused));
	spin_lock(&sluice.lock);
	task = sluice_task_find(name);
	if (!task) {
		refuse(refused, SLUICE_REFUSAL_NO_TASK);
	} else if (over(refused, SLUICE_REFUSAL_INPUT_SIZE, input_len,
			min(task->config.input_max,
			    READ_ONCE(sluice.limits.max_input)))) {
		task->refused++;
		task = NULL;
	} else {
		sluice_task_get(task);
	}
	spin_unlock(&sluice.lock);
	return task;
}

/* It would not fit into an empty queue. */
static bool never_fits(const struct sluice_call *call,
		       struct sluice_refused *refused)
{
	const struct sluice_task_config *config = &call->task->config;
	const struct sluice_limits *limits = &sluice.limits;

	return over(refused, SLUICE_REFUSAL_QUEUE_FULL, 1, config->queue_max) ||
	       over(refused, SLUICE_REFUSAL_QUEUE_BYTES, call->input_len,
		    config->queue_bytes) ||
	       over(refused, SLUICE_REFUSAL_TOTAL_FULL, 1,
		    READ_ONCE(limits->max_calls)) ||
	       over(refused, SLUICE_REFUSAL_TOTAL_BYTES, call->input_len,
		    READ_ONCE(limits->max_bytes));
}

/* What no waiting heals. */
static bool refuse_for_good(const struct sluice_call *call,
			    struct sluice_refused *refused)
{
	const struct sluice_task *task = call->task;
	int res;

	if (task->closing)
		return refuse(refused, SLUICE_REFUSAL_CLOSING);
	if (task->mode == SLUICE_MODE_DRAIN)
		return refuse(refused, SLUICE_REFUSAL_DRAINING);
	if (never_fits(call, refused))
		return true;
	res = sluice_gate_exceeds(&sluice.ledger, &task->config.request);
	if (res < 0)
		return false;
	strscpy(refused->resource, sluice.ledger.account[res].name,
		sizeof(refused->resource));
	return over(refused, SLUICE_REFUSAL_OVER_BUDGET,
		    task->config.request.amount[res],
		    sluice.ledger.account[res].budget);
}

/*
 * Room in the queue
 */

/* Waiting calls that make room for a new one. */
struct room {
	u64	calls;
	u64	bytes;
};

static void room_add(struct room *room, const struct sluice_call *call)
{
	room->calls++;
	room->bytes += call->input_len;
}

static bool no_room(const struct sluice_call *call, const struct room *room,
		    struct sluice_refused *refused)
{
	const struct sluice_task *task = call->task;
	const struct sluice_limits *limits = &sluice.limits;

	return over(refused, SLUICE_REFUSAL_QUEUE_FULL,
		    task->queue.calls + 1ULL - room->calls,
		    task->config.queue_max) ||
	       over(refused, SLUICE_REFUSAL_QUEUE_BYTES,
		    task->queue.bytes + call->input_len - room->bytes,
		    task->config.queue_bytes) ||
	       over(refused, SLUICE_REFUSAL_TOTAL_FULL,
		    sluice.waiting + 1ULL - room->calls,
		    READ_ONCE(limits->max_calls)) ||
	       over(refused, SLUICE_REFUSAL_TOTAL_BYTES,
		    sluice.waiting_bytes + call->input_len - room->bytes,
		    READ_ONCE(limits->max_bytes));
}

/*
 * How many of the oldest calls must go, of a number that is bounded; 0: not even
 * that is enough. @room: what goes anyway, with @older; NULL for none.
 */
static u32 oldest_to_drop(const struct sluice_call *call,
			  const struct sluice_call *older, struct room room,
			  struct sluice_refused *refused)
{
	const struct sluice_call *old;
	u32 count = 0;

	list_for_each_entry(old, &call->task->queue.age, age) {
		if (count == SLUICE_BATCH)
			break;
		count++;
		if (old != older)
			room_add(&room, old);
		if (!no_room(call, &room, refused))
			return count;
	}
	return 0;
}

static void drop_oldest(struct sluice_task *task,
			const struct sluice_call *older, u32 count)
{
	struct sluice_call *old, *next;

	list_for_each_entry_safe(old, next, &task->queue.age, age) {
		if (!count--)
			break;
		if (old != older)
			sluice_finish_call(old, SLUICE_CALL_STATE_DROPPED,
					   SLUICE_REASON_DROPPED);
	}
}

/*
 * -EAGAIN: the submitter may wait for room. Else refused, or there is room, when
 * @drop of the oldest calls are dropped.
 */
static int find_room(const struct sluice_call *call,
		     const struct sluice_call *older, u32 *drop,
		     struct sluice_refused *refused)
{
	struct room room = { 0 };

	*drop = 0;
	if (older)
		room_add(&room, older);
	if (!no_room(call, &room, refused))
		return 0;
	switch (call->task->config.overflow) {
	case SLUICE_OVERFLOW_DROP_OLDEST:
		*drop = oldest_to_drop(call, older, room, refused);
		if (!*drop)
			return -ENOBUFS;
		memset(refused, 0, sizeof(*refused));
		return 0;
	case SLUICE_OVERFLOW_BLOCK:
		return -EAGAIN;
	default:
		return -ENOBUFS;
	}
}

/*
 * The class deadline
 */

static u64 demand_load(const struct sluice_task *task, u64 runtime,
		       u64 deadline)
{
	u64 cpu = task->config.request.amount[SLUICE_RES_CPU];

	return sluice_deadline_load(runtime, deadline, cpu ? cpu : 1000);
}

static bool unschedulable(struct sluice_refused *refused, u64 load)
{
	const struct sluice_account *cpu =
		&sluice.ledger.account[SLUICE_RES_CPU];

	strscpy(refused->resource, cpu->name, sizeof(refused->resource));
	refused->asked = load;
	refused->limit = cpu->budget;
	return refuse(refused, SLUICE_REFUSAL_UNSCHEDULABLE);
}

/* Can its deadline be met, with all others accepted? Then they all will be. */
static bool refuse_deadline(struct sluice_call *call, u64 now, u64 deadline,
			    struct sluice_refused *refused)
{
	const struct sluice_task *task = call->task;
	u64 load;

	if (!deadline || !call->runtime)
		return refuse(refused, SLUICE_REFUSAL_NO_DEADLINE);
	if (over(refused, SLUICE_REFUSAL_UNSCHEDULABLE, call->runtime,
		 deadline))
		return true;
	call->demand->until = now + deadline;
	call->demand->load = demand_load(task, call->runtime, deadline);
	if (sluice_deadline_admit(call->demand, now,
				  sluice.ledger.account[SLUICE_RES_CPU].budget,
				  &load))
		return false;
	return unschedulable(refused, load);
}

/* Times become points in time. False: refused. */
static bool set_times(struct sluice_call *call, struct sluice_refused *refused)
{
	const struct sluice_task_config *config = &call->task->config;
	u64 deadline = call->deadline ? call->deadline : config->deadline;
	u64 now = ktime_get_boottime_ns();

	if (!call->timeout)
		call->timeout = config->timeout;
	if (!call->runtime)
		call->runtime = config->runtime;
	if (config->class != &sluice_class_deadline) {
		kfree(call->demand);
		call->demand = NULL;
	} else if (!call->demand) {
		/* The task has changed its class this very moment. */
		refuse(refused, SLUICE_REFUSAL_MEMORY);
		return false;
	} else if (refuse_deadline(call, now, deadline, refused)) {
		return false;
	}
	call->deadline = deadline ? now + deadline : 0;
	return true;
}

/*
 * Accepting
 */

/* -EAGAIN: the submitter may wait for room. Else refused, or accepted. */
static int accept(struct sluice_call *call, struct sluice_file *owner,
		  struct sluice_refused *refused)
{
	struct sluice_task *task = call->task;
	struct sluice_call *older;
	u32 drop;
	int ret;

	memset(refused, 0, sizeof(*refused));
	if (refuse_for_good(call, refused) ||
	    (owner && over(refused, SLUICE_REFUSAL_FILE_FULL,
			   owner->calls + 1ULL,
			   READ_ONCE(sluice.limits.max_file_calls))))
		return sluice_refusal_errno(refused->refusal);
	older = sluice_callq_latest(&task->queue, call);
	ret = find_room(call, older, &drop, refused);
	if (ret)
		return ret;
	if (!set_times(call, refused))
		return sluice_refusal_errno(refused->refusal);
	drop_oldest(task, older, drop);
	sluice_call_queued(call, owner);
	/* Nobody else may look at the call once it can end. */
	refused->id = call->id;
	sluice_task_queue(task, call, older);
	if (older)
		sluice_finish_call(older, SLUICE_CALL_STATE_SUPERSEDED,
				   SLUICE_REASON_SUPERSEDED);
	return 0;
}

static struct sluice_demand *new_demand(const struct sluice_task *task)
{
	struct sluice_demand *demand;

	if (READ_ONCE(task->config.class) != &sluice_class_deadline)
		return NULL;
	demand = kzalloc(sizeof(*demand), GFP_KERNEL_ACCOUNT);
	if (demand)
		RB_CLEAR_NODE(&demand->node);
	return demand;
}

/**
 * struct waiting - a submitter that waits for room
 * @entry: at @room
 * @room: where; NULL when it does not wait, and has not
 * @looked: sluice.room_made when it last looked
 *
 * More room wakes one submitter, who came first, and each wakes the next: there
 * may be more room than it needs, or it may need more than there is. Only who has
 * looked since room was made, and waits at the same place again, wakes nobody; so
 * each looks once, none of them under the lock of another.
 */
struct waiting {
	wait_queue_entry_t entry;
	wait_queue_head_t *room;
	u64	looked;
};

/* Get ready to sleep until there is more of the room that @refused says is short. */
static void wait_at(struct waiting *waiting, struct sluice_task *task,
		    const struct sluice_refused *refused)
{
	wait_queue_head_t *room =
		refused->refusal == SLUICE_REFUSAL_QUEUE_FULL ||
		refused->refusal == SLUICE_REFUSAL_QUEUE_BYTES ?
		&task->room : &sluice.room;

	if (!waiting->room)
		sluice_event_blocked();
	else if (waiting->room != room || waiting->looked != sluice.room_made)
		wake_up(waiting->room);
	waiting->room = room;
	waiting->looked = sluice.room_made;
	prepare_to_wait_exclusive(room, &waiting->entry, TASK_INTERRUPTIBLE);
}

/**
 * sluice_submit() - accept a call or refuse it
 * @call: filled in, with times that count from now; when 0 is returned, the
 *	caller's reference has become the one for being alive
 * @owner: the file that will reap it, NULL for none
 * @block: wait for room where the task's overflow policy says so
 * @refused: (out) the id, or the reason
 *
 * May sleep; takes sluice.lock.
 *
 * Return: 0, the errno of a refusal, or -EINTR when a signal came while it waited.
 */
int sluice_submit(struct sluice_call *call, struct sluice_file *owner,
		  bool block, struct sluice_refused *refused)
{
	struct sluice_task *task = call->task;
	struct waiting waiting = { .room = NULL };
	int ret;

	memset(refused, 0, sizeof(*refused));
	call->demand = new_demand(task);
	if (sluice_call_publish(call)) {
		refuse(refused, SLUICE_REFUSAL_MEMORY);
		return -ENOMEM;
	}
	init_wait(&waiting.entry);
	spin_lock(&sluice.lock);
	while ((ret = accept(call, owner, refused)) == -EAGAIN && block) {
		wait_at(&waiting, task, refused);
		spin_unlock(&sluice.lock);
		if (!signal_pending(current))
			schedule();
		finish_wait(waiting.room, &waiting.entry);
		spin_lock(&sluice.lock);
		if (signal_pending(current)) {
			refused->refusal = SLUICE_REFUSAL_NONE;
			ret = -EINTR;
			break;
		}
	}
	/* Before anything can end the call, and its task with it. */
	if (waiting.room)
		wake_up(waiting.room);
	if (ret == -EAGAIN)
		ret = -ENOBUFS;
	if (ret && ret != -EINTR)
		task->refused++;
	sluice_dispatch();
	spin_unlock(&sluice.lock);
	return ret;
}

/*
 * Give a waiting call another priority or deadline; NULL leaves it as it is. The
 * deadline counts from now, 0 for never. -EALREADY: it does not wait any more.
 * Takes sluice.lock.
 */
int sluice_submit_again(struct sluice_call *call, const u32 *priority,
			const u64 *deadline, struct sluice_refused *refused)
{
	struct sluice_task *task = call->task;
	u64 until = call->deadline, load = 0;
	int ret = 0;

	memset(refused, 0, sizeof(*refused));
	spin_lock(&sluice.lock);
	if (call->state != SLUICE_CALL_STATE_QUEUED) {
		spin_unlock(&sluice.lock);
		return -EALREADY;
	}
	if (deadline)
		until = *deadline ? ktime_get_boottime_ns() + *deadline : 0;
	if (deadline && call->demand) {
		if (!*deadline)
			refuse(refused, SLUICE_REFUSAL_NO_DEADLINE);
		else if (!over(refused, SLUICE_REFUSAL_UNSCHEDULABLE,
			       call->runtime, *deadline) &&
			 !sluice_deadline_change(call->demand, until,
						 demand_load(task, call->runtime,
							     *deadline),
						 sluice.ledger.account[SLUICE_RES_CPU].budget,
						 &load))
			unschedulable(refused, load);
	}
	if (refused->refusal) {
		ret = sluice_refusal_errno(refused->refusal);
	} else {
		sluice_task_reorder(task, call, priority ? *priority :
				    call->priority, until);
		sluice_call_expires(call);
	}
	sluice_dispatch();
	spin_unlock(&sluice.lock);
	return ret;
}
