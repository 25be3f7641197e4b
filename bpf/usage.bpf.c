// SPDX-License-Identifier: GPL-2.0-only
/*
 * What threads of environments do, and what real-time threads take that are not theirs.
 * At every switch of the box, as only there it is known who comes and who goes; what a
 * thread has done is the difference to what it had done when it came, by the kernel's own
 * accounts of it, so that its reads, writes and faults are not hooked themselves. Who is
 * no environment's costs two looks into a table, one where both are of one cgroup.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "slots.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* Lower ones are of real-time and deadline threads. */
#define MAX_RT_PRIO	100

/* Set before it is loaded: can the module be called? */
const volatile bool has_module = true;

/* As in the module (kmod/machine/counts.h), which says what they mean. */
struct sluice_at_work {
	__u32 slot;
	__s32 pid;
	__u64 faults;
	__u64 read;
	__u64 written;
};

struct sluice_switch {
	struct sluice_at_work leaves;
	struct sluice_at_work comes;
	__u64 queued;
};

extern void sluice_env_switch(struct sluice_switch *switched) __ksym __weak;
extern void sluice_env_count(__u32 slot, __u32 what, __u64 more) __ksym __weak;
extern void sluice_cpu_realtime(__s32 from, __s32 to) __ksym __weak;
extern const struct rq runqueues __ksym;

static __u32 slot_of(struct task_struct *thread)
{
	return slot_of_cgroup(thread->cgroups->dfl_cgrp->kn->id);
}

static void count(__u32 slot, __u32 what, __u64 more)
{
	if (slot == NO_SLOT)
		return;
	if (has_module)
		sluice_env_count(slot, what, more);
	else
		add_to_map(slot, what, more);
}

static void look_at(struct sluice_at_work *at, struct task_struct *thread, __u32 slot)
{
	at->slot = slot;
	at->pid = thread->pid;
	at->faults = thread->min_flt + thread->maj_flt;
	at->read = 0;
	at->written = 0;
	if (bpf_core_field_exists(thread->ioac.read_bytes)) {
		at->read = thread->ioac.read_bytes;
		at->written = thread->ioac.write_bytes;
	}
}

/*
 * Without the module. Of this CPU nobody else writes.
 */

static struct sums_cpu *this_cpu(void)
{
	struct sums *all = all_sums();

	return all ? &all->cpu[bpf_get_smp_processor_id() & (SUMS_CPUS - 1)] :
		     NULL;
}

static void switched_by_map(const struct sluice_switch *switched)
{
	const struct sluice_at_work *leaves = &switched->leaves;
	const struct sluice_at_work *comes = &switched->comes;
	struct sums_cpu *this = this_cpu();
	__u64 now;

	if (!this)
		return;
	/* If it is another one, we were not there when this one came. */
	if (leaves->slot != NO_SLOT && this->env_pid == leaves->pid) {
		add_to_map(leaves->slot, COUNT_FAULTS, leaves->faults - this->faults);
		add_to_map(leaves->slot, COUNT_READ, leaves->read - this->read);
		add_to_map(leaves->slot, COUNT_WRITTEN, leaves->written - this->written);
	}
	if (comes->slot == NO_SLOT) {
		this->env_pid = 0;
		return;
	}
	/* The clock that last_queued is of, brought up to date for this switch. */
	now = ((const struct rq *)bpf_this_cpu_ptr(&runqueues))->clock;
	if (switched->queued && now > switched->queued)
		add_to_map(comes->slot, COUNT_WAITED, now - switched->queued);
	this->env_pid = comes->pid;
	this->faults = comes->faults;
	this->read = comes->read;
	this->written = comes->written;
}

static void switched(struct task_struct *prev, __u32 from,
		     struct task_struct *next, __u32 to)
{
	struct sluice_switch both = { .queued = next->sched_info.last_queued };

	look_at(&both.leaves, prev, from);
	look_at(&both.comes, next, to);
	if (has_module)
		sluice_env_switch(&both);
	else
		switched_by_map(&both);
}

/*
 * @to: who counts from now on; 0 for nobody. If it is not @from that was noted, somebody has
 * left in between who did not count any more.
 */
static void count_realtime(__s32 from, __s32 to)
{
	struct sums_cpu *this;
	__u64 now;

	if (has_module) {
		sluice_cpu_realtime(from, to);
		return;
	}
	this = this_cpu();
	if (!this)
		return;
	now = bpf_ktime_get_ns();
	if (this->since && this->pid == from)
		this->realtime += now - this->since;
	this->pid = to;
	this->since = to ? now : 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(env_switch, bool preempt, struct task_struct *prev,
	     struct task_struct *next)
{
	struct cgroup *left = prev->cgroups->dfl_cgrp;
	struct cgroup *entered = next->cgroups->dfl_cgrp;
	__u32 to = slot_of_cgroup(entered->kn->id);
	__u32 from = left == entered ? to : slot_of_cgroup(left->kn->id);

	/* One that is real-time, and not an environment's. */
	if (prev->prio < MAX_RT_PRIO || next->prio < MAX_RT_PRIO)
		count_realtime(prev->pid,
			       next->prio < MAX_RT_PRIO && to == NO_SLOT ?
			       next->pid : 0);
	if (from != NO_SLOT || to != NO_SLOT)
		switched(prev, from, next, to);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(env_fork, struct task_struct *parent, struct task_struct *child)
{
	if (child->pid == child->tgid)
		count(slot_of(child), COUNT_PROCESSES, 1);
	return 0;
}

/* The kernel comes here only for what a filter refuses that logs what it refuses. */
SEC("fentry/audit_seccomp")
int BPF_PROG(env_refused)
{
	count(slot_of(bpf_get_current_task_btf()), COUNT_REFUSED, 1);
	return 0;
}
