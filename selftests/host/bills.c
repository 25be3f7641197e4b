// SPDX-License-Identifier: GPL-2.0-only
// build: $CORE -Ishim -I../../kmod -DSLUICE_TRACE_H -D_GNU_SOURCE -O2 -Wno-unused-parameter -Wno-sign-compare
/* What is counted of an environment is on the bill of the call that ran there meanwhile, and of no other. */
#include "world.h"

#include "ktap.h"

void shim_call_state(const struct sluice_call *call,
		     enum sluice_call_state from)
{
}

void shim_env_state(const struct sluice_env *env, enum sluice_env_state from)
{
}

static struct place *place;
static struct sluice_call *call;

static void begin(u32 retries)
{
	struct sluice_task_config config = {
		.class = &sluice_class_priority, .weight = 100,
		.queue_max = 100, .queue_bytes = 1 << 20, .input_max = 64,
		.output_max = 64, .envs_max = 1, .idle = 3600 * SECOND,
		.patience = 3600 * SECOND, .retries = retries, .backoff = 1,
	};

	shim_now = 3600 * SECOND;
	world_begin();
	world_agent(true);
	world_add_task("billed", &config);
}

static struct sluice_call *submit(void)
{
	const struct sluice_submission ask = world_ask("billed");
	u64 id = world_submit(&ask);

	CHECK(id > 0);
	return sluice_call_find(id);
}

static void runs(void)
{
	struct sluice_call *taken;
	struct sluice_env *env = place->door->env;

	CHECK_EQ(sluice_worker_look(env, &taken), 0);
	CHECK(taken == call);
	sluice_call_put(taken);
	CHECK(sluice_worker_take(env, call, 1));
}

/* Each count goes on by another number. */
static void does(u64 times)
{
	int i;

	for (i = 0; i < SLUICE_COUNT_OOM_KILLS; i++)
		place->counts.of[i] += times * (i + 1);
}

static void check_bill(u64 times)
{
	int i;

	for (i = 0; i < SLUICE_COUNT_OOM_KILLS; i++)
		CHECK_EQ(call->counts.of[i], times * (i + 1));
}

static void ends(bool done)
{
	const struct sluice_result result = {
		.state = done ? SLUICE_CALL_STATE_DONE :
				SLUICE_CALL_STATE_FAILED,
		.reason = done ? SLUICE_REASON_ANSWERED :
				 SLUICE_REASON_EXITED,
	};

	/* By the worker itself, which tells its CPU time. */
	CHECK_EQ(sluice_worker_answer(place->door->env, call->id, &result, 2),
		 0);
}

/* What others did before who had its slot is none of its, nor what is done between two calls. */
TEST(what_was_done_meanwhile)
{
	struct sluice_counts counts;

	begin(0);
	places[0].counts.of[SLUICE_COUNT_READ] = 1000;
	call = submit();
	place = world_provision(call->env->id);
	/* A place begins with nothing, which the counts of its slot do not. */
	place->counts.of[SLUICE_COUNT_READ] = 1000;
	sluice_enter();
	sluice_env_counts(place->door->env, false, &counts);
	sluice_leave();
	CHECK_EQ(counts.of[SLUICE_COUNT_READ], 0);
	does(5);
	runs();
	does(3);
	ends(true);
	check_bill(3);
	does(11);
	sluice_call_put(call);
	call = submit();
	runs();
	does(2);
	ends(true);
	check_bill(2);
	sluice_call_put(call);
}

/* All attempts are on it, and not what was done between them. */
TEST(attempts_add_up)
{
	begin(2);
	call = submit();
	place = world_provision(call->env->id);
	runs();
	does(3);
	ends(false);
	CHECK_EQ(call->state, SLUICE_CALL_STATE_QUEUED);
	check_bill(3);
	does(100);
	shim_now += SECOND;
	world_time();
	runs();
	does(4);
	ends(true);
	CHECK_EQ(call->state, SLUICE_CALL_STATE_DONE);
	check_bill(7);
	sluice_call_put(call);
}

/* What the worker itself has done since it got its CPU is on no other call's bill. */
TEST(what_is_not_counted_yet)
{
	const int faults = SLUICE_COUNT_FAULTS;

	begin(0);
	call = submit();
	place = world_provision(call->env->id);
	place->just_now = 7;
	runs();
	place->just_now = 12;
	ends(true);
	CHECK_EQ(call->counts.of[faults], 5);
	sluice_call_put(call);
	/* It is counted when the worker leaves its CPU. */
	place->counts.of[faults] += 12;
	place->just_now = 0;
	call = submit();
	runs();
	place->counts.of[faults] += 3;
	ends(true);
	CHECK_EQ(call->counts.of[faults], 3);
	sluice_call_put(call);
	/* Who ends it from elsewhere does not see that: there is never less than nothing. */
	place->just_now = 9;
	call = submit();
	runs();
	place->counts.of[faults] += 2;
	sluice_enter();
	sluice_finish_call(call, SLUICE_CALL_STATE_CANCELLED,
			   SLUICE_REASON_CANCELLED);
	sluice_leave();
	CHECK_EQ(call->counts.of[faults], 0);
	sluice_call_put(call);
}

