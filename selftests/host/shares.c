// SPDX-License-Identifier: GPL-2.0-only
// build: $CORE -Ishim -I../../kmod -DSLUICE_TRACE_H -D_GNU_SOURCE -O2 -Wno-unused-parameter -Wno-sign-compare
/*
 * Several who submit calls to one task: whose go first, whose make way, and what
 * nobody can do to the calls of another.
 */
#include "world.h"

#include "ktap.h"

#define ALICE	1000
#define BOB	1001
#define CAROL	1002

void shim_call_state(const struct sluice_call *call,
		     enum sluice_call_state from)
{
}

void shim_env_state(const struct sluice_env *env, enum sluice_env_state from)
{
}

static struct sluice_task *task;

/* Nothing starts while the task is paused. */
static void begin(struct sluice_task_config *config, bool paused)
{
	shim_now = 3600 * SECOND;
	sluice.limits.max_calls = 100000;
	sluice.limits.max_bytes = 1 << 20;
	world_begin();
	world_agent(true);
	config->weight = 100;
	config->priority = 50;
	config->priority_max = SLUICE_PRIORITY_MAX;
	config->queue_bytes = 1 << 20;
	config->input_max = 64;
	if (!config->queue_max)
		config->queue_max = 10000;
	if (!config->class)
		config->class = &sluice_class_priority;
	config->envs_max = 1;
	config->idle = 3600 * SECOND;
	config->patience = 3600 * SECOND;
	task = world_add_task("task", config);
	if (!paused)
		return;
	sluice_enter();
	sluice_task_mode(task, SLUICE_MODE_PAUSE);
	sluice_leave();
}

/* A moment after the one before. */
static struct sluice_call *submit_as(u32 user, struct sluice_submission *ask)
{
	u64 id;

	shim_now += MS;
	shim_uid = user;
	ask->user = world_user[user - ALICE + 1];
	id = world_submit(ask);
	CHECK(id > 0);
	return sluice_call_find(id);
}

static struct sluice_call *submit(u32 user, s32 priority)
{
	struct sluice_submission ask = world_ask("task");

	ask.priority = priority;
	return submit_as(user, &ask);
}

static struct sluice_call *submit_key(u32 user, const char *key)
{
	struct sluice_submission ask = world_ask("task");

	ask.key = key;
	return submit_as(user, &ask);
}

static bool waits(const struct sluice_call *call)
{
	return call->state == SLUICE_CALL_STATE_QUEUED;
}

/*
 * Age within a task
 */

static struct sluice_call *running;

/* The call that goes first starts, runs for as long, and is done. */
static void next_runs(u64 time)
{
	struct sluice_env *env = list_first_entry(&sluice.env_list,
						  struct sluice_env, node);
	struct sluice_call *call;

	if (env->state == SLUICE_ENV_STATE_WANTED)
		world_provision(env->id);
	CHECK_EQ(sluice_worker_look(env, &call), 0);
	CHECK(sluice_worker_take(env, call, 0));
	running = call;
	shim_now += time;
	world_time();
	CHECK_EQ(world_answer(env, call->id, true), 0);
	sluice_call_put(call);
}

/* How long a call of the lowest priority waits among those of the highest. */
static u64 low_among_high(u64 ageing, u32 rounds)
{
	struct sluice_task_config config = { 0 };
	struct sluice_call *low;
	u64 begun;

	sluice_class_ageing = ageing;
	begin(&config, false);
	sluice_class_ageing = ageing;
	submit(ALICE, 99);
	low = submit(BOB, 0);
	begun = shim_now;
	while (rounds--) {
		submit(ALICE, 99);
		next_runs(10 * MS);
		if (running == low)
			return shim_now - begun;
	}
	CHECK(waits(low));
	return ~0ULL;
}

TEST(age_makes_up_for_priority)
{
	u64 waited = low_among_high(SECOND, 100000);

	printf("# waited %ju ms\n", waited / MS);
	CHECK(waited >= 98 * SECOND && waited <= 100 * SECOND);
}

TEST(without_ageing_priority_is_strict)
{
	CHECK_EQ(low_among_high(0, 100000), ~0ULL);
}

