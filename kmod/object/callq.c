// SPDX-License-Identifier: GPL-2.0-only
#include "object/callq.h"

#include <linux/bitmap.h>
#include <linux/string.h>
#include <linux/uidgid.h>

#include "policy/class.h"

void sluice_callq_init(struct sluice_callq *queue)
{
	queue->urgent = RB_ROOT_CACHED;
	queue->others = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&queue->age);
	queue->users = RB_ROOT;
	queue->keys = RB_ROOT;
}

/*
 * Among those that may start
 */

static bool urgent_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct sluice_call, place)->deadline <
	       rb_entry(b, struct sluice_call, place)->deadline;
}

/*
 * As tasks in the class priority do, calls of one task grow older at the same pace:
 * one that came an ageing period earlier stands as one of a priority higher. So none
 * starves, and none has to be moved for it.
 */
static u64 turn_of(const struct sluice_call *call)
{
	u64 below = SLUICE_PRIORITY_MAX - call->priority;

	if (!sluice_class_ageing)
		return below;
	return call->since + below * sluice_class_ageing;
}

/* Behind its equals. */
static bool other_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct sluice_call, place)->turn <
	       rb_entry(b, struct sluice_call, place)->turn;
}

/* Before its equals. */
static bool other_first(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct sluice_call, place)->turn <=
	       rb_entry(b, struct sluice_call, place)->turn;
}

/* Right behind another node of the tree, whatever the order says of equals. */
static void insert_behind(struct rb_root_cached *root, struct rb_node *node,
			  struct rb_node *other)
{
	struct rb_node **link = &other->rb_right, *parent = other;

	while (*link) {
		parent = *link;
		link = &parent->rb_left;
	}
	rb_link_node(node, parent, link);
	rb_insert_color_cached(node, root, false);
}

static void filled(struct sluice_callq *queue, const struct sluice_call *call)
{
	if (!queue->filled_by[call->priority]++)
		__set_bit(call->priority, queue->filled);
}

/* Where it stands among others of its kind; @first before its equals. */
static void enter(struct sluice_callq *queue, struct sluice_call *call,
		  bool first)
{
	queue->ready++;
	if (call->demand) {
		call->queued = SLUICE_QUEUED_URGENT;
		rb_add_cached(&call->place, &queue->urgent, urgent_less);
		return;
	}
	call->queued = SLUICE_QUEUED_OTHER;
	call->turn = turn_of(call);
	rb_add_cached(&call->place, &queue->others,
		      first ? other_first : other_less);
	filled(queue, call);
}

/* Right behind @old, which it equals. */
static void enter_behind(struct sluice_callq *queue, struct sluice_call *call,
			 struct sluice_call *old)
{
	queue->ready++;
	call->queued = SLUICE_QUEUED_OTHER;
	call->turn = old->turn;
	insert_behind(&queue->others, &call->place, &old->place);
	filled(queue, call);
}

static void leave(struct sluice_callq *queue, struct sluice_call *call)
{
	switch (call->queued) {
	case SLUICE_QUEUED_OTHER:
		rb_erase_cached(&call->place, &queue->others);
		if (!--queue->filled_by[call->priority])
			__clear_bit(call->priority, queue->filled);
		queue->ready--;
		break;
	case SLUICE_QUEUED_URGENT:
		rb_erase_cached(&call->place, &queue->urgent);
		queue->ready--;
		break;
	}
	call->queued = SLUICE_QUEUED_NOT;
}

/*
 * Keys
 */

/* Whose they are: of one user, or of all of the task. */
static u64 key_owner(const struct sluice_call *call)
{
	return call->key_shared ? ~0ULL : __kuid_val(call->origin_uid);
}

static int key_compare(const void *key, const struct rb_node *node)
{
	const struct sluice_call *call = key;
	const struct sluice_key *other = rb_entry(node, struct sluice_key, node);
	int ret = strcmp(call->key->text, other->text);

	if (ret)
		return ret;
	if (key_owner(call) == key_owner(other->call))
		return 0;
	return key_owner(call) < key_owner(other->call) ? -1 : 1;
}

static bool key_less(struct rb_node *a, const struct rb_node *b)
{
	return key_compare(rb_entry(a, struct sluice_key, node)->call, b) < 0;
}

/* The waiting call with the key of @call. */
struct sluice_call *sluice_callq_with_key(const struct sluice_callq *queue,
					  const struct sluice_call *call)
{
	struct rb_node *node;

	if (!call->key)
		return NULL;
	node = rb_find(call, &queue->keys, key_compare);
	return node ? rb_entry(node, struct sluice_key, node)->call : NULL;
}

