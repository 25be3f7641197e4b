// SPDX-License-Identifier: GPL-2.0-only
// build: $CORE -Ishim -I../../kmod -DSLUICE_TRACE_H -D_GNU_SOURCE -O2 -Wno-unused-parameter -Wno-sign-compare
/*
 * Who waits for what, and whom that keeps waiting: a lower class for those only
 * that could use what it would take, nobody for what can never start.
 */
#include "world.h"

#include "ktap.h"

void shim_call_state(const struct sluice_call *call,
		     enum sluice_call_state from)
{
}

void shim_env_state(const struct sluice_env *env, enum sluice_env_state from)
{
}

static struct sluice_task_config of_class(struct sluice_class *class)
{
	return (struct sluice_task_config){
		.class = class, .weight = 100, .queue_max = 10000,
		.queue_bytes = 1 << 20, .input_max = 64, .envs_max = 1,
		.idle = 3600 * SECOND, .patience = 3600 * SECOND,
	};
}

static struct sluice_task *high, *batch;

/*
 * A task of the class batch, which needs nothing, below one that waits, whose calls
 * need so many cranes.
 */
static void begin(const struct sluice_task_config *config, u64 cranes)
{
	struct sluice_task_config lowest = of_class(&sluice_class_batch);

	shim_now = 3600 * SECOND;
	world_begin();
	world_agent(true);
	lowest.envs_max = 4;
	batch = world_add_task("batch", &lowest);
	high = world_add_task_with("high", config, CRANE, cranes);
}

static struct sluice_call *submit(const char *name)
{
	const struct sluice_submission ask = world_ask(name);
	u64 id = world_submit(&ask);

	CHECK(id > 0);
	return sluice_call_find(id);
}

static bool waits(const struct sluice_call *call)
{
	return call->state == SLUICE_CALL_STATE_QUEUED;
}

static void ask(enum sluice_hold hold)
{
	CHECK(sluice_parked(high));
	CHECK_EQ(high->verdict.hold, hold);
}

static void budget(const char *name, u64 amount)
{
	sluice_enter();
	CHECK_EQ(sluice_operate_budget_set(name, &amount, NULL), 0);
	sluice_leave();
}

/* Ends what starts or runs. */
static void cancel(struct sluice_call *call)
{
	sluice_enter();
	sluice_operate_cancel(call);
	sluice_leave();
	sluice_call_put(call);
}

/* It runs, and is done: its environment is warm for the next call. */
static void run_to_end(struct sluice_call *call)
{
	struct sluice_env *env = call->env;
	struct sluice_call *taken;

	world_provision(env->id);
	CHECK_EQ(sluice_worker_look(env, &taken), 0);
	CHECK(sluice_worker_take(env, taken, 0));
	sluice_call_put(taken);
	CHECK_EQ(world_answer(env, call->id, true), 0);
	sluice_call_put(call);
}

static void warm(const struct sluice_task *task)
{
	run_to_end(submit(task->name));
}

/*
 * For whom the class batch waits
 */

/* More environments than its task may have are of no use to the call that waits. */
TEST(own_limit_of_environments_keeps_nobody)
{
	const struct sluice_task_config config =
		of_class(&sluice_class_priority);
	struct sluice_call *first, *second, *low;

	begin(&config, 0);
	first = submit("high");
	second = submit("high");
	CHECK(!waits(first) && waits(second));
	ask(SLUICE_HOLD_CONCURRENCY);
	low = submit("batch");
	CHECK(!waits(low));
	CHECK(!sluice_class_shut(&sluice_class_batch));
	/* But it goes first when it can. */
	cancel(low);
	run_to_end(first);
	CHECK(!waits(second));
}

TEST(own_limit_of_running_calls_keeps_nobody)
{
	struct sluice_task_config config = of_class(&sluice_class_fair);
	struct sluice_call *low;

	config.envs_max = 2;
	config.running_max = 1;
	begin(&config, 0);
	submit("high");
	CHECK(waits(submit("high")));
	ask(SLUICE_HOLD_CONCURRENCY);
	low = submit("batch");
	CHECK(!waits(low));
}

