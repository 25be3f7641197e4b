// SPDX-License-Identifier: GPL-2.0-only
/* The queue: order, limits, refusals, cancelling, times. */
#include "ktap.h"
#include "sluice_test.h"

#include <fcntl.h>

static uint64_t submit_priority(int fd, const char *task, int priority)
{
	struct sluice_submit submit = { .priority = priority };

	CHECK_EQ(st_submit(fd, task, "x", 1, &submit), 0);
	CHECK(submit.id > 0);
	return submit.id;
}

/* When it began. */
static uint64_t started_at(int fd, uint64_t id)
{
	struct sluice_reap reap;
	struct st_call call;
	char output[64];

	CHECK_EQ(st_reap(fd, id, 0, &reap, output, sizeof(output)), 0);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_DONE);
	CHECK_EQ(st_call_get(id, &call), 0);
	return call.submitted + call.wait;
}

TEST(priority_then_age)
{
	struct st_task task = { .name = "order" };
	uint64_t plugged, id[4], start[4];
	int fd = st_open(), i;
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	plugged = st_plug(fd, "order");
	id[3] = submit_priority(fd, "order", 0);
	id[1] = submit_priority(fd, "order", 50);
	id[2] = submit_priority(fd, "order", 50);
	id[0] = submit_priority(fd, "order", 99);
	CHECK_EQ(st_cancel(fd, plugged), 0);
	for (i = 0; i < 4; i++)
		start[i] = started_at(fd, id[i]);
	for (i = 1; i < 4; i++)
		CHECK(start[i - 1] < start[i]);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("order"), 0);
}

/* Two tasks of one priority that share a token take turns. */
TEST(equals_take_turns)
{
	struct st_task task = { .name = "turn-a",
				.need = {{ "seat", 1 }} };
	uint64_t id[6], start[6], plugged;
	int fd = st_open(), i;
	pid_t agent;

	CHECK_EQ(st_budget_set("seat", 1), 0);
	CHECK_EQ(st_task_new(&task), 0);
	task.name = "turn-b";
	CHECK_EQ(st_task_new(&task), 0);
	task.name = "turn-p";
	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	plugged = st_plug(fd, "turn-p");
	for (i = 0; i < 6; i++)
		id[i] = st_submit_ok(fd, i < 3 ? "turn-a" : "turn-b",
				     "x");
	CHECK_EQ(st_cancel(fd, plugged), 0);
	for (i = 0; i < 6; i++)
		start[i] = started_at(fd, id[i]);
	/* The first of b starts before the last of a. */
	CHECK(start[3] < start[2]);
	CHECK(start[0] < start[5]);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("turn-a"), 0);
	CHECK_EQ(st_task_del("turn-b"), 0);
	CHECK_EQ(st_task_del("turn-p"), 0);
	CHECK_EQ(st_budget_del("seat"), 0);
}

TEST(new_priority_of_a_waiting_call)
{
	struct st_task task = { .name = "again" };
	uint64_t plugged, first, second;
	struct nl_msg *msg;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	plugged = st_plug(fd, "again");
	first = submit_priority(fd, "again", 50);
	second = submit_priority(fd, "again", 10);
	msg = st_begin(SLUICE_CMD_CALL_SET, 0);
	nla_put_u64(msg, SLUICE_A_CALL_ID, second);
	nla_put_u32(msg, SLUICE_A_CALL_PRIORITY, 80);
	CHECK_EQ(st_send(msg), 0);
	CHECK_EQ(st_cancel(fd, plugged), 0);
	CHECK(started_at(fd, second) < started_at(fd, first));
	msg = st_begin(SLUICE_CMD_CALL_SET, 0);
	nla_put_u64(msg, SLUICE_A_CALL_ID, second);
	nla_put_u32(msg, SLUICE_A_CALL_PRIORITY, 80);
	CHECK_EQ(st_send(msg), -EALREADY);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("again"), 0);
}

