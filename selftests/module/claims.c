// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims: a large call is not starved by small ones, and keeps nobody waiting
 * who would not delay it.
 */
#include "ktap.h"
#include "sluice_test.h"

#include <signal.h>

static void yard_task(const char *name, uint64_t amount)
{
	/* Where nothing was measured, longer than what it would delay. */
	struct st_task task = { .name = name, .timeout = 10 * LONG,
				.need = {{ "yard", amount }} };

	CHECK_EQ(st_task_new(&task), 0);
}

/* How long its calls run becomes known. */
static void get_known(int fd, const char *name, const char *input)
{
	struct st_task_state state;
	int i;

	for (i = 0; i < 3; i++)
		st_reap_done(fd, st_submit_ok(fd, name, input));
	CHECK_EQ(st_task_get(name, &state), 0);
	CHECK(state.run_median > 0);
	CHECK(state.run_p95 >= state.run_median);
}

/*
 * Ten places in the yard. A call with five, that says it runs for long, leaves too
 * few for the one that claims eight; two will be to spare.
 */
static uint64_t claim_yard(int fd, uint64_t *holder)
{
	struct sluice_submit submit = { .priority = SLUICE_PRIORITY_TASK,
					.runtime = LONG,
					.deadline = 6 * LONG };
	struct st_task task = { .name = "holder", .class = "deadline",
				.need = {{ "yard", 5 }} };
	struct st_task_state state;
	struct st_call call;
	uint64_t big;

	CHECK_EQ(st_task_new(&task), 0);
	task = (struct st_task){ .name = "big", .patience = ST_ZERO,
				 .need = {{ "yard", 8 }} };
	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(st_submit(fd, "holder", "linger", 6, &submit), 0);
	*holder = submit.id;
	st_call_until(*holder, SLUICE_CALL_STATE_RUNNING);
	big = st_submit_ok(fd, "big", "x");
	st_call_until_held(big, SLUICE_HOLD_RESOURCE, &call);
	CHECK(call.has_claims);
	CHECK_EQ(call.claims, 1);
	CHECK_EQ(call.missing, 3);
	CHECK_EQ(st_task_get("big", &state), 0);
	CHECK_EQ(state.claims, 1);
	return big;
}

static void held_by(uint64_t id, uint64_t claimant)
{
	struct st_call call;

	st_call_until_held(id, SLUICE_HOLD_CLAIM, &call);
	CHECK_EQ(call.claim_call, claimant);
}

static void end(pid_t agent, const char * const *names)
{
	st_agent_stop(agent);
	for (; *names; names++)
		CHECK_EQ(st_task_del(*names), 0);
	CHECK_EQ(st_budget_del("yard"), 0);
}

TEST(who_may_pass)
{
	uint64_t made = st_counter("claim_made"), passed, big, holder, slow;
	struct st_call call;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_budget_set("yard", 10), 0);
	CHECK_EQ(st_budget_set("street", 1), 0);
	yard_task("short", 3);
	yard_task("slow", 3);
	yard_task("slim", 2);
	yard_task("first", 3);
	CHECK_EQ(st_task_new(&(struct st_task){ .name = "elsewhere",
						.need = {{ "street", 1 }} }), 0);
	agent = st_agent_start();
	get_known(fd, "short", "sleep 5");
	big = claim_yard(fd, &holder);
	CHECK_EQ(st_counter("claim_made"), made + 1);
	passed = st_counter("claim_passed");
	/* Nobody knows how long this one runs: up to its timeout. */
	slow = st_submit_ok(fd, "slow", "echo y");
	held_by(slow, big);
	/* It will have ended before the claim can be met. */
	st_reap_done(fd, st_submit_ok(fd, "short", "x"));
	CHECK_EQ(st_counter("claim_passed"), passed + 1);
	/* It needs no more than will be left. */
	st_reap_done(fd, st_submit_ok(fd, "slim", "x"));
	/* It needs nothing of that. */
	st_reap_done(fd, st_submit_ok(fd, "elsewhere", "x"));
	CHECK_EQ(st_counter("claim_passed"), passed + 3);
	/* It goes before: the claim does not bind it. */
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "first",
						.class = "deadline",
						.runtime = 60 * SECOND,
						.deadline = LONG }), 0);
	st_reap_done(fd, st_submit_ok(fd, "first", "x"));
	CHECK_EQ(st_counter("claim_passed"), passed + 3);
	/* All the while. */
	held_by(slow, big);
	CHECK_EQ(st_call_get(big, &call), 0);
	CHECK_EQ(call.state, SLUICE_CALL_STATE_QUEUED);
	/* What it waits for ends: the claim is met, and others go on. */
	CHECK_EQ(st_cancel(fd, holder), 0);
	st_reap_done(fd, big);
	st_reap_done(fd, slow);
	CHECK_EQ(st_counter("claim_made"), made + 1);
	CHECK_EQ(st_counter("claim_ended"), st_counter("claim_made"));
	end(agent, (const char *[]){ "short", "slow", "slim", "first",
				     "elsewhere", "holder", "big", NULL });
	CHECK_EQ(st_budget_del("street"), 0);
}

