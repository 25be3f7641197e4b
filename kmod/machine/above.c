// SPDX-License-Identifier: GPL-2.0-only
#include "machine/above.h"

#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/timekeeping.h>

#include "base/ledger.h"
#include "machine/memory.h"

/*
 * Those of the cgroup that @fd of the caller leads to, and above it. May sleep. 0, or a
 * negative errno of what the descriptor is not.
 */
int sluice_above_open(int fd, struct sluice_above *above)
{
	struct cgroup *place = cgroup_get_from_fd(fd), *cgroup;

	above->count = 0;
	if (IS_ERR(place))
		return PTR_ERR(place);
	for (cgroup = place; cgroup_parent(cgroup) &&
	     above->count < SLUICE_ABOVE_MAX; cgroup = cgroup_parent(cgroup)) {
		struct cgroup_subsys_state *memory = sluice_memory_get(cgroup);

		if (!memory)
			continue;
		above->cgroup[above->count].memory = memory;
		above->cgroup[above->count].id = cgroup_id(cgroup);
		above->cgroup[above->count].used = 0;
		above->cgroup[above->count].cache = 0;
		above->cgroup[above->count].read = 0;
		above->count++;
	}
	cgroup_put(place);
	return 0;
}

void sluice_above_close(struct sluice_above *above)
{
	while (above->count)
		sluice_memory_put(above->cgroup[--above->count].memory);
}

/* What somebody has just read of one of them. Of one that is none of them nothing is kept. */
void sluice_above_cached(struct sluice_above *above, u64 id, u64 used,
			 u64 cache)
{
	u32 i;

	for (i = 0; i < above->count; i++) {
		if (above->cgroup[i].id != id)
			continue;
		above->cgroup[i].used = used;
		above->cgroup[i].cache = cache;
		above->cgroup[i].read = ktime_get_boottime_ns();
	}
}

/*
 * For so long that is true enough. Cache gives way to what is no cache, and the sum tells
 * nothing of it: after that, none of it counts.
 */
#define FRESH_NS	(300 * NSEC_PER_MSEC)

static u64 less(u64 a, u64 b)
{
	return a > b ? a - b : 0;
}

/*
 * The most that environments, which use @measured, can have together. What has gone since
 * the cache was read was part of it, as far as anybody knows: then there is less to drop,
 * until it is read again. @read: somebody is there to read it; else what was read last is
 * better than nothing, as calls to warm environments do not wait for an agent.
 */
u64 sluice_above_limit(const struct sluice_above *above, u64 measured,
		       bool read)
{
	u64 most = SLUICE_UNBOUNDED, now = ktime_get_boottime_ns();
	u32 i;

	for (i = 0; i < above->count; i++) {
		struct cgroup_subsys_state *memory = above->cgroup[i].memory;
		u64 limit = sluice_memory_limit(memory), used, cache;

		if (limit == SLUICE_UNBOUNDED)
			continue;
		used = sluice_memory_used(memory);
		cache = read && now - above->cgroup[i].read > FRESH_NS ? 0 :
			less(above->cgroup[i].cache,
			     less(above->cgroup[i].used, used));
		most = min(most, less(limit, less(less(used, measured), cache)));
	}
	return most;
}
