/* SPDX-License-Identifier: GPL-2.0-only */
/* The environments: what the module says of them, and what we have made. */
#ifndef SLUICE_ENVS_H
#define SLUICE_ENVS_H

#include "agent.h"

/**
 * struct env - an environment that we provision, made, or adopted
 * @agent: whose it is
 * @next: in agent->envs
 * @id: the module's
 * @slot: of its CPU time counter
 * @cgroup: what eBPF programs know it by; 0 until there is one
 * @watches: of connections that its peers may close
 * @provision: while it is being made, see provision.c
 * @grace: after which a retiring one is killed
 * @removals: tries to remove its cgroup
 */
struct env {
	struct agent *agent;
	struct env *next;
	uint32_t id;
	uint32_t slot;
	char	task[SLUICE_NAME_SIZE];
	uint64_t cgroup;
	sd_event_source *watches[TASKFILE_ITEMS];
	struct provision *provision;
	sd_event_source *grace;
	int	removals;
};

/* Adopt what lives, clean up what nobody knows, listen to news. */
int envs_start(struct agent *agent);
void envs_stop(struct agent *agent);

/* The module is asked to end it: its connection is dead, for instance. */
void envs_delete(struct agent *agent, uint32_t id);
/* Those of @task take no further call: what they were made of has changed. */
void envs_drain(struct agent *agent, const char *task);
/*
 * The module is told that it cannot be made; @lacked: for want of something that the
 * gateway is short of, so that it is no failure of the task.
 */
void envs_failed(struct agent *agent, struct env *env, const char *why,
		 bool lacked);

typedef void (*env_fn)(struct agent *agent, uint32_t id, void *arg);
void envs_each(struct agent *agent, env_fn fn, void *arg);

#endif /* SLUICE_ENVS_H */
