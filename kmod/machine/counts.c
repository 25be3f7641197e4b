// SPDX-License-Identifier: GPL-2.0-only
#include "machine/counts.h"

#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>

#include "types.h"

/* Slots for which there is room at a time: a page of each CPU. */
#define CHUNK_SLOTS	56
#define CHUNKS		DIV_ROUND_UP(SLUICE_SLOTS, CHUNK_SLOTS)

/* What each slot did on one CPU. */
struct chunk {
	struct sluice_counts slot[CHUNK_SLOTS];
};

/* Made under sluice.lock, read without; never go before the module does. */
static struct chunk __percpu *chunks[CHUNKS];
/* Who of environments has a CPU; pid 0: nobody. Written by its CPU, with interrupts off. */
static struct sluice_at_work __percpu *at_work;

bool sluice_counts_can(void)
{
#ifdef SLUICE_HAVE_KFUNC
	return THIS_MODULE->btf_data_size;
#else
	return false;
#endif
}

int sluice_counts_init(void)
{
	at_work = alloc_percpu(struct sluice_at_work);
	if (!at_work)
		return -ENOMEM;
	chunks[0] = alloc_percpu(struct chunk);
	if (chunks[0])
		return 0;
	free_percpu(at_work);
	return -ENOMEM;
}

/* No eBPF program can call in any more: they hold a reference on the module. */
void sluice_counts_exit(void)
{
	u32 i;

	for (i = 0; i < CHUNKS; i++)
		free_percpu(chunks[i]);
	free_percpu(at_work);
}

bool sluice_counts_room(u32 slot)
{
	struct chunk __percpu **chunk = &chunks[slot / CHUNK_SLOTS];

	lockdep_assert_held(&sluice.lock);
	if (!*chunk)
		/* Who adds without the lock finds zeroes there. */
		smp_store_release(chunk,
				  alloc_percpu_gfp(struct chunk, GFP_NOWAIT |
						   __GFP_NOWARN));
	return *chunk;
}

static const struct sluice_counts __percpu *counts_of(u32 slot)
{
	struct chunk __percpu *chunk = chunks[slot / CHUNK_SLOTS];

	return chunk ? &chunk->slot[slot % CHUNK_SLOTS] : NULL;
}

/* Whoever asks, it is one counter of this CPU that changes. */
void sluice_counts_add(u32 slot, u32 what, u64 more)
{
	struct chunk __percpu *chunk;

	if (slot >= SLUICE_SLOTS || what >= SLUICE_COUNTS)
		return;
	/* Made by sluice_counts_room(). */
	chunk = smp_load_acquire(&chunks[slot / CHUNK_SLOTS]);
	if (chunk)
		this_cpu_add(chunk->slot[slot % CHUNK_SLOTS].of[what], more);
}

static void add(u32 slot, const struct sluice_at_work *now,
		const struct sluice_at_work *before)
{
	sluice_counts_add(slot, SLUICE_COUNT_FAULTS,
			  now->faults - before->faults);
	sluice_counts_add(slot, SLUICE_COUNT_READ, now->read - before->read);
	sluice_counts_add(slot, SLUICE_COUNT_WRITTEN,
			  now->written - before->written);
}

/*
 * From the scheduler, with the lock of the run queue held and interrupts off; from
 * elsewhere it would count nonsense, and nothing worse.
 */
void sluice_counts_switched(const struct sluice_switch *switched)
{
	const struct sluice_at_work *leaves = &switched->leaves;
	const struct sluice_at_work *comes = &switched->comes;
	u64 now = local_clock();
	struct sluice_at_work *this;
	unsigned long flags;

	local_irq_save(flags);
	this = this_cpu_ptr(at_work);
	/* If it is another one, nobody told when this one came. */
	if (leaves->slot < SLUICE_SLOTS && this->pid == leaves->pid)
		add(leaves->slot, leaves, this);
	if (comes->slot >= SLUICE_SLOTS) {
		this->pid = 0;
	} else {
		*this = *comes;
		if (switched->queued && now > switched->queued)
			sluice_counts_add(comes->slot, SLUICE_COUNT_WAITED,
					  now - switched->queued);
	}
	local_irq_restore(flags);
}

/* By the kernel's own account of the calling thread. */
static struct sluice_at_work of_current(void)
{
	struct sluice_at_work now = {
		.pid = current->pid,
		.faults = current->min_flt + current->maj_flt,
	};

#ifdef CONFIG_TASK_IO_ACCOUNTING
	now.read = current->ioac.read_bytes;
	now.written = current->ioac.write_bytes;
#endif
	return now;
}

/* What the calling thread has done since it came to this CPU. */
static void add_current(struct sluice_counts *counts)
{
	struct sluice_at_work now = of_current();
	const struct sluice_at_work *this;
	unsigned long flags;

	local_irq_save(flags);
	this = this_cpu_ptr(at_work);
	if (this->pid == now.pid) {
		counts->of[SLUICE_COUNT_FAULTS] += now.faults - this->faults;
		counts->of[SLUICE_COUNT_READ] += now.read - this->read;
		counts->of[SLUICE_COUNT_WRITTEN] += now.written - this->written;
	}
	local_irq_restore(flags);
}

void sluice_counts_of_slot(u32 slot, bool own, struct sluice_counts *counts)
{
	const struct sluice_counts __percpu *all = counts_of(slot);
	int cpu, i;

	lockdep_assert_held(&sluice.lock);
	*counts = (struct sluice_counts){ 0 };
	if (!all)
		return;
	for_each_possible_cpu(cpu) {
		const struct sluice_counts *one = per_cpu_ptr(all, cpu);

		for (i = 0; i < SLUICE_COUNTS; i++)
			counts->of[i] += READ_ONCE(one->of[i]);
	}
	if (own)
		add_current(counts);
}

u64 sluice_counts_one(u32 slot, int what)
{
	const struct sluice_counts __percpu *all = counts_of(slot);
	u64 sum = 0;
	int cpu;

	lockdep_assert_held(&sluice.lock);
	if (!all)
		return 0;
	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(all, cpu)->of[what]);
	return sum;
}
