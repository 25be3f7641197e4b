// SPDX-License-Identifier: GPL-2.0-only
// build: ../../kmod/ledger.c ../../kmod/gate.c ../../kmod/class.c ../../kmod/class/priority.c ../../kmod/call.c ../../kmod/task.c ../../kmod/env.c ../../kmod/event.c ../../kmod/dispatch.c -Ishim -I../../kmod -DSLUICE_TRACE_H -O2 -Wno-unused-parameter -Wno-sign-compare -D_GNU_SOURCE
/*
 * The whole core of the module, from submission to dispatch, under random
 * operations, with what must always hold checked after each of them.
 *
 * SLUICE_SEED: first seed (default 1). SLUICE_STEPS: operations for each seed.
 * The promises are numbered as in shared/DESIGN.md's "What must always hold".
 */
#include "kernel.h"

#include "call.h"
#include "class.h"
#include "dispatch.h"
#include "env.h"
#include "event.h"
#include "sample.h"
#include "task.h"

#define fail ktap_fail
#include "ktap.h"

#define TASKS	6
#define FILES	4
#define ENVS	12
#define RECENT	64
#define MIB	(1ULL << 20)

u64 shim_now;
bool shim_no_memory;
long shim_module_refs;

struct sluice sluice = {
	.limits = { .max_calls = 200, .max_bytes = 4096, .max_input = 64,
		    .max_output = 64, .max_tasks = 16, .max_envs = 8,
		    .max_files = 8, .max_file_calls = 100, .history = 32,
		    .history_bytes = 1 << 20, .tick_ms = 100,
		    .idle_tick_ms = 1000 },
};

/* An environment as its agent and its worker see it. */
struct place {
	u32	id;
	struct sluice_file *door;
	struct cgroup cgroup;
	struct pid pid;
	u64	memory;
};

static struct place places[ENVS];
static struct sluice_file files[FILES];
static char names[TASKS][8];
static u64 recent[RECENT], recents;
static u64 outside, step;
static int operation;
static u64 accepted, finals, started, refusals;

/*
 * What the kernel would bring
 */

static struct place *place_of(u32 id)
{
	struct place *place;

	for (place = places; place < places + ENVS; place++)
		if (place->id == id)
			return place;
	return NULL;
}

u32 sluice_sample_memory(void)
{
	u32 grew = 0;
	struct sluice_env *env;

	list_for_each_entry(env, &sluice.env_list, node) {
		struct place *place = place_of(env->id);

		if (place && place->door &&
		    sluice_ledger_measure(&sluice.ledger, &env->share,
					  SLUICE_RES_MEMORY, place->memory))
			grew = 1;
	}
	if (sluice_ledger_box(&sluice.ledger, SLUICE_RES_MEMORY, 1024 * MIB,
			      outside))
		grew = 1;
	return grew;
}

u32 sluice_sample_cpu(void)
{
	return 0;
}

void sluice_sample_env_peak_reset(struct sluice_env *env) { }
u64 sluice_sample_env_peak(const struct sluice_env *env) { return 0; }
u64 sluice_sample_env_cpu(const struct sluice_env *env) { return 0; }
void sluice_sample_slot_reset(u32 slot) { }
void sluice_sample_memory_put(struct cgroup_subsys_state *memory) { }

struct cgroup_subsys_state *sluice_sample_memory_get(struct cgroup *cgroup)
{
	return NULL;
}

static void ignore_call(const struct sluice_call *call) { }
static void ignore_env(const struct sluice_env *env) { }
static void ignore_task(const struct sluice_task *task) { }
static void ignore_agent(void) { }
static void ignore_budget(const struct sluice_account *account) { }
static void ignore_refused(const char *task, enum sluice_refusal refusal) { }

static const struct sluice_sink sink = {
	ignore_call, ignore_env, ignore_task, ignore_agent, ignore_budget,
	ignore_refused,
};

/*
 * Promises 1, 2, 4: seen at each change of a state
 */

