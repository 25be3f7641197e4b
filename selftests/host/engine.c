// SPDX-License-Identifier: GPL-2.0-only
// build: ../../kmod/ledger.c ../../kmod/estimate.c ../../kmod/gate.c ../../kmod/claim.c ../../kmod/class.c ../../kmod/class/deadline.c ../../kmod/class/priority.c ../../kmod/class/fair.c ../../kmod/class/batch.c ../../kmod/call.c ../../kmod/callq.c ../../kmod/park.c ../../kmod/task.c ../../kmod/env.c ../../kmod/event.c ../../kmod/forecast.c ../../kmod/finish.c ../../kmod/dispatch.c ../../kmod/submit.c ../../kmod/worker.c ../../kmod/operate.c ../../kmod/tick.c -Ishim -I../../kmod -DSLUICE_TRACE_H -D_GNU_SOURCE -O2 -Wno-unused-parameter -Wno-sign-compare
/*
 * The whole core of the module, from submission to dispatch, under random
 * operations, with what must always hold checked after each of them.
 *
 * SLUICE_SEED: first seed (default 1). SLUICE_STEPS: operations for each seed.
 * The promises are numbered as in shared/DESIGN.md's "What must always hold".
 */
#include "world.h"

#define fail ktap_fail
#include "ktap.h"

#define TASKS	8
#define FILES	4
#define RECENT	64
#define LIVE	512
#define KEYS	6

static struct sluice_file files[FILES];
static char names[TASKS][8];
static u64 recent[RECENT], recents;
/* Calls that were accepted and have not ended. */
static struct sluice_call *live[LIVE];
static u32 lives;
static u64 step;
static int operation;
static u64 accepted, finals, started, refusals, late_claims, passed;

static u32 any(u32 below)
{
	return (u32)random() % below;
}

/*
 * Promises 4 and 5, and the order of the classes: seen at each start
 */

/* What is available when only @promised is: the definition, in signed numbers. */
static s64 left_of(const struct sluice_account *a, s64 promised)
{
	s64 left = (s64)a->budget - promised;

	if (a->physical != SLUICE_UNBOUNDED)
		left = min(left, (s64)a->physical - (s64)a->outside - promised -
			   (s64)a->reserve);
	return max(left, 0);
}

/* The time at which @request fits, by trying every end there is. */
static u64 first_fit(const struct sluice_request *request, u64 now,
		     const u64 *ends, const struct sluice_share *shares,
		     u32 count, const struct sluice_ledger *ledger)
{
	u64 best_time = SLUICE_NEVER;
	u32 i, j;
	int res;

	for (i = 0; i <= count; i++) {
		u64 at = i < count ? ends[i] : now;
		bool fits = at >= now && at < best_time;

		for (res = 0; fits && res <= GATE; res++) {
			s64 promised = ledger->account[res].promised;

			for (j = 0; j < count; j++)
				if (ends[j] <= at)
					promised -= max(shares[j].reserved[res],
							shares[j].measured[res]);
			fits = (s64)request->amount[res] <=
			       left_of(&ledger->account[res], promised);
		}
		if (fits)
			best_time = at;
	}
	return best_time;
}

static u64 usual_end(const struct sluice_env *env, u64 now)
{
	const struct sluice_call *call = env->call;
	const struct sluice_estimate *estimate = &env->task->estimate;
	u64 usual = estimate->total ? estimate->median :
		    call && call->demand ? call->runtime : 0;
	u64 end;

	if (!call)
		return now;
	if (call->state == SLUICE_CALL_STATE_STARTING)
		return now + usual;
	end = call->started + usual;
	if (end < now && estimate->total)
		end = call->started + estimate->p95;
	return max(end, now);
}

static u64 longest_end(const struct sluice_call *call, u64 now, bool fresh)
{
	const struct sluice_task *task = call->task;
	u64 time = task->estimate.total ? task->estimate.p95 :
		   call->demand && call->runtime ? call->runtime :
		   call->timeout ? call->timeout : SLUICE_NEVER;

	if (time == SLUICE_NEVER)
		return time;
	return now + time + (fresh ? task->setup : 0);
}

