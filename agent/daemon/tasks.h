/* SPDX-License-Identifier: GPL-2.0-only */
/* The tasks of /etc/sluice/tasks, and the module told of them. */
#ifndef SLUICE_TASKS_H
#define SLUICE_TASKS_H

#include "agent.h"

/* Load all and watch the directory. A broken file is logged, the others load. */
int tasks_start(struct agent *agent);
void tasks_stop(struct agent *agent);
const struct taskfile *tasks_find(const struct agent *agent, const char *name);

#endif /* SLUICE_TASKS_H */