/* An environment that is there is no use to a call that needs one of its own. */
TEST(missing_agent_keeps_nobody_with_an_environment)
{
	const struct sluice_task_config config =
		of_class(&sluice_class_priority);

	begin(&config, 0);
	warm(batch);
	world_agent(false);
	CHECK(waits(submit("high")));
	ask(SLUICE_HOLD_AGENT);
	CHECK(!waits(submit("batch")));
	/* That one needs an agent, too. */
	CHECK(waits(submit("batch")));
	world_agent(true);
	CHECK_EQ(sluice.waiting, 0);
}

/* A twin: others wait for a resource that it would not take, but that counts. */
TEST(missing_resource_keeps_the_class)
{
	struct sluice_task_config config = of_class(&sluice_class_priority);
	struct sluice_call *first, *low;

	config.envs_max = 2;
	begin(&config, 1);
	first = submit("high");
	CHECK(waits(submit("high")));
	ask(SLUICE_HOLD_RESOURCE);
	low = submit("batch");
	CHECK(waits(low));
	CHECK(sluice_class_shut(&sluice_class_batch));
	cancel(first);
	CHECK(!waits(low));
}

/* Another: the one environment that is left is what both could use. */
TEST(limit_of_all_environments_keeps_the_class)
{
	struct sluice_task_config config = of_class(&sluice_class_priority);

	config.envs_max = 9;
	begin(&config, 0);
	warm(batch);
	sluice.limits.max_envs = 2;
	submit("high");
	CHECK(waits(submit("high")));
	CHECK(waits(submit("batch")));
	sluice.limits.max_envs = 8;
}

/* What no longer waits for its own limit counts again, and is not counted twice. */
TEST(counts_again_when_it_waits_for_something_else)
{
	struct sluice_task_config config = of_class(&sluice_class_priority);
	struct sluice_call *first, *low;

	begin(&config, 0);
	first = submit("high");
	submit("high");
	config.envs_max = 3;
	world_request(&config, CRANE, 1);
	budget("crane", 0);
	budget("crane", 1);
	world_change_task(high, &config);
	world_drop(&config);
	CHECK_EQ(sluice.waiting, 0);
	CHECK(waits(submit("high")));
	ask(SLUICE_HOLD_RESOURCE);
	low = submit("batch");
	CHECK(waits(low));
	/* Stopped, it waits for nothing. */
	sluice_enter();
	sluice_task_mode(high, SLUICE_MODE_PAUSE);
	sluice_leave();
	CHECK(!waits(low));
	sluice_enter();
	sluice_task_mode(high, SLUICE_MODE_RUN);
	sluice_leave();
	CHECK(waits(submit("batch")));
	cancel(first);
}

/*
 * Tokens
 */

#define MANY	4096
#define EACH	5

/* A token, a call that has it, and one that waits for it. */
struct pair {
	u32	res;
	struct sluice_call *has, *waits;
};

static void pair(struct pair *pair, int i)
{
	struct sluice_task_config config = of_class(&sluice_class_priority);
	char name[24];

	snprintf(name, sizeof(name), "token-%d", i * (MANY - 1) / (EACH - 1));
	pair->res = sluice_ledger_find(&sluice.ledger, name)->res;
	config.envs_max = 2;
	world_add_task_with(name, &config, pair->res, 1);
	pair->has = submit(name);
	pair->waits = submit(name);
	CHECK(!waits(pair->has) && waits(pair->waits));
	CHECK_EQ(pair->waits->told, SLUICE_HOLD_RESOURCE);
	CHECK_EQ(pair->waits->told_res, pair->res);
}

