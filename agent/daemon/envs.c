// SPDX-License-Identifier: GPL-2.0-only
#include "envs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "provision.h"
#include "tasks.h"
#include "usage.h"

/*
 * The module kills what does not go by itself, when the task's grace is over; this,
 * on top of it, is for what it cannot.
 */
#define GRACE_USEC	3000000
#define REMOVE_USEC	50000
#define REMOVALS_MAX	100
#define LOOK_USEC	1000000

/* A state, as one message of the module says it. */
struct news {
	uint32_t id;
	uint32_t slot;
	enum sluice_env_state state;
	bool	has_pid;
	char	task[SLUICE_NAME_SIZE];
	struct news *next;
};

static struct env *find(struct agent *agent, uint32_t id)
{
	struct env *env;

	for (env = agent->envs; env && env->id != id; env = env->next)
		;
	return env;
}

static struct env *add(struct agent *agent, const struct news *news)
{
	struct env *env = calloc(1, sizeof(*env));

	if (!env)
		return NULL;
	env->agent = agent;
	env->id = news->id;
	env->slot = news->slot;
	memcpy(env->task, news->task, sizeof(env->task));
	env->next = agent->envs;
	agent->envs = env;
	return env;
}

static void stop_watching(struct env *env)
{
	size_t i;

	for (i = 0; i < TASKFILE_ITEMS; i++)
		env->watches[i] = sd_event_source_disable_unref(env->watches[i]);
	env->grace = sd_event_source_disable_unref(env->grace);
}

static void forget(struct env *env)
{
	struct env **at;

	for (at = &env->agent->envs; *at != env; at = &(*at)->next)
		;
	*at = env->next;
	provision_cancel(env);
	stop_watching(env);
	free(env);
}

static int remove_again(sd_event_source *source, uint64_t now, void *userdata);

/* Its cgroup goes, if not now then soon: the last process may still be ending. */
static void clean_up(struct env *env)
{
	struct agent *agent = env->agent;

	provision_cancel(env);
	stop_watching(env);
	usage_remove(agent, env->cgroup);
	if (cgroup_remove(agent, env->id) != -EBUSY ||
	    env->removals++ > REMOVALS_MAX) {
		forget(env);
		return;
	}
	cgroup_kill(agent, env->id);
	if (sd_event_add_time_relative(agent->event, &env->grace,
				       CLOCK_MONOTONIC, REMOVE_USEC, 0,
				       remove_again, env) < 0)
		forget(env);
}

static int remove_again(sd_event_source *source, uint64_t now, void *userdata)
{
	(void)source;
	(void)now;
	clean_up(userdata);
	return 0;
}

static int kill_it(sd_event_source *source, uint64_t now, void *userdata)
{
	struct env *env = userdata;

	(void)source;
	(void)now;
	cgroup_kill(env->agent, env->id);
	return 0;
}

static void retiring(struct env *env)
{
	const struct taskfile *task = tasks_find(env->agent, env->task);
	uint64_t grace = task ? task->grace / 1000 : 0;

	provision_cancel(env);
	/* Without a timer it is up to the module alone. */
	if (!env->grace)
		sd_event_add_time_relative(env->agent->event, &env->grace,
					   CLOCK_MONOTONIC, GRACE_USEC + grace,
					   0, kill_it, env);
}

static void drain(struct agent *agent, uint32_t id)
{
	struct nl_msg *msg = snl_request(agent->control, SLUICE_CMD_ENV_SET,
					 false);

	if (msg) {
		nla_put_u32(msg, SLUICE_A_ENV_ID, id);
		nla_put_u32(msg, SLUICE_A_ENV_STATE, SLUICE_ENV_STATE_RETIRING);
	}
	/* It may be gone already. */
	snl_send(agent->control, msg, NULL, NULL);
}

/* What an earlier agent made goes on as ours, as long as its task is the same. */
static void adopt(struct agent *agent, struct env *env)
{
	int fd = cgroup_open(agent, env->id);

	if (fd < 0)
		return;
	env->cgroup = cgroup_id(fd);
	usage_add(agent, env->cgroup, env->slot);
	say_info("environment %u of %s adopted", env->id, env->task);
	if (!tasks_is_signed(agent, env->task, fd))
		drain(agent, env->id);
	close(fd);
}

static void handle(struct agent *agent, const struct news *news)
{
	struct env *env = find(agent, news->id);
	bool known = env;

	if (!env && news->state != SLUICE_ENV_STATE_GONE &&
	    news->state != SLUICE_ENV_STATE_FAILED)
		env = add(agent, news);
	if (!env)
		return;
	switch (news->state) {
	case SLUICE_ENV_STATE_WANTED:
		if (known)
			break;
		/* With a process it was attached, and will come to life. */
		if (news->has_pid)
			adopt(agent, env);
		else
			provision_start(agent, env);
		break;
	case SLUICE_ENV_STATE_IDLE:
	case SLUICE_ENV_STATE_BUSY:
		if (!known)
			adopt(agent, env);
		break;
	case SLUICE_ENV_STATE_RETIRING:
		retiring(env);
		break;
	default:
		clean_up(env);
	}
}

static struct news *read_news(struct nlattr **attrs)
{
	struct news *news = calloc(1, sizeof(*news));

	if (!news)
		return NULL;
	news->id = snl_u32(attrs, SLUICE_A_ENV_ID);
	news->slot = snl_u32(attrs, SLUICE_A_ENV_SLOT);
	news->state = snl_u32(attrs, SLUICE_A_ENV_STATE);
	news->has_pid = attrs[SLUICE_A_ENV_PID];
	snprintf(news->task, sizeof(news->task), "%s",
		 snl_string(attrs, SLUICE_A_ENV_TASK));
	return news;
}

