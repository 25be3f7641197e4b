// SPDX-License-Identifier: GPL-2.0-only
// build: $CORE -Ishim -I../../kmod -DSLUICE_TRACE_H -D_GNU_SOURCE -O2 -Wno-unused-parameter -Wno-sign-compare
/* Several warm environments of one task: which one its call gets, and which give way for it. */
#include "world.h"

#include "ktap.h"

#define NEEDS	(100 * MIB)
#define MOST	3

void shim_call_state(const struct sluice_call *call,
		     enum sluice_call_state from)
{
}

void shim_env_state(const struct sluice_env *env, enum sluice_env_state from)
{
}

static struct place *warm[MOST];
static struct sluice_task *task;

static void budget(const char *name, u64 amount)
{
	sluice_enter();
	CHECK_EQ(sluice_operate_budget_set(name, &amount, NULL), 0);
	sluice_leave();
}

/* The worker takes the call that its environment was given. */
static void runs(struct sluice_env *env)
{
	struct sluice_call *call;

	CHECK_EQ(sluice_worker_look(env, &call), 0);
	CHECK(sluice_worker_take(env, call, 0));
	sluice_call_put(call);
}

static struct sluice_env *env_of(u32 i)
{
	return warm[i]->door->env;
}

/* So many environments that keep warm, with so much memory each; the first was used last. */
static void begin(u32 count, const u64 *mib)
{
	struct sluice_task_config config = {
		.class = &sluice_class_priority, .weight = 100,
		.queue_max = 100, .queue_bytes = 1 << 20, .input_max = 64,
		.envs_max = count, .idle = 3600 * SECOND,
		.patience = 3600 * SECOND,
	};
	const struct sluice_submission submission = world_ask("warm");
	struct sluice_env *env;
	u32 i = 0;

	shim_now = 3600 * SECOND;
	world_begin();
	world_agent(true);
	config.request.amount[SLUICE_RES_MEMORY] = NEEDS;
	task = world_add_task("warm", &config);
	for (i = 0; i < count; i++)
		CHECK(world_submit(&submission) > 0);
	i = count;
	list_for_each_entry(env, &sluice.env_list, node) {
		warm[--i] = world_provision(env->id);
		warm[i]->memory = mib[i] * MIB;
		runs(env);
	}
	CHECK_EQ(i, 0);
	for (i = count; i--;) {
		env = env_of(i);
		CHECK_EQ(world_answer(env, env->call->id, true), 0);
		shim_now += 10 * MS;
	}
	shim_now += SECOND;
	world_time();
	CHECK(sluice_env_idle_of(task) == env_of(0));
}

static void submit(void)
{
	const struct sluice_submission submission = world_ask("warm");

	CHECK(world_submit(&submission) > 0);
}

/* It goes, and so do its processes. */
static void goes(u32 i)
{
	CHECK_EQ(env_of(i)->state, SLUICE_ENV_STATE_RETIRING);
	warm[i]->cgroup.populated = false;
	world_close_door(warm[i]);
}

/* In the one that was used last it would not fit. */
TEST(call_gets_the_one_in_which_it_fits)
{
	begin(2, (u64 []){ 20, 95 });
	budget("memory", 180 * MIB);
	submit();
	CHECK_EQ(env_of(0)->state, SLUICE_ENV_STATE_IDLE);
	CHECK_EQ(env_of(1)->state, SLUICE_ENV_STATE_BUSY);
	CHECK_EQ(sluice.waiting, 0);
}

/* Where it fits, it is the one that was used last. */
TEST(call_gets_the_one_that_was_used_last)
{
	begin(2, (u64 []){ 20, 95 });
	submit();
	CHECK_EQ(env_of(0)->state, SLUICE_ENV_STATE_BUSY);
	CHECK_EQ(env_of(1)->state, SLUICE_ENV_STATE_IDLE);
}

