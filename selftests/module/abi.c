// SPDX-License-Identifier: GPL-2.0-only
/* The device's interface: sizes, growth, what is refused, who may do what. */
#define _GNU_SOURCE
#include "ktap.h"
#include "sluice_test.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* Sizes of the first versions. */
#define SUBMIT_V1	offsetof(struct sluice_submit, trace_id)
#define REAP_V1		offsetof(struct sluice_reap, trace_id)
#define NEXT_V1		offsetof(struct sluice_next, trace_id)

static const struct {
	unsigned long cmd;
	uint32_t first, size;
} commands[] = {
	{ SLUICE_IOC_CALL, sizeof(struct sluice_call_args),
	  sizeof(struct sluice_call_args) },
	{ SLUICE_IOC_SUBMIT, SUBMIT_V1, sizeof(struct sluice_submit) },
	{ SLUICE_IOC_REAP, REAP_V1, sizeof(struct sluice_reap) },
	{ SLUICE_IOC_CANCEL, sizeof(struct sluice_cancel),
	  sizeof(struct sluice_cancel) },
	{ SLUICE_IOC_CHANGE, sizeof(struct sluice_change),
	  sizeof(struct sluice_change) },
	{ SLUICE_IOC_ATTACH, sizeof(struct sluice_attach),
	  sizeof(struct sluice_attach) },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

TEST(size_of_every_structure_is_checked)
{
	int fd = st_open();
	unsigned int i;

	for (i = 0; i < COMMANDS; i++) {
		union {
			uint32_t size;
			char bytes[8192];
		} arg;

		memset(&arg, 0, sizeof(arg));
		CHECK_ERRNO(ioctl(fd, commands[i].cmd, &arg), EINVAL);
		arg.size = commands[i].first - 1;
		CHECK_ERRNO(ioctl(fd, commands[i].cmd, &arg), EINVAL);
		arg.size = 8192;
		CHECK_ERRNO(ioctl(fd, commands[i].cmd, &arg), E2BIG);
		/* A newer program that sets what this kernel does not know. */
		arg.size = commands[i].size + 8;
		arg.bytes[commands[i].size] = 1;
		CHECK_ERRNO(ioctl(fd, commands[i].cmd, &arg), E2BIG);
		CHECK_ERRNO(ioctl(fd, commands[i].cmd, NULL), EFAULT);
	}
}

/* A newer program that does not use what is new. */
TEST(larger_structure_with_zeroes_is_taken)
{
	struct {
		struct sluice_submit submit;
		uint64_t more;
	} arg = { .submit = { .size = sizeof(arg), .task = "abi",
			      .priority = -1 } };
	struct st_task task = { .name = "abi" };
	int fd = st_open();

	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(ioctl(fd, SLUICE_IOC_SUBMIT, &arg), 0);
	CHECK(arg.submit.id > 0);
	CHECK_EQ(arg.submit.size, sizeof(arg));
	CHECK_EQ(st_task_del("abi"), 0);
}

static void all_ones(const void *from, size_t length)
{
	const uint8_t *byte = from;

	while (length--)
		CHECK_EQ(*byte++, 0xff);
}

/* A program that was built for the first version: nothing is written beyond. */
TEST(first_version_of_submit_and_reap)
{
	struct st_task task = { .name = "old" };
	struct sluice_submit submit;
	struct sluice_reap reap;
	char output[8];
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	memset(&submit, 0xff, sizeof(submit));
	memset(&submit, 0, SUBMIT_V1);
	submit.size = SUBMIT_V1;
	strcpy(submit.task, "old");
	submit.priority = SLUICE_PRIORITY_TASK;
	submit.input = (uintptr_t)"echo v";
	submit.input_len = 6;
	CHECK_EQ(ioctl(fd, SLUICE_IOC_SUBMIT, &submit), 0);
	CHECK(submit.id > 0);
	all_ones((char *)&submit + SUBMIT_V1, sizeof(submit) - SUBMIT_V1);
	memset(&reap, 0xff, sizeof(reap));
	memset(&reap, 0, REAP_V1);
	reap.size = REAP_V1;
	reap.output = (uintptr_t)output;
	reap.output_cap = sizeof(output);
	CHECK_EQ(ioctl(fd, SLUICE_IOC_REAP, &reap), 0);
	CHECK_EQ(reap.id, submit.id);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_DONE);
	CHECK_EQ(output[0], 'v');
	all_ones((char *)&reap + REAP_V1, sizeof(reap) - REAP_V1);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("old"), 0);
}

