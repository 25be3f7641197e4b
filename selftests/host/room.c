// SPDX-License-Identifier: GPL-2.0-only
// build: ../../kmod/object/callq.c ../../kmod/object/user.c $CLASSES -Ishim -I../../kmod -Wno-unused-parameter -Wno-sign-compare
/* Submitters that wait for room: who can get in is woken, who came first before others, and nobody else. */
#include "kernel.h"

#include "ktap.h"
#include "random.h"

#include "../../kmod/object/room.c"

#define MANY	1000
#define TASKS	4
#define USERS	3
#define CROWD	200

bool shim_no_memory;
u64 shim_now;
struct sluice sluice;

static struct sluice_user users[CROWD];
static struct sluice_task tasks[TASKS];
static struct sluice_call calls[MANY];
static struct sluice_waiter waiters[MANY];
static u32 blocked;

void sluice_event_blocked(void)
{
	blocked++;
}

static void begin(void)
{
	int i;

	memset(&sluice, 0, sizeof(sluice));
	memset(tasks, 0, sizeof(tasks));
	memset(calls, 0, sizeof(calls));
	INIT_LIST_HEAD(&sluice.rooms.blocked);
	INIT_LIST_HEAD(&sluice.rooms.promised);
	sluice.limits.max_calls = 1000000;
	sluice.limits.max_bytes = 1 << 30;
	for (i = 0; i < TASKS; i++) {
		sluice_callq_init(&tasks[i].queue);
		sluice_room_init(&tasks[i].room);
		tasks[i].config.queue_max = 1000000;
		tasks[i].config.queue_bytes = 1 << 30;
	}
	memset(users, 0, sizeof(users));
	for (i = 0; i < CROWD; i++)
		users[i].uid = (kuid_t){ 1000 + (u32)i };
	blocked = 0;
	sluice.lock.held = true;
}

/* A call of the user gets into the queue of the task. */
static void enter(struct sluice_task *task, struct sluice_user *user, u32 bytes)
{
	task->queue.calls++;
	task->queue.bytes += bytes;
	sluice_user_queued(user, bytes);
}

static void enter_many(struct sluice_task *task, struct sluice_user *user,
		       u32 count)
{
	while (count--)
		enter(task, user, 0);
}

static void leave(struct sluice_task *task, struct sluice_user *user, u32 bytes)
{
	task->queue.calls--;
	task->queue.bytes -= bytes;
	sluice_user_unqueued(user, bytes);
	sluice_room_made(task);
}

static bool has_room(const struct sluice_call *call)
{
	const struct sluice_task *task = call->task;
	const struct sluice_user *user = call->user;

	return task->queue.calls < task->config.queue_max &&
	       task->queue.bytes + call->input_len <= task->config.queue_bytes &&
	       user->use.calls < sluice_user_calls_max(user) &&
	       user->use.bytes + call->input_len <= sluice_user_bytes_max(user);
}

static void waits(u32 i, struct sluice_task *task, struct sluice_user *user,
		  u32 bytes)
{
	calls[i].task = task;
	calls[i].user = user;
	calls[i].input_len = bytes;
	sluice_waiter_init(&waiters[i], &calls[i]);
	sluice_waiter_wait(&waiters[i]);
}

/* It has been woken, and looks: true when it got in. */
static bool looks(u32 i)
{
	const struct sluice_call *call = &calls[i];

	CHECK(waiters[i].woken);
	sluice_waiter_awake(&waiters[i]);
	if (!has_room(call)) {
		sluice_waiter_wait(&waiters[i]);
		return false;
	}
	enter(call->task, call->user, call->input_len);
	sluice_waiter_done(&waiters[i]);
	return true;
}

/* How many are awake; @which is one of them. */
static u32 awake(u32 *which)
{
	u32 i, count = 0;

	for (i = 0; i < MANY; i++)
		if (waiters[i].woken) {
			*which = i;
			count++;
		}
	return count;
}

