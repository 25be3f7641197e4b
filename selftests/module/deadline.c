// SPDX-License-Identifier: GPL-2.0-only
/*
 * The class deadline: the earliest goes first, and what is accepted can be met.
 */
#include "ktap.h"
#include "sluice_test.h"

/*
 * Times whose quotients are exact in binary: WHOLE are 1000 of the CPU. So long that
 * no deadline passes where none is to.
 */
#define SIXTEENTH	LONG
#define WHOLE		(16 * SIXTEENTH)
/* What a call that answers at once surely ends in. */
#define MINUTE		(60 * SECOND)

static void urgent_task(const char *name, const char *token)
{
	struct st_task task = { .name = name, .class = "deadline",
				.need = {{ token, 1 }} };

	CHECK_EQ(st_task_new(&task), 0);
}

/* Submitted with a run time and a deadline. */
static int submit(int fd, const char *name, uint64_t runtime,
		  uint64_t deadline, struct sluice_submit *reply)
{
	memset(reply, 0, sizeof(*reply));
	reply->priority = SLUICE_PRIORITY_TASK;
	reply->runtime = runtime;
	reply->deadline = deadline;
	return st_submit(fd, name, "x", 1, reply);
}

static uint64_t submit_ok(int fd, const char *name, uint64_t runtime,
			  uint64_t deadline)
{
	struct sluice_submit reply;

	if (submit(fd, name, runtime, deadline, &reply))
		ktap_fail("refusal %u asked %llu limit %llu", reply.refusal,
			  (unsigned long long)reply.asked,
			  (unsigned long long)reply.limit);
	return reply.id;
}

static void unschedulable(int fd, const char *name, uint64_t runtime,
			  uint64_t deadline, uint64_t asked, uint64_t limit)
{
	struct sluice_submit reply;

	CHECK_ERRNO(submit(fd, name, runtime, deadline, &reply), EBUSY);
	CHECK_EQ(reply.refusal, SLUICE_REFUSAL_UNSCHEDULABLE);
	CHECK_EQ(reply.asked, asked);
	CHECK_EQ(reply.limit, limit);
	CHECK(!strcmp(reply.resource, asked > 1000000 ? "" : "cpu"));
	CHECK_EQ(reply.id, 0);
}

TEST(earliest_first)
{
	uint64_t plugged, ids[5];
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_budget_set("seat", 1), 0);
	CHECK_EQ(st_task_new(&(struct st_task){ .name = "plug",
						.need = {{ "seat", 1 }} }), 0);
	urgent_task("one", "seat");
	urgent_task("two", "seat");
	agent = st_agent_start();
	plugged = st_plug(fd, "plug");
	/* Within a task and among tasks. */
	ids[4] = submit_ok(fd, "one", MINUTE, 8 * LONG);
	ids[1] = submit_ok(fd, "one", MINUTE, 5 * LONG);
	ids[2] = submit_ok(fd, "two", MINUTE, 6 * LONG);
	ids[3] = submit_ok(fd, "one", MINUTE, 7 * LONG);
	ids[0] = submit_ok(fd, "two", MINUTE, 4 * LONG);
	CHECK_EQ(st_cancel(fd, plugged), 0);
	st_reap_in_order(fd, ids, 5);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("plug"), 0);
	CHECK_EQ(st_task_del("one"), 0);
	CHECK_EQ(st_task_del("two"), 0);
}

TEST(run_time_and_deadline_are_needed)
{
	struct st_task task = { .name = "vague", .class = "deadline" };
	struct sluice_submit reply;
	struct st_call call;
	int fd = st_open();

	CHECK_EQ(st_task_new(&task), 0);
	CHECK_ERRNO(submit(fd, "vague", 0, SECOND, &reply), EINVAL);
	CHECK_EQ(reply.refusal, SLUICE_REFUSAL_NO_DEADLINE);
	CHECK_ERRNO(submit(fd, "vague", SECOND, 0, &reply), EINVAL);
	CHECK_EQ(reply.refusal, SLUICE_REFUSAL_NO_DEADLINE);
	CHECK_EQ(st_call_new("vague", "x", NULL, NULL), -EINVAL);
	CHECK(strstr(st_extack, "a runtime and a deadline"));
	/* The task has them. */
	task.runtime = 2 * SECOND;
	task.deadline = LONG;
	CHECK_EQ(st_task_set(&task), 0);
	CHECK_EQ(submit(fd, "vague", 0, 0, &reply), 0);
	CHECK_EQ(st_call_get(reply.id, &call), 0);
	CHECK_EQ(call.runtime, 2 * SECOND);
	CHECK(call.deadline <= call.submitted + LONG);
	CHECK(call.deadline > call.submitted + LONG / 2);
	CHECK_EQ(st_task_del("vague"), 0);
}

