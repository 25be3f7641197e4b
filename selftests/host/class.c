// SPDX-License-Identifier: GPL-2.0-only
// build: ../../kmod/class.c ../../kmod/class/priority.c -Ishim -I../../kmod
/* The classes: the highest priority goes first, equals take turns, nobody is lost. */
#include <linux/types.h>
#include <linux/sluice_netlink.h>

#include "class.h"
#include "ktap.h"
#include "random.h"

#define RANKS		64
#define STEPS		200000
#define PRIORITIES	(SLUICE_PRIORITY_MAX + 1)

/*
 * What the test knows of a rank: @turn is when it came, or was last served; the
 * smallest goes first among equals.
 */
struct member {
	struct sluice_rank rank;
	bool	ordered;
	u64	turn;
};

static struct member members[RANKS];
static u64 turns;
static u32 ordered;

static void start(void)
{
	int i;

	sluice_class_init();
	ordered = 0;
	for (i = 0; i < RANKS; i++) {
		members[i].ordered = false;
		INIT_LIST_HEAD(&members[i].rank.node);
		members[i].rank.class = &sluice_class_priority;
	}
}

static struct member *best_member(void)
{
	struct member *best = NULL, *m;

	for (m = members; m < members + RANKS; m++)
		if (m->ordered &&
		    (!best || m->rank.priority > best->rank.priority ||
		     (m->rank.priority == best->rank.priority &&
		      m->turn < best->turn)))
			best = m;
	return best;
}

static void put(struct member *m, u32 priority)
{
	m->rank.priority = priority;
	m->rank.class->enqueue(&m->rank);
	m->ordered = true;
	m->turn = turns++;
	ordered++;
}

static void take(struct member *m)
{
	m->rank.class->dequeue(&m->rank);
	m->ordered = false;
	ordered--;
}

static void served(struct member *m)
{
	m->rank.class->started(&m->rank);
	m->turn = turns++;
}

static void check_best(void)
{
	const struct member *want = best_member();
	const struct sluice_rank *got = sluice_class_best();

	if (got != (want ? &want->rank : NULL))
		ktap_fail("turn %" PRIu64 ": rank %td of priority %d goes first, not %td of %d",
			  turns, got ? (struct member *)got - members : -1,
			  got ? (int)got->priority : -1,
			  want ? want - members : -1,
			  want ? (int)want->rank.priority : -1);
}

static void check_all(void)
{
	int i;

	check_best();
	for (i = 0; i < RANKS; i++)
		CHECK_EQ(sluice_rank_ordered(&members[i].rank),
			 members[i].ordered);
}

TEST(empty)
{
	start();
	CHECK(!sluice_class_best());
	/* What was in it is forgotten. */
	put(&members[0], 3);
	CHECK(sluice_class_best() == &members[0].rank);
	sluice_class_init();
	CHECK(!sluice_class_best());
}

TEST(names)
{
	CHECK(sluice_class_find("priority") == &sluice_class_priority);
	CHECK(!sluice_class_find(""));
	CHECK(!sluice_class_find("prio"));
	CHECK(!sluice_class_find("priority2"));
	CHECK(!sluice_class_find("Priority"));
}

TEST(every_priority)
{
	int priority;

	/* Upwards: the new one always goes first. */
	start();
	for (priority = 0; priority <= SLUICE_PRIORITY_MAX; priority++) {
		int i = priority % RANKS;

		if (members[i].ordered)
			take(&members[i]);
		put(&members[i], (u32)priority);
		CHECK(sluice_class_best() == &members[i].rank);
	}
	/* Each alone, with a neighbour below: at the edges of words, too. */
	for (priority = 1; priority <= SLUICE_PRIORITY_MAX; priority++) {
		start();
		put(&members[0], (u32)priority - 1);
		put(&members[1], (u32)priority);
		CHECK(sluice_class_best() == &members[1].rank);
		take(&members[1]);
		CHECK(sluice_class_best() == &members[0].rank);
		take(&members[0]);
		CHECK(!sluice_class_best());
	}
}

TEST(equals_take_turns)
{
	int round, i;

	start();
	put(&members[7], 1);
	for (i = 0; i < 5; i++)
		put(&members[i], 50);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 5; i++) {
			CHECK(sluice_class_best() == &members[i].rank);
			served(&members[i]);
		}
	}
	/* Who comes back goes behind all who waited. */
	take(&members[0]);
	put(&members[0], 50);
	for (i = 1; i < 5; i++) {
		CHECK(sluice_class_best() == &members[i].rank);
		served(&members[i]);
	}
	CHECK(sluice_class_best() == &members[0].rank);
	/* Alone, it is its own equal. */
	start();
	put(&members[0], 50);
	served(&members[0]);
	CHECK(sluice_class_best() == &members[0].rank);
}

/* All leave in their order, each once, and come back in it. */
static void drain(void)
{
	u32 count = 0, expected = ordered;
	struct member *left[RANKS];
	struct sluice_rank *rank;
	u32 i;

	while ((rank = sluice_class_best())) {
		check_best();
		CHECK(count < expected);
		left[count++] = container_of(rank, struct member, rank);
		take(container_of(rank, struct member, rank));
	}
	CHECK_EQ(count, expected);
	check_all();
	for (i = 0; i < count; i++)
		put(left[i], left[i]->rank.priority);
}

static u32 any_priority(void)
{
	/* Few, so that there are equals; all, so that none is left out. */
	return (u32)random_below(random_once(2) ? PRIORITIES : 3);
}

TEST(any_order_of_changes)
{
	int step;

	random_start();
	start();
	for (step = 0; step < STEPS; step++) {
		struct member *m = &members[random_below(RANKS)];

		switch (random_below(4)) {
		case 0:
			if (!m->ordered)
				put(m, any_priority());
			break;
		case 1:
			if (m->ordered)
				take(m);
			break;
		case 2:
			/* A task whose best call is another now. */
			if (m->ordered) {
				take(m);
				put(m, any_priority());
			}
			break;
		default:
			m = best_member();
			if (m)
				served(m);
		}
		check_best();
		if (!(step % 256))
			check_all();
		if (!(step % 2048))
			drain();
	}
	drain();
}

/* Whoever has more calls than its equals gets no more turns. */
TEST(turns_are_shared)
{
	u32 got[RANKS] = { 0 }, most = 0, least = ~0U;
	int i;

	start();
	for (i = 0; i < RANKS; i++)
		put(&members[i], 10);
	for (i = 0; i < RANKS * 100 + RANKS / 2; i++) {
		struct sluice_rank *rank = sluice_class_best();
		struct member *m = container_of(rank, struct member, rank);

		got[m - members]++;
		served(m);
	}
	for (i = 0; i < RANKS; i++) {
		most = max(most, got[i]);
		least = min(least, got[i]);
	}
	CHECK_EQ(least, 100);
	CHECK_EQ(most, 101);
}