/* A call that passes a claim does not make it wait longer, as far as is known. */
static void check_claim(const struct sluice_call *call,
			const struct sluice_task *claimant)
{
	static struct sluice_share shares[PLACES];
	struct sluice_ledger before = sluice.ledger;
	struct sluice_share own = call->env->share;
	u64 ends[PLACES], now = shim_now, without, with;
	u32 count = 0, mine = 0;
	struct sluice_env *env;

	list_for_each_entry(env, &sluice.env_list, node) {
		if (env == call->env)
			mine = count;
		shares[count] = env->share;
		ends[count++] = usual_end(env, now);
	}
	/* As it was before: nothing reserved there. */
	sluice_ledger_release(&before, &own);
	shares[mine] = own;
	ends[mine] = now;
	without = first_fit(&claimant->config.request, now, ends, shares, count,
			    &before);
	shares[mine] = call->env->share;
	ends[mine] = longest_end(call, now, call->env->state ==
				 SLUICE_ENV_STATE_WANTED);
	with = first_fit(&claimant->config.request, now, ends, shares, count,
			 &sluice.ledger);
	passed++;
	if (with > without)
		fail("step %ju: call %ju delays the claim of %s from %ju to %ju, now %ju",
		     step, call->id, claimant->name, without, with, now);
}

static void check_resources(const struct sluice_call *call)
{
	const struct sluice_task *task = call->task;
	int res;

	for (res = 0; res < SLUICE_RES_MAX; res++) {
		const struct sluice_account *a = &sluice.ledger.account[res];
		u64 has = call->env->share.reserved[res];

		if (has != task->config.request.amount[res])
			fail("step %ju: call %ju starts without its %s",
			     step, call->id, a->name);
		/* What a warm environment uses already was promised before. */
		if (has <= call->env->share.measured[res])
			continue;
		if (a->promised > a->budget)
			fail("step %ju: call %ju starts over the budget of %s",
			     step, call->id, a->name);
		if (a->physical != SLUICE_UNBOUNDED &&
		    a->promised + a->outside + a->reserve > a->physical)
			fail("step %ju: call %ju starts over what the box has",
			     step, call->id);
	}
}

static bool stopped(const struct sluice_task *task)
{
	return task->mode != SLUICE_MODE_RUN || task->quarantined;
}

static void check_start(const struct sluice_call *call)
{
	const struct sluice_task *task = call->task, *other;
	int bucket;

	check_resources(call);
	if (stopped(task) || call->ready_at)
		fail("step %ju: call %ju starts and must not", step, call->id);
	if (task->config.running_max && task->running > task->config.running_max)
		fail("step %ju: too many calls of %s run", step, task->name);
	hash_for_each(sluice.tasks, bucket, other, hash) {
		if (other == task || !other->queue.ready || stopped(other))
			continue;
		/* Nobody better was passed over without a reason. */
		if (!sluice_parked(other) &&
		    sluice_rank_before(&other->rank, &task->rank))
			fail("step %ju: %s overtakes %s", step, task->name,
			     other->name);
		if (task->config.class == &sluice_class_batch &&
		    other->config.class != &sluice_class_batch)
			fail("step %ju: %s starts while %s waits", step,
			     task->name, other->name);
		if (other->claim &&
		    sluice_rank_before(&other->rank, &task->rank))
			check_claim(call, other);
	}
}

/*
 * Promise 1: seen at each change of a state
 */

static bool may_change(enum sluice_call_state from, enum sluice_call_state to)
{
	switch (from) {
	case SLUICE_CALL_STATE_QUEUED:
		return to == SLUICE_CALL_STATE_QUEUED ||
		       to == SLUICE_CALL_STATE_STARTING ||
		       to == SLUICE_CALL_STATE_CANCELLED ||
		       to == SLUICE_CALL_STATE_EXPIRED ||
		       to == SLUICE_CALL_STATE_SUPERSEDED ||
		       to == SLUICE_CALL_STATE_DROPPED;
	case SLUICE_CALL_STATE_STARTING:
		return to != SLUICE_CALL_STATE_STARTING &&
		       to != SLUICE_CALL_STATE_TIMED_OUT &&
		       to != SLUICE_CALL_STATE_REFUSED &&
		       to != SLUICE_CALL_STATE_DROPPED;
	case SLUICE_CALL_STATE_RUNNING:
		return to == SLUICE_CALL_STATE_QUEUED ||
		       to == SLUICE_CALL_STATE_DONE ||
		       to == SLUICE_CALL_STATE_FAILED ||
		       to == SLUICE_CALL_STATE_TIMED_OUT ||
		       to == SLUICE_CALL_STATE_CANCELLED ||
		       to == SLUICE_CALL_STATE_SUPERSEDED;
	default:
		return false;
	}
}

