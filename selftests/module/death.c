// SPDX-License-Identifier: GPL-2.0-only
/* Whoever dies, no call is lost but those that ran there, and they end. */
#include "ktap.h"
#include "sluice_test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

static struct sluice_reap reap_ok(int fd, uint64_t id)
{
	static char output[65536];
	struct sluice_reap reap;

	CHECK_EQ(st_reap(fd, id, 0, &reap, output, sizeof(output)), 0);
	return reap;
}

TEST(worker_dies)
{
	struct st_task task = { .name = "frail" };
	uint64_t dies, waits;
	struct sluice_reap reap;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	dies = st_submit_ok(fd, "frail", "die");
	waits = st_submit_ok(fd, "frail", "echo y");
	reap = reap_ok(fd, dies);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_FAILED);
	CHECK_EQ(reap.reason, SLUICE_REASON_WORKER_DIED);
	reap = reap_ok(fd, waits);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_DONE);
	CHECK_EQ(st_count_envs("frail", -1), 1);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("frail"), 0);
}

TEST(failing_call)
{
	struct st_task task = { .name = "wrong" };
	struct sluice_reap reap;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	reap = reap_ok(fd, st_submit_ok(fd, "wrong", "exit 7"));
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_FAILED);
	CHECK_EQ(reap.reason, SLUICE_REASON_EXITED);
	CHECK_EQ(reap.status, 7);
	CHECK(!strcmp(reap.message, "exit 7"));
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("wrong"), 0);
}

/* The call goes on without its submitter, and is remembered. */
TEST(submitter_dies)
{
	struct st_task task = { .name = "orphan" };
	uint64_t id = 0, left = 0;
	int to_parent[2];
	struct st_call call;
	pid_t agent, child;

	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(pipe(to_parent), 0);
	child = fork();
	if (!child) {
		uint64_t ids[2];
		int fd = st_open();

		ids[0] = st_submit_ok(fd, "orphan", "x");
		ids[1] = st_submit_ok(fd, "orphan", "x");
		if (write(to_parent[1], ids, sizeof(ids)) != sizeof(ids))
			_exit(1);
		pause();
	}
	CHECK_EQ(read(to_parent[0], &id, sizeof(id)), sizeof(id));
	CHECK_EQ(read(to_parent[0], &left, sizeof(left)), sizeof(left));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	CHECK_EQ(st_call_get(id, &call), 0);
	CHECK_EQ(call.state, SLUICE_CALL_STATE_QUEUED);
	agent = st_agent_start();
	st_call_until(id, SLUICE_CALL_STATE_DONE);
	st_call_until(left, SLUICE_CALL_STATE_DONE);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("orphan"), 0);
}

/* The queue and what runs are the kernel's; only new environments wait. */
TEST(agent_dies)
{
	struct st_task warm = { .name = "warm" };
	struct st_task cold = { .name = "cold" };
	uint64_t runs, waits, needs_agent;
	struct sluice_reap reap;
	struct st_call call;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_task_new(&warm), 0);
	CHECK_EQ(st_task_new(&cold), 0);
	agent = st_agent_start();
	runs = st_submit_ok(fd, "warm", "wait");
	waits = st_submit_ok(fd, "warm", "echo y");
	st_call_until(runs, SLUICE_CALL_STATE_RUNNING);
	st_agent_kill(agent);
	needs_agent = st_submit_ok(fd, "cold", "echo z");
	st_call_until_held(needs_agent, SLUICE_HOLD_AGENT, &call);
	st_go(1);
	CHECK_EQ(reap_ok(fd, runs).state, SLUICE_CALL_STATE_DONE);
	reap = reap_ok(fd, waits);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_DONE);
	CHECK_EQ(st_call_get(needs_agent, &call), 0);
	CHECK_EQ(call.state, SLUICE_CALL_STATE_QUEUED);
	agent = st_agent_start();
	CHECK_EQ(reap_ok(fd, needs_agent).state, SLUICE_CALL_STATE_DONE);
	CHECK_EQ(st_count_envs("warm", -1), 1);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("warm"), 0);
	CHECK_EQ(st_task_del("cold"), 0);
}

