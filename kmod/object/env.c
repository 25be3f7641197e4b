// SPDX-License-Identifier: GPL-2.0-only
#include "object/env.h"

#include <linux/bitmap.h>
#include <linux/cgroup.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "base/event.h"
#include "machine/alarm.h"
#include "machine/counts.h"
#include "machine/cpu.h"
#include "machine/memory.h"
#include "object/order.h"
#include "object/park.h"
#include "object/task.h"

static void env_set_state(struct sluice_env *env, enum sluice_env_state state)
{
	enum sluice_env_state from = env->state;

	lockdep_assert_held(&sluice.lock);
	env->state = state;
	env->since = ktime_get_boottime_ns();
	sluice_event_env(env, from);
}

/*
 * An id that nothing has, for @env; or for nothing yet when that is NULL. Should they ever
 * have gone round: 0 is none, and some may still live.
 */
static int take_id(struct sluice_env *env, u32 *id)
{
	int ret;

	do {
		*id = ++sluice.last_env;
		ret = *id ? xa_insert(&sluice.envs, *id, env,
				      GFP_NOWAIT | __GFP_NOWARN) : -EBUSY;
	} while (ret == -EBUSY);
	return ret;
}

/*
 * Which id the next environment of the task will have: the agent makes parts of it before
 * it is wanted. -ENOMEM.
 */
int sluice_env_next(struct sluice_task *task, u32 *id)
{
	int ret = 0;

	lockdep_assert_held(&sluice.lock);
	if (!task->next_env)
		ret = take_id(NULL, &task->next_env);
	if (ret)
		task->next_env = 0;
	*id = task->next_env;
	return ret;
}

/* What was kept for the next one has room in the array. */
static int give_id(struct sluice_task *task, struct sluice_env *env)
{
	if (!task->next_env)
		return take_id(env, &env->id);
	env->id = task->next_env;
	task->next_env = 0;
	return xa_err(xa_store(&sluice.envs, env->id, env,
			       GFP_NOWAIT | __GFP_NOWARN));
}

/*
 * A new environment in state wanted, without the event: the caller gives it its
 * call and reservation first. NULL: no memory; the lock is held, so it must not
 * be waited for.
 */
struct sluice_env *sluice_env_new(struct sluice_task *task)
{
	struct sluice_env *env;
	u32 slot;

	lockdep_assert_held(&sluice.lock);
	slot = find_first_zero_bit(sluice.slots, SLUICE_SLOTS);
	if (slot == SLUICE_SLOTS || !sluice_counts_room(slot))
		return NULL;
	env = kzalloc(sizeof(*env), GFP_NOWAIT | __GFP_NOWARN);
	if (!env)
		return NULL;
	if (give_id(task, env)) {
		kfree(env);
		return NULL;
	}
	kref_init(&env->ref);
	env->slot = slot;
	__set_bit(slot, sluice.slots);
	env->since = ktime_get_boottime_ns();
	env->told = env->since;
	sluice_counts_of_slot(slot, false, &env->base);
	env->task = task;
	sluice_task_get(task);
	task->envs++;
	INIT_LIST_HEAD(&env->idle_node);
	INIT_LIST_HEAD(&env->lru_node);
	sluice_ledger_overhead(&sluice.ledger, &env->share,
			       task->config.overhead);
	list_add_tail(&env->node, &sluice.env_list);
	sluice.env_count++;
	return env;
}

static void env_release(struct kref *ref)
{
	struct sluice_env *env = container_of(ref, struct sluice_env, ref);

	sluice_memory_put(env->memory);
	if (env->cgroup)
		cgroup_put(env->cgroup);
	put_pid(env->pid);
	sluice_task_put(env->task);
	kfree(env);
}

/* With or without sluice.lock. */
void sluice_env_put(struct sluice_env *env)
{
	kref_put(&env->ref, env_release);
}

/* Takes no reference: the environment stays as long as sluice.lock is held. */
struct sluice_env *sluice_env_find(u32 id)
{
	lockdep_assert_held(&sluice.lock);
	return xa_load(&sluice.envs, id);
}

