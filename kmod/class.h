/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scheduling classes: order the tasks that have calls waiting, each by its best
 * call. A class sees ranks, not tasks or calls, and touches nothing but its own
 * queue. All functions are called with sluice.lock held and must not sleep.
 * Compiles in userspace with a list.h.
 */
#ifndef SLUICE_CLASS_H
#define SLUICE_CLASS_H

#include <linux/list.h>
#include <linux/types.h>

struct sluice_class;

/**
 * struct sluice_rank - a task in the order of its class
 * @node: place in the class's queue; empty when the task is not in the order
 * @class: the class that orders the task
 * @priority: of the task's best call
 */
struct sluice_rank {
	struct list_head node;
	struct sluice_class *class;
	u32 priority;
};

/**
 * struct sluice_class - one way to order tasks
 * @name: how users call it
 * @init: (required) make the queue empty
 * @enqueue: (required) put a rank into the order
 * @dequeue: (required) take a rank out of the order
 * @best: (required) the rank that goes first, NULL when there is none
 * @started: (required) a call of the rank starts and the rank, still in the
 *	order, may have another: make room for its equals
 *
 * Classes are asked in the order of the table in class.c: a lower one is heard
 * only when no higher one has a rank in its order.
 */
struct sluice_class {
	const char *name;
	void (*init)(void);
	void (*enqueue)(struct sluice_rank *rank);
	void (*dequeue)(struct sluice_rank *rank);
	struct sluice_rank *(*best)(void);
	void (*started)(struct sluice_rank *rank);
};

extern struct sluice_class sluice_class_priority;

void sluice_class_init(void);
struct sluice_class *sluice_class_find(const char *name);
struct sluice_rank *sluice_class_best(void);

static inline bool sluice_rank_ordered(const struct sluice_rank *rank)
{
	return !list_empty(&rank->node);
}

#endif /* SLUICE_CLASS_H */
