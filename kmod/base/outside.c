// SPDX-License-Identifier: GPL-2.0-only
#include "base/outside.h"

#include <linux/math64.h>

static u64 minus(u64 a, u64 b)
{
	return a > b ? a - b : 0;
}

static u64 smaller(u64 a, u64 b)
{
	return a < b ? a : b;
}

/*
 * @guaranteed is what environments get of @physical, by their weight, when all others
 * want all they can get; 0 when nobody knows. Weights divide what is left by those that
 * have none: of that it is the same part.
 *
 * When that is enough for the budget, whoever gives way is not outside. When it is not,
 * they can keep from us what is beyond the guarantee, and keep only what they use.
 */
u64 sluice_outside_cpu(const struct sluice_outside *outside, u64 physical,
		       u64 budget, u64 guaranteed)
{
	u64 firm = smaller(outside->firm, physical);
	u64 left = physical - firm, ours;

	if (!physical)
		return 0;
	ours = div64_u64(smaller(guaranteed, physical) * left, physical);
	if (ours >= budget)
		return firm;
	return firm + smaller(outside->yielding, minus(left, ours));
}
