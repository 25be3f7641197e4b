// SPDX-License-Identifier: GPL-2.0-only
// build: $CORE -Ishim -I../../kmod -DSLUICE_TRACE_H -DSHIM_32BIT -D_GNU_SOURCE -O2 -Wno-unused-parameter -Wno-sign-compare
/* Ids on a machine of 32 bits, where their places come back after so many calls. */
#include "world.h"

#include "ktap.h"

#define ROUND	(1ULL << 32)
#define CALLS	10

void shim_call_state(const struct sluice_call *call,
		     enum sluice_call_state from)
{
}

void shim_env_state(const struct sluice_env *env, enum sluice_env_state from)
{
}

static const struct sluice_task_config slow = {
	.class = &sluice_class_priority, .weight = 100, .queue_max = 100,
	.queue_bytes = 1 << 20, .input_max = 64, .envs_max = 8,
	.idle = 3600 * SECOND,
};

static void begin(void)
{
	shim_now = 3600 * SECOND;
	world_begin();
	world_agent(true);
	world_add_task("slow", &slow);
}

static void found(u64 id)
{
	struct sluice_call *call = sluice_call_find(id);

	CHECK(call);
	CHECK_EQ(call->id, id);
	sluice_call_put(call);
}

/* Each has an id of its own and is found by it, and by no other. */
TEST(places_of_calls_come_back)
{
	const struct sluice_submission submission = world_ask("slow");
	u64 old[2], ids[CALLS];
	u32 i;

	begin();
	/* These live all the time. */
	for (i = 0; i < 2; i++)
		old[i] = world_submit(&submission);
	CHECK_EQ(old[1], 2);
	sluice.last_call.value = (s64)(ROUND - 4);
	for (i = 0; i < CALLS; i++) {
		ids[i] = world_submit(&submission);
		CHECK(ids[i] > (i ? ids[i - 1] : old[1]));
	}
	CHECK(ids[CALLS - 1] > ROUND);
	for (i = 0; i < 2; i++) {
		found(old[i]);
		/* Its place was passed over. */
		CHECK(!sluice_call_find(ROUND + old[i]));
		CHECK(!sluice_call_find(2 * ROUND + old[i]));
	}
	for (i = 0; i < CALLS; i++) {
		found(ids[i]);
		CHECK(!sluice_call_find(ids[i] + ROUND));
		CHECK(ids[i] < ROUND || !sluice_call_find(ids[i] - ROUND));
	}
}

/* It is the next one's, and free again when there is no task that could have one. */
TEST(id_of_the_next_environment)
{
	const struct sluice_submission submission = world_ask("slow");
	struct sluice_task *task, *other;
	u32 id, again;

	begin();
	other = world_add_task("other", &slow);
	sluice_enter();
	task = sluice_task_find("slow");
	CHECK_EQ(sluice_env_next(task, &id), 0);
	CHECK_EQ(sluice_env_next(task, &again), 0);
	CHECK_EQ(id, 1);
	CHECK_EQ(again, id);
	CHECK(!xa_load(&sluice.envs, id));
	/* Not even when they have gone round. */
	sluice.last_env = U32_MAX;
	CHECK_EQ(sluice_env_next(other, &again), 0);
	CHECK_EQ(again, 2);
	sluice_leave();
	CHECK(world_submit(&submission) > 0);
	CHECK(xa_load(&sluice.envs, id));
	CHECK_EQ(task->next_env, 0);
	world_del_task("other");
	CHECK_EQ(xa_insert(&sluice.envs, again, NULL, 0), 0);
	xa_erase(&sluice.envs, again);
}

/* One that lives as long keeps its id, and none has 0, which is for none. */
TEST(ids_of_environments_come_back)
{
	const struct sluice_submission submission = world_ask("slow");
	struct sluice_env *env;
	u32 count = 0;

	begin();
	CHECK(world_submit(&submission) > 0);
	env = xa_load(&sluice.envs, 1);
	CHECK(env);
	sluice.last_env = U32_MAX;
	CHECK(world_submit(&submission) > 0);
	CHECK(xa_load(&sluice.envs, 1) == env);
	CHECK(!xa_load(&sluice.envs, 0));
	CHECK(xa_load(&sluice.envs, 2));
	list_for_each_entry(env, &sluice.env_list, node)
		count += env->id;
	CHECK_EQ(count, 3);
}
