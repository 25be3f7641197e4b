// SPDX-License-Identifier: GPL-2.0-only
// build: $CLASSES -Ishim -I../../kmod -Wno-unused-parameter
/* The classes: which of all tasks goes first, in a fixed hierarchy; equals take turns, nobody is lost. */
#include <linux/types.h>
#include <linux/sluice_netlink.h>

#include "policy/class.h"
#include "ktap.h"
#include "random.h"

#define RANKS		32
#define STEPS		100000
#define PRIORITIES	(SLUICE_PRIORITY_MAX + 1)
#define CLASSES		4
#define BATCH		3
/* How long a waiting rank counts for one priority, where it does. */
#define PERIOD		1000ULL

/* Highest first. */
static struct sluice_class * const classes[CLASSES] = {
	&sluice_class_deadline, &sluice_class_priority, &sluice_class_fair,
	&sluice_class_batch,
};

enum place {
	AWAY,
	ORDERED,
	PARKED,
};

/*
 * What the test knows of a rank: @held, parked for what it shares with nobody; @turn is when it came, or was last served;
 * @since the time at which that was.
 */
struct member {
	struct sluice_rank rank;
	enum place place;
	bool	held;
	int	class;
	u64	turn;
	u64	since;
};

static struct member members[RANKS];
static u64 turns, now;

static void start_ageing(u64 ageing)
{
	int i;

	sluice_class_ageing = ageing;
	sluice_class_init();
	now = 0;
	memset(members, 0, sizeof(members));
	for (i = 0; i < RANKS; i++) {
		RB_CLEAR_NODE(&members[i].rank.node);
		members[i].rank.weight = 100;
	}
}

static void start(void)
{
	start_ageing(0);
}

/*
 * The model: the order in words
 */

static u64 deadline_of(const struct member *m)
{
	return m->rank.deadline ? m->rank.deadline : ~0ULL;
}

/* Time counts for priorities: the older rank has as many more as it is older. */
static int compare_priority(const struct member *a, const struct member *b)
{
	s64 x = (s64)a->rank.priority, y = (s64)b->rank.priority;

	if (sluice_class_ageing) {
		x = x * (s64)sluice_class_ageing - (s64)a->since;
		y = y * (s64)sluice_class_ageing - (s64)b->since;
	}
	return x > y ? -1 : x < y;
}

/* Negative: @a goes first. */
static int compare(const struct member *a, const struct member *b)
{
	int ret = a->class - b->class;

	if (ret)
		return ret;
	if (classes[a->class] == &sluice_class_deadline)
		ret = deadline_of(a) < deadline_of(b) ? -1 :
		      deadline_of(a) > deadline_of(b);
	else if (classes[a->class] == &sluice_class_priority)
		ret = compare_priority(a, b);
	else if (classes[a->class] == &sluice_class_fair)
		/* How it comes to that value is what fair.c is about. */
		ret = a->rank.used < b->rank.used ? -1 :
		      a->rank.used > b->rank.used;
	if (ret)
		return ret;
	return a->turn < b->turn ? -1 : a->turn > b->turn;
}

/* A task of a class above @class waits, wherever, but not for itself alone. */
static bool above_waits(int class)
{
	const struct member *m;

	for (m = members; m < members + RANKS; m++)
		if (m->place != AWAY && !m->held && m->class < class)
			return true;
	return false;
}

static struct member *best_member(void)
{
	struct member *best = NULL, *m;

	for (m = members; m < members + RANKS; m++) {
		if (m->place != ORDERED)
			continue;
		if (m->class == BATCH && above_waits(BATCH))
			continue;
		if (!best || compare(m, best) < 0)
			best = m;
	}
	return best;
}

/*
 * What the engine does with ranks
 */

static void lift(struct member *m)
{
	if (m->place == ORDERED)
		sluice_rank_dequeue(&m->rank);
}

static void drop(struct member *m)
{
	if (m->place == ORDERED)
		sluice_rank_enqueue(&m->rank);
}

static void new_turn(struct member *m)
{
	m->turn = ++turns;
	m->since = now;
}

static void come(struct member *m, int class)
{
	m->class = class;
	m->rank.class = classes[class];
	new_turn(m);
	sluice_rank_wait(&m->rank, now);
}

