/* SPDX-License-Identifier: GPL-2.0-only */
/* What environments use that the module cannot read itself. */
#ifndef SLUICE_MEASURE_H
#define SLUICE_MEASURE_H

#include "module.h"

/*
 * The number of processes of environment @id, from its cgroup; @said: what the module
 * knows of it, which is told only what is new.
 */
void measure_env(struct module *module, int place, uint32_t id, uint32_t *said);

#endif /* SLUICE_MEASURE_H */
