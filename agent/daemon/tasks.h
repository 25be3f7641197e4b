/* SPDX-License-Identifier: GPL-2.0-only */
/* The tasks of /etc/sluice/tasks, and the module told of them. */
#ifndef SLUICE_TASKS_H
#define SLUICE_TASKS_H

#include "agent.h"

/* Load all and watch the directory. A broken file is logged, the others load. */
int tasks_start(struct agent *agent);
void tasks_stop(struct agent *agent);
/*
 * The task as its file is now, whether that was announced to us yet or not; as it
 * was when the file is broken. Valid until the next call of a function here.
 */
const struct taskfile *tasks_find(struct agent *agent, const char *name);

/*
 * Note on an environment's cgroup which file its task had, so that the next agent
 * sees whether that one has changed. Where that cannot be noted it counts as not.
 */
void tasks_sign(struct agent *agent, const char *name, int cgroup);
bool tasks_is_signed(struct agent *agent, const char *name, int cgroup);

#endif /* SLUICE_TASKS_H */
