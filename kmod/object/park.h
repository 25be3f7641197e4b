/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where tasks stand whose best call the gate has held: at what holds it, the best
 * of them first. A tree for each place, ordered by rank, that knows below each
 * node how little the least demanding task needs: so the best of those for which
 * there is enough is found without looking at the others. All are called with
 * sluice.lock held.
 */
#ifndef SLUICE_PARK_H
#define SLUICE_PARK_H

#include "types.h"

void sluice_park_insert(struct sluice_task *task);
void sluice_park_erase(struct sluice_task *task);
struct sluice_task *sluice_park_best(const struct sluice_park *place);
struct sluice_task *sluice_park_fitting(const struct sluice_park *place,
					u64 available);

static inline bool sluice_parked(const struct sluice_task *task)
{
	return !RB_EMPTY_NODE(&task->park);
}

/* A bit for all for which somebody may wait that the environment holds: sluice.idled. */
static inline u64 sluice_park_awaits(const struct sluice_env *env)
{
	return env->share.uses | SLUICE_IDLED_FOR(SLUICE_HOLD_RESOURCE) |
	       SLUICE_IDLED_FOR(SLUICE_HOLD_ENVIRONMENTS);
}

#endif /* SLUICE_PARK_H */