static void forget_live(const struct sluice_call *call)
{
	u32 i;

	for (i = 0; i < lives; i++)
		if (live[i] == call) {
			live[i] = live[--lives];
			return;
		}
	fail("step %ju: call %ju ends twice", step, call->id);
}

void shim_call_state(const struct sluice_call *call,
		     enum sluice_call_state from)
{
	enum sluice_call_state to = call->state;

	if (!may_change(from, to))
		fail("step %ju: call %ju goes from state %d to %d", step,
		     call->id, from, to);
	if (from == SLUICE_CALL_STATE_QUEUED && to == from) {
		accepted++;
		CHECK(lives < LIVE);
		live[lives++] = (struct sluice_call *)call;
	} else if (to == SLUICE_CALL_STATE_QUEUED && call->ready_at &&
		   call->attempts > call->task->config.retries) {
		fail("step %ju: call %ju is run again too often", step,
		     call->id);
	}
	if (to >= SLUICE_CALL_STATE_DONE) {
		finals++;
		forget_live(call);
	}
	if (to == SLUICE_CALL_STATE_STARTING) {
		started++;
		check_start(call);
	}
}

void shim_env_state(const struct sluice_env *env, enum sluice_env_state from)
{
	if (from >= SLUICE_ENV_STATE_GONE)
		fail("step %ju: environment %u comes back", step, env->id);
	if (env->state >= SLUICE_ENV_STATE_GONE && env->call)
		fail("step %ju: environment %u takes a call with it", step,
		     env->id);
}

/*
 * Promises 2, 3, and that nothing waits without a reason: seen after each step
 */

static void check_sums(void)
{
	u64 reserved[SLUICE_RES_MAX] = { 0 }, measured[SLUICE_RES_MAX] = { 0 };
	u64 promised[SLUICE_RES_MAX] = { 0 };
	u32 holders[SLUICE_RES_MAX] = { 0 }, envs = 0;
	struct sluice_env *env;
	int res;

	list_for_each_entry(env, &sluice.env_list, node) {
		envs++;
		for (res = 0; res <= GATE; res++) {
			u64 r = env->share.reserved[res];
			u64 m = env->share.measured[res];

			reserved[res] += r;
			measured[res] += m;
			promised[res] += max(r, m);
			holders[res] += !!r;
		}
	}
	for (res = 0; res <= GATE; res++) {
		const struct sluice_account *a = &sluice.ledger.account[res];

		if (a->reserved != reserved[res] ||
		    a->measured != measured[res] ||
		    a->promised != promised[res])
			fail("step %ju: the account of %s is wrong", step,
			     a->name);
		if (a->reserved > a->budget)
			fail("step %ju: %s is over its budget", step, a->name);
	}
	if (holders[CRANE] > 1)
		fail("step %ju: two environments hold one token", step);
	if (envs != sluice.env_count)
		fail("step %ju: %u environments are counted as %u", step, envs,
		     sluice.env_count);
}

/* Whatever could start has started: no wake-up was missed. */
static void check_task(const struct sluice_task *task)
{
	struct sluice_env *env = sluice_env_idle_of((struct sluice_task *)task);
	struct sluice_gate_input input = {
		.request = &task->config.request,
		.share = env ? &env->share : NULL,
		.agent = sluice.agent_port,
		.envs = sluice.env_count,
		.envs_max = sluice.limits.max_envs,
		.task_envs = task->envs,
		.task_envs_max = task->config.envs_max,
		.running = task->running,
		.running_max = task->config.running_max,
	};
	enum sluice_hold hold = task->verdict.hold;
	struct sluice_verdict verdict;
	bool parked = sluice_parked(task);

	if (task->rank.waits != (task->queue.ready && !stopped(task)))
		fail("step %ju: %s waits and is not known to, or the reverse",
		     step, task->name);
	if (!task->rank.waits) {
		CHECK(!parked && !sluice_rank_ordered(&task->rank));
		CHECK(!task->claim);
		return;
	}
	CHECK(parked != sluice_rank_ordered(&task->rank));
	/* Who has started something has to lack it anew. */
	CHECK(!task->claim || task->lacks_since);
	CHECK(hold != SLUICE_HOLD_RESOURCE || !parked || task->lacks_since);
	if (!parked && !sluice_class_shut(task->rank.class))
		fail("step %ju: %s was not asked about", step, task->name);
	/* Who would delay a claim is asked about again by the tick. */
	if (!parked || hold == SLUICE_HOLD_MEMORY || hold == SLUICE_HOLD_CLAIM)
		return;
	if (sluice_gate_check(&sluice.ledger, &input, &verdict) &&
	    !sluice_class_shut(task->rank.class))
		fail("step %ju, operation %d: %s could start and waits (hold %d, %s, need %ju)",
		     step, operation, task->name, hold,
		     sluice.ledger.account[task->verdict.res].name,
		     task->verdict.need);
}

