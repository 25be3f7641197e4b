// SPDX-License-Identifier: GPL-2.0-only
/*
 * The door for eBPF programs. They may be called with a runqueue lock held and
 * interrupts off: they touch per-CPU counters and nothing else.
 */
#include "door/kfunc.h"

#include <linux/init.h>
#include <linux/module.h>

#include "machine/counts.h"
#include "machine/realtime.h"

#ifdef SLUICE_HAVE_KFUNC

__bpf_kfunc_start_defs();

/**
 * sluice_env_switch() - a CPU goes from one thread to another
 * @switched: these
 *
 * Called from the tracepoint sched_switch, when one of them is an environment's. Not by
 * their task_struct: the module's BTF may have another one than the kernel's.
 */
__bpf_kfunc void sluice_env_switch(struct sluice_switch *switched)
{
	sluice_counts_switched(switched);
}

/**
 * sluice_env_count() - something was done in an environment
 * @slot: of which
 * @what: enum sluice_count
 * @more: so much
 */
__bpf_kfunc void sluice_env_count(u32 slot, u32 what, u64 more)
{
	sluice_counts_add(slot, what, more);
}

/**
 * sluice_cpu_realtime() - a real-time thread gets this CPU, or leaves it
 * @from: the one that leaves it
 * @to: the one that gets it, when it is one and not an environment's; else 0
 *
 * Called from the tracepoint sched_switch.
 */
__bpf_kfunc void sluice_cpu_realtime(s32 from, s32 to)
{
	sluice_realtime_switched(from, to);
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(kfunc_ids)
BTF_ID_FLAGS(func, sluice_env_switch)
BTF_ID_FLAGS(func, sluice_env_count)
BTF_ID_FLAGS(func, sluice_cpu_realtime)
BTF_KFUNCS_END(kfunc_ids)

static const struct btf_kfunc_id_set kfunc_set = {
	.owner = THIS_MODULE,
	.set = &kfunc_ids,
};

/*
 * Without BTF for the module this does nothing, or fails (before 6.5), and it is the agent
 * that tells: see sluice_counts_can(). All else works.
 */
void __init sluice_kfunc_init(void)
{
	static const enum bpf_prog_type types[] = {
		BPF_PROG_TYPE_TRACING, BPF_PROG_TYPE_CGROUP_SKB,
	};
	int ret = 0, i;

	for (i = 0; i < ARRAY_SIZE(types) && !ret; i++)
		ret = register_btf_kfunc_id_set(types[i], &kfunc_set);
	if (ret)
		pr_warn("sluice: eBPF programs cannot tell what environments do (%d)\n",
			ret);
}

#else

void __init sluice_kfunc_init(void)
{
}

#endif /* SLUICE_HAVE_KFUNC */