static void check_start(const struct sluice_call *call)
{
	const struct sluice_task *task = call->task, *other;
	struct hlist_node *next;
	int res, bucket;

	for (res = 0; res < SLUICE_RES_MAX; res++) {
		const struct sluice_account *a = &sluice.ledger.account[res];
		u64 has = call->env->share.reserved[res];

		if (has != task->config.request.amount[res])
			fail("step %ju: call %ju starts without its %s",
			     step, call->id, a->name);
		/* What a warm environment uses already was promised before. */
		if (has <= call->env->share.measured[res])
			continue;
		if (a->promised > a->budget)
			fail("step %ju: call %ju starts over the budget of %s",
			     step, call->id, a->name);
		if (a->physical != SLUICE_UNBOUNDED &&
		    a->promised + a->outside + a->reserve > a->physical)
			fail("step %ju: call %ju starts over what the box has",
			     step, call->id);
	}
	/* Nobody more important was passed over without a reason. */
	hash_for_each_safe(sluice.tasks, bucket, next, other, hash) {
		const struct sluice_call *first = sluice_task_first(other);

		if (first && first->priority > call->priority &&
		    list_empty(&other->park))
			fail("step %ju: call %ju overtakes call %ju", step,
			     call->id, first->id);
	}
}

void shim_call_state(const struct sluice_call *call,
		     enum sluice_call_state from)
{
	enum sluice_call_state to = call->state;
	bool good = false;

	switch (from) {
	case SLUICE_CALL_STATE_QUEUED:
		good = to == SLUICE_CALL_STATE_QUEUED ||
		       to == SLUICE_CALL_STATE_STARTING ||
		       to == SLUICE_CALL_STATE_CANCELLED ||
		       to == SLUICE_CALL_STATE_EXPIRED;
		break;
	case SLUICE_CALL_STATE_STARTING:
		good = to != SLUICE_CALL_STATE_STARTING &&
		       to != SLUICE_CALL_STATE_TIMED_OUT &&
		       to != SLUICE_CALL_STATE_REFUSED;
		break;
	case SLUICE_CALL_STATE_RUNNING:
		good = to == SLUICE_CALL_STATE_DONE ||
		       to == SLUICE_CALL_STATE_FAILED ||
		       to == SLUICE_CALL_STATE_TIMED_OUT ||
		       to == SLUICE_CALL_STATE_CANCELLED;
		break;
	default:
		break;
	}
	if (!good)
		fail("step %ju: call %ju goes from state %d to %d", step,
		     call->id, from, to);
	if (from == SLUICE_CALL_STATE_QUEUED && to == from)
		accepted++;
	if (to >= SLUICE_CALL_STATE_DONE)
		finals++;
	if (to == SLUICE_CALL_STATE_STARTING) {
		started++;
		check_start(call);
	}
}

void shim_env_state(const struct sluice_env *env, enum sluice_env_state from)
{
	if (from >= SLUICE_ENV_STATE_GONE)
		fail("step %ju: environment %u comes back", step, env->id);
	if (env->state >= SLUICE_ENV_STATE_GONE && env->call)
		fail("step %ju: environment %u takes a call with it", step,
		     env->id);
}

/*
 * Promises 2, 3, and that nothing waits without a reason: seen after each step
 */

