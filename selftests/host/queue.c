// SPDX-License-Identifier: GPL-2.0-only
// build: ../../kmod/task.c ../../kmod/class.c ../../kmod/class/priority.c ../../kmod/ledger.c -Ishim -I../../kmod -Wno-sign-compare
/* The calls that wait for tasks: the best goes first, in the order in which they came, each once. */
#include "kernel.h"

#include "class.h"
#include "event.h"
#include "ktap.h"
#include "random.h"
#include "task.h"

#define TASKS		5
#define CALLS		64
#define STEPS		200000
#define AVAILABLE	1000

u64 shim_now;
bool shim_no_memory;
long shim_module_refs;
struct sluice sluice = { .limits.max_tasks = TASKS + 1 };

/*
 * What the test knows of a call: @task is NULL when it does not wait. Of equal
 * priority, the smallest @place goes first.
 */
struct waiting {
	struct sluice_call *call;
	struct sluice_task *task;
	u32	priority;
	s64	place;
	struct sluice_verdict told;
};

static struct waiting waiting[CALLS];
static struct sluice_task *tasks[TASKS];
static s64 behind_all, before_all = -1;
static u64 step, said;

static u64 changes[SLUICE_COUNTERS];

void sluice_event_task(const struct sluice_task *task, enum sluice_counter what)
{
	CHECK(task);
	changes[what]++;
}

/* Somebody is told why a call waits: it is true, and is news. */
void sluice_event_hold(const struct sluice_call *call)
{
	struct waiting *w = waiting;

	while (w->call != call)
		w++;
	CHECK(w->task && sluice_task_first(w->task) == call);
	CHECK(!list_empty(&w->task->park));
	CHECK_EQ(call->verdict.hold, w->task->verdict.hold);
	CHECK_EQ(call->verdict.res, w->task->verdict.res);
	if (w->told.hold == call->verdict.hold &&
	    w->told.res == call->verdict.res)
		ktap_fail("step %ju: call %ju is held for the same reason again",
			  step, call->id);
	w->told = call->verdict;
	said++;
}

static void start(void)
{
	struct sluice_task_config config = {
		.class = &sluice_class_priority,
		.request.amount[SLUICE_RES_PIDS] = 1,
	};
	char name[16];
	int i;

	sluice.lock.held = true;
	hash_init(sluice.tasks);
	for (i = 0; i < SLUICE_PARKS; i++)
		INIT_LIST_HEAD(&sluice.parked[i]);
	sluice_class_init();
	sluice_ledger_init(&sluice.ledger);
	sluice.ledger.account[SLUICE_RES_MEMORY].budget = AVAILABLE;
	for (i = 0; i < TASKS; i++) {
		snprintf(name, sizeof(name), "task-%d", i);
		tasks[i] = sluice_task_alloc(name, &config);
		CHECK_EQ(sluice_task_register(tasks[i]), 0);
	}
	for (i = 0; i < CALLS; i++) {
		waiting[i].call = calloc(1, sizeof(*waiting[i].call));
		waiting[i].call->id = i;
		waiting[i].call->input_len = i;
	}
}

static void end(void)
{
	int i;

	for (i = 0; i < CALLS; i++)
		free(waiting[i].call);
	sluice.lock.held = false;
	sluice_task_exit();
}

static bool goes_before(const struct waiting *a, const struct waiting *b)
{
	return a->priority > b->priority ||
	       (a->priority == b->priority && a->place < b->place);
}

static struct waiting *first_of(const struct sluice_task *task)
{
	struct waiting *best = NULL, *w;

	for (w = waiting; w < waiting + CALLS; w++)
		if (w->task == task && (!best || goes_before(w, best)))
			best = w;
	return best;
}

static void check_task(const struct sluice_task *task)
{
	const struct waiting *first = first_of(task), *w;
	u64 calls = 0, bytes = 0;

	for (w = waiting; w < waiting + CALLS; w++) {
		calls += w->task == task;
		bytes += w->task == task ? w->call->input_len : 0;
	}
	CHECK_EQ(task->queue.calls, calls);
	CHECK_EQ(task->queue.bytes, bytes);
	CHECK(sluice_task_first(task) == (first ? first->call : NULL));
	CHECK_EQ(sluice_rank_ordered(&task->rank),
		 first && list_empty(&task->park));
	if (!first) {
		CHECK(list_empty(&task->park));
	} else if (!list_empty(&task->park)) {
		CHECK_EQ(first->call->verdict.hold, task->verdict.hold);
		CHECK_EQ(first->call->verdict.res, task->verdict.res);
		CHECK_EQ(first->call->verdict.missing, task->verdict.missing);
	}
}

