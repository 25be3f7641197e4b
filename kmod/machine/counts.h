/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What environments do, as eBPF programs tell: how long their threads wait for a CPU, what
 * they read, write, receive and send, their page faults, their processes, and the system
 * calls that are refused to them. All only grow.
 */
#ifndef SLUICE_COUNTS_H
#define SLUICE_COUNTS_H

#include <linux/types.h>

struct sluice_counts;

/**
 * struct sluice_at_work - a thread of an environment when it comes to a CPU, or leaves it
 * @slot: of its environment, any that is none for a thread that is no environment's
 * @pid: which thread
 * @faults: page faults that it has had until now
 * @read: bytes that were read for it from disks
 * @written: bytes that it has written to them, or to pages that are to be
 */
struct sluice_at_work {
	u32	slot;
	s32	pid;
	u64	faults;
	u64	read;
	u64	written;
};

/**
 * struct sluice_switch - a CPU goes from one thread to another
 * @leaves: the one that had it
 * @comes: the one that gets it
 * @queued: since when that has waited, by the scheduler's clock; 0: nobody knows
 */
struct sluice_switch {
	struct sluice_at_work leaves;
	struct sluice_at_work comes;
	u64	queued;
};

int sluice_counts_init(void);
void sluice_counts_exit(void);

/* Can eBPF programs call the module, and so tell? */
bool sluice_counts_can(void);

/* With sluice.lock held: is there room to count for this slot? */
bool sluice_counts_room(u32 slot);
/*
 * With sluice.lock held. Of all environments that have had the slot; a new one starts from
 * what is there. @own: the calling thread is one of its environment, and what it has done
 * since it has this CPU is wanted, too.
 */
void sluice_counts_of_slot(u32 slot, bool own, struct sluice_counts *counts);
/* With sluice.lock held: the same of one of them alone. */
u64 sluice_counts_one(u32 slot, int what);

/* From eBPF programs, with nothing held or with the lock of a run queue. */
void sluice_counts_add(u32 slot, u32 what, u64 more);
void sluice_counts_switched(const struct sluice_switch *switched);

#endif /* SLUICE_COUNTS_H */