static void check_sums(void)
{
	u64 reserved[SLUICE_RES_MAX] = { 0 }, measured[SLUICE_RES_MAX] = { 0 };
	u64 promised[SLUICE_RES_MAX] = { 0 };
	u32 holders[SLUICE_RES_MAX] = { 0 }, envs = 0;
	struct sluice_env *env;
	int res;

	list_for_each_entry(env, &sluice.env_list, node) {
		envs++;
		for (res = 0; res < SLUICE_RES_TOKEN + 2; res++) {
			u64 r = env->share.reserved[res];
			u64 m = env->share.measured[res];

			reserved[res] += r;
			measured[res] += m;
			promised[res] += max(r, m);
			holders[res] += !!r;
		}
	}
	for (res = 0; res < SLUICE_RES_TOKEN + 2; res++) {
		const struct sluice_account *a = &sluice.ledger.account[res];

		if (a->reserved != reserved[res] ||
		    a->measured != measured[res] ||
		    a->promised != promised[res])
			fail("step %ju: the account of %s is wrong", step,
			     a->name);
		if (a->reserved > a->budget)
			fail("step %ju: %s is over its budget", step, a->name);
	}
	if (holders[SLUICE_RES_TOKEN] > 1)
		fail("step %ju: two environments hold one token", step);
	if (envs != sluice.env_count)
		fail("step %ju: %u environments are counted as %u", step, envs,
		     sluice.env_count);
}

/* Whatever could start has started: no wake-up was missed. */
static void check_waiting(void)
{
	struct sluice_verdict verdict;
	struct sluice_task *task;
	struct hlist_node *next;
	u64 calls = 0, bytes = 0;
	int bucket;

	hash_for_each_safe(sluice.tasks, bucket, next, task, hash) {
		struct sluice_env *env = sluice_env_idle_of(task);
		struct sluice_gate_input input = {
			.request = &task->config.request,
			.share = env ? &env->share : NULL,
			.agent = sluice.agent_port,
			.envs = sluice.env_count,
			.envs_max = sluice.limits.max_envs,
			.task_envs = task->envs,
			.task_envs_max = task->config.envs_max,
		};

		calls += task->queue.calls;
		bytes += task->queue.bytes;
		if (!task->queue.calls)
			continue;
		if (list_empty(&task->park))
			fail("step %ju: %s was not asked about", step,
			     task->name);
		if (task->verdict.hold != SLUICE_HOLD_MEMORY &&
		    sluice_gate_check(&sluice.ledger, &input, &verdict))
			fail("step %ju, operation %d: %s could start and waits (hold %d, %s, need %ju)",
			     step, operation, task->name, task->verdict.hold,
			     sluice.ledger.account[task->verdict.res].name,
			     task->verdict.need);
	}
	if (calls != sluice.waiting || bytes != sluice.waiting_bytes)
		fail("step %ju: %ju calls wait, %u are counted", step, calls,
		     sluice.waiting);
	if (accepted - finals != sluice.waiting + sluice.running)
		fail("step %ju: of %ju calls %ju ended, %u wait, %u run", step,
		     accepted, finals, sluice.waiting, sluice.running);
	if (shim_module_refs != (long)(accepted - finals))
		fail("step %ju: %ld calls hold the module", step,
		     shim_module_refs);
}

/*
 * Operations
 */

static u32 any(u32 below)
{
	return (u32)random() % below;
}

static struct sluice_env *any_env(struct place **place)
{
	u32 first = any(ENVS), i;

	for (i = 0; i < ENVS; i++) {
		*place = &places[(first + i) % ENVS];
		if ((*place)->id)
			return xa_load(&sluice.envs, (*place)->id);
	}
	return NULL;
}

static u64 any_call(void)
{
	return recent[any(RECENT)];
}

static void op_submit(void)
{
	struct sluice_file *owner = any(3) ? &files[any(FILES)] : NULL;
	struct sluice_refused refused;
	struct sluice_task *task;
	struct sluice_call *call;
	u32 len = any(80);

	task = sluice_dispatch_task(names[any(TASKS)], len, &refused);
	call = task ? sluice_call_alloc(len) : NULL;
	if (!call) {
		if (task)
			sluice_task_put(task);
		refusals++;
		return;
	}
	call->task = task;
	call->priority = any(4) ? task->config.priority :
			 any(SLUICE_PRIORITIES);
	call->timeout = any(4) ? 0 : any(1000) * NSEC_PER_MSEC;
	call->deadline = any(4) ? 0 : any(1000) * NSEC_PER_MSEC;
	if (sluice_dispatch_submit(call, owner, &refused)) {
		sluice_call_put(call);
		refusals++;
		return;
	}
	recent[recents++ % RECENT] = refused.id;
}