/* What it waits for is as little as it needs in one of them. */
TEST(call_waits_for_the_least)
{
	begin(2, (u64 []){ 1, 90 });
	/* Two are missing, and what the other has is one. */
	world_outside = 1024 * MIB - 64 * MIB - 91 * MIB - 8 * MIB;
	shim_now += SECOND;
	world_time();
	submit();
	CHECK_EQ(sluice.waiting, 1);
	CHECK_EQ(task->verdict.res, SLUICE_RES_MEMORY);
	CHECK_EQ(task->verdict.need, 10 * MIB);
	world_outside -= 2 * MIB;
	shim_now += SECOND;
	world_time();
	CHECK_EQ(sluice.waiting, 0);
	CHECK_EQ(env_of(1)->state, SLUICE_ENV_STATE_BUSY);
}

/* They keep warm what is not used, while the task waits for what they keep. */
TEST(others_of_the_same_task_give_way)
{
	begin(3, (u64 []){ 40, 41, 40 });
	budget("memory", 170 * MIB);
	submit();
	CHECK_EQ(sluice.waiting, 1);
	/* One is enough: the one that was used longest ago. */
	CHECK_EQ(env_of(0)->state, SLUICE_ENV_STATE_IDLE);
	CHECK_EQ(env_of(1)->state, SLUICE_ENV_STATE_IDLE);
	goes(2);
	CHECK_EQ(sluice.waiting, 0);
	CHECK_EQ(task->running, 1);
}

/* The first has the memory, the second has the processes. */
static void begin_with_two(void)
{
	struct sluice_task_config config;

	begin(2, (u64 []){ 100, 0 });
	config = task->config;
	config.request.amount[SLUICE_RES_PIDS] = 50;
	sluice_enter();
	sluice_task_change(task, &config);
	sluice_operate_env_pids(warm[1]->id, 50);
	sluice_leave();
	budget("pids", 80);
}

/* Each lacks something else: whichever comes first. */
static void each_lacks_another(bool memory)
{
	begin_with_two();
	budget("memory", 150 * MIB);
	submit();
	CHECK_EQ(sluice.waiting, 1);
	if (memory)
		budget("memory", 250 * MIB);
	else
		budget("pids", 150);
	CHECK_EQ(sluice.waiting, 0);
	CHECK_EQ(env_of(memory)->state, SLUICE_ENV_STATE_BUSY);
}

TEST(more_memory_is_what_one_lacks)
{
	each_lacks_another(true);
}

TEST(more_processes_are_what_the_other_lacks)
{
	each_lacks_another(false);
}

/* Time goes by, and of it the first one works so long; what is due is done. */
static void goes_by(u64 time, u64 works)
{
	shim_now += time;
	warm[0]->cpu += works;
	world_time();
}

static void ends(u32 i)
{
	runs(env_of(i));
	CHECK_EQ(world_answer(env_of(i), env_of(i)->call->id, true), 0);
	CHECK_EQ(env_of(i)->state, SLUICE_ENV_STATE_IDLE);
}

/* A call of another task, which needs all CPUs that there are. */
static void other_needs_all(void)
{
	struct sluice_task_config config = task->config;
	const struct sluice_submission submission = world_ask("other");

	memset(&config.request, 0, sizeof(config.request));
	config.request.amount[SLUICE_RES_CPU] = 2000;
	world_add_task("other", &config);
	CHECK(world_submit(&submission) > 0);
}

/* The end of its environment would free none of the CPU time that a call has used. */
TEST(what_a_call_has_used_is_free)
{
	world_cpus = 2000;
	begin(1, (u64 []){ 20 });
	submit();
	goes_by(100 * MS, 100 * MS);
	CHECK_EQ(env_of(0)->share.measured[SLUICE_RES_CPU], 1000);
	ends(0);
	other_needs_all();
	CHECK_EQ(sluice.waiting, 0);
	CHECK_EQ(env_of(0)->state, SLUICE_ENV_STATE_IDLE);
}

