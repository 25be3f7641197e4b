// SPDX-License-Identifier: GPL-2.0-only
// build: ../../kmod/base/estimate.c -Ishim -I../../kmod
/* The estimate of run times: at most an eighth above the truth, and what came last weighs most. */
#include <linux/types.h>

#include "base/estimate.h"
#include "ktap.h"
#include "random.h"

#define CALLS		20000
#define US		1000ULL
#define MS		1000000ULL
/* Times below are not told apart, nor are those from the other on: 13 days. */
#define SHORTEST	1024ULL
#define LONGEST		(1ULL << 50)
/* After so many calls of their own kind those before are forgotten. */
#define MEMORY		128

static struct sluice_estimate estimate;

static void start(void)
{
	memset(&estimate, 0, sizeof(estimate));
	CHECK(!sluice_estimate_known(&estimate));
}

/* What must be so whatever was added. */
static void check_sane(void)
{
	u32 sum = 0, bucket;

	for (bucket = 0; bucket < SLUICE_ESTIMATE_BUCKETS; bucket++) {
		sum += estimate.count[bucket];
		CHECK(bucket >= estimate.first || !estimate.count[bucket]);
	}
	CHECK_EQ(estimate.total, sum);
	CHECK(sum > 0 && sum <= UINT16_MAX);
	CHECK(estimate.median <= estimate.p95);
	CHECK(estimate.median > SHORTEST);
	CHECK(estimate.p95 <= LONGEST);
}

static void add(u64 time)
{
	sluice_estimate_add(&estimate, time);
	CHECK(sluice_estimate_known(&estimate));
}

static void add_many(u64 time, int calls)
{
	while (calls--)
		add(time);
	check_sane();
}

/* @said is what is to be said of something that took @time. */
static bool is_about(u64 said, u64 time)
{
	if (time < SHORTEST)
		time = SHORTEST;
	if (time >= LONGEST)
		return said == LONGEST;
	return said > time && said <= time + time / 8;
}

static void check_about(const char *what, u64 said, u64 time)
{
	if (!is_about(said, time))
		ktap_fail("%s is %" PRIu64 " where it took %" PRIu64, what,
			  said, time);
}

static void check_both(u64 median, u64 p95)
{
	check_about("median", estimate.median, median);
	check_about("p95", estimate.p95, p95);
}

/*
 * Any time
 */

static void check_alone(u64 time)
{
	start();
	add(time);
	check_both(time, time);
	CHECK(estimate.count[estimate.first]);
	add_many(time, 3);
	check_both(time, time);
	check_sane();
}

TEST(every_length)
{
	int bit, step;

	random_start();
	check_alone(0);
	check_alone(1);
	check_alone(US);
	check_alone(13 * 24 * 3600 * 1000 * MS);
	check_alone(~0ULL);
	for (bit = 0; bit < 64; bit++) {
		u64 octave = 1ULL << bit;

		/* Steps within it, and what is next to them. */
		for (step = 0; step < 16; step++) {
			u64 time = octave + (octave >> 4) * (u64)step;

			check_alone(time - 1);
			check_alone(time);
			check_alone(time + 1);
			check_alone(octave + random_below(octave));
		}
	}
}

TEST(beyond_all_limits)
{
	int i;

	start();
	for (i = 0; i < CALLS; i++) {
		add(i % 2 ? ~0ULL : 0);
		check_sane();
	}
	check_both(0, ~0ULL);
	start();
	add_many(~0ULL, CALLS);
	check_both(~0ULL, ~0ULL);
	add_many(0, CALLS);
	check_both(0, 0);
}

/*
 * Calls at random
 */

static u64 constant(void)
{
	return 5 * MS;
}

static u64 uniform(void)
{
	return MS + random_below(9 * MS);
}

/* Seven of ten are short. */
static u64 bimodal(void)
{
	return random_below(10) < 7 ? 200 * US + random_below(20 * US) :
	       800 * MS + random_below(100 * MS);
}

/* One of a hundred takes ten times as long as one of ten. */
static u64 heavy_tail(void)
{
	return (u64)((double)MS * 1048576 / (double)(1 + random_below(1048576)));
}

/* Over all that can be told apart. */
static u64 any_length(void)
{
	return random_bits() >> random_below(64);
}

static u64 (* const distributions[])(void) = {
	constant, uniform, bimodal, heavy_tail, any_length,
};

