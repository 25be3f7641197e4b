// SPDX-License-Identifier: GPL-2.0-only
#include "module.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "register.h"
#include "say.h"
#include "snl.h"

/**
 * struct module - the two connections to it
 * @control: requests; the module knows the agent by this socket
 * @news: what happens
 * @failed: of these, the one that met the last error
 * @source: of @news
 * @fn: hears of it
 * @arg: its
 * @box_fn: hears of the box
 * @box_arg: its
 */
struct module {
	struct snl_conn *control;
	struct snl_conn *news;
	struct snl_conn *failed;
	sd_event_source *source;
	module_heard_fn fn;
	void	*arg;
	module_box_fn box_fn;
	void	*box_arg;
};

const char *module_error(const struct module *module)
{
	return module ? snl_error(module->failed) : strerror(ENOMEM);
}

/* Frees @msg; NULL: there was no memory for it. */
static int ask(struct module *module, struct nl_msg *msg, snl_object_fn fn,
	       void *arg)
{
	module->failed = module->control;
	return snl_send(module->control, msg, fn, arg);
}

static struct nl_msg *request(struct module *module, uint8_t cmd)
{
	return snl_request(module->control, cmd, false);
}

int module_open(struct module **ret_module)
{
	struct module *module = calloc(1, sizeof(*module));
	int ret;

	*ret_module = module;
	if (!module)
		return -ENOMEM;
	ret = snl_open(&module->control);
	module->failed = module->control;
	if (ret)
		return ret;
	ret = snl_open(&module->news);
	module->failed = module->news;
	return ret;
}

void module_close(struct module *module)
{
	if (!module)
		return;
	sd_event_source_disable_unref(module->source);
	snl_close(module->control);
	snl_close(module->news);
	free(module);
}

int module_become_agent(struct module *module, enum module_source source)
{
	struct nl_msg *msg = request(module, SLUICE_CMD_AGENT_SET);

	if (msg) {
		nla_put_u32(msg, SLUICE_A_AGENT_PID, (uint32_t)getpid());
		nla_put_u32(msg, SLUICE_A_AGENT_WAIT_SOURCE, source);
	}
	return ask(module, msg, NULL, NULL);
}

/*
 * Whether it is there
 */

struct module_watch {
	struct snl_conn *conn;
	sd_event_source *source;
	module_loaded_fn fn;
	void	*arg;
};

static int came_or_went(sd_event_source *source, int fd, uint32_t events,
			void *userdata)
{
	struct module_watch *watch = userdata;
	bool there;
	int ret;

	(void)source;
	(void)fd;
	(void)events;
	do {
		ret = snl_watched(watch->conn, &there);
		if (ret == 1)
			watch->fn(there, watch->arg);
	} while (ret >= 0);
	if (ret != -EAGAIN)
		say_warning("whether the module was loaded again was lost: %s",
			    strerror(-ret));
	return 0;
}

int module_watch(sd_event *event, module_loaded_fn fn, void *arg,
		 struct module_watch **ret_watch)
{
	struct module_watch *watch = calloc(1, sizeof(*watch));
	int ret;

	*ret_watch = watch;
	if (!watch)
		return -ENOMEM;
	watch->fn = fn;
	watch->arg = arg;
	ret = snl_watch(&watch->conn);
	if (ret)
		return ret;
	ret = sd_event_add_io(event, &watch->source, snl_fd(watch->conn),
			      EPOLLIN, came_or_went, watch);
	return ret < 0 ? ret : 0;
}

void module_unwatch(struct module_watch *watch)
{
	if (!watch)
		return;
	sd_event_source_disable_unref(watch->source);
	snl_close(watch->conn);
	free(watch);
}

/*
 * Budgets
 */

static int read_counter(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	struct nlattr *counter[SLUICE_A_COUNTER_MAX + 1];

	(void)cmd;
	if (attrs[SLUICE_A_STATS_COUNTER] &&
	    !nla_parse_nested(counter, SLUICE_A_COUNTER_MAX,
			      attrs[SLUICE_A_STATS_COUNTER], NULL))
		*(uint64_t *)arg = snl_u64(counter, SLUICE_A_COUNTER_VALUE);
	return 0;
}

