// SPDX-License-Identifier: GPL-2.0-only
/*
 * The class fair: the task goes first that has used least, by its weight.
 *
 * What a call uses is the time for which it had its dominant resource, as a part
 * of the budget (sluice_ledger_cost()). It is known when the call has ended;
 * until then what it is expected to use counts, or a task could start any number
 * of calls before the first of them is booked.
 */
#include "policy/class.h"

#include <linux/math64.h>

/* The weight at which used time is real time. */
#define WEIGHT_NORMAL	100

/*
 * What the task that went last had used: nobody who comes to wait may stand
 * before it, or time spent without calls could be saved up.
 */
static u64 fair_least;

static u64 weighted(const struct sluice_rank *rank, u64 cost)
{
	/* So that no product overflows: three days are like more. */
	if (cost > 1ULL << 48)
		cost = 1ULL << 48;
	return div_u64(cost * WEIGHT_NORMAL, rank->weight);
}

static void fair_init(void)
{
	fair_least = 0;
}

static u64 fair_key(const struct sluice_rank *rank)
{
	return rank->used;
}

static void fair_joined(struct sluice_rank *rank)
{
	if (rank->used < fair_least)
		rank->used = fair_least;
}

static u64 fair_started(struct sluice_rank *rank, u64 cost)
{
	u64 booked = weighted(rank, cost);

	if (fair_least < rank->used)
		fair_least = rank->used;
	rank->used += booked;
	return booked;
}

static void fair_ended(struct sluice_rank *rank, u64 cost)
{
	rank->used += weighted(rank, cost);
}

struct sluice_class sluice_class_fair = {
	.name = "fair",
	/* None: a task that needs much would get less than its share. */
	.key = fair_key,
	.joined = fair_joined,
	.started = fair_started,
	.ended = fair_ended,
	.init = fair_init,
};