/*
 * A call whose environment is still wanted waits, free of charge, for the next agent. Of
 * the environment there may be something that outlives its agent: what it was given
 * nobody else gets before the next one has seen that it is not.
 */
TEST(agent_dies_before_it_provisions)
{
	struct st_task task = { .name = "early", .need = { { "pids", 7 } } };
	struct nl_msg *msg = st_begin(SLUICE_CMD_AGENT_SET, 0);
	struct st_budget pids;
	struct st_call call;
	int fd = st_open();
	uint64_t id;
	uint32_t env;
	pid_t agent;
	pid_t idle;

	nlmsg_free(msg);
	CHECK_EQ(st_task_new(&task), 0);
	idle = fork();
	if (!idle) {
		/* An agent that does nothing. */
		if (st_send(st_begin(SLUICE_CMD_AGENT_SET, 0)))
			_exit(1);
		pause();
	}
	id = st_submit_ok(fd, "early", "echo y");
	st_call_until(id, SLUICE_CALL_STATE_STARTING);
	CHECK_EQ(st_call_get(id, &call), 0);
	env = call.env;
	st_agent_kill(idle);
	st_call_until_held(id, SLUICE_HOLD_AGENT, &call);
	CHECK_EQ(call.restarts, 0);
	st_sleep_ms(100);
	CHECK_EQ(st_count_envs("early", SLUICE_ENV_STATE_RETIRING), 1);
	CHECK_EQ(st_budget_get("pids", &pids), 0);
	CHECK_EQ(pids.reserved, 7);
	/* One that comes and goes without a look at it changes nothing. */
	CHECK_EQ(st_send(st_begin(SLUICE_CMD_AGENT_SET, 0)), 0);
	st_call_until_held(id, SLUICE_HOLD_CONCURRENCY, &call);
	st_forget();
	st_call_until_held(id, SLUICE_HOLD_AGENT, &call);
	CHECK_EQ(st_budget_get("pids", &pids), 0);
	CHECK_EQ(pids.reserved, 7);
	CHECK_EQ(st_env_failed(env, "", false), 0);
	CHECK_EQ(st_count_envs("early", -1), 0);
	CHECK_EQ(st_budget_get("pids", &pids), 0);
	CHECK_EQ(pids.reserved, 0);
	agent = st_agent_start();
	CHECK_EQ(reap_ok(fd, id).state, SLUICE_CALL_STATE_DONE);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("early"), 0);
}

TEST(environment_cannot_be_provisioned)
{
	struct st_task task = { .name = "broken" };
	struct sluice_reap reap;
	struct st_call call;
	int fd = st_open();
	uint64_t id;

	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(st_send(st_begin(SLUICE_CMD_AGENT_SET, 0)), 0);
	id = st_submit_ok(fd, "broken", "x");
	CHECK_EQ(st_call_get(id, &call), 0);
	CHECK_EQ(call.state, SLUICE_CALL_STATE_STARTING);
	CHECK_EQ(st_env_failed(call.env, "no such layer", false), 0);
	reap = reap_ok(fd, id);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_FAILED);
	CHECK_EQ(reap.reason, SLUICE_REASON_ENV_FAILED);
	CHECK(!strcmp(reap.message, "no such layer"));
	st_until_no_envs();
	CHECK_EQ(st_task_del("broken"), 0);
}

#define CGROUP	"/sys/fs/cgroup/sluice-door"

