// SPDX-License-Identifier: GPL-2.0-only
#include "engine/operate.h"

#include <linux/errno.h>
#include <linux/timekeeping.h>

#include "base/event.h"
#include "engine/dispatch.h"
#include "engine/finish.h"
#include "object/call.h"
#include "object/callq.h"
#include "object/env.h"
#include "object/order.h"
#include "object/queue.h"
#include "object/task.h"
#include "object/usage.h"

/*
 * Calls
 */

/* -EALREADY: it has ended. */
int sluice_operate_cancel(struct sluice_call *call)
{
	lockdep_assert_held(&sluice.lock);
	if (sluice_call_final(call))
		return -EALREADY;
	sluice_finish_call(call, SLUICE_CALL_STATE_CANCELLED,
			   SLUICE_REASON_CANCELLED);
	return 0;
}

/*
 * Give a waiting call another priority or deadline; NULL leaves it as it is. The
 * deadline counts from now, 0 for never. @privileged as in struct
 * sluice_submission. -EALREADY: it does not wait any more.
 */
int sluice_operate_change(struct sluice_call *call, const u32 *priority,
			  const u64 *deadline, bool (*privileged)(void),
			  struct sluice_refused *refused)
{
	u64 until = call->deadline;
	int ret = 0;

	lockdep_assert_held(&sluice.lock);
	memset(refused, 0, sizeof(*refused));
	if (call->state != SLUICE_CALL_STATE_QUEUED)
		return -EALREADY;
	if (priority)
		ret = sluice_admit_priority(call->task, *priority, privileged,
					    refused);
	if (!ret && deadline) {
		until = *deadline ? ktime_get_boottime_ns() + *deadline : 0;
		ret = sluice_admit_deadline(call, *deadline, until, refused);
	}
	if (ret)
		return ret;
	sluice_queue_reorder(call, priority ? *priority : call->priority,
			     until);
	sluice_call_expires(call);
	return 0;
}

/*
 * Environments
 */

/* The agent has seen so many processes and threads in it. -ENOENT. */
int sluice_operate_env_pids(u32 id, u32 pids)
{
	struct sluice_env *env = sluice_env_find(id);

	if (!env)
		return -ENOENT;
	sluice_env_measure(env, SLUICE_RES_PIDS, pids);
	return 0;
}

/* The agent has seen how full the place is where its task keeps files. -ENOENT. */
int sluice_operate_env_keeps(u32 id, u64 size, u64 used)
{
	struct sluice_env *env = sluice_env_find(id);

	if (!env)
		return -ENOENT;
	sluice_env_keeps(env, size, used);
	return 0;
}

/* It has tried so often to use a connection for what is not its peer. -ENOENT. */
int sluice_operate_env_peers_refused(u32 id, u64 tries)
{
	struct sluice_env *env = sluice_env_find(id);

	if (!env)
		return -ENOENT;
	sluice_env_peers_refused(env, tries);
	return 0;
}

/* As the agent reads it, so much more was done there. -ENOENT. */
int sluice_operate_env_counted(u32 id, const struct sluice_counts *more)
{
	struct sluice_env *env = sluice_env_find(id);

	if (!env)
		return -ENOENT;
	sluice_env_counted(env, more);
	return 0;
}

/*
 * The agent could not provision it, or has cleaned up after one that was to end before
 * it had; @lacked: for want of something that the gateway is short of. -ENOENT, -ESTALE.
 */
int sluice_operate_env_failed(u32 id, const char *message, bool lacked)
{
	struct sluice_env *env = sluice_env_find(id);

	if (!env)
		return -ENOENT;
	if (env->attached && env->state != SLUICE_ENV_STATE_WANTED)
		return -ESTALE;
	sluice_finish_unmade(env, message, lacked ?
			     SLUICE_REASON_GATEWAY_SHORT :
			     SLUICE_REASON_ENV_FAILED);
	return 0;
}

/* What the agent had to bring back is back. -ENOENT, -ESTALE: it had nothing, or lives. */
int sluice_operate_env_returned(u32 id)
{
	struct sluice_env *env = sluice_env_find(id);

	if (!env)
		return -ENOENT;
	if (!env->returns || env->state != SLUICE_ENV_STATE_RETIRING)
		return -ESTALE;
	env->returns = false;
	sluice_finish_try_gone(env);
	return 0;
}

/* An operator, or the agent, wants it to end. -ENOENT. */
int sluice_operate_env_del(u32 id)
{
	struct sluice_env *env = sluice_env_find(id);

	if (!env)
		return -ENOENT;
	sluice_finish_env(env, SLUICE_CALL_STATE_FAILED,
			  SLUICE_REASON_ENV_RETIRED);
	return 0;
}

/* It is to end, but not its call. -ENOENT. */
int sluice_operate_env_drain(u32 id)
{
	struct sluice_env *env = sluice_env_find(id);

	if (!env)
		return -ENOENT;
	if (env->state == SLUICE_ENV_STATE_IDLE)
		sluice_env_retire(env);
	else
		env->last = true;
	return 0;
}

/*
 * Tasks
 */

static void retire_idle(struct sluice_task *task)
{
	struct sluice_env *env, *next;

	list_for_each_entry_safe(env, next, &task->idle, idle_node)
		sluice_finish_env(env, SLUICE_CALL_STATE_CANCELLED,
				  SLUICE_REASON_TASK_REMOVED);
}