/* No agent: all that is accepted waits. */
TEST(no_more_than_the_budget_is_promised)
{
	struct sluice_submit reply;
	int fd = st_open();
	uint64_t first;

	CHECK_EQ(st_budget_set("cpu", 500), 0);
	CHECK_EQ(st_budget_set("desk", 1), 0);
	urgent_task("full", "desk");
	unschedulable(fd, "full", 2 * WHOLE, WHOLE, 2 * WHOLE, WHOLE);
	unschedulable(fd, "full", WHOLE, WHOLE, 1000, 500);
	first = submit_ok(fd, "full", 4 * SIXTEENTH, WHOLE);
	submit_ok(fd, "full", 4 * SIXTEENTH, WHOLE);
	unschedulable(fd, "full", 2 * SIXTEENTH, WHOLE, 625, 500);
	CHECK_EQ(st_call_new("full", "x", NULL, NULL), -EINVAL);
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "full",
				.runtime = SIXTEENTH, .deadline = WHOLE }), 0);
	CHECK_EQ(st_call_new("full", "x", NULL, NULL), -EBUSY);
	CHECK(strstr(st_extack, "too little of the CPU budget"));
	/* A call that needs part of a CPU takes part of one. */
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "full",
				.need = {{ "cpu", 250 }} }), 0);
	unschedulable(fd, "full", 2 * SIXTEENTH, WHOLE, 531, 500);
	/* A call that was cancelled while it waited gives back its share at once. */
	CHECK_EQ(st_cancel(fd, first), 0);
	submit_ok(fd, "full", 8 * SIXTEENTH, WHOLE);
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "full",
				.need = {{ "desk", 1 }} }), 0);
	submit_ok(fd, "full", 2 * SIXTEENTH, WHOLE);
	unschedulable(fd, "full", SIXTEENTH, WHOLE, 562, 500);
	/* And all that a removed task had. */
	CHECK_EQ(st_task_del("full"), 0);
	urgent_task("next", "desk");
	CHECK_EQ(submit(fd, "next", 8 * SIXTEENTH, WHOLE, &reply), 0);
	CHECK_EQ(st_task_del("next"), 0);
}

/*
 * A call that ended early keeps its share until its deadline, as long as there is
 * somebody whom others could push behind theirs.
 */
TEST(share_is_kept_until_the_deadline)
{
	struct sluice_submit reply;
	uint64_t keeper, kept, began;
	struct sluice_reap reap;
	char output[8];
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_budget_set("cpu", 750), 0);
	CHECK_EQ(st_budget_set("bench", 1), 0);
	urgent_task("early", "bench");
	urgent_task("keeper", "bench");
	CHECK_EQ(st_task_mode("keeper", SLUICE_MODE_PAUSE), 0);
	agent = st_agent_start();
	keeper = submit_ok(fd, "keeper", SIXTEENTH, 64 * WHOLE);
	began = st_now();
	/* On a slow machine the deadline passes before it starts. */
	kept = submit_ok(fd, "early", 2 * SECOND, 4 * SECOND);
	CHECK_EQ(st_reap(fd, kept, 0, &reap, output, sizeof(output)), 0);
	while (submit(fd, "early", 8 * SIXTEENTH, WHOLE, &reply)) {
		CHECK_EQ(reply.refusal, SLUICE_REFUSAL_UNSCHEDULABLE);
		st_sleep_ms(50);
	}
	CHECK(st_now() - began >= 4 * SECOND);
	st_reap_done(fd, reply.id);
	/* Of this one the deadline is far. */
	unschedulable(fd, "early", 8 * SIXTEENTH, WHOLE, 1000, 750);
	/* Nobody is left: all begins anew. */
	CHECK_EQ(st_cancel(fd, keeper), 0);
	st_reap_done(fd, submit_ok(fd, "early", 12 * SIXTEENTH, WHOLE));
	st_reap_done(fd, submit_ok(fd, "early", 12 * SIXTEENTH, WHOLE));
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("early"), 0);
	CHECK_EQ(st_task_del("keeper"), 0);
}

