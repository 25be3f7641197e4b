/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sluice.lock, where threads may be made to stand still: on PREEMPT_RT its holder can
 * be preempted, and before 6.18 all threads of a cgroup that has used up its cpu.max
 * stand still wherever they are, for a period and more. What runs in environments,
 * and whoever else has such a limit, would keep all others from the lock: as its
 * holder, or as the one who is to have it next.
 *
 * So whoever has to wait for the lock has a real-time priority, which that limit does
 * not stop, until he gives it back; and by waiting he lends it to the holder. That
 * costs nothing while nobody has to wait. Elsewhere it is a plain lock.
 */
#ifndef SLUICE_BOOST_H
#define SLUICE_BOOST_H

#include <linux/spinlock.h>

#include "types.h"

#ifdef SLUICE_HOLDER_MAY_STAND_STILL

/**
 * struct sluice_boost - what the holder of the lock was before he waited for it
 * @waited: he did, and is to be that again
 * @policy: how he was scheduled
 * @timer_slack: goes with the policy
 */
struct sluice_boost {
	bool	waited;
	unsigned int policy;
	u64	timer_slack;
};

/* Under sluice.lock. */
extern struct sluice_boost sluice_boost;

void sluice_boost_wait(void)
	__acquires(&sluice.lock);
void sluice_boost_end(const struct sluice_boost *was);

/*
 * Without sluice.lock, at times: those that could not be made what they had been are
 * tried again. And: nobody comes any more.
 */
void sluice_boost_settle(void);
void sluice_boost_exit(void);
/* When the calling thread was made what it had been, on this CPU and last; else 0. */
u64 sluice_boost_ended(void);

static inline void sluice_lock(void)
	__acquires(&sluice.lock)
{
	if (spin_trylock(&sluice.lock))
		return;
	sluice_boost_wait();
}

static inline void sluice_unlock(void)
	__releases(&sluice.lock)
{
	struct sluice_boost was = sluice_boost;

	sluice_boost.waited = false;
	spin_unlock(&sluice.lock);
	if (was.waited)
		sluice_boost_end(&was);
}

#else

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

static inline void sluice_boost_settle(void)
{
}

static inline void sluice_boost_exit(void)
{
}

static inline u64 sluice_boost_ended(void)
{
	return 0;
}

#endif /* SLUICE_HOLDER_MAY_STAND_STILL */

#endif /* SLUICE_BOOST_H */
