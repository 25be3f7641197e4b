// SPDX-License-Identifier: GPL-2.0-only
#include "object/usage.h"

#include <linux/math64.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "base/event.h"
#include "base/outside.h"
#include "machine/cpu.h"
#include "machine/memory.h"
#include "machine/realtime.h"
#include "object/env.h"
#include "object/order.h"

/* How much the past counts beside what has been used since. */
#define AVERAGE_NS	(300 * NSEC_PER_MSEC)
/* How long caches are of interest after a call waited for memory. */
#define WANTED_NS	(2 * NSEC_PER_SEC)
/* Looks for rivals that count. */
#define RIVALS_KEPT	4

/* What CPU time had been used when it was last booked, and when; under sluice.lock. */
static struct sluice_cpu_times last;
static u64 last_time;
static u64 last_realtime;
/* What real-time threads take, where the agent tells. */
static u64 said_realtime;
/* Since when it is counted what environments were promised and got. */
static u64 due_since;
/* When a call waited for memory the last time. */
static u64 wanted_last;
/* Of the last looks; one of them sees nobody who sleeps just then. */
static u64 rivals_seen[RIVALS_KEPT];

/* Without sluice.lock, before anything else here. */
void sluice_usage_init(void)
{
	sluice.box.cpu_limit = SLUICE_UNBOUNDED;
	sluice.box.pids_limit = SLUICE_UNBOUNDED;
	last_time = ktime_get_boottime_ns();
	due_since = last_time;
	sluice_cpu_read(&last);
	last_realtime = sluice_realtime();
}

static u64 less(u64 a, u64 b)
{
	return a > b ? a - b : 0;
}

/*
 * Outside is what is neither available to anybody nor measured in an environment.
 * Page cache of an environment counts as its own and as available to the box, so
 * that outside is estimated low by that much; the reserve is there for it.
 */
void sluice_usage_memory(void)
{
	const struct sluice_account *account =
		&sluice.ledger.account[SLUICE_RES_MEMORY];
	u64 total = sluice_memory_physical(), available;
	u64 overhead = 0, used;
	struct sluice_env *env;

	lockdep_assert_held(&sluice.lock);
	available = sluice_memory_available();
	list_for_each_entry(env, &sluice.env_list, node) {
		sluice_env_measure(env, SLUICE_RES_MEMORY,
				   sluice_memory_used(env->memory));
		if (env->attached)
			overhead += env->share.overhead;
	}
	used = less(less(total, available), account->measured + overhead);
	sluice_ledger_box(&sluice.ledger, SLUICE_RES_MEMORY, total, used);
	sluice_ledger_limit(&sluice.ledger, SLUICE_RES_MEMORY,
			    sluice_above_limit(&sluice.box.above,
					       account->measured,
					       sluice.agent_port));
}

/* In each environment there is a process that no task has asked for. */
void sluice_usage_pids(void)
{
	u64 limit = sluice.box.pids_limit;

	lockdep_assert_held(&sluice.lock);
	if (limit != SLUICE_UNBOUNDED)
		limit = less(limit, sluice.env_count + 1);
	sluice_ledger_limit(&sluice.ledger, SLUICE_RES_PIDS, limit);
}

/* It has ended a call since the last time: what it used was for that. */
static bool is_idle_since(const struct sluice_env *env)
{
	return env->state == SLUICE_ENV_STATE_IDLE && env->since > last_time;
}

/*
 * CPU time of all environments since the last time, booked for each that goes on; of
 * those that have gone meanwhile, too, or it would count as the rest of the box.
 */
static u64 book_envs(u64 elapsed)
{
	struct sluice_env *env;
	u64 sum = sluice.cpu_ended;

	sluice.cpu_ended = 0;
	list_for_each_entry(env, &sluice.env_list, node) {
		u64 used = sluice_env_cpu_since(env);

		sum += used;
		sluice_env_is_due(env, used, elapsed);
		sluice_env_measure(env, SLUICE_RES_CPU, is_idle_since(env) ? 0 :
				   div64_u64(used * 1000, elapsed));
	}
	return sum;
}

/*
 * Over about half a second, or every short burst would close the gate. What is longer
 * ago than a second is forgotten.
 */
static void average(u64 *value, u64 used, u64 elapsed)
{
	u64 before = elapsed > NSEC_PER_SEC ? 0 : AVERAGE_NS;

	*value = div64_u64(*value * before + used * 1000, before + elapsed);
}

static u64 since(u64 *before, u64 now)
{
	u64 more = now > *before ? now - *before : 0;

	*before = now;
	return more;
}

/* Where the CPU time of the box went since the last time, but for environments. */
static void book_box(u64 ours, u64 elapsed)
{
	struct sluice_box *box = &sluice.box;
	struct sluice_cpu_times now;
	u64 busy, firm;

	sluice_cpu_read(&now);
	busy = less(since(&last.busy, now.busy), ours);
	firm = since(&last.interrupts, now.interrupts);
	average(&box->interrupts, firm, elapsed);
	busy = less(busy, firm);
	firm = since(&last.stolen, now.stolen);
	average(&box->stolen, firm, elapsed);
	busy = less(busy, firm);
	firm = since(&last_realtime, sluice_realtime()) +
	       div_u64(said_realtime * elapsed, 1000);
	average(&box->realtime, firm, elapsed);
	average(&box->yielding, less(busy, firm), elapsed);
}