TEST(first_version_of_call)
{
	struct st_task task = { .name = "old" };
	struct sluice_submit submit;
	struct sluice_reap reap;
	struct sluice_call_args call = { .size = sizeof(call),
					 .submit = (uintptr_t)&submit,
					 .reap = (uintptr_t)&reap };
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	memset(&submit, 0xff, sizeof(submit));
	memset(&submit, 0, SUBMIT_V1);
	submit.size = SUBMIT_V1;
	strcpy(submit.task, "old");
	memset(&reap, 0xff, sizeof(reap));
	memset(&reap, 0, REAP_V1);
	reap.size = REAP_V1;
	CHECK_EQ(ioctl(fd, SLUICE_IOC_CALL, &call), 0);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_DONE);
	all_ones((char *)&submit + SUBMIT_V1, sizeof(submit) - SUBMIT_V1);
	all_ones((char *)&reap + REAP_V1, sizeof(reap) - REAP_V1);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("old"), 0);
}

TEST(unknown_flags_and_commands)
{
	struct sluice_submit submit = { .size = sizeof(submit), .flags = 4 };
	struct sluice_cancel cancel = { .size = sizeof(cancel), .flags = 1 };
	struct sluice_reap reap = { .size = sizeof(reap), .flags = 2 };
	int fd = st_open();

	CHECK_ERRNO(ioctl(fd, SLUICE_IOC_SUBMIT, &submit), EINVAL);
	submit.flags = 0;
	submit.reserved = 1;
	CHECK_ERRNO(ioctl(fd, SLUICE_IOC_SUBMIT, &submit), EINVAL);
	submit.reserved = 0;
	memset(submit.task, 'x', sizeof(submit.task));
	CHECK_ERRNO(ioctl(fd, SLUICE_IOC_SUBMIT, &submit), EINVAL);
	memset(submit.task, 0, sizeof(submit.task));
	memset(submit.key, 'x', sizeof(submit.key));
	CHECK_ERRNO(ioctl(fd, SLUICE_IOC_SUBMIT, &submit), EINVAL);
	memset(submit.key, 0, sizeof(submit.key));
	submit.timeout = UINT64_MAX;
	CHECK_ERRNO(ioctl(fd, SLUICE_IOC_SUBMIT, &submit), EINVAL);
	submit.timeout = 0;
	submit.runtime = UINT64_MAX;
	CHECK_ERRNO(ioctl(fd, SLUICE_IOC_SUBMIT, &submit), EINVAL);
	CHECK_ERRNO(ioctl(fd, SLUICE_IOC_CANCEL, &cancel), EINVAL);
	CHECK_ERRNO(ioctl(fd, SLUICE_IOC_REAP, &reap), EINVAL);
	CHECK_ERRNO(ioctl(fd, _IO(SLUICE_IOC_MAGIC, 0x7f), &reap), ENOTTY);
	CHECK_ERRNO(ioctl(fd, _IO('x', 1), &reap), ENOTTY);
}

TEST(input_that_cannot_be_read)
{
	struct sluice_submit submit = { .priority = -1 };
	struct st_task task = { .name = "fault" };
	char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	int fd = st_open();

	CHECK(page != MAP_FAILED);
	CHECK_EQ(st_task_new(&task), 0);
	CHECK_ERRNO(st_submit(fd, "fault", page, 10, &submit), EFAULT);
	CHECK_EQ(submit.refusal, SLUICE_REFUSAL_INPUT_FAULT);
	CHECK_ERRNO(ioctl(fd, SLUICE_IOC_SUBMIT, page), EFAULT);
	CHECK_EQ(st_task_del("fault"), 0);
}