/* The idle environment of the task that was used last: the warmest. */
struct sluice_env *sluice_env_idle_of(struct sluice_task *task)
{
	return list_first_entry_or_null(&task->idle, struct sluice_env,
					idle_node);
}

/*
 * The agent made the place: @door is its worker's file. Takes over the
 * references to @cgroup and @pid when it returns 0. @returns: the agent has something to
 * bring back when it has ended. -ESTALE, -EEXIST.
 */
int sluice_env_attach(struct sluice_env *env, struct sluice_file *door,
		      struct cgroup *cgroup, struct pid *pid, bool returns)
{
	lockdep_assert_held(&sluice.lock);
	if (env->state != SLUICE_ENV_STATE_WANTED)
		return -ESTALE;
	if (env->door)
		return -EEXIST;
	env->door = door;
	env->attached = true;
	env->returns = returns;
	env->cgroup = cgroup;
	env->memory = cgroup ? sluice_memory_get(cgroup) : NULL;
	env->pid = pid;
	/* Until now it was the agent who worked in there. */
	env->cpu_rate_time = sluice_env_cpu(env);
	kref_get(&env->ref);
	door->env = env;
	door->owner.shut = true;
	/* Whoever watched the file before has something else to wait for now. */
	wake_up_all(&door->wait);
	return 0;
}

/* There is something for its worker: of threads that wait, one is woken. */
void sluice_env_call_worker(const struct sluice_env *env)
{
	lockdep_assert_held(&sluice.lock);
	if (env->door)
		wake_up(&env->door->wait);
}

/* CPU time since its cgroup was made; 0 where it has none. */
u64 sluice_env_cpu(const struct sluice_env *env)
{
	return env->cgroup ? sluice_cpu_of_cgroup(env->cgroup) : 0;
}

/*
 * What it has done since it was made; 0 of what nobody counts. @own: the calling thread
 * is one of its, see sluice_counts_of_slot().
 */
void sluice_env_counts(const struct sluice_env *env, bool own,
		       struct sluice_counts *counts)
{
	int i;

	sluice_counts_of_slot(env->slot, own, counts);
	for (i = 0; i < SLUICE_COUNTS; i++)
		counts->of[i] = env->said.of[i] +
				(counts->of[i] > env->base.of[i] ?
				 counts->of[i] - env->base.of[i] : 0);
	counts->of[SLUICE_COUNT_OOM_KILLS] = sluice_memory_oom_kills(env->memory);
}

/* How long its threads have waited for a CPU; 0 where nobody tells. */
u64 sluice_env_cpu_wait(const struct sluice_env *env)
{
	const int waited = SLUICE_COUNT_WAITED;

	return sluice_counts_one(env->slot, waited) - env->base.of[waited] +
	       env->said.of[waited];
}

/*
 * So much more was done there since the agent said it last. Did a call end meanwhile, nobody
 * knows how much was for the one that runs now: then it is on no bill rather than on that.
 */
void sluice_env_counted(struct sluice_env *env,
			const struct sluice_counts *more)
{
	int i;

	lockdep_assert_held(&sluice.lock);
	for (i = 0; i < SLUICE_COUNTS; i++) {
		env->said.of[i] += more->of[i];
		if (env->untold)
			env->begin.of[i] += more->of[i];
	}
	env->untold = false;
	env->told_at = ktime_get_boottime_ns();
}

/* What it has used since this was last asked, for the rate. */
u64 sluice_env_cpu_since(struct sluice_env *env)
{
	u64 time = sluice_env_cpu(env), used = time - env->cpu_rate_time;

	lockdep_assert_held(&sluice.lock);
	env->cpu_rate_time = time;
	return used;
}

/*
 * What it was promised and got since this was last asked, which was @elapsed ago: since
 * then it has had a call, or since that came.
 */
