// SPDX-License-Identifier: GPL-2.0-only
// build: $CORE -Ishim -I../../kmod -DSLUICE_TRACE_H -D_GNU_SOURCE -O2 -Wno-unused-parameter -Wno-sign-compare
/*
 * Every state has a clock: whatever worker, agent or device do, a call and an
 * environment leave it by themselves, with a reason.
 */
#include "world.h"

#include "ktap.h"

#define START	(10 * SECOND)
/* By then what is due is done: a tick, and some. */
#define SOON	(2 * SECOND)

static u32 starts;

void shim_call_state(const struct sluice_call *call,
		     enum sluice_call_state from)
{
	starts += call->state == SLUICE_CALL_STATE_STARTING;
}

void shim_env_state(const struct sluice_env *env, enum sluice_env_state from)
{
}

/*
 * The play
 */

static void begin(void)
{
	shim_now = 3600 * SECOND;
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

/* A task that holds the crane while a call of it starts or runs. */
static const struct sluice_task_config usual = {
	.class = &sluice_class_priority, .weight = 100, .queue_max = 10000,
	.queue_bytes = 1 << 20, .input_max = 64, .envs_max = 4,
	.idle = 24 * 3600 * SECOND, .patience = 3600 * SECOND,
	.start_timeout = START,
};

static struct sluice_task *crane_task(const char *name)
{
	return world_add_task_with(name, &usual, CRANE, 1);
}

/* With a reference. */
static struct sluice_call *submit(const char *name)
{
	const struct sluice_submission submission = world_ask(name);
	u64 id = world_submit(&submission);

	CHECK(id);
	return sluice_call_find(id);
}

static struct place *provision(const struct sluice_call *call)
{
	CHECK(call->env);
	return world_provision(call->env->id);
}

/* The worker takes the call that its environment was given, and answers. */
static void serve(struct sluice_env *env)
{
	struct sluice_call *call;

	CHECK_EQ(sluice_worker_look(env, &call), 0);
	CHECK(sluice_worker_take(env, call, 0));
	CHECK_EQ(world_answer(env, call->id, true), 0);
	sluice_call_put(call);
}

/* Killed, all processes of an environment end. */
static void die(struct place *place)
{
	CHECK(place->pid.killed);
	place->cgroup.populated = false;
	world_close_door(place);
}

/* The agent has cleaned up after what it has not made in time. */
static void nothing_left(void)
{
	struct sluice_env *env, *next;

	sluice_enter();
	list_for_each_entry_safe(env, next, &sluice.env_list, node)
		CHECK_EQ(sluice_operate_env_failed(env->id, "", false), 0);
	sluice_leave();
}

static void check_queued(const struct sluice_call *call, u32 restarts)
{
	CHECK_EQ(call->state, SLUICE_CALL_STATE_QUEUED);
	CHECK_EQ(call->restarts, restarts);
}

static void check_ended(struct sluice_call *call, enum sluice_call_state state,
			enum sluice_reason reason)
{
	CHECK_EQ(call->state, state);
	CHECK_EQ(call->reason, reason);
	sluice_call_put(call);
}

/*
 * Starting
 */

/* A program that never asks: each start ends, and then the call does. */
TEST(worker_never_asks)
{
	struct sluice_task *task;
	struct sluice_call *call;
	struct place *place;
	u32 i;

	begin();
	task = crane_task("mute");
	call = submit("mute");
	for (i = 0; i < 4; i++) {
		CHECK_EQ(call->state, SLUICE_CALL_STATE_STARTING);
		place = provision(call);
		pass(START - SOON);
		CHECK_EQ(call->state, SLUICE_CALL_STATE_STARTING);
		CHECK(!place->pid.killed);
		pass(2 * SOON);
		CHECK_EQ(call->reason, SLUICE_REASON_START_TIMEOUT);
		CHECK_EQ(task->failures, i + 1);
		/* It keeps what it has until it is really gone. */
		CHECK_EQ(world_account(CRANE)->reserved, 1);
		if (i < 3)
			check_queued(call, i + 1);
		die(place);
	}
	check_ended(call, SLUICE_CALL_STATE_FAILED,
		    SLUICE_REASON_START_TIMEOUT);
	pass(SOON);
	CHECK_EQ(starts, 4);
	CHECK_EQ(sluice.env_count, 0);
	CHECK_EQ(world_account(CRANE)->reserved, 0);
}

/* One that asks again and again, and never takes what it is given. */
TEST(worker_never_takes)
{
	struct sluice_call *call, *given;
	struct place *place;
	u32 i;

	begin();
	crane_task("small");
	call = submit("small");
	place = provision(call);
	for (i = 0; i < 5; i++) {
		CHECK_EQ(sluice_worker_look(place->door->env, &given), 0);
		CHECK(given == call);
		sluice_call_put(given);
		pass(SOON);
	}
	pass(SOON);
	check_queued(call, 1);
	CHECK_EQ(sluice_worker_look(place->door->env, &given), -ESHUTDOWN);
	die(place);
	/* The next one does better. */
	CHECK_EQ(call->state, SLUICE_CALL_STATE_STARTING);
	place = provision(call);
	serve(place->door->env);
	check_ended(call, SLUICE_CALL_STATE_DONE, SLUICE_REASON_ANSWERED);
}

/* An idle environment whose worker hangs is chosen, and does not wake up. */
TEST(idle_worker_hangs)
{
	struct sluice_task *task;
	struct sluice_call *call;
	struct place *place;

	begin();
	task = crane_task("hangs");
	call = submit("hangs");
	place = provision(call);
	serve(place->door->env);
	sluice_call_put(call);
	pass(2 * START);
	call = submit("hangs");
	CHECK(call->env == place->door->env);
	pass(START + SOON);
	check_queued(call, 1);
	CHECK_EQ(task->failures, 1);
	die(place);
	place = provision(call);
	serve(place->door->env);
	CHECK_EQ(task->failures, 0);
	check_ended(call, SLUICE_CALL_STATE_DONE, SLUICE_REASON_ANSWERED);
}

/* Nobody else is kept from what it holds for longer than that. */
TEST(others_get_what_it_held)
{
	struct sluice_call *bad, *good;
	struct place *place;

	begin();
	crane_task("bad");
	crane_task("good");
	bad = submit("bad");
	place = provision(bad);
	good = submit("good");
	pass(START + SOON);
	check_queued(bad, 1);
	die(place);
	CHECK_EQ(good->state, SLUICE_CALL_STATE_STARTING);
	serve(provision(good)->door->env);
	check_ended(good, SLUICE_CALL_STATE_DONE, SLUICE_REASON_ANSWERED);
	sluice_call_put(bad);
}

/* A task whose programs never ask goes to quarantine like others that fail. */
TEST(never_started_is_a_failure)
{
	struct sluice_task *task;
	struct sluice_call *call;
	struct place *place;
	u32 i;

	begin();
	task = crane_task("mute");
	task->config.quarantine_after = 2;
	task->config.quarantine = 3600 * SECOND;
	call = submit("mute");
	for (i = 0; i < 2; i++) {
		place = provision(call);
		pass(START + SOON);
		die(place);
	}
	check_queued(call, 2);
	CHECK(task->quarantined);
	CHECK_EQ(sluice.env_count, 0);
	sluice_call_put(call);
}

/* Its deadline comes first. */
TEST(deadline_before_the_start)
{
	struct sluice_submission submission = world_ask("late");
	struct sluice_call *call;

	begin();
	crane_task("late");
	submission.deadline = START / 2;
	call = sluice_call_find(world_submit(&submission));
	pass(START / 2 + SOON);
	check_ended(call, SLUICE_CALL_STATE_EXPIRED, SLUICE_REASON_DEADLINE);
}

/* And it still comes when it waits again. */
TEST(deadline_after_the_start)
{
	struct sluice_submission submission = world_ask("late");
	struct sluice_call *call;

	begin();
	crane_task("late");
	submission.deadline = START + 2 * SOON;
	call = sluice_call_find(world_submit(&submission));
	provision(call);
	pass(START + SOON);
	check_queued(call, 1);
	pass(2 * SOON);
	check_ended(call, SLUICE_CALL_STATE_EXPIRED, SLUICE_REASON_DEADLINE);
}

/*
 * The agent
 */

/*
 * It is there, and does nothing: that is no failure of the task. What it may have made
 * half of has its token until it says that nothing of it is left.
 */
TEST(agent_never_provisions)
{
	struct sluice_task *task;
	struct sluice_call *call;
	u32 i;

	begin();
	task = crane_task("unmade");
	call = submit("unmade");
	for (i = 0; i < 4; i++) {
		CHECK_EQ(call->state, SLUICE_CALL_STATE_STARTING);
		CHECK_EQ(call->restarts, i);
		CHECK_EQ(sluice.env_count, 1);
		pass(START + SOON);
		CHECK_EQ(sluice.env_count, 1);
		CHECK_EQ(world_account(CRANE)->reserved, 1);
		pass(START + SOON);
		if (i < 3)
			check_queued(call, i + 1);
		nothing_left();
	}
	check_ended(call, SLUICE_CALL_STATE_FAILED,
		    SLUICE_REASON_START_TIMEOUT);
	CHECK_EQ(task->failures, 0);
	CHECK_EQ(sluice.env_count, 0);
	CHECK_EQ(world_account(CRANE)->reserved, 0);
}

/*
 * It goes: what it has not made is not wanted any more. The call waits for the
 * next agent, and never fails for it. What there is of the environment nobody can see:
 * it has what it was given until the next agent says that it is gone, and that alone.
 */
TEST(agent_goes_before_it_provisions)
{
	struct sluice_call *call;
	u32 i;

	begin();
	crane_task("unmade");
	call = submit("unmade");
	for (i = 0; i < 10; i++) {
		CHECK_EQ(call->state, SLUICE_CALL_STATE_STARTING);
		pass(START / 2);
		world_agent(false);
		check_queued(call, 0);
		CHECK_EQ(call->told, SLUICE_HOLD_AGENT);
		CHECK_EQ(sluice.env_count, 1);
		CHECK_EQ(world_account(CRANE)->reserved, 1);
		pass(2 * START);
		check_queued(call, 0);
		CHECK_EQ(sluice.env_count, 1);
		world_agent(true);
		CHECK_EQ(world_account(CRANE)->reserved, 1);
		nothing_left();
	}
	serve(provision(call)->door->env);
	check_ended(call, SLUICE_CALL_STATE_DONE, SLUICE_REASON_ANSWERED);
}

/* What it has made goes on without it, and so does the clock. */
TEST(agent_goes_after_it_attached)
{
	struct sluice_call *call;
	struct place *place;

	begin();
	crane_task("made");
	call = submit("made");
	place = provision(call);
	world_agent(false);
	CHECK_EQ(call->state, SLUICE_CALL_STATE_STARTING);
	pass(START + SOON);
	check_queued(call, 1);
	die(place);
	pass(START);
	check_queued(call, 1);
	CHECK_EQ(call->told, SLUICE_HOLD_AGENT);
	sluice_call_put(call);
}

/*
 * Wanted
 */

static u32 told;

static void count_told(const struct sluice_env *env)
{
	CHECK_EQ(env->state, SLUICE_ENV_STATE_WANTED);
	CHECK(!env->door);
	told++;
}

/* What the agent has not heard of, it hears of again, until it has made it. */
TEST(agent_is_told_again)
{
	struct sluice_sink sink = world_sink;
	struct sluice_call *call;
	struct place *place;

	begin();
	sink.still_wanted = count_told;
	sluice_event_sink(&sink);
	crane_task("unmade")->config.start_timeout = 3600 * SECOND;
	call = submit("unmade");
	pass(SOON);
	CHECK_EQ(told, 0);
	pass(60 * SECOND);
	CHECK(told >= 6 && told <= 60);
	place = provision(call);
	told = 0;
	pass(60 * SECOND);
	CHECK_EQ(told, 0);
	CHECK_EQ(place->door->env->state, SLUICE_ENV_STATE_WANTED);
	sluice_call_put(call);
}

static void cancel(struct sluice_call *call)
{
	sluice_enter();
	CHECK_EQ(sluice_operate_cancel(call), 0);
	sluice_leave();
	sluice_call_put(call);
}

/* Its call is gone before its program asked, which it never does. */
TEST(wanted_for_nobody)
{
	struct sluice_task *task;
	struct sluice_call *call;
	struct place *place;

	begin();
	task = crane_task("mute");
	call = submit("mute");
	place = provision(call);
	cancel(call);
	CHECK_EQ(sluice.env_count, 1);
	pass(START - SOON);
	CHECK_EQ(place->door->env->state, SLUICE_ENV_STATE_WANTED);
	pass(2 * SOON);
	CHECK_EQ(place->door->env->state, SLUICE_ENV_STATE_RETIRING);
	CHECK_EQ(task->failures, 1);
	pass(SOON);
	die(place);
	CHECK_EQ(sluice.env_count, 0);
}

/* The same, and the agent never makes it. */
TEST(wanted_for_nobody_and_never_made)
{
	struct sluice_task *task;

	begin();
	task = crane_task("unmade");
	cancel(submit("unmade"));
	CHECK_EQ(sluice.env_count, 1);
	pass(START + SOON);
	CHECK_EQ(sluice.env_count, 1);
	nothing_left();
	CHECK_EQ(sluice.env_count, 0);
	CHECK_EQ(task->failures, 0);
}

/* Its task goes: so do the call and, when the agent says so, what was to be made for it. */
TEST(task_goes_before_it_is_made)
{
	struct sluice_call *call, *next;

	begin();
	crane_task("unmade");
	call = submit("unmade");
	world_del_task("unmade");
	check_ended(call, SLUICE_CALL_STATE_CANCELLED,
		    SLUICE_REASON_TASK_REMOVED);
	CHECK_EQ(sluice.env_count, 1);
	crane_task("next");
	next = submit("next");
	pass(SOON);
	check_queued(next, 0);
	nothing_left();
	CHECK_EQ(next->state, SLUICE_CALL_STATE_STARTING);
	sluice_call_put(next);
}

/*
 * The end
 */

/* An environment whose call runs, for as long as it likes. */
static struct place *runs(const struct sluice_call *call)
{
	struct place *place = provision(call);
	struct sluice_call *taken;

	CHECK_EQ(sluice_worker_look(place->door->env, &taken), 0);
	CHECK(sluice_worker_take(place->door->env, taken, 0));
	sluice_call_put(taken);
	return place;
}

/* Its processes have ended, and its door is open: somebody else has it. */
static void check_let_go(struct place *place)
{
	struct sluice_call *call;

	CHECK_EQ(sluice.env_count, 0);
	CHECK_EQ(world_account(CRANE)->reserved, 0);
	CHECK_EQ(sluice_worker_look(place->door->env, &call), -ESHUTDOWN);
	world_close_door(place);
	CHECK_EQ(sluice.env_count, 0);
}

/* What was cut off is gone when its processes are, whoever has its door. */
TEST(door_outlives_a_retired_environment)
{
	struct sluice_call *call;
	struct place *place;

	begin();
	crane_task("sent");
	call = submit("sent");
	place = runs(call);
	cancel(call);
	pass(SOON);
	CHECK(place->pid.killed);
	CHECK_EQ(sluice.env_count, 1);
	CHECK_EQ(world_account(CRANE)->reserved, 1);
	place->cgroup.populated = false;
	pass(SOON);
	check_let_go(place);
}

/* The same, and nobody has asked it to end. */
TEST(door_outlives_a_running_call)
{
	struct sluice_call *call;
	struct place *place;

	begin();
	crane_task("sent");
	call = submit("sent");
	place = runs(call);
	place->cgroup.populated = false;
	pass(SOON);
	check_ended(call, SLUICE_CALL_STATE_FAILED, SLUICE_REASON_WORKER_DIED);
	check_let_go(place);
}

TEST(door_outlives_an_idle_environment)
{
	struct sluice_call *call;
	struct place *place;

	begin();
	crane_task("sent");
	call = submit("sent");
	place = runs(call);
	CHECK_EQ(world_answer(place->door->env, call->id, true), 0);
	sluice_call_put(call);
	place->cgroup.populated = false;
	pass(SOON);
	check_let_go(place);
}

/* A task whose calls need no crane but memory. */
static struct sluice_task *memory_task(const char *name, u64 memory)
{
	return world_add_task_with(name, &usual, SLUICE_RES_MEMORY, memory);
}

/* One that stays warm, and uses so much. */
static struct place *warm(const char *name, u64 memory)
{
	struct sluice_call *call;
	struct place *place;

	memory_task(name, memory);
	call = submit(name);
	place = runs(call);
	CHECK_EQ(world_answer(place->door->env, call->id, true), 0);
	sluice_call_put(call);
	place->memory = memory;
	pass(SOON);
	CHECK_EQ(place->door->env->state, SLUICE_ENV_STATE_IDLE);
	return place;
}

/* Its call is cut off, and a process of it is in the kernel for good. */
static struct place *cannot_end(u64 memory)
{
	struct sluice_call *call;
	struct place *place;

	memory_task("stuck", memory);
	call = submit("stuck");
	place = runs(call);
	place->memory = memory;
	cancel(call);
	world_close_door(place);
	pass(SOON);
	CHECK_EQ(sluice.env_count, 1);
	return place;
}

/* That one is about to end makes others wait for it, but not for long. */
static void check_reclaims(struct place *idle, const struct sluice_call *call)
{
	CHECK_EQ(call->state, SLUICE_CALL_STATE_QUEUED);
	pass(10 * SECOND);
	CHECK_EQ(idle->door->env->state, SLUICE_ENV_STATE_RETIRING);
	die(idle);
	pass(SOON);
	CHECK_EQ(call->state, SLUICE_CALL_STATE_STARTING);
	CHECK_EQ(sluice.env_count, 2);
}

TEST(environment_cannot_end_and_others_need_one)
{
	struct sluice_call *call;
	struct place *idle;

	begin();
	sluice.limits.max_envs = 2;
	cannot_end(100 * MIB);
	idle = warm("idle", 100 * MIB);
	memory_task("next", 100 * MIB);
	call = submit("next");
	check_reclaims(idle, call);
	sluice_call_put(call);
}

TEST(environment_cannot_end_and_others_need_memory)
{
	struct sluice_call *call;
	struct place *idle;

	begin();
	cannot_end(200 * MIB);
	idle = warm("idle", 200 * MIB);
	memory_task("next", 250 * MIB);
	call = submit("next");
	check_reclaims(idle, call);
	sluice_call_put(call);
}

/* They waited when it began to end, and nothing else happens since. */
TEST(environment_cannot_end_and_others_wait_for_it)
{
	struct sluice_call *call, *more;
	struct place *idle, *place;

	begin();
	sluice.limits.max_envs = 2;
	idle = warm("idle", 100 * MIB);
	memory_task("stuck", 100 * MIB);
	more = submit("stuck");
	place = runs(more);
	cancel(more);
	world_close_door(place);
	memory_task("next", 100 * MIB);
	call = submit("next");
	pass(SOON);
	CHECK_EQ(idle->door->env->state, SLUICE_ENV_STATE_IDLE);
	check_reclaims(idle, call);
	sluice_call_put(call);
}

/*
 * The tick
 */

/* Nobody hurries it so that it comes later than somebody else has asked for. */
TEST(hurry_does_not_delay)
{
	struct sluice_call *call;
	struct place *place;

	begin();
	sluice.limits.tick_ms = 60000;
	pass(SOON);
	crane_task("ends")->config.idle = 0;
	crane_task("waits");
	/* In one moment: the tick is one of those that are seldom. */
	call = submit("ends");
	place = runs(call);
	CHECK_EQ(world_answer(place->door->env, call->id, true), 0);
	sluice_call_put(call);
	CHECK_EQ(sluice.env_count, 1);
	world_agent(false);
	call = submit("waits");
	check_queued(call, 0);
	world_close_door(place);
	place->cgroup.populated = false;
	pass(100 * MS);
	CHECK_EQ(sluice.env_count, 0);
	sluice_call_put(call);
}

/* What could not be made for want of memory is tried again shortly. */
TEST(memory_is_tried_again)
{
	struct sluice_task *task;
	struct sluice_call *call;

	begin();
	sluice.limits.idle_tick_ms = 24 * 3600 * 1000;
	pass(SOON);
	task = crane_task("unlucky");
	sluice_enter();
	sluice_operate_task_mode(task, SLUICE_MODE_PAUSE);
	sluice_leave();
	call = submit("unlucky");
	shim_no_memory = true;
	sluice_enter();
	sluice_operate_task_mode(task, SLUICE_MODE_RUN);
	sluice_leave();
	shim_no_memory = false;
	check_queued(call, 0);
	CHECK_EQ(call->told, SLUICE_HOLD_MEMORY);
	pass(SOON);
	CHECK_EQ(call->state, SLUICE_CALL_STATE_STARTING);
	sluice_call_put(call);
}

/* A pace that was a mistake for a moment is one no longer. */
TEST(pace_is_set_anew)
{
	struct sluice_call *call;
	struct place *place;

	begin();
	crane_task("idle")->config.idle = SECOND;
	call = submit("idle");
	place = runs(call);
	CHECK_EQ(world_answer(place->door->env, call->id, true), 0);
	sluice_call_put(call);
	sluice.limits.tick_ms = U32_MAX;
	sluice_tick_paced();
	pass(10 * SECOND);
	CHECK_EQ(place->door->env->state, SLUICE_ENV_STATE_IDLE);
	sluice.limits.tick_ms = 100;
	sluice_tick_paced();
	pass(SOON);
	CHECK_EQ(place->door->env->state, SLUICE_ENV_STATE_RETIRING);
}

/*
 * Grace
 */

#define GRACE	(5 * SECOND)

/* Its program is let be until its grace is over; then it is killed, agent or not. */
static void check_grace(struct place *place)
{
	struct sluice_call *call;

	CHECK_EQ(place->door->env->state, SLUICE_ENV_STATE_RETIRING);
	CHECK(place->door->env->cut);
	world_agent(false);
	pass(SECOND);
	/* Nobody can take it away again. */
	sluice_enter();
	CHECK_EQ(sluice_operate_env_del(place->id), 0);
	sluice_leave();
	pass(GRACE - SOON - SECOND);
	CHECK(!place->pid.killed);
	CHECK_EQ(sluice_worker_look(place->door->env, &call), -ESHUTDOWN);
	CHECK_EQ(world_account(CRANE)->reserved, 1);
	pass(2 * SOON);
	CHECK(place->pid.killed);
	CHECK_EQ(world_account(CRANE)->reserved, 1);
	world_agent(true);
}

/* The next that needs the token has it when nothing of the last one runs. */
static void check_next(struct place *place, const char *name)
{
	struct sluice_call *next = submit(name);

	CHECK_EQ(next->told, SLUICE_HOLD_RESOURCE);
	die(place);
	CHECK_EQ(next->state, SLUICE_CALL_STATE_STARTING);
	serve(provision(next)->door->env);
	check_ended(next, SLUICE_CALL_STATE_DONE, SLUICE_REASON_ANSWERED);
}

TEST(cancelled_call_has_a_grace)
{
	struct sluice_call *call;
	struct place *place;

	begin();
	crane_task("slow")->config.grace = GRACE;
	crane_task("next");
	call = submit("slow");
	place = runs(call);
	kref_get(&call->ref);
	cancel(call);
	/* For its submitter it has ended. */
	check_ended(call, SLUICE_CALL_STATE_CANCELLED,
		    SLUICE_REASON_CANCELLED);
	check_grace(place);
	check_next(place, "next");
}

TEST(call_that_ran_too_long_has_a_grace)
{
	struct sluice_submission submission = world_ask("slow");
	struct sluice_call *call;
	struct place *place;

	begin();
	crane_task("slow")->config.grace = GRACE;
	crane_task("next");
	submission.timeout = SECOND;
	call = sluice_call_find(world_submit(&submission));
	place = runs(call);
	pass(SECOND);
	check_ended(call, SLUICE_CALL_STATE_TIMED_OUT, SLUICE_REASON_TIMEOUT);
	check_grace(place);
	check_next(place, "next");
}

/* One that ends before is not waited for. */
TEST(grace_is_not_used_up)
{
	struct sluice_call *call;
	struct place *place;

	begin();
	crane_task("quick")->config.grace = GRACE;
	crane_task("next");
	call = submit("quick");
	place = runs(call);
	cancel(call);
	call = submit("next");
	place->cgroup.populated = false;
	world_close_door(place);
	CHECK_EQ(call->state, SLUICE_CALL_STATE_STARTING);
	CHECK(!place->pid.killed);
	sluice_call_put(call);
}

/* Nobody is there to ask it: what its worker left is killed at once. */
TEST(no_grace_without_a_worker)
{
	struct sluice_call *call;
	struct place *place;

	begin();
	crane_task("dead")->config.grace = GRACE;
	call = submit("dead");
	place = runs(call);
	world_close_door(place);
	CHECK(place->pid.killed);
	check_ended(call, SLUICE_CALL_STATE_FAILED, SLUICE_REASON_WORKER_DIED);
}

/* A long one is not what others wait for. */
TEST(others_do_not_wait_for_a_grace)
{
	struct sluice_call *call;
	struct place *idle;

	begin();
	sluice.limits.max_envs = 2;
	memory_task("slow", 100 * MIB)->config.grace = 3600 * SECOND;
	call = submit("slow");
	runs(call);
	cancel(call);
	idle = warm("idle", 100 * MIB);
	memory_task("next", 100 * MIB);
	call = submit("next");
	check_reclaims(idle, call);
	sluice_call_put(call);
}
