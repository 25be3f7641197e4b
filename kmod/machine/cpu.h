/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPU time, of the box, of environments and of the calling worker. In nanoseconds that
 * only grow.
 */
#ifndef SLUICE_CPU_H
#define SLUICE_CPU_H

#include <linux/types.h>

struct cgroup;

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

#endif /* SLUICE_CPU_H */
