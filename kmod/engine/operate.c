// SPDX-License-Identifier: GPL-2.0-only
#include "engine/operate.h"

#include <linux/errno.h>
#include <linux/sched.h>

#include "object/call.h"
#include "object/callq.h"
#include "engine/dispatch.h"
#include "object/env.h"
#include "base/event.h"
#include "engine/finish.h"
#include "object/task.h"

/*
 * Calls
 */

/* -EALREADY: it has ended. */
int sluice_operate_cancel(struct sluice_call *call)
{
	int ret = 0;

	spin_lock(&sluice.lock);
	if (sluice_call_final(call))
		ret = -EALREADY;
	else
		sluice_finish_call(call, SLUICE_CALL_STATE_CANCELLED,
				   SLUICE_REASON_CANCELLED);
	sluice_dispatch();
	spin_unlock(&sluice.lock);
	return ret;
}

/*
 * Environments
 */

static void message_set(struct sluice_answer **answer, const char *message)
{
	if (!*message)
		return;
	/* Without memory for it the reason has to do. */
	*answer = sluice_answer_alloc(0, GFP_NOWAIT | __GFP_NOWARN);
	if (*answer)
		strscpy((*answer)->message, message,
			sizeof((*answer)->message));
}

/* The agent could not provision it. -ENOENT, -ESTALE. */
int sluice_operate_env_failed(u32 id, const char *message)
{
	struct sluice_answer *answer = NULL;
	struct sluice_env *env;
	int ret = 0;

	spin_lock(&sluice.lock);
	env = sluice_env_find(id);
	if (!env) {
		ret = -ENOENT;
	} else if (env->state != SLUICE_ENV_STATE_WANTED) {
		ret = -ESTALE;
	} else {
		strscpy(env->message, message, sizeof(env->message));
		if (env->call) {
			message_set(&answer, message);
			sluice_finish_attempt(env, SLUICE_CALL_STATE_FAILED,
					      SLUICE_REASON_ENV_FAILED, 0, 0,
					      answer);
		}
		if (env->door)
			sluice_env_retire(env);
		else
			sluice_env_gone(env, SLUICE_ENV_STATE_FAILED);
	}
	sluice_dispatch();
	spin_unlock(&sluice.lock);
	return ret;
}

/* An operator, or the agent, wants it to end. -ENOENT. */
int sluice_operate_env_del(u32 id)
{
	struct sluice_env *env;
	int ret = 0;

	spin_lock(&sluice.lock);
	env = sluice_env_find(id);
	if (env)
		sluice_finish_env(env, SLUICE_CALL_STATE_FAILED,
				  SLUICE_REASON_ENV_RETIRED);
	else
		ret = -ENOENT;
	sluice_dispatch();
	spin_unlock(&sluice.lock);
	return ret;
}

/* It is to end, but not its call. -ENOENT. */
int sluice_operate_env_drain(u32 id)
{
	struct sluice_env *env;
	int ret = 0;

	spin_lock(&sluice.lock);
	env = sluice_env_find(id);
	if (!env)
		ret = -ENOENT;
	else if (env->state == SLUICE_ENV_STATE_IDLE)
		sluice_env_retire(env);
	else
		env->last = true;
	sluice_dispatch();
	spin_unlock(&sluice.lock);
	return ret;
}

/*
 * Tasks
 */

void sluice_operate_task_change(struct sluice_task *task,
				const struct sluice_task_config *config)
{
	sluice_task_change(task, config);
	sluice_dispatch();
}

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
	sluice_dispatch();
}

/*
 * Remove a task: what waits is cancelled, what runs finishes, what is idle goes.
 * The caller holds a reference, and sluice.lock, which is given back at times and
 * held again at the end.
 */
void sluice_operate_task_del(struct sluice_task *task)
{
	struct sluice_call *call;
	int batch = 0;

	sluice_task_unregister(task);
	retire_idle(task);
	while ((call = sluice_callq_oldest(&task->queue))) {
		sluice_finish_call(call, SLUICE_CALL_STATE_CANCELLED,
				   SLUICE_REASON_TASK_REMOVED);
		if (++batch % SLUICE_BATCH)
			continue;
		spin_unlock(&sluice.lock);
		cond_resched();
		spin_lock(&sluice.lock);
	}
	sluice_dispatch();
}

/*
 * Budgets and the agent
 */

void sluice_operate_budget(u32 res)
{
	sluice_event_budget(&sluice.ledger.account[res],
			    SLUICE_COUNT_BUDGET_SET);
	sluice_operate_grew(res);
}

/* More of @res may be available. */
void sluice_operate_grew(u32 res)
{
	sluice_task_grew(1U << res);
	sluice_dispatch();
}

/* The agent came (@port), or went (0). */
void sluice_operate_agent(u32 port, pid_t pid, bool cpu_ebpf)
{
	lockdep_assert_held(&sluice.lock);
	sluice.agent_port = port;
	sluice.agent_pid = pid;
	if (port) {
		sluice.cpu_ebpf = cpu_ebpf;
		sluice_event_agent(SLUICE_COUNT_AGENT_CAME);
		sluice_task_unpark_hold(SLUICE_HOLD_AGENT);
		sluice_dispatch();
	} else {
		sluice_event_agent(SLUICE_COUNT_AGENT_WENT);
	}
}
