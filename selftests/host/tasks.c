// SPDX-License-Identifier: GPL-2.0-only
// build: ../../kmod/object/user.c ../../kmod/object/callq.c ../../kmod/object/park.c ../../kmod/object/order.c ../../kmod/object/room.c ../../kmod/object/queue.c
// build: ../../kmod/object/quarantine.c ../../kmod/object/task.c $CLASSES ../../kmod/base/ledger.c
// build: -Ishim -I../../kmod -Wno-unused-parameter -Wno-sign-compare
/* Tasks in the order of their classes, parked, claiming, stopped: which goes first, which waits for what. */
#include "queue_check.h"

/*
 * Tasks
 */

TEST(equal_tasks_take_turns)
{
	int i;

	start();
	for (i = 0; i < 60; i++)
		put_plain(&waiting[i], &models[i / 20], 50);
	for (i = 0; i < 20; i++) {
		CHECK(start_best(0) == &waiting[i]);
		CHECK(start_best(0) == &waiting[20 + i]);
		CHECK(start_best(0) == &waiting[40 + i]);
	}
	end();
}

static void change_class(struct model *m, struct sluice_class *class)
{
	struct sluice_task_config config = config_of(m);

	config.class = class;
	change(m, &config);
}

/* Where the class counts what calls cost, it hears of it, wherever a task is. */
TEST(costs_are_booked)
{
	int i;

	start();
	for (i = 0; i < 12; i++) {
		if (i < 3)
			change_class(&models[i], &sluice_class_fair);
		put_plain(&waiting[i], &models[i % 3], 50);
	}
	CHECK(start_best(1000) == &waiting[0]);
	CHECK(start_best(2000) == &waiting[1]);
	CHECK(start_best(3000) == &waiting[2]);
	CHECK(start_best(1) == &waiting[3]);
	/* One did not run, one ran for longer. */
	park_for(&models[0], SLUICE_RES_CPU, 2 * AVAILABLE);
	park_for(&models[2], SLUICE_RES_CPU, 2 * AVAILABLE);
	settle(&waiting[2], 0);
	settle(&waiting[0], 5000);
	check_all();
	sluice.ledger.account[SLUICE_RES_CPU].budget *= 2;
	more_of(1U << SLUICE_RES_CPU);
	unpark_best();
	CHECK(start_best(0) == &waiting[5]);
	unpark_best();
	CHECK(sluice_order_before(models[0].task) == 2);
	/* It has no calls left that wait. */
	take(&waiting[8]);
	take(&waiting[11]);
	settle(&waiting[5], 7000);
	check_all();
	CHECK_EQ(models[2].task->rank.used, 7000);
	end();
}

TEST(parked_task_lets_others_pass)
{
	const u32 memory = 1U << SLUICE_RES_MEMORY;

	start();
	put_plain(&waiting[0], &models[0], 99);
	put_plain(&waiting[1], &models[1], 1);
	park_for(&models[0], SLUICE_RES_MEMORY, AVAILABLE + 1);
	check_all();
	/* A better call of the same task waits for the same. */
	put_urgent(&waiting[2], &models[0], 5);
	check_all();
	CHECK_EQ(said, 2);
	CHECK(start_best(0) == &waiting[1]);
	CHECK(!start_best(0));
	more_of(memory);
	unpark_best();
	CHECK(!start_best(0));
	sluice.ledger.account[SLUICE_RES_MEMORY].budget++;
	more_of(1U << SLUICE_RES_CPU);
	unpark_best();
	CHECK(!start_best(0));
	more_of(memory);
	CHECK(!start_best(0));
	unpark_best();
	CHECK(start_best(0) == &waiting[2]);
	CHECK(start_best(0) == &waiting[0]);
	end();
}

