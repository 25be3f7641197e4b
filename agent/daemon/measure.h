/* SPDX-License-Identifier: GPL-2.0-only */
/* What environments use that the module cannot read itself. */
#ifndef SLUICE_MEASURE_H
#define SLUICE_MEASURE_H

#include "module.h"

/* The number of processes of environment @id, from its cgroup. */
void measure_env(struct module *module, int place, uint32_t id);

#endif /* SLUICE_MEASURE_H */
