// SPDX-License-Identifier: GPL-2.0-only
/*
 * The class batch: tasks take turns, and only while no task of a higher class
 * waits.
 */
#include "policy/class.h"

/* Equal keys: the turn decides. */
static u64 batch_key(const struct sluice_rank *rank)
{
	return 0;
}

struct sluice_class sluice_class_batch = {
	.name = "batch",
	.patience = 1000000000ULL,
	.yields = true,
	.key = batch_key,
};
