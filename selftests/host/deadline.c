// SPDX-License-Identifier: GPL-2.0-only
// build: $CLASSES -Ishim -I../../kmod -Wno-unused-parameter
/* The class deadline: what is accepted can be met, what can be met is accepted, and nothing is forgotten too early. */
#include <linux/types.h>

#include "policy/class.h"
#include "ktap.h"
#include "random.h"

#define CALLS		256
#define STEPS		100000
/* Demands that one admission lets go of, at most. */
#define PRUNE		64
#define CPU		1000ULL
#define ONE		(CPU << SLUICE_LOAD_SHIFT)
#define MS		((u64)NSEC_PER_MSEC)

typedef unsigned __int128 wide;

/* Of the sanitizer, whose header not every compiler brings along. */
int __sanitizer_get_ownership(const volatile void *p);
size_t __sanitizer_get_current_allocated_bytes(void);

/* What the test knows of a call; @place: when its demand came into the order. */
struct call {
	struct sluice_demand *demand;
	bool	counts;
	bool	kept;
	u64	until;
	u64	load;
	u64	place;
};

static struct call calls[CALLS];
static u64 places, now, asked;
static u32 alive;

static void start(void)
{
	sluice_class_init();
	memset(calls, 0, sizeof(calls));
	now = 1000;
	alive = 0;
}

static struct sluice_demand *demand_of(u64 until, u64 load)
{
	struct sluice_demand *demand = malloc(sizeof(*demand));

	/* Nothing but what the caller is to fill in. */
	memset(demand, 0xff, sizeof(*demand));
	RB_CLEAR_NODE(&demand->node);
	demand->until = until;
	demand->load = load;
	return demand;
}

/* An accepted one, with so many thousandths of a CPU. */
static struct sluice_demand *admitted(u64 until, u64 thousandths)
{
	struct sluice_demand *demand =
		demand_of(until, thousandths << SLUICE_LOAD_SHIFT);

	CHECK(sluice_deadline_admit(demand, now, CPU, 0, &asked));
	return demand;
}

/* So much is taken: that much more is accepted, and no more than that. */
static void check_taken(u64 thousandths)
{
	u64 left = (CPU - thousandths) << SLUICE_LOAD_SHIFT;
	struct sluice_demand *demand = demand_of(~0ULL, left + 1);

	CHECK(!sluice_deadline_admit(demand, now, CPU, 0, &asked));
	CHECK_EQ(asked, CPU);
	demand->load = left;
	CHECK(sluice_deadline_admit(demand, now, CPU, 0, &asked));
	CHECK_EQ(asked, CPU);
	sluice_deadline_withdraw(demand);
}

static bool freed(const struct sluice_demand *demand)
{
	return !__sanitizer_get_ownership(demand);
}

/*
 * Loads
 */

TEST(load)
{
	CHECK_EQ(sluice_deadline_load(MS, 8 * MS, CPU), ONE / 8);
	CHECK_EQ(sluice_deadline_load(MS, 10 * MS, CPU),
		 ((1 << SLUICE_LOAD_SHIFT) / 10 + 1) * CPU);
	CHECK_EQ(sluice_deadline_load(10 * MS, 10 * MS, CPU), ONE);
	CHECK_EQ(sluice_deadline_load(10 * MS, 10 * MS, 1), ONE / CPU);
	CHECK_EQ(sluice_deadline_load(10 * MS, 10 * MS, 4 * CPU), 4 * ONE);
	CHECK_EQ(sluice_deadline_load(0, 10 * MS, CPU), 0);
	CHECK_EQ(sluice_deadline_load(MS, 10 * MS, 0), 0);
	CHECK_EQ(sluice_deadline_load(1, 1, CPU), ONE);
	/* No time is not enough for anything. */
	CHECK_EQ(sluice_deadline_load(0, 0, CPU), ~0ULL);
	CHECK_EQ(sluice_deadline_load(1, 0, CPU), ~0ULL);
	CHECK_EQ(sluice_deadline_load(11, 10, CPU), ~0ULL);
	CHECK_EQ(sluice_deadline_load(~0ULL, 10, CPU), ~0ULL);
	/* More CPUs than there are. */
	CHECK_EQ(sluice_deadline_load(1, 1, (1 << 20) - 1),
		 ((1ULL << 20) - 1) << SLUICE_LOAD_SHIFT);
	CHECK_EQ(sluice_deadline_load(1, 1, 1 << 20), ~0ULL);
	CHECK_EQ(sluice_deadline_load(1, 1, ~0ULL), ~0ULL);
}