static void put(struct member *m, int class, u32 priority, u64 deadline)
{
	m->rank.priority = priority;
	m->rank.deadline = deadline;
	come(m, class);
	m->place = ORDERED;
	drop(m);
}

static void put_priority(struct member *m, u32 priority)
{
	put(m, 1, priority, 0);
}

static void take(struct member *m)
{
	lift(m);
	m->place = AWAY;
	m->held = false;
	sluice_rank_unwait(&m->rank);
}

static void park(struct member *m)
{
	lift(m);
	m->place = PARKED;
}

static void park_alone(struct member *m, bool held)
{
	park(m);
	m->held = held;
	sluice_rank_hold(&m->rank, held);
}

static void unpark(struct member *m)
{
	m->held = false;
	sluice_rank_hold(&m->rank, false);
	m->place = ORDERED;
	drop(m);
}

static void served(struct member *m, u64 cost)
{
	lift(m);
	new_turn(m);
	sluice_rank_started(&m->rank, now, cost);
	drop(m);
}

static void settle(struct member *m, u64 booked, u64 cost)
{
	lift(m);
	sluice_rank_ended(&m->rank, booked, cost);
	drop(m);
}

/* Its best call is another now, or its task has another class. */
static void change(struct member *m, int class, u32 priority, u64 deadline)
{
	lift(m);
	m->rank.priority = priority;
	m->rank.deadline = deadline;
	if (class != m->class) {
		sluice_rank_unwait(&m->rank);
		m->held = false;
		come(m, class);
	} else {
		sluice_rank_place(&m->rank);
	}
	drop(m);
}

/*
 * Checks
 */

static void check_best(void)
{
	const struct member *want = best_member();
	const struct sluice_rank *got = sluice_class_best();

	if (got != (want ? &want->rank : NULL))
		ktap_fail("turn %" PRIu64 ": rank %td of %s goes first, not %td of %s",
			  turns, got ? (struct member *)got - members : -1,
			  got ? got->class->name : "none",
			  want ? want - members : -1,
			  want ? classes[want->class]->name : "none");
}

/* Wherever two ranks are, one of them goes first, and never the other. */
static void check_before(void)
{
	const struct member *a = &members[random_below(RANKS)];
	const struct member *b = &members[random_below(RANKS)];

	if (a->place == AWAY || b->place == AWAY)
		return;
	CHECK_EQ(sluice_rank_before(&a->rank, &b->rank), compare(a, b) < 0);
	CHECK_EQ(sluice_rank_before(&b->rank, &a->rank), compare(a, b) > 0);
	CHECK_EQ(compare(a, b) == 0, a == b);
}

static void check_all(void)
{
	u32 waiting[CLASSES] = { 0 };
	const struct member *m;
	int class;

	for (m = members; m < members + RANKS; m++) {
		CHECK_EQ(sluice_rank_ordered(&m->rank), m->place == ORDERED);
		CHECK_EQ(m->rank.waits, m->place != AWAY);
		CHECK_EQ(m->rank.held, m->held);
		if (m->place != AWAY)
			waiting[m->class]++;
	}
	for (class = 0; class < CLASSES; class++) {
		CHECK_EQ(classes[class]->waiting, waiting[class]);
		CHECK_EQ(sluice_class_shut(classes[class]),
			 class == BATCH && above_waits(class));
	}
	check_best();
}

/*
 * The hierarchy
 */

TEST(empty)
{
	int class;

	start();
	CHECK(!sluice_class_best());
	/* What was in it is forgotten. */
	for (class = 0; class < CLASSES; class++) {
		put(&members[0], class, 3, 5);
		CHECK(sluice_class_best() == &members[0].rank);
		start();
		CHECK(!sluice_class_best());
		CHECK_EQ(classes[class]->waiting, 0);
		CHECK(!sluice_class_shut(&sluice_class_batch));
	}
	sluice_class_exit();
}

