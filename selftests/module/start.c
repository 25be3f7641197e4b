// SPDX-License-Identifier: GPL-2.0-only
/* A call that nobody takes, and an environment that nobody makes, end by themselves. */
#include "ktap.h"
#include "sluice_test.h"

#include <errno.h>
#include <fcntl.h>
#include <netlink/msg.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define TRIES	4

/* The test is the agent: it makes environments as it likes. */
static void be_agent(void)
{
	CHECK_EQ(st_send(st_begin(SLUICE_CMD_AGENT_SET, 0)), 0);
}

/* A program that asks with too small a buffer, again and again. */
static void never_take(uint32_t env)
{
	struct sluice_next next = { .size = sizeof(next),
				    .flags = SLUICE_NEXT_TAKE };
	int fd;

	st_forget();
	fd = st_open();
	/* It came too late to be made, and has made nothing. */
	if (st_attach(fd, env, -1, getpid()))
		_exit(0);
	for (;;)
		if (!ioctl(fd, SLUICE_IOC_NEXT, &next) || errno != EMSGSIZE)
			st_sleep_ms(10);
}

/* The environment in which the call starts, after @last; 0: it has ended. */
static uint32_t next_env(uint64_t id, uint32_t last)
{
	unsigned int looks = 0;
	struct st_call call;

	for (;;) {
		CHECK_EQ(st_call_get(id, &call), 0);
		if (call.state == SLUICE_CALL_STATE_FAILED)
			return 0;
		if (call.state == SLUICE_CALL_STATE_STARTING &&
		    call.env != last)
			return call.env;
		st_look_again(&looks, "the next environment");
	}
}

/* How many of its programs were there in time, and were killed for nothing. */
static uint32_t killed_within(int fd, uint64_t timeout)
{
	struct st_task task = { .name = "small", .start_timeout = timeout };
	uint64_t made = st_counter("env_wanted"), id;
	uint32_t env = 0, killed = 0;
	struct st_task_state state;
	struct sluice_reap reap;

	CHECK_EQ(st_task_new(&task), 0);
	id = st_submit_ok(fd, "small", "too long for it");
	while ((env = next_env(id, env))) {
		int status;
		pid_t pid = fork();

		if (!pid)
			never_take(env);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
			killed++;
		else
			CHECK_EQ(st_env_failed(env, "", false), 0);
	}
	CHECK_EQ(st_counter("env_wanted"), made + TRIES);
	reap = st_reap_as(fd, id, SLUICE_CALL_STATE_FAILED,
			  SLUICE_REASON_START_TIMEOUT);
	CHECK(reap.wait_time >= TRIES * timeout);
	CHECK_EQ(reap.run_time, 0);
	CHECK(*reap.message);
	/* Where it was not made in time, that is not the task's failure. */
	CHECK_EQ(st_task_get("small", &state), 0);
	CHECK_EQ(state.failures, killed);
	st_until_no_envs();
	CHECK_EQ(st_task_del("small"), 0);
	return killed;
}

TEST(program_never_takes)
{
	uint64_t timeout = SECOND / 2;
	int fd = st_open();

	be_agent();
	while (killed_within(fd, timeout) < TRIES)
		timeout *= 2;
}

/* Of which environment the next event of the agent's group tells this. */
static uint32_t hear(struct nl_sock *ears, uint32_t state, const char *message)
{
	struct nlattr *a[SLUICE_A_ENV_MAX + 1];

	st_event(ears, SLUICE_CMD_ENV_NTF, a, SLUICE_A_ENV_MAX);
	CHECK_EQ(nla_get_u32(a[SLUICE_A_ENV_STATE]), state);
	if (message)
		CHECK(!strcmp(nla_get_string(a[SLUICE_A_ENV_MESSAGE]),
			      message));
	return nla_get_u32(a[SLUICE_A_ENV_ID]);
}

TEST(agent_never_makes_it)
{
	struct st_task task = { .name = "unmade", .envs_max = 1,
				.start_timeout = 100 * MS };
	struct nl_sock *ears = st_listen_as_agent();
	struct st_task_state state;
	struct st_call call;
	int fd = st_open();
	uint32_t env = 0, i;
	uint64_t id;

	CHECK_EQ(st_task_new(&task), 0);
	be_agent();
	id = st_submit_ok(fd, "unmade", "x");
	/*
	 * It hears of all that are wanted, and that they are not any more; what they
	 * have they have until it says that nothing of them is left.
	 */
	for (i = 0; i < TRIES; i++) {
		env = hear(ears, SLUICE_ENV_STATE_WANTED, NULL);
		CHECK_EQ(hear(ears, SLUICE_ENV_STATE_RETIRING,
			      "the agent did not make it in time"), env);
		st_sleep_ms(200);
		CHECK_EQ(st_count_envs("unmade", SLUICE_ENV_STATE_RETIRING), 1);
		CHECK_EQ(st_env_failed(env, "", false), 0);
		CHECK_EQ(hear(ears, SLUICE_ENV_STATE_FAILED,
			      "the agent did not make it in time"), env);
	}
	st_reap_as(fd, id, SLUICE_CALL_STATE_FAILED,
		   SLUICE_REASON_START_TIMEOUT);
	CHECK_EQ(st_call_get(id, &call), 0);
	CHECK_EQ(call.env, env);
	CHECK_EQ(st_task_get("unmade", &state), 0);
	CHECK_EQ(state.failures, 0);
	CHECK_EQ(st_count_envs("unmade", -1), 0);
	CHECK_EQ(st_task_del("unmade"), 0);
}

