// SPDX-License-Identifier: GPL-2.0-only
/* What fails is run again where the task says so; what always fails is stopped. */
#include "ktap.h"
#include "sluice_test.h"

static struct st_task_state state_of(const char *name)
{
	struct st_task_state state;

	CHECK_EQ(st_task_get(name, &state), 0);
	return state;
}

static pid_t begin(struct st_task *task)
{
	task->name = "retry";
	CHECK_EQ(st_task_new(task), 0);
	return st_agent_start();
}

static void end(pid_t agent)
{
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("retry"), 0);
}

static struct sluice_reap reap_failed(int fd, uint64_t id)
{
	return st_reap_as(fd, id, SLUICE_CALL_STATE_FAILED,
			  SLUICE_REASON_EXITED);
}

/*
 * Retry
 */

TEST(failed_call_is_run_again)
{
	struct st_task task = { .retries = 3, .backoff = 20 * MS };
	uint64_t counted, id;
	struct sluice_reap reap;
	struct st_call call;
	int fd = st_open();
	pid_t agent = begin(&task);

	counted = st_counter("call_retried");
	id = st_submit_ok(fd, "retry", "flaky 2");
	reap = st_reap_done(fd, id);
	/* The worker was told, or it would not have succeeded. */
	CHECK_EQ(reap.attempts, 2);
	CHECK_EQ(st_call_get(id, &call), 0);
	CHECK_EQ(call.attempts, 2);
	CHECK_EQ(state_of("retry").retried, 2);
	CHECK_EQ(state_of("retry").failures, 0);
	CHECK_EQ(state_of("retry").ended, 1);
	CHECK_EQ(st_counter("call_retried"), counted + 2);
	end(agent);
}

TEST(no_retries_unless_the_task_says_so)
{
	struct st_task task = { 0 };
	int fd = st_open();
	pid_t agent = begin(&task);

	CHECK_EQ(reap_failed(fd, st_submit_ok(fd, "retry", "flaky 1")).attempts,
		 0);
	end(agent);
}

/* Each wait is twice as long; all attempts are on the bill. */
TEST(last_attempt_fails)
{
	struct st_task task = { .retries = 3, .backoff = 200 * MS };
	struct sluice_reap reap;
	int fd = st_open();
	pid_t agent = begin(&task);

	reap = reap_failed(fd, st_submit_ok(fd, "retry", "fail 50"));
	CHECK_EQ(reap.status, 1);
	CHECK(!strcmp(reap.message, "exit 1"));
	CHECK_EQ(reap.attempts, 3);
	CHECK(reap.run_time >= 4 * 50 * MS);
	CHECK(reap.wait_time >= (1 + 2 + 4) * 200 * MS);
	CHECK_EQ(state_of("retry").retried, 3);
	end(agent);
}

/* Meanwhile it waits, and says until when and why; others go on. */
TEST(backoff)
{
	struct st_task task = { .retries = 1, .backoff = LONG };
	struct st_call call;
	int fd = st_open();
	uint64_t id, later = 2 * LONG;
	pid_t agent = begin(&task);

	id = st_submit_ok(fd, "retry", "exit 9");
	st_call_until_held(id, SLUICE_HOLD_BACKOFF, &call);
	CHECK_EQ(call.attempts, 1);
	CHECK_EQ(call.reason, SLUICE_REASON_EXITED);
	CHECK_EQ(call.status, 9);
	CHECK(call.ready_at >= call.submitted + LONG);
	CHECK(call.ready_at <= call.submitted + call.wait + call.run + LONG);
	CHECK(call.expected_start >= call.ready_at);
	CHECK_EQ(state_of("retry").queued, 1);
	CHECK_EQ(state_of("retry").delayed, 1);
	CHECK_EQ(state_of("retry").running, 0);
	st_reap_done(fd, st_submit_ok(fd, "retry", "x"));
	/* Another priority or deadline does not hurry it. */
	CHECK_EQ(st_call_set(id, 99, &later), 0);
	CHECK_EQ(st_call_get(id, &call), 0);
	CHECK_EQ(call.hold, SLUICE_HOLD_BACKOFF);
	CHECK_EQ(call.priority, 99);
	CHECK_EQ(st_cancel(fd, id), 0);
	st_reap_as(fd, id, SLUICE_CALL_STATE_CANCELLED,
		   SLUICE_REASON_CANCELLED);
	CHECK_EQ(state_of("retry").delayed, 0);
	end(agent);
}

