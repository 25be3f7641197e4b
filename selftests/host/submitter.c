// SPDX-License-Identifier: GPL-2.0-only
// build: $CORE -Ishim -I../../kmod -DSLUICE_TRACE_H -D_GNU_SOURCE -O2 -Wno-unused-parameter -Wno-sign-compare
/*
 * What one who submits calls can get of a task, and what he cannot do to it: no
 * more than its task file gives, and no failure of the task out of what was his
 * own choice, or what the gateway lacked.
 */
#include "world.h"

#include "ktap.h"

static u32 running;

void shim_call_state(const struct sluice_call *call,
		     enum sluice_call_state from)
{
	running += call->state == SLUICE_CALL_STATE_RUNNING;
}

void shim_env_state(const struct sluice_env *env, enum sluice_env_state from)
{
}

static struct sluice_task_config plain(void)
{
	return (struct sluice_task_config){
		.class = &sluice_class_priority, .weight = 100,
		.priority = 50, .priority_max = SLUICE_PRIORITY_MAX,
		.queue_max = 10000, .queue_bytes = 1 << 20, .input_max = 64,
		.envs_max = 1, .idle = 3600 * SECOND, .timeout = 30 * SECOND,
		.patience = 3600 * SECOND, .quarantine_after = 3,
		.quarantine = 30 * SECOND,
	};
}

static struct sluice_task *begin(const struct sluice_task_config *config)
{
	shim_now = 3600 * SECOND;
	world_begin();
	world_agent(true);
	return world_add_task("task", config);
}

static struct sluice_env *env_of(const struct sluice_task *task)
{
	struct sluice_env *env;

	list_for_each_entry(env, &sluice.env_list, node)
		if (env->task == task &&
		    env->state <= SLUICE_ENV_STATE_BUSY)
			return env;
	ktap_fail("%s has no environment", task->name);
}

/* Time passes, with all that is due in it. */
static void pass(u64 time)
{
	u64 until = shim_now + time;

	while (shim_now < until) {
		shim_now += min(until - shim_now, 10 * MS);
		world_time();
	}
}

/* The call that is to start next runs, in an environment that is made if need be. */
static struct sluice_call *run(const struct sluice_task *task)
{
	struct sluice_env *env = env_of(task);
	struct sluice_call *call;

	if (env->state == SLUICE_ENV_STATE_WANTED)
		world_provision(env->id);
	CHECK_EQ(sluice_worker_look(env, &call), 0);
	CHECK(sluice_worker_take(env, call, 0));
	return call;
}

/* All that was cut off ends. */
static void bury(void)
{
	struct place *place;

	for (place = places; place < places + PLACES; place++)
		if (place->door &&
		    place->door->env->state == SLUICE_ENV_STATE_RETIRING) {
			place->cgroup.populated = false;
			world_close_door(place);
		}
	world_forget_gone();
	CHECK_EQ(sluice.env_count, 0);
}

/* It runs until something ends it, within a minute. Its reason. */
static enum sluice_reason run_on(const struct sluice_submission *submission,
				 const struct sluice_task *task)
{
	struct sluice_call *call;
	enum sluice_reason reason;

	CHECK(world_submit(submission) > 0);
	call = run(task);
	pass(60 * SECOND);
	CHECK_EQ(call->state, SLUICE_CALL_STATE_TIMED_OUT);
	reason = call->reason;
	sluice_call_put(call);
	bury();
	return reason;
}

/*
 * Times out
 */

TEST(own_timeout_is_a_failure)
{
	const struct sluice_task_config config = plain();
	const struct sluice_submission ask = world_ask("task");
	struct sluice_task *task = begin(&config);
	u32 i;

	for (i = 0; i < 3; i++) {
		CHECK(!task->quarantined);
		CHECK_EQ(run_on(&ask, task), SLUICE_REASON_TIMEOUT);
	}
	CHECK_EQ(task->failures, 3);
	/* It was let out by the time the minute was over. */
	CHECK_EQ(sluice.counters[SLUICE_EVENT_TASK_QUARANTINED], 1);
}

/* Nor does the task learn from it how long its calls run. */
TEST(chosen_timeout_is_none)
{
	const struct sluice_task_config config = plain();
	struct sluice_submission ask = world_ask("task");
	struct sluice_task *task = begin(&config);
	u32 i;

	for (i = 0; i < 20; i++) {
		ask.timeout = i % 2 ? 1 : config.timeout - 1;
		CHECK_EQ(run_on(&ask, task), SLUICE_REASON_TIMEOUT);
	}
	CHECK_EQ(task->failures, 0);
	CHECK(!sluice_estimate_known(&task->estimate));
	CHECK_EQ(sluice.counters[SLUICE_EVENT_TASK_QUARANTINED], 0);
}

