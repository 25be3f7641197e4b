// SPDX-License-Identifier: GPL-2.0-only
/* Scheduling classes: who goes first, and that nobody waits for ever. */
#include "ktap.h"
#include "sluice_test.h"

#include <fcntl.h>

/* All tasks need the one seat: one call runs at a time. */
static void seat_task(const char *name, const char *class, uint32_t priority)
{
	struct st_task task = { .name = name, .class = class,
				.priority = priority,
				.runtime = LONG, .deadline = 1000 * LONG,
				.need = {{ "seat", 1 }} };

	CHECK_EQ(st_task_new(&task), 0);
}

static void seat_begin(void)
{
	CHECK_EQ(st_budget_set("seat", 1), 0);
	seat_task("plug", "deadline", 0);
}

static void end(pid_t agent, const char * const *names)
{
	st_agent_stop(agent);
	for (; *names; names++)
		CHECK_EQ(st_task_del(*names), 0);
}

static void class_set(const char *name, const char *class)
{
	struct st_task task = { .name = name, .class = class };

	CHECK_EQ(st_task_set(&task), 0);
}

static uint32_t hold_of(uint64_t id)
{
	struct st_call call;

	CHECK_EQ(st_call_get(id, &call), 0);
	CHECK_EQ(call.state, SLUICE_CALL_STATE_QUEUED);
	return call.hold;
}

static const char * const classes[] = {
	"deadline", "priority", "fair", "batch", NULL
};

/* A task of each class with a call, submitted in the wrong order. */
static void one_of_each(int fd, uint64_t *ids)
{
	int i;

	for (i = 0; i < 4; i++)
		seat_task(classes[i], classes[i], i ? 99 : ST_ZERO);
	for (i = 3; i >= 0; i--)
		ids[i] = st_submit_ok(fd, classes[i], "x");
}

/* The order among classes is fixed, whatever came first. */
TEST(order_among_classes)
{
	uint64_t plugged, ids[4];
	int fd = st_open();
	pid_t agent;

	seat_begin();
	agent = st_agent_start();
	plugged = st_plug(fd, "plug");
	one_of_each(fd, ids);
	CHECK_EQ(st_cancel(fd, plugged), 0);
	st_reap_in_order(fd, ids, 4);
	end(agent, classes);
	CHECK_EQ(st_task_del("plug"), 0);
}

/* Also among calls that wait for no resource, and may all start at once. */
TEST(order_when_the_agent_comes)
{
	uint64_t ids[4];
	int fd = st_open();
	pid_t agent;

	seat_begin();
	one_of_each(fd, ids);
	agent = st_agent_start();
	st_reap_in_order(fd, ids, 4);
	end(agent, classes);
	CHECK_EQ(st_task_del("plug"), 0);
}

/* What waits in a higher class goes first again and again. */
TEST(higher_class_until_it_is_empty)
{
	uint64_t plugged, ids[6];
	int fd = st_open(), i;
	pid_t agent;

	seat_begin();
	seat_task("high", "priority", ST_ZERO);
	seat_task("low", "fair", 99);
	agent = st_agent_start();
	plugged = st_plug(fd, "plug");
	for (i = 0; i < 3; i++) {
		ids[3 + i] = st_submit_ok(fd, "low", "x");
		ids[i] = st_submit_ok(fd, "high", "x");
	}
	CHECK_EQ(st_cancel(fd, plugged), 0);
	st_reap_in_order(fd, ids, 6);
	end(agent, (const char *[]){ "plug", "high", "low", NULL });
}

/* Also a call that cannot start holds back what is of the class batch. */
TEST(batch_yields_to_what_is_parked)
{
	struct st_task batch = { .name = "batch", .class = "batch" };
	uint64_t plugged, high, low;
	struct st_call call;
	int fd = st_open();
	pid_t agent;

	seat_begin();
	seat_task("high", "fair", 0);
	CHECK_EQ(st_task_new(&batch), 0);
	agent = st_agent_start();
	plugged = st_plug(fd, "plug");
	high = st_submit_ok(fd, "high", "wait");
	low = st_submit_ok(fd, "batch", "x");
	st_call_until_held(high, SLUICE_HOLD_RESOURCE, &call);
	CHECK_EQ(hold_of(low), SLUICE_HOLD_ORDER);
	/* No tick changes that. */
	st_sleep_ms(300);
	CHECK_EQ(hold_of(low), SLUICE_HOLD_ORDER);
	/* When the other one starts nothing waits any more. */
	CHECK_EQ(st_cancel(fd, plugged), 0);
	st_reap_done(fd, low);
	st_go(1);
	st_reap_done(fd, high);
	end(agent, (const char *[]){ "plug", "high", "batch", NULL });
}