/* One end, one place in the queue: one of a thousand is woken, who came first. */
TEST(one_place_wakes_one)
{
	u32 i, which;

	begin();
	tasks[0].config.queue_max = 10;
	enter_many(&tasks[0], &users[0], 10);
	for (i = 0; i < MANY; i++)
		waits(i, &tasks[0], &users[i % USERS], i % 7);
	CHECK_EQ(blocked, MANY);
	CHECK_EQ(awake(&which), 0);
	for (i = 0; i < MANY; i++) {
		if (i < 10)
			leave(&tasks[0], &users[0], 0);
		else
			leave(&tasks[0], calls[i - 10].user,
			      calls[i - 10].input_len);
		CHECK_EQ(awake(&which), 1);
		CHECK_EQ(which, i);
		CHECK(looks(which));
		CHECK_EQ(awake(&which), 0);
	}
	CHECK(list_empty(&sluice.rooms.blocked));
}

/* Room for nobody wakes nobody; else those who fit, one after the other. */
TEST(bytes_wake_who_fits)
{
	u32 i, which;

	begin();
	tasks[0].config.queue_bytes = 1000;
	enter_many(&tasks[0], &users[0], 2);
	enter(&tasks[0], &users[0], 968);
	enter(&tasks[0], &users[0], 7);
	enter(&tasks[0], &users[0], 20);
	enter(&tasks[0], &users[0], 5);
	/* Who came first needs most. */
	for (i = 0; i < MANY; i++)
		waits(i, &tasks[0], &users[1], MANY - i);
	leave(&tasks[0], &users[0], 0);
	CHECK_EQ(awake(&which), 0);
	leave(&tasks[0], &users[0], 7);
	CHECK_EQ(awake(&which), 1);
	CHECK_EQ(which, MANY - 7);
	CHECK(looks(which));
	CHECK_EQ(awake(&which), 0);
	/* Two ends: what is kept for the first is not there for the second. */
	leave(&tasks[0], &users[0], 20);
	leave(&tasks[0], &users[0], 5);
	CHECK_EQ(awake(&which), 2);
	CHECK(waiters[MANY - 20].woken && waiters[MANY - 5].woken);
	CHECK(looks(MANY - 5));
	CHECK(looks(MANY - 20));
	CHECK_EQ(awake(&which), 0);
}

/* The user has his share: others pass, and his end wakes him. */
TEST(share_of_a_user_wakes_that_user)
{
	u32 i, which;

	begin();
	sluice.limits.max_calls = 100;
	/* Half of what the second has less is the most of the first: he has it. */
	enter_many(&tasks[1], &users[0], 90);
	enter_many(&tasks[1], &users[1], 20);
	tasks[0].config.queue_max = 5;
	enter_many(&tasks[0], &users[1], 5);
	/* The first has come before. */
	for (i = 0; i < 60; i++)
		waits(i, &tasks[0], &users[0], 0);
	waits(60, &tasks[0], &users[2], 0);
	waits(61, &tasks[0], &users[1], 0);
	for (i = 60; i < 62; i++) {
		leave(&tasks[0], &users[1], 0);
		CHECK_EQ(awake(&which), 1);
		CHECK_EQ(which, i);
		CHECK(looks(which));
		CHECK_EQ(awake(&which), 0);
	}
	/* There is room, and nobody may use it. */
	leave(&tasks[0], &users[2], 0);
	CHECK_EQ(awake(&which), 0);
	for (i = 0; i < 2; i++) {
		leave(&tasks[1], &users[0], 0);
		CHECK_EQ(awake(&which), 0);
	}
	leave(&tasks[1], &users[0], 0);
	CHECK_EQ(awake(&which), 1);
	CHECK_EQ(which, 0);
	CHECK(looks(which));
	CHECK_EQ(awake(&which), 0);
}

/* However many a user has that wait for his share, they hide nobody. */
TEST(who_has_his_share_hides_nobody)
{
	u32 i, which;

	begin();
	sluice.limits.max_calls = 10;
	tasks[0].config.queue_max = 5;
	enter_many(&tasks[1], &users[0], 8);
	enter_many(&tasks[0], &users[1], 5);
	for (i = 0; i < MANY - 1; i++)
		waits(i, &tasks[0], &users[0], 0);
	waits(i, &tasks[0], &users[1], 0);
	leave(&tasks[0], &users[1], 0);
	CHECK_EQ(awake(&which), 1);
	CHECK_EQ(which, MANY - 1);
	CHECK(looks(which));
	CHECK_EQ(awake(&which), 0);
}

