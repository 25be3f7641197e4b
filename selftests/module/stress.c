// SPDX-License-Identifier: GPL-2.0-only
// timeout: 1200
/*
 * Many submitters, workers that die, calls that are cancelled, expire and time
 * out, an agent that is killed: every accepted call ends in exactly one final
 * state, seen by its submitter; no budget is ever exceeded; nothing is left.
 */
#define KTAP_SECONDS	600
#include "ktap.h"
#include "sluice_test.h"

#include <signal.h>

#define SUBMITTERS	4
#define CALLS		150
#define TASKS		3

static unsigned int seed;

static unsigned int random_below(unsigned int n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

static void one_call(int fd, uint64_t *id)
{
	static const char * const inputs[] = {
		"echo x", "echo y", "sleep 1", "sleep 5", "exit 3", "die",
		"linger",
	};
	struct sluice_submit submit = {
		.priority = (int)random_below(100) - 1,
		.deadline = random_below(4) ? 0 : 30 * MS,
		.timeout = 60 * MS,
	};
	const char *input = inputs[random_below(7)];
	char task[] = "stress-0";

	task[7] += random_below(TASKS);
	while (st_submit(fd, task, input, strlen(input), &submit)) {
		CHECK_EQ(errno, ENOBUFS);
		st_sleep_ms(5);
	}
	*id = submit.id;
}

/* Of each submitter. */
static int calls(void)
{
	return st_slow() ? CALLS / 3 : CALLS;
}

static void submitter(unsigned int number)
{
	static char seen[CALLS];
	uint64_t ids[CALLS];
	struct sluice_reap reap;
	int fd = st_open(), i, j, left = calls();

	seed = number + 1;
	for (i = 0; i < calls(); i++) {
		one_call(fd, &ids[i]);
		if (!random_below(8))
			st_cancel(fd, ids[random_below(i + 1)]);
	}
	while (left--) {
		CHECK_EQ(st_reap(fd, 0, 0, &reap, &(char [16]){}, 16), 0);
		CHECK(reap.state >= SLUICE_CALL_STATE_DONE &&
		      reap.state <= SLUICE_CALL_STATE_EXPIRED);
		for (j = 0; j < calls() && ids[j] != reap.id; j++)
			;
		CHECK(j < calls() && !seen[j]);
		seen[j] = 1;
	}
	CHECK_ERRNO(st_reap(fd, 0, 0, &reap, NULL, 0), ENODATA);
	_exit(0);
}

static void check_budget(const char *resource)
{
	struct st_budget budget;

	CHECK_EQ(st_budget_get(resource, &budget), 0);
	CHECK(budget.reserved <= budget.budget);
}

TEST(every_call_ends_once)
{
	/* Where nothing but times run out, it is often in quarantine. */
	struct st_task task = { .queue_max = 40, .envs_max = 4,
				.idle = 50 * MS, .quarantine = 50 * MS,
				.need = {{ "load", 2 }} };
	char name[] = "stress-0";
	pid_t children[SUBMITTERS], agent;
	int i, running = SUBMITTERS, status, rounds = 0;
	uint64_t ended = 0, before;
	struct st_budget budget;
	static const char * const finals[] = {
		"call_done", "call_failed", "call_timed_out", "call_cancelled",
		"call_expired",
	};

	CHECK_EQ(st_budget_set("load", 5), 0);
	task.name = name;
	for (i = 0; i < TASKS; i++, name[7]++) {
		task.need[0].amount = i + 1;
		CHECK_EQ(st_task_new(&task), 0);
	}
	before = st_counter("call_submitted");
	for (i = 0; i < 5; i++)
		ended -= st_counter(finals[i]);
	agent = st_agent_start();
	for (i = 0; i < SUBMITTERS; i++) {
		fflush(stdout);
		children[i] = fork();
		if (!children[i])
			submitter(i);
	}
	while (running) {
		check_budget("load");
		st_sleep_ms(10);
		if (++rounds % 100 == 0) {
			st_agent_kill(agent);
			st_sleep_ms(20);
			agent = st_agent_start();
		}
		for (i = 0; i < SUBMITTERS; i++)
			if (children[i] &&
			    waitpid(children[i], &status, WNOHANG) > 0) {
				CHECK_EQ(status, 0);
				children[i] = 0;
				running--;
			}
	}
	for (i = 0; i < 5; i++)
		ended += st_counter(finals[i]);
	CHECK_EQ(st_counter("call_submitted") - before, SUBMITTERS * calls());
	CHECK_EQ(ended, SUBMITTERS * calls());
	st_agent_stop(agent);
	CHECK_EQ(st_budget_get("load", &budget), 0);
	CHECK_EQ(budget.reserved, 0);
	CHECK_EQ(budget.promised, 0);
	CHECK_EQ(budget.waiting, 0);
	for (i = 0, name[7] = '0'; i < TASKS; i++, name[7]++)
		CHECK_EQ(st_task_del(name), 0);
	CHECK_EQ(st_budget_del("load"), 0);
}
