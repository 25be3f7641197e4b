// SPDX-License-Identifier: GPL-2.0-only
#include "object/room.h"

#include <linux/rbtree_augmented.h>
#include <linux/timekeeping.h>

#include "base/event.h"
#include "object/callq.h"
#include "object/user.h"

/* Who has not looked by then must not keep others from what was promised to it. */
#define PROMISE_NS	NSEC_PER_SEC
/* So many tasks are looked at when a call ends. */
#define ROOMS_AT_ONCE	4

/* Without sluice.lock. */
void sluice_room_init(struct sluice_room *room)
{
	memset(room, 0, sizeof(*room));
	room->waiters = RB_ROOT;
	INIT_LIST_HEAD(&room->others);
	INIT_LIST_HEAD(&room->turn);
	INIT_LIST_HEAD(&room->blocked);
}

/*
 * Who waits for room: those of each user together, in the order in which they came;
 * each node knows how little the least demanding below it needs
 */

static struct sluice_waiter *waiter_at(struct rb_node *node)
{
	return rb_entry_safe(node, struct sluice_waiter, node);
}

static u32 uid_of(const struct sluice_waiter *waiter)
{
	return __kuid_val(waiter->call->user->uid);
}

/* The less it needs, the larger: there is room for those from ~room on. */
static u64 own_ease(struct sluice_waiter *waiter)
{
	return ~(u64)waiter->call->input_len;
}

RB_DECLARE_CALLBACKS_MAX(static, room_callbacks, struct sluice_waiter, node,
			 u64, ease, own_ease);

/* Does it stand before that place? */
static bool stands_before(const struct sluice_waiter *waiter, u32 uid, u64 came)
{
	u32 own = uid_of(waiter);

	return own < uid || (own == uid && waiter->came < came);
}

static void insert(struct sluice_room *room, struct sluice_waiter *waiter)
{
	struct rb_node **link = &room->waiters.rb_node, *parent = NULL;
	u32 uid = uid_of(waiter);
	u64 ease = own_ease(waiter);

	while (*link) {
		struct sluice_waiter *other = waiter_at(*link);

		parent = *link;
		if (other->ease < ease)
			other->ease = ease;
		link = stands_before(other, uid, waiter->came) ?
		       &parent->rb_right : &parent->rb_left;
	}
	waiter->ease = ease;
	rb_link_node(&waiter->node, parent, link);
	rb_insert_augmented(&waiter->node, &room->waiters, &room_callbacks);
}

/* The first below a node that knows of one. */
static struct sluice_waiter *first_below(struct sluice_waiter *waiter,
					 u64 enough)
{
	for (;;) {
		struct sluice_waiter *left = waiter_at(waiter->node.rb_left);

		if (left && left->ease >= enough) {
			waiter = left;
			continue;
		}
		if (own_ease(waiter) >= enough)
			return waiter;
		waiter = waiter_at(waiter->node.rb_right);
	}
}

/* The first that stands after all that are below it. */
static struct sluice_waiter *after_below(struct sluice_waiter *waiter)
{
	struct rb_node *node = &waiter->node, *parent;

	while ((parent = rb_parent(node)) && node == parent->rb_right)
		node = parent;
	return waiter_at(parent);
}

/* The first from that place on of those that need no more than this. */
static struct sluice_waiter *first_from(const struct sluice_room *room, u32 uid,
					u64 came, u64 bytes)
{
	struct sluice_waiter *waiter = waiter_at(room->waiters.rb_node);
	struct sluice_waiter *from = NULL, *right;
	u64 enough = ~bytes;

	while (waiter) {
		if (stands_before(waiter, uid, came)) {
			waiter = waiter_at(waiter->node.rb_right);
		} else {
			from = waiter;
			waiter = waiter_at(waiter->node.rb_left);
		}
	}
	while (from && own_ease(from) < enough) {
		right = waiter_at(from->node.rb_right);
		if (right && right->ease >= enough)
			return first_below(right, enough);
		from = after_below(from);
	}
	return from;
}

/* The first of the next user that has one, after the last that of the first. */
static struct sluice_waiter *next_user(const struct sluice_room *room, u32 uid)
{
	struct sluice_waiter *next = first_from(room, uid, U64_MAX, U64_MAX);

	return next ? next : first_from(room, 0, 0, U64_MAX);
}

/* It sleeps no more, or is about to be woken. */
static void lift(struct sluice_waiter *waiter)
{
	struct sluice_room *room = &waiter->call->task->room;

	if (list_empty(&waiter->other)) {
		rb_erase_augmented(&waiter->node, &room->waiters,
				   &room_callbacks);
	} else {
		list_del_init(&waiter->other);
	}
	list_del_init(&waiter->turn);
	if (list_empty(&room->turn))
		list_del_init(&room->blocked);
}

