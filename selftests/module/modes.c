// SPDX-License-Identifier: GPL-2.0-only
/* What an operator lets a task do: run, pause, drain; and how much at a time. */
#include "ktap.h"
#include "sluice_test.h"

static struct st_task_state state_of(const char *name)
{
	struct st_task_state state;

	CHECK_EQ(st_task_get(name, &state), 0);
	return state;
}

static pid_t begin(uint32_t mode)
{
	struct st_task task = { .name = "mode", .mode = mode };

	CHECK_EQ(st_task_new(&task), 0);
	return st_agent_start();
}

static void end(pid_t agent)
{
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("mode"), 0);
}

static void stopped(uint64_t id)
{
	struct st_call call;

	st_call_until_held(id, SLUICE_HOLD_STOPPED, &call);
	CHECK_EQ(call.expected_start, 0);
}

static void refused(int fd)
{
	struct sluice_submit submit = { .priority = SLUICE_PRIORITY_TASK };

	CHECK_ERRNO(st_submit(fd, "mode", "x", 1, &submit), ESHUTDOWN);
	CHECK_EQ(submit.refusal, SLUICE_REFUSAL_DRAINING);
	CHECK_EQ(st_call_new("mode", "x", NULL, NULL), -ESHUTDOWN);
	CHECK(strstr(st_extack, "drained"));
}

/* A call that runs until it may go on and one behind it, and the task stops. */
static void stop_amidst(int fd, uint32_t mode, uint64_t *runs, uint64_t *waits)
{
	*runs = st_submit_ok(fd, "mode", "wait");
	*waits = st_submit_ok(fd, "mode", "x");
	st_call_until(*runs, SLUICE_CALL_STATE_RUNNING);
	CHECK_EQ(st_task_mode("mode", mode), 0);
	CHECK_EQ(state_of("mode").mode, mode);
	stopped(*waits);
}

TEST(pause_keeps_all)
{
	uint64_t runs, waits, next;
	uint32_t env;
	int fd = st_open();
	pid_t agent = begin(SLUICE_MODE_RUN);

	stop_amidst(fd, SLUICE_MODE_PAUSE, &runs, &waits);
	st_go(1);
	env = st_reap_done(fd, runs).env;
	next = st_submit_ok(fd, "mode", "x");
	st_sleep_ms(250);
	stopped(waits);
	stopped(next);
	CHECK_EQ(state_of("mode").queued, 2);
	CHECK_EQ(state_of("mode").running, 0);
	/* It stays warm, and goes on. */
	CHECK_EQ(st_count_envs("mode", SLUICE_ENV_STATE_IDLE), 1);
	CHECK_EQ(st_task_mode("mode", SLUICE_MODE_RUN), 0);
	CHECK_EQ(st_reap_done(fd, waits).env, env);
	st_reap_done(fd, next);
	end(agent);
}

TEST(drain_refuses_and_ends_environments)
{
	uint64_t runs, waits;
	int fd = st_open();
	pid_t agent = begin(SLUICE_MODE_RUN);

	stop_amidst(fd, SLUICE_MODE_DRAIN, &runs, &waits);
	refused(fd);
	CHECK_EQ(state_of("mode").refused, 2);
	st_go(1);
	st_reap_done(fd, runs);
	st_until_no_envs();
	stopped(waits);
	CHECK_EQ(st_task_mode("mode", SLUICE_MODE_RUN), 0);
	st_reap_done(fd, waits);
	/* One that is idle when it begins. */
	CHECK_EQ(st_count_envs("mode", SLUICE_ENV_STATE_IDLE), 1);
	CHECK_EQ(st_task_mode("mode", SLUICE_MODE_DRAIN), 0);
	st_until_no_envs();
	end(agent);
}

TEST(drain_keep_accepts_and_ends_environments)
{
	uint64_t runs, waits, next;
	int fd = st_open();
	pid_t agent = begin(SLUICE_MODE_RUN);

	stop_amidst(fd, SLUICE_MODE_DRAIN_KEEP, &runs, &waits);
	next = st_submit_ok(fd, "mode", "x");
	st_go(1);
	st_reap_done(fd, runs);
	st_until_no_envs();
	stopped(waits);
	stopped(next);
	CHECK_EQ(st_task_mode("mode", SLUICE_MODE_RUN), 0);
	st_reap_in_order(fd, (uint64_t []){ waits, next }, 2);
	end(agent);
}