/* Collected first and handled after: handling asks the module questions. */
static int collect(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	struct news ***tail = arg, *news;

	if (cmd != SLUICE_CMD_ENV_GET && cmd != SLUICE_CMD_ENV_NTF)
		return 0;
	news = read_news(attrs);
	if (!news)
		return -ENOMEM;
	**tail = news;
	*tail = &news->next;
	return 0;
}

static void handle_all(struct agent *agent, struct news *list)
{
	while (list) {
		struct news *news = list;

		list = news->next;
		handle(agent, news);
		free(news);
	}
}

static bool listed(const struct news *list, uint32_t id)
{
	for (; list; list = list->next)
		if (list->id == id)
			return true;
	return false;
}

/* A cgroup that no environment of the module has: of an earlier life. */
static void end_unknown(struct agent *agent, uint32_t id, void *arg)
{
	struct news gone = { .id = id, .state = SLUICE_ENV_STATE_GONE };

	if (listed(arg, id) || find(agent, id))
		return;
	say_info("cleaning up after environment %u", id);
	cgroup_kill(agent, id);
	if (add(agent, &gone))
		handle(agent, &gone);
}

/* Everything anew: at the start, and when news were lost. */
static int look(struct agent *agent)
{
	struct news *list = NULL, **tail = &list;
	struct env *env, *next;
	int ret;

	ret = snl_send(agent->control,
		       snl_request(agent->control, SLUICE_CMD_ENV_GET, true),
		       collect, &tail);
	if (ret) {
		say_error("asking for environments: %s",
			  snl_error(agent->control));
	} else {
		cgroup_each(agent, end_unknown, list);
		for (env = agent->envs; env; env = next) {
			next = env->next;
			if (!listed(list, env->id) && !env->grace)
				clean_up(env);
		}
	}
	handle_all(agent, list);
	return ret;
}

static void look_surely(struct agent *agent);

static int look_again(sd_event_source *source, uint64_t now, void *userdata)
{
	struct agent *agent = userdata;

	(void)source;
	(void)now;
	agent->look = sd_event_source_disable_unref(agent->look);
	look_surely(agent);
	return 0;
}

/* What was lost is not told again: if not now, then soon. */
static void look_surely(struct agent *agent)
{
	if (!look(agent) || agent->look)
		return;
	if (sd_event_add_time_relative(agent->event, &agent->look,
				       CLOCK_MONOTONIC, LOOK_USEC, 0,
				       look_again, agent) < 0)
		say_error("no timer: what changed is not known");
}

static int heard(sd_event_source *source, int fd, uint32_t events,
		 void *userdata)
{
	struct agent *agent = userdata;
	struct news *list = NULL, **tail = &list;
	int ret;

	(void)source;
	(void)fd;
	(void)events;
	do {
		ret = snl_receive(agent->news, collect, &tail);
	} while (ret >= 0);
	handle_all(agent, list);
	if (ret == -EAGAIN)
		return 0;
	/* Lost on the way, or there was no memory to keep them here. */
	say_warning("news of the module were lost (%s); looking again",
		    strerror(-ret));
	look_surely(agent);
	return 0;
}

int envs_start(struct agent *agent)
{
	int ret = snl_listen(agent->news, SLUICE_MCGRP_AGENT);

	if (ret) {
		say_error("%s", snl_error(agent->news));
		return ret;
	}
	ret = sd_event_add_io(agent->event, NULL, snl_fd(agent->news), EPOLLIN,
			      heard, agent);
	return ret < 0 ? ret : look(agent);
}

/* Environments go on: the next agent adopts them. */
void envs_stop(struct agent *agent)
{
	struct env *env, *next;

	agent->look = sd_event_source_disable_unref(agent->look);
	for (env = agent->envs; env; env = next) {
		next = env->next;
		forget(env);
	}
}

void envs_delete(struct agent *agent, uint32_t id)
{
	struct nl_msg *msg = snl_request(agent->control, SLUICE_CMD_ENV_DEL,
					 false);

	if (msg)
		nla_put_u32(msg, SLUICE_A_ENV_ID, id);
	/* It may be gone already. */
	snl_send(agent->control, msg, NULL, NULL);
}

void envs_drain(struct agent *agent, const char *task)
{
	struct env *env;

	for (env = agent->envs; env; env = env->next)
		if (!strcmp(env->task, task))
			drain(agent, env->id);
}

void envs_failed(struct agent *agent, struct env *env, const char *why,
		 bool lacked)
{
	struct nl_msg *msg = snl_request(agent->control, SLUICE_CMD_ENV_SET,
					 false);
	char message[SLUICE_MESSAGE_SIZE];

	say_error("environment %u of %s: %s", env->id, env->task, why);
	snprintf(message, sizeof(message), "%s", why);
	if (msg) {
		nla_put_u32(msg, SLUICE_A_ENV_ID, env->id);
		nla_put_u32(msg, SLUICE_A_ENV_STATE, SLUICE_ENV_STATE_FAILED);
		nla_put_string(msg, SLUICE_A_ENV_MESSAGE, message);
		nla_put_u32(msg, SLUICE_A_ENV_LACKED, lacked);
	}
	/* Not wanted any more is as good. */
	snl_send(agent->control, msg, NULL, NULL);
}

void envs_each(struct agent *agent, env_fn fn, void *arg)
{
	struct env *env, *next;

	for (env = agent->envs; env; env = next) {
		next = env->next;
		fn(agent, env->id, arg);
	}
}
