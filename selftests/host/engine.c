// SPDX-License-Identifier: GPL-2.0-only
// build: $CORE -Ishim -I../../kmod -DSLUICE_TRACE_H -D_GNU_SOURCE -O2 -Wno-unused-parameter -Wno-sign-compare
/*
 * The whole core of the module, from submission to dispatch, under random
 * operations, with what must always hold checked after each of them.
 *
 * SLUICE_SEED: first seed (default 1). SLUICE_STEPS: operations for each seed.
 */
#include "always.h"

#define TASKS	8
#define FILES	USERS
#define RECENT	64
#define KEYS	6
#define HOSTILE	1
#define MEEK	3

static struct sluice_file files[FILES];
static char names[TASKS][8];
static u64 recent[RECENT], recents;
static u64 refusals, shares, unread, late_claims, handed_over, forgotten;
/* Those who wait for calls by their id, each with a reference. */
static struct sluice_await *awaited[LIVE];
static u32 awaits;

static struct sluice_await *new_await(void)
{
	struct sluice_await *await = malloc(sizeof(*await));

	sluice_await_init(await);
	return await;
}

static u32 any(u32 below)
{
	return (u32)random() % below;
}

/*
 * Operations
 */

static struct sluice_env *any_env(struct place **place)
{
	u32 first = any(16), i;

	for (i = 0; i < 16; i++) {
		*place = &places[(first + i) % 16];
		if ((*place)->id)
			return xa_load(&sluice.envs, (*place)->id);
	}
	return NULL;
}

static bool is_not(void) { return false; }

/* Whoever has nothing that waits is kept out by nobody. */
static void has_no_turn(const struct sluice_submission *submission,
			u32 refusal)
{
	const struct sluice_task *task;

	sluice_enter();
	task = sluice_task_find(submission->task);
	sluice_leave();
	CHECK(refusal != SLUICE_REFUSAL_TOTAL_FULL &&
	      refusal != SLUICE_REFUSAL_TOTAL_BYTES);
	if (!task || task->config.overflow != SLUICE_OVERFLOW_REFUSE)
		return;
	/* Full twice over, in either: what is named is the first that is over. */
	CHECK((refusal != SLUICE_REFUSAL_QUEUE_FULL &&
	       refusal != SLUICE_REFUSAL_QUEUE_BYTES) ||
	      task->queue.calls >= 2 * task->config.queue_max ||
	      task->queue.bytes >= 2 * task->config.queue_bytes ||
	      submission->input_len > task->config.queue_bytes);
}

/*
 * Each user has a file, and may come in without one, too. Who has nothing that waits
 * is not refused for what others have.
 */
static void submit_as(u32 user)
{
	struct sluice_submission submission = world_ask(names[any(TASKS)]);
	struct sluice_submitted submitted;
	char key[8];

	shim_uid = user;
	submission.input_len = any(80) * (any(8) ? 1 : 3);
	submission.user = world_user[user];
	submission.owner = any(3) ? &files[user].owner : NULL;
	submission.detached = !any(8);
	if (submission.owner && awaits < LIVE && !any(4))
		submission.await = new_await();
	if (!any(4))
		submission.priority = (s32)any(SLUICE_PRIORITIES);
	if (!any(8))
		submission.privileged = is_not;
	submission.timeout = any(4) ? 0 : any(1000) * MS;
	submission.deadline = any(4) ? 0 : any(1000) * MS;
	submission.runtime = any(4) ? 0 : any(100) * MS;
	if (!any(6)) {
		snprintf(key, sizeof(key), "key-%u", any(KEYS));
		submission.key = key;
	}
	if (sluice_submit(&submission, &submitted)) {
		u32 refusal = submitted.refused.refusal;

		CHECK(refusal);
		refusals++;
		shares += refusal == SLUICE_REFUSAL_TOTAL_FULL ||
			  refusal == SLUICE_REFUSAL_TOTAL_BYTES;
		unread += refusal == SLUICE_REFUSAL_UNREAD;
		if (!submission.user->use.calls)
			has_no_turn(&submission, refusal);
		free(submission.await);
		return;
	}
	recent[recents++ % RECENT] = submitted.id;
	if (submission.await)
		awaited[awaits++] = submission.await;
}

static void op_submit(void)
{
	submit_as(any(MEEK));
}

/* And one asks only when it has nothing that waits: it gets its turn. */
static void op_meek(void)
{
	if (!world_user[MEEK]->use.calls)
		submit_as(MEEK);
}

