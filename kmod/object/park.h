/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where tasks stand whose best call the gate has held: on what holds it, the best
 * of them first. A tree for each reason, ordered by rank, that knows below each
 * node how little the least demanding task needs: so the best of those for which
 * there is enough is found without looking at the others. All are called with
 * sluice.lock held.
 */
#ifndef SLUICE_PARK_H
#define SLUICE_PARK_H

#include "types.h"

void sluice_park_insert(struct sluice_task *task);
void sluice_park_erase(struct sluice_task *task);
struct sluice_task *sluice_park_best(u32 place);
struct sluice_task *sluice_park_fitting(u32 place, u64 available);

static inline bool sluice_parked(const struct sluice_task *task)
{
	return !RB_EMPTY_NODE(&task->park);
}

/* A bit for each place where somebody may wait for what the environment holds. */
static inline u64 sluice_park_awaits(const struct sluice_env *env)
{
	return env->share.uses |
	       BIT_ULL(SLUICE_PARK_FOR(SLUICE_HOLD_RESOURCE)) |
	       BIT_ULL(SLUICE_PARK_FOR(SLUICE_HOLD_ENVIRONMENTS));
}

#endif /* SLUICE_PARK_H */
