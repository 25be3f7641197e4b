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

/* As many as the module has counters (SLUICE_SLOTS). */
#define ENVS_MAX 1024

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ENVS_MAX);
	__type(key, __u64);
	__type(value, __u32);
} env_slots SEC(".maps");

extern void sluice_cpu_wait(__u32 slot, __u64 queued) __ksym;

SEC("tp_btf/sched_switch")
int BPF_PROG(env_usage, bool preempt, struct task_struct *prev,
	     struct task_struct *next)
{
	struct cgroup *cgroup = next->cgroups->dfl_cgrp;
	__u64 id;
	__u32 *slot;

	/* The idle thread, and one that nobody saw come in. */
	if (!next->sched_info.last_queued)
		return 0;
	id = cgroup->kn->id;
	slot = bpf_map_lookup_elem(&env_slots, &id);
	if (slot)
		sluice_cpu_wait(*slot, next->sched_info.last_queued);
	return 0;
}