/* A result that did not fit, or could not be copied, can be reaped again. */
TEST(result_is_kept_until_it_is_taken)
{
	struct st_task task = { .name = "keep" };
	char output[64] = "";
	struct sluice_reap reap;
	int fd = st_open();
	uint64_t id;
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	id = st_submit_ok(fd, "keep", "echo 0123456789");
	CHECK_ERRNO(st_reap(fd, 0, 0, &reap, output, 5), EMSGSIZE);
	CHECK_EQ(reap.id, id);
	CHECK_EQ(reap.output_len, 10);
	CHECK_ERRNO(st_reap(fd, 0, 0, &reap, (void *)8, 64), EFAULT);
	CHECK_EQ(st_reap(fd, 0, 0, &reap, output, 64), 0);
	CHECK(!memcmp(output, "0123456789", 10));
	CHECK_ERRNO(st_reap(fd, 0, 0, &reap, output, 64), ENODATA);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("keep"), 0);
}

TEST(call_submits_and_waits)
{
	struct sluice_submit submit = { .size = sizeof(submit), .task = "both",
					.priority = -1, .input_len = 6,
					.input = (uintptr_t)"echo z" };
	char output[8] = "";
	struct sluice_reap reap = { .size = sizeof(reap), .output_cap = 8,
				    .output = (uintptr_t)output };
	struct sluice_call_args call = { .size = sizeof(call),
					 .submit = (uintptr_t)&submit,
					 .reap = (uintptr_t)&reap };
	struct st_task task = { .name = "both" };
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	CHECK_EQ(ioctl(fd, SLUICE_IOC_CALL, &call), 0);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_DONE);
	CHECK_EQ(reap.id, submit.id);
	CHECK_EQ(output[0], 'z');
	call.flags = 1;
	CHECK_ERRNO(ioctl(fd, SLUICE_IOC_CALL, &call), EINVAL);
	call.flags = 0;
	call.reap = 8;
	CHECK_ERRNO(ioctl(fd, SLUICE_IOC_CALL, &call), EFAULT);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("both"), 0);
}

/* Calls of one file are out of reach of another, whoever holds it. */
TEST(calls_of_other_files)
{
	struct sluice_change change = { .size = sizeof(change),
					.flags = SLUICE_CHANGE_PRIORITY };
	struct st_task task = { .name = "mine" };
	int fd = st_open(), other = st_open();
	struct sluice_reap reap;
	uint64_t id;

	CHECK_EQ(st_task_new(&task), 0);
	id = st_submit_ok(fd, "mine", "x");
	CHECK_ERRNO(st_reap(other, id, SLUICE_REAP_NONBLOCK, &reap, NULL, 0),
		    ENOENT);
	CHECK_ERRNO(st_cancel(other, id), ENOENT);
	change.id = id;
	CHECK_ERRNO(ioctl(other, SLUICE_IOC_CHANGE, &change), ENOENT);
	CHECK_EQ(ioctl(fd, SLUICE_IOC_CHANGE, &change), 0);
	CHECK_ERRNO(st_reap(other, 0, SLUICE_REAP_NONBLOCK, &reap, NULL, 0),
		    ENODATA);
	CHECK_EQ(st_cancel(fd, id), 0);
	CHECK_EQ(st_task_del("mine"), 0);
}

static void become_nobody(void)
{
	CHECK_EQ(syscall(SYS_setgroups, 0, NULL), 0);
	CHECK_EQ(syscall(SYS_setresgid, 65534, 65534, 65534), 0);
	CHECK_EQ(syscall(SYS_setresuid, 65534, 65534, 65534), 0);
}

