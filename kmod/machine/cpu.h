/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPU time: of the box, of environments as eBPF programs count it, and of the
 * calling worker. Times in nanoseconds that only grow.
 */
#ifndef SLUICE_CPU_H
#define SLUICE_CPU_H

#include <linux/types.h>

int sluice_cpu_init(void);
void sluice_cpu_exit(void);

/* Can eBPF programs call the module, and so count for each environment? */
bool sluice_cpu_countable(void);

/* Thousandths that the box has. */
u64 sluice_cpu_physical(void);
u64 sluice_cpu_busy(void);
u64 sluice_cpu_of_slot(u32 slot);
u64 sluice_cpu_of_worker(void);

void sluice_cpu_switched(s32 prev, s32 next);

#endif /* SLUICE_CPU_H */