TEST(load_of_long_times)
{
	const u64 cpu = (1 << 20) - 1;
	int bit;

	for (bit = 0; bit < 64; bit++) {
		u64 time = 1ULL << bit;

		CHECK_EQ(sluice_deadline_load(time, time, cpu),
			 cpu << SLUICE_LOAD_SHIFT);
		CHECK_EQ(sluice_deadline_load(time + (time - 1),
					      time + (time - 1), CPU), ONE);
		if (bit)
			CHECK_EQ(sluice_deadline_load(time / 2, time, CPU),
				 ONE / 2);
	}
	CHECK_EQ(sluice_deadline_load(~0ULL, ~0ULL, cpu),
		 cpu << SLUICE_LOAD_SHIFT);
	/* The smallest there is, but not nothing. */
	CHECK_EQ(sluice_deadline_load(1, ~0ULL, CPU), CPU);
}

/* Never less, and more by less than the smallest part of each. */
TEST(load_is_a_fraction)
{
	int i;

	random_start();
	for (i = 0; i < 200000; i++) {
		u64 deadline = (random_bits() >> random_below(64)) | 1;
		u64 runtime = random_below(deadline);
		u64 cpu = random_bits() >> (44 + random_below(20));
		wide exact = ((wide)runtime << SLUICE_LOAD_SHIFT) * cpu /
			     deadline;
		u64 load = sluice_deadline_load(runtime, deadline, cpu);

		if (load < exact || load > exact + cpu)
			ktap_fail("%" PRIu64 " in %" PRIu64 " ns on %" PRIu64
				  ": %" PRIu64 " instead of %" PRIu64, runtime,
				  deadline, cpu, load, (u64)exact);
	}
}

/*
 * Who is accepted
 */

TEST(as_much_as_there_is)
{
	struct sluice_demand *demand[4], *more;
	int i;

	start();
	check_taken(0);
	for (i = 0; i < 4; i++) {
		demand[i] = admitted(now + 10, 200);
		CHECK_EQ(asked, 200 * (i + 1));
	}
	check_taken(800);
	more = demand_of(now + 10, 201 << SLUICE_LOAD_SHIFT);
	CHECK(!sluice_deadline_admit(more, now, CPU, 0, &asked));
	CHECK_EQ(asked, 1001);
	/* One that was refused is the caller's. */
	CHECK(!freed(more));
	kfree(more);
	/* A budget below what is taken accepts nothing, not even nothing. */
	more = demand_of(now + 10, 0);
	CHECK(!sluice_deadline_admit(more, now, 799, 0, &asked));
	CHECK(sluice_deadline_admit(more, now, 800, 0, &asked));
	sluice_deadline_withdraw(more);
	for (i = 0; i < 4; i++)
		sluice_deadline_withdraw(demand[i]);
	check_taken(0);
	sluice_class_exit();
}

TEST(never_more_than_can_be)
{
	struct sluice_demand *demand, *more;

	start();
	demand = demand_of(now + 1, ~0ULL);
	CHECK(!sluice_deadline_admit(demand, now, CPU, 0, &asked));
	CHECK_EQ(asked, ~0ULL >> SLUICE_LOAD_SHIFT);
	more = admitted(now + 1, 1);
	/* The sum is more than fits into its number. */
	CHECK(!sluice_deadline_admit(demand, now, CPU, 0, &asked));
	CHECK_EQ(asked, ~0ULL >> SLUICE_LOAD_SHIFT);
	CHECK(!sluice_deadline_change(more, now, now + 1, ~0ULL, CPU, &asked));
	CHECK_EQ(asked, ~0ULL >> SLUICE_LOAD_SHIFT);
	demand->load = ONE - (1 << SLUICE_LOAD_SHIFT);
	CHECK(sluice_deadline_admit(demand, now, CPU, 0, &asked));
	CHECK(!sluice_deadline_change(more, now, now + 1, ~0ULL, CPU, &asked));
	CHECK_EQ(asked, ~0ULL >> SLUICE_LOAD_SHIFT);
	sluice_deadline_withdraw(demand);
	sluice_deadline_withdraw(more);
	sluice_class_exit();
}