/* Nobody else is even asked. */
TEST(token_of_many_is_given_back)
{
	const struct sluice_task_config config =
		of_class(&sluice_class_priority);
	struct pair pairs[EACH];
	char name[24];
	u64 held;
	int i;

	sluice.limits.max_envs = 2 * EACH;
	begin(&config, 0);
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "token-%d", i);
		budget(name, 1);
	}
	for (i = 0; i < EACH; i++)
		pair(&pairs[i], i);
	held = sluice.counters[SLUICE_EVENT_CALL_HELD];
	for (i = EACH; i--;) {
		CHECK(waits(pairs[i].waits));
		CHECK_EQ(world_account(pairs[i].res)->park.count, 1);
		cancel(pairs[i].has);
		CHECK(!waits(pairs[i].waits));
		CHECK_EQ(sluice.waiting, i);
		CHECK_EQ(world_account(pairs[i].res)->park.count, 0);
		CHECK_EQ(world_account(pairs[i].res)->reserved, 1);
	}
	CHECK_EQ(sluice.counters[SLUICE_EVENT_CALL_HELD], held);
}

/* One that is not there is declared; and only one that nobody needs goes. */
TEST(tokens_by_the_operator)
{
	const struct sluice_task_config config =
		of_class(&sluice_class_priority);
	struct sluice_account *account;
	u64 two = 2, one = 1;

	begin(&config, 1);
	sluice_enter();
	shim_no_memory = true;
	CHECK_EQ(sluice_operate_budget_set("bus", &two, NULL), -ENOMEM);
	shim_no_memory = false;
	CHECK(!sluice_ledger_find(&sluice.ledger, "bus"));
	CHECK_EQ(sluice_operate_budget_set("bus", &two, NULL), 0);
	account = sluice_ledger_find(&sluice.ledger, "bus");
	CHECK_EQ(account->budget, 2);
	account->reserved = 2;
	CHECK_EQ(sluice_operate_budget_set("bus", &one, NULL), -EBUSY);
	CHECK_EQ(sluice_operate_budget_del(account), -EBUSY);
	account->reserved = 0;
	CHECK_EQ(sluice_operate_budget_del(account), 0);
	CHECK(!sluice_ledger_find(&sluice.ledger, "bus"));
	CHECK_EQ(sluice_operate_budget_del(world_account(CRANE)), -EBUSY);
	sluice_leave();
}

/*
 * What can never start
 */

static struct sluice_task_config large(void)
{
	struct sluice_task_config config = of_class(&sluice_class_priority);

	config.envs_max = 3;
	config.patience = SECOND;
	config.request.amount[SLUICE_RES_MEMORY] = 400 * MIB;
	return config;
}

static void never(const struct sluice_call *call, u32 res, u64 need, u64 missing)
{
	CHECK(waits(call));
	ask(SLUICE_HOLD_NEVER);
	CHECK_EQ(call->told, SLUICE_HOLD_NEVER);
	CHECK_EQ(high->verdict.res, res);
	CHECK_EQ(high->verdict.need, need);
	CHECK_EQ(high->verdict.missing, missing);
	CHECK(!high->claim);
	CHECK_EQ(sluice.claim_count, 0);
	CHECK(!sluice_class_shut(&sluice_class_batch));
}

static void pass(u64 time)
{
	u64 until = shim_now + time;

	while (shim_now < until) {
		shim_now += 100 * MS;
		world_time();
	}
}

TEST(never_as_the_budget_was_lowered)
{
	const struct sluice_task_config config = large();
	struct sluice_call *first, *call, *low;

	begin(&config, 1);
	first = submit("high");
	call = submit("high");
	ask(SLUICE_HOLD_RESOURCE);
	low = submit("batch");
	CHECK(waits(low));
	/* It has a claim before, and not after. */
	pass(2 * SECOND);
	CHECK(high->claim);
	run_to_end(first);
	/* That started it: the next one waits. */
	CHECK(!waits(call));
	first = call;
	call = submit("high");
	low = submit("batch");
	pass(2 * SECOND);
	CHECK(high->claim && waits(low));
	sluice_enter();
	sluice_operate_cancel(first);
	sluice_operate_cancel(call);
	sluice_task_mode(high, SLUICE_MODE_PAUSE);
	sluice_leave();
	call = submit("high");
	budget("memory", 300 * MIB);
	sluice_enter();
	sluice_task_mode(high, SLUICE_MODE_RUN);
	sluice_leave();
	never(call, SLUICE_RES_MEMORY, 400 * MIB, 100 * MIB);
	pass(10 * SECOND);
	never(call, SLUICE_RES_MEMORY, 400 * MIB, 100 * MIB);
	CHECK(!waits(submit("batch")));
	budget("memory", 399 * MIB);
	CHECK(waits(call));
	budget("memory", 400 * MIB);
	CHECK(!waits(call));
}

