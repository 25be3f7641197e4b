/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which devices the programs of an environment may open, wherever they find a node: those
 * that everybody has, terminals of its own, and the task's. By a small eBPF program on its
 * cgroup, which needs no BTF.
 */
#ifndef SLUICE_DEVICES_H
#define SLUICE_DEVICES_H

#include "tasktypes.h"

/* 0 or a negative errno; -ENOSYS: this kernel knows no such programs. */
int devices_confine(int cgroup, const struct taskfile *task);
/* Does it? Takes what loading eBPF takes. */
int devices_known(void);

#endif /* SLUICE_DEVICES_H */
