/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must always hold, looked at while the world turns. The promises are
 * numbered as in shared/DESIGN.md. A test that includes it says in @step and
 * @operation what it does.
 */
#ifndef SLUICE_ALWAYS_H
#define SLUICE_ALWAYS_H

#include "world.h"

#define fail ktap_fail
#include "ktap.h"

#define LIVE	512
/* A token that comes and goes, and how many ids there are at most. */
#define SPARE	(GATE + 1)
#define IDS	(SPARE + 1)
/* No task has a longer start-timeout. */
#define START_MOST_MS	1500

/* Calls that were accepted and have not ended. */
static struct sluice_call *live[LIVE];
static u32 lives;
static u64 step;
static int operation;
static u64 accepted, finals, started, passed;

/*
 * Promises 4 and 5, and the order of the classes: seen at each start
 */

/* What is available when only @promised is: the definition, in signed numbers. */
static inline s64 left_of(const struct sluice_account *a, s64 promised)
{
	s64 left = (s64)a->budget - promised;

	if (a->physical != SLUICE_UNBOUNDED)
		left = min(left, (s64)a->physical - (s64)a->outside - promised -
			   (s64)a->reserve);
	return max(left, 0);
}

/* NULL: there is no such token at the time. */
static inline struct sluice_account *account_at(u32 res)
{
	return sluice_ledger_account(&sluice.ledger, res);
}

static inline const char *name_at(u32 res)
{
	return sluice_ledger_name(&sluice.ledger, res);
}

/*
 * What environments had at a point in time, in numbers of their own: @promised to all
 * of them, and to each what it @has and until when.
 */
struct snapshot {
	s64	promised[IDS];
	u64	has[PLACES][IDS];
	u64	ends[PLACES];
	u32	count;
};

static inline u64 share_has(const struct sluice_share *share, u32 res)
{
	return max(share_of(share, res), measured_of(share, res));
}

static inline bool fits_at(const struct snapshot *then, u64 at,
			   const struct sluice_request *request)
{
	u32 res, i;

	for (res = 0; res < IDS; res++) {
		u64 amount = sluice_request_of(request, res);
		s64 promised = then->promised[res];

		if (!amount)
			continue;
		for (i = 0; i < then->count; i++)
			if (then->ends[i] <= at)
				promised -= then->has[i][res];
		if ((s64)amount > left_of(account_at(res), promised))
			return false;
	}
	return true;
}

/* The time at which @request fits, by trying every end there is. */
static inline u64 first_fit(const struct snapshot *then, u64 now,
			    const struct sluice_request *request)
{
	u64 best_time = SLUICE_NEVER;
	u32 i;

	for (i = 0; i <= then->count; i++) {
		u64 at = i < then->count ? then->ends[i] : now;

		if (at >= now && at < best_time && fits_at(then, at, request))
			best_time = at;
	}
	return best_time;
}

static inline u64 usual_end(const struct sluice_env *env, u64 now)
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

static inline u64 longest_end(const struct sluice_call *call, u64 now, bool fresh)
{
	const struct sluice_task *task = call->task;
	u64 time = task->estimate.total ? task->estimate.p95 :
		   call->demand && call->runtime ? call->runtime :
		   call->timeout ? call->timeout : SLUICE_NEVER;

	if (time == SLUICE_NEVER)
		return time;
	return now + time + (fresh ? task->setup : 0);
}

/* Returns which of them is that of @call. */
static inline u32 look(struct snapshot *then, const struct sluice_call *call)
{
	const struct sluice_account *account;
	struct sluice_env *env;
	u32 mine = 0, res;

	for (res = 0; res < IDS; res++) {
		account = account_at(res);
		then->promised[res] = account ? (s64)account->promised : 0;
	}
	then->count = 0;
	list_for_each_entry(env, &sluice.env_list, node) {
		if (env == call->env)
			mine = then->count;
		for (res = 0; res < IDS; res++)
			then->has[then->count][res] =
				share_has(&env->share, res);
		then->ends[then->count++] = usual_end(env, shim_now);
	}
	return mine;
}

