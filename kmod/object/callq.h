/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls of one task that wait: which goes first, which is the oldest, which
 * has a key. All are called with sluice.lock held. Nothing here is linear in the
 * number of calls, except for sluice_callq_position(), which says so.
 */
#ifndef SLUICE_CALLQ_H
#define SLUICE_CALLQ_H

#include "types.h"

void sluice_callq_init(struct sluice_callq *queue);

void sluice_callq_add(struct sluice_callq *queue, struct sluice_call *call);
void sluice_callq_add_first(struct sluice_callq *queue,
			    struct sluice_call *call);
void sluice_callq_add_behind(struct sluice_callq *queue,
			     struct sluice_call *call, struct sluice_call *old);
void sluice_callq_delay(struct sluice_callq *queue, struct sluice_call *call);
void sluice_callq_remove(struct sluice_callq *queue, struct sluice_call *call);

void sluice_callq_ready(struct sluice_callq *queue, struct sluice_call *call);
void sluice_callq_reorder(struct sluice_callq *queue,
			  struct sluice_call *call, u32 priority, u64 deadline);

struct sluice_call *sluice_callq_first(const struct sluice_callq *queue);
u32 sluice_callq_priority(const struct sluice_callq *queue);
struct sluice_call *sluice_callq_oldest(struct sluice_callq *queue);
struct sluice_call *sluice_callq_oldest_of_user(const struct sluice_callq *queue,
						const struct sluice_call *whose);
struct sluice_call *sluice_callq_with_key(const struct sluice_callq *queue,
					  const struct sluice_call *call);
struct sluice_call *sluice_callq_makes_way(const struct sluice_callq *queue,
					   const struct sluice_call *call,
					   const struct sluice_call *last);
u32 sluice_callq_position(const struct sluice_callq *queue,
			  const struct sluice_call *call, u32 most);

#endif /* SLUICE_CALLQ_H */