int module_budget_changes(struct module *module, uint64_t *changes)
{
	struct nl_msg *msg = request(module, SLUICE_CMD_STATS_GET);

	*changes = 0;
	if (msg)
		nla_put_string(msg, SLUICE_A_STATS_ONLY, "budget_set");
	return ask(module, msg, read_counter, changes);
}

static int read_btf(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	bool *has_btf = arg;

	(void)cmd;
	if (attrs[SLUICE_A_STATS_MODULE_BTF])
		*has_btf = nla_get_u32(attrs[SLUICE_A_STATS_MODULE_BTF]);
	return 0;
}

bool module_has_btf(struct module *module)
{
	struct nl_msg *msg = request(module, SLUICE_CMD_STATS_GET);
	bool has_btf = false;

	if (msg)
		nla_put_string(msg, SLUICE_A_STATS_ONLY, "budget_set");
	return !ask(module, msg, read_btf, &has_btf) && has_btf;
}

static int set_budget(struct module *module, const char *resource, int attr,
		      uint64_t amount)
{
	struct nl_msg *msg = request(module, SLUICE_CMD_BUDGET_SET);

	if (msg) {
		nla_put_string(msg, SLUICE_A_BUDGET_RESOURCE, resource);
		nla_put_u64(msg, attr, amount);
	}
	return ask(module, msg, NULL, NULL);
}

int module_set_budget(struct module *module, const char *resource,
		      uint64_t amount)
{
	return set_budget(module, resource, SLUICE_A_BUDGET_BUDGET, amount);
}

int module_set_reserve(struct module *module, uint64_t bytes)
{
	return set_budget(module, "memory", SLUICE_A_BUDGET_RESERVE, bytes);
}

/*
 * The box
 */

static int read_box(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	(void)cmd;
	*(struct module_box *)arg = (struct module_box){
		.cpu = snl_u64(attrs, SLUICE_A_BOX_CPU),
		.cpu_budget = snl_u64(attrs, SLUICE_A_BOX_CPU_BUDGET),
		.rivals = snl_u64(attrs, SLUICE_A_BOX_RIVALS),
		.memory_wanted = snl_u32(attrs, SLUICE_A_BOX_MEMORY_WANTED),
	};
	return 0;
}

int module_box(struct module *module, struct module_box *box)
{
	*box = (struct module_box){ 0 };
	return ask(module, request(module, SLUICE_CMD_BOX_GET), read_box, box);
}

void module_on_box(struct module *module, module_box_fn fn, void *arg)
{
	module->box_fn = fn;
	module->box_arg = arg;
}

static int set_box(struct module *module, int attr, uint64_t value)
{
	struct nl_msg *msg = request(module, SLUICE_CMD_BOX_SET);

	if (msg)
		nla_put_u64(msg, attr, value);
	return ask(module, msg, NULL, NULL);
}

int module_set_cpu_limit(struct module *module, uint64_t thousandths)
{
	return set_box(module, SLUICE_A_BOX_CPU_LIMIT, thousandths);
}

int module_set_pids_limit(struct module *module, uint64_t pids)
{
	return set_box(module, SLUICE_A_BOX_PIDS_LIMIT, pids);
}

int module_set_place(struct module *module, int place)
{
	struct nl_msg *msg = request(module, SLUICE_CMD_BOX_SET);

	if (msg)
		nla_put_u32(msg, SLUICE_A_BOX_PLACE, (uint32_t)place);
	return ask(module, msg, NULL, NULL);
}

int module_set_above(struct module *module, const struct module_above *above,
		     size_t count)
{
	struct nl_msg *msg = request(module, SLUICE_CMD_BOX_SET);
	struct nlattr *nest;
	size_t i;

	for (i = 0; msg && i < count; i++) {
		nest = nla_nest_start(msg, SLUICE_A_BOX_ABOVE);
		nla_put_u64(msg, SLUICE_A_ABOVE_ID, above[i].id);
		nla_put_u64(msg, SLUICE_A_ABOVE_USED, above[i].used);
		nla_put_u64(msg, SLUICE_A_ABOVE_CACHE, above[i].cache);
		nla_nest_end(msg, nest);
	}
	return ask(module, msg, NULL, NULL);
}

int module_set_guaranteed(struct module *module, uint64_t thousandths)
{
	return set_box(module, SLUICE_A_BOX_CPU_GUARANTEED, thousandths);
}

