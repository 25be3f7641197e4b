// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU time of environments: at every switch from or to a process of one, tell the
 * module. It keeps the clock and the sums; here is only the map from a cgroup to
 * the environment's counter.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
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

extern void sluice_cpu_switch(__s32 prev, __s32 next) __ksym;

static __s32 slot_of(struct task_struct *thread)
{
	__u64 id = BPF_CORE_READ(thread, cgroups, dfl_cgrp, kn, id);
	__u32 *slot = bpf_map_lookup_elem(&env_slots, &id);

	return slot ? (__s32)*slot : -1;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(env_usage, bool preempt, struct task_struct *prev,
	     struct task_struct *next)
{
	__s32 from = slot_of(prev), to = slot_of(next);

	if (from >= 0 || to >= 0)
		sluice_cpu_switch(from, to);
	return 0;
}
