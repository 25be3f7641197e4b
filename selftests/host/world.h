/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A gateway around the module's core, in one thread: memory, an agent, workers
 * and submitters that do what the test says, when it says so. Tests that include
 * it are built with all files of CORE (see engine.c), against the shim.
 */
#ifndef SLUICE_WORLD_H
#define SLUICE_WORLD_H

#include "kernel.h"

#include "base/event.h"
#include "engine/dispatch.h"
#include "engine/finish.h"
#include "engine/operate.h"
#include "engine/submit.h"
#include "engine/tick.h"
#include "engine/worker.h"
#include "machine/alarm.h"
#include "machine/cpu.h"
#include "machine/memory.h"
#include "machine/realtime.h"
#include "machine/rivals.h"
#include "object/call.h"
#include "object/callq.h"
#include "object/env.h"
#include "object/forecast.h"
#include "object/owner.h"
#include "object/park.h"
#include "object/task.h"
#include "object/usage.h"
#include "object/user.h"
#include "policy/class.h"
#include "tokens.h"

#define MIB	(1ULL << 20)
#define MS	((u64)NSEC_PER_MSEC)
#define SECOND	((u64)NSEC_PER_SEC)
#define PLACES	128
#define USERS	4
#define CRANE	SLUICE_RES_TOKEN
#define GATE	(SLUICE_RES_TOKEN + 1)

u64 shim_now;
bool shim_no_memory;
long shim_module_refs;

struct sluice sluice = {
	.limits = { .max_calls = 200, .max_bytes = 4096, .max_input = 64,
		    .max_output = 64, .max_tasks = 128, .max_envs = 8,
		    .max_files = 8, .max_file_calls = 100,
		    .max_file_unread = 4096, .max_unread = 8192, .history = 32,
		    .history_bytes = 1 << 20, .tick_ms = 100,
		    .idle_tick_ms = 1000 },
};

/* An environment as its agent and its worker see it; by its slot. */
struct place {
	u32	id;
	struct sluice_file *door;
	struct cgroup cgroup;
	struct cgroup_subsys_state controller;
	struct pid pid;
	u64	memory;
	u64	cpu;
	struct sluice_counts counts;
	u64	just_now;
	u64	oom_kills;
};

static struct place places[PLACES];
static u64 world_outside;
/* CPU time of all together, and of the rest of the box. */
static u64 world_busy;
static u64 world_realtime;
/* In thousandths. Where a test says nothing there are as many as the budget says. */
static u64 world_cpus = SLUICE_UNBOUNDED;

/*
 * What the kernel would bring
 */

u64 sluice_memory_physical(void)
{
	return 1024 * MIB;
}

u64 sluice_memory_available(void)
{
	u64 used = world_outside;
	struct sluice_env *env;

	list_for_each_entry(env, &sluice.env_list, node)
		used += sluice_memory_used(env->memory);
	return used < 1024 * MIB ? 1024 * MIB - used : 0;
}

struct cgroup_subsys_state *sluice_memory_get(struct cgroup *cgroup)
{
	return &container_of(cgroup, struct place, cgroup)->controller;
}

void sluice_memory_put(struct cgroup_subsys_state *memory) { (void)memory; }

u64 sluice_memory_used(struct cgroup_subsys_state *memory)
{
	return memory ? container_of(memory, struct place, controller)->memory :
			0;
}

u64 sluice_memory_peak(struct cgroup_subsys_state *memory)
{
	return sluice_memory_used(memory);
}

void sluice_memory_peak_reset(struct cgroup_subsys_state *memory)
{
	(void)memory;
}

u64 sluice_memory_limit(struct cgroup_subsys_state *memory)
{
	return memory ? 100 * MIB : SLUICE_UNBOUNDED;
}

u64 sluice_memory_oom_kills(struct cgroup_subsys_state *memory)
{
	return memory ? container_of(memory, struct place, controller)->oom_kills :
			0;
}

/*
 * Who submits, and what it still may be charged for answers.
 */
struct mem_cgroup {
	u64	left;
};