int module_set_realtime(struct module *module, uint64_t thousandths)
{
	return set_box(module, SLUICE_A_BOX_CPU_REALTIME, thousandths);
}

/*
 * Tasks
 */

int module_set_task(struct module *module, const struct taskfile *task)
{
	module->failed = module->control;
	return register_task(module->control, task);
}

int module_remove_task(struct module *module, const char *name)
{
	module->failed = module->control;
	return unregister_task(module->control, name);
}

/*
 * Environments
 */

static void read_env(struct nlattr **attrs, struct module_env *env)
{
	*env = (struct module_env){
		.id = snl_u32(attrs, SLUICE_A_ENV_ID),
		.slot = snl_u32(attrs, SLUICE_A_ENV_SLOT),
		.state = snl_u32(attrs, SLUICE_A_ENV_STATE),
		.pid = (int)snl_u32(attrs, SLUICE_A_ENV_PID),
		.cpu_time = snl_u64(attrs, SLUICE_A_ENV_CPU_TIME),
	};
	snprintf(env->task, sizeof(env->task), "%s",
		 snl_string(attrs, SLUICE_A_ENV_TASK));
}

static size_t envs_size(size_t count)
{
	return sizeof(struct module_envs) + count * sizeof(struct module_env);
}

/* Collected first and handled after: handling asks the module questions. */
static int collect(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	struct module_envs **envs = arg, *more;
	size_t count = *envs ? (*envs)->count : 0;

	if (cmd != SLUICE_CMD_ENV_GET && cmd != SLUICE_CMD_ENV_NTF)
		return 0;
	/* Room for as many again, when there is none left. */
	if (!(count & (count - 1))) {
		more = realloc(*envs, envs_size(count ? 2 * count : 1));
		if (!more)
			return -ENOMEM;
		*envs = more;
	}
	read_env(attrs, &(*envs)->env[count]);
	(*envs)->count = count + 1;
	return 0;
}

int module_list_envs(struct module *module, struct module_envs **ret_envs)
{
	struct module_envs *envs = calloc(1, envs_size(1));
	int ret;

	*ret_envs = NULL;
	if (!envs)
		return -ENOMEM;
	ret = ask(module, snl_request(module->control, SLUICE_CMD_ENV_GET,
				      true), collect, &envs);
	if (ret)
		free(envs);
	else
		*ret_envs = envs;
	return ret;
}

static int read_id(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	(void)cmd;
	*(uint32_t *)arg = snl_u32(attrs, SLUICE_A_ENV_ID);
	return 0;
}

int module_next_env(struct module *module, const char *task, uint32_t *id)
{
	struct nl_msg *msg = request(module, SLUICE_CMD_ENV_NEXT);

	*id = 0;
	if (msg)
		nla_put_string(msg, SLUICE_A_ENV_TASK, task);
	return ask(module, msg, read_id, id);
}

static struct nl_msg *env_request(struct module *module, uint8_t cmd,
				  uint32_t id)
{
	struct nl_msg *msg = request(module, cmd);

	if (msg)
		nla_put_u32(msg, SLUICE_A_ENV_ID, id);
	return msg;
}

void module_drain_env(struct module *module, uint32_t id)
{
	struct nl_msg *msg = env_request(module, SLUICE_CMD_ENV_SET, id);

	if (msg)
		nla_put_u32(msg, SLUICE_A_ENV_STATE, SLUICE_ENV_STATE_RETIRING);
	ask(module, msg, NULL, NULL);
}

void module_delete_env(struct module *module, uint32_t id)
{
	ask(module, env_request(module, SLUICE_CMD_ENV_DEL, id), NULL, NULL);
}

int module_env_keeps(struct module *module, uint32_t id, uint64_t size,
		     uint64_t used)
{
	struct nl_msg *msg = env_request(module, SLUICE_CMD_ENV_SET, id);

	if (msg) {
		nla_put_u64(msg, SLUICE_A_ENV_STATE_SIZE, size);
		nla_put_u64(msg, SLUICE_A_ENV_STATE_USED, used);
	}
	return ask(module, msg, NULL, NULL);
}