void sluice_env_is_due(struct sluice_env *env, u64 used, u64 elapsed)
{
	u64 busy = ktime_get_boottime_ns() - env->since;
	u64 waited = sluice_env_cpu_wait(env);

	lockdep_assert_held(&sluice.lock);
	if (env->state == SLUICE_ENV_STATE_BUSY) {
		/* It may have got its call just now. */
		elapsed = min(elapsed, busy);
		env->due.time += elapsed;
		env->due.promised += div_u64(env->share.reserved[SLUICE_RES_CPU] *
					     elapsed, 1000);
		env->due.used += used;
		env->due.waited += waited - env->cpu_rate_wait;
	}
	env->cpu_rate_wait = waited;
}

/* A call begins to run there: what was used before is on no bill. */
void sluice_env_bill_from_now(struct sluice_env *env)
{
	env->cpu_billed = max(env->cpu_billed, sluice_env_cpu(env));
}

/*
 * CPU time of a call that ends there. By the account of its cgroup, or by its
 * worker's (@worker; 0 when the worker did not live to tell), when that is ahead:
 * the cgroup hears of it only then, and it is not billed again.
 */
u64 sluice_env_bill(struct sluice_env *env, u64 worker)
{
	u64 time = sluice_env_cpu(env), used = 0;

	lockdep_assert_held(&sluice.lock);
	if (time > env->cpu_billed)
		used = time - env->cpu_billed;
	used = max(used, worker);
	env->cpu_billed += used;
	return used;
}

/* The gate has said yes to its call. */
void sluice_env_reserve(struct sluice_env *env,
			const struct sluice_request *request)
{
	u32 quantities = sluice_ledger_reserve(&sluice.ledger, &env->share,
					       request);

	lockdep_assert_held(&sluice.lock);
	sluice_event_ledger(env, quantities, env->share.tokens);
}

/* Its call has ended, and nothing of it is left. */
void sluice_env_release(struct sluice_env *env)
{
	struct sluice_tokens *tokens;
	u32 quantities = sluice_ledger_release(&sluice.ledger, &env->share,
					       &tokens);

	lockdep_assert_held(&sluice.lock);
	sluice_event_ledger(env, quantities, tokens);
	sluice_tokens_put(tokens);
}

/*
 * Book what it uses of a quantity. Is that more, and its own task waits for the
 * quantity, then that much less is needed on top of it: ask again.
 */
void sluice_env_measure(struct sluice_env *env, int res, u64 value)
{
	struct sluice_task *task = env->task;
	const struct sluice_verdict *verdict = &task->verdict;
	bool more = value > env->share.measured[res];

	lockdep_assert_held(&sluice.lock);
	sluice_ledger_measure(&sluice.ledger, &env->share, res, value);
	if (!more || env->state != SLUICE_ENV_STATE_IDLE ||
	    !sluice_parked(task) || verdict->hold != SLUICE_HOLD_RESOURCE)
		return;
	if (verdict->others ||
	    (verdict->res == (u32)res &&
	     sluice_gate_need(&task->config.request, &env->share, res) <
	     verdict->need))
		sluice_order_unpark(task);
}

/* So much of it is used: that it is full is news. */
void sluice_env_keeps(struct sluice_env *env, u64 size, u64 used)
{
	bool was_full = env->state_size && env->state_used >= env->state_size;

	lockdep_assert_held(&sluice.lock);
	env->state_size = size;
	env->state_used = used;
	if (size && used >= size && !was_full)
		sluice_event_state_full(env);
}

/* So many tries by now: an agent may say again what another has said before. */
void sluice_env_peers_refused(struct sluice_env *env, u64 tries)
{
	u64 more = tries - env->peers_refused;

	lockdep_assert_held(&sluice.lock);
	if (tries <= env->peers_refused)
		return;
	env->peers_refused = tries;
	env->task->peers_refused += more;
	sluice_event_peer_refused(env, more);
}

/* Nobody has attached to it yet: tell the agent once more. */
void sluice_env_tell_again(struct sluice_env *env)
{
	lockdep_assert_held(&sluice.lock);
	env->told = ktime_get_boottime_ns();
	sluice_event_still_wanted(env);
}

