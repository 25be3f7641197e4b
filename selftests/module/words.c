// SPDX-License-Identifier: GPL-2.0-only
/* Words of a call: what is taken, what a worker gets, and that they stay with the call and are counted. */
#include "ktap.h"
#include "sluice_test.h"

#include <stddef.h>
#include <sys/ioctl.h>

/* Structures from before there were words, and logs. */
#define SUBMIT_BEFORE	offsetof(struct sluice_submit, words)
#define NEXT_BEFORE	offsetof(struct sluice_next, log)

static const char words[] = "one\0\0two three\0--four\nfive";

static int submit_words(int fd, const char *task, const char *input,
			const void *list, uint32_t len,
			struct sluice_submit *submit)
{
	submit->priority = SLUICE_PRIORITY_TASK;
	submit->words = (uintptr_t)list;
	submit->words_len = len;
	return st_submit(fd, task, input, strlen(input), submit);
}

static uint64_t submit_ok(int fd, const char *input)
{
	struct sluice_submit submit = { 0 };

	CHECK_EQ(submit_words(fd, "words", input, words, sizeof(words), &submit), 0);
	return submit.id;
}

/* A process to be pid 1 of an environment: it has no file of ours. */
static pid_t first_process(void)
{
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	return pid;
}

static pid_t first;

/* The test makes the environments itself. A file. */
static int begin(const struct st_task *task)
{
	struct st_task named = *task;

	first = first_process();
	named.name = "words";
	CHECK_EQ(st_task_new(&named), 0);
	CHECK_EQ(st_send(st_begin(SLUICE_CMD_AGENT_SET, 0)), 0);
	return st_open();
}

static void end(int door)
{
	CHECK_EQ(st_task_del("words"), 0);
	close(door);
	st_until_no_envs();
}

/* The door of the environment that was made for the call. */
static int door_for(uint64_t id, pid_t pid)
{
	struct st_call call;
	int door = st_open();

	CHECK_EQ(st_call_get(id, &call), 0);
	CHECK_EQ(st_attach(door, call.env, -1, pid), 0);
	return door;
}

static struct sluice_next next_of(void *input, uint32_t cap)
{
	return (struct sluice_next){ .size = sizeof(struct sluice_next),
				     .flags = SLUICE_NEXT_TAKE,
				     .input = (uintptr_t)input,
				     .input_cap = cap };
}

static void answer(int door, struct sluice_next *next, uint32_t reason)
{
	next->flags = SLUICE_NEXT_ANSWER;
	next->reason = reason;
	next->status = reason != SLUICE_REASON_ANSWERED;
	CHECK_EQ(ioctl(door, SLUICE_IOC_NEXT, next), 0);
}

/* Takes call @id, which must have the input and the words. */
static void take(int door, uint64_t id, const char *input, struct sluice_next *next)
{
	uint32_t len = strlen(input);
	char buffer[256];

	*next = next_of(buffer, sizeof(buffer));
	CHECK_EQ(ioctl(door, SLUICE_IOC_NEXT, next), 0);
	CHECK_EQ(next->id, id);
	CHECK_EQ(next->input_len, len);
	CHECK_EQ(next->words_len, sizeof(words));
	CHECK(!memcmp(buffer, input, len));
	CHECK(!memcmp(buffer + len, words, sizeof(words)));
}

static void goes_with(const char *input)
{
	uint32_t len = strlen(input);
	struct st_task_state state;
	struct sluice_next next;
	int fd, door;
	char buffer[4];
	uint64_t id;

	fd = begin(&(struct st_task){ 0 });
	id = submit_ok(fd, input);
	door = door_for(id, first);
	next = next_of(buffer, sizeof(buffer));
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_NEXT, &next), EMSGSIZE);
	CHECK_EQ(next.input_len, len);
	CHECK_EQ(next.words_len, sizeof(words));
	take(door, id, input, &next);
	/* What waits counts both. */
	CHECK(submit_ok(fd, input) > id);
	CHECK_EQ(st_task_get("words", &state), 0);
	CHECK_EQ(state.bytes, len + sizeof(words));
	answer(door, &next, SLUICE_REASON_ANSWERED);
	st_reap_done(fd, id);
	end(door);
}