/* Nor do more users than one look is at: the next goes on behind them. */
TEST(many_users_have_their_turn)
{
	u32 i, which, ends = 0;

	begin();
	sluice.limits.max_calls = 1;
	tasks[0].config.queue_max = 10;
	enter_many(&tasks[0], &users[0], 10);
	for (i = 0; i < CROWD; i++) {
		if (i < CROWD - 1)
			enter(&tasks[1], &users[i], 0);
		waits(i, &tasks[0], &users[i], 0);
	}
	for (; !awake(&which); ends++)
		leave(&tasks[0], &users[0], 0);
	CHECK_EQ(which, CROWD - 1);
	CHECK(ends <= CROWD / SLUICE_BATCH + 1);
	CHECK(looks(which));
}

/* Where a limit was lowered, or a call has come back, even nothing is too much. */
TEST(nothing_does_not_fit_where_there_is_too_much)
{
	u32 which;

	begin();
	tasks[0].config.queue_bytes = 100;
	enter(&tasks[0], &users[1], 100);
	enter(&tasks[0], &users[1], 1);
	waits(0, &tasks[0], &users[0], 0);
	CHECK(!has_room(&calls[0]));
	sluice_room_catch_up();
	CHECK_EQ(awake(&which), 0);
	leave(&tasks[0], &users[1], 1);
	CHECK(waiters[0].woken && looks(0));
	/* And of the share of a user. */
	begin();
	sluice.limits.max_bytes = 100;
	enter(&tasks[1], &users[0], 100);
	enter(&tasks[1], &users[1], 50);
	CHECK_EQ(sluice_user_bytes_max(&users[0]), 75);
	waits(0, &tasks[0], &users[0], 0);
	sluice_room_catch_up();
	CHECK_EQ(awake(&which), 0);
	leave(&tasks[1], &users[0], 100);
	CHECK(waiters[0].woken && looks(0));
}

static struct sluice_call keyed;
static struct sluice_key keys[2] = { { .text = "k" }, { .text = "k" } };

/* A call with the key is in the first task's queue; the first waiter has it, too. */
static void enter_keyed(struct sluice_user *user, u32 bytes)
{
	keyed = (struct sluice_call){ .task = &tasks[0], .user = user,
				      .input_len = bytes, .key_shared = true,
				      .key = &keys[0] };
	keys[0].call = &keyed;
	calls[0].key_shared = true;
	calls[0].key = &keys[1];
	keys[1].call = &calls[0];
	sluice_callq_add(&tasks[0].queue, &keyed);
	sluice_user_queued(user, bytes);
}

/* Who takes the place of another needs no room, but his share. */
TEST(who_replaces_waits_for_what_it_lacks)
{
	u32 which;

	begin();
	sluice.limits.max_calls = 10;
	tasks[0].config.queue_max = 1;
	tasks[0].config.queue_bytes = 100;
	enter_keyed(&users[1], 50);
	enter_many(&tasks[1], &users[0], 10);
	CHECK_EQ(sluice_user_calls_max(&users[0]), 10);
	waits(0, &tasks[0], &users[0], 50);
	sluice_room_catch_up();
	CHECK_EQ(awake(&which), 0);
	/* The share of another one is no use to it, and it needs no place. */
	leave(&tasks[1], &users[0], 0);
	CHECK(waiters[0].woken);
	sluice_waiter_awake(&waiters[0]);
	sluice_waiter_done(&waiters[0]);
	/* Its own: then it needs no share, but the bytes. */
	begin();
	sluice.limits.max_calls = 10;
	tasks[0].config.queue_bytes = 100;
	enter_keyed(&users[0], 50);
	enter_many(&tasks[1], &users[0], 9);
	enter(&tasks[0], &users[1], 45);
	waits(0, &tasks[0], &users[0], 60);
	sluice_room_catch_up();
	CHECK_EQ(awake(&which), 0);
	leave(&tasks[0], &users[1], 45);
	CHECK(waiters[0].woken);
	/* It goes meanwhile: then who came before has its turn before. */
	begin();
	tasks[0].config.queue_max = 1;
	tasks[0].config.queue_bytes = 100;
	enter_keyed(&users[0], 50);
	enter(&tasks[0], &users[1], 45);
	waits(1, &tasks[0], &users[1], 0);
	waits(0, &tasks[0], &users[0], 55);
	tasks[0].queue.calls--;
	sluice_callq_remove(&tasks[0].queue, &keyed);
	sluice_user_unqueued(&users[0], 50);
	sluice_room_made(&tasks[0]);
	CHECK_EQ(awake(&which), 1);
	CHECK_EQ(which, 1);
	calls[0].key = NULL;
}

