// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
/*
 * Who asks is bounded: a user alone may have what the limits say, and keeps nobody
 * else from getting something.
 */
#include "ktap.h"
#include "sluice_test.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#define GREEDY	1000
#define LATER	1001
#define LATEST	1002

/* Everything from here on is done by that user; root comes back. */
static void become(uid_t uid)
{
	CHECK_EQ(setresuid(0, 0, 0), 0);
	CHECK_EQ(setresuid(uid, uid, 0), 0);
}

/* How many files it can open; they stay open. */
static unsigned int open_all(uid_t uid)
{
	unsigned int count = 0;

	become(uid);
	while (open(SLUICE_DEVICE, O_RDWR | O_CLOEXEC) >= 0)
		count++;
	CHECK_EQ(errno, ENFILE);
	become(0);
	return count;
}

TEST(files)
{
	CHECK_EQ(chmod(SLUICE_DEVICE, 0666), 0);
	st_limit_set("max_files", "16");
	CHECK_EQ(open_all(GREEDY), 16);
	CHECK_EQ(open_all(LATER), 8);
	CHECK_EQ(open_all(LATEST), 4);
	/* Of what root may have nothing is taken by them. */
	CHECK_EQ(open_all(0), 16);
	CHECK_EQ(chmod(SLUICE_DEVICE, 0660), 0);
	st_limit_set("max_files", "1024");
}

static int open_as(uid_t uid)
{
	int fd;

	CHECK_EQ(chmod(SLUICE_DEVICE, 0666), 0);
	become(uid);
	fd = st_open();
	become(0);
	CHECK_EQ(chmod(SLUICE_DEVICE, 0660), 0);
	return fd;
}

/* How many calls wait of all that it can submit; then why no more. */
static unsigned int submit_all(int fd, uint32_t len, uint32_t refusal)
{
	static const char input[64];
	struct sluice_submit submit;
	unsigned int count = 0;

	do {
		submit = (struct sluice_submit){ .priority = -1 };
		count++;
	} while (!st_submit(fd, "share", input, len, &submit));
	CHECK_EQ(errno, ENOBUFS);
	CHECK_EQ(submit.refusal, refusal);
	return count - 1;
}

static void begin(void)
{
	struct st_task task = { .name = "share", .queue_max = 1000,
				.mode = SLUICE_MODE_PAUSE };

	CHECK_EQ(st_task_new(&task), 0);
}

TEST(waiting_calls)
{
	int greedy = open_as(GREEDY), later = open_as(LATER);
	int latest = open_as(LATEST), root = st_open();

	begin();
	st_limit_set("max_calls", "40");
	CHECK_EQ(submit_all(greedy, 1, SLUICE_REFUSAL_TOTAL_FULL), 40);
	CHECK_EQ(submit_all(later, 1, SLUICE_REFUSAL_TOTAL_FULL), 20);
	CHECK_EQ(submit_all(latest, 1, SLUICE_REFUSAL_TOTAL_FULL), 10);
	CHECK_EQ(submit_all(root, 1, SLUICE_REFUSAL_TOTAL_FULL), 40);
	/* When it lets go, the others may have more. */
	close(greedy);
	CHECK_EQ(st_task_del("share"), 0);
	begin();
	CHECK_EQ(submit_all(latest, 1, SLUICE_REFUSAL_TOTAL_FULL), 40);
	st_limit_set("max_calls", "100000");
	CHECK_EQ(st_task_del("share"), 0);
}

TEST(waiting_bytes)
{
	int greedy = open_as(GREEDY), later = open_as(LATER);

	begin();
	/* A user that has nothing may have one call, as large as calls may be. */
	st_limit_set("max_input", "50");
	st_limit_set("max_bytes", "1000");
	CHECK_EQ(submit_all(greedy, 50, SLUICE_REFUSAL_TOTAL_BYTES), 20);
	CHECK_EQ(submit_all(later, 50, SLUICE_REFUSAL_TOTAL_BYTES), 10);
	st_limit_set("max_bytes", "67108864");
	st_limit_set("max_input", "1048576");
	CHECK_EQ(st_task_del("share"), 0);
}

static void end(pid_t agent)
{
	st_agent_stop(agent);
	st_limit_set("max_file_unread", "16777216");
	st_limit_set("max_unread", "67108864");
	CHECK_EQ(st_task_del("echo"), 0);
}