TEST(names)
{
	start();
	CHECK(sluice_class_find("deadline") == &sluice_class_deadline);
	CHECK(sluice_class_find("priority") == &sluice_class_priority);
	CHECK(sluice_class_find("fair") == &sluice_class_fair);
	CHECK(sluice_class_find("batch") == &sluice_class_batch);
	CHECK(!sluice_class_find(""));
	CHECK(!sluice_class_find("prio"));
	CHECK(!sluice_class_find("priority2"));
	CHECK(!sluice_class_find("Priority"));
}

TEST(ladder)
{
	const struct sluice_class *class;
	int level = CLASSES;

	start();
	for (class = sluice_class_lowest(); class;
	     class = sluice_class_above(class)) {
		CHECK(class == classes[--level]);
		CHECK_EQ(class->level, level);
	}
	CHECK_EQ(level, 0);
}

/* Whatever a rank has to offer, one of a higher class goes before it. */
TEST(classes_go_in_their_order)
{
	int class;

	start();
	put(&members[0], BATCH, 99, 1);
	for (class = BATCH - 1; class >= 0; class--) {
		struct member *m = &members[BATCH - class];

		now += 1000000;
		put(m, class, 0, 0);
		m->rank.used = ~0ULL;
		change(m, class, 0, 0);
		CHECK(sluice_class_best() == &m->rank);
		CHECK(sluice_rank_before(&m->rank, &m[-1].rank));
		CHECK(!sluice_rank_before(&m[-1].rank, &m->rank));
	}
	/* It does not wait for them that cannot start: batch does. */
	for (class = 0; class < BATCH; class++) {
		CHECK(sluice_class_best() == &members[BATCH - class].rank);
		park(&members[BATCH - class]);
	}
	CHECK(!sluice_class_best());
	check_all();
}

TEST(batch_yields_to_all_that_wait)
{
	int class;

	for (class = 0; class < BATCH; class++) {
		start();
		put(&members[0], BATCH, 0, 0);
		CHECK(!sluice_class_shut(&sluice_class_batch));
		CHECK(sluice_class_best() == &members[0].rank);
		put(&members[1], class, 0, 0);
		park(&members[1]);
		put(&members[2], class, 0, 0);
		CHECK(sluice_class_best() == &members[2].rank);
		take(&members[2]);
		/* Nobody else is in the order, but one waits. */
		CHECK(sluice_class_shut(&sluice_class_batch));
		CHECK(!sluice_class_shut(classes[class]));
		CHECK(!sluice_class_best());
		take(&members[1]);
		CHECK(!sluice_class_shut(&sluice_class_batch));
		CHECK(sluice_class_best() == &members[0].rank);
		/* Those of its own class do not shut it. */
		put(&members[3], BATCH, 0, 0);
		park(&members[3]);
		CHECK(sluice_class_best() == &members[0].rank);
	}
}

/*
 * Within a class
 */

TEST(every_priority)
{
	int priority;

	/* Upwards: the new one always goes first. */
	start();
	for (priority = 0; priority <= SLUICE_PRIORITY_MAX; priority++) {
		int i = priority % RANKS;

		if (members[i].place == ORDERED)
			take(&members[i]);
		put_priority(&members[i], (u32)priority);
		CHECK(sluice_class_best() == &members[i].rank);
	}
	/* Each alone, with a neighbour below. */
	for (priority = 1; priority <= SLUICE_PRIORITY_MAX; priority++) {
		start();
		put_priority(&members[0], (u32)priority - 1);
		put_priority(&members[1], (u32)priority);
		CHECK(sluice_class_best() == &members[1].rank);
		take(&members[1]);
		CHECK(sluice_class_best() == &members[0].rank);
		take(&members[0]);
		CHECK(!sluice_class_best());
	}
}

TEST(earliest_deadline_first)
{
	start();
	put(&members[0], 0, 99, 0);
	put(&members[1], 0, 50, ~0ULL - 1);
	put(&members[2], 0, 50, 1000);
	put(&members[3], 0, 0, 999);
	CHECK(sluice_class_best() == &members[3].rank);
	/* Its next call has more time. */
	change(&members[3], 0, 99, 1001);
	CHECK(sluice_class_best() == &members[2].rank);
	take(&members[2]);
	CHECK(sluice_class_best() == &members[3].rank);
	take(&members[3]);
	CHECK(sluice_class_best() == &members[1].rank);
	take(&members[1]);
	/* One without a deadline goes last. */
	CHECK(sluice_class_best() == &members[0].rank);
}

