/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scheduling classes: order the tasks that have calls waiting, each by its best
 * call. A class sees ranks, not tasks or calls, and touches nothing but its own
 * queue. All functions are called with sluice.lock held and must not sleep.
 * Compiles in userspace with a list.h and an rbtree.h.
 *
 * Every class comes down to a key for each rank, of which the smallest goes
 * first; equals go by turn. Two ranks can so be compared wherever they are: in
 * the order, or parked outside of it.
 */
#ifndef SLUICE_CLASS_H
#define SLUICE_CLASS_H

#include <linux/rbtree.h>
#include <linux/types.h>

#include "base/ledger.h"

struct sluice_class;

/**
 * struct sluice_rank - a task in the order of its class
 * @node: place in the order of the class; empty when the task is not in it
 * @class: the class that orders the task
 * @waits: the task has calls that may start, whether in the order or parked
 * @held: it waits, and for something that it shares with nobody: see
 *	sluice_rank_hold()
 * @key: the smallest goes first; made by the class from the fields below
 * @turn: the smallest goes first among equal keys; new for each start
 * @priority: of the task's best call
 * @deadline: of the task's best call, a point in time; 0 for never
 * @since: when its last call started, or when it began to wait
 * @weight: share of the task, for the class fair
 * @used: resource time, divided by the weight, for the class fair
 */
struct sluice_rank {
	struct rb_node node;
	struct sluice_class *class;
	bool	waits;
	bool	held;
	u64	key;
	u64	turn;
	u32	priority;
	u32	weight;
	u64	deadline;
	u64	since;
	u64	used;
};

/**
 * struct sluice_demand - what an admitted call of the class deadline takes
 * @node: in the class's tree, by @until
 * @until: its deadline, a point in time; later by an eighth of the time that was left
 *	at most when the call has ended
 * @load: its run time by its relative deadline, in CPUs << SLUICE_LOAD_SHIFT; when its
 *	call has ended, of all that it stands for
 * @epoch: of the class when it was admitted
 * @left: the call has ended; the class frees the demand
 *
 * Allocated by whoever submits the call, with kmalloc(); from its admission on it
 * belongs to the class, which keeps its load until the deadline: a call that ended
 * early has used its share of the time until then.
 */
struct sluice_demand {
	struct rb_node node;
	u64	until;
	u64	load;
	u64	epoch;
	bool	left;
};

/* Loads are sums of fractions: in units of a 2^20th of a thousandth of a CPU. */
#define SLUICE_LOAD_SHIFT	20

/**
 * struct sluice_class - one way to order tasks
 * @name: how users call it
 * @patience: of tasks that do not say
 * @yields: is heard only when no task of a higher class waits, parked or not, for
 *	anything that both could use
 * @key: (required) the key of a rank
 * @joined: the rank begins to wait (optional)
 * @started: a call of the rank starts, expected to cost so much resource time: how
 *	much of that is @used (optional)
 * @ended: it ended, and has cost so much; what was @used for it at its start is no
 *	more (optional)
 * @tidy: let go of some of what has become needless; true when there is more
 *	(optional)
 * @init: make everything empty (optional)
 * @exit: free what is left (optional)
 * @level: place in the hierarchy, 0 goes first
 * @order: the ranks that may start, by key and turn
 * @waiting: ranks that wait, in the order or parked
 * @held: of them those that are held
 *
 * Classes are asked in the order of the table in class.c: a lower one is heard
 * only when no higher one has a rank in its order.
 */
struct sluice_class {
	const char *name;
	u64	patience;
	bool	yields;
	u64	(*key)(const struct sluice_rank *rank);
	void	(*joined)(struct sluice_rank *rank);
	u64	(*started)(struct sluice_rank *rank, u64 cost);
	void	(*ended)(struct sluice_rank *rank, u64 cost);
	bool	(*tidy)(u64 now);
	void	(*init)(void);
	void	(*exit)(void);
	u32	level;
	struct rb_root_cached order;
	u32	waiting;
	u32	held;
};

extern struct sluice_class sluice_class_deadline;
extern struct sluice_class sluice_class_priority;
extern struct sluice_class sluice_class_fair;
extern struct sluice_class sluice_class_batch;

/* How long a waiting rank counts for one priority, 0 for no ageing. Set once. */
extern u64 sluice_class_ageing;

void sluice_class_init(void);
void sluice_class_exit(void);
bool sluice_class_tidy(u64 now);
struct sluice_class *sluice_class_find(const char *name);
u32 sluice_class_count(void);
struct sluice_class *sluice_class_lowest(void);
struct sluice_class *sluice_class_above(const struct sluice_class *class);

/* Ranks in the orders of all classes: while there are none, none is best. */
extern u32 sluice_class_ordered;

struct sluice_rank *sluice_class_best(void);
bool sluice_class_shut(const struct sluice_class *class);
bool sluice_rank_before(const struct sluice_rank *a,
			const struct sluice_rank *b);

void sluice_rank_enqueue(struct sluice_rank *rank);
void sluice_rank_dequeue(struct sluice_rank *rank);
void sluice_rank_place(struct sluice_rank *rank);
void sluice_rank_wait(struct sluice_rank *rank, u64 now);
void sluice_rank_unwait(struct sluice_rank *rank);
void sluice_rank_hold(struct sluice_rank *rank, bool held);
u64 sluice_rank_started(struct sluice_rank *rank, u64 now, u64 cost);
void sluice_rank_ended(struct sluice_rank *rank, u64 booked, u64 cost);

u64 sluice_deadline_load(u64 runtime, u64 deadline, u64 cpu);
u64 sluice_deadline_gives_back(const struct sluice_demand *demand, u64 now);
bool sluice_deadline_admit(struct sluice_demand *demand, u64 now, u64 budget,
			   u64 leaving, u64 *load);
bool sluice_deadline_change(struct sluice_demand *demand, u64 now, u64 until,
			    u64 load, u64 budget, u64 *sum);
void sluice_deadline_left(struct sluice_demand *demand, u64 now);
void sluice_deadline_withdraw(struct sluice_demand *demand);

static inline bool sluice_rank_ordered(const struct sluice_rank *rank)
{
	return !RB_EMPTY_NODE(&rank->node);
}

#endif /* SLUICE_CLASS_H */