/* Who held back others gives up: they start. */
TEST(claimant_is_cancelled)
{
	uint64_t big, holder, slow;
	struct st_task_state state;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_budget_set("yard", 10), 0);
	yard_task("slow", 3);
	agent = st_agent_start();
	big = claim_yard(fd, &holder);
	slow = st_submit_ok(fd, "slow", "x");
	held_by(slow, big);
	CHECK_EQ(st_cancel(fd, big), 0);
	st_reap_done(fd, slow);
	CHECK_EQ(st_task_get("big", &state), 0);
	CHECK_EQ(state.claims, 0);
	CHECK_EQ(st_counter("claim_ended"), st_counter("claim_made"));
	CHECK_EQ(st_cancel(fd, holder), 0);
	end(agent, (const char *[]){ "slow", "holder", "big", NULL });
}

/* The same when its task is paused, or needs less. */
TEST(claimant_is_stopped_or_content)
{
	uint64_t big, holder, slow;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_budget_set("yard", 10), 0);
	yard_task("slow", 3);
	yard_task("too", 3);
	agent = st_agent_start();
	big = claim_yard(fd, &holder);
	slow = st_submit_ok(fd, "slow", "x");
	held_by(slow, big);
	CHECK_EQ(st_task_mode("big", SLUICE_MODE_PAUSE), 0);
	st_reap_done(fd, slow);
	CHECK_EQ(st_task_mode("big", SLUICE_MODE_RUN), 0);
	/* Of the other task it is known by now that it is quick. */
	slow = st_submit_ok(fd, "too", "x");
	held_by(slow, big);
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "big",
						.need = {{ "yard", 5 }} }), 0);
	st_reap_done(fd, big);
	st_reap_done(fd, slow);
	CHECK_EQ(st_cancel(fd, holder), 0);
	end(agent, (const char *[]){ "slow", "too", "holder", "big", NULL });
}

/* Patience: no claim before. */
TEST(patience)
{
	struct st_task big = { .name = "big", .patience = 500 * MS,
			       .need = {{ "yard", 2 }} };
	uint64_t plugged, waits, made = st_counter("claim_made"), since;
	struct st_task_state state;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_budget_set("yard", 2), 0);
	yard_task("plug", 1);
	CHECK_EQ(st_task_new(&big), 0);
	agent = st_agent_start();
	plugged = st_plug(fd, "plug");
	since = st_now();
	waits = st_submit_ok(fd, "big", "x");
	do {
		CHECK_EQ(st_task_get("big", &state), 0);
	} while (!state.claims);
	CHECK(st_now() - since >= 500 * MS);
	CHECK_EQ(st_counter("claim_made"), made + 1);
	CHECK_EQ(st_cancel(fd, plugged), 0);
	st_reap_done(fd, waits);
	end(agent, (const char *[]){ "plug", "big", NULL });
}

#define SMALL_TASKS	4
#define SMALL_MS	100

static const char * const small_names[SMALL_TASKS + 1] = {
	"small-0", "small-1", "small-2", "small-3", NULL
};

