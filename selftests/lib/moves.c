// SPDX-License-Identifier: GPL-2.0-only
/* The moves of scene.h: what can be done at both doors to what is in a scene. */
#define _GNU_SOURCE
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sluice_test.h"

static long ioctl_errno(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) ? -errno : 0;
}

/*
 * Submit
 */

static void fill_submit(struct actor *actor, const char *key)
{
	actor->fd = actor->scene->client;
	memset(&actor->submit, 0, sizeof(actor->submit));
	actor->submit.size = sizeof(actor->submit);
	strcpy(actor->submit.task, SCENE_TASK);
	strcpy(actor->submit.key, key);
	actor->submit.priority = SLUICE_PRIORITY_TASK;
	actor->submit.input = (uintptr_t)"input";
	actor->submit.input_len = 5;
}

static void prepare_submit(struct actor *actor)
{
	fill_submit(actor, "");
}

static void prepare_submit_key(struct actor *actor)
{
	fill_submit(actor, SCENE_KEY);
}

static void prepare_submit_detached(struct actor *actor)
{
	fill_submit(actor, "");
	actor->submit.flags = SLUICE_SUBMIT_DETACHED;
}

/* Of a class deadline it would be one with a demand. */
static void prepare_submit_large(struct actor *actor)
{
	static const char large[60000];

	fill_submit(actor, "");
	actor->submit.input = (uintptr_t)large;
	actor->submit.input_len = sizeof(large);
	actor->submit.deadline = LONG;
	actor->submit.runtime = MS;
}

static long fire_submit(struct actor *actor)
{
	return ioctl_errno(actor->fd, SLUICE_IOC_SUBMIT, &actor->submit);
}

static void finish_submit(struct actor *actor)
{
	if (!actor->ret)
		scene_submitted(actor->scene, actor->submit.id,
				actor->submit.flags & SLUICE_SUBMIT_DETACHED);
}

static void fill_reap(struct actor *actor, uint64_t id, uint32_t flags)
{
	actor->fd = actor->scene->client;
	memset(&actor->reap, 0, sizeof(actor->reap));
	actor->reap.size = sizeof(actor->reap);
	actor->reap.flags = flags;
	actor->reap.id = id;
	actor->reap.output = (uintptr_t)actor->buffer;
	actor->reap.output_cap = sizeof(actor->buffer);
}

static void prepare_call(struct actor *actor)
{
	fill_submit(actor, "");
	fill_reap(actor, 0, 0);
	actor->args = (struct sluice_call_args){
		.size = sizeof(actor->args),
		.submit = (uintptr_t)&actor->submit,
		.reap = (uintptr_t)&actor->reap,
	};
}

static long fire_call(struct actor *actor)
{
	return ioctl_errno(actor->fd, SLUICE_IOC_CALL, &actor->args);
}

static void finish_call(struct actor *actor)
{
	if (actor->submit.id)
		scene_submitted(actor->scene, actor->submit.id, false);
	if (!actor->ret)
		scene_reaped(actor->scene, &actor->reap);
}

/*
 * Netlink in general
 */

static long fire_wire(struct actor *actor)
{
	return wire_send(&actor->wire);
}

static void finish_wire(struct actor *actor)
{
	if (!actor->ret)
		actor->ret = wire_hear(&actor->wire, NULL, NULL);
}

/* Each part of a dump is made by whoever asks for it. */
static long fire_dump(struct actor *actor)
{
	return wire_do(&actor->wire, NULL, NULL);
}

static void begin_task(struct actor *actor, uint8_t cmd)
{
	wire_begin(&actor->wire, cmd, 0);
	wire_text(&actor->wire, SLUICE_A_TASK_NAME, SCENE_TASK);
}

static void begin_call(struct actor *actor, uint8_t cmd)
{
	wire_begin(&actor->wire, cmd, 0);
	wire_u64(&actor->wire, SLUICE_A_CALL_ID, actor->scene->call);
}

static void begin_env(struct actor *actor, uint8_t cmd)
{
	wire_begin(&actor->wire, cmd, 0);
	wire_u32(&actor->wire, SLUICE_A_ENV_ID, actor->scene->env);
}

static void begin_budget(struct actor *actor, uint8_t cmd)
{
	wire_begin(&actor->wire, cmd, 0);
	wire_text(&actor->wire, SLUICE_A_BUDGET_RESOURCE, SCENE_TOKEN);
}

/*
 * Calls
 */

