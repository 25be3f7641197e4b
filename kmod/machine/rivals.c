// SPDX-License-Identifier: GPL-2.0-only
#include "machine/rivals.h"

#include <linux/cgroup.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/prio.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

/* Of a thread of nice 0, in units of cpu.weight; one nice less is a quarter more. */
#define WEIGHT		100

/*
 * It is about to run, in the root cgroup, and gives way. Threads of the kernel come and
 * go, and do not run for long.
 */
static bool is_rival(struct task_struct *thread)
{
	if (!task_is_running(thread) || thread->flags & PF_KTHREAD ||
	    READ_ONCE(thread->prio) < MAX_RT_PRIO)
		return false;
	return !cgroup_parent(task_dfl_cgroup(thread));
}

/*
 * With CONFIG_SCHED_AUTOGROUP a session has together what one thread of nice 0 has,
 * however nice its threads are: no thread counts for less.
 */
static u64 weight_of(const struct task_struct *thread)
{
	u64 weight = WEIGHT;
	int nice;

	for (nice = task_nice(thread); nice < 0; nice++)
		weight += weight / 4;
	return weight;
}

/* Of all together, now. Walks all threads of the box: for once a second, without a lock. */
u64 sluice_rivals(void)
{
	struct task_struct *process, *thread;
	u64 sum = 0;

	rcu_read_lock();
	for_each_process(process)
		/* As for_each_thread(), which under lockdep asks for a lock that no module has. */
		list_for_each_entry_rcu(thread, &process->signal->thread_head,
					thread_node)
			if (is_rival(thread))
				sum += weight_of(thread);
	rcu_read_unlock();
	return sum;
}