TEST(behind_the_input)
{
	goes_with("abc");
}

TEST(without_input)
{
	goes_with("");
}

/* Where the call has no room of its own for them. */
TEST(behind_a_long_input)
{
	char input[120];

	memset(input, 'x', sizeof(input) - 1);
	input[sizeof(input) - 1] = '\0';
	goes_with(input);
}

/* Both doors of a submitter. */
TEST(in_a_call_that_is_waited_for)
{
	struct sluice_submit submit = { .size = sizeof(submit), .task = "words",
					.priority = -1, .input_len = 5,
					.input = (uintptr_t)"words",
					.words = (uintptr_t)words,
					.words_len = sizeof(words) };
	char output[64] = "";
	struct sluice_reap reap = { .size = sizeof(reap), .output_cap = 64,
				    .output = (uintptr_t)output };
	struct sluice_call_args call = { .size = sizeof(call),
					 .submit = (uintptr_t)&submit,
					 .reap = (uintptr_t)&reap };
	struct st_task task = { .name = "words" };
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	CHECK_EQ(ioctl(fd, SLUICE_IOC_CALL, &call), 0);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_DONE);
	CHECK_EQ(reap.output_len, sizeof(words));
	CHECK(!memcmp(output, words, sizeof(words)));
	/* The next call has none, and gets none. */
	submit.words_len = 0;
	submit.words = 8;
	CHECK_EQ(ioctl(fd, SLUICE_IOC_CALL, &call), 0);
	CHECK_EQ(reap.output_len, 0);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("words"), 0);
}

static void refused(int fd, const void *list, uint32_t len, int error,
		    uint32_t refusal, uint64_t limit)
{
	struct sluice_submit submit = { 0 };

	CHECK_ERRNO(submit_words(fd, "words", "", list, len, &submit), error);
	CHECK_EQ(submit.refusal, refusal);
	CHECK_EQ(submit.limit, limit);
	CHECK_EQ(submit.asked, limit ? limit + 1 : 0);
}

TEST(what_is_refused)
{
	static char many[SLUICE_WORDS_SIZE + 1];
	struct sluice_submit submit = { .reserved2 = 1 };
	struct st_task task = { .name = "words", .queue_bytes = MIB };
	struct st_task_state state;
	int fd = st_open();

	CHECK_EQ(st_task_new(&task), 0);
	refused(fd, "one\0two", 7, EINVAL, SLUICE_REFUSAL_WORDS, 0);
	refused(fd, (void *)8, 7, EFAULT, SLUICE_REFUSAL_INPUT_FAULT, 0);
	refused(fd, many, SLUICE_WORDS_MAX + 1, EMSGSIZE, SLUICE_REFUSAL_WORDS_SIZE,
		SLUICE_WORDS_MAX);
	memset(many, 'x', sizeof(many));
	many[SLUICE_WORDS_SIZE] = '\0';
	refused(fd, many, SLUICE_WORDS_SIZE + 1, EMSGSIZE,
		SLUICE_REFUSAL_WORDS_SIZE, SLUICE_WORDS_SIZE);
	submit.reserved2 = 0;
	CHECK_ERRNO(submit_words(fd, "words", "", many, UINT32_MAX, &submit), EMSGSIZE);
	CHECK_EQ(submit.asked, UINT32_MAX);
	submit.reserved2 = 1;
	submit.refusal = 0;
	CHECK_ERRNO(submit_words(fd, "words", "", "x", 2, &submit), EINVAL);
	CHECK_EQ(submit.refusal, SLUICE_REFUSAL_NONE);
	CHECK_EQ(st_task_get("words", &state), 0);
	CHECK_EQ(state.queued + state.running, 0);
	CHECK_EQ(st_task_del("words"), 0);
}

