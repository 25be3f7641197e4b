// SPDX-License-Identifier: GPL-2.0-only
/*
 * The class deadline: the earliest deadline goes first; and a test of whether
 * one more can be met.
 *
 * The test adds up, over the calls accepted, their run time divided by the time
 * that they have for it, and compares with the CPUs that the budget gives. A
 * call that ended before its deadline has used up its share of the time until
 * then, so its demand stays until then, or a stream of short calls would push a
 * longer one behind its deadline. Only when no call of the class is left all
 * start anew: nobody is there to be pushed.
 */
#include "policy/class.h"

#include <linux/math64.h>
#include <linux/slab.h>

/* Demands looked at in one call, so that the work under the lock is bounded. */
#define PRUNE_BATCH	64

static struct rb_root_cached demands;
static u64 total;
static u64 epoch;
/* Admitted calls that have not ended: their demands are of this epoch. */
static u32 living;

static void deadline_init(void)
{
	demands = RB_ROOT_CACHED;
	total = 0;
	epoch = 0;
	living = 0;
}

static u64 deadline_key(const struct sluice_rank *rank)
{
	/* Only calls that came while their task was of another class have none. */
	return rank->deadline ? rank->deadline : ~0ULL;
}

/* What a call takes of the CPUs; all ones: more than there can be. */
u64 sluice_deadline_load(u64 runtime, u64 deadline, u64 cpu)
{
	u64 part;

	if (!deadline || runtime > deadline || cpu >> SLUICE_LOAD_SHIFT)
		return ~0ULL;
	/* Ratios of long times need no nanoseconds. */
	while (runtime >> 42) {
		runtime >>= 1;
		deadline >>= 1;
	}
	runtime <<= SLUICE_LOAD_SHIFT;
	part = div64_u64(runtime, deadline);
	/* Up: no number of small loads adds up to nothing. */
	return (part + (part * deadline < runtime)) * cpu;
}

static bool too_much(u64 sum, u64 budget)
{
	/* A budget may be any number. */
	return sum == ~0ULL || sum >> SLUICE_LOAD_SHIFT > budget ||
	       (sum >> SLUICE_LOAD_SHIFT == budget &&
		sum << (64 - SLUICE_LOAD_SHIFT));
}

static bool demand_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct sluice_demand, node)->until <
	       rb_entry(b, struct sluice_demand, node)->until;
}

static void forget(struct sluice_demand *demand)
{
	rb_erase_cached(&demand->node, &demands);
	RB_CLEAR_NODE(&demand->node);
	if (demand->epoch == epoch)
		total -= demand->load;
	if (demand->left)
		kfree(demand);
}

/* True when there is more to forget. */
static bool prune(u64 now)
{
	int batch;

	for (batch = 0; batch < PRUNE_BATCH; batch++) {
		struct rb_node *first = rb_first_cached(&demands);
		struct sluice_demand *demand;

		if (!first)
			return false;
		demand = rb_entry(first, struct sluice_demand, node);
		if (demand->until > now)
			return false;
		forget(demand);
	}
	return true;
}

/* Without a living call nothing counts any more. */
static bool deadline_tidy(u64 now)
{
	return prune(living ? now : ~0ULL);
}

/**
 * sluice_deadline_admit() - accept a demand, or do not
 * @demand: with until and load; the class's when it was accepted
 * @now: point in time
 * @budget: thousandths of a CPU
 * @load: (out) the sum with this one, in thousandths of a CPU
 *
 * Return: true when all that was accepted can be met.
 */
bool sluice_deadline_admit(struct sluice_demand *demand, u64 now, u64 budget,
			   u64 *load)
{
	u64 sum;

	prune(now);
	sum = total + demand->load;
	if (sum < total)
		sum = ~0ULL;
	*load = sum >> SLUICE_LOAD_SHIFT;
	if (too_much(sum, budget))
		return false;
	demand->epoch = epoch;
	demand->left = false;
	total = sum;
	living++;
	rb_add_cached(&demand->node, &demands, demand_less);
	return true;
}

/*
 * A waiting call gets another deadline. False: not all could be met then, and
 * nothing has changed.
 */
bool sluice_deadline_change(struct sluice_demand *demand, u64 until, u64 load,
			    u64 budget, u64 *sum)
{
	bool kept = !RB_EMPTY_NODE(&demand->node);
	u64 others = total;

	if (kept)
		others -= demand->load;
	*sum = others + load < others ? ~0ULL : others + load;
	if (too_much(*sum, budget)) {
		*sum >>= SLUICE_LOAD_SHIFT;
		return false;
	}
	if (kept)
		rb_erase_cached(&demand->node, &demands);
	total = *sum;
	demand->until = until;
	demand->load = load;
	demand->epoch = epoch;
	rb_add_cached(&demand->node, &demands, demand_less);
	return true;
}

/* Its call has ended. */
void sluice_deadline_left(struct sluice_demand *demand)
{
	demand->left = true;
	if (RB_EMPTY_NODE(&demand->node))
		kfree(demand);
	if (--living)
		return;
	/* What is left in the tree counts no more, and goes with the next ticks. */
	epoch++;
	total = 0;
	prune(~0ULL);
}

/* Its call ended before it ran: it has used nothing. */
void sluice_deadline_withdraw(struct sluice_demand *demand)
{
	if (!RB_EMPTY_NODE(&demand->node)) {
		rb_erase_cached(&demand->node, &demands);
		RB_CLEAR_NODE(&demand->node);
		total -= demand->load;
	}
	sluice_deadline_left(demand);
}

/* No call is alive. */
static void deadline_exit(void)
{
	struct rb_node *first;

	while ((first = rb_first_cached(&demands)))
		forget(rb_entry(first, struct sluice_demand, node));
}

struct sluice_class sluice_class_deadline = {
	.name = "deadline",
	.key = deadline_key,
	.tidy = deadline_tidy,
	.init = deadline_init,
	.exit = deadline_exit,
};