/* A worker in a cgroup of its own, whose door the test has open, too. */
static pid_t start_worker(int door, uint32_t env)
{
	struct sluice_next next = { .size = sizeof(next),
				    .flags = SLUICE_NEXT_TAKE };
	int ready[2], cgroup, ret = -1;
	FILE *file;
	pid_t pid;

	CHECK_EQ(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		file = fopen(CGROUP "/cgroup.procs", "w");
		cgroup = open(CGROUP, O_RDONLY | O_DIRECTORY);
		if (file && fprintf(file, "%d", getpid()) > 0 &&
		    !fclose(file) && !st_attach(door, env, cgroup, getpid()))
			ret = ioctl(door, SLUICE_IOC_NEXT, &next);
		if (write(ready[1], &ret, sizeof(ret)) != sizeof(ret))
			_exit(1);
		for (;;)
			pause();
	}
	CHECK_EQ(read(ready[0], &ret, sizeof(ret)), sizeof(ret));
	CHECK_EQ(ret, 0);
	return pid;
}

/* An environment is gone when its processes are, whoever holds its door open. */
TEST(door_is_sent_away)
{
	struct sluice_next next = { .size = sizeof(next),
				    .flags = SLUICE_NEXT_TAKE };
	struct st_task task = { .name = "sent", .need = { { "pids", 7 } } };
	int fd = st_open(), door = st_open();
	struct st_budget pids;
	struct st_call call;
	pid_t worker;
	uint64_t id;

	mkdir(CGROUP, 0755);
	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(st_send(st_begin(SLUICE_CMD_AGENT_SET, 0)), 0);
	id = st_submit_ok(fd, "sent", "");
	CHECK_EQ(st_call_get(id, &call), 0);
	worker = start_worker(door, call.env);
	st_call_until(id, SLUICE_CALL_STATE_RUNNING);
	kill(worker, SIGKILL);
	waitpid(worker, NULL, 0);
	st_reap_as(fd, id, SLUICE_CALL_STATE_FAILED,
		   SLUICE_REASON_WORKER_DIED);
	st_until_no_envs();
	CHECK_EQ(st_budget_get("pids", &pids), 0);
	CHECK_EQ(pids.reserved, 0);
	CHECK_ERRNO(ioctl(door, SLUICE_IOC_NEXT, &next), ESHUTDOWN);
	close(door);
	CHECK_EQ(st_task_del("sent"), 0);
	CHECK_EQ(rmdir(CGROUP), 0);
}

/* What the gateway is short of is no failure of the task, whatever it makes. */
TEST(environment_that_the_gateway_lacks)
{
	struct st_task task = { .name = "poor", .quarantine_after = 2 };
	struct st_task_state state;
	struct sluice_reap reap;
	struct st_call call;
	int fd = st_open(), i;
	uint64_t id;

	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(st_send(st_begin(SLUICE_CMD_AGENT_SET, 0)), 0);
	for (i = 0; i < 3; i++) {
		id = st_submit_ok(fd, "poor", "x");
		CHECK_EQ(st_call_get(id, &call), 0);
		CHECK_EQ(call.state, SLUICE_CALL_STATE_STARTING);
		CHECK_EQ(st_env_failed(call.env, "too many files", true), 0);
		reap = reap_ok(fd, id);
		CHECK_EQ(reap.state, SLUICE_CALL_STATE_FAILED);
		CHECK_EQ(reap.reason, SLUICE_REASON_GATEWAY_SHORT);
		CHECK(!strcmp(reap.message, "too many files"));
	}
	CHECK_EQ(st_task_get("poor", &state), 0);
	CHECK_EQ(state.failures, 0);
	CHECK_EQ(state.quarantined_until, 0);
	st_until_no_envs();
	CHECK_EQ(st_task_del("poor"), 0);
}

static void drain(uint32_t env)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_ENV_SET, 0);

	nla_put_u32(msg, SLUICE_A_ENV_ID, env);
	nla_put_u32(msg, SLUICE_A_ENV_STATE, SLUICE_ENV_STATE_RETIRING);
	CHECK_EQ(st_send(msg), 0);
}

