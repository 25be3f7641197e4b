// SPDX-License-Identifier: GPL-2.0-only
// build: $CLASSES -Ishim -I../../kmod -Wno-unused-parameter
/* The class fair: what tasks have really used is in proportion to their weights, whatever was expected. */
#include <linux/types.h>

#include "policy/class.h"
#include "ktap.h"
#include "random.h"

#define TASKS		8
#define SLOTS		4
#define STEPS		100000
/* At which used time is real time. */
#define NORMAL		100
/* No call counts for more. */
#define COST_MAX	(1ULL << 48)

/*
 * @used: by the model, what it has really used by its weight, and what its
 * running calls are expected to use. @got: what it has really used.
 */
struct task {
	struct sluice_rank rank;
	u64	used;
	u64	got;
	u64	expected;
	u64	booked;
	bool	runs;
};

/* A box that runs some calls at a time: one in each slot. */
struct slot {
	struct task *task;
	u64	end;
	u64	booked;
	u64	cost;
};

static struct task tasks[TASKS];
static struct slot slots[SLOTS];
static u64 now, least;

static void start(void)
{
	struct task *task;

	sluice_class_init();
	memset(tasks, 0, sizeof(tasks));
	memset(slots, 0, sizeof(slots));
	now = 0;
	least = 0;
	for (task = tasks; task < tasks + TASKS; task++) {
		RB_CLEAR_NODE(&task->rank.node);
		task->rank.class = &sluice_class_fair;
		task->rank.weight = NORMAL;
	}
}

static void come(struct task *task)
{
	sluice_rank_wait(&task->rank, now);
	sluice_rank_enqueue(&task->rank);
}

static void come_with(struct task *task, u32 weight)
{
	task->rank.weight = weight;
	come(task);
}

static void go(struct task *task)
{
	sluice_rank_dequeue(&task->rank);
	sluice_rank_unwait(&task->rank);
}

static void lift(struct task *task)
{
	if (task->rank.waits)
		sluice_rank_dequeue(&task->rank);
}

static void drop(struct task *task)
{
	if (task->rank.waits)
		sluice_rank_enqueue(&task->rank);
}

/* What is booked for it, until it has ended. */
static u64 started(struct task *task, u64 expected)
{
	u64 booked;

	lift(task);
	booked = sluice_rank_started(&task->rank, now, expected);
	drop(task);
	return booked;
}

static void ended(struct task *task, u64 booked, u64 cost)
{
	lift(task);
	sluice_rank_ended(&task->rank, booked, cost);
	drop(task);
}

static void weigh(struct task *task, u32 weight)
{
	lift(task);
	task->rank.weight = weight;
	sluice_rank_place(&task->rank);
	drop(task);
}

static void go_over(struct task *task, struct sluice_class *class)
{
	lift(task);
	task->rank.class = class;
	sluice_rank_place(&task->rank);
	drop(task);
}

static struct task *best(void)
{
	struct sluice_rank *rank = sluice_class_best();

	return rank ? container_of(rank, struct task, rank) : NULL;
}

/*
 * Shares
 */

static struct slot *next_slot(void)
{
	struct slot *next = slots, *slot;

	for (slot = slots; slot < slots + SLOTS; slot++)
		if (!slot->task)
			return slot;
		else if (slot->end < next->end)
			next = slot;
	return next;
}

static void end_slot(struct slot *slot)
{
	if (!slot->task)
		return;
	now = slot->end;
	ended(slot->task, slot->booked, slot->cost);
	slot->task->got += slot->cost;
	slot->task = NULL;
}

/* The best task has a call of that cost, which was expected to have another. */
static struct task *run(u64 cost, u64 expected)
{
	struct slot *slot = next_slot();
	struct task *task;

	end_slot(slot);
	task = best();
	*slot = (struct slot){ task, now + cost, started(task, expected), cost };
	return task;
}

static void run_all(void)
{
	struct slot *slot;

	for (slot = slots; slot < slots + SLOTS; slot++)
		end_slot(slot);
}

