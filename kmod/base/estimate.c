// SPDX-License-Identifier: GPL-2.0-only
#include "base/estimate.h"

/* Of one call, so that it is halved a few times before it is forgotten. */
#define WEIGHT		16
/* At the weight of 128 calls all counts are halved: what came last weighs most. */
#define TOTAL_MAX	(128 * WEIGHT)
/* Smaller numbers are one bucket: 1024. */
#define SHIFT		10
#define STEPS		SLUICE_ESTIMATE_PER_OCTAVE
#define STEP_BITS	3

/* Linear steps within each doubling. */
static u32 bucket_of(u64 number)
{
	u32 octave, bucket;

	number >>= SHIFT - STEP_BITS;
	if (number < STEPS)
		return 0;
	octave = 63 - __builtin_clzll(number) - STEP_BITS;
	bucket = octave * STEPS + (u32)((number >> octave) - STEPS);
	return bucket < SLUICE_ESTIMATE_BUCKETS ? bucket :
	       SLUICE_ESTIMATE_BUCKETS - 1;
}

/* The smallest number of the next bucket. */
static u64 bucket_end(u32 bucket)
{
	u64 octave = bucket / STEPS, step = bucket % STEPS;

	return (STEPS + step + 1) << octave << (SHIFT - STEP_BITS);
}

static void halve(struct sluice_estimate *estimate)
{
	u32 bucket;

	estimate->total = 0;
	for (bucket = 0; bucket < SLUICE_ESTIMATE_BUCKETS; bucket++) {
		estimate->count[bucket] /= 2;
		estimate->total += estimate->count[bucket];
	}
}

static void settle(struct sluice_estimate *estimate)
{
	u32 bucket = estimate->first, seen = estimate->count[bucket];

	while (seen * 2 < estimate->total)
		seen += estimate->count[++bucket];
	estimate->median = bucket_end(bucket);
	while (seen * 20 < estimate->total * 19)
		seen += estimate->count[++bucket];
	estimate->p95 = bucket_end(bucket);
}

/* A call ran for so many nanoseconds, or used so much. */
void sluice_estimate_add(struct sluice_estimate *estimate, u64 number)
{
	u32 bucket = bucket_of(number);

	if (estimate->total >= TOTAL_MAX)
		halve(estimate);
	if (!estimate->total || bucket < estimate->first)
		estimate->first = bucket;
	estimate->count[bucket] += WEIGHT;
	estimate->total += WEIGHT;
	settle(estimate);
}