/* The agent sees what is wanted, and makes it or says that it cannot. */
static void op_provision(void)
{
	struct sluice_env *env;
	struct place *place;
	u32 wanted = 0;

	list_for_each_entry(env, &sluice.env_list, node)
		if (env->state == SLUICE_ENV_STATE_WANTED && !env->door &&
		    (!wanted || any(2)))
			wanted = env->id;
	if (!wanted)
		return;
	place = place_of(0);
	if (!place || !any(10)) {
		sluice_dispatch_env_failed(wanted, "no room");
		return;
	}
	*place = (struct place){ .id = wanted, .cgroup.populated = true };
	place->door = calloc(1, sizeof(*place->door));
	INIT_LIST_HEAD(&place->door->pending);
	INIT_LIST_HEAD(&place->door->ended);
	if (sluice_dispatch_attach(wanted, place->door, &place->cgroup,
				   &place->pid))
		fail("step %ju: environment %u cannot be attached", step,
		     wanted);
}

static void close_door(struct place *place)
{
	struct sluice_env *env = place->door->env;

	sluice_dispatch_door_closed(env);
	sluice_env_put(env);
	free(place->door);
	place->door = NULL;
}

/* The processes of an environment whose door is closed end some time. */
static void op_end(void)
{
	struct place *place;

	if (!any_env(&place) || !place->id || place->door)
		return;
	place->cgroup.populated = false;
}

static void op_work(void)
{
	struct sluice_call *call = NULL;
	struct sluice_env *env;
	struct place *place;
	int ret;

	if (!any_env(&place) || !place->door)
		return;
	env = place->door->env;
	ret = sluice_dispatch_ready(env, &call);
	if (ret == -ESHUTDOWN) {
		close_door(place);
	} else if (!ret) {
		if (any(8))
			sluice_dispatch_take(env, call, 0);
		sluice_call_put(call);
	} else if (ret == -EBUSY) {
		ret = sluice_dispatch_answer(env, call->id,
					     any(4) ? SLUICE_REASON_ANSWERED :
					     SLUICE_REASON_EXITED, 0, 0, NULL);
		if (ret)
			fail("step %ju: the answer to call %ju is refused",
			     step, call->id);
		sluice_call_put(call);
	}
}

static void op_die(void)
{
	struct place *place;

	if (any_env(&place) && place->door)
		close_door(place);
}

static void op_cancel(void)
{
	struct sluice_call *call = sluice_call_find(any_call());

	if (!call)
		return;
	if (any(2))
		sluice_dispatch_cancel(call);
	else
		sluice_dispatch_reprioritise(call, any(SLUICE_PRIORITIES));
	sluice_call_put(call);
}

static void op_memory(void)
{
	struct place *place;

	if (any(2))
		outside = any(1100) * MIB;
	else if (any_env(&place))
		place->memory = any(200) * MIB;
}

static void op_budget(void)
{
	u32 res = any(SLUICE_RES_TOKEN + 2);
	u64 budget = res == SLUICE_RES_MEMORY ? any(600) * MIB :
		     res == SLUICE_RES_CPU ? any(3000) :
		     res == SLUICE_RES_PIDS ? any(200) :
		     res == SLUICE_RES_TOKEN ? 1 : any(4);

	spin_lock(&sluice.lock);
	if (budget >= sluice.ledger.account[res].reserved) {
		sluice.ledger.account[res].budget = budget;
		sluice_dispatch_budget_changed(res);
	}
	spin_unlock(&sluice.lock);
}

static void op_env(void)
{
	struct place *place;
	struct sluice_env *env = any_env(&place);

	if (!env)
		return;
	if (any(2))
		sluice_dispatch_env_del(env->id);
	else
		sluice_dispatch_env_drain(env->id);
}