/* A call that passes a claim does not make it wait longer, as far as is known. */
static inline void check_claim(const struct sluice_call *call,
			       const struct sluice_task *claimant)
{
	static struct snapshot before, after;
	const struct sluice_env *env = call->env;
	u64 now = shim_now, without, with;
	u32 mine, res;

	mine = look(&after, call);
	after.ends[mine] = longest_end(call, now, env->state ==
				       SLUICE_ENV_STATE_WANTED);
	/* As it was before: nothing reserved there. */
	look(&before, call);
	for (res = 0; res < IDS; res++) {
		u64 measured = measured_of(&env->share, res);

		before.promised[res] -= before.has[mine][res] - measured;
		before.has[mine][res] = measured;
	}
	before.ends[mine] = now;
	without = first_fit(&before, now, &claimant->config.request);
	with = first_fit(&after, now, &claimant->config.request);
	passed++;
	if (with > without)
		fail("step %ju: call %ju delays the claim of %s from %ju to %ju, now %ju",
		     step, call->id, claimant->name, without, with, now);
}

static inline void check_resource(const struct sluice_call *call,
				  const struct sluice_account *a)
{
	u64 has = share_of(&call->env->share, a->res);

	if (has != sluice_request_of(&call->task->config.request, a->res))
		fail("step %ju: call %ju starts without its %s", step, call->id,
		     a->name);
	/* What a warm environment uses already was promised before. */
	if (has <= measured_of(&call->env->share, a->res))
		return;
	if (a->promised > a->budget)
		fail("step %ju: call %ju starts over the budget of %s", step,
		     call->id, a->name);
	if (a->physical != SLUICE_UNBOUNDED &&
	    a->promised + a->outside + a->reserve > a->physical)
		fail("step %ju: call %ju starts over what the box has", step,
		     call->id);
}

static inline void check_resources(const struct sluice_call *call)
{
	u32 res;

	for (res = 0; res < IDS; res++)
		if (account_at(res))
			check_resource(call, account_at(res));
	CHECK(call->env->share.tokens == call->task->config.request.tokens);
}

static inline bool stopped(const struct sluice_task *task)
{
	return task->mode != SLUICE_MODE_RUN || task->quarantined;
}

/* What it waits for it would take from nobody, nor anybody from it. */
static inline bool waits_alone(const struct sluice_task *task)
{
	return sluice_parked(task) &&
	       (task->verdict.hold == SLUICE_HOLD_CONCURRENCY ||
		task->verdict.hold == SLUICE_HOLD_AGENT ||
		task->verdict.hold == SLUICE_HOLD_NEVER);
}

static inline void check_start(const struct sluice_call *call)
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
		    other->config.class != &sluice_class_batch &&
		    !waits_alone(other))
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

static inline bool may_change(enum sluice_call_state from, enum sluice_call_state to)
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

static inline void forget_live(const struct sluice_call *call)
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

/* What all environments together have of one resource. */
static inline void check_sum(const struct sluice_account *a)
{
	u64 reserved = 0, measured = 0, promised = 0;
	struct sluice_env *env;
	u32 holders = 0;

	list_for_each_entry(env, &sluice.env_list, node) {
		u64 r = share_of(&env->share, a->res);

		reserved += r;
		measured += measured_of(&env->share, a->res);
		promised += share_has(&env->share, a->res);
		holders += !!r;
	}
	if (a->reserved != reserved || a->measured != measured ||
	    a->promised != promised)
		fail("step %ju: the account of %s is wrong", step, a->name);
	if (a->reserved > a->budget)
		fail("step %ju: %s is over its budget", step, a->name);
	if (a->res == CRANE && holders > 1)
		fail("step %ju: two environments hold one token", step);
}

static inline void check_sums(void)
{
	struct sluice_env *env;
	u32 envs = 0, res;

	for (res = 0; res < IDS; res++)
		if (account_at(res))
			check_sum(account_at(res));
	list_for_each_entry(env, &sluice.env_list, node)
		envs++;
	if (envs != sluice.env_count)
		fail("step %ju: %u environments are counted as %u", step, envs,
		     sluice.env_count);
}