TEST(detached_call_belongs_to_its_user)
{
	struct sluice_submit submit = { .priority = -1,
					.flags = SLUICE_SUBMIT_DETACHED };
	struct sluice_change change = { .size = sizeof(change),
					.flags = SLUICE_CHANGE_PRIORITY };
	struct st_task task = { .name = "loose" };
	struct sluice_reap reap;
	int fd = st_open(), other;
	char output[8];
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(st_submit(fd, "loose", "echo q", 6, &submit), 0);
	close(fd);
	agent = st_agent_start();
	fd = st_open();
	other = st_open();
	CHECK_EQ(st_reap(fd, submit.id, 0, &reap, output, 8), 0);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_DONE);
	CHECK_EQ(output[0], 'q');
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("loose"), 0);
	become_nobody();
	CHECK_ERRNO(st_reap(other, submit.id, 0, &reap, output, 8), ENOENT);
	change.id = submit.id;
	CHECK_ERRNO(ioctl(other, SLUICE_IOC_CHANGE, &change), ENOENT);
}

TEST(attach_needs_privilege_and_a_wanted_environment)
{
	int fd = st_open();

	CHECK_ERRNO(st_attach(fd, 1 << 30, -1, getpid()), ENOENT);
	CHECK_ERRNO(st_attach(fd, 1 << 30, -1, 1 << 29), ESRCH);
	CHECK_ERRNO(st_attach(fd, 1 << 30, 999, getpid()), EBADF);
	become_nobody();
	CHECK_ERRNO(st_attach(fd, 1, -1, getpid()), EPERM);
	/* The device itself is for root and its group. */
	CHECK_ERRNO(open(SLUICE_DEVICE, O_RDWR), EACCES);
}

/* An environment in state wanted, whose provisioning the test does itself. */
static uint32_t wanted(int fd, const char *name, uint64_t *id)
{
	struct st_task task = { .name = name, .output_max = 8 };
	struct st_call call;

	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(st_send(st_begin(SLUICE_CMD_AGENT_SET, 0)), 0);
	*id = st_submit_ok(fd, name, "abc");
	CHECK_EQ(st_call_get(*id, &call), 0);
	CHECK(call.env > 0);
	return call.env;
}

TEST(door_of_an_environment)
{
	struct sluice_next next = { .size = sizeof(next),
				    .flags = SLUICE_NEXT_TAKE };
	int fd = st_open(), door = st_open(), second = st_open();
	struct sluice_change change = { .size = sizeof(change),
					.flags = SLUICE_CHANGE_PRIORITY };
	struct sluice_submit submit = { .priority = -1 };
	struct sluice_reap reap;
	char input[8] = "";
	uint32_t env;
	uint64_t id;

	CHECK_ERRNO(ioctl(fd, SLUICE_IOC_NEXT, &next), EPERM);
	env = wanted(fd, "door", &id);
	CHECK_ERRNO(st_attach(fd, env, -1, getpid()), EBUSY);
	CHECK_EQ(st_attach(door, env, -1, getppid()), 0);
	CHECK_ERRNO(st_attach(door, env, -1, getppid()), EBUSY);
	CHECK_ERRNO(st_attach(second, env, -1, getppid()), EEXIST);
	/* A door is good for nothing else. */
	CHECK_ERRNO(st_submit(door, "door", "", 0, &submit), EPERM);
	CHECK_ERRNO(st_reap(door, id, 0, &reap, NULL, 0), EPERM);
	CHECK_ERRNO(st_cancel(door, id), EPERM);
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_CHANGE, &change), EPERM);

	next.flags = 0x80;
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_NEXT, &next), EINVAL);
	next.flags = SLUICE_NEXT_TAKE;
	next.input = (uintptr_t)input;
	next.input_cap = 2;
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_NEXT, &next), EMSGSIZE);
	CHECK_EQ(next.input_len, 3);
	next.input_cap = sizeof(input);
	next.input = 8;
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_NEXT, &next), EFAULT);
	next.input = (uintptr_t)input;
	CHECK_EQ(ioctl(door, SLUICE_IOC_NEXT, &next), 0);
	CHECK_EQ(next.id, id);
	CHECK(!memcmp(input, "abc", 3));
	CHECK_EQ(next.output_max, 8);
	/* No second call before the first is answered. */
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_NEXT, &next), EBUSY);
	next.flags = SLUICE_NEXT_ANSWER;
	next.reason = SLUICE_REASON_TIMEOUT;
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_NEXT, &next), EINVAL);
	next.reason = SLUICE_REASON_ANSWERED;
	next.output = (uintptr_t)"123456789";
	next.output_len = 9;
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_NEXT, &next), EMSGSIZE);
	next.output_len = 2;
	next.id = id + 1;
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_NEXT, &next), ENOENT);
	next.id = id;
	CHECK_EQ(ioctl(door, SLUICE_IOC_NEXT, &next), 0);
	CHECK_EQ(next.flags & SLUICE_NEXT_ANSWER, 0);
	CHECK_EQ(st_reap(fd, id, 0, &reap, input, 8), 0);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_DONE);
	next.flags = SLUICE_NEXT_TAKE | SLUICE_NEXT_NONBLOCK;
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_NEXT, &next), EAGAIN);
	CHECK_EQ(st_task_del("door"), 0);
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_NEXT, &next), ESHUTDOWN);
	close(door);
	st_until_no_envs();
}

