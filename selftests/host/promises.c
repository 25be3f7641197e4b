// SPDX-License-Identifier: GPL-2.0-only
// build: $CORE -Ishim -I../../kmod -DSLUICE_TRACE_H -D_GNU_SOURCE -O2 -Wno-unused-parameter -Wno-sign-compare
/*
 * What the classes promise, played through in virtual time: workers run as long
 * as the test says, submitters never rest. Each promise has a twin in which what
 * it rests on is taken away, and in which it does not hold.
 */
#include "world.h"

#include "ktap.h"
#include "random.h"

#define NEVER	(~0ULL)

/* A task of the play, and how its calls went. */
struct actor {
	const char *name;
	struct sluice_task_config config;
	u64	shortest, longest;	/* run time of its calls */
	u32	keep;			/* so many of its calls always wait */
	u64	runtime, deadline;	/* of each call */
	u64	cranes;			/* that a call needs */
	struct sluice_task *task;
	u64	submitted, done, late, expired;
	u64	first_start;
	u64	used;			/* run time of all calls */
};

static struct actor *actors;
static u32 actor_count;
static u64 ends[PLACES];

void shim_env_state(const struct sluice_env *env, enum sluice_env_state from)
{
}

static struct actor *actor_of(const struct sluice_task *task)
{
	u32 i;

	for (i = 0; i < actor_count; i++)
		if (actors[i].task == task)
			return &actors[i];
	ktap_fail("a call of nobody");
}

void shim_call_state(const struct sluice_call *call,
		     enum sluice_call_state from)
{
	struct actor *actor = actor_of(call->task);

	switch (call->state) {
	case SLUICE_CALL_STATE_STARTING:
		if (actor->first_start == NEVER)
			actor->first_start = shim_now;
		break;
	case SLUICE_CALL_STATE_DONE:
		actor->done++;
		actor->used += shim_now - call->started;
		if (actor->deadline && shim_now > call->deadline)
			actor->late++;
		break;
	case SLUICE_CALL_STATE_EXPIRED:
		actor->expired++;
		break;
	default:
		break;
	}
}

static void open_play(struct actor *with, u32 count)
{
	u32 i;

	actors = with;
	actor_count = count;
	shim_now = 3600 * SECOND;
	sluice.limits.max_envs = 100;
	sluice.limits.max_calls = 100000;
	world_begin();
	sluice.ledger.account[SLUICE_RES_MEMORY].budget = 256 * MIB;
	sluice.ledger.account[SLUICE_RES_MEMORY].reserve = 0;
	world_agent(true);
	for (i = 0; i < count; i++) {
		struct sluice_task_config *config = &with[i].config;

		config->queue_max = 10000;
		config->queue_bytes = 1 << 20;
		config->input_max = 64;
		config->idle = 3600 * SECOND;
		if (!config->weight)
			config->weight = 100;
		if (!config->envs_max)
			config->envs_max = 1;
		with[i].first_start = NEVER;
		with[i].task = world_add_task_with(with[i].name, config, CRANE,
						   with[i].cranes);
	}
}

static void submit(struct actor *actor)
{
	struct sluice_submission submission = world_ask(actor->name);

	submission.runtime = actor->runtime;
	submission.deadline = actor->deadline;
	if (!world_submit(&submission))
		ktap_fail("a call of %s is refused", actor->name);
	actor->submitted++;
}

static void work(struct place *place)
{
	u64 *end = &ends[place - places];
	struct sluice_env *env = place->door->env;
	struct sluice_call *call = NULL;
	struct actor *actor;
	int ret;

	if (*end && *end > shim_now)
		return;
	ret = sluice_worker_look(env, &call);
	if (ret == -ESHUTDOWN) {
		place->cgroup.populated = false;
		world_close_door(place);
		*end = 0;
	} else if (ret == -EBUSY) {
		CHECK_EQ(world_answer(env, call->id, true), 0);
		place->memory = 0;
		*end = 0;
	} else if (!ret) {
		actor = actor_of(call->task);
		CHECK(sluice_worker_take(env, call, 0));
		place->memory = actor->config.request.amount[SLUICE_RES_MEMORY];
		*end = shim_now + actor->shortest +
		       random_below(actor->longest - actor->shortest + 1);
	}
	if (call)
		sluice_call_put(call);
}

