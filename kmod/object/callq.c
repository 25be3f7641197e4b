// SPDX-License-Identifier: GPL-2.0-only
#include "object/callq.h"

#include <linux/bitmap.h>
#include <linux/string.h>

void sluice_callq_init(struct sluice_callq *queue)
{
	int i;

	for (i = 0; i < SLUICE_PRIORITIES; i++)
		INIT_LIST_HEAD(&queue->list[i]);
	queue->urgent = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&queue->age);
	queue->keys = RB_ROOT;
}

/*
 * Among those that may start
 */

static bool urgent_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct sluice_call, urgent)->deadline <
	       rb_entry(b, struct sluice_call, urgent)->deadline;
}

/* Behind @before: the head of its list, or a call on it. */
static void enter(struct sluice_callq *queue, struct sluice_call *call,
		  struct list_head *before)
{
	queue->ready++;
	if (call->demand) {
		call->queued = SLUICE_QUEUED_URGENT;
		rb_add_cached(&call->urgent, &queue->urgent, urgent_less);
		return;
	}
	call->queued = SLUICE_QUEUED_LIST;
	list_add(&call->node, before);
	__set_bit(call->priority, queue->filled);
}

static void leave(struct sluice_callq *queue, struct sluice_call *call)
{
	switch (call->queued) {
	case SLUICE_QUEUED_LIST:
		list_del(&call->node);
		if (list_empty(&queue->list[call->priority]))
			__clear_bit(call->priority, queue->filled);
		queue->ready--;
		break;
	case SLUICE_QUEUED_URGENT:
		rb_erase_cached(&call->urgent, &queue->urgent);
		queue->ready--;
		break;
	}
	call->queued = SLUICE_QUEUED_NOT;
}

/*
 * Keys
 */

static int key_compare(const void *key, const struct rb_node *node)
{
	return strcmp(key, rb_entry(node, struct sluice_key, node)->text);
}

static bool key_less(struct rb_node *a, const struct rb_node *b)
{
	return key_compare(rb_entry(a, struct sluice_key, node)->text, b) < 0;
}

/* The waiting call with the key of @call. */
struct sluice_call *sluice_callq_with_key(const struct sluice_callq *queue,
					  const struct sluice_call *call)
{
	struct rb_node *node;

	if (!call->key)
		return NULL;
	node = rb_find(call->key->text, &queue->keys, key_compare);
	return node ? rb_entry(node, struct sluice_key, node)->call : NULL;
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

/* The last of its priority. No call with its key waits. */
void sluice_callq_add(struct sluice_callq *queue, struct sluice_call *call)
{
	enter(queue, call, queue->list[call->priority].prev);
	list_add_tail(&call->age, &queue->age);
	add_key(queue, call);
	count(queue, call);
}

/* It has waited before: the first of its priority. No call with its key waits. */
void sluice_callq_add_first(struct sluice_callq *queue,
			    struct sluice_call *call)
{
	enter(queue, call, &queue->list[call->priority]);
	list_add(&call->age, &queue->age);
	add_key(queue, call);
	count(queue, call);
}

/*
 * Right behind @old, which has the same key and loses it. So values that come
 * faster than they can be handled do not push each other back.
 */
void sluice_callq_add_behind(struct sluice_callq *queue,
			     struct sluice_call *call, struct sluice_call *old)
{
	bool same = old->queued == SLUICE_QUEUED_LIST &&
		    old->priority == call->priority;

	enter(queue, call, same ? &old->node : queue->list[call->priority].prev);
	list_add(&call->age, &old->age);
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
	add_key(queue, call);
	count(queue, call);
}

/* That time has come. */
void sluice_callq_ready(struct sluice_callq *queue, struct sluice_call *call)
{
	enter(queue, call, &queue->list[call->priority]);
}

void sluice_callq_remove(struct sluice_callq *queue, struct sluice_call *call)
{
	leave(queue, call);
	list_del_init(&call->age);
	INIT_LIST_HEAD(&call->node);
	if (call->key && !RB_EMPTY_NODE(&call->key->node)) {
		rb_erase(&call->key->node, &queue->keys);
		RB_CLEAR_NODE(&call->key->node);
	}
	queue->calls--;
	queue->bytes -= call->input_len;
}

/* A waiting call gets another priority or deadline: the last of its new equals. */
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
		enter(queue, call, queue->list[priority].prev);
}

/* The call that goes first; NULL when none may start. */
struct sluice_call *sluice_callq_first(const struct sluice_callq *queue)
{
	struct rb_node *urgent = rb_first_cached(&queue->urgent);
	u32 best;

	if (urgent)
		return rb_entry(urgent, struct sluice_call, urgent);
	best = find_last_bit(queue->filled, SLUICE_PRIORITIES);
	if (best >= SLUICE_PRIORITIES)
		return NULL;
	return list_first_entry(&queue->list[best], struct sluice_call, node);
}

/* Of all that wait. */
struct sluice_call *sluice_callq_oldest(struct sluice_callq *queue)
{
	return list_first_entry_or_null(&queue->age, struct sluice_call, age);
}

/* How many calls go before @call; counts to @most. */
u32 sluice_callq_position(const struct sluice_callq *queue,
			  const struct sluice_call *call, u32 most)
{
	const struct sluice_call *other;
	struct rb_node *node;
	u32 before = 0;
	int priority;

	for (node = rb_first_cached(&queue->urgent); node; node = rb_next(node)) {
		if (node == &call->urgent || before == most)
			return before;
		before++;
	}
	for (priority = SLUICE_PRIORITY_MAX; priority >= 0; priority--) {
		list_for_each_entry(other, &queue->list[priority], node) {
			if (other == call || before == most)
				return before;
			before++;
		}
	}
	return before;
}