static void five_take_turns(int class)
{
	int round, i;

	for (i = 0; i < 5; i++)
		put(&members[i], class, 50, 77);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 5; i++) {
			CHECK(sluice_class_best() == &members[i].rank);
			served(&members[i], 0);
			settle(&members[i], 0, 0);
		}
	}
	/* Who comes back goes behind all who waited. */
	take(&members[0]);
	put(&members[0], class, 50, 77);
	for (i = 1; i < 5; i++) {
		CHECK(sluice_class_best() == &members[i].rank);
		served(&members[i], 0);
	}
	CHECK(sluice_class_best() == &members[0].rank);
	/* Who was parked keeps its turn. */
	park(&members[0]);
	served(&members[1], 0);
	unpark(&members[0]);
	CHECK(sluice_class_best() == &members[0].rank);
	/* Alone, it is its own equal. */
	for (i = 1; i < 5; i++)
		take(&members[i]);
	served(&members[0], 0);
	CHECK(sluice_class_best() == &members[0].rank);
}

TEST(equals_take_turns)
{
	int class;

	for (class = 0; class < CLASSES; class++) {
		start_ageing(0);
		five_take_turns(class);
		start_ageing(PERIOD);
		five_take_turns(class);
	}
}

/* Whoever has more calls than its equals gets no more turns. */
static void all_get_as_many(int class)
{
	u32 got[RANKS] = { 0 }, most = 0, least = ~0U;
	int i;

	for (i = 0; i < RANKS; i++)
		put(&members[i], class, 10, 20);
	for (i = 0; i < RANKS * 100 + RANKS / 2; i++) {
		struct sluice_rank *rank = sluice_class_best();
		struct member *m = container_of(rank, struct member, rank);

		got[m - members]++;
		now += random_below(1000);
		served(m, 10);
	}
	for (i = 0; i < RANKS; i++) {
		most = max(most, got[i]);
		least = min(least, got[i]);
	}
	CHECK_EQ(least, 100);
	CHECK_EQ(most, 101);
}

TEST(turns_are_shared)
{
	int class;

	random_start();
	for (class = 0; class < CLASSES; class++) {
		start_ageing(0);
		all_get_as_many(class);
		start_ageing(PERIOD);
		all_get_as_many(class);
	}
}

/*
 * Ageing
 */

/* Which of the two goes first, the low one having come that much earlier? */
static bool older_goes_first(u32 low, u32 high, u64 earlier, u64 ageing)
{
	bool first;

	start_ageing(ageing);
	now = 5;
	put_priority(&members[0], low);
	now += earlier;
	put_priority(&members[1], high);
	first = sluice_class_best() == &members[0].rank;
	CHECK(first || sluice_class_best() == &members[1].rank);
	CHECK_EQ(first, sluice_rank_before(&members[0].rank,
					   &members[1].rank));
	return first;
}

TEST(a_period_counts_for_a_priority)
{
	/* As long as the module's parameter can be. */
	const u64 longest = (u64)U32_MAX * NSEC_PER_MSEC;
	u32 low, high;

	for (low = 0; low < PRIORITIES; low += 3) {
		for (high = low + 1; high < PRIORITIES; high += 4) {
			u64 periods = high - low;

			CHECK(!older_goes_first(low, high, periods * PERIOD - 1,
						PERIOD));
			CHECK(older_goes_first(low, high, periods * PERIOD,
					       PERIOD));
			CHECK(!older_goes_first(low, high,
						periods * longest - 1, longest));
			CHECK(older_goes_first(low, high, periods * longest,
					       longest));
			/* Without ageing, no time is long enough. */
			CHECK(!older_goes_first(low, high, 1ULL << 62, 0));
		}
	}
}

/*
 * Ranks of the highest priority are there all the time and are served one after
 * the other, @pace apart. Returns when one of the lowest priority is.
 */
static u64 served_at(int others, u64 pace, u64 patience)
{
	struct sluice_rank *rank;
	int i;

	put_priority(&members[0], 0);
	for (i = 1; i <= others; i++)
		put_priority(&members[i], SLUICE_PRIORITY_MAX);
	for (;;) {
		rank = sluice_class_best();
		if (rank == &members[0].rank || now > patience)
			return now;
		served(container_of(rank, struct member, rank), 0);
		now += pace;
	}
}

