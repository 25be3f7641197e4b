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
 *
 * Deadlines may be in years, and calls that ended are many: those that have about as
 * long left are kept as one, until the latest of them. So there are a few hundred at
 * most, and each counts for an eighth of the time that it had left too long, at most.
 */
#include "policy/class.h"

#include <linux/bitops.h>
#include <linux/math64.h>
#include <linux/slab.h>

/* Demands looked at in one call, so that the work under the lock is bounded. */
#define PRUNE_BATCH	64
/* Who has no longer left than that is gone soon, and is kept by itself. */
#define MERGE_NS	(1ULL << 20)
/* Of demands with the very same deadline so many are looked at. */
#define SAME_MAX	8

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

/* What will be free when a demand is withdrawn at once. */
u64 sluice_deadline_gives_back(const struct sluice_demand *demand, u64 now)
{
	/* What is over is no more counted as soon as somebody looks. */
	return RB_EMPTY_NODE(&demand->node) || demand->until <= now ?
	       0 : demand->load;
}

/**
 * sluice_deadline_admit() - accept a demand, or do not
 * @demand: with until and load; the class's when it was accepted
 * @now: point in time
 * @budget: thousandths of a CPU
 * @leaving: load of demands that are withdrawn if it is accepted, as
 *	sluice_deadline_gives_back() says of each
 * @load: (out) the sum with this one, in thousandths of a CPU
 *
 * Return: true when all that was accepted can be met.
 */
bool sluice_deadline_admit(struct sluice_demand *demand, u64 now, u64 budget,
			   u64 leaving, u64 *load)
{
	u64 others, sum;

	prune(now);
	others = total - leaving;
	sum = others + demand->load;
	if (sum < others)
		sum = ~0ULL;
	*load = sum >> SLUICE_LOAD_SHIFT;
	if (too_much(sum, budget))
		return false;
	demand->epoch = epoch;
	demand->left = false;
	total += demand->load;
	living++;
	rb_add_cached(&demand->node, &demands, demand_less);
	return true;
}

/*
 * A waiting call gets another deadline. False: not all could be met then, and
 * nothing has changed.
 */
bool sluice_deadline_change(struct sluice_demand *demand, u64 now, u64 until,
			    u64 load, u64 budget, u64 *sum)
{
	u64 others;
	bool kept;

	prune(now);
	kept = !RB_EMPTY_NODE(&demand->node);
	others = total;
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

/* One of those that end at the same time as others, or a little later than it would. */
static u64 common_time(u64 until, u64 now)
{
	u64 step = 1ULL << (fls64(until - now) - 1 - 3);
	u64 common = (until + step - 1) & ~(step - 1);

	return common < until ? until : common;
}

/* What stands for calls that have ended, until that very time; NULL for nothing. */
static struct sluice_demand *spent_until(u64 until)
{
	struct rb_node *node = demands.rb_root.rb_node, *first = NULL;
	int same;

	while (node) {
		bool before = rb_entry(node, struct sluice_demand, node)->until <
			      until;

		if (!before)
			first = node;
		node = before ? node->rb_right : node->rb_left;
	}
	for (same = 0; first && same < SAME_MAX; same++) {
		struct sluice_demand *demand =
			rb_entry(first, struct sluice_demand, node);

		if (demand->until != until)
			break;
		if (demand->left)
			return demand;
		first = rb_next(first);
	}
	return NULL;
}

/* Its call has ended before its deadline: together with others like it. */
static void merge(struct sluice_demand *demand, u64 now)
{
	u64 until = common_time(demand->until, now);
	struct sluice_demand *spent = spent_until(until);

	rb_erase_cached(&demand->node, &demands);
	if (!spent) {
		demand->until = until;
		demand->left = true;
		rb_add_cached(&demand->node, &demands, demand_less);
		return;
	}
	/* What it stood for may count no more. */
	spent->load = demand->load + (spent->epoch == epoch ? spent->load : 0);
	spent->epoch = epoch;
	kfree(demand);
}

/* Its call has ended. */
void sluice_deadline_left(struct sluice_demand *demand, u64 now)
{
	if (RB_EMPTY_NODE(&demand->node))
		kfree(demand);
	else if (demand->until > now && demand->until - now >= MERGE_NS)
		merge(demand, now);
	else
		demand->left = true;
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
	sluice_deadline_left(demand, 0);
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