TEST(timed_out_call_is_not_run_again)
{
	struct st_task task = { .retries = 3, .backoff = 10 * MS,
				.timeout = 100 * MS };
	struct sluice_reap reap;
	int fd = st_open();
	pid_t agent = begin(&task);

	reap = st_reap_as(fd, st_submit_ok(fd, "retry", "linger"),
			  SLUICE_CALL_STATE_TIMED_OUT, SLUICE_REASON_TIMEOUT);
	CHECK_EQ(reap.attempts, 0);
	CHECK_EQ(state_of("retry").retried, 0);
	end(agent);
}

TEST(call_of_a_dead_worker_is_run_again)
{
	struct st_task task = { .retries = 2, .backoff = 10 * MS };
	struct sluice_reap reap;
	int fd = st_open();
	pid_t agent = begin(&task);

	reap = st_reap_done(fd, st_submit_ok(fd, "retry", "mortal 2"));
	CHECK_EQ(reap.attempts, 2);
	reap = st_reap_as(fd, st_submit_ok(fd, "retry", "die"),
			  SLUICE_CALL_STATE_FAILED, SLUICE_REASON_WORKER_DIED);
	CHECK_EQ(reap.attempts, 2);
	end(agent);
}

/* It would expire before its next attempt: it fails, with the reason, now. */
TEST(no_retry_past_the_deadline)
{
	struct sluice_submit submit = { .priority = SLUICE_PRIORITY_TASK,
					.deadline = LONG / 2 };
	struct st_task task = { .retries = 3, .backoff = LONG };
	int fd = st_open();
	pid_t agent = begin(&task);

	CHECK_EQ(st_submit(fd, "retry", "exit 1", 6, &submit), 0);
	CHECK_EQ(reap_failed(fd, submit.id).attempts, 0);
	end(agent);
}

/* A deadline that comes while it waits for its next attempt. */
TEST(deadline_during_the_backoff)
{
	struct st_task task = { .retries = 3, .backoff = LONG };
	uint64_t soon = 50 * MS, id;
	struct sluice_reap reap;
	struct st_call call;
	int fd = st_open();
	pid_t agent = begin(&task);

	id = st_submit_ok(fd, "retry", "fail 20");
	st_call_until_held(id, SLUICE_HOLD_BACKOFF, &call);
	CHECK_EQ(st_call_set(id, -1, &soon), 0);
	reap = st_reap_as(fd, id, SLUICE_CALL_STATE_EXPIRED,
			  SLUICE_REASON_DEADLINE);
	CHECK_EQ(reap.attempts, 1);
	CHECK(reap.run_time >= 20 * MS);
	end(agent);
}

/* What waits for its next attempt goes with its task. */
TEST(task_removed_during_the_backoff)
{
	struct st_task task = { .retries = 3, .backoff = LONG };
	struct st_call call;
	int fd = st_open();
	uint64_t id;
	pid_t agent = begin(&task);

	id = st_submit_ok(fd, "retry", "exit 1");
	st_call_until_held(id, SLUICE_HOLD_BACKOFF, &call);
	CHECK_EQ(st_task_del("retry"), 0);
	st_reap_as(fd, id, SLUICE_CALL_STATE_CANCELLED,
		   SLUICE_REASON_TASK_REMOVED);
	st_agent_stop(agent);
}

/*
 * Quarantine
 */

static void fail_times(int fd, int times)
{
	while (times--)
		reap_failed(fd, st_submit_ok(fd, "retry", "exit 1"));
}

/* The next event of the task that says whether it is in quarantine. */
static uint64_t hear_quarantine(struct nl_sock *ears)
{
	struct nlattr *a[SLUICE_A_TASK_MAX + 1];

	st_event(ears, SLUICE_CMD_TASK_NTF, a, SLUICE_A_TASK_MAX);
	CHECK(!strcmp(nla_get_string(a[SLUICE_A_TASK_NAME]), "retry"));
	return a[SLUICE_A_TASK_QUARANTINED_UNTIL] ?
	       nla_get_u64(a[SLUICE_A_TASK_QUARANTINED_UNTIL]) : 0;
}