TEST(nobody_starves)
{
	const u64 pace = PERIOD / 8, most = SLUICE_PRIORITY_MAX * PERIOD;
	int others;

	for (others = 1; others < RANKS; others++) {
		u64 round = others * pace, at;

		/* All others have had their turn since, and no more than one. */
		start_ageing(PERIOD);
		at = served_at(others, pace, 2 * most);
		CHECK(at >= most);
		CHECK(at <= most + round);
		/* Then all of them go before it again. */
		served(&members[0], 0);
		CHECK_EQ(container_of(sluice_class_best(), struct member,
				      rank)->rank.priority,
			 SLUICE_PRIORITY_MAX);
	}
	start_ageing(0);
	CHECK(served_at(1, PERIOD, 1000 * most) > 1000 * most);
}

/* New ones of the highest priority come all the time, and never come back. */
TEST(newcomers_starve_nobody)
{
	const u64 most = SLUICE_PRIORITY_MAX * PERIOD;
	u64 came = 0;

	start_ageing(PERIOD);
	put_priority(&members[0], 0);
	put_priority(&members[1], SLUICE_PRIORITY_MAX);
	while (sluice_class_best() != &members[0].rank) {
		take(container_of(sluice_class_best(), struct member, rank));
		now += PERIOD / 3;
		put_priority(&members[1 + ++came % 2], SLUICE_PRIORITY_MAX);
		CHECK(now <= most + PERIOD);
	}
	CHECK(now >= most);
}

/*
 * Anything
 */

static u32 any_priority(void)
{
	/* Few, so that there are equals; all, so that none is left out. */
	return (u32)random_below(random_once(2) ? PRIORITIES : 3);
}

static u64 any_deadline(void)
{
	return random_once(4) ? 0 : now + random_below(20);
}

static int any_class(void)
{
	return (int)random_below(CLASSES);
}

/* All leave in their order, each once, and come back in it. */
static void drain(void)
{
	u32 count = 0, expected = 0, i;
	struct member *left[RANKS], *m;
	struct sluice_rank *rank;

	for (m = members; m < members + RANKS; m++) {
		if (m->place == PARKED)
			unpark(m);
		expected += m->place == ORDERED;
	}
	while ((rank = sluice_class_best())) {
		check_best();
		CHECK(count < expected);
		left[count++] = container_of(rank, struct member, rank);
		take(container_of(rank, struct member, rank));
	}
	CHECK_EQ(count, expected);
	check_all();
	for (i = 0; i < count; i++)
		put(left[i], left[i]->class, left[i]->rank.priority,
		    left[i]->rank.deadline);
}

static void step_waiting(struct member *m)
{
	switch (random_below(8)) {
	case 0:
	case 1:
		take(m);
		break;
	case 2:
		if (m->place == ORDERED)
			park_alone(m, random_once(3));
		break;
	case 3:
		if (m->place == PARKED)
			unpark(m);
		break;
	case 4:
		change(m, m->class, any_priority(), any_deadline());
		break;
	case 5:
		if (random_once(4))
			change(m, any_class(), any_priority(), any_deadline());
		break;
	case 6:
		settle(m, random_below(100), random_below(100));
		break;
	default:
		m = best_member();
		if (m)
			served(m, random_below(3));
	}
}

static void any_order(u64 ageing)
{
	int step;

	start_ageing(ageing);
	for (step = 0; step < STEPS; step++) {
		struct member *m = &members[random_below(RANKS)];

		now += random_below(3);
		if (m->place != AWAY)
			step_waiting(m);
		/* Mostly few, so that lower classes are heard. */
		else if (random_once(step & 0x1000 ? 2 : 12))
			put(m, any_class(), any_priority(), any_deadline());
		check_best();
		check_before();
		if (!(step % 64))
			check_all();
		if (!(step % 2048))
			drain();
	}
	drain();
}

TEST(any_order_of_changes)
{
	random_start();
	any_order(0);
}

TEST(any_order_of_changes_with_ageing)
{
	random_start();
	any_order(7);
}
