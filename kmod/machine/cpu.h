/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPU time, of the box, of environments and of the calling worker, and how long
 * environments waited for a CPU. In nanoseconds that only grow.
 */
#ifndef SLUICE_CPU_H
#define SLUICE_CPU_H

#include <linux/types.h>

struct cgroup;

int sluice_cpu_init(void);
void sluice_cpu_exit(void);

/* Can eBPF programs call the module, and so tell it how long threads wait? */
bool sluice_cpu_countable(void);

/**
 * struct sluice_cpu_times - what all CPUs together have done
 * @busy: anything, whoever it was for; with the next two
 * @interrupts: of devices, and what they left to do
 * @stolen: nothing, as the host of this guest took the CPU
 */
struct sluice_cpu_times {
	u64	busy;
	u64	interrupts;
	u64	stolen;
};

/* Thousandths that the box has. */
u64 sluice_cpu_physical(void);
void sluice_cpu_read(struct sluice_cpu_times *times);
u64 sluice_cpu_of_cgroup(struct cgroup *cgroup);
u64 sluice_cpu_of_worker(void);

void sluice_cpu_waited(u32 slot, u64 queued);
u64 sluice_cpu_wait_of_slot(u32 slot);

#endif /* SLUICE_CPU_H */