/*
 * News that cannot be made
 */

#define VERBOSE	"/sys/kernel/debug/failslab/verbose"
/* Where copies from user memory can fail, too, the nth may be one of them. */
#define COPIES	"/sys/kernel/debug/fail_usercopy"

/* A kernel that can let allocations fail is told not to make a story of it. */
static int fault_open(void)
{
	int fd = open(VERBOSE, O_WRONLY);

	if (fd < 0 || !access(COPIES, F_OK))
		return -1;
	CHECK_EQ(write(fd, "0", 1), 1);
	close(fd);
	return open("/proc/thread-self/fail-nth", O_RDWR);
}

/* From now on the nth allocation of this thread fails that may not wait. */
static bool fail_nth(int fd, int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", nth);

	return pwrite(fd, text, len, 0) == len;
}

/* Whether one failed; from now on none does. */
static bool has_failed(int fd)
{
	char text[16] = "";

	CHECK(pread(fd, text, sizeof(text) - 1, 0) > 0);
	CHECK(fail_nth(fd, 0));
	return atoi(text) == 0;
}

/* Did the socket miss something? Takes all that it has. */
static bool missed(struct nl_sock *ears)
{
	char buffer[8192];
	bool lost = false;
	ssize_t len;

	do {
		len = recv(nl_socket_get_fd(ears), buffer, sizeof(buffer),
			   MSG_DONTWAIT);
		lost |= len < 0 && errno == ENOBUFS;
	} while (len >= 0 || errno == ENOBUFS);
	CHECK_EQ(errno, EAGAIN);
	return lost;
}

/* Until somebody says of this environment that it is wanted. */
static void hear_wanted(struct nl_sock *ears, uint32_t env)
{
	struct nlattr *a[SLUICE_A_ENV_MAX + 1];

	do {
		st_event(ears, SLUICE_CMD_ENV_NTF, a, SLUICE_A_ENV_MAX);
	} while (nla_get_u32(a[SLUICE_A_ENV_ID]) != env ||
		 nla_get_u32(a[SLUICE_A_ENV_STATE]) !=
		 SLUICE_ENV_STATE_WANTED);
}

/* Every allocation of a submission fails once: how often a message was lost. */
static unsigned int fail_each(int fault, int fd, struct nl_sock *ears)
{
	unsigned int losses = 0;
	struct st_call call;
	bool failed = true;
	uint64_t id, lost;
	int nth;

	for (nth = 1; failed; nth++) {
		lost = st_counter("event_lost");
		CHECK(fail_nth(fault, nth));
		id = st_submit_ok(fd, "unheard", "x");
		failed = has_failed(fault);
		/* It may have been the environment that could not be made. */
		st_call_until(id, SLUICE_CALL_STATE_STARTING);
		CHECK_EQ(st_call_get(id, &call), 0);
		lost = st_counter("event_lost") - lost;
		CHECK_EQ(missed(ears), lost > 0);
		if (lost && !losses++)
			hear_wanted(ears, call.env);
		CHECK_EQ(st_cancel(fd, id), 0);
		st_reap_as(fd, id, SLUICE_CALL_STATE_CANCELLED,
			   SLUICE_REASON_CANCELLED);
		st_env_del_all();
		st_until_no_envs();
		missed(ears);
	}
	return losses;
}

/* The agent is told that it missed something, and hears of it again. */
TEST(event_cannot_be_made)
{
	int fd = st_open(), fault = fault_open();
	struct st_task task = { .name = "unheard" };
	struct nl_sock *ears = st_listen_as_agent();
	unsigned int losses;

	if (fault < 0)
		ktap_skip("this kernel lets no allocation fail, or not only those");
	CHECK_EQ(st_task_new(&task), 0);
	be_agent();
	/*
	 * The head of a message, and its data; again when a checking kernel wanted
	 * memory for itself, and that was what did not get it.
	 */
	do
		losses = fail_each(fault, fd, ears);
	while (losses < 2);
	CHECK_EQ(st_task_del("unheard"), 0);
}

/*
 * The pace at which the module looks
 */

/* One that was a mistake for a moment is one no longer. */
TEST(pace_is_set_anew)
{
	struct st_task task = { .name = "warm", .idle = SECOND };
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	st_reap_done(fd, st_submit_ok(fd, "warm", "x"));
	st_limit_set("tick_ms", "4000000000");
	st_limit_set("idle_tick_ms", "4000000000");
	/* Time for a look, after which the next one is far off. */
	st_sleep_ms(2000);
	st_limit_set("tick_ms", "100");
	st_limit_set("idle_tick_ms", "1000");
	st_until_no_envs();
	st_agent_kill(agent);
	CHECK_EQ(st_task_del("warm"), 0);
}