static u64 outside_of_box(u64 physical)
{
	const struct sluice_outside outside = {
		.firm = sluice.box.realtime + sluice.box.interrupts +
			sluice.box.stolen,
		.yielding = sluice.box.yielding,
	};

	return sluice_outside_cpu(&outside, physical,
				  sluice.ledger.account[SLUICE_RES_CPU].budget,
				  sluice.box.guaranteed);
}

/* Did any environment get too little? Looks at all, and begins to count anew. */
static bool any_is_short(void)
{
	struct sluice_env *env;
	bool is_short = false;

	list_for_each_entry(env, &sluice.env_list, node) {
		is_short |= sluice_pressure_is_short(&env->due);
		env->due = (struct sluice_cpu_due){ 0 };
	}
	return is_short;
}

static void judge(u64 now)
{
	/* The agent tells once a second how long they waited: there is to be some of it. */
	u64 patience = sluice.wait_source >= SLUICE_WAIT_MAPS ?
		       2 * SLUICE_PRESSURE_NS : SLUICE_PRESSURE_NS;
	u32 before = sluice.box.closed;

	if (now - due_since < patience)
		return;
	due_since = now;
	sluice.box.closed = sluice_pressure_closes(before, sluice_class_count(),
						   any_is_short());
	if (sluice.box.closed > before)
		sluice_event_pressure(SLUICE_EVENT_CLASS_CLOSED);
	if (sluice.box.closed >= before)
		return;
	sluice_event_pressure(SLUICE_EVENT_CLASS_OPENED);
	sluice_order_unpark_hold(SLUICE_HOLD_CPU_PRESSURE);
}

/* In thousandths of a CPU, since the last time. Called by the tick. */
void sluice_usage_cpu(void)
{
	u64 now = ktime_get_boottime_ns(), elapsed = now - last_time;
	u64 physical = sluice_cpu_physical();

	lockdep_assert_held(&sluice.lock);
	/* What weights guarantee is a part of that. */
	if (physical != sluice.ledger.account[SLUICE_RES_CPU].physical)
		sluice_event_box();
	/* Tick accounting is too coarse for less. */
	if (elapsed < 50 * NSEC_PER_MSEC)
		return;
	book_box(book_envs(elapsed), elapsed);
	last_time = now;
	judge(now);
	sluice_ledger_box(&sluice.ledger, SLUICE_RES_CPU, physical,
			  sluice.limits.cpu_outside ? outside_of_box(physical) : 0);
}

/* Does a class start no calls, as environments do not get what was promised? */
bool sluice_usage_closes(const struct sluice_class *class)
{
	return class->level + sluice.box.closed >= sluice_class_count();
}

/* So much weight was about to run in the root cgroup just now. */
void sluice_usage_rivals(u64 weight)
{
	u64 most = 0;
	int i;

	lockdep_assert_held(&sluice.lock);
	memmove(&rivals_seen[1], &rivals_seen[0],
		sizeof(rivals_seen) - sizeof(rivals_seen[0]));
	rivals_seen[0] = weight;
	for (i = 0; i < RIVALS_KEPT; i++)
		most = max(most, rivals_seen[i]);
	if (most == sluice.box.rivals)
		return;
	sluice.box.rivals = most;
	sluice_event_box();
}

/* The agent says so; it holds until it says another thing. */
void sluice_usage_guarantee(u64 thousandths)
{
	lockdep_assert_held(&sluice.lock);
	sluice.box.guaranteed = thousandths;
}

/* So the agent says; SLUICE_UNBOUNDED for none. */
void sluice_usage_cpu_limit(u64 thousandths)
{
	lockdep_assert_held(&sluice.lock);
	sluice.box.cpu_limit = thousandths;
	sluice_ledger_limit(&sluice.ledger, SLUICE_RES_CPU, thousandths);
}

void sluice_usage_pids_limit(u64 pids)
{
	lockdep_assert_held(&sluice.lock);
	sluice.box.pids_limit = pids;
	sluice_usage_pids();
}

/* Environments are below these now; what was known before goes to the caller. */
void sluice_usage_place(struct sluice_above *above)
{
	lockdep_assert_held(&sluice.lock);
	swap(sluice.box.above, *above);
	sluice_usage_memory();
}

/* So much of what one of them uses is no more than cache: for sluice_usage_memory(). */
void sluice_usage_cached(u64 id, u64 used, u64 cache)
{
	lockdep_assert_held(&sluice.lock);
	sluice_above_cached(&sluice.box.above, id, used, cache);
}

/*
 * Whether any call waits for memory is news for who reads caches. For a while after that,
 * too: the next one that comes is to find them known.
 */
void sluice_usage_wants(bool memory)
{
	u64 now = ktime_get_boottime_ns();

	lockdep_assert_held(&sluice.lock);
	if (memory)
		wanted_last = now;
	else if (now - wanted_last < WANTED_NS)
		return;
	if (memory == sluice.box.memory_wanted)
		return;
	sluice.box.memory_wanted = memory;
	sluice_event_box();
}

/* As the agent has read it last; 0 when there is none. */
void sluice_usage_realtime(u64 thousandths)
{
	lockdep_assert_held(&sluice.lock);
	said_realtime = thousandths;
}
