// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two works, both under sluice.lock: the timer ends what is due to the moment,
 * the tick looks at all that is not worth a timer of its own.
 */
#include "engine/tick.h"

#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "engine/dispatch.h"
#include "engine/finish.h"
#include "object/call.h"
#include "object/env.h"
#include "object/forecast.h"
#include "object/order.h"
#include "object/quarantine.h"
#include "object/queue.h"
#include "object/room.h"
#include "object/usage.h"

/* How long a retiring environment has to end by itself. */
#define RETIRE_GRACE_NS		(1 * NSEC_PER_SEC)
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
	} else {
		sluice_call_ready(call);
		sluice_queue_ready(call);
	}
}

static void timer_work(struct work_struct *work)
{
	struct sluice_call *call;
	u64 now, next = 0;
	int batch = 0;

	sluice_enter();
	now = ktime_get_boottime_ns();
	while ((call = sluice_call_due(now, &next))) {
		call_is_due(call, now);
		sluice_call_put(call);
		if (!(++batch % SLUICE_BATCH))
			sluice_breathe();
	}
	if (next)
		mod_delayed_work(sluice.workqueue, &sluice.timer,
				 nsecs_to_jiffies(next - now) + 1);
	sluice_leave();
}

/*
 * The tick
 */

/* True when there is a retiring environment that is not empty yet. */
static bool tick_envs(u64 now)
{
	struct sluice_env *env, *next;
	bool retiring = false;

	list_for_each_entry_safe(env, next, &sluice.env_list, node) {
		if (env->state == SLUICE_ENV_STATE_IDLE &&
		    now - env->since > env->task->config.idle) {
			sluice_env_retire(env);
		} else if (env->state == SLUICE_ENV_STATE_RETIRING) {
			if (sluice_finish_try_gone(env))
				continue;
			if (now - env->since > RETIRE_GRACE_NS)
				sluice_env_kill(env);
			retiring = true;
		}
	}
	return retiring;
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
	u32 place;

	for (place = 0; place <= SLUICE_PARK_FOR(SLUICE_HOLD_RESOURCE); place++)
		sluice_forecast_claim(place);
	/* As time passes, forecasts change: calls run longer than expected. */
	sluice_order_unpark_hold(SLUICE_HOLD_CLAIM);
}

/* Gives the lock back at times. */
static void tick_classes(u64 now)
{
	while (sluice_class_tidy(now))
		sluice_breathe();
}

/* Limits that are parameters, and may have been raised. */
static void tick_limits(void)
{
	sluice_order_unpark_hold(SLUICE_HOLD_MEMORY);
	if (sluice.env_count < READ_ONCE(sluice.limits.max_envs))
		sluice_order_unpark_hold(SLUICE_HOLD_ENVIRONMENTS);
	sluice_room_made(&sluice.room);
}

/*
 * Look at the machine. Often while something waits or ends, else seldom: a tick
 * is also what makes a waiting call notice that the rest of the box uses less.
 */
static void tick_work(struct work_struct *work)
{
	bool retiring;
	uint ms;
	u64 now;

	sluice_enter();
	tick_classes(ktime_get_boottime_ns());
	/* The lock was given back: only what is true now may be judged by now. */
	now = ktime_get_boottime_ns();
	sluice_usage_cpu();
	sluice_dispatch_look();
	tick_limits();
	tick_tasks(now);
	tick_claims();
	retiring = tick_envs(now);
	sluice.tick_idle = !retiring && !sluice.waiting && !sluice.env_count;
	if (retiring)
		ms = RETIRE_POLL_MS;
	else if (!sluice.tick_idle)
		ms = READ_ONCE(sluice.limits.tick_ms);
	else
		ms = READ_ONCE(sluice.limits.idle_tick_ms);
	sluice_leave();
	/* Not mod_: whoever asked for an earlier one meanwhile gets it. */
	queue_delayed_work(sluice.workqueue, &sluice.tick,
			   msecs_to_jiffies(max(ms, 1U)));
}

int sluice_tick_init(void)
{
	sluice.workqueue = alloc_workqueue("sluice", WQ_UNBOUND, 0);
	if (!sluice.workqueue)
		return -ENOMEM;
	INIT_DELAYED_WORK(&sluice.tick, tick_work);
	INIT_DELAYED_WORK(&sluice.timer, timer_work);
	queue_delayed_work(sluice.workqueue, &sluice.tick, 0);
	return 0;
}

void sluice_tick_exit(void)
{
	cancel_delayed_work_sync(&sluice.timer);
	cancel_delayed_work_sync(&sluice.tick);
	destroy_workqueue(sluice.workqueue);
}