TEST(cancel_waiting_and_running)
{
	struct st_task task = { .name = "undo" };
	uint64_t running, waiting;
	struct sluice_reap reap;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	running = st_plug(fd, "undo");
	waiting = st_submit_ok(fd, "undo", "x");
	CHECK_EQ(st_cancel(fd, waiting), 0);
	CHECK_EQ(st_reap(fd, waiting, 0, &reap, NULL, 0), 0);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_CANCELLED);
	CHECK_EQ(reap.reason, SLUICE_REASON_CANCELLED);
	CHECK_EQ(reap.run_time, 0);
	CHECK_EQ(st_cancel(fd, running), 0);
	CHECK_EQ(st_reap(fd, running, 0, &reap, NULL, 0), 0);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_CANCELLED);
	CHECK_ERRNO(st_cancel(fd, running), EALREADY);
	CHECK_ERRNO(st_cancel(fd, 1ULL << 40), ENOENT);
	st_until_no_envs();
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("undo"), 0);
}

TEST(timeout_of_a_running_call)
{
	struct st_task task = { .name = "slow", .timeout = 100 * MS };
	struct sluice_reap reap;
	int fd = st_open();
	uint64_t id;
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	id = st_submit_ok(fd, "slow", "linger");
	CHECK_EQ(st_reap(fd, id, 0, &reap, NULL, 0), 0);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_TIMED_OUT);
	CHECK_EQ(reap.reason, SLUICE_REASON_TIMEOUT);
	CHECK(reap.run_time >= 100 * MS);
	/* The environment went with it, and the task goes on in another. */
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "slow",
						.timeout = LONG }), 0);
	id = st_submit_ok(fd, "slow", "echo y");
	CHECK_EQ(st_reap(fd, id, 0, &reap, &(char [8]){}, 8), 0);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_DONE);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("slow"), 0);
}

TEST(deadline_of_a_waiting_call)
{
	struct sluice_submit submit = { .priority = SLUICE_PRIORITY_TASK,
					.deadline = 50 * MS };
	struct st_task task = { .name = "late" };
	struct sluice_reap reap;
	int fd = st_open();
	uint64_t plugged;
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	plugged = st_plug(fd, "late");
	CHECK_EQ(st_submit(fd, "late", "x", 1, &submit), 0);
	CHECK_EQ(st_reap(fd, submit.id, 0, &reap, NULL, 0), 0);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_EXPIRED);
	CHECK(reap.wait_time >= 50 * MS);
	CHECK_EQ(st_cancel(fd, plugged), 0);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("late"), 0);
}

static void refused(int fd, const char *task, uint32_t len, int priority,
		    int number, uint32_t refusal, uint64_t asked,
		    uint64_t limit)
{
	struct sluice_submit submit = { .priority = priority };
	uint64_t before = st_counter("call_refused");
	void *input = calloc(1, len + 1);

	CHECK(input);
	CHECK_ERRNO(st_submit(fd, task, input, len, &submit), number);
	CHECK_EQ(submit.refusal, refusal);
	CHECK_EQ(submit.asked, asked);
	CHECK_EQ(submit.limit, limit);
	CHECK_EQ(submit.id, 0);
	CHECK_EQ(st_counter("call_refused"), before + 1);
	free(input);
}

TEST(refusals)
{
	struct st_task task = { .name = "small", .queue_max = 2,
				.input_max = 100, .queue_bytes = 150 };
	struct st_task large = { .name = "large", .need = {{ "lift", 3 }} };
	int fd = st_open();

	CHECK_EQ(st_budget_set("lift", 2), 0);
	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(st_task_new(&large), 0);
	refused(fd, "nobody", 1, -1, ENOENT, SLUICE_REFUSAL_NO_TASK, 0, 0);
	refused(fd, "small", 101, -1, EMSGSIZE, SLUICE_REFUSAL_INPUT_SIZE,
		101, 100);
	refused(fd, "small", 1, 100, EINVAL, SLUICE_REFUSAL_PRIORITY, 0, 0);
	refused(fd, "large", 1, -1, EDQUOT, SLUICE_REFUSAL_OVER_BUDGET, 3, 2);
	CHECK(st_submit_ok(fd, "small", ""));
	CHECK_EQ(st_submit(fd, "small", &(char [100]){}, 100, NULL), 0);
	refused(fd, "small", 1, -1, ENOBUFS, SLUICE_REFUSAL_QUEUE_FULL, 3, 2);
	task.queue_max = 10;
	CHECK_EQ(st_task_set(&task), 0);
	refused(fd, "small", 51, -1, ENOBUFS, SLUICE_REFUSAL_QUEUE_BYTES, 151,
		150);
	CHECK_EQ(st_task_del("small"), 0);
	CHECK_EQ(st_task_del("large"), 0);
	CHECK_EQ(st_budget_del("lift"), 0);
}