static void prepare_call_new(struct actor *actor)
{
	wire_begin(&actor->wire, SLUICE_CMD_CALL_NEW, 0);
	wire_text(&actor->wire, SLUICE_A_CALL_TASK, SCENE_TASK);
	wire_text(&actor->wire, SLUICE_A_CALL_KEY, SCENE_KEY);
	wire_put(&actor->wire, SLUICE_A_CALL_INPUT, "input", 5);
}

static void keep_id(const char *attrs, size_t len, void *arg)
{
	*(uint64_t *)arg = wire_get_u64(attrs, len, SLUICE_A_CALL_ID);
}

static void finish_call_new(struct actor *actor)
{
	uint64_t id = 0;

	if (!actor->ret)
		actor->ret = wire_hear(&actor->wire, keep_id, &id);
	if (id)
		scene_submitted(actor->scene, id, true);
}

static void prepare_cancel(struct actor *actor)
{
	actor->fd = actor->scene->client;
	actor->cancel = (struct sluice_cancel){ .size = sizeof(actor->cancel),
						.id = actor->scene->call };
}

static long fire_cancel(struct actor *actor)
{
	return ioctl_errno(actor->fd, SLUICE_IOC_CANCEL, &actor->cancel);
}

static void finish_cancel(struct actor *actor)
{
	if (!actor->ret)
		scene_cancelled(actor->scene, actor->scene->call);
}

static void prepare_call_del(struct actor *actor)
{
	begin_call(actor, SLUICE_CMD_CALL_DEL);
}

static void finish_call_del(struct actor *actor)
{
	finish_wire(actor);
	finish_cancel(actor);
}

static void prepare_change(struct actor *actor)
{
	actor->fd = actor->scene->client;
	actor->change = (struct sluice_change){
		.size = sizeof(actor->change), .id = actor->scene->call,
		.flags = SLUICE_CHANGE_PRIORITY | SLUICE_CHANGE_DEADLINE,
		.priority = 99, .deadline = LONG,
	};
}

static long fire_change(struct actor *actor)
{
	return ioctl_errno(actor->fd, SLUICE_IOC_CHANGE, &actor->change);
}

/* It will have waited for too long in a moment. */
static void prepare_call_set(struct actor *actor)
{
	begin_call(actor, SLUICE_CMD_CALL_SET);
	wire_u64(&actor->wire, SLUICE_A_CALL_DEADLINE, 1);
}

static void prepare_call_get(struct actor *actor)
{
	begin_call(actor, SLUICE_CMD_CALL_GET);
}

static void prepare_call_dump(struct actor *actor)
{
	wire_begin(&actor->wire, SLUICE_CMD_CALL_GET, NLM_F_DUMP);
}

/*
 * Reap
 */

static void prepare_reap(struct actor *actor)
{
	fill_reap(actor, actor->scene->call, SLUICE_REAP_NONBLOCK);
}

static void prepare_reap_wait(struct actor *actor)
{
	fill_reap(actor, actor->scene->call, 0);
}

static void prepare_reap_any(struct actor *actor)
{
	fill_reap(actor, 0, SLUICE_REAP_NONBLOCK);
}

static void prepare_reap_any_wait(struct actor *actor)
{
	fill_reap(actor, 0, 0);
}

/* It has to be given back. */
static void prepare_reap_small(struct actor *actor)
{
	fill_reap(actor, actor->scene->call, SLUICE_REAP_NONBLOCK);
	actor->reap.output_cap = 1;
}

static long fire_reap(struct actor *actor)
{
	return ioctl_errno(actor->fd, SLUICE_IOC_REAP, &actor->reap);
}

static void finish_reap(struct actor *actor)
{
	if (!actor->ret)
		scene_reaped(actor->scene, &actor->reap);
}

/*
 * The file
 */

static void prepare_poll(struct actor *actor)
{
	actor->poller = (struct pollfd){ .fd = actor->scene->client,
					 .events = POLLIN };
}

static long fire_poll(struct actor *actor)
{
	return poll(&actor->poller, 1, 0) < 0 ? -errno : 0;
}

/*
 * Close the file, but keep its number until the scene ends: whoever uses it a
 * moment later must not find another file there.
 */
static long close_file(struct actor *actor, _Atomic int *place)
{
	int fd = atomic_exchange(place, -1);

	if (fd < 0)
		return 0;
	scene_number(actor->scene, fd);
	return dup2(actor->fd, fd) < 0 ? -errno : 0;
}