/* One user wants all there is. */
static void op_flood(void)
{
	u32 i;

	for (i = any(40); i; i--)
		submit_as(HOSTILE);
}

static void env_failed(u32 id)
{
	sluice_enter();
	sluice_operate_env_failed(id, "no room", any(2));
	sluice_leave();
}

/*
 * The agent sees what is wanted, and makes it or says that it cannot; or that nothing of
 * it is left when it is not wanted any more.
 */
static void op_provision(void)
{
	struct sluice_env *env;
	bool makes = false;
	u32 wanted = 0;

	list_for_each_entry(env, &sluice.env_list, node)
		if (!env->attached && (!wanted || any(2))) {
			wanted = env->id;
			makes = env->state == SLUICE_ENV_STATE_WANTED;
		}
	if (!wanted)
		return;
	if (makes && any(10))
		world_provision(wanted);
	else
		env_failed(wanted);
}

/* The processes of an environment whose door is closed end some time. */
static void op_end(void)
{
	struct place *place;

	if (!any_env(&place) || !place->id || place->door)
		return;
	place->cgroup.populated = false;
}

static void op_work(void)
{
	struct sluice_call *call = NULL;
	struct sluice_env *env;
	struct place *place;
	int ret;

	if (!any_env(&place) || !place->door)
		return;
	env = place->door->env;
	ret = sluice_worker_look(env, &call);
	if (ret == -ESHUTDOWN) {
		world_close_door(place);
	} else if (!ret) {
		if (any(8))
			sluice_worker_take(env, call, 0);
		else
			sluice_worker_forgo(call);
		sluice_call_put(call);
	} else if (ret == -EBUSY) {
		world_payer.left = any(16) ? U64_MAX : 0;
		if (world_answer_with(env, call->id, any(4),
				      any(3) ? any(65) : 0))
			fail("step %ju: the answer to call %ju is refused",
			     step, call->id);
		sluice_call_put(call);
	}
}

static void op_die(void)
{
	struct place *place;

	if (any_env(&place) && place->door)
		world_close_door(place);
}

/* Somebody changes his mind about a call. */
static void op_change(void)
{
	struct sluice_call *call = sluice_call_find(recent[any(RECENT)]);
	struct sluice_refused refused;
	u64 deadline = any(4) ? any(1000) * MS : 0;
	u32 priority = any(SLUICE_PRIORITIES);

	if (!call)
		return;
	sluice_enter();
	if (any(2))
		sluice_operate_cancel(call);
	else
		sluice_operate_change(call, any(4) ? &priority : NULL,
				      any(2) ? &deadline : NULL,
				      any(2) ? world_privileged : is_not,
				      &refused);
	sluice_leave();
	sluice_call_put(call);
}

static void op_memory(void)
{
	struct place *place;

	if (any(2))
		world_outside = any(1100) * MIB;
	else if (any_env(&place))
		place->memory = any(200) * MIB;
}

/* Somebody reads the budgets, and so sees what is used before the engine does. */
static void op_look(void)
{
	sluice_enter();
	sluice_usage_memory();
	sluice_leave();
}

static void op_budget(void)
{
	u32 res = any(GATE + 1);
	u64 budget = res == SLUICE_RES_MEMORY ? any(600) * MIB :
		     res == SLUICE_RES_CPU ? any(3000) :
		     res == SLUICE_RES_PIDS ? any(200) :
		     res == SLUICE_RES_DISK ? any(2000) :
		     res == SLUICE_RES_NETWORK ? SLUICE_UNBOUNDED - any(2) :
		     res == CRANE ? 1 : any(4);

	sluice_enter();
	sluice_operate_budget_set(name_at(res), &budget, NULL);
	sluice_leave();
}

/* Somebody needs the token, or has it. */
static bool in_use(u32 res)
{
	const struct sluice_task *task;
	struct sluice_env *env;
	int bucket;

	hash_for_each(sluice.tasks, bucket, task, hash)
		if (sluice_request_of(&task->config.request, res))
			return true;
	list_for_each_entry(env, &sluice.env_list, node)
		if (share_of(&env->share, res))
			return true;
	return false;
}

