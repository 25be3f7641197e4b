// SPDX-License-Identifier: GPL-2.0-only
#include "machine/cpu.h"

#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/kernel_stat.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched/cputime.h>
#include <linux/sched/signal.h>
#include <linux/seqlock.h>
#include <linux/timekeeping.h>

#include "types.h"

/**
 * struct slot_cpu - CPU time of environments, as one CPU saw it
 * @seq: odd while the rest changes; written with preemption off
 * @slot: the environment that runs on this CPU, -1 for none
 * @since: when it began to (ktime_get_mono_fast_ns(), safe in any context)
 * @time: nanoseconds of each slot
 */
struct slot_cpu {
	seqcount_t seq;
	s32	slot;
	u64	since;
	u64	time[SLUICE_SLOTS];
};

static struct slot_cpu __percpu *slot_cpus;

bool sluice_cpu_countable(void)
{
#ifdef SLUICE_HAVE_KFUNC
	return THIS_MODULE->btf_data_size;
#else
	return false;
#endif
}

u64 sluice_cpu_physical(void)
{
	return num_online_cpus() * 1000ULL;
}

/* All CPUs together, whoever used them. */
u64 sluice_cpu_busy(void)
{
	static const enum cpu_usage_stat busy[] = {
		CPUTIME_USER, CPUTIME_NICE, CPUTIME_SYSTEM, CPUTIME_SOFTIRQ,
		CPUTIME_IRQ, CPUTIME_STEAL,
	};
	struct kernel_cpustat stat;
	u64 sum = 0;
	int cpu, i;

	for_each_online_cpu(cpu) {
		kcpustat_cpu_fetch(&stat, cpu);
		for (i = 0; i < ARRAY_SIZE(busy); i++)
			sum += stat.cpustat[busy[i]];
	}
	return sum;
}

int sluice_cpu_init(void)
{
	int cpu;

	slot_cpus = alloc_percpu(struct slot_cpu);
	if (!slot_cpus)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct slot_cpu *counted = per_cpu_ptr(slot_cpus, cpu);

		seqcount_init(&counted->seq);
		counted->slot = -1;
	}
	return 0;
}

/* No eBPF program can call in any more: they hold a reference on the module. */
void sluice_cpu_exit(void)
{
	free_percpu(slot_cpus);
}

/*
 * Called by eBPF programs from the scheduler: runqueue lock held, interrupts
 * off. Touches this CPU's counters and nothing else.
 */
void sluice_cpu_switched(s32 prev, s32 next)
{
	struct slot_cpu *counted = this_cpu_ptr(slot_cpus);
	u64 now = ktime_get_mono_fast_ns();

	raw_write_seqcount_begin(&counted->seq);
	/* What ran is what we saw come in; without that there is no start. */
	if (counted->slot >= 0 && counted->slot == prev)
		counted->time[prev] += now - counted->since;
	counted->slot = next >= 0 && next < SLUICE_SLOTS ? next : -1;
	counted->since = now;
	raw_write_seqcount_end(&counted->seq);
}

/*
 * CPU time of all environments that have had the slot: its counters only grow,
 * and a new environment starts from what is there.
 */
u64 sluice_cpu_of_slot(u32 slot)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct slot_cpu *counted = per_cpu_ptr(slot_cpus, cpu);
		unsigned int seq;
		u64 now, time;

		/* Readers may be preempted; writers may not, and are short. */
		do {
			seq = read_seqcount_begin(&counted->seq);
			time = READ_ONCE(counted->time[slot]);
			now = ktime_get_mono_fast_ns();
			if (READ_ONCE(counted->slot) == slot &&
			    now > READ_ONCE(counted->since))
				time += now - READ_ONCE(counted->since);
		} while (read_seqcount_retry(&counted->seq, seq));
		sum += time;
	}
	return sum;
}

/*
 * CPU time of the calling worker by the kernel's own account: of this thread, of
 * threads of its process that ended and of children that it waited for. It needs
 * neither eBPF nor agent, but sees only what has ended.
 */
u64 sluice_cpu_of_worker(void)
{
	const struct signal_struct *signal = current->signal;

	return current->se.sum_exec_runtime + signal->sum_sched_runtime +
	       signal->cutime + signal->cstime;
}
