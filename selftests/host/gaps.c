// SPDX-License-Identifier: GPL-2.0-only
// build: $CORE -Ishim -I../../kmod -DSLUICE_TRACE_H -D_GNU_SOURCE -O2 -Wno-unused-parameter -Wno-sign-compare
/*
 * What walks many calls gives the lock back at times. Here something happens in
 * each of these gaps, as another CPU would do it.
 */
#include "world.h"

#include "ktap.h"

#define MANY	(4 * SLUICE_BATCH)

static u32 started, ended, gaps;

void shim_call_state(const struct sluice_call *call,
		     enum sluice_call_state from)
{
	started += call->state == SLUICE_CALL_STATE_STARTING;
	ended += sluice_call_final(call);
}

void shim_env_state(const struct sluice_env *env, enum sluice_env_state from)
{
}

static void begin(void)
{
	shim_now = 3600 * SECOND;
	sluice.limits.max_calls = 100000;
	sluice.limits.max_bytes = 1 << 20;
	world_begin();
	world_agent(true);
}

static const struct sluice_task_config usual = {
	.class = &sluice_class_priority, .weight = 100, .queue_max = 10000,
	.queue_bytes = 1 << 20, .input_max = 64, .envs_max = 1,
	.idle = 3600 * SECOND, .patience = 3600 * SECOND,
};

/* A call of it lacks the crane for as long as the test likes. */
static struct sluice_task *crane_task(const char *name)
{
	return world_add_task_with(name, &usual, CRANE, 1);
}

static void submit_many(const char *name, u32 count)
{
	const struct sluice_submission submission = world_ask(name);

	while (count--)
		CHECK(world_submit(&submission) > 0);
}

static void crane(u64 budget)
{
	sluice_enter();
	CHECK_EQ(sluice_operate_budget_set("crane", &budget, NULL), 0);
	sluice_leave();
}

/*
 * The removal of a task
 */

static void second_crane(void)
{
	gaps++;
	crane(2);
}

/* What it waits for comes while its calls are cancelled: none of them starts. */
TEST(removed_task_starts_nothing)
{
	begin();
	crane_task("holds");
	crane_task("gone");
	submit_many("holds", 1);
	submit_many("gone", MANY);
	CHECK_EQ(started, 1);
	CHECK_EQ(world_account(CRANE)->park.count, 1);
	shim_gap = second_crane;
	world_del_task("gone");
	shim_gap = NULL;
	CHECK(gaps >= MANY / SLUICE_BATCH - 1);
	CHECK_EQ(started, 1);
	CHECK_EQ(ended, MANY);
	CHECK_EQ(sluice.waiting, 0);
}

/*
 * The tick
 */

static struct sluice_env *young;

static struct sluice_env *env_of(const struct sluice_task *task)
{
	struct sluice_env *env;

	list_for_each_entry(env, &sluice.env_list, node)
		if (env->task == task)
			return env;
	ktap_fail("%s has no environment", task->name);
}

/* The worker takes the call that its environment was given. */
static void runs(struct sluice_env *env)
{
	struct sluice_call *call;

	CHECK_EQ(sluice_worker_look(env, &call), 0);
	CHECK(sluice_worker_take(env, call, 0));
	sluice_call_put(call);
}

/* Time passes, and an environment becomes idle. */
static void becomes_idle(void)
{
	if (gaps++)
		return;
	shim_now += 100 * MS;
	CHECK_EQ(world_answer(young, young->call->id, true), 0);
}

/*
 * Calls of the class deadline that have run leave something until their deadline,
 * while one of them lives: each by itself where that is soon.
 */
static void leave_demands(const struct sluice_task *task)
{
	struct sluice_submission urgent = world_ask(task->name);
	struct sluice_submission keeper = world_ask("keeper");
	struct sluice_env *env;
	u32 i;

	keeper.runtime = 1;
	keeper.deadline = 24 * 3600 * SECOND;
	CHECK(world_submit(&keeper) > 0);
	urgent.runtime = 1;
	urgent.deadline = MS / 2;
	for (i = 0; i < MANY; i++) {
		CHECK(world_submit(&urgent) > 0);
		env = env_of(task);
		if (!i)
			world_provision(env->id);
		runs(env);
		CHECK_EQ(world_answer(env, env->call->id, true), 0);
	}
}

