// SPDX-License-Identifier: GPL-2.0-only
/* Keys: of calls with one key only the latest waits. */
#define _GNU_SOURCE
#include "ktap.h"
#include "sluice_test.h"

static uint64_t submit_key(int fd, const char *task, const char *input,
			   const char *key, int priority)
{
	struct sluice_submit submit = { .priority = priority };

	strcpy(submit.key, key);
	CHECK_EQ(st_submit(fd, task, input, strlen(input), &submit), 0);
	return submit.id;
}

static void superseded(int fd, uint64_t id)
{
	struct sluice_reap reap;

	reap = st_reap_as(fd, id, SLUICE_CALL_STATE_SUPERSEDED,
			  SLUICE_REASON_SUPERSEDED);
	CHECK_EQ(reap.output_len, 0);
}

static struct st_task_state state_of(const char *name)
{
	struct st_task_state state;

	CHECK_EQ(st_task_get(name, &state), 0);
	return state;
}

/* The value that comes last takes the place of the one that waits. */
TEST(newer_call_takes_the_place)
{
	struct st_task task = { .name = "valve" };
	uint64_t plugged, old[20], ids[3], counted;
	struct st_call call;
	int fd = st_open(), i;
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	counted = st_counter("call_superseded");
	plugged = st_plug(fd, "valve");
	old[0] = submit_key(fd, "valve", "0", "position", -1);
	ids[1] = st_submit_ok(fd, "valve", "x");
	ids[2] = submit_key(fd, "valve", "x", "speed", -1);
	for (i = 1; i < 20; i++)
		old[i] = submit_key(fd, "valve", "1", "position", -1);
	ids[0] = submit_key(fd, "valve", "echo last", "position", -1);
	for (i = 0; i < 20; i++)
		superseded(fd, old[i]);
	CHECK_EQ(state_of("valve").queued, 3);
	CHECK_EQ(state_of("valve").superseded, 20);
	CHECK_EQ(st_counter("call_superseded"), counted + 20);
	CHECK_EQ(st_call_get(ids[0], &call), 0);
	CHECK_EQ(call.position, 0);
	CHECK(!strcmp(call.key, "position"));
	CHECK_EQ(st_cancel(fd, plugged), 0);
	st_reap_in_order(fd, ids, 3);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("valve"), 0);
}

/* With a priority of its own it goes where that belongs. */
TEST(newer_call_of_another_priority)
{
	struct st_task task = { .name = "valve" };
	uint64_t plugged, older, ids[3];
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	plugged = st_plug(fd, "valve");
	older = submit_key(fd, "valve", "x", "a", 90);
	ids[1] = st_submit_ok(fd, "valve", "x");
	ids[2] = submit_key(fd, "valve", "x", "a", 10);
	superseded(fd, older);
	ids[0] = submit_key(fd, "valve", "x", "b", 99);
	CHECK_EQ(st_cancel(fd, plugged), 0);
	st_reap_in_order(fd, ids, 3);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("valve"), 0);
}

TEST(what_runs_is_not_touched)
{
	struct st_task task = { .name = "valve" };
	uint64_t runs, older, newer;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	runs = submit_key(fd, "valve", "wait", "a", -1);
	st_call_until(runs, SLUICE_CALL_STATE_RUNNING);
	older = submit_key(fd, "valve", "x", "a", -1);
	newer = submit_key(fd, "valve", "x", "a", -1);
	superseded(fd, older);
	st_go(1);
	st_reap_in_order(fd, (uint64_t []){ runs, newer }, 2);
	/* Nor what has ended: the key is free again. */
	st_reap_done(fd, submit_key(fd, "valve", "x", "a", -1));
	CHECK_EQ(state_of("valve").superseded, 1);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("valve"), 0);
}

/* No agent: all wait. */
TEST(tasks_do_not_share_keys)
{
	struct st_task task = { .name = "one" };
	uint64_t one, other, id;
	int fd = st_open();

	CHECK_EQ(st_task_new(&task), 0);
	task.name = "other";
	CHECK_EQ(st_task_new(&task), 0);
	one = submit_key(fd, "one", "x", "a", -1);
	other = submit_key(fd, "other", "x", "a", -1);
	submit_key(fd, "one", "x", "A", -1);
	submit_key(fd, "one", "x", "aa", -1);
	submit_key(fd, "one", "x", "", -1);
	submit_key(fd, "one", "x", "", -1);
	CHECK_EQ(state_of("one").queued, 5);
	CHECK_EQ(state_of("other").queued, 1);
	/* By netlink it is the same key. */
	CHECK_EQ(st_call_new("one", "x", "a", &id), 0);
	superseded(fd, one);
	CHECK_EQ(state_of("one").queued, 5);
	/* A call that was cancelled leaves its key. */
	CHECK_EQ(st_call_cancel(id), 0);
	id = submit_key(fd, "one", "x", "a", -1);
	CHECK_EQ(state_of("one").superseded, 1);
	/* The longest key. */
	submit_key(fd, "one", "x", "0123456789012345678901234567890", -1);
	submit_key(fd, "one", "x", "0123456789012345678901234567890", -1);
	CHECK_EQ(state_of("one").superseded, 2);
	CHECK_EQ(st_cancel(fd, other), 0);
	CHECK_EQ(st_task_del("one"), 0);
	CHECK_EQ(st_task_del("other"), 0);
}