/* One comes back for each resource that grew, and is dealt with; then the next. */
TEST(the_best_that_fits_comes_back)
{
	int i;

	start();
	for (i = 0; i < 8; i++) {
		u32 res = i < 4 ? SLUICE_RES_MEMORY : TOKEN;

		put_plain(&waiting[i], &models[i], 50 + (u32)i);
		account_of(&sluice.ledger, res)->budget = 5;
		park_for(&models[i], res, 10 + (u64)i);
		account_of(&sluice.ledger, res)->budget = AVAILABLE;
	}
	/* Too much for the best of both. */
	sluice.ledger.account[SLUICE_RES_MEMORY].budget = 12;
	account_of(&sluice.ledger, TOKEN)->budget = 16;
	more_of(1U << SLUICE_RES_MEMORY | 1U << TOKEN);
	unpark_best();
	check_all();
	CHECK(ordered(&models[6]) && ordered(&models[2]));
	CHECK(start_best(0) == &waiting[6]);
	CHECK(start_best(0) == &waiting[2]);
	CHECK(!start_best(0));
	/* There is as much as before. */
	unpark_best();
	CHECK(start_best(0) == &waiting[5]);
	CHECK(start_best(0) == &waiting[1]);
	/* Nothing is left for the others of one. */
	account_of(&sluice.ledger, TOKEN)->budget = 0;
	unpark_best();
	CHECK_EQ(news(), 1U << SLUICE_RES_MEMORY);
	CHECK(start_best(0) == &waiting[0]);
	CHECK(!start_best(0));
	unpark_best();
	CHECK_EQ(news(), 0);
	end();
}

/* Who uses more than it asks for waits for others to give back. */
TEST(not_for_want_of_what_is_available)
{
	start();
	put_plain(&waiting[0], &models[0], 50);
	put_plain(&waiting[1], &models[1], 50);
	park_for(&models[0], SLUICE_RES_CPU, AVAILABLE);
	park_for(&models[1], SLUICE_RES_CPU, AVAILABLE + 1);
	CHECK(models[0].task->parked_at == &sluice.held[SLUICE_HOLD_RESOURCE]);
	CHECK(models[1].task->parked_at ==
	      &sluice.ledger.account[SLUICE_RES_CPU].park);
	/* Nothing has grown. */
	more_of(0);
	unpark_best();
	CHECK(!start_best(0));
	/* Whatever grew, it is asked about again. */
	more_of(1U << TOKEN);
	CHECK(start_best(0) == &waiting[0]);
	CHECK(!start_best(0));
	end();
}

/* Whatever budget it is that has changed, and none of those who wait for something else. */
TEST(changed_budgets_bring_back_who_waits_for_any)
{
	u32 i;

	start();
	for (i = 0; i < 8; i++)
		put_plain(&waiting[i], &models[i], 50);
	park_for(&models[0], SLUICE_RES_MEMORY, AVAILABLE + 1);
	park_for(&models[1], TOKEN, AVAILABLE + 1);
	park_for(&models[2], TOKEN, AVAILABLE + 2);
	park_for(&models[3], SLUICE_RES_CPU, 1);
	park_hold(&models[4], SLUICE_HOLD_NEVER);
	park_hold(&models[5], SLUICE_HOLD_ENVIRONMENTS);
	park_hold(&models[6], SLUICE_HOLD_CLAIM);
	park_hold(&models[7], SLUICE_HOLD_CONCURRENCY);
	check_all();
	unpark_given();
	check_all();
	for (i = 0; i < 8; i++)
		CHECK_EQ(sluice_parked(models[i].task), i > 4);
	end();
}

/*
 * Tokens
 */

/* All that there can be; there are some already. */
static void declare_all(void)
{
	char name[24];
	u32 res;

	for (res = TOKENS; res < SLUICE_TOKENS; res++) {
		snprintf(name, sizeof(name), "token-%u", res);
		token_declare(&sluice.ledger, name, 1);
	}
}

static void hold(struct sluice_share *share, u32 res, u32 count)
{
	struct sluice_request request = { 0 };

	for (; count; count--)
		request_set(&sluice.ledger, &request, res++, 1);
	sluice_ledger_reserve(&sluice.ledger, share, &request);
	request_drop(&request);
}

/* Of those who wait for one each, only who waits for this one is back, and then needs two. */
static void only_back(const u32 *waits, u32 count, u32 res)
{
	u32 i;

	sluice_order_unpark_fitting();
	for (i = 0; i < count; i++) {
		CHECK_EQ(sluice_parked(models[i].task), waits[i] != res);
		if (waits[i] == res)
			park_for(&models[i], res, 2);
	}
}

