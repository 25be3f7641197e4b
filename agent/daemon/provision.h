/* SPDX-License-Identifier: GPL-2.0-only */
/* Make an environment, without ever waiting for it. */
#ifndef SLUICE_PROVISION_H
#define SLUICE_PROVISION_H

#include "envs.h"

/* The module hears of success by the worker's first call, of failure by us. */
void provision_start(struct agent *agent, struct env *env);
/* It is not wanted any more. */
void provision_cancel(struct env *env);

#endif /* SLUICE_PROVISION_H */
