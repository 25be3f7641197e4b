// SPDX-License-Identifier: GPL-2.0-only
// build: ../../kmod/base/outside.c -Ishim -I../../kmod
/* What the rest of the box keeps from environments: all that does not give way, and of the rest what no weight ensures. */
#include <linux/types.h>

#include "base/outside.h"
#include "ktap.h"
#include "random.h"

static u64 outside(u64 firm, u64 yielding, u64 physical, u64 budget, u64 guaranteed)
{
	const struct sluice_outside what = { firm, yielding };

	return sluice_outside_cpu(&what, physical, budget, guaranteed);
}

TEST(what_gives_way_is_not_outside)
{
	CHECK_EQ(outside(0, 1000, 1000, 500, 500), 0);
	CHECK_EQ(outside(0, 4000, 4000, 3999, 3999), 0);
}

TEST(what_does_not_is)
{
	CHECK_EQ(outside(300, 0, 1000, 100, 900), 300);
	CHECK_EQ(outside(5000, 0, 1000, 100, 900), 1000);
}

/* Weights divide only what is left by those that do not give way. */
TEST(a_part_of_what_is_left)
{
	/* Half of 600 is not the budget any more. */
	CHECK_EQ(outside(400, 600, 1000, 500, 500), 700);
	CHECK_EQ(outside(400, 100, 1000, 500, 500), 500);
	CHECK_EQ(outside(400, 600, 1000, 300, 500), 400);
}

TEST(beyond_the_guarantee_they_keep_what_they_use)
{
	CHECK_EQ(outside(0, 1000, 1000, 500, 400), 600);
	CHECK_EQ(outside(0, 30, 1000, 500, 400), 30);
	/* Nobody has said it: all that is used is gone. */
	CHECK_EQ(outside(50, 800, 1000, 500, 0), 850);
}

TEST(nothing_there)
{
	CHECK_EQ(outside(7, 7, 0, 500, 500), 0);
	CHECK_EQ(outside(0, 0, 1000, 2000, 5000), 0);
}

/* However much others want, what is left of the box is never less than the guarantee of it. */
TEST(the_guarantee_holds)
{
	int i;

	random_start();
	for (i = 0; i < 200000; i++) {
		u64 physical = 1 + random_below(64000), firm = random_below(physical);
		u64 guaranteed = random_below(physical + 1), budget = random_below(2 * physical);
		u64 yielding = random_below(2 * physical);
		u64 got = physical - outside(firm, yielding, physical, budget, guaranteed);
		u64 sure = guaranteed * (physical - firm) / physical;

		CHECK(got >= sure || got >= budget);
		CHECK(got <= physical - firm);
		/* More of what gives way never leaves more. */
		CHECK(outside(firm, yielding + 1, physical, budget, guaranteed) >= physical - got);
	}
}