TEST(released_token_among_thousands)
{
	static const u32 waits[] = {
		TOKEN, TOKENS + 100, TOKENS + 4096, TOKENS + 4097,
		SLUICE_RES_TOKEN + SLUICE_TOKENS - 1,
	};
	struct sluice_share held[ARRAY_SIZE(waits)] = { 0 };
	u32 count = ARRAY_SIZE(waits), i;

	start();
	declare_all();
	account_of(&sluice.ledger, TOKEN)->budget = 1;
	for (i = 0; i < count; i++) {
		hold(&held[i], waits[i], 1);
		put_plain(&waiting[i], &models[i], 50);
		park_for(&models[i], waits[i], 1);
		CHECK_EQ(waiting[i].call->told_res, waits[i]);
		CHECK_EQ(account_of(&sluice.ledger, waits[i])->park.count, 1);
	}
	/* Nothing is there, and so nobody is back. */
	only_back(waits, count, 0);
	for (i = count; i--;) {
		CHECK(!sluice_ledger_grew(&sluice.ledger));
		share_release(&sluice.ledger, &held[i]);
		CHECK(sluice_ledger_grew(&sluice.ledger));
		only_back(waits, count, waits[i]);
		/* Nothing is left for anybody. */
		only_back(waits, count, 0);
	}
	CHECK(!sluice_ledger_grew(&sluice.ledger));
	end();
}

/* Several are given back at once, and of each the best comes back whom it is enough for. */
TEST(tokens_are_given_back_together)
{
	struct sluice_share held = { 0 };
	u32 i;

	start();
	declare_all();
	for (i = 0; i < 6; i++)
		put_plain(&waiting[i], &models[i], 50 + i);
	hold(&held, 1000, 4);
	park_for(&models[0], 1000, 1);
	park_for(&models[1], 1001, 1);
	park_for(&models[2], 1001, 1);
	park_for(&models[3], 1002, 2);
	park_for(&models[4], 1002, 1);
	park_for(&models[5], 1002, 3);
	share_release(&sluice.ledger, &held);
	sluice_order_unpark_fitting();
	for (i = 0; i < 6; i++)
		CHECK_EQ(sluice_parked(models[i].task), i % 2);
	/* Who names none of what is left is not asked about again and again. */
	sluice_order_unpark_fitting();
	sluice_order_unpark_fitting();
	CHECK(!sluice_parked(models[1].task));
	CHECK(sluice_parked(models[3].task) && sluice_parked(models[5].task));
	CHECK(!sluice_ledger_grew(&sluice.ledger));
	end();
}

static struct sluice_account *token(void)
{
	return account_of(&sluice.ledger, TOKEN);
}

/* Two references, one for the task that is to be and one for the test. */
static struct sluice_tokens *named(struct sluice_task_config *config, u64 count)
{
	config->request.tokens = NULL;
	request_set(&sluice.ledger, &config->request, TOKEN, count);
	sluice_tokens_get(config->request.tokens);
	return config->request.tokens;
}

/* What it has taken over it puts, and what it has not it leaves. */
TEST(tokens_of_a_task_that_does_not_come_to_be)
{
	struct sluice_task_config config;
	struct sluice_tokens *tokens;
	struct sluice_task *task;

	start();
	config = config_of(&models[0]);
	tokens = named(&config, 3);
	shim_no_memory = true;
	CHECK(!sluice_task_alloc("more", &config));
	shim_no_memory = false;
	CHECK_EQ(tokens->ref.count, 2);
	task = sluice_task_alloc("task-3", &config);
	CHECK_EQ(sluice_task_register(task), -EEXIST);
	CHECK_EQ(tokens->ref.count, 2);
	sluice_task_put(task);
	CHECK_EQ(tokens->ref.count, 1);
	CHECK_EQ(token()->users, 0);
	sluice_tokens_put(tokens);
	end();
}

/* Whoever has the list has a reference to it, and nobody else. */
TEST(tokens_of_a_task)
{
	struct sluice_task_config config;
	struct sluice_tokens *first, *second;
	struct sluice_share held = { 0 };
	struct sluice_task *task;

	start();
	config = config_of(&models[0]);
	first = named(&config, 3);
	task = sluice_task_alloc("more", &config);
	CHECK_EQ(sluice_task_register(task), 0);
	CHECK_EQ(first->ref.count, 2);
	CHECK_EQ(token()->users, 1);
	sluice_ledger_reserve(&sluice.ledger, &held, &task->config.request);
	CHECK_EQ(first->ref.count, 3);
	/* Others instead, and what is held stays held. */
	second = named(&config, 2);
	sluice_task_change(task, &config);
	CHECK_EQ(first->ref.count, 2);
	CHECK_EQ(second->ref.count, 2);
	CHECK_EQ(token()->users, 1);
	CHECK_EQ(token()->reserved, 3);
	/* Removed, it names nothing, whoever has a reference to it. */
	sluice_task_get(task);
	sluice_task_unregister(task);
	CHECK_EQ(second->ref.count, 1);
	CHECK_EQ(token()->users, 0);
	sluice_task_put(task);
	sluice_task_put(task);
	share_release(&sluice.ledger, &held);
	CHECK_EQ(first->ref.count, 1);
	CHECK_EQ(token()->reserved, 0);
	sluice_tokens_put(first);
	sluice_tokens_put(second);
	end();
}