TEST(the_most_that_is_taken)
{
	static char many[SLUICE_WORDS_SIZE];
	struct sluice_submit submit = { 0 };
	struct st_task task = { .name = "words", .queue_bytes = MIB };
	int fd = st_open(), i;

	CHECK_EQ(st_task_new(&task), 0);
	memset(many, 'x', sizeof(many));
	for (i = 1; i <= SLUICE_WORDS_MAX; i++)
		many[sizeof(many) - (size_t)i] = '\0';
	CHECK_EQ(submit_words(fd, "words", "", many, sizeof(many), &submit), 0);
	CHECK_EQ(st_task_del("words"), 0);
}

static int kind(uint32_t value)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_TASK_SET, 0);

	nla_put_string(msg, SLUICE_A_TASK_NAME, "words");
	nla_put_u32(msg, SLUICE_A_TASK_KIND, value);
	return st_send(msg);
}

TEST(only_exec_tasks_take_them)
{
	struct sluice_submit submit = { 0 };
	struct st_task task = { .name = "words" };
	int fd = st_open();

	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(kind(SLUICE_KIND_SERVE), 0);
	refused(fd, words, sizeof(words), EOPNOTSUPP, SLUICE_REFUSAL_WORDS_KIND, 0);
	CHECK_EQ(submit_words(fd, "words", "", NULL, 0, &submit), 0);
	CHECK_EQ(st_task_del("words"), 0);
}

/* They count towards what may wait, and not towards what an input may have. */
TEST(limits)
{
	struct sluice_submit submit = { 0 };
	struct st_task task = { .name = "words", .input_max = 4,
				.queue_bytes = sizeof(words) + 3 };
	int fd = st_open();

	CHECK_EQ(st_task_new(&task), 0);
	CHECK_ERRNO(submit_words(fd, "words", "abcd", words, sizeof(words),
				 &submit), ENOBUFS);
	CHECK_EQ(submit.refusal, SLUICE_REFUSAL_QUEUE_BYTES);
	CHECK_EQ(submit.asked, sizeof(words) + 4);
	CHECK_EQ(submit_words(fd, "words", "abc", words, sizeof(words), &submit), 0);
	CHECK_ERRNO(submit_words(fd, "words", "abcde", NULL, 0, &submit), EMSGSIZE);
	CHECK_EQ(st_task_del("words"), 0);
}

TEST(stay_with_a_call_that_is_run_again)
{
	struct sluice_next next;
	int fd, door;
	uint64_t id;

	fd = begin(&(struct st_task){ .retries = 1, .backoff = MS });
	id = submit_ok(fd, "abc");
	door = door_for(id, first);
	take(door, id, "abc", &next);
	answer(door, &next, SLUICE_REASON_EXITED);
	take(door, id, "abc", &next);
	CHECK_EQ(next.attempts, 1);
	answer(door, &next, SLUICE_REASON_ANSWERED);
	st_reap_done(fd, id);
	end(door);
}

/* The one that takes the place of another has its own; its file may be gone. */
TEST(of_a_newer_call_with_the_same_key)
{
	struct sluice_submit old = { .key = "k" }, new = { .key = "k" };
	struct sluice_next next;
	int fd, other, door;
	uint64_t begins;

	fd = begin(&(struct st_task){ .envs_max = 1 });
	other = st_open();
	begins = submit_ok(fd, "first");
	CHECK_EQ(submit_words(fd, "words", "x", "other", 6, &old), 0);
	new.flags = SLUICE_SUBMIT_DETACHED;
	CHECK_EQ(submit_words(other, "words", "abc", words, sizeof(words), &new), 0);
	close(other);
	st_reap_as(fd, old.id, SLUICE_CALL_STATE_SUPERSEDED,
		   SLUICE_REASON_SUPERSEDED);
	door = door_for(begins, first);
	take(door, begins, "first", &next);
	answer(door, &next, SLUICE_REASON_ANSWERED);
	take(door, new.id, "abc", &next);
	answer(door, &next, SLUICE_REASON_ANSWERED);
	st_reap_done(fd, new.id);
	end(door);
}

