// SPDX-License-Identifier: GPL-2.0-only
#include "engine/dispatch.h"

#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "base/event.h"
#include "machine/alarm.h"
#include "object/call.h"
#include "object/callq.h"
#include "object/env.h"
#include "object/forecast.h"
#include "object/order.h"
#include "object/park.h"
#include "object/queue.h"
#include "object/usage.h"

/* What was measured so short a time ago is true. */
#define LOOK_AGAIN_NS	(1 * NSEC_PER_MSEC)
/* How often memory is looked at while a call waits for it: it is to start within twice that. */
#define WATCH_NS	(500 * NSEC_PER_USEC)
/* How many times as long as it takes to make an environment a switch is to last. */
#define SWITCH_WORTH	8

/*
 * See what the machine really uses: not for each of many calls that come and go,
 * unless one waits for memory.
 */
void sluice_dispatch_look(void)
{
	static u64 last;
	u64 now = ktime_get_boottime_ns();

	if (now - last < LOOK_AGAIN_NS &&
	    !sluice.ledger.account[SLUICE_RES_MEMORY].park.count)
		return;
	last = now;
	sluice_usage_memory();
	sluice_usage_pids();
}

/*
 * Yes
 */

/* The gate said yes to the best call of @task: start it in @env or a new one. */
static bool start(struct sluice_task *task, struct sluice_env *env)
{
	struct sluice_call *call = sluice_callq_first(&task->queue);
	bool fresh = !env;
	u64 cost;

	if (fresh) {
		env = sluice_env_new(task);
		if (!env)
			return false;
		sluice_usage_pids();
	}
	if (sluice_forecast_passes(task))
		sluice_event_passed();
	cost = sluice_forecast_cost(task);
	sluice_env_reserve(env, &task->config.request);
	env->call = call;
	/* Told while everybody still stands where the decision was made. */
	sluice_call_starting(call, env);
	sluice_queue_remove(call);
	call->booked = sluice_order_started(task, cost);
	if (fresh) {
		/* The agent hears of it with everything in its place. */
		sluice_event_env(env, SLUICE_ENV_STATE_WANTED);
	} else {
		sluice_env_busy(env);
		sluice_env_call_worker(env);
	}
	return true;
}

/*
 * No
 */

/* What is there of a quantity when a warm environment has ended. */
static u64 gives(const struct sluice_env *env, u32 res)
{
	u64 measured = env->share.measured[res];

	return res == SLUICE_RES_MEMORY ? measured + env->share.overhead :
					  measured;
}

/* What environments on their way out give back of a quantity is as good as there. */
static u64 coming(u32 res)
{
	struct sluice_env *env;
	u64 sum = 0;

	list_for_each_entry(env, &sluice.env_list, node)
		if (sluice_env_ends_soon(env))
			sum += max(gives(env, res), env->share.reserved[res]);
	return sum;
}

/* It has waited long enough for a new environment to be worth its while. */
static bool worth_a_switch(const struct sluice_task *task)
{
	u64 since = task->verdict.hold == SLUICE_HOLD_ENVIRONMENTS ?
		    task->crowded_since : task->lacks_since;

	return ktime_get_boottime_ns() - since >= SWITCH_WORTH * task->setup;
}

/*
 * An environment that only keeps warm gives way to a task that waits. One whose
 * own task has calls for it gives way only to a better task, and only when that
 * has waited long enough for a new environment to be worth its while.
 */
static bool gives_way(const struct sluice_env *env,
		      const struct sluice_task *task)
{
	const struct sluice_task *owner = env->task;

	if (owner == task)
		return false;
	if (!owner->rank.waits)
		return true;
	return sluice_rank_before(&task->rank, &owner->rank) &&
	       worth_a_switch(task);
}

/* The warm environment in which the task needs least of a quantity. */
static struct sluice_env *richest(const struct sluice_task *task, u32 res)
{
	struct sluice_env *best = NULL, *env;

	list_for_each_entry(env, &task->idle, idle_node)
		if (!best || env->share.measured[res] >
			     best->share.measured[res])
			best = env;
	return best;
}

