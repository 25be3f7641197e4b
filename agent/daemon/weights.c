// SPDX-License-Identifier: GPL-2.0-only
#include "weights.h"

#include <math.h>

static double smaller(double a, double b)
{
	return a < b ? a : b;
}

/* @level's part of what their parent gets. */
static double part(const struct weights_level *level)
{
	if (!level->ours)
		return 0;
	return (double)level->ours / (double)(level->ours + level->others);
}

/* What arrives at the end of the levels from @first on, when @cpu comes in. */
static double descend(const struct weights_level *levels, size_t first,
		      size_t count, double cpu)
{
	size_t i;

	for (i = first; i < count; i++)
		cpu = smaller(cpu * part(&levels[i]), (double)levels[i].cap);
	return cpu;
}

uint64_t weights_guarantee(const struct weights_level *levels, size_t count,
			   uint64_t cpu)
{
	return (uint64_t)(descend(levels, 0, count, (double)cpu) + 0.5);
}

uint64_t weights_cap(const struct weights_level *levels, size_t count)
{
	uint64_t cap = WEIGHTS_NO_CAP;
	size_t i;

	for (i = 0; i < count; i++)
		if (levels[i].cap < cap)
			cap = levels[i].cap;
	return cap;
}

uint64_t weights_needed(const struct weights_level *levels, size_t count,
			size_t which, uint64_t cpu, uint64_t wanted)
{
	double comes = descend(levels, 0, which, (double)cpu), leaves, weight;
	double rest = 1, goes = (double)wanted, fraction;
	size_t i;

	if (!wanted)
		return WEIGHTS_DEFAULT;
	/* What it takes to come out of @which for that to arrive at the end. */
	leaves = smaller(comes, (double)levels[which].cap);
	goes = smaller(goes, descend(levels, which + 1, count,
				     (double)WEIGHTS_NO_CAP));
	for (i = which + 1; i < count; i++)
		rest *= part(&levels[i]);
	if (rest <= 0 || comes <= 0)
		return WEIGHTS_MAX;
	fraction = smaller(goes / rest, leaves) / comes;
	if (fraction >= 1)
		return WEIGHTS_MAX;
	/* What is a whole number stays one. */
	weight = ceil((double)levels[which].others * fraction / (1 - fraction) - 1e-6);
	if (weight < WEIGHTS_DEFAULT)
		return WEIGHTS_DEFAULT;
	return weight < WEIGHTS_MAX ? (uint64_t)weight : WEIGHTS_MAX;
}
