// SPDX-License-Identifier: GPL-2.0-only
// build: ../../kmod/policy/pressure.c -Ishim -I../../kmod
/* Whether an environment got the CPU time that it was promised, and wanted; and which classes close for that. */
#include <linux/types.h>

#include "policy/pressure.h"
#include "ktap.h"

#define MS	1000000ULL
#define S	(1000 * MS)

static bool is_short(u64 time, u64 promised, u64 used, u64 waited)
{
	const struct sluice_cpu_due due = { time, promised, used, waited };

	return sluice_pressure_is_short(&due);
}

TEST(a_loop_that_gets_it)
{
	CHECK(!is_short(S, 200 * MS, 200 * MS, 800 * MS));
	CHECK(!is_short(S, 200 * MS, 171 * MS, 829 * MS));
}

TEST(a_loop_that_does_not)
{
	CHECK(is_short(S, 200 * MS, 169 * MS, 831 * MS));
	CHECK(is_short(S, 200 * MS, 20 * MS, 980 * MS));
	CHECK(is_short(S, S, 500 * MS, 500 * MS));
}

/* It sleeps nine tenths of the time, and wants a tenth of its rate. */
TEST(who_sleeps_wants_less)
{
	CHECK(!is_short(S, 200 * MS, 50 * MS, 50 * MS));
	CHECK(!is_short(S, 500 * MS, 90 * MS, 10 * MS));
	CHECK(is_short(S, 500 * MS, 20 * MS, 180 * MS));
	CHECK(!is_short(S, 500 * MS, 0, 0));
}

/* It came to its own limit after a fifth of the second, and then waited for the next period. */
TEST(its_own_limit)
{
	CHECK(!is_short(S, 200 * MS, 100 * MS, 400 * MS));
}

TEST(several_threads)
{
	/* Two CPUs, of which it has one: by one thread, which wants no more, and by four. */
	CHECK(!is_short(S, 2 * S, S, 0));
	CHECK(is_short(S, 2 * S, S, 3 * S));
	CHECK(!is_short(S, 2 * S, 1900 * MS, 2100 * MS));
}

TEST(nothing_promised)
{
	CHECK(!is_short(S, 0, 0, S));
	CHECK(!is_short(0, 0, 0, 0));
}

TEST(too_little_to_be_measured)
{
	CHECK(!is_short(S, 10 * MS, 1 * MS, 999 * MS));
	CHECK(is_short(S, 20 * MS, 1 * MS, 999 * MS));
}

/* The lowest first, one at a time, and never the highest. */
TEST(classes)
{
	CHECK_EQ(sluice_pressure_closes(0, 4, false), 0);
	CHECK_EQ(sluice_pressure_closes(0, 4, true), 1);
	CHECK_EQ(sluice_pressure_closes(2, 4, true), 3);
	CHECK_EQ(sluice_pressure_closes(3, 4, true), 3);
	CHECK_EQ(sluice_pressure_closes(3, 4, false), 2);
	CHECK_EQ(sluice_pressure_closes(1, 4, false), 0);
}