/* A class other than batch does not yield to what cannot start. */
TEST(what_fits_of_a_lower_class_starts)
{
	struct st_task fair = { .name = "fair", .class = "fair" };
	uint64_t plugged, high;
	int fd = st_open();
	pid_t agent;

	seat_begin();
	seat_task("high", "priority", 0);
	CHECK_EQ(st_task_new(&fair), 0);
	agent = st_agent_start();
	plugged = st_plug(fd, "plug");
	high = st_submit_ok(fd, "high", "x");
	st_reap_done(fd, st_submit_ok(fd, "fair", "x"));
	CHECK_EQ(hold_of(high), SLUICE_HOLD_RESOURCE);
	CHECK_EQ(st_cancel(fd, plugged), 0);
	st_reap_done(fd, high);
	end(agent, (const char *[]){ "plug", "high", "fair", NULL });
}

/* Calls that could not start anyway hold back nobody. */
TEST(batch_does_not_yield_to_what_is_stopped)
{
	struct st_task batch = { .name = "batch", .class = "batch" };
	struct st_task failing = { .name = "failing", .retries = 1,
				   .backoff = LONG };
	uint64_t stopped, delayed;
	struct st_call call;
	int fd = st_open();
	pid_t agent;

	seat_begin();
	seat_task("high", "priority", 0);
	CHECK_EQ(st_task_new(&batch), 0);
	CHECK_EQ(st_task_new(&failing), 0);
	agent = st_agent_start();
	CHECK_EQ(st_task_mode("high", SLUICE_MODE_PAUSE), 0);
	stopped = st_submit_ok(fd, "high", "x");
	delayed = st_submit_ok(fd, "failing", "exit 1");
	st_call_until_held(delayed, SLUICE_HOLD_BACKOFF, &call);
	st_reap_done(fd, st_submit_ok(fd, "batch", "x"));
	CHECK_EQ(hold_of(stopped), SLUICE_HOLD_STOPPED);
	CHECK_EQ(st_cancel(fd, stopped), 0);
	CHECK_EQ(st_cancel(fd, delayed), 0);
	end(agent, (const char *[]){ "plug", "high", "batch", "failing",
				     NULL });
}

/* Waiting calls go with their task to another class, and wait there at once. */
TEST(another_class_for_waiting_calls)
{
	uint64_t plugged, moved, stays;
	struct st_call call;
	int fd = st_open();
	pid_t agent;

	seat_begin();
	seat_task("moved", "batch", 90);
	seat_task("stays", "priority", 50);
	agent = st_agent_start();
	plugged = st_plug(fd, "plug");
	moved = st_submit_ok(fd, "moved", "x");
	stays = st_submit_ok(fd, "stays", "x");
	CHECK_EQ(hold_of(moved), SLUICE_HOLD_ORDER);
	class_set("moved", "priority");
	CHECK_EQ(hold_of(moved), SLUICE_HOLD_RESOURCE);
	CHECK_EQ(st_call_get(moved, &call), 0);
	CHECK(!strcmp(call.class, "priority"));
	CHECK_EQ(call.tasks_before, 0);
	CHECK_EQ(st_call_get(stays, &call), 0);
	CHECK_EQ(call.tasks_before, 1);
	class_set("stays", "deadline");
	CHECK_EQ(st_call_get(moved, &call), 0);
	CHECK_EQ(call.tasks_before, 1);
	CHECK_EQ(st_cancel(fd, plugged), 0);
	st_reap_in_order(fd, (uint64_t []){ stays, moved }, 2);
	end(agent, (const char *[]){ "plug", "moved", "stays", NULL });
}

/* From the class deadline and back: what was promised a deadline keeps it. */
TEST(out_of_the_class_deadline_and_back)
{
	struct sluice_submit submit = { .priority = SLUICE_PRIORITY_TASK,
					.runtime = 60 * SECOND };
	uint64_t plugged, ids[3];
	int fd = st_open();
	pid_t agent;

	seat_begin();
	seat_task("urgent", "deadline", 0);
	agent = st_agent_start();
	plugged = st_plug(fd, "plug");
	submit.deadline = LONG / 2;
	CHECK_EQ(st_submit(fd, "urgent", "x", 1, &submit), 0);
	ids[1] = submit.id;
	class_set("urgent", "batch");
	ids[2] = st_submit_ok(fd, "urgent", "x");
	class_set("urgent", "deadline");
	submit.deadline = LONG / 3;
	CHECK_EQ(st_submit(fd, "urgent", "x", 1, &submit), 0);
	ids[0] = submit.id;
	CHECK_EQ(st_cancel(fd, plugged), 0);
	st_reap_in_order(fd, ids, 3);
	end(agent, (const char *[]){ "plug", "urgent", NULL });
}

