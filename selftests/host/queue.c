// SPDX-License-Identifier: GPL-2.0-only
// build: ../../kmod/object/user.c ../../kmod/object/callq.c ../../kmod/object/park.c ../../kmod/object/order.c ../../kmod/object/room.c ../../kmod/object/queue.c
// build: ../../kmod/object/quarantine.c ../../kmod/object/task.c $CLASSES ../../kmod/base/ledger.c
// build: -Ishim -I../../kmod -Wno-unused-parameter -Wno-sign-compare
/* The calls that wait for a task: which goes first, and none is lost. */
#include "queue_check.h"

#define STEPS		100000

/*
 * Anything
 */

static u32 any_priority(void)
{
	/* Few, so that there are equals; all, so that none is left out. */
	return (u32)random_below(random_once(2) ? SLUICE_PRIORITIES : 3);
}

static u64 any_deadline(void)
{
	return random_once(3) ? 0 : shim_now + random_below(40);
}

static void step_put(struct waiting *w, struct model *m)
{
	struct waiting *older = NULL;

	/* A queue may have calls from when its task was of another class. */
	w->call->demand = random_once(3) ? &urgent : NULL;
	w->call->key = NULL;
	w->call->origin_uid.val = (u32)random_below(USERS);
	w->call->user = &users[random_below(USERS)];
	w->call->key_shared = random_once(3);
	if (random_once(3)) {
		snprintf(w->key.text, sizeof(w->key.text), "key-%d",
			 (int)random_below(KEYS));
		w->key.call = w->call;
		w->call->key = &w->key;
		RB_CLEAR_NODE(&w->key.node);
		older = with_key(m, w->key.text, w->call);
	}
	if (older)
		supersede(w, m, older, any_priority(), any_deadline());
	else
		put(w, m, any_priority(), any_deadline());
}

/* A call that ran: it ends, or waits again unless nobody wants that any more. */
static void step_ran(struct waiting *w)
{
	struct model *m = w->ran;

	settle(w, random_below(1000));
	if (random_once(2))
		return;
	if (w->call->key && with_key(m, w->key.text, w->call))
		return;
	put_again(w, m, random_once(2));
}

static void step_call(struct waiting *w)
{
	if (w->ran)
		step_ran(w);
	else if (!w->task)
		step_put(w, &models[random_below(TASKS)]);
	else if (w->delayed && random_once(2))
		ready(w);
	else if (random_once(2))
		reorder(w, any_priority(), any_deadline());
	else if (random_once(2))
		take(w);
}

static void step_park(struct model *m)
{
	static const u32 holds[] = {
		SLUICE_HOLD_ENVIRONMENTS, SLUICE_HOLD_CONCURRENCY,
		SLUICE_HOLD_AGENT, SLUICE_HOLD_MEMORY, SLUICE_HOLD_CLAIM,
		SLUICE_HOLD_NEVER,
	};

	if (m->hold != NO && random_once(4))
		unpark(m);
	if (!ordered(m))
		return;
	if (random_once(3))
		park_hold(m, holds[random_below(ARRAY_SIZE(holds))]);
	else
		park_for(m, resources[random_below(ARRAY_SIZE(resources))],
			 random_below(2 * AVAILABLE));
	/* Only who waits for a resource claims anything. */
	if (m->hold == SLUICE_HOLD_RESOURCE && !m->claims)
		claim(m);
}

static void step_unpark(void)
{
	static const u32 holds[] = {
		SLUICE_HOLD_ENVIRONMENTS, SLUICE_HOLD_AGENT,
		SLUICE_HOLD_MEMORY, SLUICE_HOLD_CLAIM, SLUICE_HOLD_NEVER,
	};
	u32 res = resources[random_below(ARRAY_SIZE(resources))];

	switch (random_below(4)) {
	case 0:
		if (random_once(4)) {
			unpark_given();
			break;
		}
		unpark_hold(holds[random_below(ARRAY_SIZE(holds))]);
		break;
	case 1:
		account_of(&sluice.ledger, res)->budget =
			random_below(2 * AVAILABLE);
		more_of(random_once(3) ? 0 : 1U << res);
		break;
	default:
		unpark_best();
	}
}

/* Others, or the very ones that another task names. */
static void other_tokens(struct sluice_request *request)
{
	const struct model *like = &models[random_below(TASKS)];

	if (!random_once(3)) {
		request_set(&sluice.ledger, request, TOKEN, random_below(3));
		return;
	}
	sluice_tokens_put(request->tokens);
	request->tokens = like->task->config.request.tokens;
	sluice_tokens_get(request->tokens);
}

static void step_change(struct model *m)
{
	struct sluice_task_config config = config_of(m);

	if (random_once(2))
		other_tokens(&config.request);
	if (random_once(2))
		config.class = classes[random_below(CLASSES)];
	config.weight = 1 + (u32)random_below(3);
	config.quarantine_after = (u32)random_below(4);
	config.quarantine = random_below(3);
	config.overflow = random_once(2) ? SLUICE_OVERFLOW_DROP_OLDEST :
					   SLUICE_OVERFLOW_REFUSE;
	change(m, &config);
}

