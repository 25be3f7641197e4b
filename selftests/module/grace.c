// SPDX-License-Identifier: GPL-2.0-only
/* A program whose call is taken away is told, and killed when its grace is over. */
#include "ktap.h"
#include "sluice_test.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

/* A worker that has the call of @env, told when it is taken away by a byte in @to. */
static pid_t start_worker(uint32_t env, int to)
{
	struct sluice_next next = { .size = sizeof(next),
				    .flags = SLUICE_NEXT_TAKE };
	pid_t pid = fork();

	if (!pid) {
		struct pollfd door = { 0 };
		uint8_t told;

		st_forget();
		door.fd = st_open();
		if (st_attach(door.fd, env, -1, getpid()) ||
		    ioctl(door.fd, SLUICE_IOC_NEXT, &next))
			_exit(1);
		while (poll(&door, 1, -1) < 1)
			;
		told = (uint8_t)door.revents;
		if (write(to, &told, 1) != 1)
			_exit(1);
		/* It does not end by itself. */
		for (;;)
			pause();
	}
	return pid;
}

/* Told at once; dead when the grace is over, and until then it has what it had. */
static void take_away(uint64_t timeout)
{
	struct st_task task = { .name = "slow", .grace = SECOND,
				.timeout = timeout,
				.need = { { "pids", 7 } } };
	int fd = st_open(), pipe_of[2], status;
	uint64_t id, since = st_now();
	siginfo_t dead = { 0 };
	struct st_budget pids;
	struct st_call call;
	uint8_t told;
	pid_t worker;

	CHECK_EQ(pipe(pipe_of), 0);
	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(st_send(st_begin(SLUICE_CMD_AGENT_SET, 0)), 0);
	id = st_submit_ok(fd, "slow", "");
	CHECK_EQ(st_call_get(id, &call), 0);
	worker = start_worker(call.env, pipe_of[1]);
	if (timeout < LONG) {
		st_reap_as(fd, id, SLUICE_CALL_STATE_TIMED_OUT,
			   SLUICE_REASON_TIMEOUT);
	} else {
		st_call_until(id, SLUICE_CALL_STATE_RUNNING);
		since = st_now();
		CHECK_EQ(st_cancel(fd, id), 0);
		st_reap_as(fd, id, SLUICE_CALL_STATE_CANCELLED,
			   SLUICE_REASON_CANCELLED);
	}
	/* What it has reserved is its own until it is dead. */
	CHECK_EQ(st_budget_get("pids", &pids), 0);
	CHECK_EQ(waitid(P_PID, worker, &dead, WEXITED | WNOHANG | WNOWAIT), 0);
	CHECK(dead.si_pid || pids.reserved == 7);
	CHECK_EQ(read(pipe_of[0], &told, 1), 1);
	CHECK(told & POLLHUP);
	CHECK(told & POLLERR);
	CHECK_EQ(waitpid(worker, &status, 0), worker);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK(st_now() >= since + SECOND);
	st_until_no_envs();
	CHECK_EQ(st_budget_get("pids", &pids), 0);
	CHECK_EQ(pids.reserved, 0);
	CHECK_EQ(st_task_del("slow"), 0);
}

TEST(cancelled)
{
	take_away(LONG);
}

TEST(ran_too_long)
{
	take_away(100 * MS);
}

/* One that has no call is told that it is to end, and nothing else. */
TEST(idle)
{
	struct st_task task = { .name = "idle" };
	struct sluice_next next = { .size = sizeof(next),
				    .flags = SLUICE_NEXT_TAKE };
	struct pollfd door = { .fd = st_open() };
	int fd = st_open();
	struct st_call call;
	uint64_t id;

	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(st_send(st_begin(SLUICE_CMD_AGENT_SET, 0)), 0);
	id = st_submit_ok(fd, "idle", "");
	CHECK_EQ(st_call_get(id, &call), 0);
	CHECK_EQ(st_attach(door.fd, call.env, -1, getpid()), 0);
	CHECK_EQ(ioctl(door.fd, SLUICE_IOC_NEXT, &next), 0);
	next.flags = SLUICE_NEXT_ANSWER;
	next.reason = SLUICE_REASON_ANSWERED;
	CHECK_EQ(ioctl(door.fd, SLUICE_IOC_NEXT, &next), 0);
	st_reap_done(fd, id);
	st_env_del_all();
	CHECK_EQ(poll(&door, 1, -1), 1);
	CHECK_EQ(door.revents, POLLHUP);
	close(door.fd);
	st_until_no_envs();
	CHECK_EQ(st_task_del("idle"), 0);
}
