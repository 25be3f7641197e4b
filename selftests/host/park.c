// SPDX-License-Identifier: GPL-2.0-only
// build: $CLASSES -Ishim -I../../kmod -Wno-unused-parameter -Wno-sign-compare
/* Where held tasks stand: the best of those for which there is enough is found, whoever else is there. */
#include "kernel.h"

#include "policy/class.h"
#include "ktap.h"
#include "object/park.h"
#include "random.h"

/*
 * The kernel asks of who inserts that all values on the way up are right before,
 * which the tree of the shim does not: so it is asked here.
 */
static void check_way_up(struct rb_node *node)
{
	for (; node; node = rb_parent(node)) {
		struct sluice_task *task, *child;
		u64 ease;
		int side;

		task = rb_entry(node, struct sluice_task, park);
		ease = ~task->verdict.need;
		for (side = 0; side < 2; side++) {
			child = rb_entry_safe(node->rb_child[side],
					      struct sluice_task, park);
			if (child)
				ease = max(ease, child->park_ease);
		}
		CHECK(task->park_ease == ease);
	}
}

static void checked_insert(struct rb_node *node, struct rb_root_cached *root,
			   bool leftmost,
			   const struct rb_augment_callbacks *augment)
{
	check_way_up(node);
	rb_insert_augmented_cached(node, root, leftmost, augment);
}

#define rb_insert_augmented_cached checked_insert
#include "../../kmod/object/park.c"
#undef rb_insert_augmented_cached

#define TASKS	64
#define PLACES	3
#define STEPS	100000
#define MOST	100

struct sluice sluice;

static struct sluice_task tasks[TASKS];
static struct sluice_account token;
static struct sluice_park * const places[PLACES] = {
	&sluice.ledger.account[0].park, &token.park,
	&sluice.held[SLUICE_HOLD_CLAIM],
};

static struct sluice_class * const classes[] = {
	&sluice_class_deadline, &sluice_class_priority, &sluice_class_fair,
	&sluice_class_batch,
};

static void start(void)
{
	int i;

	sluice_class_init();
	memset(&sluice, 0, sizeof(sluice));
	memset(&token, 0, sizeof(token));
	INIT_LIST_HEAD(&sluice.awaited);
	memset(tasks, 0, sizeof(tasks));
	for (i = 0; i < TASKS; i++) {
		RB_CLEAR_NODE(&tasks[i].park);
		RB_CLEAR_NODE(&tasks[i].rank.node);
	}
}

static u64 turn;

static void park(struct sluice_task *task, struct sluice_park *place, u64 need)
{
	/* Nobody has the same turn. */
	task->rank.turn = ++turn;
	task->verdict.need = need;
	task->parked_at = place;
	CHECK(!sluice_parked(task));
	sluice_park_insert(task);
	CHECK(sluice_parked(task));
}

static void unpark(struct sluice_task *task)
{
	sluice_park_erase(task);
	CHECK(!sluice_parked(task));
}

/* The model: looks at all of them. */
static struct sluice_task *best_of(const struct sluice_park *place,
				   u64 available)
{
	struct sluice_task *best = NULL, *task;

	for (task = tasks; task < tasks + TASKS; task++)
		if (sluice_parked(task) && task->parked_at == place &&
		    task->verdict.need <= available &&
		    (!best || sluice_rank_before(&task->rank, &best->rank)))
			best = task;
	return best;
}

static u32 count_of(const struct sluice_park *place)
{
	u32 count = 0;
	int i;

	for (i = 0; i < TASKS; i++)
		count += sluice_parked(&tasks[i]) &&
			 tasks[i].parked_at == place;
	return count;
}

static void check_fitting(const struct sluice_park *place, u64 available)
{
	const struct sluice_task *got = sluice_park_fitting(place, available);
	const struct sluice_task *want = best_of(place, available);

	if (got != want)
		ktap_fail("task %td comes back, not %td, of %u for which there are %ju",
			  got ? got - tasks : -1, want ? want - tasks : -1,
			  count_of(place), (uintmax_t)available);
}

/* Those where somebody waits, each once. */
static void check_awaited(void)
{
	const struct sluice_park *place;
	u32 count = 0, i;

	list_for_each_entry(place, &sluice.awaited, awaited) {
		CHECK(place->count > 0);
		count++;
	}
	for (i = 0; i < PLACES; i++)
		count -= !!places[i]->count;
	CHECK_EQ(count, 0);
}