/* A task may be stopped from the beginning. */
TEST(new_task_is_paused)
{
	int fd = st_open();
	uint64_t id;
	pid_t agent = begin(SLUICE_MODE_PAUSE);

	id = st_submit_ok(fd, "mode", "x");
	stopped(id);
	CHECK_EQ(st_count_envs("mode", -1), 0);
	CHECK_EQ(st_task_mode("mode", SLUICE_MODE_RUN), 0);
	st_reap_done(fd, id);
	end(agent);
}

/* Waiting calls can be cancelled, and expire, and another task is not touched. */
TEST(while_a_task_is_paused)
{
	struct sluice_submit submit = { .priority = SLUICE_PRIORITY_TASK,
					.deadline = 50 * MS };
	struct st_task other = { .name = "other" };
	int fd = st_open();
	uint64_t id;
	pid_t agent = begin(SLUICE_MODE_PAUSE);

	CHECK_EQ(st_task_new(&other), 0);
	id = st_submit_ok(fd, "mode", "x");
	CHECK_EQ(st_submit(fd, "mode", "x", 1, &submit), 0);
	st_reap_as(fd, submit.id, SLUICE_CALL_STATE_EXPIRED,
		   SLUICE_REASON_DEADLINE);
	st_reap_done(fd, st_submit_ok(fd, "other", "x"));
	CHECK_EQ(st_cancel(fd, id), 0);
	st_reap_as(fd, id, SLUICE_CALL_STATE_CANCELLED,
		   SLUICE_REASON_CANCELLED);
	/* Other changes leave the mode as it is. */
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "mode",
						.priority = 9 }), 0);
	CHECK_EQ(state_of("mode").mode, SLUICE_MODE_PAUSE);
	CHECK_EQ(st_task_del("other"), 0);
	end(agent);
}

/*
 * Of calls that run at a time
 */

TEST(running_max)
{
	struct st_task task = { .name = "mode", .envs_max = 3,
				.running_max = 2 };
	struct st_call call;
	uint64_t ids[4];
	int fd = st_open(), i;
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	for (i = 0; i < 4; i++)
		ids[i] = st_submit_ok(fd, "mode", "linger");
	st_call_until(ids[0], SLUICE_CALL_STATE_RUNNING);
	st_call_until(ids[1], SLUICE_CALL_STATE_RUNNING);
	st_call_until_held(ids[2], SLUICE_HOLD_CONCURRENCY, &call);
	CHECK_EQ(state_of("mode").running, 2);
	CHECK_EQ(state_of("mode").envs, 2);
	/* One ends, one starts. */
	CHECK_EQ(st_cancel(fd, ids[0]), 0);
	st_call_until(ids[2], SLUICE_CALL_STATE_RUNNING);
	st_call_until_held(ids[3], SLUICE_HOLD_CONCURRENCY, &call);
	CHECK_EQ(state_of("mode").running, 2);
	/* More are allowed. */
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "mode",
						.running_max = ST_ZERO }), 0);
	st_call_until(ids[3], SLUICE_CALL_STATE_RUNNING);
	CHECK_EQ(state_of("mode").running, 3);
	for (i = 1; i < 4; i++)
		CHECK_EQ(st_cancel(fd, ids[i]), 0);
	end(agent);
}

/* Below the number of environments, also warm ones stay without a call. */
TEST(running_max_below_warm_environments)
{
	struct st_task task = { .name = "mode", .envs_max = 2 };
	struct st_call call;
	uint64_t ids[2];
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	ids[0] = st_submit_ok(fd, "mode", "wait");
	ids[1] = st_submit_ok(fd, "mode", "wait");
	st_call_until(ids[0], SLUICE_CALL_STATE_RUNNING);
	st_call_until(ids[1], SLUICE_CALL_STATE_RUNNING);
	st_go(2);
	st_reap_done(fd, ids[0]);
	st_reap_done(fd, ids[1]);
	CHECK_EQ(st_count_envs("mode", SLUICE_ENV_STATE_IDLE), 2);
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "mode",
						.running_max = 1 }), 0);
	ids[0] = st_submit_ok(fd, "mode", "wait");
	ids[1] = st_submit_ok(fd, "mode", "x");
	st_call_until_held(ids[1], SLUICE_HOLD_CONCURRENCY, &call);
	CHECK_EQ(st_count_envs("mode", SLUICE_ENV_STATE_IDLE), 1);
	st_go(1);
	st_reap_in_order(fd, ids, 2);
	end(agent);
}