/* A budget that an operator may set by mistake is a large one, not a small one. */
TEST(huge_budgets)
{
	int bit;

	for (bit = 20; bit < 64; bit++) {
		struct sluice_demand *demand;

		start();
		demand = demand_of(now + 1, ONE);
		CHECK(sluice_deadline_admit(demand, now, 1ULL << bit, 0, &asked));
		CHECK_EQ(asked, CPU);
		CHECK(sluice_deadline_change(demand, now, now + 1, 2 * ONE,
					     1ULL << bit, &asked));
		/* What cannot be, cannot be for all the CPUs there are. */
		CHECK(!sluice_deadline_change(demand, now, now + 1, ~0ULL, ~0ULL,
					      &asked));
		sluice_deadline_withdraw(demand);
		sluice_class_exit();
	}
}

/*
 * When it counts no more
 */

TEST(who_ended_early_counts_until_its_deadline)
{
	struct sluice_demand *demand, *other;

	start();
	other = admitted(now + 1000, 1);
	demand = admitted(now + 100, 300);
	now += 50;
	sluice_deadline_left(demand, now);
	check_taken(301);
	now += 49;
	check_taken(301);
	CHECK(!freed(demand));
	now += 1;
	check_taken(1);
	CHECK(freed(demand));
	sluice_deadline_left(other, now);
	sluice_class_exit();
}

TEST(who_is_late_does_not_count)
{
	struct sluice_demand *demand, *other;

	start();
	other = admitted(now + 1000, 1);
	demand = admitted(now + 100, 300);
	now += 100;
	check_taken(1);
	/* But it is there until it ends. */
	CHECK(!freed(demand));
	sluice_deadline_left(demand, now);
	CHECK(freed(demand));
	demand = admitted(now + 100, 400);
	now += 100;
	check_taken(1);
	sluice_deadline_withdraw(demand);
	CHECK(freed(demand));
	check_taken(1);
	sluice_deadline_left(other, now);
	sluice_class_exit();
}

TEST(who_did_not_run_gives_all_back)
{
	struct sluice_demand *demand, *other;

	start();
	other = admitted(now + 1000, 1);
	demand = admitted(now + 100, 300);
	check_taken(301);
	sluice_deadline_withdraw(demand);
	CHECK(freed(demand));
	check_taken(1);
	sluice_deadline_withdraw(other);
	sluice_class_exit();
}

/* With nobody left there is nobody who could be pushed behind its deadline. */
TEST(when_all_have_ended_all_starts_anew)
{
	struct sluice_demand *demand[3], *fresh;
	int i;

	start();
	for (i = 0; i < 3; i++)
		demand[i] = admitted(now + 100 + i, 300);
	sluice_deadline_left(demand[1], now);
	sluice_deadline_left(demand[0], now);
	check_taken(900);
	sluice_deadline_left(demand[2], now);
	check_taken(0);
	/* What is left of them takes nothing with it when it goes. */
	fresh = admitted(now + 1000, 700);
	check_taken(700);
	now += 500;
	check_taken(700);
	sluice_deadline_withdraw(fresh);
	check_taken(0);
	sluice_class_exit();
}

/*
 * Calls that are alone and have much time leave nothing behind that takes memory
 * until then: their number has no bound.
 */