/* Who asks which call was taken takes none, and is not taken for a worker that is ready. */
TEST(told_which_was_taken)
{
	struct sluice_next next = { .size = sizeof(next),
				    .flags = SLUICE_NEXT_TELL };
	int fd = st_open(), door = st_open();
	static const uint8_t none[SLUICE_TRACE_ID_LEN];
	struct st_call call;
	char input[8];
	uint64_t id;

	CHECK_ERRNO(ioctl(fd, SLUICE_IOC_NEXT, &next), EPERM);
	CHECK_EQ(st_attach(door, wanted(fd, "told", &id), -1, getppid()), 0);
	memset(&next.trace_id, 0xff, sizeof(next.trace_id));
	next.id = 1;
	CHECK_EQ(ioctl(door, SLUICE_IOC_NEXT, &next), 0);
	CHECK_EQ(next.id, 0);
	CHECK(!memcmp(next.trace_id, none, sizeof(none)));
	CHECK_EQ(st_call_get(id, &call), 0);
	CHECK_EQ(call.state, SLUICE_CALL_STATE_STARTING);
	next.flags = SLUICE_NEXT_TELL | SLUICE_NEXT_TAKE;
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_NEXT, &next), EINVAL);
	next.flags = SLUICE_NEXT_TAKE;
	next.input = (uintptr_t)input;
	next.input_cap = sizeof(input);
	CHECK_EQ(ioctl(door, SLUICE_IOC_NEXT, &next), 0);
	next.flags = SLUICE_NEXT_TELL;
	next.id = 0;
	CHECK_EQ(ioctl(door, SLUICE_IOC_NEXT, &next), 0);
	CHECK_EQ(next.id, id);
	CHECK_EQ(next.flags, SLUICE_NEXT_TELL);
	next.flags = SLUICE_NEXT_ANSWER;
	next.reason = SLUICE_REASON_ANSWERED;
	CHECK_EQ(ioctl(door, SLUICE_IOC_NEXT, &next), 0);
	st_reap_done(fd, id);
	next.flags = SLUICE_NEXT_TELL;
	next.id = 0;
	CHECK_EQ(ioctl(door, SLUICE_IOC_NEXT, &next), 0);
	CHECK_EQ(next.id, id);
	CHECK_EQ(st_task_del("told"), 0);
	close(door);
	st_until_no_envs();
}

