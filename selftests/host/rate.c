// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/lib/rate.c -I../../agent/lib
/* So many lines and bytes in each interval; what is left out is counted, and said once. */
#include "ktap.h"
#include "rate.h"

#define NOW	1000000000ULL

static uint64_t kept(struct rate *rate, uint64_t now, size_t lines, size_t len)
{
	uint64_t count = 0;

	while (lines--)
		count += rate_keeps(rate, now, len);
	return count;
}

TEST(so_many_lines)
{
	struct rate rate = { 0 };

	CHECK_EQ(kept(&rate, NOW, RATE_LINES, 10), RATE_LINES);
	CHECK_EQ(rate_left_out(&rate, NOW + RATE_TIME), 0);
	CHECK_EQ(kept(&rate, NOW + RATE_TIME - 1, 7, 10), 0);
	/* Not before the interval is over. */
	CHECK_EQ(rate_left_out(&rate, NOW + RATE_TIME - 1), 0);
	CHECK_EQ(rate_left_out(&rate, NOW + RATE_TIME), 7);
	CHECK_EQ(rate_left_out(&rate, NOW + RATE_TIME), 0);
	CHECK_EQ(kept(&rate, NOW + RATE_TIME, RATE_LINES + 1, 10), RATE_LINES);
}

TEST(so_many_bytes)
{
	struct rate rate = { 0 };

	CHECK_EQ(kept(&rate, NOW, 5, RATE_BYTES / 4), 4);
	CHECK(!rate_keeps(&rate, NOW, 1));
	CHECK_EQ(rate_left_out(&rate, NOW + RATE_TIME), 2);
	CHECK_EQ(kept(&rate, NOW + RATE_TIME, 1, RATE_BYTES + 1), 0);
	CHECK_EQ(kept(&rate, NOW + RATE_TIME, 1, RATE_BYTES), 1);
}

/* A line that is short enough is kept after one that was too long. */
TEST(what_still_fits)
{
	struct rate rate = { 0 };

	CHECK(rate_keeps(&rate, NOW, RATE_BYTES - 10));
	CHECK(!rate_keeps(&rate, NOW, 11));
	CHECK(rate_keeps(&rate, NOW, 10));
	CHECK_EQ(rate.left_out, 1);
}