TEST(who_is_alone_leaves_nothing_behind)
{
	u64 before, i;

	start();
	before = __sanitizer_get_current_allocated_bytes();
	for (i = 0; i < 10000; i++)
		sluice_deadline_left(admitted(now + 1000000, 300), now);
	CHECK(__sanitizer_get_current_allocated_bytes() - before <
	      1000 * sizeof(struct sluice_demand));
	sluice_class_exit();
}

static u64 kept_bytes(u64 before)
{
	return __sanitizer_get_current_allocated_bytes() - before;
}

/*
 * However many end, of which each has a year left, while others go on: what is kept
 * of them is bounded, counts until then, and not for much longer.
 */
TEST(what_is_left_for_long_is_kept_together)
{
	const u64 year = 365ULL * 24 * 3600 * 1000 * MS, most = year + year / 8;
	struct sluice_demand *keeper, *more;
	u64 before, i, end;

	start();
	before = __sanitizer_get_current_allocated_bytes();
	keeper = admitted(~0ULL, 0);
	for (i = 0; i < 100000; i++) {
		struct sluice_demand *demand = demand_of(now + year, 1);

		CHECK(sluice_deadline_admit(demand, now, CPU, 0, &asked));
		sluice_deadline_left(demand, now);
		now += MS;
	}
	end = now + year;
	CHECK(kept_bytes(before) < 1000 * sizeof(*keeper));
	/* All of it counts until the last of them is over. */
	more = demand_of(~0ULL, ONE - 100000);
	CHECK(sluice_deadline_admit(more, now, CPU, 0, &asked));
	sluice_deadline_withdraw(more);
	more = demand_of(~0ULL, ONE - 99999);
	CHECK(!sluice_deadline_admit(more, now, CPU, 0, &asked));
	now = end - 100000 * MS - 1;
	CHECK(!sluice_deadline_admit(more, now, CPU, 0, &asked));
	now = end + most - year;
	more->load = ONE;
	CHECK(sluice_deadline_admit(more, now, CPU, 0, &asked));
	sluice_deadline_withdraw(more);
	CHECK(kept_bytes(before) < 2 * sizeof(*keeper));
	sluice_deadline_left(keeper, now);
	sluice_class_exit();
}

/* Whatever they have left, there are a few hundred. */
TEST(what_is_left_is_bounded)
{
	struct sluice_demand *keeper;
	u64 before, i;

	random_start();
	start();
	before = __sanitizer_get_current_allocated_bytes();
	keeper = admitted(~0ULL, 0);
	for (i = 0; i < 200000; i++) {
		u64 left = 1 + (random_bits() >> (2 + random_below(42)));
		struct sluice_demand *demand = demand_of(now + left, 1);

		CHECK(sluice_deadline_admit(demand, now, CPU, 0, &asked));
		sluice_deadline_left(demand, now);
		now += MS;
		if (!(i % 1000))
			CHECK(kept_bytes(before) < 600 * sizeof(*keeper));
	}
	sluice_deadline_left(keeper, now);
	while (sluice_class_tidy(now))
		;
	CHECK_EQ(kept_bytes(before), 0);
	sluice_class_exit();
}

/* What counts no more does not come back with what counts. */
TEST(what_is_left_of_others_counts_no_more)
{
	const u64 hour = 3600 * 1000 * MS;
	struct sluice_demand *keeper, *demand[200];
	int i;

	start();
	for (i = 0; i < 200; i++)
		demand[i] = admitted(now + hour * (u64)(i + 1), 5);
	/* More than go at once. */
	for (i = 0; i < 200; i++)
		sluice_deadline_left(demand[i], now);
	check_taken(0);
	keeper = admitted(~0ULL, 1);
	for (i = 0; i < 100; i++)
		sluice_deadline_left(admitted(now + hour * (u64)(i + 1), 2),
				     now);
	check_taken(201);
	now += 300 * hour;
	for (i = 0; i < 5; i++)
		sluice_class_tidy(now);
	check_taken(1);
	sluice_deadline_left(keeper, now);
	sluice_class_exit();
}

/*
 * In the place of others
 */