/*
 * Of its own environments a task keeps the one in which its call is to run, and the
 * others while calls end in whose place it could run soon, or while each may be that
 * one.
 */
static bool may_go(const struct sluice_env *env, const struct sluice_task *task,
		   const struct sluice_env *keep)
{
	if (env->task != task)
		return gives_way(env, task);
	return env != keep && !task->verdict.others &&
	       (!task->running || worth_a_switch(task));
}

/* What may be had of a quantity when all go that may. */
static u64 reclaimable(const struct sluice_task *task, u32 res,
		       const struct sluice_env *keep)
{
	struct sluice_env *env;
	u64 sum;

	if (!sluice.ledger.account[res].measured)
		return 0;
	sum = coming(res);
	list_for_each_entry(env, &sluice.idle, lru_node)
		if (may_go(env, task, keep))
			sum += gives(env, res);
	return sum;
}

/* Retire idle environments of one class, the longest idle first. */
static u64 reclaim_class(const struct sluice_class *class,
			 const struct sluice_task *task, u32 res, u64 lacks,
			 const struct sluice_env *keep)
{
	struct sluice_env *env, *next;
	u64 freed = 0;

	list_for_each_entry_safe(env, next, &sluice.idle, lru_node) {
		if (freed >= lacks)
			break;
		if (env->task->config.class != class ||
		    !env->share.measured[res] || !may_go(env, task, keep))
			continue;
		freed += gives(env, res);
		sluice_env_retire(env);
	}
	return freed;
}

/* End warm environments for @task, the lowest class first, if that is enough. */
static void reclaim_res(const struct sluice_task *task, u32 res, u64 lacks,
			const struct sluice_env *keep)
{
	struct sluice_class *class;
	u64 freed;

	if (reclaimable(task, res, keep) < lacks)
		return;
	freed = coming(res);
	for (class = sluice_class_lowest(); class && freed < lacks;
	     class = sluice_class_above(class))
		freed += reclaim_class(class, task, res, lacks - freed, keep);
}

static void reclaim_env(const struct sluice_task *task)
{
	struct sluice_env *env;

	list_for_each_entry(env, &sluice.env_list, node)
		if (sluice_env_ends_soon(env))
			return;
	list_for_each_entry(env, &sluice.idle, lru_node) {
		if (!gives_way(env, task))
			continue;
		sluice_env_retire(env);
		return;
	}
}

/* Warm environments take no room in the budget: only of what there really is. */
static u64 unavailable(u32 res, u64 need)
{
	u64 available = sluice_account_available(&sluice.ledger.account[res]);

	return need > available ? need - available : 0;
}

/* Who holds it runs, and gives it back by himself. */
static bool lacks_token(const struct sluice_tokens *tokens)
{
	u32 i;

	for (i = 0; tokens && i < tokens->count; i++)
		if (sluice_account_lacks(tokens->each[i].account,
					 tokens->each[i].amount,
					 tokens->each[i].amount))
			return true;
	return false;
}

/* Would the call run in that one, if all went that may? */
static bool worth_reclaiming(const struct sluice_task *task,
			     const struct sluice_env *env)
{
	const struct sluice_request *request = &task->config.request;
	u32 res;

	if (lacks_token(request->tokens))
		return false;
	for (res = 0; res < SLUICE_QUANTITIES; res++) {
		u64 amount = request->amount[res], need;

		if (!amount)
			continue;
		need = sluice_gate_need(request, &env->share, res);
		if (!sluice_account_lacks(&sluice.ledger.account[res], need,
					  amount))
			continue;
		/* What is reserved comes back by itself. */
		if (!unavailable(res, need) ||
		    reclaimable(task, res, env) < unavailable(res, need))
			return false;
	}
	return true;
}

/* Of its warm environments, which lack different things, one for which all can be had. */
static const struct sluice_env *worthy(const struct sluice_task *task)
{
	const struct sluice_env *env;

	list_for_each_entry(env, &task->idle, idle_node)
		if (worth_reclaiming(task, env))
			return env;
	return NULL;
}

