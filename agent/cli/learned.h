/* SPDX-License-Identifier: GPL-2.0-only */
/* What calls of a task used, beside what its file asks for. */
#ifndef SLUICE_CLI_LEARNED_H
#define SLUICE_CLI_LEARNED_H

#include <stdint.h>

#define LEARNED_SIZE 160

/**
 * struct learned - of one resource, memory or cpu
 * @resource: its name
 * @asked: what the task asks for, 0 for nothing
 * @median: half of the last calls used no more
 * @p95: 95 of 100 used no more; 0: nobody knows
 */
struct learned {
	const char *resource;
	uint64_t asked;
	uint64_t median;
	uint64_t p95;
};

enum learned_mark {
	LEARNED_FITS,
	LEARNED_TOO_MUCH,
	LEARNED_TOO_LITTLE,
};

enum learned_mark learned_mark(const struct learned *learned);
/* What a file could ask for: a quarter more than nearly all used, in a round number. */
uint64_t learned_suggest(const struct learned *learned);
/* In words, with the mark; "" where nothing is known. */
void learned_text(const struct learned *learned, char text[LEARNED_SIZE]);

#endif /* SLUICE_CLI_LEARNED_H */