/* A worker says that what it answers is the last: nothing else is given to it. */
TEST(last_call)
{
	struct sluice_next next = { .size = sizeof(next) };
	int fd = st_open(), door = st_open();
	struct st_call call;
	uint64_t id, waits;
	char input[8];

	CHECK_EQ(st_attach(door, wanted(fd, "once", &id), -1, getppid()), 0);
	next.input = (uintptr_t)input;
	next.input_cap = sizeof(input);
	next.flags = SLUICE_NEXT_TAKE;
	CHECK_EQ(ioctl(door, SLUICE_IOC_NEXT, &next), 0);
	waits = st_submit_ok(fd, "once", "");
	next.reason = SLUICE_REASON_ANSWERED;
	next.flags = SLUICE_NEXT_LAST;
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_NEXT, &next), EINVAL);
	next.flags = SLUICE_NEXT_LAST | SLUICE_NEXT_ANSWER | SLUICE_NEXT_TAKE;
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_NEXT, &next), EINVAL);
	next.flags = SLUICE_NEXT_LAST | SLUICE_NEXT_TELL;
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_NEXT, &next), EINVAL);
	next.flags = SLUICE_NEXT_LAST | SLUICE_NEXT_ANSWER;
	CHECK_EQ(ioctl(door, SLUICE_IOC_NEXT, &next), 0);
	st_reap_done(fd, id);
	next.flags = SLUICE_NEXT_TAKE | SLUICE_NEXT_NONBLOCK;
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_NEXT, &next), ESHUTDOWN);
	/* It never was for this environment, so it did not lose one either. */
	CHECK_EQ(st_call_get(waits, &call), 0);
	CHECK_EQ(call.restarts, 0);
	CHECK(call.state == SLUICE_CALL_STATE_QUEUED ||
	      call.state == SLUICE_CALL_STATE_STARTING);
	CHECK_EQ(st_task_del("once"), 0);
	close(door);
	st_until_no_envs();
}

TEST(first_version_of_next)
{
	struct sluice_next next;
	int fd = st_open(), door = st_open();
	char input[8];
	uint64_t id;

	CHECK_EQ(st_attach(door, wanted(fd, "old", &id), -1, getppid()), 0);
	memset(&next, 0xff, sizeof(next));
	memset(&next, 0, NEXT_V1);
	next.size = NEXT_V1 - 1;
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_NEXT, &next), EINVAL);
	next.size = NEXT_V1;
	next.flags = SLUICE_NEXT_TAKE;
	next.input = (uintptr_t)input;
	next.input_cap = sizeof(input);
	CHECK_EQ(ioctl(door, SLUICE_IOC_NEXT, &next), 0);
	CHECK_EQ(next.id, id);
	all_ones((char *)&next + NEXT_V1, sizeof(next) - NEXT_V1);
	next.flags = SLUICE_NEXT_ANSWER;
	next.reason = SLUICE_REASON_ANSWERED;
	CHECK_EQ(ioctl(door, SLUICE_IOC_NEXT, &next), 0);
	all_ones((char *)&next + NEXT_V1, sizeof(next) - NEXT_V1);
	st_reap_done(fd, id);
	CHECK_EQ(st_task_del("old"), 0);
	close(door);
	st_until_no_envs();
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

/*
 * Workers that end without a word before they ask for a call: it is given to
 * another environment, but not for ever.
 */
TEST(door_closed_before_the_first_call)
{
	pid_t first[4];
	struct sluice_reap reap;
	struct st_call call;
	uint32_t env = 0;
	uint64_t id;
	int i, fd, door;

	for (i = 0; i < 4; i++)
		first[i] = first_process();
	fd = st_open();
	wanted(fd, "mute", &id);
	for (i = 0; i < 4; i++) {
		do {
			CHECK_EQ(st_call_get(id, &call), 0);
		} while (call.state != SLUICE_CALL_STATE_STARTING ||
			 call.env == env);
		env = call.env;
		door = st_open();
		CHECK_EQ(st_attach(door, env, -1, first[i]), 0);
		close(door);
		CHECK_EQ(waitpid(first[i], NULL, 0), first[i]);
	}
	CHECK_EQ(st_reap(fd, id, 0, &reap, NULL, 0), 0);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_FAILED);
	CHECK_EQ(reap.reason, SLUICE_REASON_WORKER_DIED);
	CHECK_EQ(st_counter("call_requeued"), 3);
	st_until_no_envs();
	CHECK_EQ(st_task_del("mute"), 0);
}