TEST(chosen_timeout_of_a_task_without_one)
{
	struct sluice_task_config config = plain();
	struct sluice_submission ask = world_ask("task");
	struct sluice_task *task;
	u32 i;

	config.timeout = 0;
	task = begin(&config);
	ask.timeout = SECOND;
	for (i = 0; i < 5; i++)
		run_on(&ask, task);
	CHECK_EQ(task->failures, 0);
}

/*
 * The declared run time
 */

static struct sluice_task_config urgent(void)
{
	struct sluice_task_config config = plain();

	config.class = &sluice_class_deadline;
	config.deadline = 3600 * SECOND;
	return config;
}

/* Whoever declares next to nothing gets next to nothing. */
TEST(declared_runtime_is_a_limit)
{
	struct sluice_task_config config = urgent();
	struct sluice_submission ask = world_ask("task");
	struct sluice_task *task;
	struct sluice_call *call;

	config.runtime = SECOND;
	task = begin(&config);
	ask.runtime = 100 * MS;
	CHECK(world_submit(&ask) > 0);
	call = run(task);
	pass(90 * MS);
	CHECK_EQ(call->state, SLUICE_CALL_STATE_RUNNING);
	pass(30 * MS);
	CHECK_EQ(call->state, SLUICE_CALL_STATE_TIMED_OUT);
	CHECK_EQ(call->reason, SLUICE_REASON_RUNTIME);
	/* The task would have had longer. */
	CHECK_EQ(task->failures, 0);
	sluice_call_put(call);
	bury();
	/* What the task itself declares is its own promise. */
	ask.runtime = 0;
	CHECK_EQ(run_on(&ask, task), SLUICE_REASON_RUNTIME);
	CHECK_EQ(task->failures, 1);
	/* The shorter of the two is what it ran into. */
	ask.timeout = 500 * MS;
	CHECK_EQ(run_on(&ask, task), SLUICE_REASON_TIMEOUT);
	CHECK_EQ(task->failures, 1);
}

TEST(runtime_that_only_the_call_declares)
{
	const struct sluice_task_config config = urgent();
	struct sluice_submission ask = world_ask("task");
	struct sluice_task *task = begin(&config);

	ask.runtime = SECOND;
	CHECK_EQ(run_on(&ask, task), SLUICE_REASON_RUNTIME);
	CHECK_EQ(task->failures, 0);
	/* Longer than the task may run at all, and so its own fault. */
	ask.runtime = config.timeout;
	CHECK_EQ(run_on(&ask, task), SLUICE_REASON_TIMEOUT);
	CHECK_EQ(task->failures, 1);
}

/* In another class it is only said. */
TEST(runtime_is_no_limit_elsewhere)
{
	const struct sluice_task_config config = plain();
	struct sluice_submission ask = world_ask("task");
	struct sluice_task *task = begin(&config);

	ask.runtime = MS;
	CHECK_EQ(run_on(&ask, task), SLUICE_REASON_TIMEOUT);
}

/*
 * What the task file gives is the most
 */

static bool is_privileged(void) { return true; }
static bool is_not(void) { return false; }

static void refused(const struct sluice_submission *submission,
		    enum sluice_refusal refusal, u64 asked, u64 limit)
{
	struct sluice_submission as_root = *submission;
	struct sluice_submitted submitted;
	u32 accepted = sluice.waiting + sluice.running;

	CHECK_EQ(world_try(submission, &submitted), -EACCES);
	CHECK_EQ(submitted.refused.refusal, refusal);
	CHECK_EQ(submitted.refused.asked, asked);
	CHECK_EQ(submitted.refused.limit, limit);
	CHECK_EQ(sluice.waiting + sluice.running, accepted);
	as_root.privileged = is_privileged;
	CHECK(world_submit(&as_root) > 0);
}

TEST(no_more_than_the_task_file_gives)
{
	struct sluice_task_config config = plain();
	struct sluice_submission ask = world_ask("task");

	config.priority_max = 60;
	config.runtime = 2 * SECOND;
	begin(&config);
	ask.privileged = is_not;
	ask.priority = 60;
	ask.timeout = 30 * SECOND;
	ask.runtime = 2 * SECOND;
	CHECK(world_submit(&ask) > 0);
	ask.priority = 61;
	refused(&ask, SLUICE_REFUSAL_OVER_PRIORITY, 61, 60);
	ask.priority = 0;
	ask.timeout++;
	refused(&ask, SLUICE_REFUSAL_OVER_TIMEOUT, 30 * SECOND + 1,
		30 * SECOND);
	ask.timeout = 0;
	ask.runtime++;
	refused(&ask, SLUICE_REFUSAL_OVER_RUNTIME, 2 * SECOND + 1, 2 * SECOND);
}