/* Whatever could start has started: no wake-up was missed. */
static inline void check_gate(const struct sluice_task *task,
			      const struct sluice_env *env)
{
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
	struct sluice_verdict verdict;

	if (sluice_gate_check(&sluice.ledger, &input, &verdict) &&
	    !sluice_class_shut(task->rank.class))
		fail("step %ju, operation %d: %s could start and waits (hold %d, %s, need %ju)",
		     step, operation, task->name, task->verdict.hold,
		     name_at(task->verdict.res), task->verdict.need);
}

static inline void check_task(const struct sluice_task *task)
{
	enum sluice_hold hold = task->verdict.hold;
	bool parked = sluice_parked(task);
	const struct sluice_env *env;

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
	/* What can never start keeps nobody, and says so once it is asked. */
	if (parked && hold == SLUICE_HOLD_RESOURCE &&
	    sluice_gate_exceeds(&sluice.ledger, &task->config.request,
				task->config.overhead))
		fail("step %ju: %s waits for what it can never have", step,
		     task->name);
	CHECK_EQ(task->rank.held, waits_alone(task));
	if (!parked && !sluice_class_shut(task->rank.class))
		fail("step %ju: %s was not asked about", step, task->name);
	/* Who would delay a claim is asked about again by the tick. */
	if (!parked || hold == SLUICE_HOLD_MEMORY || hold == SLUICE_HOLD_CLAIM)
		return;
	/* In none of its environments, if there is one. */
	if (list_empty(&task->idle))
		check_gate(task, NULL);
	list_for_each_entry(env, &task->idle, idle_node)
		check_gate(task, env);
}

/* At the limit of environments, one that nobody needs gives way. */
static inline void check_crowd(void)
{
	const struct sluice_task *task =
		sluice_park_best(&sluice.held[SLUICE_HOLD_ENVIRONMENTS]);
	const struct sluice_env *spare = NULL;
	struct sluice_env *env;

	if (!task)
		return;
	list_for_each_entry(env, &sluice.env_list, node) {
		if (sluice_env_ends_soon(env))
			return;
		if (env->state == SLUICE_ENV_STATE_IDLE && env->task != task &&
		    !env->task->rank.waits)
			spare = env;
	}
	if (spare)
		fail("step %ju, operation %d: environment %u stays, and %s waits for one",
		     step, operation, spare->id, task->name);
}

/* Where somebody waits is known, and all who do wait there. */
static inline void check_awaited(u32 parked)
{
	const struct sluice_park *place;

	list_for_each_entry(place, &sluice.awaited, awaited) {
		CHECK(place->count > 0);
		parked -= place->count;
	}
	CHECK_EQ(parked, 0);
}

