// SPDX-License-Identifier: GPL-2.0-only
/*
 * The priority class: the highest priority goes first, tasks of one priority
 * take turns. A list for each priority and a bit for each list that is not
 * empty, so that every operation costs the same however many tasks there are.
 */
#include "../class.h"

#include <linux/sluice_netlink.h>

#define PRIORITIES	(SLUICE_PRIORITY_MAX + 1)
#define WORD_BITS	64
#define WORDS		((PRIORITIES + WORD_BITS - 1) / WORD_BITS)

static struct list_head queue[PRIORITIES];
static u64 filled[WORDS];

static void priority_init(void)
{
	int i;

	for (i = 0; i < PRIORITIES; i++)
		INIT_LIST_HEAD(&queue[i]);
	for (i = 0; i < WORDS; i++)
		filled[i] = 0;
}

static void priority_enqueue(struct sluice_rank *rank)
{
	list_add_tail(&rank->node, &queue[rank->priority]);
	filled[rank->priority / WORD_BITS] |=
		1ULL << rank->priority % WORD_BITS;
}

static void priority_dequeue(struct sluice_rank *rank)
{
	list_del_init(&rank->node);
	if (list_empty(&queue[rank->priority]))
		filled[rank->priority / WORD_BITS] &=
			~(1ULL << rank->priority % WORD_BITS);
}

static struct sluice_rank *priority_best(void)
{
	int word, priority;

	for (word = WORDS - 1; word >= 0; word--) {
		if (!filled[word])
			continue;
		priority = word * WORD_BITS + WORD_BITS - 1 -
			   __builtin_clzll(filled[word]);
		return list_first_entry(&queue[priority], struct sluice_rank,
					node);
	}
	return NULL;
}

static void priority_started(struct sluice_rank *rank)
{
	list_move_tail(&rank->node, &queue[rank->priority]);
}

struct sluice_class sluice_class_priority = {
	.name = "priority",
	.init = priority_init,
	.enqueue = priority_enqueue,
	.dequeue = priority_dequeue,
	.best = priority_best,
	.started = priority_started,
};