static u64 any_cost(u64 most)
{
	return random_once(10) ? most - random_below(most / 4) :
	       1 + random_below(most / 10);
}

/* Half right, half far off, sometimes by all: nothing was known. */
static u64 any_expectation(u64 cost)
{
	switch (random_below(6)) {
	case 0:
		return 0;
	case 1:
		return cost / 10;
	case 2:
		return cost * 5;
	default:
		return cost;
	}
}

static u64 weights(void)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < TASKS; i++)
		sum += tasks[i].rank.weight;
	return sum;
}

/* Its part of all that was used is that of its weight, but for a last call. */
static void check_share(const struct task *task, u64 most)
{
	u64 all = 0, want, off;
	int i;

	for (i = 0; i < TASKS; i++)
		all += tasks[i].got;
	want = (u64)((double)all * task->rank.weight / weights());
	off = task->got > want ? task->got - want : want - task->got;
	if (off > want / 100 + most)
		ktap_fail("weight %u of %" PRIu64 " got %" PRIu64 " of %"
			  PRIu64 ", not %" PRIu64, task->rank.weight,
			  weights(), task->got, all, want);
}

static void check_shares(u64 most)
{
	int i;

	for (i = 0; i < TASKS; i++)
		check_share(&tasks[i], most);
}

static void forget_got(void)
{
	int i;

	run_all();
	for (i = 0; i < TASKS; i++)
		tasks[i].got = 0;
}

static void run_some(u32 calls, u64 most)
{
	while (calls--) {
		u64 cost = any_cost(most);

		run(cost, any_expectation(cost));
	}
	run_all();
}

TEST(shares_follow_weights)
{
	const u64 most = 20 * NSEC_PER_MSEC;
	int round, i;

	random_start();
	for (round = 0; round < 10; round++) {
		start();
		for (i = 0; i < TASKS; i++)
			come_with(&tasks[i], 10 + (u32)random_below(490));
		run_some(20000, most);
		check_shares(most);
	}
}

/* From the lightest to the heaviest, and what is between. */
TEST(every_weight)
{
	static const u32 weight[TASKS] = { 1, 2, 10, 99, 100, 101, 1000, 10000 };
	int i;

	start();
	for (i = 0; i < TASKS; i++)
		come_with(&tasks[i], weight[i]);
	for (i = 0; i < 100000; i++)
		run(1000, 1000);
	run_all();
	check_shares(1000);
	CHECK(tasks[0].got > 0);
}

/* Not of calls, but of what they use. */
TEST(large_calls_come_seldom)
{
	u64 calls[2] = { 0 };
	int i;

	start();
	come(&tasks[0]);
	come(&tasks[1]);
	for (i = 0; i < 10010; i++) {
		u64 cost = best() == &tasks[0] ? 1000 : 10000;

		calls[run(cost, cost) - tasks]++;
	}
	CHECK(calls[0] > calls[1] * 99 / 10);
	CHECK(calls[0] < calls[1] * 101 / 10);
}

/* Until a call has ended, what it is expected to use counts. */
TEST(what_runs_counts)
{
	int i;

	start();
	come(&tasks[0]);
	come(&tasks[1]);
	for (i = 0; i < 10; i++) {
		CHECK(best() == &tasks[0]);
		started(&tasks[0], 1000);
		CHECK(best() == &tasks[1]);
		started(&tasks[1], 1000);
	}
	/* One was not run after all, and the other has used what it was to. */
	ended(&tasks[1], 1000, 0);
	ended(&tasks[0], 1000, 1000);
	CHECK(best() == &tasks[1]);
	started(&tasks[1], 999);
	CHECK(best() == &tasks[1]);
	started(&tasks[1], 2);
	CHECK(best() == &tasks[0]);
}

/*
 * Coming and going
 */

/* How many of the next calls are the task's. */
static int turns_of(const struct task *task, int calls)
{
	int got = 0;

	while (calls--) {
		struct task *next = best();

		got += next == task;
		ended(next, started(next, 1000), 1000);
	}
	return got;
}