/* Since when a call lacks a resource, whatever else happens meanwhile. */
TEST(patience)
{
	const struct sluice_task *task;

	start();
	task = models[0].task;
	put_plain(&waiting[0], &models[0], 50);
	put_plain(&waiting[1], &models[0], 50);
	shim_now = 100;
	park_for(&models[0], SLUICE_RES_MEMORY, AVAILABLE + 1);
	shim_now = 200;
	unpark(&models[0]);
	park_for(&models[0], SLUICE_RES_CPU, 1);
	unpark(&models[0]);
	park_hold(&models[0], SLUICE_HOLD_CLAIM);
	CHECK_EQ(task->lacks_since, 100);
	unpark(&models[0]);
	/* It would not start if it had all resources. */
	park_hold(&models[0], SLUICE_HOLD_CONCURRENCY);
	CHECK_EQ(task->lacks_since, 0);
	unpark(&models[0]);
	park_for(&models[0], SLUICE_RES_MEMORY, AVAILABLE + 1);
	CHECK_EQ(task->lacks_since, 200);
	/* Another one's patience begins anew. */
	unpark(&models[0]);
	CHECK(start_best(0) == &waiting[0]);
	CHECK_EQ(task->lacks_since, 0);
	end();
}

TEST(claims_are_few)
{
	int i;

	start();
	for (i = 0; i < TASKS; i++) {
		put_plain(&waiting[i], &models[i], 50);
		park_for(&models[i], SLUICE_RES_MEMORY, AVAILABLE + 1);
		claim(&models[i]);
		CHECK_EQ(!!models[i].task->claim, i < SLUICE_CLAIMS);
	}
	check_all();
	/* Whose calls are gone holds none any more. */
	take(&waiting[3]);
	check_all();
	claim(&models[TASKS - 1]);
	claim(&models[TASKS - 2]);
	check_all();
	/* One that ends lets those be asked about that it held. */
	unpark(&models[TASKS - 3]);
	park_hold(&models[TASKS - 3], SLUICE_HOLD_CLAIM);
	CHECK(!start_best(0));
	unpark(&models[0]);
	CHECK(start_best(0) == &waiting[0]);
	check_all();
	CHECK(start_best(0) == &waiting[TASKS - 3]);
	claim(&models[TASKS - 2]);
	/* As does one that now waits for something else. */
	unpark(&models[1]);
	park_hold(&models[1], SLUICE_HOLD_ENVIRONMENTS);
	CHECK(!models[1].task->claim);
	check_all();
	end();
}

/*
 * Stopped tasks
 */

TEST(stopped_task_keeps_its_calls)
{
	enum sluice_mode mode;

	start();
	for (mode = SLUICE_MODE_PAUSE; mode <= SLUICE_MODE_DRAIN_KEEP; mode++) {
		put_plain(&waiting[0], &models[0], 99);
		put_plain(&waiting[1], &models[1], 1);
		set_mode(&models[0], mode);
		check_all();
		/* It is not there for others, either. */
		CHECK_EQ(sluice_class_priority.waiting, 1);
		put_plain(&waiting[2], &models[0], 99);
		CHECK(start_best(0) == &waiting[1]);
		CHECK(!start_best(0));
		CHECK_EQ(sluice.waiting, 2);
		set_mode(&models[0], SLUICE_MODE_RUN);
		check_all();
		CHECK(start_best(0) == &waiting[0]);
		/* Out of where it is parked, too. */
		park_for(&models[0], SLUICE_RES_MEMORY, AVAILABLE + 1);
		claim(&models[0]);
		set_mode(&models[0], mode);
		check_all();
		CHECK_EQ(sluice.ledger.account[SLUICE_RES_MEMORY].park.count, 0);
		CHECK(!models[0].task->claim);
		set_mode(&models[0], SLUICE_MODE_RUN);
		CHECK(start_best(0) == &waiting[2]);
		check_all();
	}
	end();
}