static void prepare_close(struct actor *actor)
{
	actor->fd = open("/dev/null", O_RDWR | O_CLOEXEC);
}

static void finish_close(struct actor *actor)
{
	close(actor->fd);
}

static long fire_close(struct actor *actor)
{
	return close_file(actor, &actor->scene->client);
}

static long fire_open(struct actor *actor)
{
	actor->fd = open(SLUICE_DEVICE, O_RDWR | O_CLOEXEC);
	return actor->fd < 0 ? -errno : 0;
}

static void finish_open(struct actor *actor)
{
	if (!actor->ret)
		close(actor->fd);
}

/*
 * The worker
 */

static void fill_next(struct actor *actor, uint32_t flags)
{
	actor->fd = actor->scene->doors[0];
	memset(&actor->next, 0, sizeof(actor->next));
	actor->next.size = sizeof(actor->next);
	actor->next.flags = flags;
	actor->next.id = actor->scene->call;
	actor->next.reason = SLUICE_REASON_ANSWERED;
	actor->next.output = (uintptr_t)"answer";
	actor->next.output_len = 7;
	strcpy(actor->next.message, "a message");
	actor->next.input = (uintptr_t)actor->buffer;
	actor->next.input_cap = sizeof(actor->buffer);
}

static void prepare_next(struct actor *actor)
{
	fill_next(actor, SLUICE_NEXT_TAKE | SLUICE_NEXT_NONBLOCK);
}

static void prepare_next_wait(struct actor *actor)
{
	fill_next(actor, SLUICE_NEXT_TAKE);
}

/* The same call is given again. */
static void prepare_next_small(struct actor *actor)
{
	prepare_next(actor);
	actor->next.input_cap = 1;
}

static void prepare_answer(struct actor *actor)
{
	fill_next(actor, SLUICE_NEXT_ANSWER);
}

static void prepare_answer_next(struct actor *actor)
{
	fill_next(actor, SLUICE_NEXT_ANSWER | SLUICE_NEXT_TAKE |
			 SLUICE_NEXT_NONBLOCK);
}

static long fire_next(struct actor *actor)
{
	return ioctl_errno(actor->fd, SLUICE_IOC_NEXT, &actor->next);
}

/* Whether there was a next one or not. */
static void finish_answer(struct actor *actor)
{
	if (!actor->ret || !(actor->next.flags & SLUICE_NEXT_ANSWER))
		scene_answered(actor->scene, actor->scene->call);
}

static long fire_close_door(struct actor *actor)
{
	return close_file(actor, &actor->scene->doors[0]);
}

/* Until it is a door that hangs up. */
static void prepare_poll_door(struct actor *actor)
{
	actor->poller = (struct pollfd){ .fd = actor->scene->spare };
}

static long fire_poll_wait(struct actor *actor)
{
	return poll(&actor->poller, 1, -1) < 0 ? -errno : 0;
}

static void prepare_attach_spare(struct actor *actor)
{
	actor->fd = actor->scene->spare;
	actor->attach = (struct sluice_attach){
		.size = sizeof(actor->attach), .env = actor->scene->env,
		.cgroup_fd = -1, .pid = scene_dead(),
	};
}

static long fire_attach_spare(struct actor *actor)
{
	long ret = ioctl_errno(actor->fd, SLUICE_IOC_ATTACH, &actor->attach);

	if (!ret) {
		actor->scene->spare = -1;
		scene_door(actor->scene, actor->fd);
	}
	return ret;
}

static void prepare_attach(struct actor *actor)
{
	actor->fd = st_open();
	actor->attach = (struct sluice_attach){
		.size = sizeof(actor->attach), .env = actor->scene->env,
		.cgroup_fd = -1, .pid = scene_dead(),
	};
}

/* Somebody has to work there. */
static long fire_attach(struct actor *actor)
{
	long ret = ioctl_errno(actor->fd, SLUICE_IOC_ATTACH, &actor->attach);

	if (!ret)
		scene_door(actor->scene, actor->fd);
	return ret;
}

static void finish_attach(struct actor *actor)
{
	if (actor->ret)
		close(actor->fd);
}

/*
 * Environments
 */

static void fill_env_state(struct actor *actor, uint32_t state)
{
	begin_env(actor, SLUICE_CMD_ENV_SET);
	wire_u32(&actor->wire, SLUICE_A_ENV_STATE, state);
	wire_text(&actor->wire, SLUICE_A_ENV_MESSAGE, "it cannot be made");
}