/* Nor of what it used since it was last looked at. */
TEST(what_a_call_has_just_used_is_free)
{
	world_cpus = 2000;
	begin(1, (u64 []){ 20 });
	goes_by(100 * MS, 0);
	submit();
	shim_now += 50 * MS;
	warm[0]->cpu += 50 * MS;
	ends(0);
	goes_by(50 * MS, 0);
	other_needs_all();
	CHECK_EQ(sluice.waiting, 0);
	CHECK_EQ(env_of(0)->state, SLUICE_ENV_STATE_IDLE);
}

/* A program that goes on without a call does use it. */
TEST(who_works_without_a_call_gives_way)
{
	world_cpus = 2000;
	begin(1, (u64 []){ 20 });
	goes_by(100 * MS, 0);
	goes_by(100 * MS, 100 * MS);
	CHECK_EQ(env_of(0)->share.measured[SLUICE_RES_CPU], 1000);
	other_needs_all();
	CHECK_EQ(sluice.waiting, 1);
	goes(0);
	shim_now += 100 * MS;
	world_time();
	CHECK_EQ(sluice.waiting, 0);
}

/* One that is warm for a task of a higher priority, with a call that waits for another to end. */
static struct sluice_env *warm_for_another(u64 mib)
{
	struct sluice_task_config config = {
		.class = &sluice_class_priority, .weight = 100, .priority = 9,
		.queue_max = 100, .queue_bytes = 1 << 20, .input_max = 64,
		.envs_max = 2, .idle = 3600 * SECOND,
		.patience = 3600 * SECOND,
	};
	struct sluice_task *other = world_add_task("other", &config);
	const struct sluice_submission submission = world_ask("other");
	struct sluice_env *env, *envs[2];
	int i;

	for (i = 0; i < 2; i++) {
		CHECK(world_submit(&submission) > 0);
		env = list_entry(sluice.env_list.prev, struct sluice_env,
				 node);
		world_provision(env->id)->memory = i ? mib * MIB : 0;
		runs(env);
		envs[i] = env;
	}
	CHECK_EQ(world_answer(envs[1], envs[1]->call->id, true), 0);
	config.running_max = 1;
	sluice_enter();
	sluice_task_change(other, &config);
	sluice_leave();
	CHECK(world_submit(&submission) > 0);
	CHECK_EQ(sluice.waiting, 1);
	return envs[1];
}

/* A call of the task runs, and has what it asked for. */
static void holds(const char *name)
{
	const struct sluice_submission submission = world_ask(name);
	struct sluice_env *env;

	CHECK(world_submit(&submission) > 0);
	env = list_entry(sluice.env_list.prev, struct sluice_env, node);
	world_provision(env->id);
	runs(env);
}

/* One that another task keeps, and would do without. */
static struct sluice_env *spare(u64 mib)
{
	const struct sluice_submission submission = world_ask("other");
	struct sluice_task_config config = task->config;
	struct sluice_env *env;

	memset(&config.request, 0, sizeof(config.request));
	world_add_task("other", &config);
	CHECK(world_submit(&submission) > 0);
	env = list_entry(sluice.env_list.prev, struct sluice_env, node);
	world_provision(env->id)->memory = mib * MIB;
	runs(env);
	CHECK_EQ(world_answer(env, env->call->id, true), 0);
	return env;
}

/* A token, which a call has already, that a call of the task needs, too. Returns that one. */
static struct sluice_env *hold_token(void)
{
	struct sluice_task_config config;
	u64 one = 1;
	u32 token;

	sluice_enter();
	CHECK_EQ(sluice_operate_budget_set("token", &one, NULL), 0);
	token = sluice_ledger_find(&sluice.ledger, "token")->res;
	sluice_leave();
	world_task_needs(task, token, 1);
	/* That one needs the token alone. */
	config = task->config;
	config.request.amount[SLUICE_RES_MEMORY] = 0;
	world_add_task("holder", &config);
	holds("holder");
	return list_entry(sluice.env_list.prev, struct sluice_env, node);
}

/*
 * One lacks a token and the other memory, of which that one has enough: neither ends
 * for the other, and looking for one that might does not go on for ever.
 */