TEST(another_deadline_for_a_waiting_call)
{
	uint64_t plugged, first, second, third, until, time;
	struct st_call call;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_budget_set("cpu", 500), 0);
	CHECK_EQ(st_budget_set("chair", 1), 0);
	CHECK_EQ(st_task_new(&(struct st_task){ .name = "plug",
						.need = {{ "chair", 1 }} }), 0);
	urgent_task("first", "chair");
	urgent_task("second", "chair");
	agent = st_agent_start();
	plugged = st_plug(fd, "plug");
	first = submit_ok(fd, "first", SIXTEENTH, 4 * WHOLE);
	second = submit_ok(fd, "second", SIXTEENTH, 5 * WHOLE);
	third = submit_ok(fd, "first", SIXTEENTH, 6 * WHOLE);
	CHECK_EQ(st_call_get(second, &call), 0);
	CHECK_EQ(call.tasks_before, 1);
	until = call.deadline;
	/* All or nothing: 1 / 2 is too much. */
	time = 2 * SIXTEENTH;
	CHECK_EQ(st_call_set(second, 99, &time), -EBUSY);
	CHECK(strstr(st_extack, "too little of the CPU budget"));
	time = SIXTEENTH / 2;
	CHECK_EQ(st_call_set(second, 99, &time), -EBUSY);
	time = 0;
	CHECK_EQ(st_call_set(second, 99, &time), -EINVAL);
	CHECK(strstr(st_extack, "a runtime and a deadline"));
	CHECK_EQ(st_call_get(second, &call), 0);
	CHECK_EQ(call.priority, 50);
	CHECK_EQ(call.deadline, until);
	CHECK_EQ(call.tasks_before, 1);
	time = 3 * WHOLE;
	CHECK_EQ(st_call_set(second, -1, &time), 0);
	time = 2 * WHOLE;
	CHECK_EQ(st_call_set(third, -1, &time), 0);
	CHECK_EQ(st_call_get(third, &call), 0);
	CHECK_EQ(call.position, 0);
	CHECK_EQ(st_cancel(fd, plugged), 0);
	st_reap_in_order(fd, (uint64_t []){ third, second, first }, 3);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("plug"), 0);
	CHECK_EQ(st_task_del("first"), 0);
	CHECK_EQ(st_task_del("second"), 0);
}

static void expires(int fd, uint64_t id)
{
	st_reap_as(fd, id, SLUICE_CALL_STATE_EXPIRED, SLUICE_REASON_DEADLINE);
}

static bool has_expired(uint64_t id)
{
	struct st_call call;

	CHECK_EQ(st_call_get(id, &call), 0);
	return call.state == SLUICE_CALL_STATE_EXPIRED;
}

static bool runs(uint64_t id)
{
	struct st_call call;

	CHECK_EQ(st_call_get(id, &call), 0);
	return call.state == SLUICE_CALL_STATE_RUNNING;
}

/*
 * A call that began before its deadline, which is as short as this machine can, and
 * that may run for as long as that. Adds the calls that were too late for it.
 */
static uint64_t begun_in_time(int fd, uint64_t *expired)
{
	struct sluice_submit late;
	uint64_t deadline;

	for (deadline = SECOND;; deadline *= 2, ++*expired) {
		late = (struct sluice_submit){
			.priority = SLUICE_PRIORITY_TASK, .runtime = deadline,
			.deadline = deadline,
		};
		CHECK_EQ(st_submit(fd, "slack", "linger", 6, &late), 0);
		UNTIL(runs(late.id) || has_expired(late.id));
		if (runs(late.id))
			return late.id;
		expires(fd, late.id);
	}
}

TEST(expired_and_late)
{
	uint64_t counted, plugged, late, other, deadline = SECOND;
	uint64_t longer = LONG, expired = 0;
	struct st_task_state state;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_budget_set("stool", 1), 0);
	CHECK_EQ(st_task_new(&(struct st_task){ .name = "plug",
						.need = {{ "stool", 1 }} }), 0);
	CHECK_EQ(st_task_new(&(struct st_task){ .name = "slack",
						.class = "deadline",
						.need = {{ "stool", 1 },
							 { "cpu", 100 }} }), 0);
	agent = st_agent_start();
	counted = st_counter("call_late");
	st_reap_done(fd, submit_ok(fd, "slack", MINUTE, LONG));
	CHECK_EQ(st_counter("call_late"), counted);
	plugged = st_plug(fd, "plug");
	/* One waits past its deadline, the other one gets another in time. */
	expires(fd, submit_ok(fd, "slack", 10 * MS, 100 * MS));
	expired++;
	for (;; deadline *= 2, expired++) {
		other = submit_ok(fd, "slack", deadline, deadline);
		if (!st_call_set(other, -1, &longer))
			break;
		expires(fd, other);
	}
	/* Until the deadline that it had first is over. */
	st_sleep_ms(deadline / MS);
	CHECK(!has_expired(other));
	CHECK_EQ(st_cancel(fd, other), 0);
	CHECK_EQ(st_cancel(fd, plugged), 0);
	/* One that began late has its run time all the same. */
	late = begun_in_time(fd, &expired);
	st_reap_as(fd, late, SLUICE_CALL_STATE_TIMED_OUT,
		   SLUICE_REASON_RUNTIME);
	CHECK_EQ(st_task_get("slack", &state), 0);
	CHECK_EQ(state.late, expired + 1);
	CHECK_EQ(st_counter("call_late"), counted + expired + 1);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("slack"), 0);
	CHECK_EQ(st_task_del("plug"), 0);
}