static void check_place(const struct sluice_park *place)
{
	CHECK(sluice_park_best(place) == best_of(place, ~0ULL));
	CHECK_EQ(place->count, count_of(place));
	check_fitting(place, random_below(MOST + 2));
	check_fitting(place, ~0ULL);
	check_fitting(place, ~0ULL - 1);
	check_fitting(place, 0);
}

static u64 any_need(void)
{
	switch (random_below(8)) {
	case 0:
		return 0;
	case 1:
		return ~0ULL;
	default:
		return random_below(MOST);
	}
}

static void any_rank(struct sluice_rank *rank)
{
	rank->class = classes[random_below(4)];
	/* Equals as well: then it is the turn. */
	rank->key = random_once(8) ? random_bits() : random_below(20);
}

TEST(nobody)
{
	const struct sluice_park *place;
	u32 i;

	start();
	for (i = 0; i < SLUICE_QUANTITIES + SLUICE_HOLDS; i++) {
		place = i < SLUICE_QUANTITIES ? &sluice.ledger.account[i].park :
			&sluice.held[i - SLUICE_QUANTITIES];
		CHECK(!sluice_park_best(place));
		CHECK(!sluice_park_fitting(place, ~0ULL));
		CHECK_EQ(place->count, 0);
	}
	check_awaited();
}

/* What is exactly enough is enough. */
TEST(one)
{
	struct sluice_park *place = &sluice.ledger.account[1].park;

	start();
	tasks[0].rank.class = &sluice_class_fair;
	park(&tasks[0], place, 50);
	CHECK(sluice_park_best(place) == &tasks[0]);
	CHECK(sluice_park_fitting(place, 50) == &tasks[0]);
	CHECK(sluice_park_fitting(place, ~0ULL) == &tasks[0]);
	CHECK(!sluice_park_fitting(place, 49));
	CHECK(!sluice_park_best(&sluice.ledger.account[0].park));
	CHECK(!sluice_park_best(&sluice.ledger.account[2].park));
	CHECK(sluice.awaited.next == &place->awaited);
	CHECK(sluice.awaited.prev == &place->awaited);
	unpark(&tasks[0]);
	park(&tasks[0], place, ~0ULL);
	CHECK(!sluice_park_fitting(place, ~0ULL - 1));
	CHECK(sluice_park_fitting(place, ~0ULL) == &tasks[0]);
	unpark(&tasks[0]);
	park(&tasks[0], place, 0);
	CHECK(sluice_park_fitting(place, 0) == &tasks[0]);
	unpark(&tasks[0]);
	CHECK(!sluice_park_fitting(place, ~0ULL));
	CHECK(list_empty(&sluice.awaited));
}

/* The better ones need more: each amount has another that is the best. */
TEST(the_better_the_more)
{
	struct sluice_park *place = &token.park;
	int i, first = 0;

	start();
	for (i = 0; i < TASKS; i++) {
		/* In any order. */
		int n = i * 37 % TASKS;

		tasks[n].rank.class = &sluice_class_priority;
		tasks[n].rank.key = (u64)n;
		park(&tasks[n], place, (u64)(TASKS - n));
	}
	for (i = 1; i <= TASKS; i++)
		CHECK(sluice_park_fitting(place, (u64)i) == &tasks[TASKS - i]);
	CHECK(!sluice_park_fitting(place, 0));
	/* The best one goes, and so on. */
	while (sluice_park_best(place)) {
		CHECK(sluice_park_best(place) == &tasks[first]);
		unpark(&tasks[first++]);
		CHECK(sluice_park_fitting(place, TASKS) == sluice_park_best(place));
	}
	CHECK_EQ(first, TASKS);
}

TEST(any_order_of_changes)
{
	int step, found = 0;

	random_start();
	start();
	for (step = 0; step < STEPS; step++) {
		struct sluice_task *task = &tasks[random_below(TASKS)];
		struct sluice_park *place = places[random_below(PLACES)];

		/* Many, and then few. */
		if (sluice_parked(task) && random_once(step & 4096 ? 1 : 3)) {
			unpark(task);
		} else if (!sluice_parked(task) &&
			   random_once(step & 4096 ? 3 : 1)) {
			any_rank(&task->rank);
			park(task, place, any_need());
		}
		task = sluice_park_fitting(place, random_below(MOST));
		if (task && random_once(4)) {
			unpark(task);
			found++;
		}
		check_place(place);
		check_awaited();
	}
	CHECK(found > STEPS / 50);
}
