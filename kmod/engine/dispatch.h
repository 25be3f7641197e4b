/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one engine: class -> gate -> environment. It asks the classes for the best
 * call and the gate about it, until nothing more may start.
 *
 * It is the way out of sluice.lock. Whatever may let a call start leaves a trace
 * where it is kept (a task in the order of its class, a resource that grew, a budget
 * that changed, an environment that became idle), and leaving the lock looks for that: so nobody
 * who changes something has to know what follows, or can forget it.
 */
#ifndef SLUICE_DISPATCH_H
#define SLUICE_DISPATCH_H

#include <linux/spinlock.h>

#include "machine/boost.h"
#include "types.h"

void sluice_dispatch(void);

/* A task may be asked about that was not, or others may get what it waits for. */
static inline bool sluice_something_may_start(void)
{
	return sluice.waiting && (sluice_ledger_grew(&sluice.ledger) ||
				  sluice.idled || sluice.ledger.given ||
				  (sluice_class_ordered && sluice_class_best()));
}

static inline void sluice_enter(void)
	__acquires(&sluice.lock)
{
	sluice_lock();
}

static inline void sluice_leave(void)
	__releases(&sluice.lock)
{
	if (sluice_something_may_start())
		sluice_dispatch();
	sluice_unlock();
}

/* With sluice.lock held: give it to others for a moment. */
void sluice_breathe(void);
/* With sluice.lock held: see what the machine really uses. Part of the tick. */
void sluice_dispatch_look(void);
void sluice_dispatch_watch(void);
void sluice_dispatch_try(struct sluice_task *task, struct sluice_env **env,
			 struct sluice_verdict *verdict);

#endif /* SLUICE_DISPATCH_H */