/* What happens within a millisecond, until nothing more does. */
static void settle(void)
{
	struct sluice_env *env;
	int round, i;

	for (round = 0; round < 3; round++) {
		list_for_each_entry(env, &sluice.env_list, node)
			if (env->state == SLUICE_ENV_STATE_WANTED && !env->door)
				world_provision(env->id);
		for (i = 0; i < PLACES; i++)
			if (places[i].door)
				work(&places[i]);
		world_forget_gone();
	}
}

static void play(u64 time)
{
	u64 until = shim_now + time;
	u32 i;

	while (shim_now < until) {
		for (i = 0; i < actor_count; i++)
			while (actors[i].task->queue.calls < actors[i].keep)
				submit(&actors[i]);
		settle();
		shim_now += MS;
		world_time();
	}
}

static void close_play(void)
{
	u32 i;

	for (i = 0; i < actor_count; i++) {
		actors[i].keep = 0;
		world_del_task(actors[i].name);
	}
	for (i = 0; sluice.env_count && i < 100000; i++) {
		settle();
		shim_now += MS;
		world_time();
	}
	CHECK_EQ(sluice.env_count, 0);
	CHECK_EQ(shim_module_refs, 0);
	world_end();
}

static u64 counted(enum sluice_event what)
{
	return sluice.counters[what];
}

/*
 * A large call among endless small ones
 */

#define SMALL(n) {							\
	.name = n, .keep = 4, .shortest = 20 * MS, .longest = 60 * MS,	\
	.config = {							\
		.class = &sluice_class_priority, .priority = 50,	\
		.envs_max = 9, .patience = SECOND,			\
		.request.amount[SLUICE_RES_MEMORY] = 10 * MIB,		\
	},								\
}

static u64 large_waits(u64 patience, u64 time)
{
	struct actor with[] = {
		SMALL("small-1"), SMALL("small-2"), SMALL("small-3"),
		{
			.name = "large", .shortest = 100 * MS,
			.longest = 100 * MS,
			.config = {
				.class = &sluice_class_priority,
				.priority = 50, .patience = patience,
				.request.amount[SLUICE_RES_MEMORY] = 200 * MIB,
			},
		},
	};
	struct actor *large = &with[3];
	u64 begin;

	random_start();
	open_play(with, 4);
	play(2 * SECOND);
	begin = shim_now;
	submit(large);
	play(time);
	CHECK(with[0].done > 100);
	begin = large->first_start == NEVER ? NEVER : large->first_start - begin;
	close_play();
	return begin;
}

TEST(large_call_starts_within_its_patience)
{
	u64 waited = large_waits(SECOND, 10 * SECOND);

	/* Patience, what runs, and a tick; rounded by a step of the play. */
	printf("# waited %ju ms\n", waited / MS);
	CHECK(waited <= SECOND + 60 * MS + 100 * MS + 5 * MS);
	CHECK(waited >= SECOND);
	CHECK_EQ(counted(SLUICE_EVENT_CLAIM_MADE), 1);
}

TEST(large_call_starves_without_a_claim)
{
	CHECK_EQ(large_waits(3600 * SECOND, 60 * SECOND), NEVER);
	CHECK_EQ(counted(SLUICE_EVENT_CLAIM_MADE), 0);
}