static void check_all(void)
{
	const struct sluice_rank *got = sluice_class_best();
	const struct waiting *w, *best = NULL;
	u64 calls = 0, bytes = 0;
	u32 parked = 0;
	int i;

	for (i = 0; i < TASKS; i++) {
		check_task(tasks[i]);
		w = list_empty(&tasks[i]->park) ? first_of(tasks[i]) : NULL;
		if (w && (!best || w->priority > best->priority))
			best = w;
		calls += tasks[i]->queue.calls;
		bytes += tasks[i]->queue.bytes;
		parked += !list_empty(&tasks[i]->park);
	}
	CHECK_EQ(!!got, !!best);
	if (got)
		CHECK_EQ(got->priority, best->priority);
	CHECK_EQ(sluice.waiting, calls);
	CHECK_EQ(sluice.waiting_bytes, bytes);
	for (i = 0; i < SLUICE_PARKS; i++) {
		struct sluice_task *task;
		u32 count = 0;

		list_for_each_entry(task, &sluice.parked[i], park)
			count++;
		CHECK_EQ(sluice.park_count[i], count);
		parked -= count;
	}
	CHECK_EQ(parked, 0);
}

/* All positions of a task, seen in one go. */
static void check_positions(const struct sluice_task *task)
{
	const struct waiting *w, *other;

	for (w = waiting; w < waiting + CALLS; w++) {
		u32 before = 0;

		if (w->task != task)
			continue;
		for (other = waiting; other < waiting + CALLS; other++)
			before += other->task == task && goes_before(other, w);
		CHECK_EQ(sluice_task_position(task, w->call, CALLS), before);
		CHECK_EQ(sluice_task_position(task, w->call, 3),
			 min(before, 3));
	}
}

static void put(struct waiting *w, struct sluice_task *task, u32 priority,
		bool first)
{
	w->task = task;
	w->priority = priority;
	w->place = first ? before_all-- : behind_all++;
	w->told.hold = SLUICE_HOLD_NONE;
	w->call->verdict = w->told;
	w->call->priority = priority;
	sluice_task_queue(task, w->call, first);
}

static void take(struct waiting *w)
{
	struct sluice_task *task = w->task;

	w->task = NULL;
	sluice_task_unqueue(task, w->call);
}

static void reprioritise(struct waiting *w, u32 priority)
{
	w->priority = priority;
	w->place = behind_all++;
	sluice_task_reprioritise(w->task, w->call, priority);
}

/* The engine's way: the best call of the best task goes. */
static struct waiting *start_best(void)
{
	struct sluice_rank *rank = sluice_class_best();
	struct sluice_task *task;
	struct waiting *w;

	if (!rank)
		return NULL;
	task = container_of(rank, struct sluice_task, rank);
	w = first_of(task);
	CHECK(w && sluice_task_first(task) == w->call);
	take(w);
	if (sluice_rank_ordered(rank))
		rank->class->started(rank);
	return w;
}

static u32 any_priority(void)
{
	/* Few, so that there are equals; all, so that none is left out. */
	return (u32)random_below(random_once(2) ? SLUICE_PRIORITIES : 3);
}

static void park(struct sluice_task *task)
{
	struct sluice_verdict verdict = {
		.hold = SLUICE_HOLD_RESOURCE + (u32)random_below(4),
		.need = random_below(2 * AVAILABLE),
		.missing = random_bits(),
	};

	if (!task->queue.calls || !list_empty(&task->park))
		return;
	if (verdict.hold == SLUICE_HOLD_RESOURCE)
		verdict.res = (u32)random_below(SLUICE_RES_TOKEN);
	sluice_task_park(task, &verdict);
}

/* A resource grew: those come back that it is enough for, and no others. */
static void grew(u32 resources)
{
	bool parked[TASKS];
	int i;

	for (i = 0; i < TASKS; i++)
		parked[i] = !list_empty(&tasks[i]->park);
	sluice_task_unpark_res(resources);
	for (i = 0; i < TASKS; i++) {
		const struct sluice_verdict *verdict = &tasks[i]->verdict;
		bool back = verdict->hold == SLUICE_HOLD_RESOURCE &&
			    resources & 1U << verdict->res &&
			    verdict->need <= (verdict->res ? 0 : AVAILABLE);

		CHECK_EQ(!list_empty(&tasks[i]->park), parked[i] && !back);
	}
}

static void unpark_hold(enum sluice_hold hold)
{
	bool parked[TASKS];
	int i;

	for (i = 0; i < TASKS; i++)
		parked[i] = !list_empty(&tasks[i]->park);
	sluice_task_unpark_hold(hold);
	for (i = 0; i < TASKS; i++)
		CHECK_EQ(!list_empty(&tasks[i]->park),
			 parked[i] && tasks[i]->verdict.hold != hold);
}

static void change_parked(struct sluice_task *task)
{
	switch (random_below(8)) {
	case 0:
		sluice_task_unpark(task);
		CHECK(list_empty(&task->park));
		break;
	case 1:
		grew((u32)random_below(8));
		break;
	case 2:
		unpark_hold(SLUICE_HOLD_ENVIRONMENTS +
			    (u32)random_below(3));
		break;
	case 3:
		sluice_task_change(task, &task->config);
		CHECK(list_empty(&task->park));
		break;
	default:
		park(task);
	}
}