void module_env_returned(struct module *module, uint32_t id)
{
	struct nl_msg *msg = env_request(module, SLUICE_CMD_ENV_SET, id);

	if (msg)
		nla_put_u32(msg, SLUICE_A_ENV_STATE, SLUICE_ENV_STATE_GONE);
	ask(module, msg, NULL, NULL);
}

int module_env_peers_refused(struct module *module, uint32_t id, uint64_t tries)
{
	struct nl_msg *msg = env_request(module, SLUICE_CMD_ENV_SET, id);

	if (msg)
		nla_put_u64(msg, SLUICE_A_ENV_PEERS_REFUSED, tries);
	return ask(module, msg, NULL, NULL);
}

int module_env_counted(struct module *module, uint32_t id,
		       const uint64_t more[SUMS_COUNTS])
{
	static const int attrs[SUMS_COUNTS] = {
		[SUMS_WAITED] = SLUICE_A_ENV_CPU_WAIT,
		[SUMS_READ] = SLUICE_A_ENV_READ_BYTES,
		[SUMS_WRITTEN] = SLUICE_A_ENV_WRITTEN_BYTES,
		[SUMS_RECEIVED] = SLUICE_A_ENV_RECEIVED_BYTES,
		[SUMS_SENT] = SLUICE_A_ENV_SENT_BYTES,
		[SUMS_FAULTS] = SLUICE_A_ENV_PAGE_FAULTS,
		[SUMS_PROCESSES] = SLUICE_A_ENV_PROCESSES,
		[SUMS_REFUSED] = SLUICE_A_ENV_SYSCALLS_REFUSED,
	};
	struct nl_msg *msg = env_request(module, SLUICE_CMD_ENV_SET, id);
	size_t i;

	for (i = 0; msg && i < SUMS_COUNTS; i++)
		nla_put_u64(msg, attrs[i], more[i]);
	return ask(module, msg, NULL, NULL);
}

int module_env_pids(struct module *module, uint32_t id, uint32_t pids)
{
	struct nl_msg *msg = env_request(module, SLUICE_CMD_ENV_SET, id);

	if (msg)
		nla_put_u32(msg, SLUICE_A_ENV_PIDS, pids);
	return ask(module, msg, NULL, NULL);
}

void module_env_failed(struct module *module, uint32_t id, const char *why,
		       bool lacked)
{
	struct nl_msg *msg = env_request(module, SLUICE_CMD_ENV_SET, id);
	char message[SLUICE_MESSAGE_SIZE];

	snprintf(message, sizeof(message), "%s", why);
	if (msg) {
		nla_put_u32(msg, SLUICE_A_ENV_STATE, SLUICE_ENV_STATE_FAILED);
		nla_put_string(msg, SLUICE_A_ENV_MESSAGE, message);
		nla_put_u32(msg, SLUICE_A_ENV_LACKED, lacked);
	}
	ask(module, msg, NULL, NULL);
}

/*
 * News
 */

struct news {
	struct module_envs *envs;
	bool	box;
};

static int collect_news(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	struct news *news = arg;

	if (cmd != SLUICE_CMD_BOX_NTF)
		return collect(cmd, attrs, &news->envs);
	news->box = true;
	return 0;
}

static int heard(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct news news = { 0 };
	struct module *module = userdata;
	size_t i;
	int ret;

	(void)source;
	(void)fd;
	(void)events;
	do {
		ret = snl_receive(module->news, collect_news, &news);
	} while (ret >= 0);
	for (i = 0; news.envs && i < news.envs->count; i++)
		module->fn(&news.envs->env[i], module->arg);
	free(news.envs);
	if ((news.box || ret != -EAGAIN) && module->box_fn)
		module->box_fn(module->box_arg);
	if (ret == -EAGAIN)
		return 0;
	/* Lost on the way, or there was no memory to keep them here. */
	say_warning("news of the module were lost: %s", strerror(-ret));
	module->fn(NULL, module->arg);
	return 0;
}

int module_listen(struct module *module, sd_event *event, module_heard_fn fn,
		  void *arg)
{
	int ret = snl_listen(module->news, SLUICE_MCGRP_AGENT);

	module->failed = module->news;
	if (ret)
		return ret;
	module->fn = fn;
	module->arg = arg;
	return sd_event_add_io(event, &module->source, snl_fd(module->news),
			       EPOLLIN, heard, module);
}