/* A claim that cannot be met for long leaves room for what ends before. */
TEST(short_calls_pass_a_claim_long_ones_do_not)
{
	struct actor with[] = {
		{
			.name = "running", .shortest = 5 * SECOND,
			.longest = 5 * SECOND,
			.config = {
				.class = &sluice_class_priority, .priority = 99,
				.request.amount[SLUICE_RES_MEMORY] = 100 * MIB,
			},
		}, {
			.name = "large", .shortest = MS, .longest = MS,
			.config = {
				.class = &sluice_class_priority, .priority = 60,
				.request.amount[SLUICE_RES_MEMORY] = 200 * MIB,
			},
		}, {
			.name = "short", .shortest = 50 * MS,
			.longest = 60 * MS,
			.config = {
				.class = &sluice_class_priority, .priority = 50,
				.request.amount[SLUICE_RES_MEMORY] = 70 * MIB,
			},
		}, {
			.name = "long", .shortest = 20 * SECOND,
			.longest = 20 * SECOND,
			.config = {
				.class = &sluice_class_priority, .priority = 50,
				.request.amount[SLUICE_RES_MEMORY] = 70 * MIB,
			},
		},
	};
	u64 before, until;

	random_start();
	open_play(with, 4);
	/* Run times are known: one call of each, one after the other. */
	submit(&with[0]);
	submit(&with[2]);
	submit(&with[3]);
	play(40 * SECOND);
	CHECK_EQ(with[3].done, 1);
	with[1].first_start = NEVER;
	submit(&with[0]);
	settle();
	submit(&with[1]);
	play(200 * MS);
	CHECK_EQ(sluice.claim_count, 1);
	with[3].first_start = NEVER;
	with[2].keep = 1;
	submit(&with[3]);
	before = with[2].done;
	until = shim_now;
	play(6 * SECOND);
	/* The large one has run as soon as it could. */
	CHECK(with[1].first_start != NEVER);
	CHECK(with[1].first_start - until < 5 * SECOND + 200 * MS);
	CHECK(with[2].done - before > 50);
	CHECK(with[3].first_start > with[1].first_start);
	CHECK(counted(SLUICE_EVENT_CLAIM_PASSED) > 50);
	close_play();
}

/* A token that is gone for long does not keep others from what they need. */
TEST(claim_on_a_token_stops_nobody_else)
{
	struct actor with[] = {
		{
			.name = "holder", .shortest = 60 * SECOND,
			.longest = 60 * SECOND, .cranes = 1,
			.config = {
				.class = &sluice_class_priority, .priority = 50,
			},
		}, {
			.name = "waiter", .shortest = MS, .longest = MS,
			.cranes = 1,
			.config = {
				.class = &sluice_class_priority, .priority = 50,
				.request.amount[SLUICE_RES_MEMORY] = 100 * MIB,
			},
		},
		SMALL("small"),
	};

	random_start();
	with[2].keep = 0;
	open_play(with, 3);
	submit(&with[0]);
	settle();
	submit(&with[1]);
	play(SECOND);
	CHECK_EQ(sluice.claim_count, 1);
	/* Never measured: nobody knows how long they run. */
	with[2].keep = 2;
	play(SECOND);
	CHECK(with[2].done > 20);
	CHECK_EQ(with[1].first_start, NEVER);
	close_play();
}

/*
 * Deadlines under an overload of batch calls
 */

static void deadlines(struct sluice_class *class, struct actor *control)
{
	struct actor with[] = {
		{
			.name = "control", .shortest = 5 * MS,
			/* A step of the play longer than it ever takes. */
			.longest = 10 * MS, .runtime = 12 * MS,
			.deadline = 120 * MS,
			.config = {
				.class = class, .envs_max = 4,
				.request.amount[SLUICE_RES_CPU] = 500,
			},
		}, {
			.name = "batch-1", .keep = 20, .shortest = 40 * MS,
			.longest = 80 * MS,
			.config = {
				.class = &sluice_class_batch, .envs_max = 8,
				.patience = SECOND,
				.request.amount[SLUICE_RES_CPU] = 500,
			},
		}, {
			.name = "batch-2", .keep = 20, .shortest = 40 * MS,
			.longest = 80 * MS,
			.config = {
				.class = &sluice_class_batch, .envs_max = 8,
				.patience = SECOND,
				.request.amount[SLUICE_RES_CPU] = 500,
			},
		},
	};
	int i;

	random_start();
	open_play(with, 3);
	sluice.ledger.account[SLUICE_RES_CPU].budget = 1000;
	for (i = 0; i < 200; i++) {
		submit(&with[0]);
		play((10 + random_below(40)) * MS);
	}
	CHECK(with[1].done + with[2].done > 20);
	*control = with[0];
	close_play();
}