/* What the task file does not limit, nobody does. */
TEST(no_limit_where_the_task_file_has_none)
{
	struct sluice_task_config config = plain();
	struct sluice_submission ask = world_ask("task");

	config.timeout = 0;
	begin(&config);
	ask.privileged = is_not;
	ask.priority = SLUICE_PRIORITY_MAX;
	ask.timeout = 1000 * SECOND;
	ask.runtime = 1000 * SECOND;
	CHECK(world_submit(&ask) > 0);
}

/* The full queue of a task that blocks does not keep one waiting for a refusal. */
TEST(refused_without_waiting)
{
	struct sluice_task_config config = plain();
	struct sluice_submission ask = world_ask("task");
	struct sluice_submitted submitted;

	config.overflow = SLUICE_OVERFLOW_BLOCK;
	config.queue_max = 1;
	begin(&config);
	CHECK(world_submit(&ask) > 0);
	CHECK(world_submit(&ask) > 0);
	ask.privileged = is_not;
	ask.timeout = 31 * SECOND;
	CHECK_EQ(world_try(&ask, &submitted), -EACCES);
}

TEST(change_to_more_than_the_task_file_gives)
{
	struct sluice_task_config config = plain();
	const struct sluice_submission ask = world_ask("task");
	u32 priority = 61, lower = 60;
	struct sluice_refused refused;
	struct sluice_call *call;

	config.priority_max = 60;
	begin(&config);
	CHECK(world_submit(&ask) > 0);
	call = sluice_call_find(world_submit(&ask));
	sluice_enter();
	CHECK_EQ(sluice_operate_change(call, &priority, NULL, is_not,
				       &refused), -EACCES);
	CHECK_EQ(refused.refusal, SLUICE_REFUSAL_OVER_PRIORITY);
	CHECK_EQ(refused.asked, 61);
	CHECK_EQ(refused.limit, 60);
	CHECK_EQ(call->priority, 50);
	CHECK_EQ(sluice_operate_change(call, &lower, NULL, is_not, &refused),
		 0);
	CHECK_EQ(sluice_operate_change(call, &priority, NULL, is_privileged,
				       &refused), 0);
	CHECK_EQ(call->priority, 61);
	sluice_leave();
	sluice_call_put(call);
}

/* Who names none has the task's, also one that changed while he waited for room. */
TEST(the_tasks_own_priority_is_never_too_high)
{
	struct sluice_task_config config = plain();
	struct sluice_submission ask = world_ask("task");
	struct sluice_call *call;

	config.priority = 70;
	config.priority_max = 10;
	begin(&config);
	ask.privileged = is_not;
	CHECK(world_submit(&ask) > 0);
	call = sluice_call_find(world_submit(&ask));
	CHECK_EQ(call->priority, 70);
	sluice_call_put(call);
}

/*
 * What the gateway lacked
 */

TEST(environment_that_the_gateway_could_not_make)
{
	const struct sluice_task_config config = plain();
	const struct sluice_submission ask = world_ask("task");
	struct sluice_task *task = begin(&config);
	struct sluice_call *call;
	u32 i;

	for (i = 0; i < 9; i++) {
		call = sluice_call_find(world_submit(&ask));
		sluice_enter();
		CHECK_EQ(sluice_operate_env_failed(env_of(task)->id,
						   "/dev/sluice: too many files",
						   true), 0);
		sluice_leave();
		CHECK_EQ(call->state, SLUICE_CALL_STATE_FAILED);
		CHECK_EQ(call->reason, SLUICE_REASON_GATEWAY_SHORT);
		CHECK_EQ(task->failures, 0);
		sluice_call_put(call);
	}
	for (i = 0; i < 3; i++) {
		call = sluice_call_find(world_submit(&ask));
		sluice_enter();
		CHECK_EQ(sluice_operate_env_failed(env_of(task)->id,
						   "data /x: no such file",
						   false), 0);
		sluice_leave();
		CHECK_EQ(call->reason, SLUICE_REASON_ENV_FAILED);
		sluice_call_put(call);
	}
	CHECK(task->quarantined);
}
