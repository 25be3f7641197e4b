/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registered tasks: their names, what their task files say, whether they are to
 * run. sluice.lock is held unless noted.
 */
#ifndef SLUICE_TASK_H
#define SLUICE_TASK_H

#include "types.h"

struct sluice_task *sluice_task_alloc(const char *name,
				      const struct sluice_task_config *config);
struct sluice_task *sluice_task_find(const char *name);
struct sluice_task *sluice_task_after(const char *name);
void sluice_task_get(struct sluice_task *task);
void sluice_task_put(struct sluice_task *task);

int sluice_task_register(struct sluice_task *task);
void sluice_task_change(struct sluice_task *task,
			const struct sluice_task_config *config);
void sluice_task_mode(struct sluice_task *task, enum sluice_mode mode);
void sluice_task_unregister(struct sluice_task *task);
void sluice_task_call_ended(struct sluice_task *task);

void sluice_task_exit(void);

#endif /* SLUICE_TASK_H */
