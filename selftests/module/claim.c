// SPDX-License-Identifier: GPL-2.0-only
/*
 * The claim: calls that do not fit together are delayed, not refused, and start
 * when what they wait for is released.
 */
#include "ktap.h"
#include "sluice_test.h"

#include <poll.h>

/* Two calls of one unit each where there is one: never both at once. */
static void one_after_the_other(const char *resource, uint64_t amount)
{
	struct st_task a = { .name = "claim-a", .need = {{ resource, amount }} };
	struct st_task b = { .name = "claim-b", .need = {{ resource, amount }} };
	pid_t agent = st_agent_start();
	struct sluice_reap reap_a, reap_b;
	struct st_budget budget;
	int fd = st_open();
	struct st_call call;
	uint64_t id_a, id_b;

	CHECK_EQ(st_task_new(&a), 0);
	CHECK_EQ(st_task_new(&b), 0);
	id_a = st_submit_ok(fd, "claim-a", "wait");
	st_call_until(id_a, SLUICE_CALL_STATE_RUNNING);
	id_b = st_submit_ok(fd, "claim-b", "x");
	st_call_until_held(id_b, SLUICE_HOLD_RESOURCE, &call);
	CHECK(!strcmp(call.resource, resource));
	CHECK_EQ(call.need, amount);
	CHECK(call.missing > 0);
	CHECK_EQ(st_budget_get(resource, &budget), 0);
	CHECK_EQ(budget.reserved, amount);
	CHECK_EQ(budget.waiting, 1);
	st_sleep_ms(150);
	st_go(1);
	CHECK_EQ(st_reap(fd, id_a, 0, &reap_a, NULL, 0), -1);
	CHECK_EQ(errno, EMSGSIZE);
	CHECK_EQ(reap_a.state, SLUICE_CALL_STATE_DONE);
	st_call_until(id_b, SLUICE_CALL_STATE_DONE);
	CHECK_EQ(st_call_get(id_a, &call), 0);
	CHECK_EQ(st_reap(fd, id_b, 0, &reap_b, NULL, 0), -1);
	/* The second waited until the first had ended. */
	CHECK(reap_b.wait_time >= 150 * MS);
	CHECK_EQ(st_budget_get(resource, &budget), 0);
	CHECK_EQ(budget.reserved, 0);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("claim-a"), 0);
	CHECK_EQ(st_task_del("claim-b"), 0);
}

TEST(token_delays_the_second)
{
	CHECK_EQ(st_budget_set("bus", 1), 0);
	one_after_the_other("bus", 1);
	CHECK_EQ(st_budget_del("bus"), 0);
}

TEST(memory_delays_the_second)
{
	CHECK_EQ(st_budget_set("memory", 64 * MIB), 0);
	one_after_the_other("memory", 40 * MIB);
}

TEST(pids_delay_the_second)
{
	CHECK_EQ(st_budget_set("pids", 10), 0);
	one_after_the_other("pids", 6);
	CHECK_EQ(st_budget_set("pids", 1024), 0);
}

/* A small call passes a large one that waits. */
TEST(what_fits_goes_by)
{
	struct st_task big = { .name = "big", .priority = 90,
			       .need = {{ "crane", 3 }} };
	struct st_task small = { .name = "small", .priority = 10,
				 .need = {{ "crane", 1 }} };
	uint64_t first, waits, goes_by;
	struct st_call call;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_budget_set("crane", 4), 0);
	CHECK_EQ(st_task_new(&big), 0);
	CHECK_EQ(st_task_new(&small), 0);
	big.name = "big2";
	CHECK_EQ(st_task_new(&big), 0);
	agent = st_agent_start();
	first = st_submit_ok(fd, "big", "wait");
	st_call_until(first, SLUICE_CALL_STATE_RUNNING);
	waits = st_submit_ok(fd, "big2", "x");
	st_call_until_held(waits, SLUICE_HOLD_RESOURCE, &call);
	CHECK_EQ(call.missing, 2);
	goes_by = st_submit_ok(fd, "small", "x");
	st_call_until(goes_by, SLUICE_CALL_STATE_DONE);
	CHECK_EQ(st_call_get(waits, &call), 0);
	CHECK_EQ(call.state, SLUICE_CALL_STATE_QUEUED);
	st_go(1);
	st_call_until(waits, SLUICE_CALL_STATE_DONE);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("big"), 0);
	CHECK_EQ(st_task_del("big2"), 0);
	CHECK_EQ(st_task_del("small"), 0);
	CHECK_EQ(st_budget_del("crane"), 0);
}