static void op_agent(void)
{
	spin_lock(&sluice.lock);
	if (any(4))
		sluice_dispatch_agent(1, 1, false);
	else
		sluice_dispatch_agent(0, 0, false);
	spin_unlock(&sluice.lock);
}

static void op_time(void)
{
	struct delayed_work *works[] = { &sluice.timer, &sluice.tick };
	u32 i;

	shim_now += any(50) * NSEC_PER_MSEC;
	for (i = 0; i < 2; i++) {
		if (!works[i]->pending || works[i]->due > shim_now)
			continue;
		works[i]->pending = false;
		works[i]->run(&works[i]->work);
	}
}

static void random_config(struct sluice_task_config *config)
{
	*config = (struct sluice_task_config){
		.class = &sluice_class_priority,
		.priority = any(SLUICE_PRIORITIES),
		.queue_max = 1 + any(60), .queue_bytes = any(2000),
		.input_max = 64, .output_max = 64, .envs_max = 1 + any(3),
		.timeout = any(2) * 500 * NSEC_PER_MSEC,
		.idle = any(4) ? any(1000) * NSEC_PER_MSEC : 0,
	};
	config->request.amount[SLUICE_RES_MEMORY] = any(300) * MIB;
	config->request.amount[SLUICE_RES_CPU] = any(1000);
	config->request.amount[SLUICE_RES_PIDS] = any(50);
	config->request.amount[SLUICE_RES_TOKEN] = !any(3);
	config->request.amount[SLUICE_RES_TOKEN + 1] = any(3);
}

static void new_task(const char *name)
{
	struct sluice_task_config config;
	struct sluice_task *task;

	random_config(&config);
	task = sluice_task_alloc(name, &config);
	spin_lock(&sluice.lock);
	if (sluice_task_register(task))
		fail("step %ju: %s cannot be registered", step, name);
	spin_unlock(&sluice.lock);
}

static void del_task(const char *name)
{
	struct sluice_task *task;

	spin_lock(&sluice.lock);
	task = sluice_task_find(name);
	sluice_dispatch_task_del(task);
	spin_unlock(&sluice.lock);
	sluice_task_put(task);
}

static void op_task(void)
{
	const char *name = names[any(TASKS)];
	struct sluice_task_config config;

	if (!any(4)) {
		del_task(name);
		new_task(name);
		return;
	}
	random_config(&config);
	spin_lock(&sluice.lock);
	sluice_dispatch_task_changed(sluice_task_find(name), &config);
	spin_unlock(&sluice.lock);
}

/* A submitter collects what ended, or goes away. */
static void op_file(void)
{
	struct sluice_file *file = &files[any(FILES)];
	bool leaves = !any(4);

	spin_lock(&sluice.lock);
	while (leaves && !list_empty(&file->pending))
		sluice_call_disown(list_first_entry(&file->pending,
						    struct sluice_call,
						    owner_node));
	while (!list_empty(&file->ended)) {
		struct sluice_call *call;

		call = list_first_entry(&file->ended, struct sluice_call,
					owner_node);
		if (!sluice_call_final(call))
			fail("step %ju: call %ju ended and is not final", step,
			     call->id);
		sluice_call_disown(call);
	}
	if (leaves && file->calls)
		fail("step %ju: %u calls are left of a file", step,
		     file->calls);
	spin_unlock(&sluice.lock);
}

/* Nothing can be allocated while one thing happens. */
static void op_no_memory(void)
{
	shim_no_memory = true;
	if (any(2))
		op_work();
	else
		op_submit();
	shim_no_memory = false;
}

static void forget_gone(void)
{
	struct place *place;

	for (place = places; place < places + ENVS; place++)
		if (place->id && !place->door &&
		    !xa_load(&sluice.envs, place->id))
			place->id = 0;
}