static void one_step(void)
{
	struct waiting *w = &waiting[random_below(CALLS)];
	struct sluice_task *task = tasks[random_below(TASKS)];

	switch (random_below(6)) {
	case 0:
	case 1:
		if (!w->task)
			put(w, task, any_priority(), random_once(8));
		break;
	case 2:
		if (w->task)
			reprioritise(w, any_priority());
		break;
	case 3:
		if (w->task && random_once(2))
			take(w);
		break;
	case 4:
		start_best();
		break;
	default:
		change_parked(task);
	}
}

TEST(any_order_of_changes)
{
	u64 started = 0;
	int i;

	random_start();
	start();
	for (step = 0; step < STEPS; step++) {
		one_step();
		check_all();
		if (!(step % 64))
			check_positions(tasks[random_below(TASKS)]);
	}
	/* What is left starts, each once. */
	for (i = 0; i < TASKS; i++)
		sluice_task_unpark(tasks[i]);
	started = sluice.waiting;
	while (start_best()) {
		check_all();
		CHECK(started-- > 0);
	}
	CHECK_EQ(started, 0);
	CHECK_EQ(sluice.waiting, 0);
	printf("# %ju times said why\n", said);
	CHECK(said > STEPS / 100);
	end();
}

TEST(first_come_first_served)
{
	int i;

	start();
	for (i = 0; i < CALLS; i++)
		put(&waiting[i], tasks[0], 50, false);
	/* One that lost its environment goes before those that came later. */
	take(&waiting[9]);
	put(&waiting[9], tasks[0], 50, true);
	CHECK(start_best() == &waiting[9]);
	for (i = 0; i < CALLS; i++)
		if (i != 9)
			CHECK(start_best() == &waiting[i]);
	CHECK(!start_best());
	end();
}

TEST(equal_tasks_take_turns)
{
	int i;

	start();
	for (i = 0; i < CALLS; i++)
		put(&waiting[i], tasks[i < 20 ? 0 : i < 40 ? 1 : 2], 50, false);
	for (i = 0; i < 20; i++) {
		CHECK(start_best() == &waiting[i]);
		CHECK(start_best() == &waiting[20 + i]);
		CHECK(start_best() == &waiting[40 + i]);
	}
	end();
}

TEST(parked_task_lets_others_pass)
{
	const struct sluice_verdict verdict = {
		.hold = SLUICE_HOLD_RESOURCE, .need = AVAILABLE + 1,
	};

	start();
	put(&waiting[0], tasks[0], 99, false);
	put(&waiting[1], tasks[1], 1, false);
	sluice_task_park(tasks[0], &verdict);
	check_all();
	/* A better call of the same task waits for the same. */
	put(&waiting[2], tasks[0], 99, true);
	check_all();
	CHECK_EQ(said, 2);
	CHECK(start_best() == &waiting[1]);
	CHECK(!start_best());
	sluice_task_unpark_res(1U << SLUICE_RES_MEMORY);
	CHECK(!start_best());
	sluice.ledger.account[SLUICE_RES_MEMORY].budget++;
	sluice_task_unpark_res(1U << SLUICE_RES_CPU);
	CHECK(!start_best());
	sluice_task_unpark_res(1U << SLUICE_RES_MEMORY);
	CHECK(start_best() == &waiting[2]);
	CHECK(start_best() == &waiting[0]);
	end();
}

TEST(names)
{
	struct sluice_task_config config;
	struct sluice_task *same, *more;

	start();
	config = tasks[0]->config;
	same = sluice_task_alloc("task-3", &config);
	CHECK_EQ(sluice_task_register(same), -EEXIST);
	sluice_task_put(same);
	CHECK(sluice_task_find("task-3") == tasks[3]);
	CHECK(!sluice_task_find("task-"));
	CHECK(!sluice_task_find("task-33"));
	CHECK_EQ(sluice.ledger.account[SLUICE_RES_PIDS].users, TASKS);
	more = sluice_task_alloc("more", &config);
	CHECK_EQ(sluice_task_register(more), 0);
	same = sluice_task_alloc("one-too-many", &config);
	CHECK_EQ(sluice_task_register(same), -ENOSPC);
	/* The name of one that was removed is free at once. */
	sluice_task_unregister(more);
	CHECK(more->closing && !sluice_task_find("more"));
	sluice_task_put(more);
	sluice_task_put(same);
	CHECK_EQ(sluice.ledger.account[SLUICE_RES_PIDS].users, TASKS);
	config.request.amount[SLUICE_RES_PIDS] = 0;
	config.request.amount[SLUICE_RES_CPU] = 5;
	sluice_task_change(tasks[1], &config);
	CHECK_EQ(sluice.ledger.account[SLUICE_RES_PIDS].users, TASKS - 1);
	CHECK_EQ(sluice.ledger.account[SLUICE_RES_CPU].users, 1);
	CHECK_EQ(changes[SLUICE_COUNT_TASK_NEW], TASKS + 1);
	CHECK_EQ(changes[SLUICE_COUNT_TASK_DEL], 1);
	CHECK_EQ(changes[SLUICE_COUNT_TASK_SET], 1);
	shim_no_memory = true;
	CHECK(!sluice_task_alloc("x", &config));
	shim_no_memory = false;
	end();
}
