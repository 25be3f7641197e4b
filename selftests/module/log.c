// SPDX-License-Identifier: GPL-2.0-only
/* What a program said on stderr, with its answer: what is kept, handed over, cut and counted. */
#include "ktap.h"
#include "sluice_test.h"

#include <stddef.h>
#include <sys/ioctl.h>

/* Structures from before there were logs. */
#define REAP_BEFORE	offsetof(struct sluice_reap, log)

static int fd, door;
static uint64_t id;

/* A process to be pid 1 of an environment: it has no file of ours. */
static pid_t first_process(void)
{
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	return pid;
}

/* A call that has been taken; the test is its worker. */
static void begin(const struct st_task *task)
{
	static char input[16];
	struct sluice_next next = { .size = sizeof(next),
				    .flags = SLUICE_NEXT_TAKE,
				    .input = (uintptr_t)input,
				    .input_cap = sizeof(input) };
	struct st_task named = *task;
	pid_t first = first_process();
	struct st_call call;

	fd = st_open();
	door = st_open();
	named.name = "log";
	CHECK_EQ(st_task_new(&named), 0);
	CHECK_EQ(st_send(st_begin(SLUICE_CMD_AGENT_SET, 0)), 0);
	id = st_submit_ok(fd, "log", "abc");
	CHECK_EQ(st_call_get(id, &call), 0);
	CHECK_EQ(st_attach(door, call.env, -1, first), 0);
	CHECK_EQ(ioctl(door, SLUICE_IOC_NEXT, &next), 0);
	CHECK_EQ(next.id, id);
}

static void end(void)
{
	CHECK_EQ(st_task_del("log"), 0);
	close(door);
	st_until_no_envs();
}

static int answer(const char *output, const void *log, uint32_t log_len,
		  uint32_t reason)
{
	struct sluice_next next = { .size = sizeof(next),
				    .flags = SLUICE_NEXT_ANSWER, .id = id,
				    .reason = reason,
				    .output = (uintptr_t)output,
				    .output_len = strlen(output),
				    .log = (uintptr_t)log,
				    .log_len = log_len };

	return ioctl(door, SLUICE_IOC_NEXT, &next);
}

static int reap_log(struct sluice_reap *reap, char *output, uint32_t cap,
		    char *log, uint32_t log_cap)
{
	*reap = (struct sluice_reap){ .size = sizeof(*reap), .id = id,
				      .output = (uintptr_t)output,
				      .output_cap = cap, .log = (uintptr_t)log,
				      .log_cap = log_cap };
	return ioctl(fd, SLUICE_IOC_REAP, reap);
}

/* An answer "answer" with a log "0123456789", of which @cap bytes have room: @text. */
static void cut_to(uint32_t cap, const char *text)
{
	char output[16] = "", log[16] = "";
	struct sluice_reap reap;

	begin(&(struct st_task){ 0 });
	CHECK_EQ(answer("answer", "0123456789", 10, SLUICE_REASON_ANSWERED), 0);
	CHECK_EQ(reap_log(&reap, output, sizeof(output), log, cap), 0);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_DONE);
	CHECK_EQ(reap.output_len, 6);
	CHECK_EQ(reap.log_len, 10);
	CHECK(!strcmp(output, "answer"));
	CHECK(!strcmp(log, text));
	end();
}

TEST(with_the_answer)
{
	cut_to(16, "0123456789");
}

TEST(room_for_all_of_it)
{
	cut_to(10, "0123456789");
}

TEST(room_for_its_end)
{
	cut_to(4, "6789");
}

TEST(no_room)
{
	cut_to(0, "");
}

TEST(without_an_answer)
{
	char log[16] = "";
	struct sluice_reap reap;

	begin(&(struct st_task){ 0 });
	CHECK_EQ(answer("", "why\n", 4, SLUICE_REASON_EXITED), 0);
	CHECK_EQ(reap_log(&reap, NULL, 0, log, sizeof(log)), 0);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_FAILED);
	CHECK_EQ(reap.output_len, 0);
	CHECK_EQ(reap.log_len, 4);
	CHECK(!strcmp(log, "why\n"));
	end();
}

/* Of a worker's as of the library: in a call that is waited for. */
TEST(in_a_call_that_is_waited_for)
{
	char log[16] = "";
	struct sluice_submit submit = { .size = sizeof(submit), .task = "log",
					.priority = -1, .input_len = 9,
					.input = (uintptr_t)"log three" };
	struct sluice_reap reap = { .size = sizeof(reap), .log_cap = 16,
				    .log = (uintptr_t)log };
	struct sluice_call_args call = { .size = sizeof(call),
					 .submit = (uintptr_t)&submit,
					 .reap = (uintptr_t)&reap };
	struct st_task task = { .name = "log" };
	int file = st_open();
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	CHECK_EQ(ioctl(file, SLUICE_IOC_CALL, &call), 0);
	CHECK_EQ(reap.log_len, 5);
	CHECK(!strcmp(log, "three"));
	submit.input = (uintptr_t)"echo nothing";
	submit.input_len = 12;
	reap.log_len = 4711;
	CHECK_ERRNO(ioctl(file, SLUICE_IOC_CALL, &call), EMSGSIZE);
	CHECK_EQ(reap.log_len, 0);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("log"), 0);
}

