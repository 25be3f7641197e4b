// SPDX-License-Identifier: GPL-2.0-only
// build: $CORE -Ishim -I../../kmod -DSLUICE_TRACE_H -D_GNU_SOURCE -O2 -Wno-unused-parameter -Wno-sign-compare
/*
 * CPU time: what others use that give way keeps no call waiting, what does not give way does; and where environments do
 * not get what they were promised, classes close, the lowest first, and open again.
 */
#include "world.h"

#include "ktap.h"

#define CPUS	2000
#define STEP	(100 * MS)

void shim_call_state(const struct sluice_call *call,
		     enum sluice_call_state from)
{
}

void shim_env_state(const struct sluice_env *env, enum sluice_env_state from)
{
}

static struct sluice_task *tasks[4];
static const char * const names[] = { "deadline", "priority", "fair", "batch" };

/* A task of each class, of which the second needs half a CPU. */
static void begin(void)
{
	static struct sluice_class * const classes[] = {
		&sluice_class_deadline, &sluice_class_priority,
		&sluice_class_fair, &sluice_class_batch,
	};
	int i;

	shim_now = 3600 * SECOND;
	sluice.limits.cpu_outside = true;
	world_cpus = CPUS;
	world_begin();
	sluice.ledger.account[SLUICE_RES_CPU].budget = CPUS / 2;
	world_agent(true);
	for (i = 0; i < 4; i++) {
		struct sluice_task_config config = {
			.class = classes[i], .weight = 100, .queue_max = 100,
			.queue_bytes = 1 << 20, .input_max = 64, .envs_max = 4,
			.idle = 3600 * SECOND, .patience = 3600 * SECOND,
			.runtime = MS, .deadline = 3600 * SECOND,
		};

		if (i)
			config.runtime = config.deadline = 0;
		if (i == 1)
			config.request.amount[SLUICE_RES_CPU] = 500;
		tasks[i] = world_add_task(names[i], &config);
	}
}

static struct sluice_call *submit(int which)
{
	struct sluice_submission ask = world_ask(names[which]);
	u64 id = world_submit(&ask);

	CHECK(id > 0);
	return sluice_call_find(id);
}

/* Its environment is made, and it runs. */
static struct place *run(struct sluice_call *call)
{
	struct sluice_call *taken;
	struct place *place;

	CHECK_EQ(call->state, SLUICE_CALL_STATE_STARTING);
	place = world_provision(call->env->id);
	CHECK_EQ(sluice_worker_look(call->env, &taken), 0);
	CHECK(taken == call);
	sluice_call_put(taken);
	CHECK(sluice_worker_take(call->env, call, 0));
	return place;
}

/* So much time, in which the rest of the box used so many thousandths, and real-time threads of these. */
static void box_uses(u64 ms, u64 all, u64 realtime)
{
	u64 end = shim_now + ms * MS;

	while (shim_now < end) {
		shim_now += STEP;
		world_busy += all * STEP / 1000;
		world_realtime += realtime * STEP / 1000;
		world_time();
	}
}

/* It had so many thousandths, and waited for as much as is missing to one CPU. */
static void env_has(struct place *place, u64 ms, u64 had)
{
	u64 end = shim_now + ms * MS;

	while (shim_now < end) {
		shim_now += STEP;
		place->cpu += had * STEP / 1000;
		place->counts.of[SLUICE_COUNT_WAITED] += (1000 - had) * STEP / 1000;
		world_busy += had * STEP / 1000;
		world_time();
	}
}

/* The same, until that has been judged. */
static void judge(struct place *place, u64 had)
{
	const struct sluice_env *env = place->door->env;

	do {
		env_has(place, STEP / MS, had);
	} while (env->due.time);
}

static void guarantee(u64 thousandths)
{
	const struct sluice_box_said said = { .cpu_guaranteed = &thousandths };

	sluice_enter();
	sluice_operate_box(&said);
	sluice_leave();
}

static u64 outside(void)
{
	return sluice.ledger.account[SLUICE_RES_CPU].outside;
}

TEST(what_gives_way_delays_nothing)
{
	begin();
	guarantee(1000);
	box_uses(5000, CPUS, 0);
	CHECK_EQ(outside(), 0);
	CHECK(sluice.box.yielding > CPUS * 9 / 10);
	CHECK_EQ(submit(1)->state, SLUICE_CALL_STATE_STARTING);
}

/* Nobody has said what weights are good for. */
TEST(without_a_guarantee_it_does)
{
	begin();
	box_uses(5000, CPUS, 0);
	CHECK(outside() > CPUS * 9 / 10);
	CHECK_EQ(submit(1)->state, SLUICE_CALL_STATE_QUEUED);
	guarantee(1000);
	box_uses(100, CPUS, 0);
	CHECK_EQ(sluice.waiting, 0);
}