static void reclaim_either(const struct sluice_task *task)
{
	const struct sluice_request *request = &task->config.request;
	const struct sluice_env *env = worthy(task);
	u32 res;

	if (!env)
		return;
	for (res = 0; res < SLUICE_QUANTITIES; res++) {
		u64 lacks = request->amount[res] ?
			    unavailable(res, sluice_gate_need(request,
							      &env->share,
							      res)) : 0;

		if (lacks)
			reclaim_res(task, res, lacks, env);
	}
}

static void reclaim(const struct sluice_task *task)
{
	const struct sluice_verdict *verdict = &task->verdict;
	u64 lacks;

	if (verdict->hold == SLUICE_HOLD_ENVIRONMENTS) {
		reclaim_env(task);
	} else if (verdict->hold == SLUICE_HOLD_RESOURCE && verdict->others) {
		reclaim_either(task);
	} else if (verdict->hold == SLUICE_HOLD_RESOURCE &&
		   verdict->res < SLUICE_QUANTITIES) {
		lacks = unavailable(verdict->res, verdict->need);
		if (lacks)
			reclaim_res(task, verdict->res, lacks,
				    richest(task, verdict->res));
	}
}

/*
 * Environments have become idle: before their own tasks use them again. Or these need
 * them no more; or one will not give back what was expected of it.
 */
static void offer_idle(void)
{
	u64 left = sluice_env_idled();

	for (; left; left &= left - 1) {
		u32 bit = __builtin_ctzll(left);
		const struct sluice_park *place = bit < SLUICE_QUANTITIES ?
			&sluice.ledger.account[bit].park :
			&sluice.held[bit - SLUICE_QUANTITIES];
		struct sluice_task *task = sluice_park_best(place);

		if (task)
			reclaim(task);
	}
}

/* Somebody waits for what the tick sees: it must not be seldom any more. */
static void hurry_tick(void)
{
	if (!sluice.tick_idle)
		return;
	sluice.tick_idle = false;
	sluice_alarm_by(&sluice.tick, ktime_get_boottime_ns() +
			READ_ONCE(sluice.limits.tick_ms) * (u64)NSEC_PER_MSEC);
}

/* The budget has room for one of those that wait for memory: the box, or a limit, has not. */
static bool lacks_memory(void)
{
	const struct sluice_account *memory =
		&sluice.ledger.account[SLUICE_RES_MEMORY];

	return memory->budget > memory->promised &&
	       sluice_park_fitting(&memory->park,
				   memory->budget - memory->promised);
}

/*
 * Memory that the box gets back is worth a look of its own, while somebody waits for it.
 * What calls give back needs none.
 */
void sluice_dispatch_watch(void)
{
	lockdep_assert_held(&sluice.lock);
	if (lacks_memory())
		sluice_alarm_by(&sluice.watch,
				ktime_get_boottime_ns() + WATCH_NS);
}

static void hold_back(struct sluice_task *task,
		      const struct sluice_verdict *verdict)
{
	hurry_tick();
	sluice_order_park(task, verdict);
	sluice_dispatch_watch();
	if (lacks_memory())
		sluice_usage_wants(true);
	sluice_forecast_claim(task->parked_at);
	reclaim(task);
}

/*
 * Which
 */

/* May the best call of @task start, in @env or a new environment? */
static bool ask_gate(const struct sluice_task *task,
		     const struct sluice_env *env,
		     struct sluice_verdict *verdict)
{
	struct sluice_gate_input input = {
		.request = &task->config.request,
		.share = env ? &env->share : NULL,
		.overhead = task->config.overhead,
		.agent = sluice.agent_port,
		.envs = sluice.env_count,
		.envs_max = min_t(u32, READ_ONCE(sluice.limits.max_envs),
				  SLUICE_SLOTS),
		.task_envs = task->envs,
		.task_envs_max = task->config.envs_max,
		.running = task->running,
		.running_max = task->config.running_max,
		.closed = sluice_usage_closes(task->config.class),
	};

	if (!sluice_gate_check(&sluice.ledger, &input, verdict))
		return false;
	verdict->claim = sluice_forecast_delays(task, env);
	if (!verdict->claim)
		return true;
	verdict->hold = SLUICE_HOLD_CLAIM;
	return false;
}