/* A token comes, and goes when it is of no use to anybody. */
static void op_token(void)
{
	struct sluice_account *spare = account_at(SPARE);
	u64 budget = any(4);
	int ret;

	sluice_enter();
	if (!spare || any(2)) {
		CHECK(!sluice_operate_budget_set("spare", &budget, NULL) ||
		      budget < spare->reserved);
	} else {
		ret = sluice_operate_budget_del(spare);
		/* Calls of a task that was removed may need it, too. */
		CHECK(ret ? ret == -EBUSY : !in_use(SPARE));
		CHECK_EQ(!account_at(SPARE), !ret);
		forgotten += !ret;
	}
	sluice_leave();
}

static void op_env(void)
{
	struct place *place;
	struct sluice_env *env = any_env(&place);

	if (!env)
		return;
	sluice_enter();
	if (any(2))
		sluice_operate_env_del(env->id);
	else
		sluice_operate_env_drain(env->id);
	sluice_leave();
}

static void op_agent(void)
{
	world_agent(any(4));
}

static void op_time(void)
{
	note_best();
	shim_now += any(50) * MS;
	world_time();
	check_patience();
}

static void random_config(struct sluice_task_config *config)
{
	static struct sluice_class * const classes[] = {
		&sluice_class_deadline, &sluice_class_priority,
		&sluice_class_priority, &sluice_class_fair,
		&sluice_class_batch,
	};

	*config = (struct sluice_task_config){
		.class = classes[any(5)],
		.priority = any(SLUICE_PRIORITIES),
		.priority_max = any(SLUICE_PRIORITIES), .weight = 1 + any(1000),
		.queue_max = 1 + any(60), .queue_bytes = any(4000),
		.input_max = 256, .output_max = 64, .envs_max = 1 + any(3),
		.running_max = any(4), .overflow = any(3), .keys = any(2),
		.retries = any(3), .backoff = any(300) * MS,
		.quarantine_after = any(5) ? 0 : 1 + any(4),
		.quarantine = any(3) * 300 * MS,
		.patience = any(2) * any(2000) * MS,
		.runtime = any(2) * any(200) * MS,
		.deadline = any(2) * any(3000) * MS,
		.timeout = any(2) * 500 * MS,
		.grace = any(2) * any(1000) * MS,
		.start_timeout = 1 + any(START_MOST_MS) * MS,
		.idle = any(4) ? any(1000) * MS : 0,
	};
	config->request.amount[SLUICE_RES_MEMORY] = any(300) * MIB;
	config->request.amount[SLUICE_RES_CPU] = any(1000);
	config->request.amount[SLUICE_RES_PIDS] = any(50);
	config->request.amount[SLUICE_RES_DISK] = any(4) ? 0 : any(500);
	config->request.amount[SLUICE_RES_NETWORK] = any(4) ? 0 : any(500);
	world_request(config, CRANE, !any(3));
	world_request(config, GATE, any(3));
	if (account_at(SPARE))
		world_request(config, SPARE, any(6) ? 0 : 1 + any(2));
}

/* Or the very tokens that another one names. */
static void like_another(struct sluice_task_config *config)
{
	const struct sluice_task *other;

	sluice_enter();
	other = sluice_task_find(names[any(TASKS)]);
	if (other) {
		sluice_tokens_put(config->request.tokens);
		config->request.tokens = other->config.request.tokens;
		sluice_tokens_get(config->request.tokens);
	}
	sluice_leave();
}

static void new_task(const char *name)
{
	struct sluice_task_config config;

	random_config(&config);
	if (!any(4))
		like_another(&config);
	world_add_task(name, &config);
	world_drop(&config);
}

static void op_task(void)
{
	const char *name = names[any(TASKS)];
	struct sluice_task_config config;
	struct sluice_task *task;

	switch (any(6)) {
	case 0:
		world_del_task(name);
		new_task(name);
		break;
	case 1:
		random_config(&config);
		sluice_enter();
		task = sluice_task_find(name);
		sluice_leave();
		world_change_task(task, &config);
		world_drop(&config);
		break;
	default:
		/* More often back to work than away from it. */
		sluice_enter();
		task = sluice_task_find(name);
		sluice_operate_task_mode(task, stopped(task) || any(2) ?
					 SLUICE_MODE_RUN : any(4));
		sluice_leave();
	}
}

/* What was taken arrives, or does not. */
static void deliver(struct sluice_call *call)
{
	if (!sluice_call_final(call))
		fail("step %ju: call %ju ended and is not final", step,
		     call->id);
	if (!any(8)) {
		sluice_owner_give_back(call);
		return;
	}
	sluice_owner_handed_over(call);
	CHECK(!call->owner && call->taken);
	handed_over++;
	sluice_call_put(call);
}