static void check_waiting(void)
{
	u64 calls = 0, bytes = 0;
	struct sluice_task *task;
	u32 claims = 0;
	int bucket;

	hash_for_each(sluice.tasks, bucket, task, hash) {
		calls += task->queue.calls;
		bytes += task->queue.bytes;
		claims += !!task->claim;
		check_task(task);
	}
	CHECK_EQ(claims, sluice.claim_count);
	if (!claims)
		CHECK_EQ(sluice.park_count[SLUICE_PARK_HOLD(SLUICE_HOLD_CLAIM)], 0);
	if (calls != sluice.waiting || bytes != sluice.waiting_bytes)
		fail("step %ju: %ju calls wait, %u are counted", step, calls,
		     sluice.waiting);
	if (accepted - finals != sluice.waiting + sluice.running)
		fail("step %ju: of %ju calls %ju ended, %u wait, %u run", step,
		     accepted, finals, sluice.waiting, sluice.running);
	if (shim_module_refs != (long)(accepted - finals))
		fail("step %ju: %ld calls hold the module", step,
		     shim_module_refs);
}

/* Who is the best of those that lack a resource, and since when. */
static const struct sluice_task *best[SLUICE_RES_MAX];
static u64 best_since[SLUICE_RES_MAX], best_patience[SLUICE_RES_MAX];

static void note_best(void)
{
	u32 res;

	for (res = 0; res < SLUICE_RES_MAX; res++) {
		const struct sluice_task *task = sluice_park_best(res);

		if (best[res] != task || (task && best_patience[res] !=
					  task->config.patience))
			best_since[res] = shim_now;
		best[res] = task;
		best_patience[res] = task ? task->config.patience : 0;
	}
}

/* Once the patience of the best is over it has a claim: by the next tick. */
static void check_patience(void)
{
	u64 slack = (sluice.limits.tick_ms + 60) * MS;
	u32 res;

	note_best();
	for (res = 0; res < SLUICE_RES_MAX; res++) {
		const struct sluice_task *task = best[res];

		if (!task || task->claim || sluice.claim_count == SLUICE_CLAIMS)
			continue;
		if (shim_now > max(task->lacks_since + task->config.patience,
				   best_since[res]) + slack)
			fail("step %ju: %s lacks %s for %ju ms and has no claim",
			     step, task->name, sluice.ledger.account[res].name,
			     (shim_now - task->lacks_since) / MS);
	}
}

/* What a task's queue says, against a look at every call. */
static void check_calls(const struct sluice_task *task)
{
	const struct sluice_call *first = NULL;
	u32 calls = 0, ready = 0, i, j;

	for (i = 0; i < lives; i++) {
		const struct sluice_call *call = live[i];

		if (call->task != task ||
		    call->state != SLUICE_CALL_STATE_QUEUED)
			continue;
		calls++;
		if (call->deadline && call->deadline + 60 * MS < shim_now)
			fail("step %ju: call %ju should have expired", step,
			     call->id);
		for (j = 0; call->latest && j < i; j++)
			if (live[j]->task == task && live[j]->latest &&
			    live[j]->state == SLUICE_CALL_STATE_QUEUED &&
			    !strcmp(live[j]->latest->key, call->latest->key))
				fail("step %ju: two calls wait with key %s",
				     step, call->latest->key);
		if (call->ready_at)
			continue;
		ready++;
		if (!first || (call->demand && (!first->demand ||
						call->deadline < first->deadline)) ||
		    (!call->demand && !first->demand &&
		     call->priority > first->priority))
			first = call;
	}
	CHECK_EQ(task->queue.calls, calls);
	CHECK_EQ(task->queue.ready, ready);
	if (!first)
		return;
	CHECK_EQ(!!sluice_callq_first(&task->queue)->demand, !!first->demand);
	if (first->demand)
		CHECK_EQ(sluice_callq_first(&task->queue)->deadline,
			 first->deadline);
	else
		CHECK_EQ(sluice_callq_first(&task->queue)->priority,
			 first->priority);
	if (!task->rank.waits)
		return;
	if (task->rank.class == &sluice_class_priority)
		CHECK_EQ(task->rank.key, task->rank.since +
			 (SLUICE_PRIORITY_MAX -
			  sluice_callq_first(&task->queue)->priority) * SECOND);
	if (task->rank.class == &sluice_class_deadline && first->demand)
		CHECK_EQ(task->rank.key, first->deadline);
}