static void prepare_env_failed(struct actor *actor)
{
	fill_env_state(actor, SLUICE_ENV_STATE_FAILED);
}

static void prepare_env_drain(struct actor *actor)
{
	fill_env_state(actor, SLUICE_ENV_STATE_RETIRING);
}

static void prepare_env_pids(struct actor *actor)
{
	begin_env(actor, SLUICE_CMD_ENV_SET);
	wire_u32(&actor->wire, SLUICE_A_ENV_PIDS, 3);
}

static void prepare_env_del(struct actor *actor)
{
	begin_env(actor, SLUICE_CMD_ENV_DEL);
}

static void prepare_env_get(struct actor *actor)
{
	begin_env(actor, SLUICE_CMD_ENV_GET);
}

static void prepare_env_dump(struct actor *actor)
{
	wire_begin(&actor->wire, SLUICE_CMD_ENV_GET, NLM_F_DUMP);
}

/*
 * Tasks
 */

static void prepare_task_new(struct actor *actor)
{
	begin_task(actor, SLUICE_CMD_TASK_NEW);
	wire_u64(&actor->wire, SLUICE_A_TASK_IDLE, LONG);
}

static void prepare_task_set(struct actor *actor)
{
	begin_task(actor, SLUICE_CMD_TASK_SET);
	wire_text(&actor->wire, SLUICE_A_TASK_CLASS, "fair");
	wire_u32(&actor->wire, SLUICE_A_TASK_QUEUE_MAX, 3);
	wire_u32(&actor->wire, SLUICE_A_TASK_ENVS_MAX, 1);
}

/* It needs something else, and nothing of what it needed. */
static void prepare_task_needs(struct actor *actor)
{
	size_t nest;

	begin_task(actor, SLUICE_CMD_TASK_SET);
	nest = wire_nest(&actor->wire, SLUICE_A_TASK_REQUEST);
	wire_text(&actor->wire, SLUICE_A_AMOUNT_RESOURCE, "pids");
	wire_u64(&actor->wire, SLUICE_A_AMOUNT_AMOUNT, 1);
	wire_nest_end(&actor->wire, nest);
}

static void fill_mode(struct actor *actor, uint32_t mode)
{
	begin_task(actor, SLUICE_CMD_TASK_SET);
	wire_u32(&actor->wire, SLUICE_A_TASK_MODE, mode);
}

static void prepare_task_pause(struct actor *actor)
{
	fill_mode(actor, SLUICE_MODE_PAUSE);
}

static void prepare_task_drain(struct actor *actor)
{
	fill_mode(actor, SLUICE_MODE_DRAIN);
}

static void prepare_task_del(struct actor *actor)
{
	begin_task(actor, SLUICE_CMD_TASK_DEL);
}

static void prepare_task_get(struct actor *actor)
{
	begin_task(actor, SLUICE_CMD_TASK_GET);
}

static void prepare_task_dump(struct actor *actor)
{
	wire_begin(&actor->wire, SLUICE_CMD_TASK_GET, NLM_F_DUMP);
}

/*
 * Budgets, the agent, limits
 */

static void prepare_budget_lower(struct actor *actor)
{
	begin_budget(actor, SLUICE_CMD_BUDGET_SET);
	wire_u64(&actor->wire, SLUICE_A_BUDGET_BUDGET, 0);
}

static void prepare_budget_raise(struct actor *actor)
{
	begin_budget(actor, SLUICE_CMD_BUDGET_SET);
	wire_u64(&actor->wire, SLUICE_A_BUDGET_BUDGET, 3);
}

static void prepare_budget_del(struct actor *actor)
{
	begin_budget(actor, SLUICE_CMD_BUDGET_DEL);
}

static void prepare_budget_get(struct actor *actor)
{
	begin_budget(actor, SLUICE_CMD_BUDGET_GET);
}

static void prepare_budget_dump(struct actor *actor)
{
	wire_begin(&actor->wire, SLUICE_CMD_BUDGET_GET, NLM_F_DUMP);
}

static void prepare_stats(struct actor *actor)
{
	wire_begin(&actor->wire, SLUICE_CMD_STATS_GET, 0);
}

static void prepare_agent_set(struct actor *actor)
{
	wire_begin(&actor->wire, SLUICE_CMD_AGENT_SET, 0);
	wire_u32(&actor->wire, SLUICE_A_AGENT_PID, getpid());
}

static long fire_agent_leaves(struct actor *actor)
{
	wire_close(&actor->scene->agent);
	return 0;
}

