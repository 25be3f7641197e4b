// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long environments wait for a CPU: at every switch to a thread of one, tell
 * the module since when it has waited. It keeps the clock and the sums; here is
 * only the map from a cgroup to the environment's counter.
 */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

/* As in agent/daemon/slots.h, which says what stands where. */
#define SLOTS_SIZE	4096
#define SLOTS_STEPS	8

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

extern void sluice_cpu_wait(__u32 slot, __u64 queued) __ksym;

SEC("tp_btf/sched_switch")
int BPF_PROG(env_usage, bool preempt, struct task_struct *prev,
	     struct task_struct *next)
{
	__u64 queued = next->sched_info.last_queued, id;
	struct slots_entry *entry;
	__u32 step, place;

	/* The idle thread, and one that nobody saw come in. */
	if (!queued)
		return 0;
	id = next->cgroups->dfl_cgrp->kn->id;
	for (step = 0; step < SLOTS_STEPS; step++) {
		place = (id + step) % SLOTS_SIZE;
		entry = bpf_map_lookup_elem(&env_slots, &place);
		if (!entry || !entry->cgroup)
			break;
		if (entry->cgroup == id) {
			sluice_cpu_wait(entry->slot, queued);
			break;
		}
	}
	return 0;
}
