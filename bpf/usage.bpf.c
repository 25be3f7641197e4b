// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long environments wait for a CPU, and what real-time threads that are not theirs
 * take. At every switch, as only there both are known. Who counts is the module, which
 * keeps the clock and the sums; where the kernel gives modules no BTF, and so nobody can
 * call it, we count in a map that the agent reads.
 */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

/* As in agent/daemon/slots.h, which says what stands where. */
#define SLOTS_SIZE	4096
#define SLOTS_STEPS	8
/* No environment's. */
#define NO_SLOT		(~0U)
/* Lower ones are of real-time and deadline threads. */
#define MAX_RT_PRIO	100

struct slots_entry {
	__u64 cgroup;
	__u32 slot;
	__u32 unused;
};

/* An array, as a look at one is a few instructions: others' switches pay for this, too. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SLOTS_SIZE);
	__type(key, __u32);
	__type(value, struct slots_entry);
} env_slots SEC(".maps");

/* As in agent/daemon/sums.h, which says what they mean. */
#define SUMS_SLOTS	1024
#define SUMS_CPUS	1024

struct sums_cpu {
	__u64 realtime;
	__u64 since;
	__s32 pid;
	__u32 unused;
};

struct sums {
	__u64 waited[SUMS_SLOTS];
	struct sums_cpu cpu[SUMS_CPUS];
};

/* One element, which the agent has in its own memory. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sums);
} sums SEC(".maps");

/* Set before it is loaded: can the module be called? */
const volatile bool has_module = true;

extern void sluice_cpu_wait(__u32 slot, __u64 queued) __ksym __weak;
extern void sluice_cpu_realtime(__s32 from, __s32 to) __ksym __weak;
extern const struct rq runqueues __ksym;

static __u32 slot_of(struct task_struct *thread)
{
	__u64 id = thread->cgroups->dfl_cgrp->kn->id;
	struct slots_entry *entry;
	__u32 step, place;

	for (step = 0; step < SLOTS_STEPS; step++) {
		place = (id + step) % SLOTS_SIZE;
		entry = bpf_map_lookup_elem(&env_slots, &place);
		if (!entry || !entry->cgroup)
			break;
		if (entry->cgroup == id)
			return entry->slot;
	}
	return NO_SLOT;
}

static void count_wait(__u32 slot, __u64 queued)
{
	__u32 zero = 0;
	struct sums *all;
	__u64 now;

	if (has_module) {
		sluice_cpu_wait(slot, queued);
		return;
	}
	all = bpf_map_lookup_elem(&sums, &zero);
	/* The clock that @queued is of, brought up to date for this switch. */
	now = ((const struct rq *)bpf_this_cpu_ptr(&runqueues))->clock;
	/* A mask, as older kernels do not see that what was compared is what is used. */
	if (all && now > queued)
		__sync_fetch_and_add(&all->waited[slot & (SUMS_SLOTS - 1)],
				     now - queued);
}

/*
 * @to: who counts from now on; 0 for nobody. If it is not @from that was noted, somebody has
 * left in between who did not count any more. Nobody else writes what is this CPU's.
 */
static void count_realtime(__s32 from, __s32 to)
{
	__u32 zero = 0, cpu = bpf_get_smp_processor_id();
	struct sums_cpu *this;
	struct sums *all;
	__u64 now;

	if (has_module) {
		sluice_cpu_realtime(from, to);
		return;
	}
	all = bpf_map_lookup_elem(&sums, &zero);
	if (!all)
		return;
	this = &all->cpu[cpu & (SUMS_CPUS - 1)];
	now = bpf_ktime_get_ns();
	if (this->since && this->pid == from)
		this->realtime += now - this->since;
	this->pid = to;
	this->since = to ? now : 0;
}

/* It is real-time, and not an environment's. */
static bool counts(struct task_struct *thread)
{
	return thread->prio < MAX_RT_PRIO && slot_of(thread) == NO_SLOT;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(env_usage, bool preempt, struct task_struct *prev,
	     struct task_struct *next)
{
	__u64 queued = next->sched_info.last_queued;
	__u32 slot;

	if (prev->prio < MAX_RT_PRIO || next->prio < MAX_RT_PRIO)
		count_realtime(prev->pid, counts(next) ? next->pid : 0);
	/* The idle thread, and one that nobody saw come in. */
	if (!queued)
		return 0;
	slot = slot_of(next);
	if (slot != NO_SLOT)
		count_wait(slot, queued);
	return 0;
}