/* A low call that goes first by its age has the others of its task behind it. */
TEST(old_call_does_not_take_its_task_down)
{
	struct sluice_task_config config = { 0 };
	struct sluice_call *low, *high;

	begin(&config, true);
	low = submit(BOB, 1);
	high = submit(ALICE, 90);
	CHECK(sluice_callq_first(&task->queue) == high);
	shim_now += 120 * SECOND;
	high = submit(ALICE, 80);
	CHECK_EQ(sluice_callq_position(&task->queue, low, 9), 1);
	CHECK_EQ(sluice_callq_position(&task->queue, high, 9), 2);
	sluice_enter();
	sluice_operate_cancel(sluice_callq_first(&task->queue));
	sluice_task_mode(task, SLUICE_MODE_RUN);
	CHECK(sluice_callq_first(&task->queue) == low);
	CHECK_EQ(task->rank.priority, 80);
	sluice_operate_cancel(high);
	CHECK_EQ(task->rank.priority, 1);
	sluice_leave();
}

/* Another priority does not make it younger, nor does a newer value of its key. */
TEST(age_is_kept)
{
	struct sluice_task_config config = { 0 };
	struct sluice_call *old, *younger;
	struct sluice_refused refused;
	u32 priority = 40;

	begin(&config, true);
	old = submit_key(BOB, "valve");
	shim_now += 30 * SECOND;
	younger = submit(ALICE, 50);
	old = submit_key(BOB, "valve");
	CHECK(sluice_callq_first(&task->queue) == old);
	sluice_enter();
	CHECK_EQ(sluice_operate_change(old, &priority, NULL, world_privileged,
				       &refused), 0);
	CHECK(sluice_callq_first(&task->queue) == old);
	priority = 10;
	CHECK_EQ(sluice_operate_change(old, &priority, NULL, world_privileged,
				       &refused), 0);
	CHECK(sluice_callq_first(&task->queue) == younger);
	sluice_leave();
}

/*
 * Keys
 */

TEST(key_belongs_to_its_user)
{
	struct sluice_task_config config = { 0 };
	struct sluice_call *first, *second, *third;

	begin(&config, true);
	first = submit_key(ALICE, "valve");
	second = submit_key(BOB, "valve");
	CHECK(waits(first) && waits(second));
	third = submit_key(ALICE, "valve");
	CHECK_EQ(first->state, SLUICE_CALL_STATE_SUPERSEDED);
	CHECK(waits(second) && waits(third));
	CHECK_EQ(task->queue.calls, 2);
}

TEST(key_belongs_to_the_task_that_says_so)
{
	struct sluice_task_config config = { .keys = SLUICE_KEYS_TASK };
	struct sluice_call *first, *second, *third;

	begin(&config, true);
	first = submit_key(ALICE, "valve");
	second = submit_key(BOB, "valve");
	CHECK_EQ(first->state, SLUICE_CALL_STATE_SUPERSEDED);
	CHECK(waits(second));
	/* From then on it is another key. */
	config = task->config;
	config.keys = SLUICE_KEYS_USER;
	sluice_enter();
	sluice_task_change(task, &config);
	sluice_leave();
	third = submit_key(BOB, "valve");
	CHECK(waits(second) && waits(third));
}

/* Nor does it end as superseded when it fails while another's waits. */
TEST(key_of_another_ends_no_retry)
{
	struct sluice_task_config config = { .retries = 1, .backoff = SECOND };
	struct sluice_call *mine, *other;
	struct sluice_env *env;
	struct sluice_call *taken;

	begin(&config, false);
	mine = submit_key(ALICE, "valve");
	env = mine->env;
	world_provision(env->id);
	CHECK_EQ(sluice_worker_look(env, &taken), 0);
	CHECK(sluice_worker_take(env, taken, 0));
	other = submit_key(BOB, "valve");
	CHECK_EQ(world_answer(env, mine->id, false), 0);
	CHECK(waits(mine) && mine->ready_at);
	CHECK_EQ(other->state, SLUICE_CALL_STATE_STARTING);
}

/*
 * Who makes way
 */

