/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that the agent and the module say to each other, in words of the domain:
 * no other file of the agent knows netlink. Functions return 0 or a negative errno,
 * and module_error() says in words what the last one met.
 */
#ifndef SLUICE_MODULE_H
#define SLUICE_MODULE_H

#include <linux/sluice_netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "sums.h"
#include "taskfile.h"

struct module;

/**
 * struct module_env - an environment, as the module says it
 * @id: its number; never used again while the module is loaded
 * @slot: of its counter of waiting time; no two that live have the same
 * @state: what it is
 * @pid: its first process, 0 before it is attached
 * @cpu_time: what all of its threads have used, in nanoseconds, up to the last tick
 * @task: of which
 */
struct module_env {
	uint32_t id;
	uint32_t slot;
	enum sluice_env_state state;
	int	pid;
	uint64_t cpu_time;
	char	task[SLUICE_NAME_SIZE];
};

/**
 * struct module_envs - several of them; free()
 * @count: how many
 * @env: each
 */
struct module_envs {
	size_t	count;
	struct module_env env[];
};

/*
 * It is unloaded, or loaded again: what is open of it is of no use any more. Begin
 * before it is opened, so that nothing is missed.
 */
struct module_watch;
typedef void (*module_loaded_fn)(bool loaded, void *arg);
int module_watch(sd_event *event, module_loaded_fn fn, void *arg,
		 struct module_watch **ret_watch);
/* NULL is allowed. */
void module_unwatch(struct module_watch *watch);

/* -ENOENT: it is not loaded. Close NULL is allowed. */
int module_open(struct module **ret_module);
void module_close(struct module *module);
const char *module_error(const struct module *module);

/* Who tells the module how long threads wait for a CPU, and what real-time ones take. */
enum module_source {
	MODULE_SOURCE_NONE,
	MODULE_SOURCE_EBPF,
	MODULE_SOURCE_MAPS,
	MODULE_SOURCE_FILES,
};

/* -EBUSY: another agent lives. */
int module_become_agent(struct module *module, enum module_source source);

/* Can eBPF programs call it? */
bool module_has_btf(struct module *module);

/* How often a budget was set since the module was loaded. */
int module_budget_changes(struct module *module, uint64_t *changes);
int module_set_budget(struct module *module, const char *resource,
		      uint64_t amount);
int module_set_reserve(struct module *module, uint64_t bytes);

/**
 * struct module_box - what environments' share of the CPUs hangs on
 * @cpu: what the box has, in thousandths of a CPU
 * @cpu_budget: what the operator gives of it
 * @rivals: weights of threads that compete with top cgroups
 * @memory_wanted: a call waits for memory
 */
struct module_box {
	uint64_t cpu;
	uint64_t cpu_budget;
	uint64_t rivals;
	bool	memory_wanted;
};

int module_box(struct module *module, struct module_box *box);
/* Hears when any of that has changed, while somebody listens to the module. NULL: no more. */
typedef void (*module_box_fn)(void *arg);
void module_on_box(struct module *module, module_box_fn fn, void *arg);
/* What of it environments get for sure; and what real-time threads take that are not theirs. */
int module_set_guaranteed(struct module *module, uint64_t thousandths);
int module_set_realtime(struct module *module, uint64_t thousandths);
/* The most that cgroups above them let environments have; UINT64_MAX for no limit. */
int module_set_cpu_limit(struct module *module, uint64_t thousandths);
int module_set_pids_limit(struct module *module, uint64_t pids);

/**
 * struct module_above - a memory cgroup above environments
 * @id: the number of its directory
 * @used: what it uses, in bytes
 * @cache: what of that the kernel would drop, and is not environments'
 */
struct module_above {
	uint64_t id;
	uint64_t used;
	uint64_t cache;
};

/* Below which cgroup environments are: its directory, open. */
int module_set_place(struct module *module, int place);
int module_set_above(struct module *module, const struct module_above *above,
		     size_t count);

/* New, or changed when the module knows the task already. */
int module_set_task(struct module *module, const struct taskfile *task);
int module_remove_task(struct module *module, const char *name);

/* All that live. */
int module_list_envs(struct module *module, struct module_envs **ret_envs);
/* Which id the next one of the task will have; -ENOENT: no such task. */
int module_next_env(struct module *module, const char *task, uint32_t *id);
/* How much of what its task can keep is used. */
int module_env_keeps(struct module *module, uint32_t id, uint64_t size,
		     uint64_t used);
/* How often it has tried to use a connection for what is not its peer. */
int module_env_peers_refused(struct module *module, uint32_t id, uint64_t tries);
int module_env_pids(struct module *module, uint32_t id, uint32_t pids);
/* So much more was done there than was said before. */
int module_env_counted(struct module *module, uint32_t id,
		       const uint64_t more[SUMS_COUNTS]);
/* Not known any more is as good: these return nothing. */
void module_drain_env(struct module *module, uint32_t id);
void module_delete_env(struct module *module, uint32_t id);
/* What it had for itself (SLUICE_ATTACH_RETURNS) is back. */
void module_env_returned(struct module *module, uint32_t id);
/*
 * It cannot be made; @lacked: for want of something that the gateway is short of, so
 * that it is no failure of the task.
 */
void module_env_failed(struct module *module, uint32_t id, const char *why,
		       bool lacked);

/*
 * What happens to environments, one by one and in order. NULL: something was lost,
 * and module_list_envs() says what is true now.
 */
typedef void (*module_heard_fn)(const struct module_env *env, void *arg);
int module_listen(struct module *module, sd_event *event, module_heard_fn fn,
		  void *arg);

#endif /* SLUICE_MODULE_H */