/* What was watched before it became a door is watched after. */
TEST(poll_from_before_attach)
{
	struct epoll_event event = { .events = EPOLLIN };
	pid_t first = first_process();
	int fd = st_open(), door = st_open(), watch = epoll_create1(0);
	uint32_t env;
	uint64_t id;

	CHECK(watch >= 0);
	CHECK_EQ(epoll_ctl(watch, EPOLL_CTL_ADD, door, &event), 0);
	env = wanted(fd, "watched", &id);
	CHECK_EQ(epoll_wait(watch, &event, 1, 0), 0);
	CHECK_EQ(st_attach(door, env, -1, first), 0);
	/* There is a call for it. */
	CHECK_EQ(epoll_wait(watch, &event, 1, -1), 1);
	CHECK_EQ(event.events, EPOLLIN);
	CHECK_EQ(st_cancel(fd, id), 0);
	CHECK_EQ(st_env_del_all(), 1);
	do
		CHECK_EQ(epoll_wait(watch, &event, 1, -1), 1);
	while (!(event.events & EPOLLHUP));
	close(watch);
	close(door);
	CHECK_EQ(kill(first, SIGKILL), 0);
	CHECK_EQ(waitpid(first, NULL, 0), first);
	CHECK_EQ(st_task_del("watched"), 0);
	st_until_no_envs();
}

/*
 * A worker of several threads
 */

#define THREADS	4
#define CALLS	20

struct server {
	pthread_t thread;
	int door;
	int answers;
	int error;
	_Atomic pid_t id;
	uint64_t took;
};

/* Each answers what it took, and takes the next. */
static void *serves(void *arg)
{
	struct sluice_next next = { .size = sizeof(next),
				    .flags = SLUICE_NEXT_TAKE };
	struct server *server = arg;
	char input[8];

	for (;;) {
		next.input = (uintptr_t)input;
		next.input_cap = sizeof(input);
		if (ioctl(server->door, SLUICE_IOC_NEXT, &next))
			break;
		/* The others look meanwhile. */
		st_sleep_ms(5);
		next.flags |= SLUICE_NEXT_ANSWER;
		next.reason = SLUICE_REASON_ANSWERED;
		next.output_len = 0;
		next.message[0] = '\0';
		server->answers++;
	}
	server->error = errno;
	return NULL;
}

/* One of them has the call, and the others go on waiting for theirs. */
TEST(several_threads_wait_for_calls)
{
	struct server servers[THREADS] = { 0 };
	pid_t first = first_process();
	int fd = st_open(), door = st_open(), i, answers = 0;
	uint64_t id;

	CHECK_EQ(st_attach(door, wanted(fd, "served", &id), -1, first), 0);
	for (i = 0; i < THREADS; i++) {
		servers[i].door = door;
		CHECK_EQ(pthread_create(&servers[i].thread, NULL, serves,
					&servers[i]), 0);
	}
	st_reap_done(fd, id);
	for (i = 1; i < CALLS; i++)
		st_reap_done(fd, st_submit_ok(fd, "served", "abc"));
	CHECK_EQ(st_task_del("served"), 0);
	for (i = 0; i < THREADS; i++) {
		CHECK_EQ(pthread_join(servers[i].thread, NULL), 0);
		CHECK_EQ(servers[i].error, ESHUTDOWN);
		answers += servers[i].answers;
	}
	CHECK_EQ(answers, CALLS);
	close(door);
	/* Nothing of it is cut off, so that nobody else ends it. */
	CHECK_EQ(kill(first, SIGKILL), 0);
	CHECK_EQ(waitpid(first, NULL, 0), first);
	st_until_no_envs();
}