/* The kernel's timer makes this move, at about this time. */
static long fire_nothing(struct actor *actor)
{
	(void)actor;
	return 0;
}

static void prepare_limit(struct actor *actor)
{
	actor->fd = open("/sys/module/sluice/parameters/max_envs",
			 O_WRONLY | O_CLOEXEC);
}

static long fire_limit(struct actor *actor)
{
	return write(actor->fd, "0", 1) < 0 ? -errno : 0;
}

static void finish_limit(struct actor *actor)
{
	close(actor->fd);
}

/*
 * All
 */

#define CALL	TOUCHES_CALL
#define TASK	TOUCHES_TASK
#define ENV	TOUCHES_ENV
#define FILE	TOUCHES_FILE
#define BUDGET	TOUCHES_BUDGET
#define AGENT	TOUCHES_AGENT
#define LOOKS	LOOKS_ONLY
#define MANY	TOUCHES_MANY
#define SPARE	TOUCHES_SPARE
#define TIME	TAKES_TIME

#define REFUSED	ENOENT, ENOBUFS, ESHUTDOWN, EDQUOT, EBADF, ENOTTY

const struct move moves[] = {
	{ "submit", CALL | TASK | FILE, prepare_submit, fire_submit,
	  finish_submit, { REFUSED } },
	{ "submit-key", CALL | TASK | FILE, prepare_submit_key, fire_submit,
	  finish_submit, { REFUSED } },
	{ "submit-detached", CALL | TASK, prepare_submit_detached, fire_submit,
	  finish_submit, { REFUSED } },
	{ "submit-large", CALL | TASK, prepare_submit_large, fire_submit,
	  finish_submit, { REFUSED } },
	{ "call", CALL | TASK | FILE, prepare_call, fire_call, finish_call,
	  { REFUSED } },
	{ "call-new", CALL | TASK, prepare_call_new, fire_wire,
	  finish_call_new, { REFUSED } },
	{ "cancel", CALL | FILE, prepare_cancel, fire_cancel, finish_cancel,
	  { ENOENT, EALREADY, EBADF, ENOTTY } },
	{ "call-del", CALL, prepare_call_del, fire_wire, finish_call_del,
	  { ENOENT, EALREADY } },
	{ "change", CALL | FILE, prepare_change, fire_change, NULL,
	  { ENOENT, EALREADY, EBADF, ENOTTY } },
	{ "call-set", CALL, prepare_call_set, fire_wire, finish_wire,
	  { ENOENT, EALREADY } },
	{ "call-get", CALL | LOOKS, prepare_call_get, fire_wire, finish_wire,
	  { ENOENT } },
	{ "call-dump", CALL | LOOKS, prepare_call_dump, fire_dump, NULL, { 0 } },
	{ "reap", CALL | FILE, prepare_reap, fire_reap, finish_reap,
	  { ENOENT, EAGAIN, EBADF, ENOTTY } },
	{ "reap-wait", CALL | FILE, prepare_reap_wait, fire_reap, finish_reap,
	  { ENOENT, EBADF, ENOTTY } },
	{ "reap-any", CALL | FILE, prepare_reap_any, fire_reap, finish_reap,
	  { ENODATA, EAGAIN, EBADF, ENOTTY } },
	{ "reap-any-wait", CALL | FILE, prepare_reap_any_wait, fire_reap,
	  finish_reap, { ENODATA, EBADF, ENOTTY } },
	{ "reap-small", CALL | FILE, prepare_reap_small, fire_reap,
	  finish_reap, { ENOENT, EAGAIN, EMSGSIZE, EBADF, ENOTTY } },
	{ "poll", FILE | LOOKS, prepare_poll, fire_poll, NULL, { 0 } },
	{ "open", 0, NULL, fire_open, finish_open, { 0 } },
	{ "close", CALL | FILE | MANY, prepare_close, fire_close, finish_close,
	  { 0 } },
	{ "next", CALL | ENV, prepare_next, fire_next, NULL,
	  { EAGAIN, EBUSY, ESHUTDOWN, EBADF, ENOTTY } },
	{ "next-wait", CALL | ENV, prepare_next_wait, fire_next, NULL,
	  { EBUSY, ESHUTDOWN, EBADF, ENOTTY } },
	{ "next-small", CALL | ENV, prepare_next_small, fire_next, NULL,
	  { EAGAIN, EBUSY, EMSGSIZE, ESHUTDOWN, EBADF, ENOTTY } },
	{ "answer", CALL | ENV, prepare_answer, fire_next, finish_answer,
	  { ENOENT, EBADF, ENOTTY } },
	{ "answer-next", CALL | ENV, prepare_answer_next, fire_next,
	  finish_answer, { ENOENT, EAGAIN, EBUSY, ESHUTDOWN, EBADF, ENOTTY } },
	{ "close-door", CALL | ENV, prepare_close, fire_close_door,
	  finish_close, { 0 } },
	{ "attach", ENV, prepare_attach, fire_attach, finish_attach,
	  { ENOENT, ESTALE, EEXIST } },
	{ "attach-polled", SPARE, prepare_attach_spare, fire_attach_spare,
	  NULL, { EBUSY, EEXIST, ESTALE } },
	{ "poll-door", SPARE, prepare_poll_door, fire_poll_wait, NULL, { 0 } },
	{ "env-failed", CALL | ENV, prepare_env_failed, fire_wire, finish_wire,
	  { ENOENT, ESTALE } },
	{ "env-drain", ENV, prepare_env_drain, fire_wire, finish_wire,
	  { ENOENT } },
	{ "env-pids", ENV | BUDGET, prepare_env_pids, fire_wire, finish_wire,
	  { ENOENT } },
	{ "env-del", CALL | ENV | BUDGET, prepare_env_del, fire_wire,
	  finish_wire, { ENOENT } },
	{ "env-get", ENV | LOOKS, prepare_env_get, fire_wire, finish_wire,
	  { ENOENT } },
	{ "env-dump", ENV | LOOKS, prepare_env_dump, fire_dump, NULL, { 0 } },
	{ "task-new", TASK | BUDGET, prepare_task_new, fire_wire, finish_wire,
	  { EEXIST } },
	{ "task-set", TASK | CALL, prepare_task_set, fire_wire, finish_wire,
	  { ENOENT } },
	{ "task-needs", TASK | BUDGET, prepare_task_needs, fire_wire,
	  finish_wire, { ENOENT } },
	{ "task-pause", TASK, prepare_task_pause, fire_wire, finish_wire,
	  { ENOENT } },
	{ "task-drain", TASK | ENV, prepare_task_drain, fire_wire, finish_wire,
	  { ENOENT } },
	{ "task-del", TASK | CALL | ENV | BUDGET | MANY, prepare_task_del,
	  fire_wire, finish_wire, { ENOENT } },
	{ "task-get", TASK | LOOKS, prepare_task_get, fire_wire, finish_wire,
	  { ENOENT } },
	{ "task-dump", TASK | LOOKS, prepare_task_dump, fire_dump, NULL, { 0 } },
	{ "budget-lower", BUDGET, prepare_budget_lower, fire_wire, finish_wire,
	  { EBUSY } },
	{ "budget-raise", BUDGET, prepare_budget_raise, fire_wire, finish_wire,
	  { 0 } },
	{ "budget-del", BUDGET, prepare_budget_del, fire_wire, finish_wire,
	  { ENOENT, EBUSY } },
	{ "budget-get", BUDGET | LOOKS, prepare_budget_get, fire_wire,
	  finish_wire, { ENOENT } },
	{ "budget-dump", BUDGET | LOOKS, prepare_budget_dump, fire_dump, NULL,
	  { 0 } },
	{ "stats", CALL | LOOKS, prepare_stats, fire_wire, finish_wire, { 0 } },
	{ "agent-set", AGENT | ENV, prepare_agent_set, fire_wire, finish_wire,
	  { EBUSY } },
	{ "agent-leaves", AGENT | ENV, NULL, fire_agent_leaves, NULL, { 0 } },
	{ "time-out", CALL | ENV | TIME, NULL, fire_nothing, NULL, { 0 } },
	{ "limit", ENV, prepare_limit, fire_limit, finish_limit, { 0 } },
};

const unsigned int moves_count = sizeof(moves) / sizeof(*moves);

/*
 * Actors
 */

void actor_open(struct actor *actor)
{
	actor->ended = false;
	actor->ret = 0;
	wire_open(&actor->wire);
	if (actor->move->prepare)
		actor->move->prepare(actor);
}

void actor_close(struct actor *actor)
{
	wire_close(&actor->wire);
}

bool actor_may_say(const struct actor *actor)
{
	const int *error = actor->move->errors;

	if (!actor->ret)
		return true;
	while (*error && *error != -actor->ret)
		error++;
	return *error;
}