/* What an environment was made of has changed: its call ends, then it does. */
TEST(environment_is_drained)
{
	struct st_task task = { .name = "stale" };
	uint64_t runs, waits, idles;
	struct sluice_reap reap;
	struct st_call call;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	runs = st_submit_ok(fd, "stale", "wait");
	waits = st_submit_ok(fd, "stale", "echo y");
	st_call_until(runs, SLUICE_CALL_STATE_RUNNING);
	CHECK_EQ(st_call_get(runs, &call), 0);
	drain(call.env);
	st_go(1);
	CHECK_EQ(reap_ok(fd, runs).state, SLUICE_CALL_STATE_DONE);
	reap = reap_ok(fd, waits);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_DONE);
	CHECK(reap.env != call.env);
	drain(reap.env);
	idles = st_submit_ok(fd, "stale", "echo z");
	CHECK(reap_ok(fd, idles).env != reap.env);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("stale"), 0);
}

TEST(one_agent_at_a_time)
{
	pid_t agent = st_agent_start();

	CHECK_EQ(st_send(st_begin(SLUICE_CMD_AGENT_SET, 0)), -EBUSY);
	CHECK(!strcmp(st_extack, "another agent runs"));
	st_agent_kill(agent);
	/* The socket is released before the process is reaped. */
	CHECK_EQ(st_send(st_begin(SLUICE_CMD_AGENT_SET, 0)), 0);
}

/* A signal ends the wait, not the call. */
TEST(signal_while_waiting)
{
	struct st_task task = { .name = "patient" };
	struct sluice_reap reap;
	int fd = st_open();
	uint64_t id;
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	id = st_submit_ok(fd, "patient", "wait");
	st_interrupt(true);
	CHECK_ERRNO(st_reap(fd, id, 0, &reap, NULL, 0), EINTR);
	st_interrupt(false);
	st_go(1);
	CHECK_EQ(reap_ok(fd, id).state, SLUICE_CALL_STATE_DONE);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("patient"), 0);
}

TEST(unload_is_refused_while_in_use)
{
	struct sluice_submit submit = { .priority = SLUICE_PRIORITY_TASK,
					.flags = SLUICE_SUBMIT_DETACHED };
	struct st_task task = { .name = "last" };
	int fd = st_open();

	CHECK_EQ(st_module_unload(), -EAGAIN);
	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(st_submit(fd, "last", "x", 1, &submit), 0);
	close(fd);
	/* No file is open, but a call waits. */
	CHECK_EQ(st_module_unload(), -EAGAIN);
	CHECK_EQ(st_call_cancel(submit.id), 0);
	CHECK_EQ(st_module_unload(), 0);
	CHECK(!st_module_loaded());
	CHECK_EQ(st_module_load(""), 0);
}

/* Submits by netlink, which holds no module, and ends what it got in. */
static void submit_until_the_end(void)
{
	uint64_t id;
	int ret;

	st_forget();
	while (!(ret = st_call_new("brief", "x", NULL, &id)))
		/* What was accepted lives, and whatever lives holds the module. */
		if (st_call_cancel(id))
			_exit(1);
	_exit(ret == -ESHUTDOWN || ret == -ENOENT ? 0 : 2);
}

/* Nothing that was accepted is lost with the module. */
TEST(calls_come_in_while_it_is_unloaded)
{
	struct st_task task = { .name = "brief" };
	int round, status, i;
	pid_t children[3];

	for (round = 0; round < 20; round++) {
		CHECK_EQ(st_task_new(&task), 0);
		fflush(stdout);
		for (i = 0; i < 3; i++) {
			children[i] = fork();
			if (!children[i])
				submit_until_the_end();
		}
		UNTIL(!st_module_unload());
		for (i = 0; i < 3; i++) {
			CHECK_EQ(waitpid(children[i], &status, 0), children[i]);
			CHECK_EQ(status, 0);
		}
		st_forget();
		CHECK_EQ(st_module_load(""), 0);
	}
}
