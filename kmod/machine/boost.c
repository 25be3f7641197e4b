// SPDX-License-Identifier: GPL-2.0-only
#include "machine/boost.h"

#ifdef SLUICE_HOLDER_MAY_STAND_STILL

#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

/* For how long a waiter takes it for granted that the lock will be given back. */
#define PATIENCE_NS	NSEC_PER_MSEC

DECLARE_SWAIT_QUEUE_HEAD(sluice_boost_waiters);

static struct task_struct *booster;
static atomic_t wanted = ATOMIC_INIT(0);

/* To wait for the lock is all that it does. */
static int booster_main(void *unused)
{
	sched_set_fifo_low(current);
	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		if (!atomic_xchg(&wanted, 0)) {
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		spin_lock(&sluice.lock);
		spin_unlock(&sluice.lock);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/* Whoever comes before there is one waits as long as it takes. */
static void boost_holder(void)
{
	struct task_struct *task = READ_ONCE(booster);

	if (task && !atomic_xchg(&wanted, 1))
		wake_up_process(task);
}

/*
 * He has no real-time priority of his own, with which he is not stopped, and should not
 * have to wait in turn; and he may sleep by himself here: he is not about to do that
 * anyway, and has no other lock, which would be a read side of RCU's as well.
 */
static bool may_wait_here(void)
{
	switch (current->policy) {
	case SCHED_FIFO:
	case SCHED_RR:
	case SCHED_DEADLINE:
		return false;
	}
	return !rcu_preempt_depth() && get_current_state() == TASK_RUNNING;
}

void sluice_boost_wait(void)
	__acquires(&sluice.lock)
{
	DECLARE_SWAITQUEUE(waiter);
	ktime_t patience;

	if (!may_wait_here()) {
		boost_holder();
		spin_lock(&sluice.lock);
		return;
	}
	for (;;) {
		prepare_to_swait_exclusive(&sluice_boost_waiters, &waiter,
					   TASK_UNINTERRUPTIBLE);
		if (spin_trylock(&sluice.lock))
			break;
		patience = ns_to_ktime(PATIENCE_NS);
		if (!schedule_hrtimeout(&patience, HRTIMER_MODE_REL))
			boost_holder();
	}
	finish_swait(&sluice_boost_waiters, &waiter);
}

int sluice_boost_init(void)
{
	struct task_struct *task = kthread_run(booster_main, NULL,
					       "sluice_boost");

	if (IS_ERR(task))
		return PTR_ERR(task);
	WRITE_ONCE(booster, task);
	return 0;
}

/* Nobody else has the lock any more, or wants it. */
void sluice_boost_exit(void)
{
	kthread_stop(booster);
	booster = NULL;
}

#endif /* SLUICE_HOLDER_MAY_STAND_STILL */