static struct mem_cgroup world_payer = { .left = U64_MAX };

struct mem_cgroup *sluice_memory_payer(void) { return &world_payer; }
void sluice_memory_payer_put(struct mem_cgroup *payer) { (void)payer; }

void *sluice_memory_charge(struct mem_cgroup *payer, size_t size, bool atomic)
{
	(void)atomic;
	if (size > payer->left)
		return NULL;
	return kvmalloc(size, GFP_KERNEL);
}

u64 sluice_cpu_physical(void) { return world_cpus; }
void sluice_cpu_read(struct sluice_cpu_times *times)
{
	*times = (struct sluice_cpu_times){ .busy = world_busy };
}

/* Memory that limits above environments leave to them. */
static u64 world_limit = SLUICE_UNBOUNDED;

u64 sluice_above_limit(const struct sluice_above *above, u64 measured,
		       bool read)
{
	(void)above;
	(void)read;
	(void)measured;
	return world_limit;
}

void sluice_above_cached(struct sluice_above *above, u64 id, u64 used, u64 cache)
{
	(void)above;
	(void)id;
	(void)used;
	(void)cache;
}

u64 sluice_realtime(void) { return world_realtime; }
u64 sluice_rivals(void) { return 0; }

u64 sluice_cpu_of_cgroup(struct cgroup *cgroup)
{
	return container_of(cgroup, struct place, cgroup)->cpu;
}

bool sluice_counts_room(u32 slot)
{
	(void)slot;
	return true;
}

u64 sluice_counts_one(u32 slot, int what)
{
	return places[slot].counts.of[what];
}

void sluice_counts_of_slot(u32 slot, bool own, struct sluice_counts *counts)
{
	*counts = places[slot].counts;
	if (own)
		counts->of[SLUICE_COUNT_FAULTS] += places[slot].just_now;
}

/* They ring in world_time(). */
void sluice_alarm_init(struct sluice_alarm *alarm, void (*ring)(void))
{
	*alarm = (struct sluice_alarm){ .ring = ring, .open = true };
}

void sluice_alarm_by(struct sluice_alarm *alarm, u64 when)
{
	lockdep_assert_held(&sluice.lock);
	if (alarm->open && (!alarm->when || when < alarm->when))
		alarm->when = when;
}

void sluice_alarm_end(struct sluice_alarm *alarm) { alarm->when = 0; }

static void ignore_call(const struct sluice_call *call) { (void)call; }
static void ignore_env(const struct sluice_env *env) { (void)env; }
static void ignore_task(const struct sluice_task *task) { (void)task; }
static void ignore_agent(void) { }
static void ignore_box(void) { }
static void ignore_budget(const struct sluice_account *account) { (void)account; }
static void ignore_refused(const struct sluice_refusal_event *event)
{
	(void)event;
}

static const struct sluice_sink world_sink = {
	ignore_call, ignore_env, ignore_task, ignore_agent, ignore_box, ignore_budget,
	ignore_refused, ignore_env,
};

/*
 * Beginning and end
 */

/* The first of them is root. */
static struct sluice_user *world_user[USERS];

static inline struct sluice_user *new_user(u32 uid)
{
	struct sluice_user *spare = sluice_user_alloc(), *user;

	sluice_enter();
	user = sluice_user_get((kuid_t){ uid }, &spare);
	sluice_leave();
	free(spare);
	return user;
}

/* Of any resource, a token or not. */
static inline struct sluice_account *world_account(u32 res)
{
	return account_of(&sluice.ledger, res);
}

static inline void world_budgets(void)
{
	struct sluice_account *account = sluice.ledger.account;

	sluice_ledger_init(&sluice.ledger);
	account[SLUICE_RES_MEMORY].budget = 500 * MIB;
	account[SLUICE_RES_MEMORY].reserve = 64 * MIB;
	account[SLUICE_RES_CPU].budget = 2000;
	account[SLUICE_RES_PIDS].budget = 100;
	account[SLUICE_RES_DISK].budget = SLUICE_UNBOUNDED;
	account[SLUICE_RES_NETWORK].budget = SLUICE_UNBOUNDED;
	if (token_declare(&sluice.ledger, "crane", 1)->res != CRANE ||
	    token_declare(&sluice.ledger, "gate", 3)->res != GATE)
		abort();
}

