/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an environment did, by the files of its cgroup: where the kernel has no BTF, so that
 * no eBPF program can be at its switches. Less of it, and only as it was read last.
 */
#ifndef SLUICE_FILES_H
#define SLUICE_FILES_H

#include <stdbool.h>

#include "sums.h"

/* Does the kernel say there how long threads wait for a CPU? @place: of environments. */
bool files_tell_waits(int place);
/*
 * SUMS_WAITED (time in which any of its threads waited), SUMS_READ and SUMS_WRITTEN (where
 * the controller of disks is there: of all disks, one on another twice) and SUMS_FAULTS;
 * others, and what cannot be read, stay.
 */
void files_counts(int cgroup, uint64_t counts[SUMS_COUNTS]);

#endif /* SLUICE_FILES_H */
