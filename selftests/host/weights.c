// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/daemon/weights.c -I../../agent/daemon -D_GNU_SOURCE -lm
/* What weights guarantee, and which weight it takes to guarantee so much. */
#include "ktap.h"
#include "random.h"
#include "weights.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

TEST(one_level)
{
	struct weights_level level = { 100, 300, WEIGHTS_NO_CAP };

	CHECK_EQ(weights_guarantee(&level, 1, 1000), 250);
	CHECK_EQ(weights_guarantee(&level, 1, 4000), 1000);
	/* others x budget / (CPUs - budget) */
	CHECK_EQ(weights_needed(&level, 1, 0, 1000, 500), 300);
	CHECK_EQ(weights_needed(&level, 1, 0, 1000, 750), 900);
	CHECK_EQ(weights_needed(&level, 1, 0, 4000, 500), WEIGHTS_DEFAULT);
}

TEST(nobody_else)
{
	struct weights_level level = { 100, 0, WEIGHTS_NO_CAP };

	CHECK_EQ(weights_guarantee(&level, 1, 1000), 1000);
	CHECK_EQ(weights_needed(&level, 1, 0, 1000, 999), WEIGHTS_DEFAULT);
	CHECK_EQ(weights_needed(&level, 1, 0, 1000, 0), WEIGHTS_DEFAULT);
}

TEST(what_cannot_be)
{
	struct weights_level levels[] = { { 100, 300, WEIGHTS_NO_CAP },
					  { 100, 100, WEIGHTS_NO_CAP } };

	/* All of it. */
	CHECK_EQ(weights_needed(levels, 1, 0, 1000, 1000), WEIGHTS_MAX);
	CHECK_EQ(weights_needed(levels, 1, 0, 1000, 3000), WEIGHTS_MAX);
	/* Half is gone below. */
	CHECK_EQ(weights_needed(levels, 2, 0, 1000, 500), WEIGHTS_MAX);
	CHECK_EQ(weights_needed(levels, 2, 0, 1000, 400), 1200);
	/* It has none: there is no such controller. */
	levels[1].ours = 0;
	CHECK_EQ(weights_guarantee(levels, 2, 1000), 0);
	CHECK_EQ(weights_needed(levels, 2, 0, 1000, 1), WEIGHTS_MAX);
}

/* A limit on the way bounds what comes out, and what a weight is to be good for. */
TEST(caps)
{
	struct weights_level levels[] = { { 100, 100, 400 },
					  { 300, 100, WEIGHTS_NO_CAP } };

	CHECK_EQ(weights_guarantee(levels, 2, 1000), 300);
	CHECK_EQ(weights_guarantee(levels, 2, 600), 225);
	CHECK_EQ(weights_cap(levels, 2), 400);
	/* No more than 400 of it ever comes out, for which this is enough. */
	CHECK_EQ(weights_needed(levels, 2, 0, 4000, 2000), WEIGHTS_DEFAULT);
	CHECK_EQ(weights_needed(levels, 2, 0, 500, 300), 400);
	levels[0].cap = WEIGHTS_NO_CAP;
	levels[1].cap = 100;
	CHECK_EQ(weights_needed(levels, 2, 0, 200, 150), 200);
	CHECK_EQ(weights_cap(levels, 2), 100);
	levels[1].cap = WEIGHTS_NO_CAP;
	CHECK_EQ(weights_cap(levels, 2), WEIGHTS_NO_CAP);
}

/* What is needed is enough, and not by much more than it takes. */
TEST(the_two_agree)
{
	struct weights_level levels[3];
	int i;

	random_start();
	for (i = 0; i < 100000; i++) {
		uint64_t cpu = 1000 * (1 + random_below(16)), wanted = random_below(cpu);
		size_t which = random_below(COUNT(levels)), n;
		uint64_t weight;

		for (n = 0; n < COUNT(levels); n++)
			levels[n] = (struct weights_level){ 1 + random_below(WEIGHTS_MAX),
							    random_below(1000),
							    WEIGHTS_NO_CAP };
		weight = weights_needed(levels, COUNT(levels), which, cpu, wanted);
		CHECK(weight >= WEIGHTS_DEFAULT && weight <= WEIGHTS_MAX);
		levels[which].ours = weight;
		CHECK(weight == WEIGHTS_MAX ||
		      weights_guarantee(levels, COUNT(levels), cpu) >= wanted);
		if (weight == WEIGHTS_DEFAULT)
			continue;
		levels[which].ours = weight - 1;
		CHECK(weights_guarantee(levels, COUNT(levels), cpu) <= wanted);
	}
}
