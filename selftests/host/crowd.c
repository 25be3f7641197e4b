// SPDX-License-Identifier: GPL-2.0-only
// build: $CORE -Ishim -I../../kmod -DSLUICE_TRACE_H -D_GNU_SOURCE -O2 -Wno-unused-parameter -Wno-sign-compare
/*
 * As many environments as there may be: who gives way to whom, and when.
 */
#include "world.h"

#include "ktap.h"

#define SETUP	(2 * SECOND)

void shim_call_state(const struct sluice_call *call,
		     enum sluice_call_state from)
{
}

void shim_env_state(const struct sluice_env *env, enum sluice_env_state from)
{
}

static void begin(u32 envs)
{
	shim_now = 3600 * SECOND;
	sluice.limits.max_envs = envs;
	world_begin();
	world_agent(true);
}

static void pass(u64 time)
{
	u64 until = shim_now + time;

	while (shim_now < until) {
		shim_now += 10 * MS;
		world_time();
		world_forget_gone();
	}
}

static struct sluice_task *add_task(const char *name, u32 priority)
{
	const struct sluice_task_config config = {
		.class = &sluice_class_priority, .weight = 100,
		.priority = priority, .queue_max = 10000,
		.queue_bytes = 1 << 20, .input_max = 64, .envs_max = 4,
		.idle = 24 * 3600 * SECOND, .patience = 3600 * SECOND,
	};

	return world_add_task(name, &config);
}

static struct sluice_call *submit(const char *name)
{
	const struct sluice_submission submission = world_ask(name);
	u64 id = world_submit(&submission);

	CHECK(id);
	return sluice_call_find(id);
}

/* The worker takes the call that its environment was given. */
static void take(struct sluice_env *env)
{
	struct sluice_call *call;

	CHECK_EQ(sluice_worker_look(env, &call), 0);
	CHECK(sluice_worker_take(env, call, 0));
	sluice_call_put(call);
}

static void answer(struct sluice_env *env)
{
	CHECK_EQ(world_answer(env, env->call->id, true), 0);
}

/* The environment of a task's first call, which runs now. */
static struct place *first_of(const char *name)
{
	struct sluice_call *call = submit(name);
	struct place *place;

	CHECK(call->env);
	place = world_provision(call->env->id);
	pass(SETUP);
	take(place->door->env);
	sluice_call_put(call);
	return place;
}

static void end(struct place *place)
{
	CHECK_EQ(place->door->env->state, SLUICE_ENV_STATE_RETIRING);
	place->cgroup.populated = false;
	world_close_door(place);
	pass(SECOND);
}

/* Nothing but environments is short: one that is idle later gives way, too. */
TEST(idle_one_gives_way)
{
	struct sluice_call *call;
	struct place *place;

	begin(1);
	add_task("first", 50);
	add_task("second", 50);
	place = first_of("first");
	call = submit("second");
	CHECK_EQ(call->told, SLUICE_HOLD_ENVIRONMENTS);
	pass(SECOND);
	CHECK_EQ(place->door->env->state, SLUICE_ENV_STATE_BUSY);
	answer(place->door->env);
	end(place);
	CHECK_EQ(call->state, SLUICE_CALL_STATE_STARTING);
	sluice_call_put(call);
}

/* The better task has an environment and needs another one, as does the other. */
static struct place *rivals(struct sluice_call **waits)
{
	struct place *low;

	begin(2);
	add_task("high", 99);
	add_task("low", 1);
	first_of("high");
	low = first_of("low");
	sluice_call_put(submit("low"));
	*waits = submit("high");
	CHECK_EQ((*waits)->told, SLUICE_HOLD_ENVIRONMENTS);
	return low;
}

/* The worker goes on to the next call of its task, of which there is always one. */
static void next(struct place *place)
{
	struct sluice_env *env = place->door->env;

	sluice_call_put(submit("low"));
	answer(env);
	if (env->call)
		take(env);
}

/*
 * One whose own task has calls for it gives way to a better task, but not before
 * that has waited for so long that a new environment is worth its while.
 */
TEST(needed_one_gives_way_late)
{
	struct sluice_call *call;
	struct place *low = rivals(&call);
	u64 since = shim_now;

	while (low->door->env->state == SLUICE_ENV_STATE_BUSY &&
	       shim_now < since + 100 * SETUP) {
		next(low);
		pass(100 * MS);
	}
	CHECK(shim_now >= since + 8 * SETUP);
	CHECK(shim_now < since + 10 * SETUP);
	end(low);
	CHECK_EQ(call->state, SLUICE_CALL_STATE_STARTING);
	sluice_call_put(call);
}

/* To one that is no better it does not at all. */
TEST(needed_one_stays)
{
	struct sluice_call *call;
	struct place *low;
	u32 i;

	begin(2);
	add_task("high", 1);
	add_task("low", 99);
	first_of("high");
	low = first_of("low");
	sluice_call_put(submit("low"));
	call = submit("high");
	for (i = 0; i < 1000; i++) {
		next(low);
		pass(10 * MS);
	}
	CHECK_EQ(low->door->env->state, SLUICE_ENV_STATE_BUSY);
	CHECK_EQ(call->state, SLUICE_CALL_STATE_QUEUED);
	sluice_call_put(call);
}


/* Its own task has had a call for it that could not start, and has none any more. */
TEST(idle_one_is_needed_no_more)
{
	struct sluice_call *held, *call;
	struct sluice_task *first;
	struct place *place;

	begin(1);
	first = add_task("first", 99);
	first->config.request.amount[SLUICE_RES_MEMORY] = 100 * MIB;
	add_task("second", 50);
	place = first_of("first");
	answer(place->door->env);
	world_outside = 1000 * MIB;
	pass(SECOND);
	held = submit("first");
	CHECK_EQ(held->told, SLUICE_HOLD_RESOURCE);
	call = submit("second");
	CHECK_EQ(call->told, SLUICE_HOLD_ENVIRONMENTS);
	pass(10 * SECOND);
	CHECK_EQ(place->door->env->state, SLUICE_ENV_STATE_IDLE);
	sluice_enter();
	CHECK_EQ(sluice_operate_cancel(held), 0);
	sluice_leave();
	end(place);
	CHECK_EQ(call->state, SLUICE_CALL_STATE_STARTING);
	sluice_call_put(held);
	sluice_call_put(call);
}