/* The CPU time that it used is over with its call: its end would free none of it. */
void sluice_env_idle(struct sluice_env *env)
{
	sluice_ledger_measure(&sluice.ledger, &env->share, SLUICE_RES_CPU, 0);
	sluice.idled |= sluice_park_awaits(env);
	list_add(&env->idle_node, &env->task->idle);
	list_add_tail(&env->lru_node, &sluice.idle);
	env_set_state(env, SLUICE_ENV_STATE_IDLE);
}

/*
 * For what (see sluice.idled) those wait who may get something of environments that have
 * become idle since this was last asked.
 */
u64 sluice_env_idled(void)
{
	u64 idled = sluice.idled;

	lockdep_assert_held(&sluice.lock);
	sluice.idled = 0;
	return idled;
}

static void env_leave_idle(struct sluice_env *env)
{
	list_del_init(&env->idle_node);
	list_del_init(&env->lru_node);
}

void sluice_env_busy(struct sluice_env *env)
{
	env_leave_idle(env);
	env_set_state(env, SLUICE_ENV_STATE_BUSY);
}

/* Takes no more calls. Its worker is told, and killed if it does not go. */
void sluice_env_retire(struct sluice_env *env)
{
	lockdep_assert_held(&sluice.lock);
	env_leave_idle(env);
	/* Its task may have another one, for which the gate says yes. */
	sluice_order_unpark(env->task);
	env_set_state(env, SLUICE_ENV_STATE_RETIRING);
	sluice_env_call_worker(env);
	sluice_alarm_by(&sluice.tick, env->since + NSEC_PER_MSEC);
}

/* Its pid 1 dies, and the kernel ends everything in its pid namespace. */
void sluice_env_kill(struct sluice_env *env)
{
	if (env->killed || !env->pid)
		return;
	env->killed = true;
	kill_pid(env->pid, SIGKILL, 1);
}

/*
 * It does not end, as a process of it is in the kernel for good or has a long grace.
 * What it has stays with it; who has waited for that is to look for something else.
 */
void sluice_env_stuck(struct sluice_env *env)
{
	lockdep_assert_held(&sluice.lock);
	env->stuck = true;
	sluice.idled |= sluice_park_awaits(env);
}

/*
 * Nothing of it runs any more. Its door says so only where there is no cgroup to
 * ask: whoever was handed it may keep it open for as long as he likes. What was being
 * made may run until an agent says that it does not (sluice_operate_env_failed()), be it
 * the next one: who makes it may outlive the one who has started him.
 */
bool sluice_env_empty(const struct sluice_env *env)
{
	if (!env->attached)
		return false;
	return env->cgroup ? !cgroup_is_populated(env->cgroup) : !env->door;
}

/* The end, as gone or failed: everything that it held is released. */
void sluice_env_gone(struct sluice_env *env, enum sluice_env_state state)
{
	lockdep_assert_held(&sluice.lock);
	env_leave_idle(env);
	env->door = NULL;
	sluice.cpu_ended += sluice_env_cpu_since(env);
	sluice_env_release(env);
	while (env->share.uses)
		sluice_ledger_measure(&sluice.ledger, &env->share,
				      __builtin_ctz(env->share.uses), 0);
	sluice_ledger_overhead(&sluice.ledger, &env->share, 0);
	list_del_init(&env->node);
	sluice.env_count--;
	env->task->envs--;
	__clear_bit(env->slot, sluice.slots);
	xa_erase(&sluice.envs, env->id);
	env_set_state(env, state);
	sluice_order_unpark_hold(SLUICE_HOLD_ENVIRONMENTS);
	sluice_order_unpark(env->task);
	sluice_env_put(env);
}

/* The module goes: what is left was wanted by calls that have ended. */
void sluice_env_exit(void)
{
	struct sluice_env *env, *next;

	lockdep_assert_held(&sluice.lock);
	list_for_each_entry_safe(env, next, &sluice.env_list, node)
		sluice_env_gone(env, SLUICE_ENV_STATE_GONE);
}
