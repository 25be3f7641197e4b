/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Run times of a task's calls, and what they used: a decaying estimate of how such
 * numbers are distributed. Pure, takes no lock; the caller holds sluice.lock. Compiles
 * in userspace unchanged.
 */
#ifndef SLUICE_ESTIMATE_H
#define SLUICE_ESTIMATE_H

#include <linux/types.h>

/* Buckets for each doubling, and doublings from 1024 on: of times, from about 1 us to 13 days. */
#define SLUICE_ESTIMATE_PER_OCTAVE	8
#define SLUICE_ESTIMATE_OCTAVES		40
#define SLUICE_ESTIMATE_BUCKETS \
	(SLUICE_ESTIMATE_PER_OCTAVE * SLUICE_ESTIMATE_OCTAVES)

/**
 * struct sluice_estimate - numbers seen so far
 * @count: weight of the calls in each bucket, halved when it is much in all
 * @first: all buckets below are empty
 * @total: sum of @count
 * @median: half of them were no larger; 0 before the first
 * @p95: 95 of 100 were no larger
 *
 * Both are the upper edge of a bucket: at most an eighth above the truth.
 */
struct sluice_estimate {
	u16	count[SLUICE_ESTIMATE_BUCKETS];
	u32	first;
	u32	total;
	u64	median;
	u64	p95;
};

void sluice_estimate_add(struct sluice_estimate *estimate, u64 number);

static inline bool sluice_estimate_known(const struct sluice_estimate *estimate)
{
	return estimate->total;
}

#endif /* SLUICE_ESTIMATE_H */