/*
 * Ages
 */

/*
 * By who pays for them, which is whose file it is: who submits by a file of another
 * is that other, or one could be as many as one has ids.
 */
static int user_compare(const struct sluice_call *a,
			const struct sluice_call *b)
{
	return a->user < b->user ? -1 : a->user > b->user;
}

static int user_order(struct rb_node *node, const struct rb_node *other)
{
	return user_compare(rb_entry(node, struct sluice_call, by_user),
			    rb_entry(other, struct sluice_call, by_user));
}

static int user_find(const void *call, const struct rb_node *node)
{
	return user_compare(call, rb_entry(node, struct sluice_call, by_user));
}

/* As its user's newest; @first: as his oldest, where the others hang. */
static void add_user(struct sluice_callq *queue, struct sluice_call *call,
		     bool first)
{
	struct rb_node *node = rb_find_add(&call->by_user, &queue->users,
					   user_order);
	struct sluice_call *oldest;

	if (!node) {
		INIT_LIST_HEAD(&call->of_user);
		return;
	}
	/* They are a ring: before the oldest is behind the newest. */
	oldest = rb_entry(node, struct sluice_call, by_user);
	list_add_tail(&call->of_user, &oldest->of_user);
	if (!first) {
		RB_CLEAR_NODE(&call->by_user);
		return;
	}
	rb_replace_node(node, &call->by_user, &queue->users);
	RB_CLEAR_NODE(node);
}

/* In the place of @old, if that is of the same user; it goes. */
static void add_user_behind(struct sluice_callq *queue,
			    struct sluice_call *call, struct sluice_call *old)
{
	if (user_compare(call, old)) {
		add_user(queue, call, false);
		return;
	}
	RB_CLEAR_NODE(&call->by_user);
	list_add(&call->of_user, &old->of_user);
}

static void remove_user(struct sluice_callq *queue, struct sluice_call *call)
{
	struct sluice_call *next = list_next_entry(call, of_user);

	if (next == call) {
		rb_erase(&call->by_user, &queue->users);
		return;
	}
	if (!RB_EMPTY_NODE(&call->by_user))
		rb_replace_node(&call->by_user, &next->by_user, &queue->users);
	list_del(&call->of_user);
}

static void remove_age(struct sluice_callq *queue, struct sluice_call *call)
{
	list_del_init(&call->age);
	remove_user(queue, call);
}

/*
 * All that wait
 */

static void count(struct sluice_callq *queue, const struct sluice_call *call)
{
	queue->calls++;
	queue->bytes += call->input_len;
}

static void add_key(struct sluice_callq *queue, struct sluice_call *call)
{
	if (call->key)
		rb_add(&call->key->node, &queue->keys, key_less);
}

/* A new one. No call with its key waits. */
void sluice_callq_add(struct sluice_callq *queue, struct sluice_call *call)
{
	call->since = call->submitted;
	enter(queue, call, false);
	list_add_tail(&call->age, &queue->age);
	add_user(queue, call, false);
	add_key(queue, call);
	count(queue, call);
}

/* It has waited before, and is as old as it is. No call with its key waits. */
void sluice_callq_add_first(struct sluice_callq *queue,
			    struct sluice_call *call)
{
	enter(queue, call, true);
	list_add(&call->age, &queue->age);
	add_user(queue, call, true);
	add_key(queue, call);
	count(queue, call);
}

/*
 * In the place of @old, which has the same key and loses it: as old as that. So
 * values that come faster than they can be handled do not push each other back.
 */
void sluice_callq_add_behind(struct sluice_callq *queue,
			     struct sluice_call *call, struct sluice_call *old)
{
	call->since = old->since;
	if (old->queued == SLUICE_QUEUED_OTHER && !call->demand &&
	    old->priority == call->priority)
		enter_behind(queue, call, old);
	else
		enter(queue, call, false);
	list_add(&call->age, &old->age);
	add_user_behind(queue, call, old);
	rb_replace_node(&old->key->node, &call->key->node,
			&queue->keys);
	RB_CLEAR_NODE(&old->key->node);
	count(queue, call);
}

/* It has failed, and waits until its time to be run again comes. */
void sluice_callq_delay(struct sluice_callq *queue, struct sluice_call *call)
{
	call->queued = SLUICE_QUEUED_DELAYED;
	list_add(&call->age, &queue->age);
	add_user(queue, call, true);
	add_key(queue, call);
	count(queue, call);
}