TEST(own_calls_are_dropped_first)
{
	struct sluice_task_config config = {
		.overflow = SLUICE_OVERFLOW_DROP_OLDEST, .queue_max = 4,
	};
	struct sluice_call *alice[4], *bob[2], *carol;

	begin(&config, true);
	bob[0] = submit(BOB, 50);
	alice[0] = submit(ALICE, 50);
	alice[1] = submit(ALICE, 50);
	alice[2] = submit(ALICE, 50);
	alice[3] = submit(ALICE, 0);
	CHECK_EQ(alice[0]->state, SLUICE_CALL_STATE_DROPPED);
	bob[1] = submit(BOB, 50);
	CHECK_EQ(bob[0]->state, SLUICE_CALL_STATE_DROPPED);
	/* Who has none takes the place of whose is the oldest. */
	carol = submit(CAROL, 50);
	CHECK_EQ(alice[1]->state, SLUICE_CALL_STATE_DROPPED);
	CHECK(waits(alice[2]) && waits(alice[3]) && waits(bob[1]) &&
	      waits(carol));
}

/* One that floods the queue pushes out nobody, however old the others are. */
TEST(flood_drops_its_own)
{
	struct sluice_task_config config = {
		.overflow = SLUICE_OVERFLOW_DROP_OLDEST, .queue_max = 1000,
	};
	struct sluice_call *bob[100];
	u32 i;

	begin(&config, true);
	for (i = 0; i < 100; i++)
		bob[i] = submit(BOB, 0);
	for (i = 0; i < 5000; i++)
		sluice_call_put(submit(ALICE, 99));
	for (i = 0; i < 100; i++)
		CHECK(waits(bob[i]));
	CHECK_EQ(task->dropped, 4100);
}

/* When its own are not enough those of others make way, too. */
TEST(others_are_dropped_when_own_are_not_enough)
{
	struct sluice_task_config config = {
		.overflow = SLUICE_OVERFLOW_DROP_OLDEST,
	};
	struct sluice_submission ask = world_ask("task");
	struct sluice_call *alice, *bob[3];
	u32 i;

	begin(&config, true);
	config = task->config;
	config.queue_bytes = 100;
	sluice_enter();
	sluice_task_change(task, &config);
	sluice_leave();
	ask.input_len = 30;
	bob[0] = submit_as(BOB, &ask);
	bob[1] = submit_as(BOB, &ask);
	ask.input_len = 10;
	alice = submit_as(ALICE, &ask);
	bob[2] = submit_as(BOB, &ask);
	ask.input_len = 60;
	submit_as(ALICE, &ask);
	CHECK_EQ(alice->state, SLUICE_CALL_STATE_DROPPED);
	CHECK_EQ(bob[0]->state, SLUICE_CALL_STATE_DROPPED);
	for (i = 1; i < 3; i++)
		CHECK(waits(bob[i]));
}

/* Whoever keeps the queue full keeps nobody from having one call in it. */
TEST(newcomer_gets_one_call_in)
{
	struct sluice_task_config config = { .queue_max = 3 };
	struct sluice_submission ask = world_ask("task");
	struct sluice_call *bob;
	u32 i;

	begin(&config, true);
	for (i = 0; i < 3; i++)
		submit(ALICE, 50);
	ask.user = world_user[1];
	CHECK_EQ(world_submit(&ask), 0);
	bob = submit(BOB, 50);
	ask.user = world_user[2];
	CHECK_EQ(world_submit(&ask), 0);
	submit(CAROL, 50);
	CHECK_EQ(task->queue.calls, 5);
	/* Again, as soon as he has none. */
	sluice_enter();
	CHECK_EQ(sluice_operate_cancel(bob), 0);
	sluice_leave();
	submit(BOB, 50);
	CHECK_EQ(world_submit(&ask), 0);
}

/* His newer call takes the place of that one, however full it is. */
TEST(newcomer_replaces_his_call)
{
	struct sluice_task_config config = { .queue_max = 1 };
	struct sluice_call *old, *new;

	begin(&config, true);
	submit(ALICE, 50);
	old = submit_key(BOB, "valve");
	new = submit_key(BOB, "valve");
	CHECK_EQ(old->state, SLUICE_CALL_STATE_SUPERSEDED);
	CHECK(waits(new));
	CHECK_EQ(task->queue.calls, 2);
}

/* The queue does not grow without end for them. */
TEST(newcomers_are_not_endless)
{
	struct sluice_task_config config = { .queue_max = 1 };
	struct sluice_submission ask = world_ask("task");

	begin(&config, true);
	submit(ALICE, 50);
	submit(BOB, 50);
	ask.user = world_user[3];
	CHECK_EQ(world_submit(&ask), 0);
}