static void check_all_calls(void)
{
	struct sluice_task *task;
	int bucket;

	hash_for_each(sluice.tasks, bucket, task, hash)
		check_calls(task);
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

static void op_submit(void)
{
	struct sluice_file *owner = any(3) ? &files[any(FILES)] : NULL;
	struct sluice_call *call = world_call(names[any(TASKS)], any(80));
	char key[8];
	u64 id;

	if (!call) {
		refusals++;
		return;
	}
	if (!any(4))
		call->priority = any(SLUICE_PRIORITIES);
	call->timeout = any(4) ? 0 : any(1000) * MS;
	call->deadline = any(4) ? 0 : any(1000) * MS;
	call->runtime = any(4) ? 0 : any(100) * MS;
	if (!any(6)) {
		snprintf(key, sizeof(key), "key-%u", any(KEYS));
		if (sluice_call_key(call, key)) {
			sluice_call_put(call);
			refusals++;
			return;
		}
	}
	id = world_submit(call, owner);
	if (id)
		recent[recents++ % RECENT] = id;
	else
		refusals++;
}

/* The agent sees what is wanted, and makes it or says that it cannot. */
static void op_provision(void)
{
	struct sluice_env *env;
	u32 wanted = 0;

	list_for_each_entry(env, &sluice.env_list, node)
		if (env->state == SLUICE_ENV_STATE_WANTED && !env->door &&
		    (!wanted || any(2)))
			wanted = env->id;
	if (!wanted)
		return;
	if (any(10))
		world_provision(wanted);
	else
		sluice_operate_env_failed(wanted, "no room");
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
	ret = sluice_worker_ready(env, &call);
	if (ret == -ESHUTDOWN) {
		world_close_door(place);
	} else if (!ret) {
		if (any(8))
			sluice_worker_take(env, call, 0);
		sluice_call_put(call);
	} else if (ret == -EBUSY) {
		ret = sluice_worker_answer(env, call->id,
					   any(4) ? SLUICE_REASON_ANSWERED :
					   SLUICE_REASON_EXITED, 0, 0, NULL);
		if (ret)
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
	if (any(2))
		sluice_operate_cancel(call);
	else
		sluice_submit_again(call, any(4) ? &priority : NULL,
				    any(2) ? &deadline : NULL, &refused);
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

static void op_budget(void)
{
	u32 res = any(GATE + 1);
	u64 budget = res == SLUICE_RES_MEMORY ? any(600) * MIB :
		     res == SLUICE_RES_CPU ? any(3000) :
		     res == SLUICE_RES_PIDS ? any(200) :
		     res == CRANE ? 1 : any(4);

	spin_lock(&sluice.lock);
	if (budget >= sluice.ledger.account[res].reserved) {
		sluice.ledger.account[res].budget = budget;
		sluice_operate_budget(res);
	}
	spin_unlock(&sluice.lock);
}

static void op_env(void)
{
	struct place *place;
	struct sluice_env *env = any_env(&place);

	if (!env)
		return;
	if (any(2))
		sluice_operate_env_del(env->id);
	else
		sluice_operate_env_drain(env->id);
}

static void op_agent(void)
{
	spin_lock(&sluice.lock);
	if (any(4))
		sluice_operate_agent(1, 1, false);
	else
		sluice_operate_agent(0, 0, false);
	spin_unlock(&sluice.lock);
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
		.priority = any(SLUICE_PRIORITIES), .weight = 1 + any(1000),
		.queue_max = 1 + any(60), .queue_bytes = any(2000),
		.input_max = 64, .output_max = 64, .envs_max = 1 + any(3),
		.running_max = any(4), .overflow = any(3),
		.retries = any(3), .backoff = any(300) * MS,
		.quarantine_after = any(5) ? 0 : 1 + any(4),
		.quarantine = any(3) * 300 * MS,
		.patience = any(2) * any(2000) * MS,
		.runtime = any(2) * any(200) * MS,
		.deadline = any(2) * any(3000) * MS,
		.timeout = any(2) * 500 * MS,
		.idle = any(4) ? any(1000) * MS : 0,
	};
	config->request.amount[SLUICE_RES_MEMORY] = any(300) * MIB;
	config->request.amount[SLUICE_RES_CPU] = any(1000);
	config->request.amount[SLUICE_RES_PIDS] = any(50);
	config->request.amount[CRANE] = !any(3);
	config->request.amount[GATE] = any(3);
}

static void new_task(const char *name)
{
	struct sluice_task_config config;

	random_config(&config);
	world_add_task(name, &config);
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
		spin_lock(&sluice.lock);
		sluice_operate_task_change(sluice_task_find(name), &config);
		spin_unlock(&sluice.lock);
		break;
	default:
		/* More often back to work than away from it. */
		spin_lock(&sluice.lock);
		task = sluice_task_find(name);
		sluice_operate_task_mode(task, stopped(task) || any(2) ?
					 SLUICE_MODE_RUN : any(4));
		spin_unlock(&sluice.lock);
	}
}

/* A submitter collects what ended, or goes away. */
static void op_file(void)
{
	struct sluice_file *file = &files[any(FILES)];
	bool leaves = !any(4);

	spin_lock(&sluice.lock);
	while (leaves && !list_empty(&file->pending))
		sluice_call_disown(list_first_entry(&file->pending,
						    struct sluice_call,
						    owner_node));
	while (!list_empty(&file->ended)) {
		struct sluice_call *call;

		call = list_first_entry(&file->ended, struct sluice_call,
					owner_node);
		if (!sluice_call_final(call))
			fail("step %ju: call %ju ended and is not final", step,
			     call->id);
		sluice_call_disown(call);
	}
	if (leaves && file->calls)
		fail("step %ju: %u calls are left of a file", step,
		     file->calls);
	spin_unlock(&sluice.lock);
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
		{ op_file, 6 }, { op_no_memory, 2 },
	};
	u32 i, pick = any(138);

	for (i = 0; pick >= ops[i].weight; i++)
		pick -= ops[i].weight;
	operation = (int)i;
	ops[i].run();
	world_forget_gone();
	check_sums();
	check_waiting();
	if (!(step % 64))
		check_all_calls();
	late_claims += !!sluice.claim_count;
}

