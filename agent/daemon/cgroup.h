/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cgroups (v2) of environments: env-ID directories in the subtree that was
 * delegated to us. Functions return 0 or a negative errno and fill @error.
 */
#ifndef SLUICE_CGROUP_H
#define SLUICE_CGROUP_H

#include "agent.h"

int cgroup_open_root(struct agent *agent, char error[ERROR_SIZE]);
/*
 * An open directory with the task's limits set, but for that on CPU time. What was
 * there is ended first.
 */
int cgroup_make(struct agent *agent, uint32_t id, const struct taskfile *task,
		char error[ERROR_SIZE]);
/* Thousandths of a CPU, 0 for no limit. */
int cgroup_limit_cpu(int fd, uint64_t cpu);
int cgroup_open(struct agent *agent, uint32_t id);
void cgroup_kill(struct agent *agent, uint32_t id);
/* -EBUSY: something still runs in it. */
int cgroup_remove(struct agent *agent, uint32_t id);
/* The key that eBPF programs see. */
uint64_t cgroup_id(int fd);
/* Of cpu.stat in nanoseconds, and of pids.current. */
int cgroup_pids(int fd, uint32_t *pids);

typedef void (*cgroup_fn)(struct agent *agent, uint32_t id, void *arg);
void cgroup_each(struct agent *agent, cgroup_fn fn, void *arg);

#endif /* SLUICE_CGROUP_H */
