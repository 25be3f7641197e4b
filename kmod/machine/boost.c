// SPDX-License-Identifier: GPL-2.0-only
#include "machine/boost.h"

#ifdef SLUICE_HOLDER_MAY_STAND_STILL

#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <uapi/linux/sched/types.h>

/* The lowest of real time: above all that a cpu.max can stop. */
#define WAITERS_PRIORITY	1
/* Rare: so many at a time. */
#define DEBTS			16

struct sluice_boost sluice_boost;

/* Which thread last became what it had been, and when. Written by its CPU alone. */
struct ended {
	const struct task_struct *task;
	u64	when;
};

static DEFINE_PER_CPU(struct ended, last_ended);

/*
 * The kernel refuses to change who has been lent a deadline, for another lock that he
 * holds: he owes it. Each with a reference.
 */
static struct {
	struct task_struct *task;
	struct sluice_boost was;
} debts[DEBTS];

static DEFINE_SPINLOCK(debts_lock);
static atomic_t debts_count = ATOMIC_INIT(0);

/* What has a priority of its own keeps it. */
static bool may_be_stopped(void)
{
	return current->policy != SCHED_FIFO && current->policy != SCHED_RR &&
	       current->policy != SCHED_DEADLINE;
}

static u64 reset_on_fork(const struct task_struct *task)
{
	return task->sched_reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0;
}

static bool raise_it(void)
{
	const struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = SCHED_FIFO,
		.sched_priority = WAITERS_PRIORITY,
		.sched_flags = reset_on_fork(current),
	};

	return !sched_setattr_nocheck(current, &attr);
}

/* The lock was taken: wait for it. */
void sluice_boost_wait(void)
	__acquires(&sluice.lock)
{
	struct sluice_boost was = {
		.policy = current->policy,
		.timer_slack = current->timer_slack_ns,
	};

	was.waited = may_be_stopped() && raise_it();
	spin_lock(&sluice.lock);
	sluice_boost = was;
}

/* False: not now. */
static bool give_back(struct task_struct *task, const struct sluice_boost *was)
{
	struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = was->policy,
		.sched_nice = task_nice(task),
		.sched_runtime = sluice_custom_slice(task),
		.sched_flags = reset_on_fork(task),
	};

	/* Somebody has given it another policy meanwhile. */
	if (task->policy != SCHED_FIFO || task->rt_priority != WAITERS_PRIORITY)
		return true;
	if (sched_setattr_nocheck(task, &attr)) {
		/* A scheduler of eBPF's may not want it any more. */
		attr.sched_policy = SCHED_NORMAL;
		if (sched_setattr_nocheck(task, &attr))
			return false;
	}
	task->timer_slack_ns = was->timer_slack;
	return true;
}

/* Takes the reference. */
static void owe(struct task_struct *task, const struct sluice_boost *was)
{
	int i;

	spin_lock(&debts_lock);
	for (i = 0; i < DEBTS && debts[i].task; i++)
		;
	if (i < DEBTS) {
		debts[i].task = task;
		debts[i].was = *was;
		atomic_inc(&debts_count);
	}
	spin_unlock(&debts_lock);
	if (WARN_ON_ONCE(i == DEBTS))
		put_task_struct(task);
}

/* The lock was given back, without it: what it had been. */
void sluice_boost_end(const struct sluice_boost *was)
{
	struct ended *ended;

	if (!give_back(current, was)) {
		owe(get_task_struct(current), was);
		return;
	}
	ended = get_cpu_ptr(&last_ended);
	ended->task = current;
	ended->when = local_clock();
	put_cpu_ptr(&last_ended);
}

u64 sluice_boost_ended(void)
{
	const struct ended *ended = get_cpu_ptr(&last_ended);
	u64 when = ended->task == current ? ended->when : 0;

	put_cpu_ptr(&last_ended);
	return when;
}

/* One of them, with its reference; NULL when that place is empty. */
static struct task_struct *take_debt(int i, struct sluice_boost *was)
{
	struct task_struct *task;

	spin_lock(&debts_lock);
	task = debts[i].task;
	*was = debts[i].was;
	debts[i].task = NULL;
	if (task)
		atomic_dec(&debts_count);
	spin_unlock(&debts_lock);
	return task;
}

static void settle(bool last)
{
	struct task_struct *task;
	struct sluice_boost was;
	int i;

	for (i = 0; i < DEBTS; i++) {
		task = take_debt(i, &was);
		if (!task)
			continue;
		if (give_back(task, &was) || last)
			put_task_struct(task);
		else
			owe(task, &was);
	}
}

void sluice_boost_settle(void)
{
	if (atomic_read(&debts_count))
		settle(false);
}

void sluice_boost_exit(void)
{
	settle(true);
}

#endif /* SLUICE_HOLDER_MAY_STAND_STILL */