TEST(quarantine_until_a_hand_ends_it)
{
	struct st_task task = { .quarantine_after = 3, .quarantine = ST_ZERO };
	uint64_t counted = st_counter("task_quarantined"), id;
	struct nl_sock *ears = st_listen();
	struct st_call call;
	int fd = st_open();
	pid_t agent = begin(&task);

	CHECK_EQ(hear_quarantine(ears), 0);
	fail_times(fd, 2);
	CHECK_EQ(state_of("retry").failures, 2);
	CHECK_EQ(state_of("retry").quarantined_until, 0);
	fail_times(fd, 1);
	CHECK_EQ(hear_quarantine(ears), UINT64_MAX);
	CHECK_EQ(state_of("retry").quarantined_until, UINT64_MAX);
	CHECK_EQ(st_counter("task_quarantined"), counted + 1);
	/* New calls are accepted, and wait. */
	id = st_submit_ok(fd, "retry", "exit 1");
	st_call_until_held(id, SLUICE_HOLD_QUARANTINE, &call);
	CHECK_EQ(call.expected_start, 0);
	st_sleep_ms(250);
	CHECK_EQ(st_call_get(id, &call), 0);
	CHECK_EQ(call.state, SLUICE_CALL_STATE_QUEUED);
	/* Let out by hand, the count begins anew. */
	CHECK_EQ(st_task_mode("retry", SLUICE_MODE_RUN), 0);
	CHECK_EQ(hear_quarantine(ears), 0);
	reap_failed(fd, id);
	CHECK_EQ(state_of("retry").failures, 1);
	fail_times(fd, 1);
	CHECK_EQ(state_of("retry").quarantined_until, 0);
	end(agent);
}

TEST(success_ends_the_row)
{
	struct st_task task = { .quarantine_after = 3, .quarantine = ST_ZERO };
	int fd = st_open();
	pid_t agent = begin(&task);

	fail_times(fd, 2);
	st_reap_done(fd, st_submit_ok(fd, "retry", "x"));
	CHECK_EQ(state_of("retry").failures, 0);
	fail_times(fd, 2);
	CHECK_EQ(state_of("retry").quarantined_until, 0);
	/* A call that ran too long counts. */
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "retry",
						.timeout = 100 * MS }), 0);
	st_reap_as(fd, st_submit_ok(fd, "retry", "linger"),
		   SLUICE_CALL_STATE_TIMED_OUT, SLUICE_REASON_TIMEOUT);
	CHECK_EQ(state_of("retry").quarantined_until, UINT64_MAX);
	end(agent);
}

/* Attempts count, not calls. */
TEST(quarantine_between_two_attempts)
{
	struct st_task task = { .retries = 5, .backoff = 1 * MS,
				.quarantine_after = 2, .quarantine = ST_ZERO };
	struct st_call call;
	int fd = st_open();
	uint64_t id;
	pid_t agent = begin(&task);

	id = st_submit_ok(fd, "retry", "flaky 3");
	st_call_until_held(id, SLUICE_HOLD_QUARANTINE, &call);
	CHECK_EQ(call.attempts, 2);
	CHECK_EQ(st_task_mode("retry", SLUICE_MODE_RUN), 0);
	CHECK_EQ(st_reap_done(fd, id).attempts, 3);
	end(agent);
}

/* Let out when its time is over; one more failure leads back. */
TEST(quarantine_for_a_time)
{
	struct st_task task = { .quarantine_after = 3, .quarantine = SECOND };
	uint64_t entered = st_counter("task_quarantined"), first;
	uint64_t let_out = st_counter("task_let_out");
	struct nl_sock *ears = st_listen();
	struct sluice_reap reap;
	int fd = st_open();
	pid_t agent = begin(&task);

	/* It may be over before one looks at the task; events stay. */
	CHECK_EQ(hear_quarantine(ears), 0);
	fail_times(fd, 3);
	first = hear_quarantine(ears);
	CHECK(first > 0 && first < UINT64_MAX);
	reap = reap_failed(fd, st_submit_ok(fd, "retry", "exit 1"));
	CHECK_EQ(st_counter("task_let_out"), let_out + 1);
	CHECK_EQ(st_counter("task_quarantined"), entered + 2);
	CHECK_EQ(hear_quarantine(ears), 0);
	CHECK(hear_quarantine(ears) >= first + SECOND);
	CHECK_EQ(reap.attempts, 0);
	/* But success, and all is well. */
	st_reap_done(fd, st_submit_ok(fd, "retry", "x"));
	CHECK_EQ(state_of("retry").failures, 0);
	fail_times(fd, 2);
	CHECK_EQ(st_counter("task_quarantined"), entered + 2);
	end(agent);
}

/* A quarantine that is over does not start what the operator has paused. */
TEST(quarantine_of_a_paused_task)
{
	struct st_task task = { .quarantine_after = 1, .quarantine = 100 * MS };
	struct st_call call;
	int fd = st_open();
	uint64_t id;
	pid_t agent = begin(&task);

	fail_times(fd, 1);
	CHECK_EQ(st_task_mode("retry", SLUICE_MODE_PAUSE), 0);
	id = st_submit_ok(fd, "retry", "x");
	UNTIL(!state_of("retry").quarantined_until);
	CHECK_EQ(st_call_get(id, &call), 0);
	CHECK_EQ(call.hold, SLUICE_HOLD_STOPPED);
	CHECK_EQ(st_task_mode("retry", SLUICE_MODE_RUN), 0);
	st_reap_done(fd, id);
	end(agent);
}
