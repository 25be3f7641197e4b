/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What run times measured so far say of the future: when calls end, when one that
 * waits may start, and whom a claim keeps from passing. All are called with
 * sluice.lock held. The cost depends on environments, never on calls.
 */
#ifndef SLUICE_FORECAST_H
#define SLUICE_FORECAST_H

#include "types.h"

u64 sluice_forecast_cost(const struct sluice_task *task);
u64 sluice_forecast_start(const struct sluice_call *call, u32 position);

void sluice_forecast_claim(const struct sluice_park *place);
void sluice_forecast_renew(void);
bool sluice_forecast_passes(const struct sluice_task *task);
const struct sluice_claim *sluice_forecast_delays(const struct sluice_task *task,
						  const struct sluice_env *env);

#endif /* SLUICE_FORECAST_H */