TEST(nobody_saves_up)
{
	int i;

	start();
	for (i = 0; i < 3; i++)
		come(&tasks[i]);
	CHECK_EQ(turns_of(&tasks[0], 30), 10);
	go(&tasks[0]);
	CHECK_EQ(turns_of(&tasks[0], 3000), 0);
	/* It has a third from now on, and not all until it has as much as others. */
	come(&tasks[0]);
	CHECK_EQ(turns_of(&tasks[0], 30), 10);
	/* One that was never there before is no better. */
	come(&tasks[3]);
	CHECK_EQ(turns_of(&tasks[3], 40), 10);
	/* Nor does one that comes back after all have gone pay for others. */
	for (i = 0; i < 4; i++)
		go(&tasks[i]);
	come(&tasks[4]);
	CHECK_EQ(turns_of(&tasks[4], 1000), 1000);
	come(&tasks[0]);
	CHECK_EQ(turns_of(&tasks[0], 30), 15);
}

TEST(nobody_leaves_debts_behind)
{
	int i, got = 0;

	start();
	come(&tasks[0]);
	come(&tasks[1]);
	ended(&tasks[0], started(&tasks[0], 100000), 100000);
	go(&tasks[0]);
	CHECK_EQ(turns_of(&tasks[1], 50), 50);
	come(&tasks[0]);
	CHECK_EQ(turns_of(&tasks[1], 50), 50);
	/* With one call at a time it gets no more than with many. */
	for (i = 0; i < 10000; i++) {
		struct task *task = best();
		u64 booked = started(task, 10);

		if (task == &tasks[0])
			go(task);
		ended(task, booked, 1000);
		got += task == &tasks[0];
		if (!tasks[0].rank.waits)
			come(&tasks[0]);
	}
	CHECK(got > 4900 && got < 5100);
}

/* Who waits for what others hold keeps its right to it. */
TEST(who_was_parked_catches_up)
{
	start();
	come(&tasks[0]);
	come(&tasks[1]);
	CHECK_EQ(turns_of(&tasks[0], 10), 5);
	sluice_rank_dequeue(&tasks[0].rank);
	CHECK_EQ(turns_of(&tasks[1], 100), 100);
	sluice_rank_enqueue(&tasks[0].rank);
	CHECK_EQ(turns_of(&tasks[0], 100), 100);
	CHECK_EQ(turns_of(&tasks[0], 10), 5);
}

/*
 * Limits
 */

TEST(weight_may_change)
{
	const u64 most = 20 * NSEC_PER_MSEC;
	int round, i;

	random_start();
	start();
	for (i = 0; i < TASKS; i++)
		come(&tasks[i]);
	run_some(1000, most);
	for (round = 0; round < 10; round++) {
		/* While calls run, whose cost is settled by another weight then. */
		for (i = 0; i < SLOTS; i++)
			run(most, most);
		for (i = 0; i < TASKS; i++)
			weigh(&tasks[i], 20 + (u32)random_below(480));
		forget_got();
		/* What was used before has its weight of then. */
		run_some(1000, most);
		forget_got();
		run_some(20000, most);
		check_shares(most);
	}
}

/* Booked at one weight, settled at another: what was booked is taken back. */
TEST(weight_changes_by_all)
{
	u64 booked;

	start();
	come_with(&tasks[0], 10000);
	come_with(&tasks[1], NORMAL);
	booked = started(&tasks[0], 1000000);
	weigh(&tasks[0], 1);
	ended(&tasks[0], booked, 5);
	CHECK_EQ(tasks[0].rank.used, 5 * NORMAL);
	CHECK(best() == &tasks[1]);
	CHECK_EQ(turns_of(&tasks[0], 1), 0);
	CHECK(best() == &tasks[0]);
}