/* Says what it got, and ends. */
static void *takes_one(void *arg)
{
	struct sluice_next next = { .size = sizeof(next),
				    .flags = SLUICE_NEXT_TAKE };
	struct server *server = arg;

	server->id = gettid();
	server->error = ioctl(server->door, SLUICE_IOC_NEXT, &next) ? errno : 0;
	server->took = next.id;
	return NULL;
}

/* It has begun to wait. */
static bool waits(const struct server *server)
{
	char path[64], text[256] = "";
	int fd;

	if (!server->id)
		return false;
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", server->id);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strstr(text, ") S ");
}

/* The thread that took a call ends: one that waited all the time is told of the call. */
TEST(call_of_a_thread_that_ended)
{
	char input[8];
	struct sluice_next next = { .size = sizeof(next),
				    .flags = SLUICE_NEXT_TAKE,
				    .input = (uintptr_t)input,
				    .input_cap = sizeof(input) };
	struct server servers[THREADS] = { 0 };
	pid_t first = first_process();
	int fd = st_open(), door = st_open(), i, busy = 0, took = 0;
	uint64_t id;

	CHECK_EQ(st_attach(door, wanted(fd, "served", &id), -1, first), 0);
	CHECK_EQ(ioctl(door, SLUICE_IOC_NEXT, &next), 0);
	CHECK_EQ(next.id, id);
	next.flags = SLUICE_NEXT_ANSWER;
	next.reason = SLUICE_REASON_ANSWERED;
	CHECK_EQ(ioctl(door, SLUICE_IOC_NEXT, &next), 0);
	st_reap_done(fd, id);
	for (i = 0; i < THREADS; i++) {
		servers[i].door = door;
		CHECK_EQ(pthread_create(&servers[i].thread, NULL, takes_one,
					&servers[i]), 0);
		UNTIL(waits(&servers[i]));
	}
	id = st_submit_ok(fd, "served", "");
	for (i = 0; i < THREADS; i++) {
		CHECK_EQ(pthread_join(servers[i].thread, NULL), 0);
		CHECK_EQ(servers[i].took, id);
		took += !servers[i].error;
		busy += servers[i].error == EBUSY;
	}
	CHECK_EQ(took, 1);
	CHECK_EQ(busy, THREADS - 1);
	next.id = id;
	next.flags = SLUICE_NEXT_ANSWER;
	CHECK_EQ(ioctl(door, SLUICE_IOC_NEXT, &next), 0);
	st_reap_done(fd, id);
	close(door);
	CHECK_EQ(kill(first, SIGKILL), 0);
	CHECK_EQ(waitpid(first, NULL, 0), first);
	CHECK_EQ(st_task_del("served"), 0);
	st_until_no_envs();
}

/* What they bound is memory of the kernel. */
TEST(limits_of_sizes_have_a_limit)
{
	static const char * const names[] = { "max_input", "max_output" };
	char path[128];
	int fd, i;

	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path),
			 "/sys/module/sluice/parameters/%s", names[i]);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		CHECK(fd >= 0);
		CHECK_ERRNO(write(fd, "4294967295", 10), EINVAL);
		CHECK_ERRNO(write(fd, "67108865", 8), EINVAL);
		CHECK_EQ(write(fd, "67108864", 8), 8);
		CHECK_EQ(write(fd, "1048576", 7), 7);
		close(fd);
	}
}

/*
 * Code in an environment is in a user namespace of its own, and could open its
 * door anew, as a client.
 */
TEST(not_from_another_user_namespace)
{
	char path[64];
	int fd = st_open();

	if (unshare(CLONE_NEWUSER))
		ktap_skip("no user namespaces: %s", strerror(errno));
	CHECK_ERRNO(open(SLUICE_DEVICE, O_RDWR | O_CLOEXEC), EPERM);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK_ERRNO(open(path, O_RDWR | O_CLOEXEC), EPERM);
}