/* Endless small calls: the queue is never empty. */
static void keep_full(const char *name)
{
	struct sluice_submit submit = { .priority = SLUICE_PRIORITY_TASK,
					.flags = SLUICE_SUBMIT_DETACHED };
	char input[16];
	int fd = st_open();

	snprintf(input, sizeof(input), "sleep %d", SMALL_MS);
	for (;;) {
		memset(submit.trace_id, 0, sizeof(submit.trace_id));
		if (st_submit(fd, name, input, strlen(input), &submit))
			_exit(1);
	}
}

static uint32_t running(void)
{
	struct st_stats stats;

	st_stats(&stats);
	return stats.running;
}

/* A call for 200 of 256 MiB comes to where calls for 10 MiB never end. */
static uint64_t big_among_small(int fd, uint64_t patience, pid_t *children,
				pid_t *agent)
{
	struct st_task small = { .envs_max = 6, .queue_max = 200,
				 .overflow = SLUICE_OVERFLOW_BLOCK,
				 .need = {{ "memory", 10 * MIB }} };
	struct st_task big = { .name = "big", .patience = patience,
			       .need = {{ "memory", 200 * MIB }} };
	int i;

	CHECK_EQ(st_budget_set("memory", 256 * MIB), 0);
	CHECK_EQ(st_task_new(&big), 0);
	for (i = 0; i < SMALL_TASKS; i++) {
		small.name = small_names[i];
		CHECK_EQ(st_task_new(&small), 0);
	}
	*agent = st_agent_start();
	fflush(stdout);
	for (i = 0; i < SMALL_TASKS; i++) {
		children[i] = fork();
		if (!children[i])
			keep_full(small_names[i]);
	}
	UNTIL(running() == 6 * SMALL_TASKS &&
	      !st_count_envs(NULL, SLUICE_ENV_STATE_WANTED));
	return st_submit_ok(fd, "big", "x");
}

static void end_small(pid_t agent, const pid_t *children)
{
	struct st_task_state state;
	int i;

	for (i = 0; i < SMALL_TASKS; i++) {
		CHECK_EQ(st_task_get(small_names[i], &state), 0);
		CHECK(state.queued > 0);
		/* They have lived until now. */
		CHECK_EQ(kill(children[i], SIGKILL), 0);
		CHECK_EQ(waitpid(children[i], NULL, 0), children[i]);
		CHECK_EQ(st_task_del(small_names[i]), 0);
	}
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("big"), 0);
}

#define MANY_STARTS	500

/* So that the next test can fail: without a claim it does not start. */
TEST(large_call_starves_while_it_has_patience)
{
	pid_t children[SMALL_TASKS], agent;
	struct st_call call;
	int fd = st_open();
	uint64_t big, since;

	big = big_among_small(fd, LONG, children, &agent);
	since = st_counter("call_running");
	UNTIL(st_counter("call_running") > since + MANY_STARTS);
	CHECK_EQ(st_call_get(big, &call), 0);
	CHECK_EQ(call.state, SLUICE_CALL_STATE_QUEUED);
	CHECK_EQ(call.hold, SLUICE_HOLD_RESOURCE);
	CHECK_EQ(call.claims, 0);
	end_small(agent, children);
}

/*
 * Once it has a claim, it waits for what runs, and for the few that the module
 * expected to end before.
 */
TEST(large_call_is_not_starved)
{
	uint64_t made = st_counter("claim_made"), since, big;
	pid_t children[SMALL_TASKS], agent;
	struct sluice_reap reap;
	int fd = st_open();

	big = big_among_small(fd, 300 * MS, children, &agent);
	UNTIL(st_counter("claim_made") > made);
	since = st_counter("call_running");
	reap = st_reap_done(fd, big);
	since = st_counter("call_running") - since;
	printf("# started after %llu ms, and %llu others with its claim\n",
	       (unsigned long long)(reap.wait_time / MS),
	       (unsigned long long)since);
	CHECK(reap.wait_time >= 300 * MS);
	CHECK(since < MANY_STARTS / 2);
	CHECK_EQ(st_counter("claim_made"), made + 1);
	/* And those go on. */
	since = st_counter("call_running");
	UNTIL(st_counter("call_running") > since + 100);
	end_small(agent, children);
}