/* A submitter collects what ended, or goes away. */
static void op_file(void)
{
	struct sluice_file *file = &files[any(FILES)];
	struct sluice_call *call;
	bool leaves = !any(4);
	u32 i;

	if (file == &files[HOSTILE] && any(8))
		return;
	/* Whoever waits for one of its calls would hold it open. */
	for (i = 0; i < awaits; i++)
		leaves &= awaited[i]->call->owner != &file->owner;
	sluice_enter();
	while (!IS_ERR(call = sluice_owner_take_any(&file->owner)))
		deliver(call);
	CHECK_EQ(PTR_ERR(call), file->owner.calls ? -EAGAIN : -ENODATA);
	while (leaves && (call = sluice_owner_let_go(&file->owner)))
		sluice_call_put(call);
	if (leaves && file->owner.calls)
		fail("step %ju: %u calls are left of a file", step,
		     file->owner.calls);
	sluice_leave();
}

/* A second one waits for the same call. */
static void op_await_too(void)
{
	struct sluice_call *call;

	if (!awaits || awaits == LIVE)
		return;
	call = awaited[any(awaits)]->call;
	/* Who comes so late does not wait. */
	if (sluice_call_final(call))
		return;
	kref_get(&call->ref);
	awaited[awaits] = new_await();
	sluice_enter();
	sluice_owner_await(awaited[awaits++], call);
	sluice_leave();
}

/* Somebody who waits for a call by its id gets it, or waits no more. */
static void op_await(void)
{
	u32 at = awaits ? any(awaits) : 0;
	struct sluice_await *await;
	struct sluice_call *call;

	if (!awaits)
		return;
	await = awaited[at];
	call = await->call;
	if (!sluice_call_final(call) && any(4))
		return;
	awaited[at] = awaited[--awaits];
	sluice_enter();
	/* Who wants any cannot have had it: it was never on the list. */
	if (sluice_call_final(call) && !call->taken)
		CHECK(list_empty(&call->owner_node));
	if (sluice_call_final(call) && call->owner && any(4)) {
		bool late = call->taken;

		CHECK_EQ(sluice_owner_take(call->owner, call),
			 late ? -ENOENT : 0);
		CHECK_EQ(sluice_owner_take(call->owner, call), -ENOENT);
		if (!late)
			deliver(call);
	}
	sluice_owner_unawait(await);
	sluice_leave();
	free(await);
	sluice_call_put(call);
}

/* Nothing can be allocated while one thing happens. */
static void op_no_memory(void)
{
	shim_no_memory = true;
	if (any(2))
		op_work();
	else
		op_submit();
	shim_no_memory = false;
}

/* Promise 9: what users have is counted, and nobody can have so much that others have none. */
static void check_users(void)
{
	struct sluice_use use[USERS] = { 0 }, shared = { 0 };
	u32 i, user;

	for (i = 0; i < lives; i++) {
		if (live[i]->state != SLUICE_CALL_STATE_QUEUED)
			continue;
		user = live[i]->user->uid.val;
		use[user].calls++;
		use[user].bytes += live[i]->input_len;
	}
	for (user = 0; user < USERS; user++) {
		const struct sluice_owner *owner = &files[user].owner;

		CHECK_EQ(world_user[user]->use.calls, use[user].calls);
		CHECK_EQ(world_user[user]->use.bytes, use[user].bytes);
		CHECK_EQ(world_user[user]->unread, owner->unread);
		CHECK(owner->calls || !owner->unread);
		CHECK(owner->unread <= sluice.limits.max_file_unread);
		CHECK(owner->unread <= sluice.limits.max_unread);
		if (!user)
			continue;
		shared.calls += use[user].calls;
		shared.bytes += use[user].bytes;
	}
	CHECK_EQ(sluice.shared.calls, shared.calls);
	CHECK_EQ(sluice.shared.bytes, shared.bytes);
	CHECK(shared.calls < 2 * sluice.limits.max_calls + USERS);
}

