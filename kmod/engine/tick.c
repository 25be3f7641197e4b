// SPDX-License-Identifier: GPL-2.0-only
/*
 * Three alarms: the timer ends what is due to the moment, the watch sees memory that comes
 * back while a call waits for it, the tick looks at all that is not worth a timer of its
 * own.
 */
#include "engine/tick.h"

#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "engine/dispatch.h"
#include "engine/finish.h"
#include "engine/worker.h"
#include "machine/alarm.h"
#include "machine/rivals.h"
#include "object/call.h"
#include "object/env.h"
#include "object/forecast.h"
#include "object/order.h"
#include "object/quarantine.h"
#include "object/queue.h"
#include "object/room.h"
#include "object/usage.h"

/* How often the agent hears of an environment that it has not made. */
#define TELL_AGAIN_NS		(5 * NSEC_PER_SEC)
/* How long a retiring environment has to end by itself when it has no call. */
#define RETIRE_GRACE_NS		(1 * NSEC_PER_SEC)
/* How long it may take to end before nobody waits for that any more. */
#define RETIRE_STUCK_NS		(3 * NSEC_PER_SEC)
/* How often we look who competes with all top cgroups. */
#define RIVALS_NS		(1 * NSEC_PER_SEC)
/* How often we look whether a retiring environment is empty. */
#define RETIRE_POLL_MS		10

/*
 * The timer
 */

/* Which of its limits a running call has come to. */
static enum sluice_reason limit_reason(const struct sluice_call *call)
{
	return sluice_call_limit(call) == call->timeout ?
	       SLUICE_REASON_TIMEOUT : SLUICE_REASON_RUNTIME;
}

static void call_is_due(struct sluice_call *call, u64 now)
{
	if (call->state == SLUICE_CALL_STATE_RUNNING) {
		sluice_finish_call(call, SLUICE_CALL_STATE_TIMED_OUT,
				   limit_reason(call));
	} else if (call->deadline && call->deadline <= now) {
		sluice_finish_call(call, SLUICE_CALL_STATE_EXPIRED,
				   SLUICE_REASON_DEADLINE);
	} else if (call->state == SLUICE_CALL_STATE_STARTING) {
		sluice_finish_unstarted(call->env);
	} else {
		sluice_call_ready(call);
		sluice_queue_ready(call);
	}
}

static void timer_rings(void)
{
	struct sluice_call *call;
	u64 now, next = 0;
	int batch = 0;

	sluice_enter();
	sluice_alarm_rings(&sluice.timer);
	now = ktime_get_boottime_ns();
	while ((call = sluice_call_due(now, &next))) {
		call_is_due(call, now);
		sluice_call_put(call);
		if (!(++batch % SLUICE_BATCH))
			sluice_breathe();
	}
	if (next)
		sluice_alarm_by(&sluice.timer, next);
	sluice_leave();
}

/*
 * The watch
 */

static void watch_rings(void)
{
	sluice_enter();
	sluice_alarm_rings(&sluice.watch);
	sluice_dispatch_look();
	sluice_dispatch_watch();
	sluice_leave();
}

/*
 * The tick
 */

/* It has nothing to start, for which there is a timer, and was never ready. */
static bool never_ready(const struct sluice_env *env, u64 now)
{
	u64 timeout = env->task->config.start_timeout;

	return env->state == SLUICE_ENV_STATE_WANTED && !env->call &&
	       timeout && now - env->since > timeout;
}

/* All its processes have ended, and its worker's file is still open somewhere. */
static bool abandoned(const struct sluice_env *env)
{
	return (env->state == SLUICE_ENV_STATE_IDLE ||
		env->state == SLUICE_ENV_STATE_BUSY) && sluice_env_empty(env);
}

static void tick_retiring(struct sluice_env *env, u64 now)
{
	u64 grace = env->cut ? env->task->config.grace : RETIRE_GRACE_NS;

	if (sluice_finish_try_gone(env))
		return;
	if (now - env->since > grace)
		sluice_env_kill(env);
	if (now - env->since > RETIRE_STUCK_NS && !env->stuck)
		sluice_env_stuck(env);
}

/* True when there is one that will be gone soon: to be looked at often. */
static bool tick_envs(u64 now)
{
	struct sluice_env *env, *next;
	bool soon = false;

	list_for_each_entry_safe(env, next, &sluice.env_list, node) {
		if (env->state == SLUICE_ENV_STATE_IDLE &&
		    now - env->since > env->task->config.idle)
			sluice_env_retire(env);
		else if (never_ready(env, now))
			sluice_finish_unstarted(env);
		else if (abandoned(env))
			sluice_finish_env(env, SLUICE_CALL_STATE_FAILED,
					  SLUICE_REASON_WORKER_DIED);
		else if (env->state == SLUICE_ENV_STATE_RETIRING)
			tick_retiring(env, now);
	}
	list_for_each_entry(env, &sluice.env_list, node) {
		soon |= sluice_env_ends_soon(env);
		sluice_worker_pass_on(env);
		if (sluice_env_unmade(env) && now - env->told > TELL_AGAIN_NS)
			sluice_env_tell_again(env);
	}
	return soon;
}