/* Where submitters wait for room he has his turn among them. */
TEST(newcomer_waits_where_submitters_wait)
{
	struct sluice_task_config config = {
		.queue_max = 1, .overflow = SLUICE_OVERFLOW_BLOCK,
	};
	struct sluice_submission ask = world_ask("task");

	begin(&config, true);
	submit(ALICE, 50);
	ask.user = world_user[2];
	CHECK_EQ(world_submit(&ask), 0);
}

/* Whoever has many ids is one user all the same: whose file it is. */
TEST(newcomer_with_another_id_is_none)
{
	struct sluice_task_config config = { .queue_max = 3 };
	struct sluice_submission ask = world_ask("task");
	u32 i;

	begin(&config, true);
	for (i = 0; i < 3; i++)
		submit(ALICE, 50);
	ask.user = world_user[1];
	for (shim_uid = 100000; shim_uid < 100010; shim_uid++)
		CHECK_EQ(world_submit(&ask), 0);
}

/* Of bytes, too; but no more than the whole queue would have. */
TEST(newcomer_gets_his_input_in)
{
	struct sluice_task_config config = { .queue_max = 100 };
	struct sluice_submission ask = world_ask("task");

	begin(&config, true);
	config = task->config;
	config.queue_bytes = 50;
	sluice_enter();
	sluice_task_change(task, &config);
	sluice_leave();
	ask.input_len = 40;
	submit_as(ALICE, &ask);
	CHECK_EQ(world_submit(&ask), 0);
	submit_as(BOB, &ask);
	CHECK_EQ(task->queue.bytes, 80);
	ask.input_len = 51;
	ask.user = world_user[3];
	CHECK_EQ(world_submit(&ask), 0);
}

/* Where the oldest make way, the queue does not grow for it. */
TEST(newcomer_takes_a_place_where_the_oldest_are_dropped)
{
	struct sluice_task_config config = {
		.overflow = SLUICE_OVERFLOW_DROP_OLDEST, .queue_max = 1,
	};
	struct sluice_call *alice, *bob;

	begin(&config, true);
	alice = submit(ALICE, 50);
	bob = submit(BOB, 50);
	CHECK_EQ(alice->state, SLUICE_CALL_STATE_DROPPED);
	CHECK(waits(bob));
	CHECK_EQ(task->queue.calls, 1);
}

/*
 * In the class deadline
 */

static struct sluice_submission urgent(const char *key)
{
	struct sluice_submission ask = world_ask("task");

	ask.key = key;
	ask.deadline = 1000 * SECOND;
	/* Six tenths of what there is. */
	ask.runtime = 600 * SECOND;
	return ask;
}

/* A new value each period, of which one at a time can be met. */
TEST(newer_value_is_tested_without_the_older)
{
	struct sluice_task_config config = { .class = &sluice_class_deadline };
	struct sluice_submission ask = urgent("sensor");
	struct sluice_call *call, *last = NULL;
	u32 i;

	begin(&config, true);
	sluice.ledger.account[SLUICE_RES_CPU].budget = 1000;
	for (i = 0; i < 20; i++) {
		call = submit_as(ALICE, &ask);
		if (last)
			CHECK_EQ(last->state, SLUICE_CALL_STATE_SUPERSEDED);
		last = call;
	}
	/* But what stays counts. */
	ask = urgent("");
	CHECK_EQ(world_submit(&ask), 0);
	shim_uid = BOB;
	ask = urgent("sensor");
	CHECK_EQ(world_submit(&ask), 0);
	CHECK(waits(last));
	/* With that one gone there is room. */
	sluice_enter();
	sluice_operate_cancel(last);
	sluice_leave();
	CHECK(world_submit(&ask) > 0);
}

TEST(newer_call_is_tested_without_those_that_are_dropped)
{
	struct sluice_task_config config = {
		.class = &sluice_class_deadline, .queue_max = 1,
		.overflow = SLUICE_OVERFLOW_DROP_OLDEST,
	};
	struct sluice_submission ask = urgent("");
	struct sluice_call *call;
	u32 i;

	begin(&config, true);
	sluice.ledger.account[SLUICE_RES_CPU].budget = 1000;
	for (i = 0; i < 20; i++)
		call = submit_as(ALICE, &ask);
	CHECK(waits(call));
	CHECK_EQ(task->dropped, 19);
	/* What is refused drops nothing. */
	ask.runtime = ask.deadline;
	ask.deadline = 900 * SECOND;
	CHECK_EQ(world_submit(&ask), 0);
	CHECK(waits(call));
}
