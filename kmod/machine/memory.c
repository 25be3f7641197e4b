// SPDX-License-Identifier: GPL-2.0-only
#include "machine/memory.h"

#include <linux/cgroup.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/page_counter.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "base/ledger.h"

u64 sluice_memory_physical(void)
{
	return (u64)totalram_pages() << PAGE_SHIFT;
}

static unsigned long kept_in_zone(const struct zone *zone)
{
	unsigned long pages = 0;
	int cpu;

	for_each_online_cpu(cpu)
		pages += READ_ONCE(per_cpu_ptr(zone->per_cpu_pageset,
					       cpu)->count);
	return pages;
}

/*
 * Free pages that CPUs have at hand. It may be a tenth of the box that a program has
 * just given back, and the kernel counts them as free only when a CPU hands them on,
 * about a second later.
 */
static unsigned long kept_by_cpus(void)
{
	unsigned long pages = 0;
	int node, i;

	for_each_online_node(node)
		for (i = 0; i < MAX_NR_ZONES; i++)
			if (populated_zone(&NODE_DATA(node)->node_zones[i]))
				pages += kept_in_zone(&NODE_DATA(node)->node_zones[i]);
	return pages;
}

/* What anybody could have without swapping: page cache is counted as free. */
u64 sluice_memory_available(void)
{
	return (u64)(si_mem_available() + kept_by_cpus()) << PAGE_SHIFT;
}

#ifdef SLUICE_HAVE_MEMCG

static struct page_counter *counter_of(struct cgroup_subsys_state *memory)
{
	return &mem_cgroup_from_css(memory)->memory;
}

/* A reference. NULL where the controller is not enabled on the very cgroup. */
struct cgroup_subsys_state *sluice_memory_get(struct cgroup *cgroup)
{
	struct cgroup_subsys_state *css;

	rcu_read_lock();
	css = rcu_dereference(cgroup->subsys[memory_cgrp_id]);
	if (css && !css_tryget(css))
		css = NULL;
	rcu_read_unlock();
	return css;
}

void sluice_memory_put(struct cgroup_subsys_state *memory)
{
	if (memory)
		css_put(memory);
}

u64 sluice_memory_used(struct cgroup_subsys_state *memory)
{
	if (!memory)
		return 0;
	return (u64)page_counter_read(counter_of(memory)) << PAGE_SHIFT;
}

/*
 * Above memory.max programs are ended, and above memory.high they are held up until they
 * are below it: neither is what somebody was promised.
 */
u64 sluice_memory_limit(struct cgroup_subsys_state *memory)
{
	unsigned long pages;

	if (!memory)
		return SLUICE_UNBOUNDED;
	pages = min(READ_ONCE(counter_of(memory)->max),
		    READ_ONCE(counter_of(memory)->high));
	return pages < PAGE_COUNTER_MAX ? (u64)pages << PAGE_SHIFT :
					  SLUICE_UNBOUNDED;
}

u64 sluice_memory_peak(struct cgroup_subsys_state *memory)
{
	if (!memory)
		return 0;
	return (u64)READ_ONCE(counter_of(memory)->watermark) << PAGE_SHIFT;
}

/* An environment's cgroup is Sluice's own: nobody else watches its peak. */
void sluice_memory_peak_reset(struct cgroup_subsys_state *memory)
{
	if (memory)
		page_counter_reset_watermark(counter_of(memory));
}

u64 sluice_memory_oom_kills(struct cgroup_subsys_state *memory)
{
	if (!memory)
		return 0;
	return atomic_long_read(&mem_cgroup_from_css(memory)->memory_events[MEMCG_OOM_KILL]);
}

/*
 * The memory cgroup of the caller, with a reference: to pay for what others will
 * hold for it. NULL: the kernel has none.
 */
struct mem_cgroup *sluice_memory_payer(void)
{
	return get_mem_cgroup_from_mm(current->mm);
}

/* With or without sluice.lock. */
void sluice_memory_payer_put(struct mem_cgroup *payer)
{
	mem_cgroup_put(payer);
}

static struct mem_cgroup *charge_to(struct mem_cgroup *payer)
{
	return set_active_memcg(payer);
}

#else

struct mem_cgroup *sluice_memory_payer(void)
{
	return NULL;
}

void sluice_memory_payer_put(struct mem_cgroup *payer)
{
}

static struct mem_cgroup *charge_to(struct mem_cgroup *payer)
{
	return NULL;
}

struct cgroup_subsys_state *sluice_memory_get(struct cgroup *cgroup)
{
	return NULL;
}

void sluice_memory_put(struct cgroup_subsys_state *memory)
{
}

u64 sluice_memory_used(struct cgroup_subsys_state *memory)
{
	return 0;
}

u64 sluice_memory_limit(struct cgroup_subsys_state *memory)
{
	return SLUICE_UNBOUNDED;
}

u64 sluice_memory_peak(struct cgroup_subsys_state *memory)
{
	return 0;
}

void sluice_memory_peak_reset(struct cgroup_subsys_state *memory)
{
}

u64 sluice_memory_oom_kills(struct cgroup_subsys_state *memory)
{
	return 0;
}

#endif /* SLUICE_HAVE_MEMCG */

/*
 * Memory for kvfree() that @payer pays for, not the caller. It never kills, and
 * waits for no device: where the payer has no room without that, there is none.
 * @atomic: it does not even look for room that could be made. Without, it may
 * sleep.
 */
void *sluice_memory_charge(struct mem_cgroup *payer, size_t size, bool atomic)
{
	struct mem_cgroup *before = charge_to(payer);
	unsigned int scope;
	void *memory;

	if (atomic) {
		memory = kmalloc(size, GFP_NOWAIT | __GFP_ACCOUNT |
				 __GFP_NOWARN);
	} else {
		scope = memalloc_noio_save();
		memory = kvmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NORETRY |
				  __GFP_NOWARN);
		memalloc_noio_restore(scope);
	}
	charge_to(before);
	return memory;
}
