/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before every file of the module. The only place that names kernel
 * versions or asks whether a feature is there; the rest of the module sees one
 * kernel. Each shim says which release it stands in for.
 */
#ifndef SLUICE_COMPAT_H
#define SLUICE_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "Sluice needs Linux 6.1 or later"
#endif

/* Memory of a cgroup is read from its page counter. */
#ifdef CONFIG_MEMCG
#define SLUICE_HAVE_MEMCG 1
#endif

/* A cgroup that has used up its cpu.max stands still at once, also in the kernel. */
#if defined(CONFIG_PREEMPT_RT) && defined(CONFIG_CFS_BANDWIDTH) &&	\
	LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#define SLUICE_HOLDER_MAY_STAND_STILL 1
#endif

/* What each CPU keeps of a cgroup's own account had the name of all its statistics. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
#define cgroup_rstat_base_cpu cgroup_rstat_cpu
#define rstat_base_cpu rstat_cpu
#endif

/* A timer was made in two steps. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#include <linux/hrtimer.h>

static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/* eBPF programs of all kinds can call the module when it is built with BTF: from 6.4 on. */
#if defined(CONFIG_BPF_SYSCALL) && defined(CONFIG_DEBUG_INFO_BTF_MODULES) && \
	LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define SLUICE_HAVE_KFUNC 1

#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>

#ifndef __bpf_kfunc			/* 6.3 */
#define __bpf_kfunc noinline __used
#endif
#ifndef __bpf_kfunc_start_defs		/* 6.7 */
#define __bpf_kfunc_start_defs()					\
	__diag_push();							\
	__diag_ignore_all("-Wmissing-prototypes",			\
			  "kfuncs are called by eBPF programs only");	\
	__diag_ignore_all("-Wmissing-declarations",			\
			  "kfuncs are called by eBPF programs only")
#define __bpf_kfunc_end_defs() __diag_pop()
#endif
#ifndef BTF_KFUNCS_START		/* 6.9 */
#define BTF_KFUNCS_START(name) BTF_SET8_START(name)
#define BTF_KFUNCS_END(name) BTF_SET8_END(name)
#endif
#endif

#endif /* SLUICE_COMPAT_H */