/* What is promised to one is not there for another, of the same user neither. */
TEST(promise_is_of_the_share)
{
	u32 i, which;

	begin();
	sluice.limits.max_calls = 100;
	for (i = 0; i < 2; i++) {
		tasks[i].config.queue_max = 2;
		enter_many(&tasks[i], &users[1], 2);
		waits(i, &tasks[i], &users[0], 0);
	}
	/* One more is all that he may have. */
	enter_many(&tasks[2], &users[0], 98);
	leave(&tasks[0], &users[1], 0);
	leave(&tasks[1], &users[1], 0);
	CHECK_EQ(awake(&which), 1);
	CHECK_EQ(which, 0);
	/* It goes away: then it is the other's. */
	sluice_waiter_awake(&waiters[0]);
	sluice_waiter_done(&waiters[0]);
	CHECK_EQ(awake(&which), 1);
	CHECK_EQ(which, 1);
	CHECK(looks(1));
	CHECK_EQ(users[0].promised.calls, 0);
}

/* Who was woken and gets no CPU keeps the others waiting for a second, not for ever. */
TEST(promise_ends)
{
	u32 i, which;

	begin();
	tasks[0].config.queue_max = 3;
	enter_many(&tasks[0], &users[0], 3);
	for (i = 0; i < 5; i++)
		waits(i, &tasks[0], &users[0], 0);
	leave(&tasks[0], &users[0], 0);
	CHECK(waiters[0].woken);
	shim_now += PROMISE_NS - 1;
	sluice_room_catch_up();
	CHECK_EQ(awake(&which), 1);
	shim_now += 1;
	sluice_room_catch_up();
	CHECK_EQ(awake(&which), 2);
	CHECK(waiters[1].woken);
	CHECK(looks(1));
	/* It looks at last, finds no room, and stands where it was. */
	CHECK(!looks(0));
	CHECK_EQ(awake(&which), 0);
	leave(&tasks[0], &users[0], 0);
	CHECK(waiters[0].woken);
	CHECK(looks(0));
	/* So it is where each wakes the next. */
	tasks[0].config.queue_max = 1;
	sluice_room_changed(&tasks[0]);
	CHECK_EQ(awake(&which), 1);
	sluice_room_catch_up();
	CHECK_EQ(awake(&which), 2);
}

/* The task has changed, or a limit: each looks once. */
static void each_looks_once(void)
{
	u32 i, which;

	for (i = 0; i < MANY; i++) {
		CHECK_EQ(awake(&which), 1);
		CHECK_EQ(which, i);
		CHECK(!looks(which));
	}
	CHECK_EQ(awake(&which), 0);
}

TEST(all_look_when_something_has_changed)
{
	u32 i, which;

	begin();
	tasks[0].config.queue_max = 1;
	enter_many(&tasks[0], &users[0], 1);
	for (i = 0; i < MANY; i++)
		waits(i, &tasks[0], &users[0], 0);
	/* As the tick asks for. */
	sluice_room_catch_up();
	CHECK_EQ(awake(&which), 0);
	sluice_room_changed(&tasks[0]);
	each_looks_once();
	sluice.limits.max_calls--;
	sluice_room_limits();
	each_looks_once();
	sluice_room_catch_up();
	CHECK_EQ(awake(&which), 0);
}

