/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where each task stands that has calls which may start: in the order of its
 * class, or parked on what the gate holds its best call for; and who claims what
 * it lacks. Nothing here looks at more than the task at hand, except where it says
 * so. All are called with sluice.lock held.
 */
#ifndef SLUICE_ORDER_H
#define SLUICE_ORDER_H

#include "types.h"

/* The task, its first call, or what stops it has changed: put it in its place. */
void sluice_order_place(struct sluice_task *task);
u32 sluice_order_before(const struct sluice_task *task);

/* What its calls cost, for the class. */
u64 sluice_order_started(struct sluice_task *task, u64 cost);
void sluice_order_settled(struct sluice_task *task, u64 booked, u64 cost);

void sluice_order_park(struct sluice_task *task,
		       const struct sluice_verdict *verdict);
void sluice_order_unpark(struct sluice_task *task);
void sluice_order_unpark_hold(enum sluice_hold hold);
void sluice_order_unpark_released(void);
void sluice_order_unpark_fitting(void);
void sluice_order_unpark_given(void);

bool sluice_order_claim(struct sluice_task *task);

#endif /* SLUICE_ORDER_H */