/* That time has come. */
void sluice_callq_ready(struct sluice_callq *queue, struct sluice_call *call)
{
	enter(queue, call, true);
}

void sluice_callq_remove(struct sluice_callq *queue, struct sluice_call *call)
{
	leave(queue, call);
	remove_age(queue, call);
	INIT_LIST_HEAD(&call->node);
	if (call->key && !RB_EMPTY_NODE(&call->key->node)) {
		rb_erase(&call->key->node, &queue->keys);
		RB_CLEAR_NODE(&call->key->node);
	}
	queue->calls--;
	queue->bytes -= call->input_len;
}

/* A waiting call gets another priority or deadline. It does not get younger. */
void sluice_callq_reorder(struct sluice_callq *queue,
			  struct sluice_call *call, u32 priority, u64 deadline)
{
	bool delayed = call->queued == SLUICE_QUEUED_DELAYED;

	leave(queue, call);
	call->priority = priority;
	call->deadline = deadline;
	if (delayed)
		call->queued = SLUICE_QUEUED_DELAYED;
	else
		enter(queue, call, false);
}

/* The call that goes first; NULL when none may start. */
struct sluice_call *sluice_callq_first(const struct sluice_callq *queue)
{
	struct rb_node *first = rb_first_cached(&queue->urgent);

	if (!first)
		first = rb_first_cached(&queue->others);
	return first ? rb_entry(first, struct sluice_call, place) : NULL;
}

/*
 * The highest priority of those that may start, and at least that of the first: an
 * old call that goes before a higher one does not take its task down to its own.
 */
u32 sluice_callq_priority(const struct sluice_callq *queue)
{
	const struct sluice_call *first = sluice_callq_first(queue);

	if (first->demand)
		return first->priority;
	return find_last_bit(queue->filled, SLUICE_PRIORITIES);
}

/* Of all that wait. */
struct sluice_call *sluice_callq_oldest(struct sluice_callq *queue)
{
	return list_first_entry_or_null(&queue->age, struct sluice_call, age);
}

/* The oldest that waits of the user of @whose; NULL when he has none. */
struct sluice_call *sluice_callq_oldest_of_user(const struct sluice_callq *queue,
						const struct sluice_call *whose)
{
	struct rb_node *node = rb_find(whose, &queue->users, user_find);

	return node ? rb_entry(node, struct sluice_call, by_user) : NULL;
}

/* The next by age after @last that is not among those known of the user of @whose. */
static struct sluice_call *of_others(const struct sluice_callq *queue,
				     const struct list_head *last,
				     const struct sluice_call *whose)
{
	const struct list_head *at;

	for (at = last->next; at != &queue->age; at = at->next) {
		struct sluice_call *call = list_entry(at, struct sluice_call,
						      age);

		if (user_compare(call, whose))
			return call;
	}
	return NULL;
}

/*
 * What makes way for @call, after @last (NULL: what first): calls of its own user,
 * oldest first, and when there are none left those of others. NULL: there is none.
 * Walks past those of its user, which the caller has had one by one before.
 */
struct sluice_call *sluice_callq_makes_way(const struct sluice_callq *queue,
					   const struct sluice_call *call,
					   const struct sluice_call *last)
{
	struct sluice_call *next;

	if (last && user_compare(last, call))
		return of_others(queue, &last->age, call);
	if (!last)
		next = sluice_callq_oldest_of_user(queue, call);
	else
		next = list_entry(last->of_user.next, struct sluice_call,
				  of_user);
	/* None, or all of them: the ring is at its oldest again. */
	if (!next || (last && !RB_EMPTY_NODE(&next->by_user)))
		return of_others(queue, &queue->age, call);
	return next;
}

static bool counted(struct rb_node *node, const struct sluice_call *call,
		    u32 *before, u32 most)
{
	for (; node; node = rb_next(node)) {
		if (node == &call->place || *before == most)
			return true;
		++*before;
	}
	return false;
}

/* How many calls go before @call; counts to @most. */
u32 sluice_callq_position(const struct sluice_callq *queue,
			  const struct sluice_call *call, u32 most)
{
	u32 before = 0;

	if (!counted(rb_first_cached(&queue->urgent), call, &before, most))
		counted(rb_first_cached(&queue->others), call, &before, most);
	return before;
}
