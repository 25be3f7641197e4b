/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads that share the CPUs with all top cgroups, each with a weight of its own: those
 * in the root cgroup.
 */
#ifndef SLUICE_RIVALS_H
#define SLUICE_RIVALS_H

#include <linux/types.h>

u64 sluice_rivals(void);

#endif /* SLUICE_RIVALS_H */
