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

void sluice_task_mode(struct sluice_task *task, enum sluice_mode mode);
void sluice_task_outcome(struct sluice_task *task, bool failed);
void sluice_task_let_out(struct sluice_task *task);

void sluice_task_queue(struct sluice_task *task, struct sluice_call *call,
		       struct sluice_call *older);
void sluice_task_requeue(struct sluice_task *task, struct sluice_call *call);
void sluice_task_delay(struct sluice_task *task, struct sluice_call *call);
void sluice_task_ready(struct sluice_task *task, struct sluice_call *call);
void sluice_task_unqueue(struct sluice_task *task, struct sluice_call *call);
void sluice_task_reorder(struct sluice_task *task, struct sluice_call *call,
			 u32 priority, u64 deadline);
u32 sluice_task_before(const struct sluice_task *task);

void sluice_task_started(struct sluice_task *task, u64 cost);
void sluice_task_settled(struct sluice_task *task, u64 expected, u64 cost);

void sluice_task_park(struct sluice_task *task,
		      const struct sluice_verdict *verdict);
void sluice_task_unpark(struct sluice_task *task);
void sluice_task_unpark_hold(enum sluice_hold hold);
void sluice_task_unpark_best(void);
void sluice_task_grew(u32 resources);

bool sluice_task_claim(struct sluice_task *task);
void sluice_task_disclaim(struct sluice_task *task);

void sluice_task_exit(void);

#endif /* SLUICE_TASK_H */