/*
 * What there is
 */

/* What is in use, with what is promised to those who have not looked yet. */
static struct sluice_space task_used(const struct sluice_task *task)
{
	return (struct sluice_space){
		.calls = task->queue.calls + task->room.promised.calls,
		.bytes = task->queue.bytes + task->room.promised.bytes,
	};
}

static struct sluice_space user_used(const struct sluice_user *user)
{
	return (struct sluice_space){
		.calls = user->use.calls + user->promised.calls,
		.bytes = user->use.bytes + user->promised.bytes,
	};
}

static struct sluice_space task_most(const struct sluice_task *task)
{
	return (struct sluice_space){ task->config.queue_max,
				      task->config.queue_bytes };
}

static struct sluice_space user_most(const struct sluice_user *user)
{
	return (struct sluice_space){ sluice_user_calls_max(user),
				      sluice_user_bytes_max(user) };
}

/* Room for another call, with at most @bytes of input, which become less. */
static bool leaves_room(struct sluice_space used, struct sluice_space most,
			u64 *bytes)
{
	/* A limit may have been lowered since: then even nothing is too much. */
	if (used.calls >= most.calls || used.bytes > most.bytes)
		return false;
	*bytes = min(*bytes, most.bytes - used.bytes);
	return true;
}

/* Would it be room enough, when @older makes way for it? */
static bool replaces(const struct sluice_call *call,
		     const struct sluice_call *older,
		     struct sluice_space used, struct sluice_space most)
{
	if (older)
		sluice_space_add(&used, -1, -(s64)older->input_len);
	sluice_space_add(&used, 1, call->input_len);
	return used.calls <= most.calls && used.bytes <= most.bytes;
}

/*
 * Promises
 */

static void promise(struct sluice_waiter *waiter)
{
	const struct sluice_call *call = waiter->call;

	waiter->promised = ktime_get_boottime_ns();
	list_add_tail(&waiter->kept, &sluice.rooms.promised);
	sluice_space_add(&call->task->room.promised, 1, call->input_len);
	sluice_space_add(&call->user->promised, 1, call->input_len);
}

static void release(struct sluice_waiter *waiter)
{
	const struct sluice_call *call = waiter->call;

	if (list_empty(&waiter->kept))
		return;
	list_del_init(&waiter->kept);
	sluice_space_add(&call->task->room.promised, -1, -(s64)call->input_len);
	sluice_space_add(&call->user->promised, -1, -(s64)call->input_len);
}

