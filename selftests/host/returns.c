// SPDX-License-Identifier: GPL-2.0-only
// build: $CORE -Ishim -I../../kmod -DSLUICE_TRACE_H -D_GNU_SOURCE -O2 -Wno-unused-parameter -Wno-sign-compare
/* What an environment has of the gateway's for itself is back before anybody else has what it holds. */
#include "world.h"

#include "ktap.h"

void shim_call_state(const struct sluice_call *call,
		     enum sluice_call_state from)
{
}

void shim_env_state(const struct sluice_env *env, enum sluice_env_state from)
{
}

static struct place *place;
static u64 waits;
static u32 id;

static struct sluice_env *env_here(void)
{
	return list_first_entry(&sluice.env_list, struct sluice_env, node);
}

static int returned(void)
{
	int ret;

	sluice_enter();
	ret = sluice_operate_env_returned(id);
	sluice_leave();
	return ret;
}

static enum sluice_call_state state_of(u64 call)
{
	const struct sluice_call *it = xa_load(&sluice.calls, call);

	return it->state;
}

/* A call has the bus, in an environment that returns something or not; another one waits for it. */
static void begin(bool returns)
{
	const struct sluice_task_config config = {
		.class = &sluice_class_priority, .weight = 100,
		.queue_max = 100, .queue_bytes = 1 << 20, .input_max = 64,
		.envs_max = 1, .patience = 3600 * SECOND,
	};
	const struct sluice_submission submission = world_ask("mover"),
		other = world_ask("other");
	struct sluice_call *call;
	u64 one = 1;
	u32 bus;

	shim_now = 3600 * SECOND;
	world_begin();
	world_agent(true);
	sluice_enter();
	CHECK_EQ(sluice_operate_budget_set("bus", &one, NULL), 0);
	bus = sluice_ledger_find(&sluice.ledger, "bus")->res;
	sluice_leave();
	world_add_task_with("mover", &config, bus, 1);
	world_add_task_with("other", &config, bus, 1);
	CHECK(world_submit(&submission) > 0);
	waits = world_submit(&other);
	CHECK(waits > 0);
	id = env_here()->id;
	place = world_provision_with(id, returns);
	CHECK_EQ(sluice_worker_look(env_here(), &call), 0);
	CHECK(sluice_worker_take(env_here(), call, 0));
	CHECK_EQ(world_answer(env_here(), call->id, true), 0);
	sluice_call_put(call);
	CHECK_EQ(env_here()->state, SLUICE_ENV_STATE_RETIRING);
}

static void ends(void)
{
	place->cgroup.populated = false;
	shim_now += SECOND / 10;
	world_time();
}

TEST(what_returns_nothing_is_free_with_the_answer)
{
	begin(false);
	CHECK_EQ(state_of(waits), SLUICE_CALL_STATE_STARTING);
	CHECK_EQ(returned(), -ESTALE);
	ends();
	CHECK_EQ(returned(), -ENOENT);
}

TEST(what_returns_something_is_gone_when_that_is_said)
{
	begin(true);
	ends();
	CHECK_EQ(state_of(waits), SLUICE_CALL_STATE_QUEUED);
	CHECK_EQ(returned(), 0);
	CHECK_EQ(returned(), -ENOENT);
	CHECK_EQ(state_of(waits), SLUICE_CALL_STATE_STARTING);
}

TEST(that_it_is_said_early_is_not_enough)
{
	begin(true);
	CHECK_EQ(returned(), 0);
	CHECK_EQ(state_of(waits), SLUICE_CALL_STATE_QUEUED);
	ends();
	CHECK_EQ(state_of(waits), SLUICE_CALL_STATE_STARTING);
}