/* Where the agent counts, what it says is added. */
TEST(what_the_agent_says)
{
	const struct sluice_counts more = { .of = { [SLUICE_COUNT_SENT] = 6 } };

	begin(0);
	call = submit();
	place = world_provision(call->env->id);
	runs();
	sluice_enter();
	CHECK_EQ(sluice_operate_env_counted(place->door->env->id, &more), 0);
	CHECK_EQ(sluice_operate_env_counted(place->door->env->id, &more), 0);
	CHECK_EQ(sluice_operate_env_counted(~0U, &more), -ENOENT);
	sluice_leave();
	ends(true);
	CHECK_EQ(call->counts.of[SLUICE_COUNT_SENT], 12);
	sluice_call_put(call);
	/* Some of it may be what the first one did. */
	call = submit();
	runs();
	sluice_enter();
	CHECK_EQ(sluice_operate_env_counted(place->door->env->id, &more), 0);
	CHECK_EQ(sluice_operate_env_counted(place->door->env->id, &more), 0);
	sluice_leave();
	ends(true);
	CHECK_EQ(call->counts.of[SLUICE_COUNT_SENT], 6);
	sluice_call_put(call);
}

/* It dies, for want of memory or not. */
static void dies(u64 kills, enum sluice_reason reason, const char *message)
{
	begin(0);
	call = submit();
	place = world_provision(call->env->id);
	place->memory = 90 * MIB;
	/* Of a call before. */
	place->oom_kills = 5;
	runs();
	place->oom_kills += kills;
	place->cgroup.populated = false;
	world_close_door(place);
	CHECK_EQ(call->state, SLUICE_CALL_STATE_FAILED);
	CHECK_EQ(call->reason, reason);
	CHECK_EQ(call->counts.of[SLUICE_COUNT_OOM_KILLS], kills);
	if (message)
		CHECK(!strcmp(call->answer->message, message));
	else
		CHECK(!call->answer);
	sluice_call_put(call);
}

/* What calls used, their task learns: of those that were done, and ran for long enough. */
TEST(what_is_learned)
{
	const struct sluice_task *task;

	begin(0);
	call = submit();
	task = call->task;
	place = world_provision(call->env->id);
	place->memory = 20 * MIB;
	runs();
	CHECK(!sluice_estimate_known(&task->memory));
	shim_now += SECOND;
	place->cpu += SECOND / 4;
	ends(false);
	CHECK(!sluice_estimate_known(&task->memory));
	sluice_call_put(call);
	call = submit();
	runs();
	shim_now += SECOND;
	place->cpu += SECOND / 4;
	ends(true);
	sluice_call_put(call);
	/* By at most an eighth too much. */
	CHECK(task->memory.p95 >= 20 * MIB && task->memory.p95 <= 23 * MIB);
	CHECK(task->cpu.p95 >> SLUICE_CPU_SHIFT >= 250 &&
	      task->cpu.p95 >> SLUICE_CPU_SHIFT <= 282);
	/* Too short to tell. */
	call = submit();
	runs();
	shim_now += MS;
	place->cpu += 100 * MS;
	ends(true);
	sluice_call_put(call);
	CHECK(task->cpu.p95 >> SLUICE_CPU_SHIFT <= 282);
}

/* It met its limit: it needs that at least. */
TEST(what_is_learned_of_a_death)
{
	dies(2, SLUICE_REASON_OUT_OF_MEMORY,
	     "memory: 92160 KiB at most, the limit is 102400 KiB");
	sluice_enter();
	CHECK(sluice_task_find("billed")->memory.p95 >= 90 * MIB);
	sluice_leave();
}

TEST(reason_of_a_death)
{
	dies(0, SLUICE_REASON_WORKER_DIED, NULL);
}

TEST(reason_of_a_death_for_memory)
{
	dies(3, SLUICE_REASON_OUT_OF_MEMORY,
	     "memory: 92160 KiB at most, the limit is 102400 KiB");
}

TEST(ended_for_memory)
{
	begin(0);
	call = submit();
	place = world_provision(call->env->id);
	place->oom_kills = 1;
	runs();
	place->oom_kills = 3;
	ends(true);
	CHECK_EQ(call->counts.of[SLUICE_COUNT_OOM_KILLS], 2);
	sluice_call_put(call);
}