/* Who was woken and has not looked, since it gets no CPU, has what is left then. */
static void release_late(void)
{
	u64 now = ktime_get_boottime_ns();
	int batch;

	for (batch = 0; batch < SLUICE_BATCH; batch++) {
		struct sluice_waiter *waiter =
			list_first_entry_or_null(&sluice.rooms.promised,
						 struct sluice_waiter, kept);

		if (!waiter || now - waiter->promised < PROMISE_NS)
			return;
		release(waiter);
	}
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

/* Who came first of those of a user for whom there is room. */
static struct sluice_waiter *fitting_of(const struct sluice_room *room,
					const struct sluice_user *user,
					u64 bytes)
{
	struct sluice_waiter *waiter;

	if (!leaves_room(user_used(user), user_most(user), &bytes))
		return NULL;
	waiter = first_from(room, __kuid_val(user->uid), 0, bytes);
	return waiter && waiter->call->user == user ? waiter : NULL;
}

/*
 * Who came first of all of them. One look takes as long however many wait: it is at
 * so many users, and the next goes on behind them.
 */
static struct sluice_waiter *fitting(struct sluice_task *task)
{
	struct sluice_room *room = &task->room;
	struct sluice_waiter *best = NULL, *at, *waiter;
	u64 bytes = U64_MAX;
	u32 first;
	int batch;

	if (RB_EMPTY_ROOT(&room->waiters) ||
	    !leaves_room(task_used(task), task_most(task), &bytes))
		return NULL;
	at = next_user(room, room->seen);
	first = uid_of(at);
	for (batch = 0; batch < SLUICE_BATCH; batch++) {
		room->seen = uid_of(at);
		waiter = fitting_of(room, at->call->user, bytes);
		if (waiter && (!best || waiter->came < best->came))
			best = waiter;
		at = next_user(room, room->seen);
		if (uid_of(at) == first)
			break;
	}
	return best;
}

/*
 * A call that takes the place of another may have room where there is none. A bounded
 * number of these is looked at, and the others by the next.
 */
static struct sluice_waiter *replacing(struct sluice_task *task)
{
	const struct sluice_call *call, *older, *own;
	struct sluice_waiter *waiter;
	int batch;

	for (batch = 0; batch < SLUICE_BATCH; batch++) {
		waiter = list_first_entry_or_null(&task->room.others,
						  struct sluice_waiter, other);
		if (!waiter)
			return NULL;
		call = waiter->call;
		older = sluice_callq_with_key(&task->queue, call);
		if (!older) {
			/* It has gone: now this one has its turn like others. */
			list_del_init(&waiter->other);
			insert(&task->room, waiter);
			continue;
		}
		own = older->user == call->user ? older : NULL;
		if (replaces(call, older, task_used(task), task_most(task)) &&
		    replaces(call, own, user_used(call->user),
			     user_most(call->user)))
			return waiter;
		list_move_tail(&waiter->other, &task->room.others);
	}
	return NULL;
}

static bool wake_fitting(struct sluice_task *task)
{
	struct sluice_waiter *waiter = replacing(task);

	if (!waiter)
		waiter = fitting(task);
	if (!waiter)
		return false;
	promise(waiter);
	wake(waiter);
	return true;
}

/*
 * Any end may be of use to those for whom there is room but who have their share: some
 * of the other tasks are looked at for each, and the rest by the next, or the tick.
 */
static void wake_elsewhere(const struct sluice_task *task)
{
	struct sluice_room *room, *last = NULL;
	int looks;

	for (looks = 0; looks < ROOMS_AT_ONCE; looks++) {
		room = list_first_entry_or_null(&sluice.rooms.blocked,
						struct sluice_room, blocked);
		if (!room || room == last)
			return;
		if (!last)
			last = room;
		list_move_tail(&room->blocked, &sluice.rooms.blocked);
		if (room != &task->room &&
		    wake_fitting(container_of(room, struct sluice_task, room)))
			return;
	}
}

static void wake_next(struct sluice_task *task)
{
	if (!wake_changed(task))
		wake_fitting(task);
	wake_elsewhere(task);
}

void sluice_room_look(struct sluice_task *task)
{
	lockdep_assert_held(&sluice.lock);
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

/*
 * Time has passed: there may be more to look at than there was time for, and who was
 * to wake the next may not have come to it.
 */
void sluice_room_catch_up(void)
{
	struct sluice_room *room, *next;
	struct sluice_task *task;

	lockdep_assert_held(&sluice.lock);
	release_late();
	list_for_each_entry_safe(room, next, &sluice.rooms.blocked, blocked) {
		task = container_of(room, struct sluice_task, room);
		if (!wake_changed(task))
			wake_fitting(task);
	}
}

/*
 * The submitter
 */

/* Without sluice.lock. */
void sluice_waiter_init(struct sluice_waiter *waiter, struct sluice_call *call)
{
	waiter->call = call;
	RB_CLEAR_NODE(&waiter->node);
	INIT_LIST_HEAD(&waiter->other);
	INIT_LIST_HEAD(&waiter->turn);
	INIT_LIST_HEAD(&waiter->kept);
	waiter->came = 0;
	waiter->woken = false;
	init_waitqueue_head(&waiter->wait);
}

/*
 * It was refused for want of room: get ready to sleep until there is more. What was
 * promised to it is for others first, as it is of no use to it.
 */
void sluice_waiter_wait(struct sluice_waiter *waiter)
{
	struct sluice_task *task = waiter->call->task;
	struct sluice_room *room = &task->room;

	lockdep_assert_held(&sluice.lock);
	if (waiter->came) {
		wake_next(task);
	} else {
		sluice_event_blocked();
		waiter->came = ++sluice.rooms.came;
	}
	waiter->changed = room->changed;
	if (list_empty(&room->turn))
		list_add_tail(&room->blocked, &sluice.rooms.blocked);
	list_add_tail(&waiter->turn, &room->turn);
	if (sluice_callq_with_key(&task->queue, waiter->call))
		list_add_tail(&waiter->other, &room->others);
	else
		insert(room, waiter);
}

/* Without sluice.lock. -ERESTARTSYS: a signal came. */
int sluice_waiter_sleep(struct sluice_waiter *waiter)
{
	return wait_event_interruptible(waiter->wait, READ_ONCE(waiter->woken));
}

/* It sleeps no more, and looks. */
void sluice_waiter_awake(struct sluice_waiter *waiter)
{
	lockdep_assert_held(&sluice.lock);
	if (!waiter->woken)
		lift(waiter);
	waiter->woken = false;
	release(waiter);
}

/* It looks no more: what room is left is for the next. */
void sluice_waiter_done(struct sluice_waiter *waiter)
{
	lockdep_assert_held(&sluice.lock);
	if (waiter->came)
		wake_next(waiter->call->task);
}
