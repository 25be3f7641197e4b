// SPDX-License-Identifier: GPL-2.0-only
/* The hierarchy of scheduling classes, and what all of them share: the order. */
#include "policy/class.h"

#include <linux/string.h>

/* Highest first. */
static struct sluice_class * const hierarchy[] = {
	&sluice_class_deadline,
	&sluice_class_priority,
	&sluice_class_fair,
	&sluice_class_batch,
};

#define LEVELS (sizeof(hierarchy) / sizeof(hierarchy[0]))

/* Last turn given; under sluice.lock. */
static u64 last_turn;

u32 sluice_class_ordered;

void sluice_class_init(void)
{
	u32 level;

	sluice_class_ordered = 0;
	for (level = 0; level < LEVELS; level++) {
		struct sluice_class *class = hierarchy[level];

		class->level = level;
		class->order = RB_ROOT_CACHED;
		class->waiting = 0;
		class->held = 0;
		if (class->init)
			class->init();
	}
}

void sluice_class_exit(void)
{
	u32 level;

	for (level = 0; level < LEVELS; level++)
		if (hierarchy[level]->exit)
			hierarchy[level]->exit();
}

/* A bounded part of it; true when there is more. */
bool sluice_class_tidy(u64 now)
{
	bool more = false;
	u32 level;

	for (level = 0; level < LEVELS; level++)
		if (hierarchy[level]->tidy)
			more |= hierarchy[level]->tidy(now);
	return more;
}

struct sluice_class *sluice_class_find(const char *name)
{
	u32 level;

	for (level = 0; level < LEVELS; level++)
		if (!strcmp(hierarchy[level]->name, name))
			return hierarchy[level];
	return NULL;
}

u32 sluice_class_count(void)
{
	return LEVELS;
}

/* The class that gives way first, and from there upwards; NULL at the end. */
struct sluice_class *sluice_class_lowest(void)
{
	return hierarchy[LEVELS - 1];
}

struct sluice_class *sluice_class_above(const struct sluice_class *class)
{
	return class->level ? hierarchy[class->level - 1] : NULL;
}

/* The best rank of the highest class that has one and may be heard. */
struct sluice_rank *sluice_class_best(void)
{
	struct rb_node *first;
	u32 level, above = 0;

	for (level = 0; level < LEVELS; level++) {
		struct sluice_class *class = hierarchy[level];

		if (class->yields && above)
			continue;
		first = rb_first_cached(&class->order);
		if (first)
			return rb_entry(first, struct sluice_rank, node);
		above += class->waiting - class->held;
	}
	return NULL;
}

/* The class is not heard now, as tasks of a higher one wait for what it could use. */
bool sluice_class_shut(const struct sluice_class *class)
{
	u32 level;

	if (!class->yields)
		return false;
	for (level = 0; level < class->level; level++)
		if (hierarchy[level]->waiting > hierarchy[level]->held)
			return true;
	return false;
}

/* @a goes first, wherever the two are. */
bool sluice_rank_before(const struct sluice_rank *a,
			const struct sluice_rank *b)
{
	if (a->class != b->class)
		return a->class->level < b->class->level;
	if (a->key != b->key)
		return a->key < b->key;
	return a->turn < b->turn;
}

static bool rank_less(struct rb_node *a, const struct rb_node *b)
{
	return sluice_rank_before(rb_entry(a, struct sluice_rank, node),
				  rb_entry(b, struct sluice_rank, node));
}

/* Put a rank into the order of its class. */
void sluice_rank_enqueue(struct sluice_rank *rank)
{
	rb_add_cached(&rank->node, &rank->class->order, rank_less);
	sluice_class_ordered++;
}

void sluice_rank_dequeue(struct sluice_rank *rank)
{
	rb_erase_cached(&rank->node, &rank->class->order);
	RB_CLEAR_NODE(&rank->node);
	sluice_class_ordered--;
}

/*
 * Functions below change the key of a rank. The caller has taken it out of the
 * order, and of every other place that is kept by key, and puts it back after.
 */

/* Its class, or what the class orders by, has changed. */
void sluice_rank_place(struct sluice_rank *rank)
{
	rank->key = rank->class->key(rank);
}

/* It has calls that may start, and had none before. */
void sluice_rank_wait(struct sluice_rank *rank, u64 now)
{
	rank->waits = true;
	rank->class->waiting++;
	rank->since = now;
	rank->turn = ++last_turn;
	if (rank->class->joined)
		rank->class->joined(rank);
	sluice_rank_place(rank);
}

/*
 * What it waits for lower classes do not take from it: its task's own limit, an
 * agent, a larger budget. They need not wait for it then.
 */
void sluice_rank_hold(struct sluice_rank *rank, bool held)
{
	if (rank->held == held)
		return;
	rank->held = held;
	if (held)
		rank->class->held++;
	else
		rank->class->held--;
}

/* It has none any more. */
void sluice_rank_unwait(struct sluice_rank *rank)
{
	sluice_rank_hold(rank, false);
	rank->waits = false;
	rank->class->waiting--;
}

/*
 * A call of it starts: make room for its equals. What it is expected to use is
 * booked: how much, for sluice_rank_ended().
 */
u64 sluice_rank_started(struct sluice_rank *rank, u64 now, u64 cost)
{
	u64 booked = 0;

	rank->since = now;
	rank->turn = ++last_turn;
	if (rank->class->started)
		booked = rank->class->started(rank, cost);
	sluice_rank_place(rank);
	return booked;
}

/*
 * A call of it has ended, for which so much was @booked, and has cost @cost. The
 * rank may have got another weight or class meanwhile.
 */
void sluice_rank_ended(struct sluice_rank *rank, u64 booked, u64 cost)
{
	rank->used -= booked < rank->used ? booked : rank->used;
	if (rank->class->ended)
		rank->class->ended(rank, cost);
	sluice_rank_place(rank);
}