/*
 * Anything may happen
 */

static bool waiting[MANY];
static u32 count;

/* Whoever sleeps has no room, by what is kept for those who are awake. */
static void check_sleepers(void)
{
	struct sluice_space of_task[TASKS] = { 0 }, of_user[USERS] = { 0 };
	u32 i, t, u, woken = 0;

	for (i = 0; i < count; i++) {
		woken += waiting[i] && waiters[i].woken;
		if (!waiting[i] || list_empty(&waiters[i].kept))
			continue;
		t = (u32)(calls[i].task - tasks);
		u = (u32)(calls[i].user - users);
		sluice_space_add(&of_task[t], 1, calls[i].input_len);
		sluice_space_add(&of_user[u], 1, calls[i].input_len);
	}
	for (t = 0; t < TASKS; t++) {
		CHECK_EQ(tasks[t].room.promised.calls, of_task[t].calls);
		CHECK_EQ(tasks[t].room.promised.bytes, of_task[t].bytes);
	}
	for (u = 0; u < USERS; u++) {
		CHECK_EQ(users[u].promised.calls, of_user[u].calls);
		CHECK_EQ(users[u].promised.bytes, of_user[u].bytes);
	}
	/* Who is awake may have to wake the next. */
	for (i = 0; i < count && !woken; i++)
		CHECK(!waiting[i] || !has_room(&calls[i]));
}

/* What waits in the queues: so that it can leave. */
static struct sluice_call inside[MANY];
static u32 insiders;

static void got_in(const struct sluice_call *call)
{
	inside[insiders++] = *call;
}

static void somebody_comes(struct sluice_task *task)
{
	struct sluice_call call = {
		.task = task, .user = &users[random_below(USERS)],
		.input_len = (u32)random_below(30),
	};
	u32 i;

	if (has_room(&call)) {
		enter(task, call.user, call.input_len);
		got_in(&call);
		return;
	}
	for (i = 0; i < count && waiting[i]; i++)
		;
	if (i == count)
		return;
	waits(i, task, call.user, call.input_len);
	waiting[i] = true;
}

static void somebody_leaves(void)
{
	struct sluice_call call;
	u32 i;

	if (!insiders)
		return;
	i = (u32)random_below(insiders);
	call = inside[i];
	inside[i] = inside[--insiders];
	leave(call.task, call.user, call.input_len);
}

/* One who is awake looks, or goes away; so may one who sleeps. */
static void somebody_looks(void)
{
	u32 i, first = (u32)random_below(count);

	for (i = first; !(waiting[i] && waiters[i].woken);)
		if ((i = (i + 1) % count) == first)
			break;
	if (!waiting[i])
		return;
	if (!random_below(5)) {
		sluice_waiter_awake(&waiters[i]);
		sluice_waiter_done(&waiters[i]);
		waiting[i] = false;
	} else if (waiters[i].woken) {
		waiting[i] = !looks(i);
		/* Whoever has just looked need not look again. */
		if (waiting[i])
			CHECK(!waiters[i].woken);
		else
			got_in(&calls[i]);
	}
}

TEST(whatever_happens_nobody_is_missed)
{
	struct sluice_task *task;
	u32 step, most = 0;

	random_start();
	begin();
	count = 40;
	for (step = 0; step < 300000; step++) {
		task = &tasks[random_below(TASKS)];
		switch (random_below(20)) {
		case 0:
			task->config.queue_max = (u32)random_below(10);
			task->config.queue_bytes = random_below(150);
			sluice_room_changed(task);
			break;
		case 1:
			sluice.limits.max_calls = (u32)random_below(25);
			sluice.limits.max_bytes = random_below(400);
			sluice_room_limits();
			break;
		case 2 ... 8:
			somebody_comes(task);
			break;
		case 9 ... 12:
			somebody_leaves();
			break;
		default:
			somebody_looks();
		}
		most = max(most, insiders);
		check_sleepers();
	}
	CHECK(most > 10);
}
