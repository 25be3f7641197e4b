/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that wait: into the queue of their task, to another place in it, and out
 * of it, with all that follows from that: the sums, the place of the task in the
 * order, room for the next. All are called with sluice.lock held.
 */
#ifndef SLUICE_QUEUE_H
#define SLUICE_QUEUE_H

#include "types.h"

void sluice_queue_add(struct sluice_call *call, struct sluice_call *older);
void sluice_queue_again(struct sluice_call *call);
void sluice_queue_delay(struct sluice_call *call);
void sluice_queue_ready(struct sluice_call *call);
void sluice_queue_reorder(struct sluice_call *call, u32 priority,
			  u64 deadline);
void sluice_queue_remove(struct sluice_call *call);

#endif /* SLUICE_QUEUE_H */
