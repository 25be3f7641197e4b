// SPDX-License-Identifier: GPL-2.0-only
// build: $CORE -I../host/shim -I../host -I../../kmod -DSLUICE_TRACE_H -D_GNU_SOURCE -Wno-unused-parameter -Wno-sign-compare
/*
 * Does a dispatch cost more the more calls wait? The module's core, compiled for
 * this process, with a hundred tasks of all classes: one call comes, one ends,
 * the next starts, while a thousand to a million others wait. Where the machine
 * counts instructions instead of time (make bench has it so), a nanosecond is
 * one of them.
 *
 * The containers are those of the host tests: trees as balanced as the kernel's.
 */
#include "world.h"

#include <time.h>

#define TASKS		100
#define WARM		2000
#define ROUNDS		20000
#define TOGETHER	4

/* Environments with a call. */
static struct sluice_env *busy[TOGETHER];
static u32 busy_count;

void shim_call_state(const struct sluice_call *call,
		     enum sluice_call_state from)
{
	u32 i;

	if (call->state == SLUICE_CALL_STATE_STARTING)
		busy[busy_count++] = call->env;
	if (call->state != SLUICE_CALL_STATE_DONE)
		return;
	for (i = 0; busy[i]->id != call->env_id; i++)
		;
	busy[i] = busy[--busy_count];
}

void shim_env_state(const struct sluice_env *env, enum sluice_env_state from)
{
}

static u64 now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

static void set_up(void)
{
	static struct sluice_class * const classes[] = {
		&sluice_class_deadline, &sluice_class_priority,
		&sluice_class_fair, &sluice_class_priority,
	};
	struct sluice_task_config config = {
		.weight = 100, .queue_max = 10000000, .queue_bytes = ~0ULL,
		.input_max = 64, .envs_max = 1, .idle = 3600 * SECOND,
		.patience = 3600 * SECOND,
	};
	char name[8];
	int i;

	sluice.limits.max_calls = 10000000;
	sluice.limits.max_bytes = ~0UL;
	sluice.limits.max_envs = TASKS;
	world_begin();
	sluice.ledger.account[SLUICE_RES_CPU].budget = TOGETHER * 1000;
	config.request.amount[SLUICE_RES_CPU] = 1000;
	for (i = 0; i < TASKS; i++) {
		snprintf(name, sizeof(name), "task-%d", i);
		config.class = classes[i % 4];
		config.priority = i;
		config.runtime = i % 4 ? 0 : 1;
		config.deadline = i % 4 ? 0 : 36000 * SECOND;
		world_add_task(name, &config);
	}
	world_agent(true);
}

static void submit(u32 i)
{
	struct sluice_submission submission;
	char name[8];

	snprintf(name, sizeof(name), "task-%u", i % TASKS);
	submission = world_ask(name);
	submission.input_len = 16;
	submission.priority = i / TASKS % 4 * 25;
	if (!world_submit(&submission))
		abort();
}

/* Every call that was given an environment runs there. */
static void run_all(void)
{
	struct sluice_call *call;
	u32 i;

	for (i = 0; i < busy_count; i++) {
		struct sluice_env *env = busy[i];

		if (env->call->state != SLUICE_CALL_STATE_STARTING)
			continue;
		if (!env->door)
			world_provision(env->id);
		if (sluice_worker_look(env, &call) ||
		    !sluice_worker_take(env, call, 0))
			abort();
		sluice_call_put(call);
	}
}

/* One call comes, and one of those that run ends: others wait as many as before. */
static void round_trip(u32 i)
{
	struct sluice_env *env = busy[i % busy_count];

	submit(i);
	shim_now += 20000;
	if (world_answer(env, env->call->id, true))
		abort();
	run_all();
}

static u64 cost(u32 waiting)
{
	u32 i = sluice.waiting;
	u64 begin;

	for (; sluice.waiting < waiting; i++)
		submit(i);
	run_all();
	for (i = 0; i < WARM; i++)
		round_trip(i * 7);
	begin = now();
	for (i = 0; i < ROUNDS; i++)
		round_trip(i * 7);
	return (now() - begin) / ROUNDS;
}

int main(void)
{
	u64 least = 0, last = 0;
	u32 waiting;

	set_up();
	for (waiting = 1000; waiting <= 1000000; waiting *= 10) {
		last = cost(waiting);
		if (!least)
			least = last;
		printf("queue-cost-%u: %ju\n", waiting, last);
	}
	printf("queue-depth-ratio: %.3f\n", (double)last / (double)least);
	return 0;
}