/* An environment that became idle a moment ago stays, whenever the tick began. */
TEST(tick_looks_at_the_clock_again)
{
	struct sluice_task_config config = usual;
	struct sluice_task *warm, *urgent, *keeper;

	begin();
	warm = crane_task("warm");
	config.class = &sluice_class_deadline;
	urgent = world_add_task("urgent", &config);
	keeper = world_add_task("keeper", &config);
	sluice_enter();
	sluice_task_mode(keeper, SLUICE_MODE_PAUSE);
	sluice_leave();
	leave_demands(urgent);
	submit_many("warm", 1);
	young = env_of(warm);
	world_provision(young->id);
	runs(young);
	shim_now += 2 * 3600 * SECOND;
	shim_gap = becomes_idle;
	world_time();
	shim_gap = NULL;
	CHECK(gaps > 0);
	CHECK_EQ(young->state, SLUICE_ENV_STATE_IDLE);
}

/*
 * What is remembered
 */

static u32 most_at_once, before_gap;

/* How many were forgotten since the lock was last given back. */
static void count_forgotten(void)
{
	gaps++;
	most_at_once = max(most_at_once, before_gap - sluice.history_count);
	before_gap = sluice.history_count;
}

/* The limit was lowered: many calls are forgotten, but not all by who comes next. */
TEST(history_is_forgotten_in_parts)
{
	begin();
	sluice.limits.history = MANY * 10;
	crane_task("holds");
	crane_task("gone");
	submit_many("holds", 1);
	submit_many("gone", MANY * 4);
	world_del_task("gone");
	CHECK_EQ(sluice.history_count, MANY * 4);
	sluice.limits.history = 0;
	/* The next end. */
	crane_task("gone");
	submit_many("gone", 1);
	world_del_task("gone");
	CHECK(sluice.history_count >= MANY * 4 - SLUICE_BATCH);
	/* The tick does the rest, and others come in between. */
	before_gap = sluice.history_count;
	shim_gap = count_forgotten;
	shim_now += SECOND;
	world_time();
	shim_gap = NULL;
	CHECK_EQ(sluice.history_count, 0);
	CHECK_EQ(sluice.history_bytes, 0);
	CHECK(gaps > 0);
	CHECK(most_at_once <= SLUICE_BATCH);
}

/*
 * What a removed task names
 */

static int removed, kept;

/* It can be as soon as no call needs it. */
static void remove_crane(void)
{
	struct sluice_account *account;
	int ret;

	sluice_enter();
	account = sluice_ledger_find(&sluice.ledger, "crane");
	if (account) {
		ret = sluice_operate_budget_del(account);
		CHECK_EQ(ret, sluice.waiting ? -EBUSY : 0);
		removed += !ret;
		kept += !!ret;
	}
	gaps++;
	CHECK_EQ(!sluice_ledger_find(&sluice.ledger, "crane"), removed);
	sluice_leave();
}

/* Its calls name the token until the last of them has ended, though none has it. */
TEST(token_stays_while_calls_name_it)
{
	struct sluice_task *task;

	begin();
	task = crane_task("gone");
	sluice_enter();
	sluice_task_mode(task, SLUICE_MODE_PAUSE);
	sluice_leave();
	submit_many("gone", MANY);
	remove_crane();
	CHECK_EQ(removed, 0);
	shim_gap = remove_crane;
	world_del_task("gone");
	shim_gap = NULL;
	CHECK_EQ(gaps, MANY / SLUICE_BATCH + 1);
	CHECK(kept > 1);
	CHECK_EQ(sluice.waiting, 0);
	remove_crane();
	CHECK_EQ(removed, 1);
}

/* Without calls it is free at once. */
TEST(token_of_a_task_without_calls)
{
	begin();
	crane_task("gone");
	CHECK_EQ(world_account(CRANE)->users, 1);
	world_del_task("gone");
	CHECK_EQ(world_account(CRANE)->users, 0);
	remove_crane();
	CHECK_EQ(removed, 1);
}