/*
 * It may not start in another warm environment either: the task waits for what may
 * come first. A claim goes with the tick; of a resource the least is enough.
 */
static void wait_for_either(struct sluice_verdict *verdict,
			    const struct sluice_verdict *other)
{
	bool others = verdict->others || verdict->res != other->res;

	if (verdict->hold == SLUICE_HOLD_CLAIM)
		return;
	if (other->hold == SLUICE_HOLD_CLAIM ||
	    (other->res == verdict->res && other->need < verdict->need))
		*verdict = *other;
	verdict->others = others;
}

/*
 * May the best call of @task start in one of its warm environments, the one used
 * last before others, or in a new one where there is none (@env: NULL)?
 */
static bool ask_for_env(struct sluice_task *task, struct sluice_env **env,
			struct sluice_verdict *verdict)
{
	struct sluice_verdict other;

	*env = sluice_env_idle_of(task);
	if (ask_gate(task, *env, verdict))
		return true;
	/* What else holds it has nothing to do with the environment. */
	if (!*env || (verdict->hold != SLUICE_HOLD_RESOURCE &&
		      verdict->hold != SLUICE_HOLD_CLAIM))
		return false;
	list_for_each_entry_continue((*env), &task->idle, idle_node) {
		if (ask_gate(task, *env, &other))
			return true;
		wait_for_either(verdict, &other);
	}
	return false;
}

/*
 * What would a call meet that came to @task now? Nothing changes. @env: the warm
 * environment that it would have, or NULL.
 */
void sluice_dispatch_try(struct sluice_task *task, struct sluice_env **env,
			 struct sluice_verdict *verdict)
{
	lockdep_assert_held(&sluice.lock);
	*env = NULL;
	*verdict = (struct sluice_verdict){ .hold = SLUICE_HOLD_NONE };
	sluice_usage_memory();
	if (task->mode != SLUICE_MODE_RUN)
		verdict->hold = SLUICE_HOLD_STOPPED;
	else if (task->quarantined)
		verdict->hold = SLUICE_HOLD_QUARANTINE;
	else if (task->queue.ready)
		verdict->hold = SLUICE_HOLD_BEHIND;
	else if (sluice_class_shut(task->config.class))
		verdict->hold = SLUICE_HOLD_ORDER;
	else
		ask_for_env(task, env, verdict);
}

/* Ask the gate about the best call of @task; start it or park the task. */
static void consider(struct sluice_task *task)
{
	struct sluice_verdict verdict;
	struct sluice_env *env;

	if (!ask_for_env(task, &env, &verdict)) {
		hold_back(task, &verdict);
		return;
	}
	if (start(task, env))
		return;
	/* Only a new environment can fail, and only for want of memory. */
	hurry_tick();
	verdict.hold = SLUICE_HOLD_MEMORY;
	sluice_order_park(task, &verdict);
}

/*
 * Each turn starts a call or parks a task where there is not enough for it, so
 * that there are no more turns than environments and tasks. All that grew, and all
 * that is idle, has been seen at the end, also by tasks of a class that is not heard
 * now: who leaves the lock next, to look at something, has nothing to do.
 */
void sluice_dispatch(void)
{
	struct sluice_rank *rank;

	lockdep_assert_held(&sluice.lock);
	sluice_dispatch_look();
	if (sluice.claim_count)
		sluice_forecast_renew();
	if (sluice.ledger.given)
		sluice_order_unpark_given();
	if (sluice_ledger_grew(&sluice.ledger))
		sluice_order_unpark_released();
	for (;;) {
		if (sluice.idled)
			offer_idle();
		sluice_order_unpark_fitting();
		rank = sluice_class_best();
		if (rank)
			consider(container_of(rank, struct sluice_task, rank));
		else if (!sluice_ledger_grew(&sluice.ledger) && !sluice.idled)
			return;
	}
}

void sluice_breathe(void)
	__must_hold(&sluice.lock)
{
	sluice_leave();
	cond_resched();
	sluice_enter();
}