static inline void world_begin(void)
{
	int i;

	hash_init(sluice.tasks);
	hash_init(sluice.users);
	for (i = 0; i < USERS; i++)
		world_user[i] = new_user(i);
	sluice.names = RB_ROOT;
	sluice.task_changes = 1;
	xa_init(&sluice.calls);
	xa_init(&sluice.envs);
	INIT_LIST_HEAD(&sluice.history);
	INIT_LIST_HEAD(&sluice.env_list);
	INIT_LIST_HEAD(&sluice.idle);
	INIT_LIST_HEAD(&sluice.rooms.blocked);
	INIT_LIST_HEAD(&sluice.rooms.promised);
	INIT_LIST_HEAD(&sluice.awaited);
	sluice.timers = RB_ROOT_CACHED;
	sluice_class_ageing = SECOND;
	sluice_class_init();
	world_budgets();
	sluice_event_sink(&world_sink);
	sluice_usage_init();
	if (sluice_tick_init())
		abort();
}

/* Nothing waits or runs any more. */
static inline void world_end(void)
{
	sluice_tick_exit();
	sluice_enter();
	sluice_env_exit();
	while (sluice_call_trim(0, 0))
		sluice_breathe();
	sluice_task_exit();
	sluice_leave();
	sluice_class_exit();
	sluice_ledger_exit(&sluice.ledger);
	xa_destroy(&sluice.envs);
	xa_destroy(&sluice.calls);
}

/* What a call needs of any resource, a token or not: see world_drop(). */
static inline void world_request(struct sluice_task_config *config, u32 res,
				 u64 amount)
{
	request_set(&sluice.ledger, &config->request, res, amount);
}

/* No task will be of this kind any more. */
static inline void world_drop(struct sluice_task_config *config)
{
	request_drop(&config->request);
}

/* There may be more of the same: the task has a reference of its own to the tokens. */
static inline struct sluice_task *
world_add_task(const char *name, const struct sluice_task_config *config)
{
	struct sluice_task *task = sluice_task_alloc(name, config);

	sluice_tokens_get(task->config.request.tokens);
	sluice_enter();
	if (sluice_task_register(task))
		abort();
	sluice_leave();
	return task;
}

/* A task of this kind which needs besides so much of any resource, a token or not. */
static inline struct sluice_task *
world_add_task_with(const char *name, const struct sluice_task_config *config,
		    u32 res, u64 amount)
{
	struct sluice_task_config own = *config;
	struct sluice_task *task;

	sluice_tokens_get(own.request.tokens);
	world_request(&own, res, amount);
	task = world_add_task(name, &own);
	world_drop(&own);
	return task;
}

/* The same, of one that is there. */
static inline void world_change_task(struct sluice_task *task,
				     const struct sluice_task_config *config)
{
	sluice_enter();
	sluice_tokens_get(config->request.tokens);
	sluice_task_change(task, config);
	sluice_leave();
}

/* A call of a task that is there needs so much of any resource from now on. */
static inline void world_task_needs(struct sluice_task *task, u32 res,
				    u64 amount)
{
	struct sluice_task_config config = task->config;

	sluice_tokens_get(config.request.tokens);
	world_request(&config, res, amount);
	world_change_task(task, &config);
	world_drop(&config);
}

static inline void world_del_task(const char *name)
{
	struct sluice_task *task;

	sluice_enter();
	task = sluice_task_find(name);
	sluice_operate_task_del(task);
	sluice_leave();
	sluice_task_put(task);
}

/*
 * What can happen
 */

static inline int world_fetch(const struct sluice_submission *submission,
			      void *to)
{
	memset(to, 'x', submission->input_len);
	memset(to + submission->input_len, 0, submission->words_len);
	return 0;
}