/* Quarantines that are over. */
static void tick_tasks(u64 now)
{
	struct sluice_task *task;
	int bucket;

	hash_for_each(sluice.tasks, bucket, task, hash)
		if (task->quarantined && task->quarantined <= now)
			sluice_quarantine_over(task);
}

/* Who has lacked something for too long; and what claims keep from passing. */
static void tick_claims(void)
{
	struct sluice_park *place;

	list_for_each_entry(place, &sluice.awaited, awaited)
		sluice_forecast_claim(place);
	/* As time passes, forecasts change: calls run longer than expected. */
	sluice_order_unpark_hold(SLUICE_HOLD_CLAIM);
}

/* What is needless now. Gives the lock back at times. */
static void tidy(u64 now)
{
	while (sluice_class_tidy(now))
		sluice_breathe();
	while (sluice_call_trim(READ_ONCE(sluice.limits.history),
				READ_ONCE(sluice.limits.history_bytes)))
		sluice_breathe();
}

/* Limits that are parameters, and may have been raised. */
static void tick_limits(void)
{
	sluice_order_unpark_hold(SLUICE_HOLD_MEMORY);
	if (sluice.env_count < READ_ONCE(sluice.limits.max_envs))
		sluice_order_unpark_hold(SLUICE_HOLD_ENVIRONMENTS);
	sluice_room_catch_up();
}

static uint tick_pace(void)
{
	return sluice.tick_idle ? READ_ONCE(sluice.limits.idle_tick_ms) :
				  READ_ONCE(sluice.limits.tick_ms);
}

static void tick_within(uint ms)
{
	sluice_alarm_by(&sluice.tick, ktime_get_boottime_ns() +
			max(ms, 1U) * (u64)NSEC_PER_MSEC);
}

/*
 * Walks all threads, so that it is done without sluice.lock. Also while there is no call:
 * the next one is to find things in order. True when it was time for it.
 */
static bool look_for_rivals(u64 *weight)
{
	static u64 last;
	u64 now = ktime_get_boottime_ns();

	if (now - last < RIVALS_NS)
		return false;
	last = now;
	*weight = sluice_rivals();
	return true;
}

static bool awaits(int res)
{
	return sluice.ledger.account[res].park.count;
}

/*
 * Look at the machine. Often while something waits or ends, else seldom: a tick
 * is also what makes a waiting call notice that the rest of the box uses less.
 */
static void tick_rings(void)
{
	u64 now, weight;
	bool soon, rivals;

	rivals = look_for_rivals(&weight);
	sluice_enter();
	sluice_alarm_rings(&sluice.tick);
	tidy(ktime_get_boottime_ns());
	/* The lock was given back: only what is true now may be judged by now. */
	now = ktime_get_boottime_ns();
	sluice_usage_cpu();
	if (rivals)
		sluice_usage_rivals(weight);
	sluice_usage_wants(awaits(SLUICE_RES_MEMORY) ||
			   awaits(SLUICE_RES_PIDS));
	/* A reservation that came back may have left only memory of the box to wait for. */
	sluice_dispatch_watch();
	sluice_dispatch_look();
	tick_limits();
	tick_tasks(now);
	tick_claims();
	soon = tick_envs(now);
	sluice.tick_idle = !soon && !sluice.waiting && !sluice.env_count;
	tick_within(soon ? RETIRE_POLL_MS : tick_pace());
	sluice_leave();
}

/* How often it looks was set anew: that counts from now on. */
void sluice_tick_paced(void)
{
	sluice_enter();
	tick_within(tick_pace());
	sluice_leave();
}

int sluice_tick_init(void)
{
	sluice.workqueue = alloc_workqueue("sluice", WQ_UNBOUND, 0);
	if (!sluice.workqueue)
		return -ENOMEM;
	sluice_alarm_init(&sluice.tick, tick_rings);
	sluice_alarm_init(&sluice.timer, timer_rings);
	sluice_alarm_init(&sluice.watch, watch_rings);
	sluice_enter();
	tick_within(0);
	sluice_leave();
	return 0;
}

void sluice_tick_exit(void)
{
	sluice_enter();
	sluice_alarm_shut(&sluice.timer);
	sluice_alarm_shut(&sluice.watch);
	sluice_alarm_shut(&sluice.tick);
	sluice_leave();
	sluice_alarm_end(&sluice.timer);
	sluice_alarm_end(&sluice.watch);
	sluice_alarm_end(&sluice.tick);
	destroy_workqueue(sluice.workqueue);
}