static void one_step(void)
{
	static const struct {
		void (*run)(void);
		u32 weight;
	} ops[] = {
		{ op_submit, 30 }, { op_provision, 14 }, { op_work, 40 },
		{ op_end, 12 }, { op_die, 1 }, { op_change, 4 },
		{ op_memory, 3 }, { op_budget, 2 }, { op_env, 1 },
		{ op_agent, 1 }, { op_time, 20 }, { op_task, 2 },
		{ op_file, 6 }, { op_no_memory, 2 }, { op_look, 3 },
		{ op_await, 12 }, { op_await_too, 2 }, { op_flood, 1 },
		{ op_meek, 4 }, { op_token, 2 },
	};
	u32 i, pick = any(162);

	for (i = 0; pick >= ops[i].weight; i++)
		pick -= ops[i].weight;
	operation = (int)i;
	ops[i].run();
	world_forget_gone();
	check_sums();
	check_waiting();
	check_users();
	if (!(step % 64)) {
		check_clocks();
		check_all_calls();
	}
	late_claims += !!sluice.claim_count;
}

/*
 * Beginning and end
 */

static void begin(void)
{
	int i;

	/* At no time is 0, which is for never. */
	shim_now = 3600 * SECOND;
	sluice.limits.max_input = 256;
	sluice.limits.max_calls = 60;
	sluice.limits.max_bytes = 2500;
	sluice.limits.max_file_unread = 200;
	sluice.limits.max_unread = 240;
	world_begin();
	for (i = 0; i < FILES; i++)
		sluice_owner_init(&files[i].owner, &world_owner, world_user[i]);
	for (i = 0; i < TASKS; i++) {
		snprintf(names[i], sizeof(names[i]), "task-%d", i);
		new_task(names[i]);
	}
}

/* Everything ends, and nothing is left of it. */
static void end(void)
{
	int i;

	for (i = 0; i < TASKS; i++)
		world_del_task(names[i]);
	for (i = 0; i < 10000 && sluice.env_count; i++) {
		op_provision();
		op_work();
		op_end();
		op_time();
		world_forget_gone();
	}
	while (awaits)
		op_await();
	for (i = 0; i < 200; i++)
		op_file();
	check_sums();
	check_waiting();
	CHECK_EQ(sluice.env_count, 0);
	CHECK_EQ(accepted, finals);
	CHECK_EQ(lives, 0);
	CHECK_EQ(shim_module_refs, 0);
	world_end();
}

static u64 number_of(const char *variable, u64 otherwise)
{
	const char *text = getenv(variable);

	return text ? strtoull(text, NULL, 10) : otherwise;
}

static u64 counted(enum sluice_event what)
{
	return sluice.counters[what];
}

static void run_seed(u64 seed)
{
	u64 steps = number_of("SLUICE_STEPS", 2000000);

	/* Fewer than the tasks could use, and many fewer. */
	sluice.limits.max_envs = 8 - 2 * (u32)seed;
	seed += number_of("SLUICE_SEED", 1);
	alarm(0);
	srandom((unsigned int)seed);
	begin();
	for (step = 0; step < steps; step++)
		one_step();
	end();
	printf("# seed %ju: %ju steps, %ju calls accepted, %ju refused, %ju started\n",
	       seed, steps, accepted, refusals, started);
	printf("# %ju retried, %ju superseded, %ju dropped, %ju quarantines, %ju claims (%ju passed)\n",
	       counted(SLUICE_EVENT_CALL_RETRIED),
	       counted(SLUICE_EVENT_CALL_SUPERSEDED),
	       counted(SLUICE_EVENT_CALL_DROPPED),
	       counted(SLUICE_EVENT_TASK_QUARANTINED),
	       counted(SLUICE_EVENT_CLAIM_MADE), passed);
	printf("# %ju results handed over, %ju refused for what the user has, %ju for what it has not read\n",
	       handed_over, shares, unread);
	/* A run in which nothing happened proves nothing. */
	CHECK(handed_over > steps / 100);
	CHECK(shares > steps / 1000 && unread > steps / 100000);
	CHECK(accepted > steps / 20 && started > steps / 60);
	CHECK(counted(SLUICE_EVENT_CALL_RETRIED) > steps / 2000);
	CHECK(counted(SLUICE_EVENT_CALL_SUPERSEDED) > steps / 2000);
	CHECK(counted(SLUICE_EVENT_CALL_DROPPED) > steps / 2000);
	CHECK(counted(SLUICE_EVENT_CLAIM_MADE) > steps / 2000);
	CHECK(passed > steps / 20000);
	printf("# %ju tokens forgotten\n", forgotten);
	CHECK(forgotten > steps / 4000);
}

TEST(random_operations_1) { run_seed(0); }
TEST(random_operations_2) { run_seed(1); }
TEST(random_operations_3) { run_seed(2); }
