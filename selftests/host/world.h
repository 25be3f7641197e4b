/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A gateway around the module's core, in one thread: memory, an agent, workers
 * and submitters that do what the test says, when it says so. Tests that include
 * it are built with all files of CORE (see engine.c), against the shim.
 */
#ifndef SLUICE_WORLD_H
#define SLUICE_WORLD_H

#include "kernel.h"

#include "object/call.h"
#include "object/callq.h"
#include "policy/class.h"
#include "engine/dispatch.h"
#include "object/env.h"
#include "base/event.h"
#include "engine/finish.h"
#include "object/forecast.h"
#include "engine/operate.h"
#include "object/park.h"
#include "machine/sample.h"
#include "engine/submit.h"
#include "object/task.h"
#include "engine/tick.h"
#include "engine/worker.h"

#define MIB	(1ULL << 20)
#define MS	((u64)NSEC_PER_MSEC)
#define SECOND	((u64)NSEC_PER_SEC)
#define PLACES	128
#define CRANE	SLUICE_RES_TOKEN
#define GATE	(SLUICE_RES_TOKEN + 1)

u64 shim_now;
bool shim_no_memory;
long shim_module_refs;

struct sluice sluice = {
	.limits = { .max_calls = 200, .max_bytes = 4096, .max_input = 64,
		    .max_output = 64, .max_tasks = 128, .max_envs = 8,
		    .max_files = 8, .max_file_calls = 100, .history = 32,
		    .history_bytes = 1 << 20, .tick_ms = 100,
		    .idle_tick_ms = 1000 },
};

/* An environment as its agent and its worker see it; by its slot. */
struct place {
	u32	id;
	struct sluice_file *door;
	struct cgroup cgroup;
	struct pid pid;
	u64	memory;
};

static struct place places[PLACES];
static u64 world_outside;

/*
 * What the kernel would bring
 */

/* NULL until it has been provisioned. */
static inline struct place *place_of(const struct sluice_env *env)
{
	struct place *place = &places[env->slot];

	return place->id == env->id ? place : NULL;
}

u32 sluice_sample_memory(void)
{
	struct sluice_env *env;
	u32 grew = 0;

	list_for_each_entry(env, &sluice.env_list, node) {
		struct place *place = place_of(env);

		if (place && place->door &&
		    sluice_ledger_measure(&sluice.ledger, &env->share,
					  SLUICE_RES_MEMORY, place->memory))
			grew = 1;
	}
	if (sluice_ledger_box(&sluice.ledger, SLUICE_RES_MEMORY, 1024 * MIB,
			      world_outside))
		grew = 1;
	return grew;
}

u32 sluice_sample_cpu(void)
{
	return 0;
}

void sluice_sample_env_peak_reset(struct sluice_env *env) { (void)env; }
u64 sluice_sample_env_peak(const struct sluice_env *env)
{
	const struct place *place = place_of(env);

	return place ? place->memory : 0;
}
u64 sluice_sample_env_cpu(const struct sluice_env *env) { (void)env; return 0; }
void sluice_sample_slot_reset(u32 slot) { (void)slot; }
void sluice_sample_memory_put(struct cgroup_subsys_state *memory) { (void)memory; }

struct cgroup_subsys_state *sluice_sample_memory_get(struct cgroup *cgroup)
{
	(void)cgroup;
	return NULL;
}

static void ignore_call(const struct sluice_call *call) { (void)call; }
static void ignore_env(const struct sluice_env *env) { (void)env; }
static void ignore_task(const struct sluice_task *task) { (void)task; }
static void ignore_agent(void) { }
static void ignore_budget(const struct sluice_account *account) { (void)account; }
static void ignore_refused(const struct sluice_refusal_event *event)
{
	(void)event;
}

static const struct sluice_sink world_sink = {
	ignore_call, ignore_env, ignore_task, ignore_agent, ignore_budget,
	ignore_refused,
};

/*
 * Beginning and end
 */

static inline void world_begin(void)
{
	struct sluice_account *account = sluice.ledger.account;
	int i;

	hash_init(sluice.tasks);
	xa_init(&sluice.calls);
	xa_init(&sluice.envs);
	INIT_LIST_HEAD(&sluice.history);
	INIT_LIST_HEAD(&sluice.env_list);
	INIT_LIST_HEAD(&sluice.idle);
	for (i = 0; i < SLUICE_PARKS; i++)
		sluice.parked[i] = RB_ROOT_CACHED;
	sluice.timers = RB_ROOT_CACHED;
	sluice_class_ageing = SECOND;
	sluice_class_init();
	sluice_ledger_init(&sluice.ledger);
	sluice_ledger_declare(&sluice.ledger, "crane");
	sluice_ledger_declare(&sluice.ledger, "gate");
	account[SLUICE_RES_MEMORY].budget = 500 * MIB;
	account[SLUICE_RES_MEMORY].reserve = 64 * MIB;
	account[SLUICE_RES_CPU].budget = 2000;
	account[SLUICE_RES_PIDS].budget = 100;
	account[CRANE].budget = 1;
	account[GATE].budget = 3;
	sluice_event_sink(&world_sink);
	if (sluice_tick_init())
		abort();
}

/* Nothing waits or runs any more. */
static inline void world_end(void)
{
	sluice_tick_exit();
	sluice_env_exit();
	sluice_call_exit();
	sluice_task_exit();
	sluice_class_exit();
}

static inline struct sluice_task *
world_add_task(const char *name, const struct sluice_task_config *config)
{
	struct sluice_task *task = sluice_task_alloc(name, config);

	spin_lock(&sluice.lock);
	if (sluice_task_register(task))
		abort();
	spin_unlock(&sluice.lock);
	return task;
}

static inline void world_del_task(const char *name)
{
	struct sluice_task *task;

	spin_lock(&sluice.lock);
	task = sluice_task_find(name);
	sluice_operate_task_del(task);
	spin_unlock(&sluice.lock);
	sluice_task_put(task);
}

/*
 * What can happen
 */

/* A call of a task; NULL: the task or the memory for it is not there. */
static inline struct sluice_call *world_call(const char *name, u32 len)
{
	struct sluice_refused refused;
	struct sluice_task *task;
	struct sluice_call *call;

	task = sluice_submit_task(name, len, &refused);
	if (!task)
		return NULL;
	call = sluice_call_alloc(len);
	if (!call) {
		sluice_task_put(task);
		return NULL;
	}
	call->task = task;
	call->priority = task->config.priority;
	sluice_call_identify(call, NULL);
	return call;
}

/* Its id, 0 when it was refused. */
static inline u64 world_submit(struct sluice_call *call,
			       struct sluice_file *owner)
{
	struct sluice_refused refused;

	if (!sluice_submit(call, owner, false, &refused))
		return refused.id;
	sluice_call_put(call);
	return 0;
}

static inline struct place *world_provision(u32 id)
{
	const struct sluice_env *env = xa_load(&sluice.envs, id);
	struct place *place = &places[env->slot];

	*place = (struct place){ .id = id, .cgroup.populated = true };
	place->door = calloc(1, sizeof(*place->door));
	INIT_LIST_HEAD(&place->door->pending);
	INIT_LIST_HEAD(&place->door->ended);
	if (sluice_worker_attach(id, place->door, &place->cgroup, &place->pid))
		abort();
	return place;
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
	struct delayed_work *works[] = { &sluice.timer, &sluice.tick };
	u32 i;

	for (i = 0; i < 2; i++) {
		if (!works[i]->pending || works[i]->due > shim_now)
			continue;
		works[i]->pending = false;
		works[i]->run(&works[i]->work);
	}
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