static void step_task(struct model *m)
{
	switch (random_below(8)) {
	case 0:
		if (random_once(8))
			step_change(m);
		break;
	case 1:
		/* Mostly they run. */
		if (m->mode != SLUICE_MODE_RUN || m->quarantined)
			set_mode(m, SLUICE_MODE_RUN);
		else if (random_once(8))
			set_mode(m, (u32)random_below(4));
		break;
	case 2:
		outcome(m, !random_once(4));
		break;
	case 3:
		if (m->quarantined)
			let_out(m);
		break;
	case 4:
		step_unpark();
		break;
	default:
		step_park(m);
	}
}

static void all_start(void)
{
	u32 left = 0;
	int i;

	for (i = 0; i < CALLS; i++) {
		if (waiting[i].task && waiting[i].delayed)
			ready(&waiting[i]);
		left += !!waiting[i].task;
	}
	for (i = 0; i < TASKS; i++) {
		set_mode(&models[i], SLUICE_MODE_RUN);
		if (models[i].hold != NO)
			unpark(&models[i]);
	}
	while (start_best(5)) {
		check_all();
		CHECK(left-- > 0);
	}
	CHECK_EQ(left, 0);
	CHECK_EQ(sluice.waiting, 0);
}

static void any_order(u64 ageing)
{
	u64 most_claims = 0;

	sluice_class_ageing = ageing;
	start();
	for (step = 0; step < STEPS; step++) {
		struct model *m = &models[random_below(TASKS)];

		shim_now += random_below(3);
		switch (random_below(8)) {
		case 0:
			start_best(random_below(1000));
			break;
		case 1:
		case 2:
		case 3:
			step_call(&waiting[random_below(CALLS)]);
			break;
		default:
			step_task(m);
		}
		check_all();
		if (!(step % 16))
			check_queue_all(m);
		if (!(step % 64))
			check_before();
		most_claims = max(most_claims, claims());
	}
	/* What is left starts, each once. */
	all_start();
	printf("# %ju times said why\n", (uintmax_t)said);
	CHECK(said > STEPS / 100);
	CHECK_EQ(most_claims, SLUICE_CLAIMS);
	end();
}

TEST(any_order_of_changes)
{
	random_start();
	any_order(0);
}

TEST(any_order_of_changes_with_ageing)
{
	random_start();
	any_order(9);
}

/*
 * Calls of a task
 */

TEST(first_come_first_served)
{
	int i;

	start();
	for (i = 0; i < CALLS; i++)
		put_plain(&waiting[i], &models[0], 50);
	/* One that lost its environment goes before those that came later. */
	CHECK(start_best(0) == &waiting[0]);
	CHECK(start_best(0) == &waiting[1]);
	put_again(&waiting[1], &models[0], false);
	check_queue_all(&models[0]);
	for (i = 1; i < CALLS; i++)
		CHECK(start_best(0) == &waiting[i]);
	CHECK(!start_best(0));
	end();
}

TEST(every_priority)
{
	int priority;

	start();
	for (priority = 1; priority <= SLUICE_PRIORITY_MAX; priority++) {
		put_plain(&waiting[0], &models[0], (u32)priority - 1);
		put_plain(&waiting[1], &models[0], (u32)priority);
		CHECK(start_best(0) == &waiting[1]);
		/* As if it had been the other way round. */
		put_plain(&waiting[1], &models[0], (u32)priority);
		reorder(&waiting[1], (u32)priority - 1, 0);
		CHECK(start_best(0) == &waiting[0]);
		CHECK(start_best(0) == &waiting[1]);
		CHECK(!start_best(0));
	}
	end();
}

/* After a change of class, calls of both kinds are there. */
TEST(deadlines_go_before_priorities)
{
	start();
	put_plain(&waiting[0], &models[0], 99);
	put_urgent(&waiting[1], &models[0], 2000);
	put_urgent(&waiting[2], &models[0], 1000);
	put_urgent(&waiting[3], &models[0], 1000);
	put_plain(&waiting[4], &models[0], 98);
	check_all();
	check_queue_all(&models[0]);
	CHECK(start_best(0) == &waiting[2]);
	reorder(&waiting[1], 0, 999);
	CHECK(start_best(0) == &waiting[1]);
	CHECK(start_best(0) == &waiting[3]);
	CHECK(start_best(0) == &waiting[0]);
	CHECK(start_best(0) == &waiting[4]);
	end();
}

static void put_key(struct waiting *w, struct model *m, u32 priority,
		    struct waiting *older)
{
	strscpy(w->key.text, "door", sizeof(w->key.text));
	w->key.call = w->call;
	w->call->key = &w->key;
	w->call->demand = NULL;
	RB_CLEAR_NODE(&w->key.node);
	CHECK(sluice_callq_with_key(&m->task->queue, w->call) ==
	      (older ? older->call : NULL));
	if (older)
		supersede(w, m, older, priority, 0);
	else
		put(w, m, priority, 0);
	CHECK(sluice_callq_with_key(&m->task->queue, w->call) == w->call);
	check_all();
	check_queue_all(m);
}