/* Pause, drain or resume. */
void sluice_operate_task_mode(struct sluice_task *task, enum sluice_mode mode)
{
	sluice_task_mode(task, mode);
	if (mode >= SLUICE_MODE_DRAIN)
		retire_idle(task);
}

/* What its calls wait for is not to be made any more, and they are cancelled. */
static void retire_unmade(const struct sluice_task *task)
{
	struct sluice_env *env, *next;

	list_for_each_entry_safe(env, next, &sluice.env_list, node)
		if (env->task == task && sluice_env_unmade(env))
			sluice_finish_env(env, SLUICE_CALL_STATE_CANCELLED,
					  SLUICE_REASON_TASK_REMOVED);
}

/*
 * Remove a task: what waits is cancelled, also for an environment that is being made,
 * what runs finishes, what is idle goes.
 * The caller holds a reference. Gives the lock back at times.
 */
void sluice_operate_task_del(struct sluice_task *task)
{
	struct sluice_call *call;
	int batch = 0;

	sluice_task_unregister(task);
	retire_idle(task);
	retire_unmade(task);
	while ((call = sluice_callq_oldest(&task->queue))) {
		sluice_finish_call(call, SLUICE_CALL_STATE_CANCELLED,
				   SLUICE_REASON_TASK_REMOVED);
		if (!(++batch % SLUICE_BATCH))
			sluice_breathe();
	}
}

/*
 * Budgets
 */

/*
 * A token that is not there is declared, and needs a budget. NULL leaves a value
 * as it is. -ENOSPC: there are too many; -EBUSY: more than that is reserved; -ENOMEM.
 */
int sluice_operate_budget_set(const char *name, const u64 *budget,
			      const u64 *reserve)
{
	struct sluice_account *account;
	int ret = 0;

	lockdep_assert_held(&sluice.lock);
	account = sluice_ledger_find(&sluice.ledger, name);
	if (!account)
		ret = sluice_ledger_declare(&sluice.ledger, name, &account);
	if (ret)
		return ret;
	if (budget && *budget < account->reserved)
		return -EBUSY;
	sluice_ledger_give(&sluice.ledger, account,
			   budget ? *budget : account->budget,
			   reserve ? *reserve : account->reserve);
	sluice_event_budget(account, SLUICE_EVENT_BUDGET_SET);
	if (account->res == SLUICE_RES_CPU)
		sluice_event_box();
	return 0;
}

/* A token goes. -EBUSY: a task names it, or a call holds it. */
int sluice_operate_budget_del(struct sluice_account *account)
{
	lockdep_assert_held(&sluice.lock);
	if (account->users || account->reserved)
		return -EBUSY;
	sluice_event_budget(account, SLUICE_EVENT_BUDGET_DEL);
	sluice_ledger_forget(&sluice.ledger, account);
	return 0;
}

/*
 * The agent
 */

/* What it has not made, nobody makes. */
static void forget_unmade(void)
{
	struct sluice_env *env, *next;

	list_for_each_entry_safe(env, next, &sluice.env_list, node)
		if (sluice_env_unmade(env))
			sluice_finish_unwanted(env);
}

/* It came (@port), or went (0). */
void sluice_operate_agent(u32 port, pid_t pid,
			  enum sluice_wait_source source)
{
	bool came = port && port != sluice.agent_port;
	u32 before = sluice.agent_port;

	lockdep_assert_held(&sluice.lock);
	sluice.agent_port = port;
	sluice.agent_pid = pid;
	/* The program of an agent that was killed goes on. */
	if (port)
		sluice.wait_source = source;
	/* What an agent says grows old with it. */
	if (port != before || source != SLUICE_WAIT_MAPS)
		sluice_usage_realtime(0);
	if (came) {
		/* What another one has said of these may be long ago. */
		sluice_usage_cpu_limit(SLUICE_UNBOUNDED);
		sluice_usage_pids_limit(SLUICE_UNBOUNDED);
		sluice_event_agent(SLUICE_EVENT_AGENT_CAME);
		sluice_order_unpark_hold(SLUICE_HOLD_AGENT);
	} else if (!port) {
		sluice_event_agent(SLUICE_EVENT_AGENT_WENT);
		forget_unmade();
		/* Who waits for room for another environment waits for an agent now. */
		sluice_order_unpark_hold(SLUICE_HOLD_CONCURRENCY);
		sluice_order_unpark_hold(SLUICE_HOLD_ENVIRONMENTS);
	}
}

/* What the agent knows of the box, where it is not NULL. */
void sluice_operate_box(const struct sluice_box_said *said)
{
	lockdep_assert_held(&sluice.lock);
	if (said->cpu_guaranteed)
		sluice_usage_guarantee(*said->cpu_guaranteed);
	if (said->cpu_realtime)
		sluice_usage_realtime(*said->cpu_realtime);
	if (said->cpu_limit)
		sluice_usage_cpu_limit(*said->cpu_limit);
	if (said->pids_limit)
		sluice_usage_pids_limit(*said->pids_limit);
	if (said->above)
		sluice_usage_place(said->above);
}

/* What one of the cgroups above environments uses, and what of that is cache. */
void sluice_operate_cached(u64 id, u64 used, u64 cache)
{
	sluice_usage_cached(id, used, cache);
}