/* Answers of 1000 bytes each, of which nobody reads one. */
static unsigned int answers(int fd)
{
	struct sluice_submit submit = { .priority = -1 };
	char input[1005] = "echo ";
	unsigned int count = 0;
	struct st_call call;

	while (!st_submit(fd, "echo", input, sizeof(input), &submit)) {
		do {
			CHECK_EQ(st_call_get(submit.id, &call), 0);
		} while (call.state != SLUICE_CALL_STATE_DONE);
		count++;
		submit = (struct sluice_submit){ .priority = -1 };
	}
	CHECK_EQ(errno, ENOBUFS);
	CHECK_EQ(submit.refusal, SLUICE_REFUSAL_UNREAD);
	return count;
}

TEST(answers_that_nobody_reads)
{
	struct st_task task = { .name = "echo", .output_max = 1000 };
	struct sluice_reap reap;
	char output[1000];
	int fd, other;
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	/* The agent inherits no file of ours. */
	agent = st_agent_start();
	fd = st_open();
	other = st_open();
	st_limit_set("max_file_unread", "8500");
	CHECK_EQ(answers(fd), 8);
	/* Its file's, not its own. */
	st_limit_set("max_unread", "12000");
	CHECK_EQ(answers(other), 4);
	/* What is read makes room. */
	CHECK_EQ(st_reap(fd, 0, 0, &reap, output, sizeof(output)), 0);
	CHECK_EQ(reap.output_len, 1000);
	CHECK_EQ(answers(fd), 1);
	/* What a file leaves behind is not its user's any more. */
	close(fd);
	CHECK_EQ(answers(other), 4);
	end(agent);
}

/* One that was let in before there was so much fails; the task has no part in it. */
TEST(an_answer_too_many)
{
	struct st_task task = { .name = "echo", .output_max = 1000,
				.envs_max = 1, .quarantine_after = 1,
				.retries = 3 };
	struct sluice_submit submit = { .priority = -1 };
	char input[1005] = "echo ";
	struct st_task_state state;
	int fd = st_open();
	uint64_t first;
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	st_limit_set("max_file_unread", "1500");
	CHECK_EQ(st_submit(fd, "echo", input, sizeof(input), &submit), 0);
	first = submit.id;
	submit = (struct sluice_submit){ .priority = -1 };
	CHECK_EQ(st_submit(fd, "echo", input, sizeof(input), &submit), 0);
	agent = st_agent_start();
	st_reap_as(fd, submit.id, SLUICE_CALL_STATE_FAILED,
		   SLUICE_REASON_SUBMITTER_MEMORY);
	CHECK_EQ(st_task_get("echo", &state), 0);
	CHECK_EQ(state.retried, 0);
	CHECK_EQ(state.failures, 0);
	CHECK_EQ(state.quarantined_until, 0);
	st_reap_done(fd, first);
	/* And the worker goes on. */
	st_reap_done(fd, st_submit_ok(fd, "echo", "x"));
	CHECK_EQ(st_count_envs("echo", -1), 1);
	end(agent);
}

/* Nothing is looked at, let alone copied, of an answer to a call that is not there. */
TEST(an_answer_to_nothing)
{
	struct st_task task = { .name = "nothing" };
	struct sluice_next next = {
		.size = sizeof(next), .flags = SLUICE_NEXT_ANSWER, .id = 1ULL << 40,
		.reason = SLUICE_REASON_ANSWERED, .output = 16, .output_len = 4096,
	};
	struct nl_sock *ears = st_listen_as_agent();
	struct nlattr *a[SLUICE_A_ENV_MAX + 1];
	int fd = st_open(), door = st_open();
	uint64_t id;

	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(st_send(st_begin(SLUICE_CMD_AGENT_SET, 0)), 0);
	id = st_submit_ok(fd, "nothing", "x");
	st_event(ears, SLUICE_CMD_ENV_NTF, a, SLUICE_A_ENV_MAX);
	CHECK_EQ(st_attach(door, nla_get_u32(a[SLUICE_A_ENV_ID]), -1, getpid()),
		 0);
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_NEXT, &next), ENOENT);
	/* Nor of the call that it has, before it has taken it. */
	next.id = id;
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_NEXT, &next), ENOENT);
	CHECK_EQ(st_call_cancel(id), 0);
	close(door);
	CHECK_EQ(st_task_del("nothing"), 0);
}
