// SPDX-License-Identifier: GPL-2.0-only
#include "learned.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "units.h"

/* Asks for so many times as much as nearly all of its calls use: far too much. */
#define FAR_TOO_MUCH	4
/* What it could have less of without that is not worth a word. */
#define TRIFLE_MEMORY	(1ULL << 20)
#define TRIFLE_CPU	50ULL
/* Steps of what is suggested: a file is read by people. */
#define STEP_MEMORY	(1ULL << 20)
#define STEP_CPU	10ULL

static bool is_memory(const struct learned *learned)
{
	return !strcmp(learned->resource, "memory");
}

uint64_t learned_suggest(const struct learned *learned)
{
	uint64_t step = is_memory(learned) ? STEP_MEMORY : STEP_CPU;
	uint64_t most = learned->p95 + learned->p95 / 4;

	return (most + step - 1) / step * step;
}

/*
 * Who uses nearly all that it may have was kept from more: memory is taken back from its
 * files then, and CPU time does not come at once.
 */
enum learned_mark learned_mark(const struct learned *learned)
{
	uint64_t trifle = is_memory(learned) ? TRIFLE_MEMORY : TRIFLE_CPU;

	if (!learned->p95 || !learned->asked)
		return LEARNED_FITS;
	if (learned->p95 > learned->asked - learned->asked / 8)
		return LEARNED_TOO_LITTLE;
	if (learned->asked / FAR_TOO_MUCH >= learned->p95 &&
	    learned->asked - learned->p95 > trifle)
		return LEARNED_TOO_MUCH;
	return LEARNED_FITS;
}

void learned_text(const struct learned *learned, char text[LEARNED_SIZE])
{
	static const char * const marks[] = {
		[LEARNED_FITS] = "",
		[LEARNED_TOO_MUCH] = ": far too much",
		[LEARNED_TOO_LITTLE] = ": too little",
	};
	char median[UNITS_TEXT], p95[UNITS_TEXT], asked[UNITS_TEXT];

	*text = '\0';
	if (!learned->p95)
		return;
	units_amount(learned->resource, learned->median, median);
	units_amount(learned->resource, learned->p95, p95);
	units_amount(learned->resource, learned->asked, asked);
	if (learned->asked)
		snprintf(text, LEARNED_SIZE,
			 "half at most %s, 95 of 100 at most %s, of %s%s",
			 median, p95, asked, marks[learned_mark(learned)]);
	else
		snprintf(text, LEARNED_SIZE,
			 "half at most %s, 95 of 100 at most %s, without a limit",
			 median, p95);
}
