/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sluice.lock, where its holder may be made to stand still: on PREEMPT_RT it can be
 * preempted, and before 6.18 all threads of a cgroup that has used up its cpu.max
 * stand still wherever they are, for a period and more. What runs in environments,
 * and whoever else has such a limit, would keep all others from the lock.
 *
 * Where the lock is taken, a thread of real-time priority is told to want it, too:
 * it lends the holder its priority, with which that goes on until it gives the lock
 * back. That costs nothing while nobody has to wait. Elsewhere it is a plain lock.
 */
#ifndef SLUICE_BOOST_H
#define SLUICE_BOOST_H

#include <linux/spinlock.h>

#include "types.h"

#ifdef SLUICE_HOLDER_MAY_STAND_STILL

int sluice_boost_init(void);
void sluice_boost_exit(void);

/* Without sluice.lock, which somebody else has. */
void sluice_boost_holder(void);

static inline void sluice_lock(void)
	__acquires(&sluice.lock)
{
	if (spin_trylock(&sluice.lock))
		return;
	sluice_boost_holder();
	spin_lock(&sluice.lock);
}

#else

static inline int sluice_boost_init(void)
{
	return 0;
}

static inline void sluice_boost_exit(void)
{
}

static inline void sluice_lock(void)
	__acquires(&sluice.lock)
{
	spin_lock(&sluice.lock);
}

#endif /* SLUICE_HOLDER_MAY_STAND_STILL */

#endif /* SLUICE_BOOST_H */