static void quarantine_after(struct model *m, u32 failures, u64 time)
{
	struct sluice_task_config config = config_of(m);

	config.quarantine_after = failures;
	config.quarantine = time;
	change(m, &config);
}

static void fail_times(struct model *m, int times)
{
	while (times--)
		outcome(m, true);
}

TEST(quarantine)
{
	struct model *m = &models[0];

	start();
	shim_now = 1000;
	put_plain(&waiting[0], m, 50);
	quarantine_after(m, 3, 500);
	/* Only those in a row count. */
	fail_times(m, 2);
	outcome(m, false);
	fail_times(m, 2);
	CHECK(!m->task->quarantined);
	CHECK(ordered(m));
	outcome(m, true);
	CHECK_EQ(m->task->quarantined, 1500);
	CHECK_EQ(events[SLUICE_EVENT_TASK_QUARANTINED], 1);
	check_all();
	CHECK(!start_best(0));
	/* Those that still ran make it no longer. */
	shim_now = 1200;
	fail_times(m, 2);
	CHECK_EQ(m->task->quarantined, 1500);
	CHECK_EQ(events[SLUICE_EVENT_TASK_QUARANTINED], 1);
	let_out(m);
	check_all();
	CHECK(start_best(0) == &waiting[0]);
	/* One more failure is enough. */
	outcome(m, true);
	CHECK_EQ(m->task->quarantined, 1700);
	let_out(m);
	outcome(m, false);
	fail_times(m, 2);
	CHECK(!m->task->quarantined);
	end();
}

TEST(quarantine_ended_by_hand)
{
	struct model *m = &models[0];

	start();
	put_plain(&waiting[0], m, 50);
	quarantine_after(m, 3, 0);
	fail_times(m, 3);
	/* It does not end by itself. */
	CHECK_EQ(m->task->quarantined, SLUICE_QUARANTINE_HELD);
	CHECK(!start_best(0));
	/* To stop it is not to let it out. */
	set_mode(m, SLUICE_MODE_PAUSE);
	CHECK_EQ(m->task->quarantined, SLUICE_QUARANTINE_HELD);
	set_mode(m, SLUICE_MODE_RUN);
	CHECK_EQ(m->task->failures, 0);
	check_all();
	CHECK(start_best(0) == &waiting[0]);
	fail_times(m, 2);
	CHECK(!m->task->quarantined);
	/* None after none at all, and none for a task that goes anyway. */
	quarantine_after(m, 0, 500);
	fail_times(m, 20);
	CHECK(!m->task->quarantined);
	quarantine_after(m, 1, 500);
	m->task->closing = true;
	sluice_quarantine_failed(m->task);
	CHECK(!m->task->quarantined);
	end();
}

/*
 * Names
 */

TEST(names)
{
	struct sluice_task_config config;
	struct sluice_task *same, *more;

	start();
	config = models[0].task->config;
	same = sluice_task_alloc("task-3", &config);
	CHECK_EQ(sluice_task_register(same), -EEXIST);
	sluice_task_put(same);
	CHECK(sluice_task_find("task-3") == models[3].task);
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
	/* And so is its place. */
	CHECK_EQ(sluice_task_register(same), 0);
	sluice_task_unregister(same);
	sluice_task_put(same);
	CHECK_EQ(sluice.ledger.account[SLUICE_RES_PIDS].users, TASKS);
	config.request.amount[SLUICE_RES_PIDS] = 0;
	config.request.amount[SLUICE_RES_CPU] = 5;
	sluice_task_change(models[1].task, &config);
	CHECK_EQ(sluice.ledger.account[SLUICE_RES_PIDS].users, TASKS - 1);
	CHECK_EQ(sluice.ledger.account[SLUICE_RES_CPU].users, 1);
	CHECK_EQ(events[SLUICE_EVENT_TASK_NEW], TASKS + 2);
	CHECK_EQ(events[SLUICE_EVENT_TASK_DEL], 2);
	CHECK_EQ(events[SLUICE_EVENT_TASK_SET], 1);
	shim_no_memory = true;
	CHECK(!sluice_task_alloc("x", &config));
	shim_no_memory = false;
	end();
}
