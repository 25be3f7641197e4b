/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much of what a task says is kept: so much in each interval, and the rest counted.
 * Each environment keeps to it before it sends anything, so that a flood is paid for by
 * who makes it; the collector keeps to it for all environments of a task together.
 */
#ifndef SLUICE_RATE_H
#define SLUICE_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATE_LINES	1000U
#define RATE_BYTES	(1024U * 1024)
#define RATE_TIME	30000000ULL	/* microseconds */

/**
 * struct rate - of one task
 * @begin: of the interval, microseconds of any clock that does not go back
 * @lines: in it
 * @bytes: of them
 * @left_out: lines that were not kept, and that nobody was told of
 */
struct rate {
	uint64_t begin;
	uint32_t lines;
	uint64_t bytes;
	uint64_t left_out;
};

/* A line of @len bytes is kept; else it counts as left out. */
bool rate_keeps(struct rate *rate, uint64_t now, size_t len);
/* The interval is over: how many were left out, once. */
uint64_t rate_left_out(struct rate *rate, uint64_t now);
/* Until it is, microseconds; 0: it is, or nothing was left out. */
uint64_t rate_rest(const struct rate *rate, uint64_t now);

#endif /* SLUICE_RATE_H */