TEST(what_a_task_says_comes_back)
{
	struct st_task task = {
		.name = "said", .class = "fair", .weight = 250, .priority = 7,
		.runtime = 2 * SECOND, .deadline = 9 * SECOND,
		.patience = 3 * SECOND, .running_max = 4, .retries = 5,
		.overflow = SLUICE_OVERFLOW_DROP_OLDEST,
		.backoff = 6 * SECOND, .quarantine_after = 8,
		.quarantine = 11 * SECOND, .mode = SLUICE_MODE_DRAIN_KEEP,
		.start_timeout = 13 * SECOND, .grace = 17 * SECOND,
	};
	struct st_task_state state;

	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(st_task_get("said", &state), 0);
	CHECK(!strcmp(state.class, "fair"));
	CHECK_EQ(state.weight, 250);
	CHECK_EQ(state.priority, 7);
	CHECK_EQ(state.runtime, 2 * SECOND);
	CHECK_EQ(state.deadline, 9 * SECOND);
	CHECK_EQ(state.patience, 3 * SECOND);
	CHECK_EQ(state.start_timeout, 13 * SECOND);
	CHECK_EQ(state.grace, 17 * SECOND);
	CHECK_EQ(state.running_max, 4);
	CHECK_EQ(state.retries, 5);
	CHECK_EQ(state.overflow, SLUICE_OVERFLOW_DROP_OLDEST);
	CHECK_EQ(state.backoff, 6 * SECOND);
	CHECK_EQ(state.quarantine_after, 8);
	CHECK_EQ(state.quarantine, 11 * SECOND);
	CHECK_EQ(state.mode, SLUICE_MODE_DRAIN_KEEP);
	/* One value changes, the others stay. */
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "said",
						.retries = ST_ZERO }), 0);
	CHECK_EQ(st_task_get("said", &state), 0);
	CHECK_EQ(state.retries, 0);
	CHECK_EQ(state.backoff, 6 * SECOND);
	CHECK_EQ(state.mode, SLUICE_MODE_DRAIN_KEEP);
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "said",
						.weight = ST_ZERO }), -EINVAL);
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "said",
						.start_timeout = ST_ZERO }),
		 -EINVAL);
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "said",
						.weight = 10001 }), -ERANGE);
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "said",
						.retries = 1001 }), -ERANGE);
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "said",
						.overflow = 3 }), -ERANGE);
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "said",
						.runtime = 10 * SECOND }),
		 -EINVAL);
	CHECK_EQ(st_task_mode("said", 4), -ERANGE);
	CHECK_EQ(st_task_del("said"), 0);
}

static void reload(const char *params)
{
	CHECK_EQ(st_module_unload(), 0);
	CHECK_EQ(st_module_load(params), 0);
}

#define HOT	50

/*
 * A call of priority 0 and more of priority 99 than can run in the time in which
 * the first has aged enough. True when it did not wait for all of them.
 */
static bool cold_passes(const char *params)
{
	uint64_t plugged, cold, hot[HOT], began, first, last;
	struct st_call call;
	int fd, i;
	pid_t agent;

	st_forget();
	reload(params);
	fd = st_open();
	seat_begin();
	seat_task("hot", "priority", 99);
	seat_task("cold", "priority", ST_ZERO);
	agent = st_agent_start();
	plugged = st_plug(fd, "plug");
	/* The first hot one is older: it goes first, however slow this is. */
	hot[0] = st_submit_ok(fd, "hot", "sleep 20");
	cold = st_submit_ok(fd, "cold", "x");
	for (i = 1; i < HOT; i++)
		hot[i] = st_submit_ok(fd, "hot", "sleep 20");
	CHECK_EQ(st_cancel(fd, plugged), 0);
	st_reap_done(fd, cold);
	st_reap_in_order(fd, hot, HOT);
	CHECK_EQ(st_call_get(cold, &call), 0);
	began = call.submitted + call.wait;
	CHECK_EQ(st_call_get(hot[0], &call), 0);
	first = call.submitted + call.wait;
	CHECK_EQ(st_call_get(hot[HOT - 1], &call), 0);
	last = call.submitted + call.wait;
	CHECK(first < began);
	end(agent, (const char *[]){ "plug", "hot", "cold", NULL });
	close(fd);
	return began < last;
}

/* 99 priorities make up for 99 * 5 ms of waiting; the others take a second. */
TEST(waiting_makes_up_for_priority)
{
	CHECK(!cold_passes("ageing_ms=0"));
	CHECK(cold_passes("ageing_ms=5"));
	st_forget();
	reload("");
	/* Not while there is an order. */
	CHECK_ERRNO(open("/sys/module/sluice/parameters/ageing_ms", O_WRONLY),
		    EACCES);
}