static void one_step(void)
{
	static const struct {
		void (*run)(void);
		u32 weight;
	} ops[] = {
		{ op_submit, 30 }, { op_provision, 14 }, { op_work, 40 },
		{ op_end, 12 }, { op_die, 1 }, { op_cancel, 4 },
		{ op_memory, 3 }, { op_budget, 2 }, { op_env, 1 },
		{ op_agent, 1 }, { op_time, 20 }, { op_task, 1 },
		{ op_file, 6 }, { op_no_memory, 2 },
	};
	u32 i, pick = any(137);

	for (i = 0; pick >= ops[i].weight; i++)
		pick -= ops[i].weight;
	operation = (int)i;
	ops[i].run();
	forget_gone();
	check_sums();
	check_waiting();
}

/*
 * Beginning and end
 */

static void begin(void)
{
	int i;

	hash_init(sluice.tasks);
	xa_init(&sluice.calls);
	xa_init(&sluice.envs);
	INIT_LIST_HEAD(&sluice.history);
	INIT_LIST_HEAD(&sluice.env_list);
	INIT_LIST_HEAD(&sluice.idle);
	for (i = 0; i < SLUICE_PARKS; i++)
		INIT_LIST_HEAD(&sluice.parked[i]);
	sluice.timers = RB_ROOT_CACHED;
	sluice_class_init();
	sluice_ledger_init(&sluice.ledger);
	sluice_ledger_declare(&sluice.ledger, "crane");
	sluice_ledger_declare(&sluice.ledger, "gate");
	sluice.ledger.account[SLUICE_RES_MEMORY].budget = 500 * MIB;
	sluice.ledger.account[SLUICE_RES_MEMORY].reserve = 64 * MIB;
	sluice.ledger.account[SLUICE_RES_CPU].budget = 2000;
	sluice.ledger.account[SLUICE_RES_PIDS].budget = 100;
	sluice.ledger.account[SLUICE_RES_TOKEN].budget = 1;
	sluice.ledger.account[SLUICE_RES_TOKEN + 1].budget = 3;
	sluice_event_sink(&sink);
	CHECK_EQ(sluice_dispatch_init(), 0);
	for (i = 0; i < FILES; i++) {
		INIT_LIST_HEAD(&files[i].pending);
		INIT_LIST_HEAD(&files[i].ended);
	}
	for (i = 0; i < TASKS; i++) {
		snprintf(names[i], sizeof(names[i]), "task-%d", i);
		new_task(names[i]);
	}
}

/* Everything ends, and nothing is left of it. */
static void end(void)
{
	int i;

	for (i = 0; i < TASKS; i++)
		del_task(names[i]);
	for (i = 0; i < 10000 && sluice.env_count; i++) {
		op_provision();
		op_work();
		op_end();
		op_time();
		forget_gone();
	}
	for (i = 0; i < 100; i++)
		op_file();
	check_sums();
	check_waiting();
	CHECK_EQ(sluice.env_count, 0);
	CHECK_EQ(accepted, finals);
	CHECK_EQ(shim_module_refs, 0);
	sluice_dispatch_exit();
	sluice_env_exit();
	sluice_call_exit();
	sluice_task_exit();
}

static u64 number_of(const char *variable, u64 otherwise)
{
	const char *text = getenv(variable);

	return text ? strtoull(text, NULL, 10) : otherwise;
}

static void run_seed(u64 seed)
{
	u64 steps = number_of("SLUICE_STEPS", 100000);

	seed += number_of("SLUICE_SEED", 1);
	alarm(0);
	srandom((unsigned int)seed);
	begin();
	for (step = 0; step < steps; step++)
		one_step();
	end();
	printf("# seed %ju: %ju steps, %ju calls accepted, %ju refused, %ju started\n",
	       seed, steps, accepted, refusals, started);
	/* A run in which nothing happened proves nothing. */
	CHECK(accepted > steps / 20 && started > steps / 40);
}

TEST(random_operations_1) { run_seed(0); }
TEST(random_operations_2) { run_seed(1); }
TEST(random_operations_3) { run_seed(2); }
