// SPDX-License-Identifier: GPL-2.0-only
#include "rate.h"

static bool is_over(const struct rate *rate, uint64_t now)
{
	return !rate->begin || now - rate->begin >= RATE_TIME;
}

bool rate_keeps(struct rate *rate, uint64_t now, size_t len)
{
	if (is_over(rate, now)) {
		rate->begin = now;
		rate->lines = 0;
		rate->bytes = 0;
	}
	if (rate->lines == RATE_LINES || len > RATE_BYTES - rate->bytes) {
		rate->left_out++;
		return false;
	}
	rate->lines++;
	rate->bytes += len;
	return true;
}

uint64_t rate_left_out(struct rate *rate, uint64_t now)
{
	uint64_t count = is_over(rate, now) ? rate->left_out : 0;

	rate->left_out -= count;
	return count;
}

uint64_t rate_rest(const struct rate *rate, uint64_t now)
{
	return rate->left_out && !is_over(rate, now) ?
	       rate->begin + RATE_TIME - now : 0;
}