static inline void check_waiting(void)
{
	u64 calls = 0, bytes = 0;
	struct sluice_task *task;
	u32 claims = 0, parked = 0;
	int bucket;

	hash_for_each(sluice.tasks, bucket, task, hash) {
		calls += task->queue.calls;
		bytes += task->queue.bytes;
		claims += !!task->claim;
		parked += sluice_parked(task);
		check_task(task);
	}
	check_awaited(parked);
	check_crowd();
	CHECK_EQ(claims, sluice.claim_count);
	if (!claims)
		CHECK_EQ(sluice.held[SLUICE_HOLD_CLAIM].count, 0);
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
static const struct sluice_task *best[IDS];
static u64 best_since[IDS], best_patience[IDS];

static inline void note_best(void)
{
	u32 res;

	for (res = 0; res < IDS; res++) {
		const struct sluice_account *account = account_at(res);
		const struct sluice_task *task =
			account ? sluice_park_best(&account->park) : NULL;

		if (best[res] != task || (task && best_patience[res] !=
					  task->config.patience))
			best_since[res] = shim_now;
		best[res] = task;
		best_patience[res] = task ? task->config.patience : 0;
	}
}

/* Once the patience of the best is over it has a claim: by the next tick. */
static inline void check_patience(void)
{
	u64 slack = (sluice.limits.tick_ms + 60) * MS;
	u32 res;

	note_best();
	for (res = 0; res < IDS; res++) {
		const struct sluice_task *task = best[res];

		if (!task || task->claim || sluice.claim_count == SLUICE_CLAIMS)
			continue;
		if (shim_now > max(task->lacks_since + task->config.patience,
				   best_since[res]) + slack)
			fail("step %ju: %s lacks %s for %ju ms and has no claim",
			     step, task->name, name_at(res),
			     (shim_now - task->lacks_since) / MS);
	}
}

/* No state is for ever: what starts has an end, what is wanted somebody makes. */
static inline void check_clocks(void)
{
	u64 slack = (sluice.limits.tick_ms + 60) * MS;
	struct sluice_env *env;
	u32 i;

	for (i = 0; i < lives; i++)
		if (live[i]->state == SLUICE_CALL_STATE_STARTING &&
		    (!live[i]->due || live[i]->due + slack < shim_now))
			fail("step %ju: call %ju starts for ever", step,
			     live[i]->id);
	list_for_each_entry(env, &sluice.env_list, node) {
		if (env->state != SLUICE_ENV_STATE_WANTED)
			continue;
		if (!env->door && !sluice.agent_port)
			fail("step %ju: nobody makes environment %u", step,
			     env->id);
		if (!env->call &&
		    shim_now - env->since > START_MOST_MS * MS + slack)
			fail("step %ju: environment %u is wanted for ever",
			     step, env->id);
	}
}

/* A second makes up for a priority. */
static inline u64 order_of(const struct sluice_call *call)
{
	return call->since + (SLUICE_PRIORITY_MAX - call->priority) * SECOND;
}

/* What a task's queue says, against a look at every call. */
static inline void check_calls(const struct sluice_task *task)
{
	const struct sluice_call *first = NULL;
	u32 calls = 0, ready = 0, highest = 0, i, j;

	for (i = 0; i < lives; i++) {
		const struct sluice_call *call = live[i];

		if (call->task != task ||
		    call->state != SLUICE_CALL_STATE_QUEUED)
			continue;
		calls++;
		if (call->deadline && call->deadline + 60 * MS < shim_now)
			fail("step %ju: call %ju should have expired", step,
			     call->id);
		for (j = 0; call->key && j < i; j++)
			if (live[j]->task == task && live[j]->key &&
			    live[j]->state == SLUICE_CALL_STATE_QUEUED &&
			    !strcmp(live[j]->key->text, call->key->text) &&
			    live[j]->key_shared == call->key_shared &&
			    (call->key_shared || live[j]->origin_uid.val ==
			     call->origin_uid.val))
				fail("step %ju: two calls wait with key %s",
				     step, call->key->text);
		if (call->ready_at)
			continue;
		ready++;
		if (!first || (call->demand && (!first->demand ||
						call->deadline < first->deadline)) ||
		    (!call->demand && !first->demand &&
		     order_of(call) < order_of(first)))
			first = call;
		if (!call->demand)
			highest = max(highest, call->priority);
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
		CHECK_EQ(order_of(sluice_callq_first(&task->queue)),
			 order_of(first));
	if (!task->rank.waits)
		return;
	if (task->rank.class == &sluice_class_priority)
		CHECK_EQ(task->rank.key, task->rank.since +
			 (SLUICE_PRIORITY_MAX - (first->demand ?
						 sluice_callq_first(&task->queue)->priority :
						 highest)) *
			 SECOND);
	if (task->rank.class == &sluice_class_deadline && first->demand)
		CHECK_EQ(task->rank.key, first->deadline);
}

static inline void check_all_calls(void)
{
	struct sluice_task *task;
	int bucket;

	hash_for_each(sluice.tasks, bucket, task, hash)
		check_calls(task);
}

#endif /* SLUICE_ALWAYS_H */