TEST(the_most_that_is_taken)
{
	static char much[SLUICE_LOG_MAX + 1], log[SLUICE_LOG_MAX];
	struct sluice_reap reap;

	memset(much, 'x', sizeof(much));
	begin(&(struct st_task){ .output_max = 16 });
	CHECK_ERRNO(answer("a", much, sizeof(much), SLUICE_REASON_ANSWERED),
		    EMSGSIZE);
	CHECK_ERRNO(answer("a", (void *)8, 16, SLUICE_REASON_ANSWERED), EFAULT);
	CHECK_EQ(answer("a", much, SLUICE_LOG_MAX, SLUICE_REASON_ANSWERED), 0);
	CHECK_EQ(reap_log(&reap, much, 1, log, sizeof(log)), 0);
	CHECK_EQ(reap.log_len, SLUICE_LOG_MAX);
	CHECK(!memcmp(log, much + 1, sizeof(log)));
	end();
}

/* What failed before is not what the answer came with. */
TEST(of_the_last_attempt)
{
	char input[16], log[16] = "";
	struct sluice_next next = { .size = sizeof(next),
				    .flags = SLUICE_NEXT_TAKE,
				    .input = (uintptr_t)input,
				    .input_cap = sizeof(input) };
	struct sluice_reap reap;

	begin(&(struct st_task){ .retries = 1, .backoff = MS });
	CHECK_EQ(answer("", "first", 5, SLUICE_REASON_EXITED), 0);
	CHECK_EQ(ioctl(door, SLUICE_IOC_NEXT, &next), 0);
	CHECK_EQ(answer("", "again", 5, SLUICE_REASON_EXITED), 0);
	CHECK_EQ(reap_log(&reap, NULL, 0, log, sizeof(log)), 0);
	CHECK_EQ(reap.attempts, 1);
	CHECK(!strcmp(log, "again"));
	end();
}

TEST(stays_until_it_is_taken)
{
	char output[16] = "", log[16] = "";
	struct sluice_reap reap;

	begin(&(struct st_task){ 0 });
	CHECK_EQ(answer("answer", "log", 3, SLUICE_REASON_ANSWERED), 0);
	CHECK_ERRNO(reap_log(&reap, output, 5, log, sizeof(log)), EMSGSIZE);
	CHECK_EQ(reap.log_len, 3);
	CHECK(!*log);
	CHECK_ERRNO(reap_log(&reap, output, 6, (char *)8, 3), EFAULT);
	CHECK_EQ(reap_log(&reap, output, 6, log, sizeof(log)), 0);
	CHECK(!strcmp(log, "log"));
	CHECK_ERRNO(reap_log(&reap, output, 6, log, sizeof(log)), ENOENT);
	end();
}

/* A program that was built before there were logs: nothing is written beyond. */
TEST(a_submitter_from_before_there_were_logs)
{
	struct sluice_reap reap;
	char output[16] = "";

	begin(&(struct st_task){ 0 });
	CHECK_EQ(answer("answer", "log", 3, SLUICE_REASON_ANSWERED), 0);
	memset(&reap, 0xff, sizeof(reap));
	memset(&reap, 0, REAP_BEFORE);
	reap.size = REAP_BEFORE;
	reap.output = (uintptr_t)output;
	reap.output_cap = sizeof(output);
	CHECK_EQ(ioctl(fd, SLUICE_IOC_REAP, &reap), 0);
	CHECK(!strcmp(output, "answer"));
	CHECK_EQ(reap.log, UINT64_MAX);
	CHECK_EQ(reap.log_cap, UINT32_MAX);
	CHECK_EQ(reap.log_len, UINT32_MAX);
	end();
}

/*
 * Limits
 */

/* It is read as the answer is. */
TEST(counts_until_it_is_read)
{
	struct sluice_submit submit = { .priority = SLUICE_PRIORITY_TASK };
	char output[8], log[1000];
	struct sluice_reap reap;

	memset(log, 'x', sizeof(log));
	begin(&(struct st_task){ .output_max = 8 });
	CHECK_EQ(answer("a", log, sizeof(log), SLUICE_REASON_ANSWERED), 0);
	st_limit_set("max_file_unread", "1008");
	CHECK_ERRNO(st_submit(fd, "log", "", 0, &submit), ENOBUFS);
	CHECK_EQ(submit.refusal, SLUICE_REFUSAL_UNREAD);
	CHECK_EQ(submit.asked, 1009);
	CHECK_EQ(reap_log(&reap, output, 8, log, sizeof(log)), 0);
	CHECK_EQ(st_submit(fd, "log", "", 0, &submit), 0);
	end();
	st_limit_set("max_file_unread", "16777216");
}

/* No call fails for the log: rather there is none. */
TEST(makes_way_for_the_answer)
{
	char output[16] = "", log[16] = "";
	struct sluice_reap reap;

	begin(&(struct st_task){ .output_max = 8 });
	st_limit_set("max_file_unread", "10");
	CHECK_EQ(answer("answer", "01234", 5, SLUICE_REASON_ANSWERED), 0);
	CHECK_EQ(reap_log(&reap, output, sizeof(output), log, sizeof(log)), 0);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_DONE);
	CHECK(!strcmp(output, "answer"));
	CHECK_EQ(reap.log_len, 0);
	end();
	st_limit_set("max_file_unread", "16777216");
}
