// SPDX-License-Identifier: GPL-2.0-only
#include "machine/realtime.h"

#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/prio.h>
#include <linux/sched/task.h>
#include <linux/seqlock.h>

/**
 * struct realtime - one CPU
 * @seq: changes with the others; only this CPU writes, with interrupts off
 * @time: of those that have left the CPU
 * @since: when the one came that has it; 0: none that counts
 * @pid: which that is
 */
struct realtime {
	seqcount_t seq;
	u64	time;
	u64	since;
	pid_t	pid;
};

static struct realtime __percpu *realtime;

int sluice_realtime_init(void)
{
	int cpu;

	realtime = alloc_percpu(struct realtime);
	if (!realtime)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		seqcount_init(&per_cpu_ptr(realtime, cpu)->seq);
	return 0;
}

/* No eBPF program can call in any more: they hold a reference on the module. */
void sluice_realtime_exit(void)
{
	free_percpu(realtime);
}

/*
 * Called by eBPF programs from the scheduler, with the lock of its run queue held and
 * interrupts off: this CPU goes from @from to a thread that counts, which is @to; 0: to
 * another one. If it is not @from that was noted, somebody has left in between who did
 * not count any more, and nobody knows for how long. In any other context it would count
 * nonsense for this CPU, and nothing worse.
 */
void sluice_realtime_switched(pid_t from, pid_t to)
{
	struct realtime *this;
	unsigned long flags;
	u64 now;

	local_irq_save(flags);
	this = this_cpu_ptr(realtime);
	now = local_clock();
	raw_write_seqcount_begin(&this->seq);
	if (this->since && this->pid == from && now > this->since)
		this->time += now - this->since;
	this->since = to ? now : 0;
	this->pid = to;
	raw_write_seqcount_end(&this->seq);
	local_irq_restore(flags);
}

/*
 * Nobody tells when a thread stops to be one that counts while it runs: its priority was
 * changed, or that of who it waited for was lent to it. Then it is not what runs there
 * now that counts.
 */
static bool still_runs(pid_t pid, int cpu)
{
	struct task_struct *thread;
	bool runs;

	rcu_read_lock();
	thread = pid_task(find_pid_ns(pid, &init_pid_ns), PIDTYPE_PID);
	runs = thread && task_is_running(thread) && task_cpu(thread) == cpu &&
	       READ_ONCE(thread->prio) < MAX_RT_PRIO;
	rcu_read_unlock();
	return runs;
}

/* In nanoseconds since the module was loaded; almost never less than before. */
u64 sluice_realtime(void)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct realtime *one = per_cpu_ptr(realtime, cpu);
		u64 time, since, now;
		unsigned int seq;
		pid_t pid;

		do {
			seq = read_seqcount_begin(&one->seq);
			time = one->time;
			since = one->since;
			pid = one->pid;
		} while (read_seqcount_retry(&one->seq, seq));
		sum += time;
		if (!since || !still_runs(pid, cpu))
			continue;
		now = local_clock();
		sum += now > since ? now - since : 0;
	}
	return sum;
}
