// SPDX-License-Identifier: GPL-2.0-only
// timeout: 1200
/*
 * The class fair: tasks that always want more get shares as their weights say,
 * of the resource that each of them uses most of.
 */
#define KTAP_SECONDS	200
#include "ktap.h"
#include "sluice_test.h"

#define TASKS	3

struct fair {
	const char *names[TASKS];
	uint32_t weights[TASKS];
	const char *inputs[TASKS];
	/* Calls that are submitted of each, and reaped in all. */
	unsigned int each, calls;
};

/* How long a call had its dominant resource, as a part of the budget. */
static double cost_of(const struct sluice_reap *reap, uint64_t memory,
		      uint64_t cpu)
{
	double of_memory = (double)reap->memory_peak / memory * reap->run_time;
	double of_cpu = (double)reap->cpu_time * 1000 / cpu;

	return of_memory > of_cpu ? of_memory : of_cpu;
}

static bool about(double got, double want, double tolerance)
{
	return got > want - tolerance && got < want + tolerance;
}

/*
 * One call runs at a time. What each task has used by its weight must be the same
 * to a twentieth, and to one call, which may be the last and a costly one: a CPU
 * that is taken from a virtual machine for a while was used as far as it knows.
 */
static void share(const struct fair *fair, uint64_t memory, uint64_t cpu)
{
	double used[TASKS] = { 0 }, total = 0, weights = 0, costliest = 0;
	uint64_t first = 0, id, plugged;
	struct sluice_reap reap;
	unsigned int i, j, done[TASKS] = { 0 };
	int fd = st_open();

	CHECK_EQ(st_budget_set("turn", 1), 0);
	CHECK_EQ(st_task_new(&(struct st_task){ .name = "plug",
						.need = {{ "turn", 1 }} }), 0);
	for (i = 0; i < TASKS; i++) {
		struct st_task task = {
			.name = fair->names[i], .class = "fair",
			.weight = fair->weights[i],
			.queue_max = fair->each, .need = {{ "turn", 1 }},
		};

		CHECK_EQ(st_task_new(&task), 0);
		weights += fair->weights[i];
	}
	plugged = st_plug(fd, "plug");
	for (j = 0; j < fair->each; j++)
		for (i = 0; i < TASKS; i++) {
			id = st_submit_ok(fd, fair->names[i], fair->inputs[i]);
			first = first ? first : id;
		}
	CHECK_EQ(st_cancel(fd, plugged), 0);
	for (j = 0; j < fair->calls; j++) {
		char output[16];
		double cost;

		CHECK_EQ(st_reap(fd, 0, 0, &reap, output, sizeof(output)), 0);
		if (reap.id == plugged)
			continue;
		CHECK_EQ(reap.state, SLUICE_CALL_STATE_DONE);
		i = (reap.id - first) % TASKS;
		cost = cost_of(&reap, memory, cpu);
		costliest = cost > costliest ? cost : costliest;
		used[i] += cost;
		done[i]++;
	}
	for (i = 0; i < TASKS; i++)
		total += used[i];
	for (i = 0; i < TASKS; i++) {
		double part = used[i] / total;
		double want = fair->weights[i] / weights;

		printf("# %s: %u calls, %.4f of all, %.4f by its weight\n",
		       fair->names[i], done[i], part, want);
		/* It wanted more all the time. */
		CHECK(done[i] < fair->each);
		CHECK(about(part, want, want * 0.05 + costliest / total));
	}
	for (i = 0; i < TASKS; i++)
		CHECK_EQ(st_task_del(fair->names[i]), 0);
	CHECK_EQ(st_task_del("plug"), 0);
}

/*
 * @memory: its budget, in which memory counts, too; 0: only CPU time does. Fewer are
 * enough where each takes long.
 */
static void play(struct fair *fair, uint64_t memory)
{
	struct st_budget cpu;
	pid_t agent;

	if (st_slow()) {
		fair->each /= 4;
		fair->calls /= 4;
	}
	CHECK_EQ(st_budget_get("cpu", &cpu), 0);
	if (memory)
		CHECK_EQ(st_budget_set("memory", memory), 0);
	agent = memory ? st_agent_start_cgroups() : st_agent_start();
	if (!agent)
		ktap_skip("memory is not measured here");
	share(fair, memory ? memory : 1ULL << 40, cpu.budget);
	st_agent_stop(agent);
}

TEST(shares_follow_weights)
{
	struct fair fair = {
		.names = { "one", "two", "four" },
		.weights = { 100, 200, 400 },
		.inputs = { "spin 2", "spin 2", "spin 2" },
		.each = 2400, .calls = 2400,
	};

	play(&fair, 0);
}

/* Long calls count for more than short ones. */
TEST(what_counts_is_not_calls)
{
	struct fair fair = {
		.names = { "short", "middle", "long" },
		.weights = { 100, 100, 100 },
		.inputs = { "spin 1", "spin 3", "spin 9" },
		.each = 700, .calls = 600,
	};

	play(&fair, 0);
}

/* Half of the memory for a while is as much as a fourth for twice as long. */
TEST(dominant_resource_decides)
{
	struct fair fair = {
		.names = { "large", "small", "busy" },
		.weights = { 100, 100, 200 },
		.inputs = { "hold 64 4", "hold 16 4", "spin 2" },
		.each = 1000, .calls = 1000,
	};

	play(&fair, 128 * MIB);
}

/* Time without calls is not saved up, nor is a newcomer put last. */
TEST(pause_earns_nothing)
{
	struct st_task task = { .class = "fair",
				.need = {{ "turn", 1 }} };
	uint64_t plugged, steady[40], back[20], last;
	double used[2] = { 0 }, costliest = 0;
	struct st_call call;
	int fd = st_open(), i;
	pid_t agent;

	CHECK_EQ(st_budget_set("turn", 1), 0);
	task.name = "steady";
	CHECK_EQ(st_task_new(&task), 0);
	task.name = "back";
	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	st_reap_done(fd, st_submit_ok(fd, "back", "spin 5"));
	for (i = 0; i < 60; i++)
		st_reap_done(fd, st_submit_ok(fd, "steady", "spin 5"));
	plugged = st_plug(fd, "steady");
	for (i = 0; i < 40; i++)
		steady[i] = st_submit_ok(fd, "steady", "spin 5");
	for (i = 0; i < 20; i++)
		back[i] = st_submit_ok(fd, "back", "spin 5");
	CHECK_EQ(st_cancel(fd, plugged), 0);
	st_reap_in_order(fd, steady, 40);
	st_reap_in_order(fd, back, 20);
	/* As much for either one until the last call of the other begins. */
	CHECK_EQ(st_call_get(back[19], &call), 0);
	last = call.submitted + call.wait;
	for (i = 0; i < 59; i++) {
		CHECK_EQ(st_call_get(i < 40 ? steady[i] : back[i - 40], &call),
			 0);
		if (call.submitted + call.wait > last)
			continue;
		used[i >= 40] += call.cpu;
		costliest = call.cpu > costliest ? call.cpu : costliest;
	}
	printf("# %.1f ms and %.1f ms, at most %.1f ms in one call\n",
	       used[0] / MS, used[1] / MS, costliest / MS);
	CHECK(about(used[0], used[1], 0.05 * used[1] + 2 * costliest));
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("steady"), 0);
	CHECK_EQ(st_task_del("back"), 0);
}
