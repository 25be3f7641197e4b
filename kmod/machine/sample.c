// SPDX-License-Identifier: GPL-2.0-only
#include "machine/sample.h"

#include <linux/cgroup.h>
#include <linux/cpumask.h>
#include <linux/kernel_stat.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/page_counter.h>
#include <linux/percpu.h>
#include <linux/sched/cputime.h>
#include <linux/sched/signal.h>
#include <linux/seqlock.h>
#include <linux/timekeeping.h>

/**
 * struct sample_cpu - CPU time of environments, as one CPU saw it
 * @seq: odd while the rest changes; written with preemption off
 * @slot: the environment that runs on this CPU, -1 for none
 * @since: when it began to (ktime_get_mono_fast_ns(), safe in any context)
 * @time: nanoseconds of each slot
 */
struct sample_cpu {
	seqcount_t seq;
	s32	slot;
	u64	since;
	u64	time[SLUICE_SLOTS];
};

static struct sample_cpu __percpu *sample_cpus;

/* Of the last sluice_sample_cpu(); under sluice.lock. */
static u64 last_sample;
static u64 last_busy;
static u64 outside_average;

static u64 busy_time(void)
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

int sluice_sample_init(void)
{
	int cpu;

	sample_cpus = alloc_percpu(struct sample_cpu);
	if (!sample_cpus)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct sample_cpu *sample = per_cpu_ptr(sample_cpus, cpu);

		seqcount_init(&sample->seq);
		sample->slot = -1;
	}
	last_sample = ktime_get_boottime_ns();
	last_busy = busy_time();
	return 0;
}

/* No eBPF program can call in any more: they hold a reference on the module. */
void sluice_sample_exit(void)
{
	free_percpu(sample_cpus);
}

/*
 * Called by eBPF programs from the scheduler: runqueue lock held, interrupts
 * off. Touches this CPU's counters and nothing else.
 */
void sluice_sample_switch(s32 prev, s32 next)
{
	struct sample_cpu *sample = this_cpu_ptr(sample_cpus);
	u64 now = ktime_get_mono_fast_ns();

	raw_write_seqcount_begin(&sample->seq);
	/* What ran is what we saw come in; without that there is no start. */
	if (sample->slot >= 0 && sample->slot == prev)
		sample->time[prev] += now - sample->since;
	sample->slot = next >= 0 && next < SLUICE_SLOTS ? next : -1;
	sample->since = now;
	raw_write_seqcount_end(&sample->seq);
}

static u64 slot_time(u32 slot)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct sample_cpu *sample = per_cpu_ptr(sample_cpus, cpu);
		unsigned int seq;
		u64 now, time;

		/* Readers may be preempted; writers may not, and are short. */
		do {
			seq = read_seqcount_begin(&sample->seq);
			time = READ_ONCE(sample->time[slot]);
			now = ktime_get_mono_fast_ns();
			if (READ_ONCE(sample->slot) == slot &&
			    now > READ_ONCE(sample->since))
				time += now - READ_ONCE(sample->since);
		} while (read_seqcount_retry(&sample->seq, seq));
		sum += time;
	}
	return sum;
}

/* A slot's counters only grow; a new environment starts from what is there. */
static u64 slot_base[SLUICE_SLOTS];

void sluice_sample_slot_reset(u32 slot)
{
	slot_base[slot] = slot_time(slot);
}

/* CPU time since the environment was made, by whoever counts it. */
u64 sluice_sample_env_cpu(const struct sluice_env *env)
{
	if (sluice.cpu_ebpf)
		return slot_time(env->slot) - slot_base[env->slot];
	return env->cpu_agent;
}

/*
 * CPU time of the calling worker by the kernel's own account: of this thread, of
 * threads of its process that ended and of children that it waited for. It needs
 * neither eBPF nor agent, but sees only what has ended.
 */
u64 sluice_sample_worker_cpu(void)
{
	const struct signal_struct *signal = current->signal;

	return current->se.sum_exec_runtime + signal->sum_sched_runtime +
	       signal->cutime + signal->cstime;
}

#ifdef SLUICE_HAVE_MEMCG

static struct page_counter *env_counter(const struct sluice_env *env)
{
	if (!env->memory)
		return NULL;
	return &mem_cgroup_from_css(env->memory)->memory;
}

/* NULL where the memory controller is not enabled on the very cgroup. */
struct cgroup_subsys_state *sluice_sample_memory_get(struct cgroup *cgroup)
{
	struct cgroup_subsys_state *css;