TEST(who_goes_makes_room_at_once)
{
	struct sluice_demand *old, *other, *newer;
	u64 leaving;

	start();
	other = admitted(now + 1000, 300);
	old = admitted(now + 100, 600);
	newer = demand_of(now + 200, 600 << SLUICE_LOAD_SHIFT);
	CHECK(!sluice_deadline_admit(newer, now, CPU, 0, &asked));
	CHECK_EQ(asked, 1500);
	leaving = sluice_deadline_gives_back(old, now);
	CHECK_EQ(leaving, 600 << SLUICE_LOAD_SHIFT);
	newer->load = 701 << SLUICE_LOAD_SHIFT;
	CHECK(!sluice_deadline_admit(newer, now, CPU, leaving, &asked));
	CHECK_EQ(asked, 1001);
	newer->load = 700 << SLUICE_LOAD_SHIFT;
	CHECK(sluice_deadline_admit(newer, now, CPU, leaving, &asked));
	CHECK_EQ(asked, 1000);
	sluice_deadline_withdraw(old);
	check_taken(1000);
	sluice_deadline_withdraw(newer);
	check_taken(300);
	/* What is over gives nothing back: it is not counted any more. */
	old = admitted(now + 100, 600);
	now += 100;
	CHECK_EQ(sluice_deadline_gives_back(old, now), 0);
	check_taken(300);
	CHECK_EQ(sluice_deadline_gives_back(old, now - 1), 0);
	sluice_deadline_withdraw(old);
	sluice_deadline_left(other, now);
	sluice_class_exit();
}

/*
 * Another deadline
 */

/* However many have ended while one went on, the ticks after it take them all. */
TEST(what_is_left_is_tidied)
{
	struct sluice_demand *keeper;
	u64 before, turns = 0;
	int i;

	start();
	before = __sanitizer_get_current_allocated_bytes();
	keeper = admitted(now + 1000000, 1);
	for (i = 0; i < 900; i++)
		sluice_deadline_left(admitted(now + 1000000, 1), now);
	/* They count until then. */
	CHECK(!sluice_class_tidy(now));
	CHECK(__sanitizer_get_current_allocated_bytes() - before >
	      900 * sizeof(struct sluice_demand));
	sluice_deadline_left(keeper, now);
	while (sluice_class_tidy(now))
		turns++;
	/* Each turn is bounded. */
	CHECK(turns > 5);
	CHECK_EQ(__sanitizer_get_current_allocated_bytes(), before);
	/* With their time they go, too. */
	keeper = admitted(now + 2000000, 1);
	for (i = 0; i < 10; i++)
		sluice_deadline_left(admitted(now + 1000, 1), now);
	CHECK(!sluice_class_tidy(now + 1000));
	CHECK(__sanitizer_get_current_allocated_bytes() - before <
	      5 * sizeof(struct sluice_demand));
	sluice_deadline_left(keeper, now);
	sluice_class_exit();
}

TEST(change)
{
	struct sluice_demand *demand, *other;

	start();
	other = admitted(now + 1000, 400);
	demand = admitted(now + 100, 300);
	/* All or nothing. */
	CHECK(!sluice_deadline_change(demand, now, now + 50,
				      (600 << SLUICE_LOAD_SHIFT) + 1, CPU,
				      &asked));
	CHECK_EQ(asked, 1000);
	CHECK_EQ(demand->until, now + 100);
	CHECK_EQ(demand->load, 300 << SLUICE_LOAD_SHIFT);
	check_taken(700);
	CHECK(sluice_deadline_change(demand, now, now + 50,
				     600 << SLUICE_LOAD_SHIFT, CPU, &asked));
	check_taken(1000);
	CHECK_EQ(demand->until, now + 50);
	CHECK(sluice_deadline_change(demand, now, now + 200,
				     150 << SLUICE_LOAD_SHIFT, CPU, &asked));
	check_taken(550);
	/* It is kept by the new one. */
	now += 199;
	check_taken(550);
	now += 1;
	check_taken(400);
	/* One that was given up has to be accepted again. */
	CHECK(!sluice_deadline_change(demand, now, now + 50,
				      601 << SLUICE_LOAD_SHIFT, CPU, &asked));
	CHECK_EQ(asked, 1001);
	check_taken(400);
	CHECK(sluice_deadline_change(demand, now, now + 50,
				     200 << SLUICE_LOAD_SHIFT, CPU, &asked));
	check_taken(600);
	sluice_deadline_left(demand, now);
	check_taken(600);
	now += 50;
	check_taken(400);
	CHECK(freed(demand));
	sluice_deadline_left(other, now);
	check_taken(0);
	sluice_class_exit();
}