TEST(neither_ends_for_the_other)
{
	begin(2, (u64 []){ 90, 80 });
	hold_token();
	/* Fifteen are there: the first lacks the token alone. */
	world_outside = 1024 * MIB - 64 * MIB - 170 * MIB - 15 * MIB;
	shim_now += SECOND;
	world_time();
	submit();
	CHECK_EQ(sluice.waiting, 1);
	CHECK(task->verdict.others);
	CHECK_EQ(env_of(0)->state, SLUICE_ENV_STATE_IDLE);
	CHECK_EQ(env_of(1)->state, SLUICE_ENV_STATE_IDLE);
}

/* Nor does any for a call that lacks a token besides, which others give back by themselves. */
TEST(none_ends_for_want_of_a_token)
{
	struct sluice_env *other, *holder;

	begin(2, (u64 []){ 80, 90 });
	other = spare(100);
	holder = hold_token();
	/* The first lacks the token and memory, of which the other has enough. */
	world_outside = 1024 * MIB - 64 * MIB - 270 * MIB - 15 * MIB;
	shim_now += SECOND;
	world_time();
	submit();
	CHECK_EQ(sluice.waiting, 1);
	CHECK(task->verdict.others);
	CHECK_EQ(other->state, SLUICE_ENV_STATE_IDLE);
	/* It comes back, and then one of them has all that is needed. */
	CHECK_EQ(world_answer(holder, holder->call->id, true), 0);
	CHECK_EQ(sluice.waiting, 0);
	CHECK_EQ(other->state, SLUICE_ENV_STATE_IDLE);
	CHECK_EQ(env_of(1)->state, SLUICE_ENV_STATE_BUSY);
}

/* And another task keeps warm what would do for one of them, until it does not need it. */
TEST(either_is_offered_what_another_task_keeps)
{
	struct sluice_env *env;

	begin_with_two();
	env = warm_for_another(100);
	/* A hundred and fifty are there, fifty without that one. */
	world_outside = 1024 * MIB - 64 * MIB - 200 * MIB - 50 * MIB;
	shim_now += SECOND;
	world_time();
	submit();
	CHECK_EQ(sluice.waiting, 2);
	CHECK(task->verdict.others);
	CHECK_EQ(env->state, SLUICE_ENV_STATE_IDLE);
	sluice_enter();
	sluice_operate_task_mode(sluice_task_find("other"), SLUICE_MODE_PAUSE);
	sluice_leave();
	CHECK_EQ(env->state, SLUICE_ENV_STATE_RETIRING);
	CHECK_EQ(env_of(0)->state, SLUICE_ENV_STATE_IDLE);
	CHECK_EQ(env_of(1)->state, SLUICE_ENV_STATE_IDLE);
}

/*
 * Memory of the box comes back while a call waits for it: within a millisecond, and long
 * before the tick looks.
 */
TEST(memory_that_comes_back)
{
	const struct sluice_call *call;
	u64 since;

	begin(1, (u64 []){ 1 });
	world_outside = 1024 * MIB - 64 * MIB - 50 * MIB;
	shim_now += SECOND;
	world_time();
	submit();
	CHECK_EQ(sluice.waiting, 1);
	CHECK_EQ(task->verdict.hold, SLUICE_HOLD_RESOURCE);
	call = sluice_callq_first(&task->queue);
	/* Just after the tick has looked. */
	while (sluice.tick.when - shim_now < 90 * MS) {
		shim_now += MS / 10;
		world_time();
	}
	CHECK_EQ(sluice.waiting, 1);
	world_outside = 0;
	for (since = shim_now; sluice.waiting; world_time()) {
		shim_now += MS / 10;
		CHECK(shim_now - since <= MS);
	}
	CHECK_EQ(call->state, SLUICE_CALL_STATE_STARTING);
	/* It rings no more when nobody waits. */
	shim_now += 2 * MS;
	world_time();
	CHECK_EQ(sluice.watch.when, 0);
}
