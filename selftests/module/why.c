// SPDX-License-Identifier: GPL-2.0-only
/* Everybody can see why a call waits, behind whom, and for how long. */
#include "ktap.h"
#include "sluice_test.h"

static void berth_task(const char *name, uint32_t priority, uint64_t amount)
{
	struct st_task task = { .name = name, .priority = priority,
				.need = {{ "berth", amount }} };

	CHECK_EQ(st_task_new(&task), 0);
}

static struct st_call call_of(uint64_t id)
{
	struct st_call call;

	CHECK_EQ(st_call_get(id, &call), 0);
	return call;
}

static void end(pid_t agent, const char * const *names)
{
	st_agent_stop(agent);
	for (; *names; names++)
		CHECK_EQ(st_task_del(*names), 0);
	CHECK_EQ(st_budget_del("berth"), 0);
}

TEST(behind_whom)
{
	static const char * const names[] = { "high", "middle", "low" };
	uint64_t plugged, ids[3][3];
	struct st_call call;
	int fd = st_open(), i, j;
	pid_t agent;

	CHECK_EQ(st_budget_set("berth", 1), 0);
	berth_task("plug", 99, 1);
	for (i = 0; i < 3; i++)
		berth_task(names[i], 90 - 40 * i, 1);
	agent = st_agent_start();
	plugged = st_plug(fd, "plug");
	for (i = 2; i >= 0; i--)
		for (j = 0; j < 3; j++)
			ids[i][j] = st_submit_ok(fd, names[i], "x");
	for (i = 0; i < 3; i++)
		for (j = 0; j < 3; j++) {
			call = call_of(ids[i][j]);
			CHECK(call.has_tasks_before);
			CHECK_EQ(call.tasks_before, i);
			CHECK_EQ(call.position, j);
			CHECK_EQ(call.hold, j ? SLUICE_HOLD_BEHIND :
				 SLUICE_HOLD_RESOURCE);
		}
	/* The last goes first. */
	CHECK_EQ(st_call_set(ids[2][2], 99, NULL), 0);
	CHECK_EQ(call_of(ids[2][2]).position, 0);
	CHECK_EQ(call_of(ids[2][2]).tasks_before, 0);
	CHECK_EQ(call_of(ids[2][2]).hold, SLUICE_HOLD_RESOURCE);
	CHECK_EQ(call_of(ids[2][0]).position, 1);
	CHECK_EQ(call_of(ids[2][0]).hold, SLUICE_HOLD_BEHIND);
	CHECK_EQ(call_of(ids[0][0]).tasks_before, 1);
	/* What runs is behind nobody. */
	call = call_of(plugged);
	CHECK(!call.has_tasks_before);
	CHECK_EQ(call.hold, SLUICE_HOLD_NONE);
	for (i = 0; i < 3; i++)
		CHECK_EQ(st_task_del(names[i]), 0);
	CHECK_EQ(st_cancel(fd, plugged), 0);
	end(agent, (const char *[]){ "plug", NULL });
}

/* How much is missing, as things are now. */
TEST(what_is_missing)
{
	uint64_t plugged, id;
	struct st_call call;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_budget_set("berth", 5), 0);
	berth_task("plug", 0, 3);
	berth_task("ship", 0, 4);
	agent = st_agent_start();
	plugged = st_plug(fd, "plug");
	id = st_submit_ok(fd, "ship", "x");
	st_call_until_held(id, SLUICE_HOLD_RESOURCE, &call);
	CHECK(!strcmp(call.resource, "berth"));
	CHECK_EQ(call.need, 4);
	CHECK_EQ(call.missing, 2);
	CHECK(call.has_claims);
	CHECK_EQ(call.claims, 0);
	CHECK_EQ(st_budget_set("berth", 6), 0);
	CHECK_EQ(call_of(id).missing, 1);
	CHECK_EQ(st_budget_set("berth", 7), 0);
	st_reap_done(fd, id);
	CHECK_EQ(st_cancel(fd, plugged), 0);
	end(agent, (const char *[]){ "plug", "ship", NULL });
}