static inline bool world_privileged(void) { return true; }

/* A call of a task as its task file has it; the test asks for more. */
static inline struct sluice_submission world_ask(const char *name)
{
	return (struct sluice_submission){
		.task = name, .key = "", .priority = SLUICE_PRIORITY_TASK,
		.fetch = world_fetch, .user = world_user[0],
		.privileged = world_privileged,
	};
}

/* By root, where the test asked before there were users. */
static inline int world_try(const struct sluice_submission *submission,
			    struct sluice_submitted *submitted)
{
	struct sluice_submission whose = *submission;

	if (!whose.user)
		whose.user = world_user[0];
	return sluice_submit(&whose, submitted);
}

/* Its id, 0 when it was refused. */
static inline u64 world_submit(const struct sluice_submission *submission)
{
	struct sluice_submitted submitted;

	return world_try(submission, &submitted) ? 0 : submitted.id;
}

/* As the door does it. */
static inline int world_answer_with(struct sluice_env *env, u64 id, bool done,
				    u32 len)
{
	struct sluice_result result = {
		.state = done ? SLUICE_CALL_STATE_DONE :
				SLUICE_CALL_STATE_FAILED,
		.reason = done ? SLUICE_REASON_ANSWERED :
				 SLUICE_REASON_EXITED,
	};
	struct sluice_call *call;
	int ret;

	if (len) {
		ret = sluice_worker_answers(env, id, len, &call);
		if (ret == -ENOENT)
			return ret;
		if (!ret)
			result.answer = sluice_call_answer(call, len, 0, false);
		sluice_call_put(call);
	}
	if (len && !result.answer) {
		result.state = SLUICE_CALL_STATE_FAILED;
		result.reason = SLUICE_REASON_SUBMITTER_MEMORY;
	}
	return sluice_worker_answer(env, id, &result, 0);
}

static inline int world_answer(struct sluice_env *env, u64 id, bool done)
{
	return world_answer_with(env, id, done, 0);
}

static inline void world_agent(bool here)
{
	sluice_enter();
	sluice_operate_agent(here, here, SLUICE_WAIT_NONE);
	sluice_leave();
}

/* What an owner would be told, the test sees by looking. */
static inline void world_ended(struct sluice_owner *owner,
			       struct sluice_call *call)
{
	(void)owner;
	(void)call;
}

static inline void world_none_left(struct sluice_owner *owner) { (void)owner; }

static const struct sluice_owner_ops world_owner = {
	world_ended, world_none_left,
};

/* @returns: it has something that the agent has to bring back. */
static inline struct place *world_provision_with(u32 id, bool returns)
{
	const struct sluice_env *env = xa_load(&sluice.envs, id);
	struct place *place = &places[env->slot];

	*place = (struct place){ .id = id, .cgroup.populated = true };
	place->door = calloc(1, sizeof(*place->door));
	sluice_owner_init(&place->door->owner, &world_owner, world_user[0]);
	if (sluice_worker_attach(id, place->door, &place->cgroup,
				 &place->pid, returns))
		abort();
	return place;
}

static inline struct place *world_provision(u32 id)
{
	return world_provision_with(id, false);
}

static inline void world_close_door(struct place *place)
{
	struct sluice_env *env = place->door->env;

	sluice_worker_closed(env);
	sluice_env_put(env);
	free(place->door);
	place->door = NULL;
}

/* Time has been moved: what is due is done. */
static inline void world_time(void)
{
	struct sluice_alarm *alarms[] = { &sluice.timer, &sluice.watch,
					  &sluice.tick };
	u32 i;

	for (i = 0; i < 3; i++)
		if (alarms[i]->when && alarms[i]->when <= shim_now)
			alarms[i]->ring();
}

static inline void world_forget_gone(void)
{
	struct place *place;

	for (place = places; place < places + PLACES; place++)
		if (place->id && !place->door &&
		    !xa_load(&sluice.envs, place->id))
			place->id = 0;
}

#endif /* SLUICE_WORLD_H */
