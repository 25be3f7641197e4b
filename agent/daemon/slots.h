/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which cgroups are environments', as eBPF programs look them up, at each switch of the
 * box: a table, where the place of a cgroup follows from its number, or is one of the next
 * few. There most switches find within some instructions that nothing is to be counted. The
 * map has the same entries; what is to be changed there we say.
 */
#ifndef SLUICE_SLOTS_H
#define SLUICE_SLOTS_H

#include <stdint.h>

/* As in bpf/slots.bpf.h. Four times as many as there can be environments. */
#define SLOTS_SIZE	4096
#define SLOTS_STEPS	8

/**
 * struct slots_entry - one of the map, as it is there
 * @cgroup: its number; 0: nobody has been here; SLOTS_GONE: somebody may be in the next ones
 * @slot: of the environment's counters
 */
struct slots_entry {
	uint64_t cgroup;
	uint32_t slot;
	uint32_t unused;
};

#define SLOTS_GONE	UINT64_MAX

/**
 * struct slots - the table
 * @write: is to write an entry to the map; a negative errno
 */
struct slots {
	int	(*write)(uint32_t place, const struct slots_entry *entry, void *arg);
	void	*arg;
	struct slots_entry entries[SLOTS_SIZE];
};

/*
 * Who looks it up meanwhile finds nothing, or @slot. -ENOSPC: there are too many whose
 * numbers are alike; or what @write said.
 */
int slots_put(struct slots *slots, uint64_t cgroup, uint32_t slot);
/* Nothing is done of what is not there. */
int slots_take(struct slots *slots, uint64_t cgroup);

#endif /* SLUICE_SLOTS_H */
