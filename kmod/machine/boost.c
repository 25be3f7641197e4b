// SPDX-License-Identifier: GPL-2.0-only
#include "machine/boost.h"

#ifdef SLUICE_HOLDER_MAY_STAND_STILL

#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/wait.h>

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
void sluice_boost_holder(void)
{
	struct task_struct *task = READ_ONCE(booster);

	if (task && !atomic_xchg(&wanted, 1))
		wake_up_process(task);
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
