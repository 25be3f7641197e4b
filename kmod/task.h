/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registered tasks, and the calls that wait for each. sluice.lock is held unless
 * noted.
 */
#ifndef SLUICE_TASK_H
#define SLUICE_TASK_H

#include "types.h"

struct sluice_task *sluice_task_alloc(const char *name,
				      const struct sluice_task_config *config);
struct sluice_task *sluice_task_find(const char *name);
void sluice_task_get(struct sluice_task *task);
void sluice_task_put(struct sluice_task *task);

int sluice_task_register(struct sluice_task *task);
void sluice_task_change(struct sluice_task *task,
			const struct sluice_task_config *config);
void sluice_task_unregister(struct sluice_task *task);

void sluice_task_queue(struct sluice_task *task, struct sluice_call *call,
		       bool first);
void sluice_task_unqueue(struct sluice_task *task, struct sluice_call *call);
void sluice_task_reprioritise(struct sluice_task *task,
			      struct sluice_call *call, u32 priority);
struct sluice_call *sluice_task_first(const struct sluice_task *task);
void sluice_task_exit(void);

u32 sluice_task_position(const struct sluice_task *task,
			 const struct sluice_call *call, u32 most);

void sluice_task_park(struct sluice_task *task,
		      const struct sluice_verdict *verdict);
void sluice_task_unpark(struct sluice_task *task);
void sluice_task_unpark_res(u32 resources);
void sluice_task_unpark_hold(enum sluice_hold hold);

#endif /* SLUICE_TASK_H */