TEST(deadlines_are_met_under_batch_overload)
{
	struct actor control;

	deadlines(&sluice_class_deadline, &control);
	CHECK_EQ(control.late + control.expired, 0);
	CHECK(control.done >= 199);
}

TEST(deadlines_are_missed_in_a_class_without)
{
	struct actor control;

	deadlines(&sluice_class_batch, &control);
	CHECK(control.late + control.expired > 20);
}

/*
 * Shares, turns, age
 */

static void shares(struct actor *with, u32 count, u64 time)
{
	u64 least = NEVER, most = 0, total = 0;
	u32 i;

	random_start();
	open_play(with, count);
	sluice.ledger.account[SLUICE_RES_CPU].budget = 100000;
	play(time);
	for (i = 0; i < count; i++) {
		const u64 *amount = with[i].config.request.amount;
		u64 used = with[i].used / 1000 *
			   (amount[SLUICE_RES_MEMORY] / MIB) /
			   with[i].config.weight;

		printf("# %s: %ju calls, %ju by weight\n", with[i].name,
		       with[i].done, used);
		least = min(least, used);
		most = max(most, used);
		total += with[i].done;
	}
	CHECK(total > 100);
	/* Within five in a hundred of each other. */
	CHECK(most * 100 <= least * 105);
	close_play();
}

#define SHARER(n, w, m, time) {						\
	.name = n, .keep = 4, .shortest = (time) * MS / 2,		\
	.longest = (time) * MS,						\
	.config = {							\
		.class = &sluice_class_fair, .weight = w,		\
		.envs_max = 20,						\
		.request.amount[SLUICE_RES_MEMORY] = (m) * MIB,		\
	},								\
}

TEST(fair_shares_follow_weights)
{
	struct actor with[] = {
		SHARER("light", 100, 32, 40), SHARER("middle", 200, 32, 40),
		SHARER("heavy", 400, 32, 40),
	};

	shares(with, 3, 60 * SECOND);
}

TEST(fair_shares_count_resource_time_not_calls)
{
	struct actor with[] = {
		SHARER("short", 100, 32, 10), SHARER("long", 100, 32, 80),
		SHARER("wide", 100, 64, 40),
	};

	shares(with, 3, 60 * SECOND);
}

static u64 low_among_high(u64 ageing, u64 time)
{
	struct actor with[] = {
		{
			.name = "high", .keep = 2, .shortest = 10 * MS,
			.longest = 10 * MS, .cranes = 1,
			.config = {
				.class = &sluice_class_priority, .priority = 99,
				.patience = SECOND,
			},
		}, {
			.name = "low", .shortest = 10 * MS, .longest = 10 * MS,
			.cranes = 1,
			.config = {
				.class = &sluice_class_priority, .priority = 0,
				.patience = SECOND,
			},
		},
	};
	u64 begin, waited;

	random_start();
	open_play(with, 2);
	sluice_class_ageing = ageing;
	play(100 * MS);
	begin = shim_now;
	submit(&with[1]);
	play(time);
	waited = with[1].first_start == NEVER ? NEVER :
		 with[1].first_start - begin;
	close_play();
	return waited;
}

TEST(age_makes_up_for_priority)
{
	u64 waited = low_among_high(50 * MS, 10 * SECOND);

	printf("# waited %ju ms\n", waited / MS);
	CHECK(waited >= 98 * 50 * MS && waited <= 99 * 50 * MS + 200 * MS);
}

TEST(without_ageing_priority_is_strict)
{
	CHECK_EQ(low_among_high(0, 20 * SECOND), NEVER);
}
