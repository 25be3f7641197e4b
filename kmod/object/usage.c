// SPDX-License-Identifier: GPL-2.0-only
#include "object/usage.h"

#include <linux/math64.h>
#include <linux/timekeeping.h>

#include "machine/cpu.h"
#include "machine/memory.h"
#include "object/env.h"

/* When CPU time was last booked, and what it was; under sluice.lock. */
static u64 last_time;
static u64 last_busy;
static u64 outside_average;

/* Without sluice.lock, before anything else here. */
void sluice_usage_init(void)
{
	last_time = ktime_get_boottime_ns();
	last_busy = sluice_cpu_busy();
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
	struct sluice_env *env;
	u64 used;

	lockdep_assert_held(&sluice.lock);
	available = sluice_memory_available();
	list_for_each_entry(env, &sluice.env_list, node)
		sluice_env_measure(env, SLUICE_RES_MEMORY,
				   sluice_memory_used(env->memory));
	used = total > available ? total - available : 0;
	used = used > account->measured ? used - account->measured : 0;
	sluice_ledger_box(&sluice.ledger, SLUICE_RES_MEMORY, total, used);
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
		sluice_env_measure(env, SLUICE_RES_CPU, is_idle_since(env) ? 0 :
				   div64_u64(used * 1000, elapsed));
	}
	return sum;
}

/*
 * In thousandths of a CPU, since the last time. Called by the tick. The rest of
 * the box is averaged over about half a second, or every short burst would close
 * the gate.
 */
void sluice_usage_cpu(void)
{
	u64 now = ktime_get_boottime_ns(), busy = sluice_cpu_busy();
	u64 physical = sluice_cpu_physical();
	u64 elapsed = now - last_time, ours, outside;

	lockdep_assert_held(&sluice.lock);
	/* Tick accounting is too coarse for less. */
	if (elapsed < 50 * NSEC_PER_MSEC)
		return;
	ours = book_envs(elapsed);
	outside = busy > last_busy ? busy - last_busy : 0;
	outside = outside > ours ? div64_u64((outside - ours) * 1000, elapsed) : 0;
	outside = min(outside, physical);
	if (elapsed > NSEC_PER_SEC)
		outside_average = outside;
	else
		outside_average = (3 * outside_average + outside) / 4;
	last_time = now;
	last_busy = busy;
	sluice_ledger_box(&sluice.ledger, SLUICE_RES_CPU, physical,
			  sluice.limits.cpu_outside ? outside_average : 0);
}