static int by_time(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* Until anything is forgotten, it is exact but for the eighth. */
TEST(first_calls_are_exact)
{
	u64 seen[MEMORY], sorted[MEMORY];
	u32 kind, round, n;

	random_start();
	for (kind = 0; kind < ARRAY_SIZE(distributions); kind++) {
		for (round = 0; round < 20; round++) {
			start();
			for (n = 1; n <= MEMORY; n++) {
				seen[n - 1] = distributions[kind]();
				add(seen[n - 1]);
				memcpy(sorted, seen, n * sizeof(*seen));
				qsort(sorted, n, sizeof(*seen), by_time);
				check_both(sorted[(n + 1) / 2 - 1],
					   sorted[(n * 95 + 99) / 100 - 1]);
			}
			check_sane();
		}
	}
}

/* A call that was seen, and how much it weighs: less and less. */
struct seen {
	u64	time;
	double	weight;
};

static struct seen seen[CALLS];
static int seen_first, seen_end;
static u32 forgotten;

/* With each halving of the counts, all that was seen weighs half as much. */
static void see(u64 time)
{
	u32 before = estimate.total;
	int i;

	add(time);
	if (estimate.total < before) {
		forgotten++;
		for (i = seen_first; i < seen_end; i++)
			seen[i].weight /= 2;
		while (seen[seen_first].weight < 0.001)
			seen_first++;
	}
	seen[seen_end++] = (struct seen){ time, 1 };
}

/* The part of what was seen, by its weight, that took less than @time. */
static double shorter_than(u64 time)
{
	double sum = 0, part = 0;
	int i;

	for (i = seen_first; i < seen_end; i++) {
		sum += seen[i].weight;
		if (seen[i].time < time)
			part += seen[i].weight;
	}
	return part / sum;
}

/*
 * @said is a quantile of what was seen: so many took less, but not if it were an
 * eighth less. Counts lose a little when they are halved: two parts in a hundred.
 */
static void check_quantile(u64 said, double quantile)
{
	u64 least = said - said / 9 - 1;
	double above = said < LONGEST ? shorter_than(said) : 1;
	double below = least > SHORTEST ? shorter_than(least) : 0;

	if (above < quantile - 0.02 || below > quantile + 0.02)
		ktap_fail("call %d: %.3f took less than %" PRIu64
			  ", and %.3f less than %" PRIu64, seen_end, above,
			  said, below, least);
}

TEST(last_calls_count)
{
	u32 kind, i;

	random_start();
	for (kind = 0; kind < ARRAY_SIZE(distributions); kind++) {
		start();
		seen_first = seen_end = 0;
		forgotten = 0;
		for (i = 0; i < CALLS; i++) {
			see(distributions[kind]());
			if (i <= MEMORY)
				CHECK_EQ(forgotten, i == MEMORY);
			if (i % 8)
				continue;
			check_sane();
			check_quantile(estimate.median, 0.5);
			check_quantile(estimate.p95, 0.95);
		}
		/* It forgets, but not sooner than it must. */
		CHECK(forgotten > CALLS / MEMORY);
		CHECK(forgotten < CALLS / MEMORY * 2 + 2);
	}
}

/* What is said of many calls that are all alike is right on average. */
TEST(known_distributions)
{
	double median = 0, p95 = 0;
	int i;

	random_start();
	start();
	for (i = 0; i < CALLS; i++) {
		add(uniform());
		median += (double)estimate.median / CALLS;
		p95 += (double)estimate.p95 / CALLS;
	}
	/* Of 1 to 10 ms. */
	CHECK(median > 5.5 * MS && median < 5.5 * MS * 1.125);
	CHECK(p95 > 9.3 * MS && p95 < 9.55 * MS * 1.125);
	start();
	for (i = 0; i < CALLS; i++) {
		add(bimodal());
		if (i < 20)
			continue;
		CHECK(estimate.median < 250 * US);
		CHECK(estimate.p95 > 800 * MS && estimate.p95 < 1020 * MS);
	}
}

/*
 * Change
 */

/* How many calls of the other kind it takes. */
static void change(u64 from, u64 to, int *median, int *p95)
{
	int calls;

	start();
	add_many(from, 10 * MEMORY);
	check_both(from, from);
	*median = 0;
	*p95 = 0;
	for (calls = 1; calls < 1000; calls++) {
		add(to);
		check_sane();
		if (!*median && is_about(estimate.median, to))
			*median = calls;
		if (!*p95 && is_about(estimate.p95, to))
			*p95 = calls;
	}
	check_both(to, to);
}

TEST(follows_a_change)
{
	int median, p95;

	change(MS, 100 * MS, &median, &p95);
	printf("# longer: after %d calls, p95 after %d\n", median, p95);
	/* A few that take longer say little about most, but much about the worst. */
	CHECK(median > MEMORY / 3 && median <= MEMORY);
	CHECK(p95 > 1 && p95 <= 10);
	change(100 * MS, MS, &median, &p95);
	printf("# shorter: after %d calls, p95 after %d\n", median, p95);
	CHECK(median > MEMORY / 3 && median <= MEMORY);
	CHECK(p95 > MEMORY && p95 <= 300);
}

/* One that is seldom is no rule; one that comes often is. */
TEST(exceptions)
{
	int i;

	start();
	add_many(MS, 10 * MEMORY);
	for (i = 0; i < CALLS; i++) {
		add(i % 40 ? MS : 1000 * MS);
		check_both(MS, MS);
	}
	for (i = 0; i < CALLS; i++) {
		add(i % 12 ? MS : 1000 * MS);
		if (i > MEMORY)
			check_both(MS, 1000 * MS);
	}
	check_sane();
}