/* Those whose time is over do not keep it from what it asks for. */
TEST(change_looks_at_the_time)
{
	struct sluice_demand *demand, *late;

	start();
	late = admitted(now + 10, 600);
	demand = admitted(now + 100, 300);
	now += 10;
	CHECK(sluice_deadline_change(demand, now, now + 50,
				     1000 << SLUICE_LOAD_SHIFT, CPU, &asked));
	check_taken(1000);
	sluice_deadline_left(late, now);
	sluice_deadline_left(demand, now);
	sluice_class_exit();
}

/* The work of one admission is bounded; what is not done in one is in the next. */
TEST(many_at_a_time)
{
	struct sluice_demand *other;
	int i;

	start();
	other = admitted(now + 10000, 1);
	for (i = 0; i < 3 * PRUNE; i++)
		sluice_deadline_left(admitted(now + 100 + i, 2), now);
	now += 1000;
	for (i = 2; i >= 0; i--) {
		struct sluice_demand *none = admitted(now + 10000, 0);

		CHECK_EQ(asked, 1 + 2 * PRUNE * i);
		sluice_deadline_withdraw(none);
	}
	sluice_deadline_left(other, now);
	sluice_class_exit();
}

/* Nothing is lost when the module goes. */
TEST(exit_frees_all)
{
	int i;

	random_start();
	start();
	for (i = 0; i < CALLS; i++)
		calls[i].demand = admitted(now + random_below(1000), 3);
	for (i = 0; i < CALLS; i++)
		sluice_deadline_left(calls[i].demand, now);
	memset(calls, 0, sizeof(calls));
	sluice_class_exit();
	/* And nothing is left for who comes next. */
	sluice_class_init();
	check_taken(0);
}

TEST(init_forgets)
{
	struct sluice_demand *demand[2];

	start();
	demand[0] = admitted(now + 1000, 300);
	demand[1] = admitted(now + 1001, 400);
	start();
	/* Nobody was there whose time could be over. */
	now += 2000;
	sluice_deadline_left(admitted(now + 1000, CPU), now);
	CHECK_EQ(asked, CPU);
	/* Nobody was alive but that one. */
	check_taken(0);
	kfree(demand[0]);
	kfree(demand[1]);
}

/*
 * Anything
 */

/* What is due is forgotten: in its order, and as many as at one time. */
static void model_prune(u64 due)
{
	int batch;

	for (batch = 0; batch < PRUNE; batch++) {
		struct call *first = NULL, *c;

		for (c = calls; c < calls + CALLS; c++)
			if (c->kept &&
			    (!first || c->until < first->until ||
			     (c->until == first->until &&
			      c->place < first->place)))
				first = c;
		if (!first || first->until > due)
			return;
		first->kept = false;
	}
}

static u64 model_sum(void)
{
	const struct call *c;
	u64 sum = 0;

	for (c = calls; c < calls + CALLS; c++)
		if (c->kept && c->counts)
			sum += c->load;
	return sum;
}

static void model_end(struct call *c)
{
	c->demand = NULL;
	if (--alive)
		return;
	for (c = calls; c < calls + CALLS; c++)
		c->counts = false;
	model_prune(~0ULL);
}

static u64 any_load(void)
{
	/* Some that fit exactly. */
	if (random_once(8))
		return ONE - min(model_sum(), ONE) + random_below(2);
	return random_below(ONE / 20);
}