/* How long its calls run becomes known. */
static struct st_task_state get_known(int fd, const char *name,
				      const char *input)
{
	struct st_task_state state;
	int i;

	CHECK_EQ(st_task_get(name, &state), 0);
	CHECK_EQ(state.run_median, 0);
	CHECK_EQ(state.run_p95, 0);
	for (i = 0; i < 3; i++)
		st_reap_done(fd, st_submit_ok(fd, name, input));
	CHECK_EQ(st_task_get(name, &state), 0);
	return state;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

TEST(expected_start)
{
	uint64_t plugged, ids[3], before, after, began;
	struct st_task_state plug, ship;
	struct st_call call;
	int fd = st_open(), i;
	pid_t agent;

	CHECK_EQ(st_budget_set("berth", 1), 0);
	berth_task("plug", 0, 1);
	berth_task("ship", 0, 1);
	berth_task("new", 0, 1);
	agent = st_agent_start();
	plug = get_known(fd, "plug", "sleep 400");
	/* The upper edge of what was measured. */
	CHECK(plug.run_median >= 400 * MS);
	CHECK(plug.run_p95 >= plug.run_median);
	ship = get_known(fd, "ship", "sleep 50");
	CHECK(ship.run_median >= 50 * MS);
	plugged = st_plug(fd, "plug");
	call = call_of(plugged);
	began = call.submitted + call.wait;
	for (i = 0; i < 3; i++)
		ids[i] = st_submit_ok(fd, "ship", "x");
	/* When what runs is expected to end, as its like did; or else now. */
	before = st_boot_time();
	call = call_of(ids[0]);
	after = st_boot_time();
	CHECK(call.expected_start >= later(before, began + plug.run_median));
	CHECK(call.expected_start <= later(after, began + plug.run_p95));
	/* And then those before it, one after the other. */
	CHECK(call_of(ids[2]).expected_start >=
	      call.expected_start + 2 * ship.run_median);
	/* How long others run is not known, but nobody is before the first. */
	ids[0] = st_submit_ok(fd, "new", "x");
	ids[1] = st_submit_ok(fd, "new", "x");
	CHECK(call_of(ids[0]).expected_start > 0);
	CHECK_EQ(call_of(ids[1]).expected_start, 0);
	CHECK_EQ(st_task_del("ship"), 0);
	CHECK_EQ(st_task_del("new"), 0);
	CHECK_EQ(st_cancel(fd, plugged), 0);
	end(agent, (const char *[]){ "plug", NULL });
}

/* Run times do not tell when what has never run ends. */
TEST(no_expected_start_where_nothing_was_measured)
{
	uint64_t plugged, id;
	struct st_call call;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_budget_set("berth", 1), 0);
	berth_task("plug", 0, 1);
	berth_task("ship", 0, 1);
	agent = st_agent_start();
	plugged = st_plug(fd, "plug");
	id = st_submit_ok(fd, "ship", "x");
	st_call_until_held(id, SLUICE_HOLD_RESOURCE, &call);
	CHECK_EQ(call.expected_start, 0);
	CHECK_EQ(st_task_del("ship"), 0);
	CHECK_EQ(st_cancel(fd, plugged), 0);
	end(agent, (const char *[]){ "plug", NULL });
}

/* Behind a call of its own task it waits for an environment, not for a resource. */
TEST(expected_start_behind_its_own_task)
{
	struct st_task task = { .name = "one" };
	uint64_t plugged, began, before, after, first, second;
	struct st_task_state state;
	struct st_call call;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_budget_set("berth", 1), 0);
	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	state = get_known(fd, "one", "sleep 400");
	plugged = st_plug(fd, "one");
	call = call_of(plugged);
	began = call.submitted + call.wait;
	first = st_submit_ok(fd, "one", "x");
	second = st_submit_ok(fd, "one", "x");
	before = st_boot_time();
	st_call_until_held(first, SLUICE_HOLD_CONCURRENCY, &call);
	after = st_boot_time();
	CHECK(call.expected_start >= later(before, began + state.run_median));
	CHECK(call.expected_start <= later(after, began + state.run_p95));
	CHECK(call_of(second).expected_start >=
	      call.expected_start + state.run_median);
	CHECK_EQ(st_cancel(fd, second), 0);
	CHECK_EQ(st_cancel(fd, first), 0);
	CHECK_EQ(st_cancel(fd, plugged), 0);
	end(agent, (const char *[]){ "one", NULL });
}

/* Nor when somebody will let it start. */
TEST(no_expected_start_while_stopped)
{
	struct st_task batch = { .name = "batch", .class = "batch" };
	uint64_t plugged, high, id;
	struct st_call call;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_budget_set("berth", 1), 0);
	berth_task("plug", 0, 1);
	berth_task("high", 0, 1);
	CHECK_EQ(st_task_new(&batch), 0);
	id = st_submit_ok(fd, "plug", "x");
	st_call_until_held(id, SLUICE_HOLD_AGENT, &call);
	CHECK_EQ(call.expected_start, 0);
	CHECK_EQ(st_cancel(fd, id), 0);
	agent = st_agent_start();
	get_known(fd, "plug", "sleep 10");
	plugged = st_plug(fd, "plug");
	high = st_submit_ok(fd, "high", "x");
	id = st_submit_ok(fd, "batch", "x");
	st_call_until_held(id, SLUICE_HOLD_ORDER, &call);
	CHECK_EQ(call.expected_start, 0);
	CHECK(call_of(high).expected_start > 0);
	CHECK_EQ(st_task_mode("high", SLUICE_MODE_PAUSE), 0);
	CHECK_EQ(call_of(high).hold, SLUICE_HOLD_STOPPED);
	CHECK_EQ(call_of(high).expected_start, 0);
	CHECK_EQ(st_task_del("high"), 0);
	CHECK_EQ(st_task_del("batch"), 0);
	CHECK_EQ(st_cancel(fd, plugged), 0);
	end(agent, (const char *[]){ "plug", NULL });
}