/* While it waits for a resource, with a claim, and whatever it waits for. */
TEST(never_while_it_waits)
{
	const struct sluice_task_config config = large();
	const struct sluice_task_config other =
		of_class(&sluice_class_priority);
	struct sluice_call *holder, *call, *low;

	begin(&config, 1);
	world_add_task_with("other", &other, CRANE, 1);
	holder = submit("other");
	call = submit("high");
	low = submit("batch");
	ask(SLUICE_HOLD_RESOURCE);
	CHECK_EQ(high->verdict.res, CRANE);
	pass(2 * SECOND);
	CHECK(high->claim && waits(low));
	budget("memory", 100 * MIB);
	never(call, SLUICE_RES_MEMORY, 400 * MIB, 300 * MIB);
	CHECK(!waits(low));
	/* Enough, but then there is something else that is short. */
	budget("memory", 500 * MIB);
	ask(SLUICE_HOLD_RESOURCE);
	CHECK_EQ(high->verdict.res, CRANE);
	CHECK(sluice_class_shut(&sluice_class_batch));
	pass(2 * SECOND);
	CHECK(high->claim);
	cancel(holder);
	CHECK(!waits(call));
}

/* Not even in an environment that has it all. */
TEST(never_in_a_warm_environment)
{
	const struct sluice_task_config config = large();
	struct sluice_call *call;

	begin(&config, 0);
	warm(high);
	places[0].memory = 390 * MIB;
	budget("memory", 300 * MIB);
	sluice_enter();
	sluice_task_mode(high, SLUICE_MODE_PAUSE);
	sluice_leave();
	budget("memory", 500 * MIB);
	call = submit("high");
	budget("memory", 300 * MIB);
	sluice_enter();
	sluice_task_mode(high, SLUICE_MODE_RUN);
	sluice_leave();
	never(call, SLUICE_RES_MEMORY, 400 * MIB, 100 * MIB);
	budget("memory", 500 * MIB);
	CHECK(!waits(call));
}

/* Before any reason that others could heal, as nothing heals this one. */
TEST(never_without_an_agent)
{
	const struct sluice_task_config config = large();
	struct sluice_call *call;

	begin(&config, 1);
	world_agent(false);
	call = submit("high");
	ask(SLUICE_HOLD_AGENT);
	budget("crane", 0);
	world_agent(true);
	never(call, CRANE, 1, 1);
	world_agent(false);
	budget("crane", 1);
	ask(SLUICE_HOLD_AGENT);
	world_agent(true);
	CHECK(!waits(call));
}

/* What is told of it once is not told again. */
TEST(never_is_told_once)
{
	const struct sluice_task_config config = large();
	u64 told;

	begin(&config, 1);
	sluice_enter();
	sluice_task_mode(high, SLUICE_MODE_PAUSE);
	sluice_leave();
	submit("high");
	budget("memory", 300 * MIB);
	sluice_enter();
	sluice_task_mode(high, SLUICE_MODE_RUN);
	sluice_leave();
	told = sluice.counters[SLUICE_EVENT_CALL_HELD];
	ask(SLUICE_HOLD_NEVER);
	budget("memory", 200 * MIB);
	budget("gate", 7);
	ask(SLUICE_HOLD_NEVER);
	CHECK_EQ(high->verdict.missing, 200 * MIB);
	CHECK_EQ(sluice.counters[SLUICE_EVENT_CALL_HELD], told);
}