TEST(limits_in_all)
{
	struct st_task task = { .name = "all" };
	int fd = st_open(), second;

	CHECK_EQ(st_task_new(&task), 0);
	st_limit_set("max_calls", "2");
	st_submit_ok(fd, "all", "");
	st_submit_ok(fd, "all", "12");
	refused(fd, "all", 1, -1, ENOBUFS, SLUICE_REFUSAL_TOTAL_FULL, 3, 2);
	st_limit_set("max_calls", "100000");
	st_limit_set("max_bytes", "3");
	refused(fd, "all", 2, -1, ENOBUFS, SLUICE_REFUSAL_TOTAL_BYTES, 4, 3);
	st_limit_set("max_bytes", "67108864");
	st_limit_set("max_file_calls", "2");
	refused(fd, "all", 1, -1, ENOBUFS, SLUICE_REFUSAL_FILE_FULL, 3, 2);
	st_limit_set("max_file_calls", "16384");
	st_limit_set("max_files", "1");
	CHECK_ERRNO(open(SLUICE_DEVICE, O_RDWR), ENFILE);
	st_limit_set("max_files", "1024");
	second = st_open();
	close(second);
	st_limit_set("max_tasks", "1");
	task.name = "more";
	CHECK_EQ(st_task_new(&task), -ENOSPC);
	st_limit_set("max_tasks", "256");
	CHECK_EQ(st_task_del("all"), 0);
}

/* A task that goes takes its waiting calls with it, each with the reason. */
TEST(removed_task_ends_its_calls)
{
	struct st_task task = { .name = "gone" };
	struct sluice_reap reap;
	int fd = st_open(), i;

	CHECK_EQ(st_task_new(&task), 0);
	for (i = 0; i < 300; i++)
		st_submit_ok(fd, "gone", "x");
	CHECK_EQ(st_task_del("gone"), 0);
	CHECK_EQ(st_task_del("gone"), -ENOENT);
	for (i = 0; i < 300; i++) {
		CHECK_EQ(st_reap(fd, 0, SLUICE_REAP_NONBLOCK, &reap, NULL, 0),
			 0);
		CHECK_EQ(reap.state, SLUICE_CALL_STATE_CANCELLED);
		CHECK_EQ(reap.reason, SLUICE_REASON_TASK_REMOVED);
	}
	CHECK_ERRNO(st_reap(fd, 0, 0, &reap, NULL, 0), ENODATA);
}

TEST(concurrency_of_a_task)
{
	struct st_task task = { .name = "two", .envs_max = 2 };
	uint64_t id[3];
	struct st_call call;
	int fd = st_open(), i;
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	for (i = 0; i < 3; i++)
		id[i] = st_submit_ok(fd, "two", "linger");
	st_call_until(id[0], SLUICE_CALL_STATE_RUNNING);
	st_call_until(id[1], SLUICE_CALL_STATE_RUNNING);
	st_call_until_held(id[2], SLUICE_HOLD_CONCURRENCY, &call);
	CHECK_EQ(st_cancel(fd, id[0]), 0);
	st_call_until(id[2], SLUICE_CALL_STATE_RUNNING);
	CHECK_EQ(st_cancel(fd, id[1]), 0);
	CHECK_EQ(st_cancel(fd, id[2]), 0);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("two"), 0);
}
