// SPDX-License-Identifier: GPL-2.0-only
#include "machine/boost.h"

#ifdef SLUICE_HOLDER_MAY_STAND_STILL

#include <linux/sched.h>
#include <uapi/linux/sched/types.h>

/* The lowest of real time: above all that a cpu.max can stop. */
#define WAITERS_PRIORITY	1

struct sluice_boost sluice_boost;

/* What has a priority of its own keeps it. */
static bool may_be_stopped(void)
{
	return current->policy != SCHED_FIFO && current->policy != SCHED_RR &&
	       current->policy != SCHED_DEADLINE;
}

static u64 reset_on_fork(void)
{
	return current->sched_reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0;
}

/* The lock was taken: wait for it. */
void sluice_boost_wait(void)
	__acquires(&sluice.lock)
{
	const struct sluice_boost was = {
		.waited = may_be_stopped(),
		.policy = current->policy,
		.timer_slack = current->timer_slack_ns,
	};
	const struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = SCHED_FIFO,
		.sched_priority = WAITERS_PRIORITY,
		.sched_flags = reset_on_fork(),
	};

	if (was.waited)
		WARN_ON_ONCE(sched_setattr_nocheck(current, &attr));
	spin_lock(&sluice.lock);
	sluice_boost = was;
}

/* The lock was given back, without it: what it had been. */
void sluice_boost_end(const struct sluice_boost *was)
{
	const struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = was->policy,
		.sched_nice = task_nice(current),
		.sched_runtime = sluice_custom_slice(),
		.sched_flags = reset_on_fork(),
	};

	/* Somebody has given it another policy meanwhile. */
	if (current->policy != SCHED_FIFO ||
	    current->rt_priority != WAITERS_PRIORITY)
		return;
	WARN_ON_ONCE(sched_setattr_nocheck(current, &attr));
	current->timer_slack_ns = was->timer_slack;
}

#endif /* SLUICE_HOLDER_MAY_STAND_STILL */