#define BATCHES		15
#define BACKLOG		20
#define STREAM		15

static void batch_name(char *name, int i)
{
	sprintf(name, "batch-%d", i);
}

static uint32_t batch_calls_run(void)
{
	struct st_task_state state;
	uint32_t running = 0;
	char name[16];
	int i;

	for (i = 0; i < BATCHES; i++) {
		batch_name(name, i);
		CHECK_EQ(st_task_get(name, &state), 0);
		running += state.running;
	}
	return running;
}

/* Of all calls, whoever submitted them, this one starts next after its submission. */
static void starts_next(struct nl_sock *ears, uint64_t id)
{
	struct nlattr *a[SLUICE_A_CALL_MAX + 1];
	bool waits = false;
	uint32_t state;

	for (;;) {
		st_event(ears, SLUICE_CMD_CALL_NTF, a, SLUICE_A_CALL_MAX);
		state = nla_get_u32(a[SLUICE_A_CALL_STATE]);
		if (waits && state == SLUICE_CALL_STATE_STARTING)
			break;
		if (state == SLUICE_CALL_STATE_QUEUED &&
		    nla_get_u64(a[SLUICE_A_CALL_ID]) == id)
			waits = true;
	}
	CHECK_EQ(nla_get_u64(a[SLUICE_A_CALL_ID]), id);
}

/*
 * The promise. Fifteen batch tasks could keep the CPU busy for long; a stream of
 * deadline calls waits for the one call of theirs that runs already, and for none
 * that comes after it. So many seconds as one of theirs takes are enough for any of
 * them, which is what the class reckons with.
 */
TEST(deadlines_hold_under_overload)
{
	uint64_t between = 0;
	struct st_task batch = { .class = "batch",
				 .need = {{ "cpu", 1000 }} };
	struct st_task urgent = { .name = "urgent", .class = "deadline",
				  .need = {{ "cpu", 1000 }} };
	struct sluice_submit submit;
	struct st_task_state state;
	struct nl_sock *ears;
	char name[16];
	int fd = st_open(), background = st_open();
	unsigned int i, j;
	pid_t agent;

	st_limit_set("cpu_outside", "0");
	CHECK_EQ(st_budget_set("cpu", 1000), 0);
	CHECK_EQ(st_task_new(&urgent), 0);
	agent = st_agent_start();
	batch.name = name;
	for (i = 0; i < BATCHES; i++) {
		batch_name(name, i);
		CHECK_EQ(st_task_new(&batch), 0);
		st_reap_done(fd, st_submit_ok(fd, name, "x"));
	}
	st_reap_done(fd, submit_ok(fd, "urgent", MINUTE, 9 * LONG));
	for (i = 0; i < BATCHES; i++) {
		batch_name(name, i);
		for (j = 0; j < BACKLOG; j++)
			st_submit_ok(background, name, "wait");
	}
	ears = st_listen();
	for (i = 0; i < STREAM; i++) {
		submit = (struct sluice_submit){
			.priority = SLUICE_PRIORITY_TASK,
			.runtime = MINUTE, .deadline = 9 * LONG,
		};
		UNTIL(batch_calls_run() == 1);
		CHECK_EQ(st_submit(fd, "urgent", "x", 1, &submit), 0);
		st_go(1);
		starts_next(ears, submit.id);
		st_reap_done(fd, submit.id);
	}
	CHECK_EQ(st_task_get("urgent", &state), 0);
	CHECK_EQ(state.late, 0);
	CHECK_EQ(state.ended, STREAM + 1);
	/* It was an overload: batch calls ran in between, and many wait. */
	for (i = 0; i < BATCHES; i++) {
		batch_name(name, i);
		CHECK_EQ(st_task_get(name, &state), 0);
		CHECK(state.queued > 0);
		between += state.ended - 1;
		CHECK_EQ(st_task_del(name), 0);
	}
	CHECK_EQ(between, STREAM);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("urgent"), 0);
}
