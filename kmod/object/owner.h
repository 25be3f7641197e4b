/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Owners of calls: a call ends to its owner, and its result is handed over once.
 * What is charged for calls, limited and woken by them hangs on the owner; an
 * open file is one. Without an owner a call ends to the history alone. All are
 * called with sluice.lock held.
 *
 * A result is taken under the lock (sluice_owner_take()), copied without, and then
 * handed over for good, or given back when that failed. Whoever waits for a call
 * by its id has it to himself: it never gets onto the list of those that whoever
 * wants any may take. Who named it first is woken by its end, and when he has looked
 * wakes the next, so that the end costs the same however many wait.
 */
#ifndef SLUICE_OWNER_H
#define SLUICE_OWNER_H

#include "types.h"

/**
 * struct sluice_await - a thread that waits for the end of a call
 * @call: which; it has a reference on it
 * @node: in the ring of all who wait for it
 * @wait: where it sleeps, until sluice_call_final()
 */
struct sluice_await {
	struct sluice_call *call;
	struct list_head node;
	wait_queue_head_t wait;
};

void sluice_owner_init(struct sluice_owner *owner,
		       const struct sluice_owner_ops *ops,
		       struct sluice_user *user);
void sluice_owner_add(struct sluice_owner *owner, struct sluice_call *call);
void sluice_owner_ended(struct sluice_call *call);
bool sluice_owner_full(const struct sluice_owner *owner, u32 more);

struct sluice_call *sluice_owner_take_any(struct sluice_owner *owner);
int sluice_owner_take(struct sluice_owner *owner, struct sluice_call *call);
void sluice_await_init(struct sluice_await *await);
void sluice_owner_await(struct sluice_await *await, struct sluice_call *call);
void sluice_owner_unawait(struct sluice_await *await);
void sluice_owner_handed_over(struct sluice_call *call);
void sluice_owner_give_back(struct sluice_call *call);

struct sluice_call *sluice_owner_let_go(struct sluice_owner *owner);

#endif /* SLUICE_OWNER_H */