TEST(real_time_threads_do)
{
	struct sluice_call *call;

	begin();
	guarantee(1000);
	box_uses(5000, CPUS, 1800);
	CHECK(outside() > 1700);
	call = submit(1);
	CHECK_EQ(call->state, SLUICE_CALL_STATE_QUEUED);
	CHECK_EQ(tasks[1]->verdict.hold, SLUICE_HOLD_RESOURCE);
	CHECK_EQ(tasks[1]->verdict.res, SLUICE_RES_CPU);
	box_uses(2000, CPUS, 0);
	CHECK_EQ(call->state, SLUICE_CALL_STATE_STARTING);
}

/* Where the agent tells what they take, as nobody else can. */
TEST(real_time_threads_by_the_agent)
{
	u64 taken = 1800;
	const struct sluice_box_said said = { .cpu_realtime = &taken };

	begin();
	guarantee(1000);
	sluice_enter();
	sluice_operate_box(&said);
	sluice_leave();
	box_uses(5000, CPUS, 0);
	CHECK(outside() > 1700);
	/* With it goes what it said. */
	world_agent(false);
	box_uses(5000, CPUS, 0);
	CHECK(outside() < 100);
}

TEST(classes_close_and_open)
{
	struct sluice_call *waits[4];
	struct place *place;
	int i;

	begin();
	guarantee(CPUS);
	place = run(submit(1));
	env_has(place, 3000, 500);
	judge(place, 500);
	CHECK_EQ(sluice.box.closed, 0);
	for (i = 1; i <= 3; i++) {
		judge(place, 100);
		CHECK_EQ(sluice.box.closed, i);
		waits[4 - i] = submit(4 - i);
		CHECK_EQ(waits[4 - i]->state, SLUICE_CALL_STATE_QUEUED);
		CHECK_EQ(tasks[4 - i]->verdict.hold, SLUICE_HOLD_CPU_PRESSURE);
	}
	/* The highest never does. */
	env_has(place, 3000, 100);
	judge(place, 100);
	CHECK_EQ(sluice.box.closed, 3);
	CHECK_EQ(submit(0)->state, SLUICE_CALL_STATE_STARTING);
	for (i = 1; i <= 3; i++) {
		judge(place, 500);
		CHECK_EQ(sluice.box.closed, 3 - i);
		CHECK_EQ(waits[i]->state, SLUICE_CALL_STATE_STARTING);
	}
	CHECK_EQ(sluice.counters[SLUICE_EVENT_CLASS_CLOSED], 3);
	CHECK_EQ(sluice.counters[SLUICE_EVENT_CLASS_OPENED], 3);
}

/* It was promised half a CPU, and does not want it. */
TEST(who_wants_no_more_is_not_short)
{
	struct place *place;
	u64 end;

	begin();
	guarantee(CPUS);
	place = run(submit(1));
	for (end = shim_now + 5 * SECOND; shim_now < end; world_time()) {
		shim_now += STEP;
		place->cpu += STEP / 10;
	}
	CHECK_EQ(sluice.box.closed, 0);
}

/* Each of its calls is short, by two threads, and has all that it wants until somebody looks. */
TEST(short_calls_are_not_short)
{
	struct sluice_call *call, *taken;
	struct place *place = NULL;
	struct sluice_env *env;
	int i;

	begin();
	guarantee(CPUS);
	tasks[1]->config.request.amount[SLUICE_RES_CPU] = 1000;
	for (i = 0; i < 50; i++) {
		shim_now += 70 * MS;
		call = submit(1);
		CHECK_EQ(call->state, SLUICE_CALL_STATE_STARTING);
		env = call->env;
		if (place) {
			CHECK_EQ(sluice_worker_look(env, &taken), 0);
			sluice_call_put(taken);
			CHECK(sluice_worker_take(env, call, 0));
		} else {
			place = run(call);
		}
		shim_now += 30 * MS;
		place->cpu += 30 * MS;
		place->counts.of[SLUICE_COUNT_WAITED] += 30 * MS;
		world_time();
		CHECK(!world_answer(env, call->id, true));
	}
	CHECK_EQ(sluice.counters[SLUICE_EVENT_CLASS_CLOSED], 0);
}

/* One that gets too little has ended: nobody is short any more. */
TEST(with_the_call_the_pressure_ends)
{
	struct sluice_call *call;
	struct place *place;
	struct sluice_env *env;

	begin();
	guarantee(CPUS);
	call = submit(1);
	place = run(call);
	env = call->env;
	judge(place, 500);
	judge(place, 100);
	CHECK_EQ(sluice.box.closed, 1);
	CHECK(!world_answer(env, call->id, true));
	box_uses(1100, 0, 0);
	CHECK_EQ(sluice.box.closed, 0);
}