/* It ran in another class, which books nothing; and the other way round. */
TEST(class_changes_while_a_call_runs)
{
	u64 booked;

	start();
	come(&tasks[0]);
	come(&tasks[1]);
	ended(&tasks[0], started(&tasks[0], 5000), 5000);
	go_over(&tasks[0], &sluice_class_priority);
	booked = started(&tasks[0], 3000);
	go_over(&tasks[0], &sluice_class_fair);
	ended(&tasks[0], booked, 700);
	/* What it had used before is not forgiven. */
	CHECK_EQ(tasks[0].rank.used, 5700);
	booked = started(&tasks[0], 3000);
	go_over(&tasks[0], &sluice_class_priority);
	ended(&tasks[0], booked, 100);
	CHECK_EQ(tasks[0].rank.used, 5700);
}

TEST(huge_costs)
{
	int i;

	start();
	come_with(&tasks[0], 1);
	come_with(&tasks[1], 1);
	come_with(&tasks[2], 10000);
	for (i = 0; i < 300; i++) {
		ended(&tasks[0], started(&tasks[0], ~0ULL), ~0ULL);
		CHECK_EQ(tasks[0].rank.used, COST_MAX * NORMAL * (i + 1));
		ended(&tasks[2], started(&tasks[2], COST_MAX), 0);
		CHECK_EQ(tasks[2].rank.used, 0);
	}
	/* It is still clear who has used much. */
	started(&tasks[1], COST_MAX - 1);
	CHECK(best() == &tasks[2]);
	CHECK(sluice_rank_before(&tasks[1].rank, &tasks[0].rank));
	started(&tasks[2], COST_MAX + 1);
	CHECK(best() == &tasks[2]);
}

/*
 * Anything: the same sums, in numbers that are wide enough
 */

static u64 weighted(const struct task *task, u64 cost)
{
	return (u64)((unsigned __int128)min(cost, COST_MAX) * NORMAL /
		     task->rank.weight);
}

static void model_come(struct task *task)
{
	task->used = max(task->used, least);
	come_with(task, task->rank.weight);
}

static void model_started(struct task *task)
{
	task->expected = random_below(random_once(3) ? COST_MAX : 1000);
	task->booked = weighted(task, task->expected);
	task->runs = true;
	least = max(least, task->used);
	task->used += task->booked;
	CHECK_EQ(started(task, task->expected), task->booked);
}

static void model_ended(struct task *task)
{
	u64 cost = random_once(2) ? random_below(1000) : task->expected;

	task->used -= task->booked;
	/* By the weight of now. */
	task->used += weighted(task, cost);
	task->runs = false;
	ended(task, task->booked, cost);
}

static void check_all(void)
{
	const struct task *least_used = NULL, *task, *first = best();

	for (task = tasks; task < tasks + TASKS; task++) {
		CHECK_EQ(task->rank.used, task->used);
		if (!task->rank.waits)
			continue;
		CHECK_EQ(task->rank.key, task->used);
		if (!least_used || task->used < least_used->used)
			least_used = task;
	}
	CHECK_EQ(!!first, !!least_used);
	if (first)
		CHECK_EQ(first->used, least_used->used);
}

TEST(any_order_of_changes)
{
	int step;

	random_start();
	for (step = 0; step < STEPS; step++) {
		struct task *task = &tasks[random_below(TASKS)];

		/* What is used grows for ever: not too far to be met. */
		if (!(step % 500))
			start();
		switch (random_below(6)) {
		case 0:
			if (!task->rank.waits)
				model_come(task);
			break;
		case 1:
			if (task->rank.waits && random_once(2))
				go(task);
			break;
		case 2:
			if (random_once(20))
				weigh(task, 1 + (u32)random_below(10000));
			break;
		case 3:
			if (best() && !best()->runs)
				model_started(best());
			break;
		case 4:
			/* Not the best one: who is best may have to wait. */
			if (task->rank.waits && !task->runs)
				model_started(task);
			break;
		default:
			if (task->runs)
				model_ended(task);
		}
		check_all();
	}
}
