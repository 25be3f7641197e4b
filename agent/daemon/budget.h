/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The budgets of sluice.conf. Each line is set once in the life of a loaded module: what
 * the operator does later is not undone by the next agent.
 */
#ifndef SLUICE_BUDGET_H
#define SLUICE_BUDGET_H

#include "module.h"
#include "taskfile.h"

/*
 * Set those that were not yet. One that the module refuses is said, leaves the others in
 * force, and is tried again next time. A negative errno: the module does not answer.
 */
int budget_apply(struct module *module, const struct taskconf *conf);

#endif /* SLUICE_BUDGET_H */