/* A warm environment is used again, and gives way to one that needs its room. */
TEST(warm_environment_is_reused)
{
	struct st_task task = { .name = "warm" };
	uint32_t envs[2];
	int fd = st_open(), i;
	struct sluice_reap reap;
	char output[16];
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	for (i = 0; i < 2; i++) {
		uint64_t id = st_submit_ok(fd, "warm", "echo hello");

		CHECK_EQ(st_reap(fd, id, 0, &reap, output, sizeof(output)), 0);
		CHECK_EQ(reap.state, SLUICE_CALL_STATE_DONE);
		CHECK_EQ(reap.output_len, 5);
		CHECK(!memcmp(output, "hello", 5));
		envs[i] = reap.env;
	}
	CHECK_EQ(envs[0], envs[1]);
	CHECK_EQ(st_count_envs("warm", SLUICE_ENV_STATE_IDLE), 1);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("warm"), 0);
}

TEST(idle_environment_is_retired)
{
	struct st_task task = { .name = "brief", .idle = 100 * MS };
	struct sluice_reap reap;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	st_submit_ok(fd, "brief", "echo x");
	CHECK_EQ(st_reap(fd, 0, 0, &reap, &(char [8]){}, 8), 0);
	st_until_no_envs();
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("brief"), 0);
}

/* An idle environment of another task gives way when there is no room for more. */
TEST(limit_of_environments_retires_the_idle)
{
	struct st_task task = { .name = "first" };
	struct sluice_reap reap;
	FILE *limit;
	int fd = st_open();
	pid_t agent;

	limit = fopen("/sys/module/sluice/parameters/max_envs", "w");
	CHECK(limit && fprintf(limit, "1") == 1 && !fclose(limit));
	CHECK_EQ(st_task_new(&task), 0);
	task.name = "second";
	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	st_submit_ok(fd, "first", "x");
	CHECK_EQ(st_reap(fd, 0, 0, &reap, &(char [8]){}, 8), 0);
	st_submit_ok(fd, "second", "x");
	CHECK_EQ(st_reap(fd, 0, 0, &reap, &(char [8]){}, 8), 0);
	CHECK_EQ(reap.state, SLUICE_CALL_STATE_DONE);
	limit = fopen("/sys/module/sluice/parameters/max_envs", "w");
	CHECK(limit && fprintf(limit, "64") == 2 && !fclose(limit));
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("first"), 0);
	CHECK_EQ(st_task_del("second"), 0);
}

TEST(poll_says_when_a_call_ended)
{
	struct st_task task = { .name = "polled" };
	struct pollfd poller = { .events = POLLIN };
	struct sluice_reap reap;
	pid_t agent;

	poller.fd = st_open();
	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	CHECK_EQ(poll(&poller, 1, 0), 0);
	CHECK_EQ(st_reap(poller.fd, 0, 0, &reap, NULL, 0), -1);
	CHECK_EQ(errno, ENODATA);
	st_submit_ok(poller.fd, "polled", "wait");
	CHECK_EQ(st_reap(poller.fd, 0, SLUICE_REAP_NONBLOCK, &reap, NULL, 0),
		 -1);
	CHECK_EQ(errno, EAGAIN);
	st_go(1);
	CHECK_EQ(poll(&poller, 1, -1), 1);
	CHECK(poller.revents & POLLIN);
	CHECK_EQ(st_reap(poller.fd, 0, SLUICE_REAP_NONBLOCK, &reap,
			 &(char [16]){}, 16), 0);
	CHECK_EQ(poll(&poller, 1, 0), 0);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("polled"), 0);
}
