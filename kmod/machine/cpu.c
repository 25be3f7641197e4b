// SPDX-License-Identifier: GPL-2.0-only
#include "machine/cpu.h"

#include <linux/cgroup.h>
#include <linux/cpumask.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/kernel_stat.h>
#include <linux/percpu.h>
#include <linux/sched/clock.h>
#include <linux/sched/cputime.h>
#include <linux/sched/prio.h>
#include <linux/sched/signal.h>
#include <linux/u64_stats_sync.h>

#include "types.h"

u64 sluice_cpu_physical(void)
{
	return num_online_cpus() * 1000ULL;
}

/*
 * All CPUs together, whoever used them. Of those that are not there now, too, or
 * their past would come and go with them.
 */
void sluice_cpu_read(struct sluice_cpu_times *times)
{
	struct kernel_cpustat stat;
	int cpu;

	*times = (struct sluice_cpu_times){ 0 };
	for_each_possible_cpu(cpu) {
		kcpustat_cpu_fetch(&stat, cpu);
		times->busy += stat.cpustat[CPUTIME_USER] +
			       stat.cpustat[CPUTIME_NICE] +
			       stat.cpustat[CPUTIME_SYSTEM];
		times->interrupts += stat.cpustat[CPUTIME_SOFTIRQ] +
				     stat.cpustat[CPUTIME_IRQ];
		times->stolen += stat.cpustat[CPUTIME_STEAL];
	}
	times->busy += times->interrupts + times->stolen;
}

/*
 * CPU time of all threads that ever ran in a cgroup, but not of cgroups below it:
 * the kernel's own account, which each CPU writes at its switches and ticks. It
 * needs nobody to bring it, and nobody can miss a part of it. What runs at this
 * very moment is in it up to the last tick.
 */
u64 sluice_cpu_of_cgroup(struct cgroup *cgroup)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct cgroup_rstat_base_cpu *stat =
			per_cpu_ptr(cgroup->rstat_base_cpu, cpu);
		unsigned int seq;
		u64 time;

		do {
			seq = u64_stats_fetch_begin(&stat->bsync);
			time = READ_ONCE(stat->bstat.cputime.sum_exec_runtime);
		} while (u64_stats_fetch_retry(&stat->bsync, seq));
		sum += time;
	}
	return sum;
}

/*
 * What the calling thread has used since the kernel last booked it, which it does
 * at ticks and when the thread leaves the CPU: how long it has been on its CPU,
 * less what of that is booked. Never more than from tick to tick. 0 where the
 * kernel does not keep the moment of its arrival, and in the real-time classes,
 * which do not keep what was booked at that moment.
 */
static u64 not_booked_yet(void)
{
#ifdef CONFIG_SCHED_INFO
	const struct sched_entity *entity = &current->se;
	u64 arrived, now, booked;

	arrived = current->sched_info.last_arrival;
	now = local_clock();
	booked = entity->sum_exec_runtime - entity->prev_sum_exec_runtime;
	if (!arrived || now < arrived + booked ||
	    current->prio < MAX_RT_PRIO)
		return 0;
	return min_t(u64, now - arrived - booked, TICK_NSEC);
#else
	return 0;
#endif
}

/* Of the calling thread alone. Its tick must not write while it is read by halves. */
static u64 of_thread(void)
{
	unsigned long flags;
	u64 time;

	local_irq_save(flags);
	time = current->se.sum_exec_runtime + not_booked_yet();
	local_irq_restore(flags);
	return time;
}

/* Of what has ended: written by whoever ends, or waits for a child. */
static u64 of_ended(void)
{
	struct signal_struct *signal = current->signal;
	unsigned int seq;
	u64 time;

	do {
		seq = read_seqbegin(&signal->stats_lock);
		time = signal->sum_sched_runtime + signal->cutime +
		       signal->cstime;
	} while (read_seqretry(&signal->stats_lock, seq));
	return time;
}

/*
 * CPU time of the calling worker: of this thread, of threads of its process that
 * ended and of children that it waited for. Needs no cgroup, but sees only what
 * has ended.
 */
u64 sluice_cpu_of_worker(void)
{
	return of_thread() + of_ended();
}
