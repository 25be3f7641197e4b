// SPDX-License-Identifier: GPL-2.0-only
/*
 * The door for eBPF programs. They may be called with a runqueue lock held and
 * interrupts off: they touch per-CPU counters and nothing else.
 */
#include "door/kfunc.h"

#include <linux/init.h>
#include <linux/module.h>

#include "machine/cpu.h"
#include "machine/realtime.h"

#ifdef SLUICE_HAVE_KFUNC

__bpf_kfunc_start_defs();

/**
 * sluice_cpu_wait() - a thread of an environment gets a CPU
 * @slot: the environment's counter (SLUICE_A_ENV_SLOT)
 * @queued: since when it has waited: sched_info.last_queued of the thread
 *
 * Called from the tracepoint sched_switch, at which @queued is still there.
 */
__bpf_kfunc void sluice_cpu_wait(u32 slot, u64 queued)
{
	sluice_cpu_waited(slot, queued);
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
BTF_ID_FLAGS(func, sluice_cpu_wait)
BTF_ID_FLAGS(func, sluice_cpu_realtime)
BTF_KFUNCS_END(kfunc_ids)

static const struct btf_kfunc_id_set kfunc_set = {
	.owner = THIS_MODULE,
	.set = &kfunc_ids,
};

/*
 * Without BTF for the module this does nothing, or fails (before 6.5), and nobody
 * knows how long threads wait, nor which are real-time: see sluice_cpu_countable(). All else works.
 */
void __init sluice_kfunc_init(void)
{
	int ret;

	ret = register_btf_kfunc_id_set(BPF_PROG_TYPE_TRACING, &kfunc_set);
	if (ret)
		pr_warn("sluice: eBPF programs cannot tell how long threads wait for a CPU (%d)\n",
			ret);
}

#else

void __init sluice_kfunc_init(void)
{
}

#endif /* SLUICE_HAVE_KFUNC */