TEST(newer_takes_the_place_of_older)
{
	int round, i;

	start();
	put_plain(&waiting[0], &models[0], 50);
	put_key(&waiting[1], &models[0], 50, NULL);
	put_plain(&waiting[2], &models[0], 50);
	/* As often as it likes: it does not lose its place. */
	for (round = 0; round < 10; round++)
		put_key(&waiting[3 + round], &models[0], 50,
			&waiting[round ? 2 + round : 1]);
	/* The same key is another one elsewhere. */
	put_key(&waiting[20], &models[1], 50, NULL);
	CHECK(start_best(0) == &waiting[0]);
	CHECK(start_best(0) == &waiting[20]);
	CHECK(start_best(0) == &waiting[12]);
	CHECK(start_best(0) == &waiting[2]);
	/* With another priority it has the place that goes with it. */
	for (i = 0; i < 3; i++)
		put_plain(&waiting[i], &models[0], 50);
	put_key(&waiting[3], &models[0], 50, NULL);
	put_plain(&waiting[4], &models[0], 60);
	put_key(&waiting[5], &models[0], 60, &waiting[3]);
	CHECK(start_best(0) == &waiting[4]);
	CHECK(start_best(0) == &waiting[5]);
	/* One that has started has no place any more. */
	put_key(&waiting[6], &models[0], 50, NULL);
	for (i = 0; i < 3; i++)
		CHECK(start_best(0) == &waiting[i]);
	CHECK(start_best(0) == &waiting[6]);
	end();
}

/* Nor is one of another kind, or one that may not start, in anybody's place. */
TEST(newer_of_another_kind)
{
	start();
	put_plain(&waiting[0], &models[0], 50);
	put_key(&waiting[1], &models[0], 50, NULL);
	CHECK(start_best(0) == &waiting[0]);
	CHECK(start_best(0) == &waiting[1]);
	put_plain(&waiting[2], &models[0], 50);
	put_again(&waiting[1], &models[0], true);
	put_key(&waiting[3], &models[0], 50, &waiting[1]);
	/* But it is as old. */
	CHECK(sluice_callq_oldest(&models[0].task->queue) == waiting[3].call);
	CHECK(start_best(0) == &waiting[2]);
	CHECK(start_best(0) == &waiting[3]);
	end();
}

/* Who was there first is dropped first, whatever order they start in. */
TEST(oldest)
{
	const struct sluice_call *call;
	int i;

	start();
	for (i = 0; i < 10; i++)
		put_plain(&waiting[i], &models[0], (u32)i);
	put_urgent(&waiting[10], &models[0], 5);
	CHECK(start_best(0) == &waiting[10]);
	CHECK(start_best(0) == &waiting[9]);
	reorder(&waiting[0], 99, 0);
	put_again(&waiting[9], &models[0], true);
	put_again(&waiting[10], &models[0], false);
	CHECK(sluice_callq_oldest(&models[0].task->queue) == waiting[10].call);
	take(&waiting[10]);
	CHECK(sluice_callq_oldest(&models[0].task->queue) == waiting[9].call);
	ready(&waiting[9]);
	CHECK(sluice_callq_oldest(&models[0].task->queue) == waiting[9].call);
	take(&waiting[9]);
	for (i = 0; (call = sluice_callq_oldest(&models[0].task->queue)); i++) {
		CHECK(call == waiting[i].call);
		take(&waiting[i]);
	}
	CHECK_EQ(i, 9);
	end();
}

TEST(delayed)
{
	start();
	put_plain(&waiting[0], &models[0], 50);
	CHECK(start_best(0) == &waiting[0]);
	put_again(&waiting[0], &models[0], true);
	check_all();
	/* It waits, but its task does not. */
	CHECK_EQ(sluice.waiting, 1);
	CHECK(!models[0].task->rank.waits);
	CHECK(!start_best(0));
	CHECK(!sluice_callq_first(&models[0].task->queue));
	put_plain(&waiting[1], &models[0], 50);
	put_plain(&waiting[2], &models[0], 50);
	CHECK(start_best(0) == &waiting[1]);
	/* It may be reordered, and does not start for that. */
	reorder(&waiting[0], 40, 0);
	reorder(&waiting[0], 50, 0);
	CHECK_EQ(sluice_callq_position(&models[0].task->queue,
				       waiting[0].call, 9), 1);
	/* Then it goes before who came later. */
	ready(&waiting[0]);
	CHECK(start_best(0) == &waiting[0]);
	CHECK(start_best(0) == &waiting[2]);
	/* Or it does not wait any longer. */
	put_again(&waiting[0], &models[0], true);
	take(&waiting[0]);
	check_all();
	CHECK_EQ(sluice.waiting, 0);
	end();
}