static void step_admit(struct call *c)
{
	struct sluice_demand *demand;
	u64 sum;

	demand = demand_of(now + random_below(200), 0);
	model_prune(now);
	demand->load = any_load();
	sum = model_sum() + demand->load;
	CHECK_EQ(sluice_deadline_admit(demand, now, CPU, 0, &asked), sum <= ONE);
	CHECK_EQ(asked, sum >> SLUICE_LOAD_SHIFT);
	if (sum > ONE) {
		kfree(demand);
		return;
	}
	*c = (struct call){ demand, true, true, demand->until, demand->load,
			    places++ };
	alive++;
}

static void step_change(struct call *c)
{
	u64 until = now + random_below(200), load, sum;

	model_prune(now);
	load = any_load();
	sum = model_sum() - (c->kept ? c->load : 0) + load;
	CHECK_EQ(sluice_deadline_change(c->demand, now, until, load, CPU, &asked),
		 sum <= ONE);
	CHECK_EQ(asked >> (sum <= ONE ? SLUICE_LOAD_SHIFT : 0),
		 sum >> SLUICE_LOAD_SHIFT);
	if (sum > ONE)
		return;
	c->kept = true;
	c->until = until;
	c->load = load;
	c->place = places++;
}

static void step_end(struct call *c, bool ran)
{
	struct sluice_demand *demand = c->demand;
	bool stays = ran && c->kept;

	if (ran)
		sluice_deadline_left(demand, now);
	else
		sluice_deadline_withdraw(demand);
	c->kept = stays;
	model_end(c);
	CHECK_EQ(freed(demand), !c->kept);
}

TEST(any_order_of_changes)
{
	u64 step, refused = 0, nobody = 0;

	random_start();
	start();
	for (step = 0; step < STEPS; step++) {
		struct call *c = &calls[random_below(CALLS)];

		/* Now and then nothing comes until all have ended. */
		now += random_once(500) ? 400 : random_below(4);
		if (!c->demand && !c->kept && step % 8192 < 4096)
			step_admit(c);
		else if (c->demand && random_once(3))
			step_change(c);
		else if (c->demand)
			step_end(c, random_once(2));
		refused += asked > CPU;
		nobody += !alive;
	}
	printf("# %" PRIu64 " times too much, %" PRIu64 " times nobody\n",
	       refused, nobody);
	CHECK(refused > STEPS / 1000 && nobody > STEPS / 100);
	for (step = 0; step < CALLS; step++)
		if (calls[step].demand)
			sluice_deadline_left(calls[step].demand, now);
	sluice_class_exit();
}

/*
 * The test for admission, in exact numbers: whatever is accepted adds up to no
 * more than the CPUs there are, and whatever is refused would not have.
 */

static struct sluice_demand *other;
static u64 refusals;

/* Of a thousandth of a CPU. */
#define EXACT_SHIFT	60

static void exact_round(void)
{
	wide sum = 0;
	int n;

	for (n = 0; n < 200; n++) {
		u64 deadline = 1 + (random_bits() >> (20 + random_below(30)));
		u64 runtime = random_below(deadline) / 8;
		u64 cpu = 1 + random_below(2 * CPU);
		wide part = ((wide)runtime << EXACT_SHIFT) / deadline * cpu;
		/* What all have been rounded up by. */
		wide slack = (wide)(n + 1) * 2 * CPU <<
			     (EXACT_SHIFT - SLUICE_LOAD_SHIFT);
		struct sluice_demand *demand = demand_of(~0ULL,
			sluice_deadline_load(runtime, deadline, cpu));

		if (sluice_deadline_admit(demand, now, CPU, 0, &asked)) {
			sum += part;
			CHECK(sum <= (wide)CPU << EXACT_SHIFT);
			sluice_deadline_left(demand, now);
		} else {
			CHECK(sum + part + slack > (wide)CPU << EXACT_SHIFT);
			kfree(demand);
			refusals++;
		}
	}
}

TEST(exact)
{
	int round;

	random_start();
	for (round = 0; round < 200; round++) {
		start();
		/* So that there is always somebody. */
		other = admitted(~0ULL, 0);
		exact_round();
		sluice_deadline_left(other, now);
		sluice_class_exit();
	}
	CHECK(refusals > 1000);
}