	rcu_read_lock();
	css = rcu_dereference(cgroup->subsys[memory_cgrp_id]);
	if (css && !css_tryget(css))
		css = NULL;
	rcu_read_unlock();
	return css;
}

void sluice_sample_memory_put(struct cgroup_subsys_state *memory)
{
	if (memory)
		css_put(memory);
}

u64 sluice_sample_env_memory(const struct sluice_env *env)
{
	struct page_counter *counter = env_counter(env);

	return counter ? (u64)page_counter_read(counter) << PAGE_SHIFT : 0;
}

/* The environment's cgroup is Sluice's own: nobody else watches its peak. */
void sluice_sample_env_peak_reset(struct sluice_env *env)
{
	struct page_counter *counter = env_counter(env);

	if (counter)
		page_counter_reset_watermark(counter);
}

u64 sluice_sample_env_peak(const struct sluice_env *env)
{
	struct page_counter *counter = env_counter(env);

	return counter ? (u64)READ_ONCE(counter->watermark) << PAGE_SHIFT : 0;
}

#else

struct cgroup_subsys_state *sluice_sample_memory_get(struct cgroup *cgroup)
{
	return NULL;
}

void sluice_sample_memory_put(struct cgroup_subsys_state *memory)
{
}

u64 sluice_sample_env_memory(const struct sluice_env *env)
{
	return 0;
}

void sluice_sample_env_peak_reset(struct sluice_env *env)
{
}

u64 sluice_sample_env_peak(const struct sluice_env *env)
{
	return 0;
}

#endif /* SLUICE_HAVE_MEMCG */

/*
 * Read the memory of every environment and of the box. Costs one read for each
 * environment. Returns a bit when more is available.
 *
 * Outside is what is neither available to anybody nor measured in an
 * environment. Page cache of an environment counts as its own and as available
 * to the box, so that outside is estimated low by that much; the reserve is
 * there for it.
 */
u32 sluice_sample_memory(void)
{
	struct sluice_account *account =
		&sluice.ledger.account[SLUICE_RES_MEMORY];
	u64 total = (u64)totalram_pages() << PAGE_SHIFT;
	u64 available = (u64)si_mem_available() << PAGE_SHIFT;
	struct sluice_env *env;
	bool grew = false;
	u64 used;

	lockdep_assert_held(&sluice.lock);
	list_for_each_entry(env, &sluice.env_list, node)
		grew |= sluice_ledger_measure(&sluice.ledger, &env->share,
					      SLUICE_RES_MEMORY,
					      sluice_sample_env_memory(env));
	used = total > available ? total - available : 0;
	used = used > account->measured ? used - account->measured : 0;
	grew |= sluice_ledger_box(&sluice.ledger, SLUICE_RES_MEMORY, total,
				  used);
	return grew ? 1U << SLUICE_RES_MEMORY : 0;
}

/*
 * Book the CPUs that environments and the rest of the box used since the last
 * time, in thousandths. Called by the tick. The rest of the box is averaged over
 * about half a second, or every short burst would close the gate.
 */
u32 sluice_sample_cpu(void)
{
	u64 now = ktime_get_boottime_ns(), busy = busy_time();
	u64 physical = num_online_cpus() * 1000ULL;
	u64 elapsed = now - last_sample, ours = 0, outside;
	struct sluice_env *env;
	bool grew = false;

	lockdep_assert_held(&sluice.lock);
	/* Tick accounting is too coarse for less. */
	if (elapsed < 50 * NSEC_PER_MSEC)
		return 0;
	list_for_each_entry(env, &sluice.env_list, node) {
		u64 time = sluice_sample_env_cpu(env);
		u64 used = time > env->cpu_rate_time ?
			   time - env->cpu_rate_time : 0;

		env->cpu_rate_time = time;
		ours += used;
		grew |= sluice_ledger_measure(&sluice.ledger, &env->share,
					      SLUICE_RES_CPU,
					      div64_u64(used * 1000, elapsed));
	}
	outside = busy > last_busy ? busy - last_busy : 0;
	outside = outside > ours ? div64_u64((outside - ours) * 1000, elapsed) : 0;
	outside = min(outside, physical);
	if (elapsed > NSEC_PER_SEC)
		outside_average = outside;
	else
		outside_average = (3 * outside_average + outside) / 4;
	last_sample = now;
	last_busy = busy;
	grew |= sluice_ledger_box(&sluice.ledger, SLUICE_RES_CPU, physical,
				  sluice.limits.cpu_outside ? outside_average : 0);
	return grew ? 1U << SLUICE_RES_CPU : 0;
}