/*
 * Who knows no words
 */

TEST(a_submitter_from_before_there_were_words)
{
	struct sluice_submit submit;
	char input[8];
	struct sluice_next next = next_of(input, sizeof(input));
	int fd, door;

	fd = begin(&(struct st_task){ 0 });
	memset(&submit, 0xff, sizeof(submit));
	memset(&submit, 0, SUBMIT_BEFORE);
	submit.size = SUBMIT_BEFORE;
	strcpy(submit.task, "words");
	submit.input = (uintptr_t)"abc";
	submit.input_len = 3;
	CHECK_EQ(ioctl(fd, SLUICE_IOC_SUBMIT, &submit), 0);
	CHECK_EQ(submit.words, UINT64_MAX);
	door = door_for(submit.id, first);
	CHECK_EQ(ioctl(door, SLUICE_IOC_NEXT, &next), 0);
	CHECK_EQ(next.input_len, 3);
	CHECK_EQ(next.words_len, 0);
	answer(door, &next, SLUICE_REASON_ANSWERED);
	st_reap_done(fd, submit.id);
	end(door);
}

/* It is not given a call that has some, and ends. */
static void old_worker(uint64_t id, pid_t pid)
{
	char input[256];
	struct sluice_next next = next_of(input, sizeof(input));
	int door = door_for(id, pid);

	next.size = NEXT_BEFORE;
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_NEXT, &next), ESHUTDOWN);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	close(door);
}

TEST(a_worker_from_before_there_were_words)
{
	pid_t old = first_process();
	struct sluice_next next;
	int fd, door;
	uint64_t id;

	fd = begin(&(struct st_task){ 0 });
	id = submit_ok(fd, "abc");
	old_worker(id, old);
	st_call_until(id, SLUICE_CALL_STATE_STARTING);
	door = door_for(id, first);
	take(door, id, "abc", &next);
	answer(door, &next, SLUICE_REASON_ANSWERED);
	st_reap_done(fd, id);
	end(door);
}

TEST(a_worker_from_before_serves_calls_without)
{
	char input[8];
	struct sluice_next next = next_of(input, sizeof(input));
	int fd, door;
	uint64_t id;

	fd = begin(&(struct st_task){ 0 });
	id = st_submit_ok(fd, "words", "abc");
	door = door_for(id, first);
	next.size = NEXT_BEFORE;
	next.words_len = 4711;
	CHECK_EQ(ioctl(door, SLUICE_IOC_NEXT, &next), 0);
	CHECK_EQ(next.input_len, 3);
	CHECK_EQ(next.words_len, 4711);
	answer(door, &next, SLUICE_REASON_ANSWERED);
	st_reap_done(fd, id);
	end(door);
}

/* With no other the call does not go on for ever, and says why it failed. */
TEST(no_worker_that_knows_words)
{
	pid_t old[4];
	struct sluice_reap reap;
	struct st_call call;
	int fd, i;
	uint64_t id;

	for (i = 0; i < 4; i++)
		old[i] = first_process();
	fd = begin(&(struct st_task){ 0 });
	id = submit_ok(fd, "abc");
	for (i = 0; i < 4; i++) {
		st_call_until(id, SLUICE_CALL_STATE_STARTING);
		old_worker(id, old[i]);
	}
	reap = st_reap_as(fd, id, SLUICE_CALL_STATE_FAILED,
			  SLUICE_REASON_ENV_RETIRED);
	CHECK(strstr(reap.message, "too old for calls with words"));
	CHECK_EQ(st_call_get(id, &call), 0);
	st_until_no_envs();
	CHECK_EQ(st_task_del("words"), 0);
}
