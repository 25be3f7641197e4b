/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory cgroups above environments': what is limited there bounds all of them together,
 * whatever the box has left.
 */
#ifndef SLUICE_ABOVE_H
#define SLUICE_ABOVE_H

#include <linux/types.h>

struct cgroup_subsys_state;

/* More are not looked at; nobody nests so deep. */
#define SLUICE_ABOVE_MAX	16

/**
 * struct sluice_above - cgroups from the environments' place up to the root
 * @count: how many, without the root, which has no limit
 * @memory: (in @cgroup) of each; a reference
 * @id: (in @cgroup) its number
 * @used: (in @cgroup) what it used when somebody read @cache
 * @cache: (in @cgroup) what of that the kernel would drop, and is not environments'
 * @read: (in @cgroup) when that was
 */
struct sluice_above {
	u32	count;
	struct {
		struct cgroup_subsys_state *memory;
		u64	id;
		u64	used;
		u64	cache;
		u64	read;
	} cgroup[SLUICE_ABOVE_MAX];
};

int sluice_above_open(int fd, struct sluice_above *above);
void sluice_above_close(struct sluice_above *above);

void sluice_above_cached(struct sluice_above *above, u64 id, u64 used,
			 u64 cache);
u64 sluice_above_limit(const struct sluice_above *above, u64 measured,
		       bool read);

#endif /* SLUICE_ABOVE_H */
