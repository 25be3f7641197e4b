// SPDX-License-Identifier: GPL-2.0-only
#include "object/room.h"

#include <linux/rbtree_augmented.h>

#include "base/event.h"
#include "object/callq.h"
#include "object/user.h"

/* Without sluice.lock. */
void sluice_room_init(struct sluice_room *room)
{
	room->waiters = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&room->turn);
	INIT_LIST_HEAD(&room->blocked);
	room->changed = 0;
	room->calls = 0;
	room->bytes = 0;
}

/*
 * Who waits for room, in the order in which they came; each node knows how little
 * the least demanding below it needs
 */

static struct sluice_waiter *waiter_at(struct rb_node *node)
{
	return rb_entry_safe(node, struct sluice_waiter, node);
}

/* The less it needs, the larger: there is room for those from ~room on. */
static u64 own_ease(struct sluice_waiter *waiter)
{
	return ~(u64)waiter->call->input_len;
}

RB_DECLARE_CALLBACKS_MAX(static, room_callbacks, struct sluice_waiter, node,
			 u64, ease, own_ease);

static void insert(struct sluice_room *room, struct sluice_waiter *waiter)
{
	struct rb_node **link = &room->waiters.rb_root.rb_node, *parent = NULL;
	u64 ease = own_ease(waiter);
	bool leftmost = true;

	while (*link) {
		struct sluice_waiter *other = waiter_at(*link);

		parent = *link;
		if (other->ease < ease)
			other->ease = ease;
		if (waiter->came < other->came) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	waiter->ease = ease;
	rb_link_node(&waiter->node, parent, link);
	rb_insert_augmented_cached(&waiter->node, &room->waiters, leftmost,
				   &room_callbacks);
}

/* Who came first of those that need no more than this. */
static struct sluice_waiter *first_of(const struct sluice_room *room, u64 bytes)
{
	struct sluice_waiter *waiter = waiter_at(room->waiters.rb_root.rb_node);
	u64 enough = ~bytes;

	while (waiter && waiter->ease >= enough) {
		struct sluice_waiter *left = waiter_at(waiter->node.rb_left);

		if (left && left->ease >= enough) {
			waiter = left;
			continue;
		}
		if (own_ease(waiter) >= enough)
			return waiter;
		waiter = waiter_at(waiter->node.rb_right);
	}
	return NULL;
}

/* No more where it is woken for room, or for something else. */
static void displace(struct sluice_waiter *waiter)
{
	struct sluice_room *room = &waiter->call->task->room;

	if (!RB_EMPTY_NODE(&waiter->node)) {
		rb_erase_augmented_cached(&waiter->node, &room->waiters,
					  &room_callbacks);
		RB_CLEAR_NODE(&waiter->node);
	}
	list_del_init(&waiter->other);
}

/* It sleeps no more, or is about to be woken. */
static void lift(struct sluice_waiter *waiter)
{
	struct sluice_room *room = &waiter->call->task->room;

	displace(waiter);
	list_del_init(&waiter->turn);
	if (list_empty(&room->turn))
		list_del_init(&room->blocked);
}

/*
 * What there is
 */

/* Room for so many calls, with so much input in all. */
struct space {
	u64	calls;
	u64	bytes;
};

static u64 minus(u64 a, u64 b)
{
	return a > b ? a - b : 0;
}

static struct space task_space(const struct sluice_task *task)
{
	return (struct space){
		.calls = minus(task->config.queue_max, task->queue.calls),
		.bytes = minus(task->config.queue_bytes, task->queue.bytes),
	};
}

/* Its user may have it waiting. */
static bool has_share(const struct sluice_call *call)
{
	const struct sluice_user *user = call->user;

	return user->use.calls < sluice_user_calls_max(user) &&
	       user->use.bytes + call->input_len <= sluice_user_bytes_max(user);
}

/* Without what is promised to those who were woken and have not looked yet. */
static struct space task_left(const struct sluice_task *task)
{
	struct space space = task_space(task);

	space.calls = minus(space.calls, task->room.calls);
	space.bytes = minus(space.bytes, task->room.bytes);
	return space;
}

static bool fits(const struct sluice_call *call, struct space space)
{
	return space.calls && call->input_len <= space.bytes;
}

/*
 * Who is woken
 */

static void wake(struct sluice_waiter *waiter)
{
	lift(waiter);
	waiter->woken = true;
	wake_up(&waiter->wait);
}

static void promise(struct sluice_waiter *waiter)
{
	struct sluice_room *room = &waiter->call->task->room;

	waiter->promised = true;
	room->calls++;
	room->bytes += waiter->call->input_len;
}

/* The task has changed since: whoever looked longest ago looks again. */
static bool wake_changed(struct sluice_task *task)
{
	struct sluice_waiter *waiter =
		list_first_entry_or_null(&task->room.turn,
					 struct sluice_waiter, turn);

	if (!waiter || waiter->changed == task->room.changed)
		return false;
	wake(waiter);
	return true;
}

/* It has room, but not all that it waits for: its user's share, or another call. */
static bool is_other(const struct sluice_call *call)
{
	const struct sluice_task *task = call->task;

	return sluice_callq_with_key(&task->queue, call) ||
	       fits(call, task_space(task));
}

static void place(struct sluice_waiter *waiter)
{
	waiter->made = sluice.rooms.made;
	if (is_other(waiter->call))
		list_add_tail(&waiter->other, &sluice.rooms.others);
	else
		insert(&waiter->call->task->room, waiter);
}

/* It waits for something else than it did. */
static void replace(struct sluice_waiter *waiter)
{
	displace(waiter);
	place(waiter);
}

/*
 * Any end may be of use to these: a bounded number is looked at for each, and the
 * others by the next, or the tick.
 */
static void wake_other(void)
{
	int batch;

	for (batch = 0; batch < SLUICE_BATCH; batch++) {
		struct sluice_waiter *waiter =
			list_first_entry_or_null(&sluice.rooms.others,
						 struct sluice_waiter, other);
		const struct sluice_call *call;

		if (!waiter || waiter->made == sluice.rooms.made)
			return;
		call = waiter->call;
		/* What it would take the place of is not looked at here. */
		if (sluice_callq_with_key(&call->task->queue, call)) {
			wake(waiter);
			return;
		}
		if (fits(call, task_left(call->task)) && has_share(call)) {
			promise(waiter);
			wake(waiter);
			return;
		}
		replace(waiter);
	}
}

/* Who came first of those at the task for whom there is room. */
static struct sluice_waiter *fitting(const struct sluice_task *task)
{
	struct space left = task_left(task);
	struct sluice_waiter *waiter;
	int batch;

	if (!left.calls)
		return NULL;
	for (batch = 0; batch < SLUICE_BATCH; batch++) {
		waiter = first_of(&task->room, left.bytes);
		if (!waiter || has_share(waiter->call))
			return waiter;
		/* It has to wait for what its user has elsewhere. */
		replace(waiter);
	}
	return NULL;
}

static void wake_fitting(const struct sluice_task *task)
{
	struct sluice_waiter *waiter = fitting(task);

	if (!waiter)
		return;
	promise(waiter);
	wake(waiter);
}

static void wake_next(struct sluice_task *task)
{
	wake_other();
	if (!wake_changed(task))
		wake_fitting(task);
}

void sluice_room_look(struct sluice_task *task)
{
	lockdep_assert_held(&sluice.lock);
	sluice.rooms.made++;
	wake_next(task);
}

/* What the queue of the task takes at all has changed: everybody looks again. */
void sluice_room_changed(struct sluice_task *task)
{
	lockdep_assert_held(&sluice.lock);
	task->room.changed++;
	wake_next(task);
}

/* The limits of users are others: everybody looks again. */
void sluice_room_limits(void)
{
	struct sluice_room *room, *next;

	lockdep_assert_held(&sluice.lock);
	list_for_each_entry_safe(room, next, &sluice.rooms.blocked, blocked) {
		room->changed++;
		wake_changed(container_of(room, struct sluice_task, room));
	}
}

/* Time has passed: there may be more to look at than there was time for. */
void sluice_room_catch_up(void)
{
	struct sluice_room *room, *next;

	lockdep_assert_held(&sluice.lock);
	wake_other();
	list_for_each_entry_safe(room, next, &sluice.rooms.blocked, blocked)
		wake_fitting(container_of(room, struct sluice_task, room));
}

/*
 * The submitter
 */

/* Without sluice.lock. */
void sluice_waiter_init(struct sluice_waiter *waiter, struct sluice_call *call)
{
	waiter->call = call;
	RB_CLEAR_NODE(&waiter->node);
	INIT_LIST_HEAD(&waiter->turn);
	INIT_LIST_HEAD(&waiter->other);
	waiter->came = 0;
	waiter->promised = false;
	waiter->woken = false;
	init_waitqueue_head(&waiter->wait);
}

/* It was refused for want of room: get ready to sleep until there is more. */
void sluice_waiter_wait(struct sluice_waiter *waiter)
{
	struct sluice_task *task = waiter->call->task;
	struct sluice_room *room = &task->room;
	bool again = waiter->came;

	lockdep_assert_held(&sluice.lock);
	if (!again) {
		sluice_event_blocked();
		waiter->came = ++sluice.rooms.came;
	}
	waiter->changed = room->changed;
	if (list_empty(&room->turn))
		list_add_tail(&room->blocked, &sluice.rooms.blocked);
	list_add_tail(&waiter->turn, &room->turn);
	place(waiter);
	if (again)
		wake_next(task);
}

/* Without sluice.lock. -ERESTARTSYS: a signal came. */
int sluice_waiter_sleep(struct sluice_waiter *waiter)
{
	return wait_event_interruptible(waiter->wait, READ_ONCE(waiter->woken));
}

/* It sleeps no more, and looks. */
void sluice_waiter_awake(struct sluice_waiter *waiter)
{
	struct sluice_room *room = &waiter->call->task->room;

	lockdep_assert_held(&sluice.lock);
	if (!waiter->woken)
		lift(waiter);
	waiter->woken = false;
	if (!waiter->promised)
		return;
	waiter->promised = false;
	room->calls--;
	room->bytes -= waiter->call->input_len;
}

/* It looks no more: what room is left is for the next. */
void sluice_waiter_done(struct sluice_waiter *waiter)
{
	lockdep_assert_held(&sluice.lock);
	if (!waiter->came)
		return;
	/* What was promised to it may be of use to others. */
	sluice.rooms.made++;
	wake_next(waiter->call->task);
}