/*
 * Beginning and end
 */

static void begin(void)
{
	int i;

	world_begin();
	for (i = 0; i < FILES; i++) {
		INIT_LIST_HEAD(&files[i].pending);
		INIT_LIST_HEAD(&files[i].ended);
	}
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
	for (i = 0; i < 100; i++)
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

static u64 counted(enum sluice_counter what)
{
	return sluice.counters[what];
}

static void run_seed(u64 seed)
{
	u64 steps = number_of("SLUICE_STEPS", 3400000);

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
	       counted(SLUICE_COUNT_CALL_RETRIED),
	       counted(SLUICE_COUNT_CALL_SUPERSEDED),
	       counted(SLUICE_COUNT_CALL_DROPPED),
	       counted(SLUICE_COUNT_TASK_QUARANTINED),
	       counted(SLUICE_COUNT_CLAIM_MADE), passed);
	/* A run in which nothing happened proves nothing. */
	CHECK(accepted > steps / 20 && started > steps / 60);
	CHECK(counted(SLUICE_COUNT_CALL_RETRIED) > steps / 2000);
	CHECK(counted(SLUICE_COUNT_CALL_SUPERSEDED) > steps / 2000);
	CHECK(counted(SLUICE_COUNT_CALL_DROPPED) > steps / 2000);
	CHECK(counted(SLUICE_COUNT_CLAIM_MADE) > steps / 2000);
	CHECK(passed > steps / 20000);
}

TEST(random_operations_1) { run_seed(0); }
TEST(random_operations_2) { run_seed(1); }
TEST(random_operations_3) { run_seed(2); }