/* A full queue takes a call whose older one makes room. */
TEST(superseded_call_makes_room)
{
	struct st_task task = { .name = "full", .queue_max = 2,
				.overflow = SLUICE_OVERFLOW_DROP_OLDEST };
	uint64_t first, older;
	struct st_call call;
	int fd = st_open();

	CHECK_EQ(st_task_new(&task), 0);
	first = st_submit_ok(fd, "full", "x");
	older = submit_key(fd, "full", "x", "a", -1);
	submit_key(fd, "full", "x", "a", -1);
	superseded(fd, older);
	CHECK_EQ(st_call_get(first, &call), 0);
	CHECK_EQ(call.state, SLUICE_CALL_STATE_QUEUED);
	CHECK_EQ(state_of("full").dropped, 0);
	CHECK_EQ(st_task_del("full"), 0);
}

/* One that has failed and waits for its retry is out of date, too. */
TEST(call_that_waits_for_its_retry)
{
	struct st_task task = { .name = "again", .retries = 5,
				.backoff = LONG };
	uint64_t older, newer;
	struct st_call call;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	older = submit_key(fd, "again", "exit 1", "a", -1);
	st_call_until_held(older, SLUICE_HOLD_BACKOFF, &call);
	newer = submit_key(fd, "again", "x", "a", -1);
	superseded(fd, older);
	st_reap_done(fd, newer);
	CHECK_EQ(state_of("again").queued, 0);
	CHECK_EQ(state_of("again").delayed, 0);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("again"), 0);
}

/* One that fails while a newer one waits is not run again. */
TEST(call_that_fails_while_a_newer_one_waits)
{
	struct st_task task = { .name = "again", .retries = 5,
				.backoff = 10 * MS };
	uint64_t older, newer;
	struct sluice_reap reap;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	older = submit_key(fd, "again", "wait exit 1", "a", -1);
	st_call_until(older, SLUICE_CALL_STATE_RUNNING);
	newer = submit_key(fd, "again", "x", "a", -1);
	st_go(1);
	reap = st_reap_as(fd, older, SLUICE_CALL_STATE_SUPERSEDED,
			  SLUICE_REASON_SUPERSEDED);
	CHECK(reap.run_time > 0);
	CHECK_EQ(reap.attempts, 0);
	st_reap_done(fd, newer);
	CHECK_EQ(state_of("again").retried, 0);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("again"), 0);
}

/* A key is its user's, unless the task says that it is everybody's. No agent. */
static void submit_as_other(int fd, uint64_t *id)
{
	int ends[2], status;
	pid_t child;

	CHECK_EQ(pipe(ends), 0);
	fflush(stdout);
	child = fork();
	if (!child) {
		CHECK_EQ(setresuid(1234, 1234, 1234), 0);
		*id = submit_key(fd, "meter", "x", "a", -1);
		CHECK_EQ(write(ends[1], id, sizeof(*id)), sizeof(*id));
		_exit(0);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	CHECK_EQ(read(ends[0], id, sizeof(*id)), sizeof(*id));
	close(ends[0]);
	close(ends[1]);
}

TEST(key_of_another_user)
{
	struct st_task task = { .name = "meter" };
	uint64_t mine, others;
	struct st_call call;
	int fd = st_open();

	CHECK_EQ(st_task_new(&task), 0);
	mine = submit_key(fd, "meter", "x", "a", -1);
	submit_as_other(fd, &others);
	CHECK_EQ(st_call_get(mine, &call), 0);
	CHECK_EQ(call.state, SLUICE_CALL_STATE_QUEUED);
	CHECK_EQ(state_of("meter").queued, 2);
	submit_key(fd, "meter", "x", "a", -1);
	superseded(fd, mine);
	CHECK_EQ(st_call_get(others, &call), 0);
	CHECK_EQ(call.state, SLUICE_CALL_STATE_QUEUED);
	CHECK_EQ(st_task_del("meter"), 0);
	task.keys = SLUICE_KEYS_TASK;
	CHECK_EQ(st_task_new(&task), 0);
	mine = submit_key(fd, "meter", "x", "a", -1);
	submit_as_other(fd, &others);
	superseded(fd, mine);
	CHECK_EQ(state_of("meter").queued, 1);
	task.keys = 2;
	CHECK_EQ(st_task_set(&task), -ERANGE);
	CHECK_EQ(st_task_del("meter"), 0);
}
