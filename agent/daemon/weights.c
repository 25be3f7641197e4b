// SPDX-License-Identifier: GPL-2.0-only
#include "weights.h"

#include <math.h>

/* @level's part of what their parent gets. */
static double part(const struct weights_level *level)
{
	if (!level->ours)
		return 0;
	return (double)level->ours / (double)(level->ours + level->others);
}

uint64_t weights_guarantee(const struct weights_level *levels, size_t count,
			   uint64_t cpu)
{
	double guarantee = (double)cpu;
	size_t i;

	for (i = 0; i < count; i++)
		guarantee *= part(&levels[i]);
	return (uint64_t)(guarantee + 0.5);
}

uint64_t weights_needed(const struct weights_level *levels, size_t count,
			size_t which, uint64_t cpu, uint64_t wanted)
{
	double most = (double)cpu, fraction, weight;
	size_t i;

	for (i = 0; i < count; i++)
		if (i != which)
			most *= part(&levels[i]);
	if ((double)wanted >= most)
		return WEIGHTS_MAX;
	fraction = (double)wanted / most;
	/* What is a whole number stays one. */
	weight = ceil((double)levels[which].others * fraction / (1 - fraction) - 1e-6);
	if (weight < WEIGHTS_DEFAULT)
		return WEIGHTS_DEFAULT;
	return weight < WEIGHTS_MAX ? (uint64_t)weight : WEIGHTS_MAX;
}
