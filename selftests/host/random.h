/* SPDX-License-Identifier: GPL-2.0-only */
/* Random numbers that can be had again: the same SLUICE_SEED, the same numbers. */
#ifndef SLUICE_RANDOM_H
#define SLUICE_RANDOM_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t random_state;

/* First in a subtest; says how to get the same again. */
static inline void random_start(void)
{
	const char *seed = getenv("SLUICE_SEED");

	random_state = seed ? strtoull(seed, NULL, 0) : 1;
	printf("# SLUICE_SEED=%" PRIu64 "\n", random_state);
}

/* Weyl steps, and their bits mixed until each depends on all. */
static inline uint64_t random_bits(void)
{
	uint64_t x = random_state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 32) * 0xd6e8feb86659fd93;
	x = (x ^ x >> 32) * 0xd6e8feb86659fd93;
	return x ^ x >> 32;
}

/* 0 to @limit - 1 */
static inline uint64_t random_below(uint64_t limit)
{
	return random_bits() % limit;
}

/* True once in @times. */
static inline int random_once(uint64_t times)
{
	return !random_below(times);
}

#endif /* SLUICE_RANDOM_H */
