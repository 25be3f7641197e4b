/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which cgroup is which environment's, and where what is counted goes: to the module, which
 * has counters of its own; where the kernel gives modules no BTF, and so nobody can call it,
 * into a map that the agent reads. The agent makes the maps before it loads a program.
 */
#ifndef SLUICE_SLOTS_BPF_H
#define SLUICE_SLOTS_BPF_H

/* As in agent/daemon/slots.h, which says what stands where. */
#define SLOTS_SIZE	4096
#define SLOTS_STEPS	8
/* No environment's. */
#define NO_SLOT		(~0U)

struct slots_entry {
	__u64 cgroup;
	__u32 slot;
	__u32 unused;
};

/* An array, as a look at one is a few instructions: others' switches pay for this, too. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SLOTS_SIZE);
	__type(key, __u32);
	__type(value, struct slots_entry);
} env_slots SEC(".maps");

/* As enum sluice_count of the module, and in agent/daemon/sums.h. */
#define COUNT_WAITED	0
#define COUNT_READ	1
#define COUNT_WRITTEN	2
#define COUNT_RECEIVED	3
#define COUNT_SENT	4
#define COUNT_FAULTS	5
#define COUNT_PROCESSES	6
#define COUNT_REFUSED	7

/* As in agent/daemon/sums.h, which says what they mean. */
#define SUMS_SLOTS	1024
#define SUMS_CPUS	1024

struct sums_cpu {
	__u64 realtime;
	__u64 since;
	__s32 pid;
	__s32 env_pid;
	__u64 faults;
	__u64 read;
	__u64 written;
};

struct sums {
	__u64 slot[SUMS_SLOTS][8];
	struct sums_cpu cpu[SUMS_CPUS];
};

/* One element, which the agent has in its own memory. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sums);
} sums SEC(".maps");

static __always_inline __u32 slot_of_cgroup(__u64 id)
{
	struct slots_entry *entry;
	__u32 step, place;

	for (step = 0; step < SLOTS_STEPS; step++) {
		place = (id + step) % SLOTS_SIZE;
		entry = bpf_map_lookup_elem(&env_slots, &place);
		if (!entry || !entry->cgroup)
			break;
		if (entry->cgroup == id)
			return entry->slot;
	}
	return NO_SLOT;
}

static __always_inline struct sums *all_sums(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&sums, &zero);
}

static __always_inline void add_to_map(__u32 slot, __u32 what, __u64 more)
{
	struct sums *all = all_sums();

	/* A mask, as older kernels do not see that what was compared is what is used. */
	if (all)
		__sync_fetch_and_add(&all->slot[slot & (SUMS_SLOTS - 1)][what],
				     more);
}

#endif /* SLUICE_SLOTS_BPF_H */
