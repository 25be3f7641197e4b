/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sluice.lock, where its holder may be made to stand still: on PREEMPT_RT it can be
 * preempted, and before 6.18 all threads of a cgroup that has used up its cpu.max
 * stand still wherever they are, for a period and more. What runs in environments,
 * and whoever else has such a limit, would keep all others from the lock.
 *
 * So whoever finds it taken does not wait in the lock itself, where only the first
 * is woken when it is given back: if that one stands still, so do all behind him. He
 * waits beside it, is woken in turn, and looks himself after a millisecond. Then, too,
 * he tells a thread of real-time priority to want the lock: it lends the holder its
 * priority, with which that goes on until he gives it back. Whoever runs may be quicker
 * than the one who was woken, as with the kernel's own such locks; the next one wakes
 * him again. All that costs nothing while nobody has to wait. Elsewhere it is a plain
 * lock.
 */
#ifndef SLUICE_BOOST_H
#define SLUICE_BOOST_H

#include <linux/spinlock.h>

#include "types.h"

#ifdef SLUICE_HOLDER_MAY_STAND_STILL

#include <linux/swait.h>

int sluice_boost_init(void);
void sluice_boost_exit(void);

/* Those for whom the lock was taken. */
extern struct swait_queue_head sluice_boost_waiters;

void sluice_boost_wait(void)
	__acquires(&sluice.lock);

static inline void sluice_lock(void)
	__acquires(&sluice.lock)
{
	if (!spin_trylock(&sluice.lock))
		sluice_boost_wait();
}

static inline void sluice_unlock(void)
	__releases(&sluice.lock)
{
	spin_unlock(&sluice.lock);
	if (swq_has_sleeper(&sluice_boost_waiters))
		swake_up_one(&sluice_boost_waiters);
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

static inline void sluice_unlock(void)
	__releases(&sluice.lock)
{
	spin_unlock(&sluice.lock);
}

#endif /* SLUICE_HOLDER_MAY_STAND_STILL */

#endif /* SLUICE_BOOST_H */