/* What is told of a call: which hold with which state. */
static uint32_t next_hold(struct nl_sock *ears, uint64_t id)
{
	struct nlattr *a[SLUICE_A_CALL_MAX + 1];

	st_event(ears, SLUICE_CMD_CALL_NTF, a, SLUICE_A_CALL_MAX);
	CHECK_EQ(nla_get_u64(a[SLUICE_A_CALL_ID]), id);
	CHECK_EQ(nla_get_u32(a[SLUICE_A_CALL_STATE]), SLUICE_CALL_STATE_QUEUED);
	/* While nobody knows where it stands, nothing is said of that. */
	CHECK_EQ(!a[SLUICE_A_CALL_POSITION],
		 nla_get_u32(a[SLUICE_A_CALL_HOLD]) == SLUICE_HOLD_NONE);
	return nla_get_u32(a[SLUICE_A_CALL_HOLD]);
}

/* It is behind nobody, as nobody has looked. No agent. */
TEST(nothing_is_said_before_the_gate_was_asked)
{
	struct nl_sock *ears = st_listen();
	int fd = st_open();
	uint64_t id;

	CHECK_EQ(st_task_new(&(struct st_task){ .name = "new" }), 0);
	id = st_submit_ok(fd, "new", "x");
	CHECK_EQ(next_hold(ears, id), SLUICE_HOLD_NONE);
	CHECK_EQ(next_hold(ears, id), SLUICE_HOLD_AGENT);
	id = st_submit_ok(fd, "new", "x");
	CHECK_EQ(next_hold(ears, id), SLUICE_HOLD_NONE);
	CHECK_EQ(call_of(id).hold, SLUICE_HOLD_BEHIND);
	CHECK_EQ(call_of(id).position, 1);
	CHECK_EQ(st_task_del("new"), 0);
}

/* A budget that is lowered: what it is too small for keeps nobody waiting. */
TEST(never)
{
	static const char * const names[] = { "ship", "batch", NULL };
	uint64_t id, behind;
	struct st_call call;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_budget_set("berth", 5), 0);
	CHECK_EQ(st_task_new(&(struct st_task){ .name = "ship",
						.patience = ST_ZERO,
						.need = {{ "berth", 4 }} }), 0);
	CHECK_EQ(st_task_new(&(struct st_task){ .name = "batch",
						.class = "batch" }), 0);
	CHECK_EQ(st_task_mode("ship", SLUICE_MODE_PAUSE), 0);
	id = st_submit_ok(fd, "ship", "x");
	behind = st_submit_ok(fd, "ship", "x");
	agent = st_agent_start();
	CHECK_EQ(st_budget_set("berth", 3), 0);
	CHECK_EQ(st_task_mode("ship", SLUICE_MODE_RUN), 0);
	call = call_of(id);
	CHECK_EQ(call.hold, SLUICE_HOLD_NEVER);
	CHECK(!strcmp(call.resource, "berth"));
	CHECK_EQ(call.need, 4);
	CHECK_EQ(call.missing, 1);
	CHECK_EQ(call.claims, 0);
	CHECK_EQ(call.expected_start, 0);
	CHECK_EQ(call_of(behind).hold, SLUICE_HOLD_BEHIND);
	st_reap_done(fd, st_submit_ok(fd, "batch", "x"));
	/* Nothing new would be accepted. */
	CHECK_EQ(st_call_new("ship", "x", NULL, NULL), -EDQUOT);
	CHECK_EQ(call_of(id).hold, SLUICE_HOLD_NEVER);
	CHECK_EQ(st_budget_set("berth", 4), 0);
	st_reap_done(fd, id);
	st_reap_done(fd, behind);
	end(agent, names);
}

/* A batch call does not wait for a task that waits for itself. */
TEST(batch_beside_a_task_at_its_own_limit)
{
	static const char * const names[] = { "one", "batch", NULL };
	uint64_t plugged, id;
	struct st_call call;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_budget_set("berth", 1), 0);
	CHECK_EQ(st_task_new(&(struct st_task){ .name = "one" }), 0);
	CHECK_EQ(st_task_new(&(struct st_task){ .name = "batch",
						.class = "batch" }), 0);
	agent = st_agent_start();
	plugged = st_plug(fd, "one");
	id = st_submit_ok(fd, "one", "x");
	st_call_until_held(id, SLUICE_HOLD_CONCURRENCY, &call);
	st_reap_done(fd, st_submit_ok(fd, "batch", "x"));
	CHECK_EQ(call_of(id).hold, SLUICE_HOLD_CONCURRENCY);
	CHECK_EQ(st_cancel(fd, plugged), 0);
	st_reap_done(fd, id);
	end(agent, names);
}
