// SPDX-License-Identifier: GPL-2.0-only
#include "machine/memory.h"

#include <linux/cgroup.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/page_counter.h>

u64 sluice_memory_physical(void)
{
	return (u64)totalram_pages() << PAGE_SHIFT;
}

/* What anybody could have without swapping: page cache is counted as free. */
u64 sluice_memory_available(void)
{
	return (u64)si_mem_available() << PAGE_SHIFT;
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

#else

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

u64 sluice_memory_peak(struct cgroup_subsys_state *memory)
{
	return 0;
}

void sluice_memory_peak_reset(struct cgroup_subsys_state *memory)
{
}

#endif /* SLUICE_HAVE_MEMCG */
