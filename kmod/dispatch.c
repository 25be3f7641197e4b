// SPDX-License-Identifier: GPL-2.0-only
#include "dispatch.h"

#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "call.h"
#include "env.h"
#include "event.h"
#include "sample.h"
#include "task.h"

/* How long a retiring environment has to end by itself. */
#define RETIRE_GRACE_NS		(1 * NSEC_PER_SEC)
/* How often a call may lose its environment before it ran. */
#define RESTARTS_MAX		3
/* How often we look whether a retiring environment is empty. */
#define RETIRE_POLL_MS		10

static void grew(u32 resources)
{
	sluice_task_unpark_res(resources);
}

/*
 * See what the machine really uses. Then those tasks come back, too, whose warm
 * environment was seen to use more: that much less is needed on top of it.
 */
static void look(void)
{
	struct sluice_env *env;

	grew(sluice_sample_memory());
	list_for_each_entry(env, &sluice.idle, lru_node) {
		struct sluice_task *task = env->task;
		u32 res = task->verdict.res;

		if (!list_empty(&task->park) &&
		    task->verdict.hold == SLUICE_HOLD_RESOURCE &&
		    sluice_gate_need(&task->config.request, &env->share,
				     res) < task->verdict.need)
			sluice_task_unpark(task);
	}
}

/*
 * Starting
 */

static void reserve(struct sluice_env *env, const struct sluice_request *request)
{
	u32 resources = 0;
	int res;

	for (res = 0; res < SLUICE_RES_MAX; res++)
		if (request->amount[res])
			resources |= 1U << res;
	sluice_ledger_reserve(&sluice.ledger, &env->share, request);
	sluice_event_ledger(env, resources);
}

static void release(struct sluice_env *env)
{
	u32 resources = sluice_ledger_release(&sluice.ledger, &env->share);

	sluice_event_ledger(env, resources);
	grew(resources);
}

/* The gate said yes to the best call of @task: start it in @env or a new one. */
static bool start(struct sluice_task *task, struct sluice_env *env)
{
	struct sluice_call *call = sluice_task_first(task);
	bool fresh = !env;

	if (fresh) {
		env = sluice_env_new(task);
		if (!env)
			return false;
	}
	sluice_task_unqueue(task, call);
	if (sluice_rank_ordered(&task->rank))
		task->rank.class->started(&task->rank);
	reserve(env, &task->config.request);
	env->call = call;
	sluice_call_starting(call, env);
	if (fresh) {
		/* The agent hears of it with everything in its place. */
		sluice_event_env(env, SLUICE_ENV_STATE_WANTED);
	} else {
		sluice_env_busy(env);
		wake_up(&env->wait);
	}
	return true;
}

/* What retiring environments give back of a resource is as good as there. */
static u64 coming(u32 res)
{
	struct sluice_env *env;
	u64 sum = 0;

	list_for_each_entry(env, &sluice.env_list, node)
		if (env->state == SLUICE_ENV_STATE_RETIRING)
			sum += max(env->share.measured[res],
				   env->share.reserved[res]);
	return sum;
}

/* End warm environments for @task, the longest idle first, if that is enough. */
static void reclaim_res(const struct sluice_task *task, u32 res, u64 lacks)
{
	struct sluice_env *env, *next;
	u64 freed = coming(res), idle = 0;

	list_for_each_entry(env, &sluice.idle, lru_node)
		if (env->task != task)
			idle += env->share.measured[res];
	if (freed + idle < lacks)
		return;
	list_for_each_entry_safe(env, next, &sluice.idle, lru_node) {
		if (freed >= lacks)
			break;
		if (env->task == task || !env->share.measured[res])
			continue;
		freed += env->share.measured[res];
		sluice_env_retire(env);
	}
}

/* An environment that only keeps warm gives way to a call that waits. */
static void reclaim(const struct sluice_task *task,
		    const struct sluice_verdict *verdict)
{
	struct sluice_env *env;
	u64 available;

	if (verdict->hold == SLUICE_HOLD_ENVIRONMENTS) {
		list_for_each_entry(env, &sluice.env_list, node)
			if (env->state == SLUICE_ENV_STATE_RETIRING)
				return;
		env = list_first_entry_or_null(&sluice.idle, struct sluice_env,
					       lru_node);
		if (env)
			sluice_env_retire(env);
	} else if (verdict->hold == SLUICE_HOLD_RESOURCE) {
		/* Warm environments take no room in the budget. */
		available = sluice_ledger_available(&sluice.ledger,
						    verdict->res);
		if (verdict->need > available)
			reclaim_res(task, verdict->res,
				    verdict->need - available);
	}
}

/* Ask the gate about the best call of @task; start it or park the task. */
static void consider(struct sluice_task *task)
{
	struct sluice_env *env = sluice_env_idle_of(task);
	struct sluice_gate_input input = {
		.request = &task->config.request,
		.share = env ? &env->share : NULL,
		.agent = sluice.agent_port,
		.envs = sluice.env_count,
		.envs_max = min_t(u32, READ_ONCE(sluice.limits.max_envs),
				  SLUICE_SLOTS),
		.task_envs = task->envs,
		.task_envs_max = task->config.envs_max,
	};
	struct sluice_verdict verdict;

	if (!sluice_gate_check(&sluice.ledger, &input, &verdict)) {
		sluice_task_park(task, &verdict);
		reclaim(task, &verdict);
		return;
	}
	if (start(task, env))
		return;
	/* Only a new environment can fail, and only for want of memory. */
	verdict.hold = SLUICE_HOLD_MEMORY;
	sluice_task_park(task, &verdict);
}

/*
 * Each turn starts a call or parks a task, so that there are no more turns than
 * environments and tasks.
 */
static void dispatch(void)
{
	struct sluice_rank *rank;

	lockdep_assert_held(&sluice.lock);
	if (!sluice_class_best())
		return;
	look();
	while ((rank = sluice_class_best()))
		consider(container_of(rank, struct sluice_task, rank));
}

/*
 * Ending
 */

/* Book what the call used and make it final. Takes over @answer. */
static void end_call(struct sluice_env *env, enum sluice_call_state state,
		     enum sluice_reason reason, s32 status,
		     struct sluice_answer *answer)
{
	struct sluice_call *call = env->call;

	env->call = NULL;
	if (call->state == SLUICE_CALL_STATE_RUNNING) {
		u64 time = sluice_sample_env_cpu(env);

		if (time > call->cpu_start)
			call->cpu_time = max(call->cpu_time,
					     time - call->cpu_start);
		call->memory_peak = sluice_sample_env_peak(env);
		env->calls++;
	}
	sluice_call_end(call, state, reason, status, answer);
}

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

static bool try_gone(struct sluice_env *env)
{
	if (env->state != SLUICE_ENV_STATE_RETIRING || !sluice_env_empty(env))
		return false;
	sluice_env_gone(env, SLUICE_ENV_STATE_GONE);
	return true;
}

/* A call that its environment never ran is not lost with it, within reason. */
static bool requeue(struct sluice_env *env)
{
	struct sluice_call *call = env->call;

	if (call->state != SLUICE_CALL_STATE_STARTING ||
	    env->task->closing || call->restarts == RESTARTS_MAX)
		return false;
	env->call = NULL;
	sluice_call_requeued(call);
	sluice_task_queue(call->task, call, true);
	return true;
}

/*
 * End an environment, and the call that it runs if it has one. What it reserved
 * stays reserved until nothing of it runs any more.
 */
static void retire(struct sluice_env *env, enum sluice_call_state state,
		   enum sluice_reason reason)
{
	bool cut = env->call;

	if (cut && !requeue(env))
		end_call(env, state, reason, 0, NULL);
	if (sluice_env_open(env))
		sluice_env_retire(env);
	if (cut)
		sluice_env_kill(env);
	try_gone(env);
}

/* An environment without a call: warm, unless nobody would come back for it. */
static void settle(struct sluice_env *env)
{
	sluice_env_idle(env);
	sluice_task_unpark(env->task);
	if (!env->task->config.idle || env->task->closing || env->last)
		sluice_env_retire(env);
}

/*
 * End a call from outside: cancelled, timed out or expired. An environment that
 * has not shown it to its worker yet can be used for another.
 */
static void cut_call(struct sluice_call *call, enum sluice_call_state state,
		     enum sluice_reason reason)
{
	struct sluice_env *env = call->env;

	switch (call->state) {
	case SLUICE_CALL_STATE_QUEUED:
		sluice_task_unqueue(call->task, call);
		sluice_call_end(call, state, reason, 0, NULL);
		break;
	case SLUICE_CALL_STATE_STARTING:
		end_call(env, state, reason, 0, NULL);
		release(env);
		if (env->state == SLUICE_ENV_STATE_BUSY)
			settle(env);
		break;
	case SLUICE_CALL_STATE_RUNNING:
		retire(env, state, reason);
		break;
	default:
		break;
	}
}

/*
 * Doors: submitters
 */

int sluice_refusal_errno(enum sluice_refusal refusal)
{
	switch (refusal) {
	case SLUICE_REFUSAL_NO_TASK:
		return -ENOENT;
	case SLUICE_REFUSAL_INPUT_SIZE:
		return -EMSGSIZE;
	case SLUICE_REFUSAL_PRIORITY:
		return -EINVAL;
	case SLUICE_REFUSAL_OVER_BUDGET:
		return -EDQUOT;
	case SLUICE_REFUSAL_QUEUE_FULL:
	case SLUICE_REFUSAL_QUEUE_BYTES:
	case SLUICE_REFUSAL_TOTAL_FULL:
	case SLUICE_REFUSAL_TOTAL_BYTES:
	case SLUICE_REFUSAL_FILE_FULL:
		return -ENOBUFS;
	case SLUICE_REFUSAL_CLOSING:
		return -ESHUTDOWN;
	case SLUICE_REFUSAL_INPUT_FAULT:
		return -EFAULT;
	default:
		return -ENOMEM;
	}
}

static bool over(struct sluice_refused *refused, enum sluice_refusal refusal,
		 u64 asked, u64 limit)
{
	if (asked <= limit)
		return false;
	refused->refusal = refusal;
	refused->asked = asked;
	refused->limit = limit;
	return true;
}

/*
 * The task that a call asks for, with a reference, if it takes an input of that
 * size: before anything is allocated for it. NULL: @refused says why.
 */
struct sluice_task *sluice_dispatch_task(const char *name, u32 input_len,
					 struct sluice_refused *refused)
{
	struct sluice_task *task;

	memset(refused, 0, sizeof(*refused));
	spin_lock(&sluice.lock);
	task = sluice_task_find(name);
	if (!task) {
		refused->refusal = SLUICE_REFUSAL_NO_TASK;
	} else if (over(refused, SLUICE_REFUSAL_INPUT_SIZE, input_len,
			min(task->config.input_max,
			    READ_ONCE(sluice.limits.max_input)))) {
		task = NULL;
	} else {
		sluice_task_get(task);
	}
	spin_unlock(&sluice.lock);
	return task;
}

static bool refuse(const struct sluice_call *call,
		   const struct sluice_file *owner,
		   struct sluice_refused *refused)
{
	const struct sluice_task *task = call->task;
	const struct sluice_limits *limits = &sluice.limits;
	int res;

	memset(refused, 0, sizeof(*refused));
	if (task->closing) {
		refused->refusal = SLUICE_REFUSAL_CLOSING;
		return true;
	}
	res = sluice_gate_exceeds(&sluice.ledger, &task->config.request);
	if (res >= 0) {
		strscpy(refused->resource, sluice.ledger.account[res].name,
			sizeof(refused->resource));
		return over(refused, SLUICE_REFUSAL_OVER_BUDGET,
			    task->config.request.amount[res],
			    sluice.ledger.account[res].budget);
	}
	return over(refused, SLUICE_REFUSAL_QUEUE_FULL,
		    task->queue.calls + 1ULL, task->config.queue_max) ||
	       over(refused, SLUICE_REFUSAL_QUEUE_BYTES,
		    task->queue.bytes + call->input_len,
		    task->config.queue_bytes) ||
	       over(refused, SLUICE_REFUSAL_TOTAL_FULL,
		    sluice.waiting + 1ULL, READ_ONCE(limits->max_calls)) ||
	       over(refused, SLUICE_REFUSAL_TOTAL_BYTES,
		    sluice.waiting_bytes + call->input_len,
		    READ_ONCE(limits->max_bytes)) ||
	       (owner && over(refused, SLUICE_REFUSAL_FILE_FULL,
			      owner->calls + 1ULL,
			      READ_ONCE(limits->max_file_calls)));
}

/*
 * Accept a call or refuse it. When it returns 0, the caller's reference has
 * become the one for being alive. May sleep before it takes the lock.
 */
int sluice_dispatch_submit(struct sluice_call *call,
			   struct sluice_file *owner,
			   struct sluice_refused *refused)
{
	if (sluice_call_publish(call)) {
		memset(refused, 0, sizeof(*refused));
		refused->refusal = SLUICE_REFUSAL_MEMORY;
		return -ENOMEM;
	}
	spin_lock(&sluice.lock);
	if (refuse(call, owner, refused)) {
		spin_unlock(&sluice.lock);
		return sluice_refusal_errno(refused->refusal);
	}
	if (!call->timeout)
		call->timeout = call->task->config.timeout;
	sluice_call_queued(call, owner);
	sluice_task_queue(call->task, call, false);
	/* Nobody else may look at the call once it can end. */
	refused->id = call->id;
	dispatch();
	spin_unlock(&sluice.lock);
	return 0;
}

/* -EALREADY: it has ended. */
int sluice_dispatch_cancel(struct sluice_call *call)
{
	int ret = 0;

	spin_lock(&sluice.lock);
	if (sluice_call_final(call))
		ret = -EALREADY;
	else
		cut_call(call, SLUICE_CALL_STATE_CANCELLED,
			 SLUICE_REASON_CANCELLED);
	dispatch();
	spin_unlock(&sluice.lock);
	return ret;
}

/* -EALREADY: it does not wait any more. */
int sluice_dispatch_reprioritise(struct sluice_call *call, u32 priority)
{
	int ret = 0;

	spin_lock(&sluice.lock);
	if (call->state != SLUICE_CALL_STATE_QUEUED)
		ret = -EALREADY;
	else
		sluice_task_reprioritise(call->task, call, priority);
	dispatch();
	spin_unlock(&sluice.lock);
	return ret;
}

/*
 * Doors: workers
 */

/* Takes over the references to @cgroup and @pid when it returns 0. */
int sluice_dispatch_attach(u32 id, struct sluice_file *door,
			   struct cgroup *cgroup, struct pid *pid)
{
	struct sluice_env *env;
	int ret = -ENOENT;

	spin_lock(&sluice.lock);
	if (door->env || door->calls) {
		ret = -EBUSY;
	} else {
		env = sluice_env_find(id);
		if (env)
			ret = sluice_env_attach(env, door, cgroup, pid);
	}
	spin_unlock(&sluice.lock);
	return ret;
}

/*
 * What the worker of @env is to do: 0 and a call with a reference; -EAGAIN: wait
 * for one; -ESHUTDOWN: end; -EBUSY and a call with a reference: it has not
 * answered that one yet. The first time that a worker asks, its environment is
 * ready.
 */
int sluice_dispatch_ready(struct sluice_env *env, struct sluice_call **taken)
{
	int ret = -EAGAIN;

	spin_lock(&sluice.lock);
	if (env->state == SLUICE_ENV_STATE_WANTED && !env->call) {
		settle(env);
		dispatch();
	}
	if (!sluice_env_open(env)) {
		ret = -ESHUTDOWN;
	} else if (env->call) {
		if (env->state == SLUICE_ENV_STATE_WANTED)
			sluice_env_busy(env);
		*taken = env->call;
		kref_get(&env->call->ref);
		ret = env->call->state == SLUICE_CALL_STATE_STARTING ?
		      0 : -EBUSY;
	}
	spin_unlock(&sluice.lock);
	return ret;
}

/*
 * The worker has a copy of the call's input: it runs. False when the call was
 * taken away meanwhile. @worker: its CPU time so far.
 */
bool sluice_dispatch_take(struct sluice_env *env, struct sluice_call *call,
			  u64 worker)
{
	bool taken = false;

	spin_lock(&sluice.lock);
	if (env->call == call && call->state == SLUICE_CALL_STATE_STARTING) {
		sluice_sample_env_peak_reset(env);
		sluice_call_running(call, sluice_sample_env_cpu(env), worker);
		taken = true;
	}
	spin_unlock(&sluice.lock);
	return taken;
}

/* Takes over @answer when it returns 0. -ENOENT: @id is not what runs there. */
int sluice_dispatch_answer(struct sluice_env *env, u64 id,
			   enum sluice_reason reason, s32 status, u64 worker,
			   struct sluice_answer *answer)
{
	struct sluice_call *call;
	int ret = -ENOENT;

	spin_lock(&sluice.lock);
	call = env->call;
	if (call && call->id == id &&
	    call->state == SLUICE_CALL_STATE_RUNNING) {
		if (worker > call->worker_start)
			call->cpu_time = worker - call->worker_start;
		end_call(env, reason == SLUICE_REASON_ANSWERED ?
			 SLUICE_CALL_STATE_DONE : SLUICE_CALL_STATE_FAILED,
			 reason, status, answer);
		release(env);
		settle(env);
		dispatch();
		ret = 0;
	}
	spin_unlock(&sluice.lock);
	return ret;
}

/* The worker's file is closed: the worker is dead, or as good as. */
void sluice_dispatch_door_closed(struct sluice_env *env)
{
	spin_lock(&sluice.lock);
	env->door = NULL;
	retire(env, SLUICE_CALL_STATE_FAILED, SLUICE_REASON_WORKER_DIED);
	dispatch();
	spin_unlock(&sluice.lock);
}

/* The agent could not provision it. -ENOENT, -ESTALE. */
int sluice_dispatch_env_failed(u32 id, const char *message)
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
			end_call(env, SLUICE_CALL_STATE_FAILED,
				 SLUICE_REASON_ENV_FAILED, 0, answer);
		}
		if (env->door)
			sluice_env_retire(env);
		else
			sluice_env_gone(env, SLUICE_ENV_STATE_FAILED);
	}
	dispatch();
	spin_unlock(&sluice.lock);
	return ret;
}

/* An operator, or the agent, wants it to end. -ENOENT. */
int sluice_dispatch_env_del(u32 id)
{
	struct sluice_env *env;
	int ret = 0;

	spin_lock(&sluice.lock);
	env = sluice_env_find(id);
	if (env)
		retire(env, SLUICE_CALL_STATE_FAILED,
		       SLUICE_REASON_ENV_RETIRED);
	else
		ret = -ENOENT;
	dispatch();
	spin_unlock(&sluice.lock);
	return ret;
}

/* It is to end, but not its call. -ENOENT. */
int sluice_dispatch_env_drain(u32 id)
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
	dispatch();
	spin_unlock(&sluice.lock);
	return ret;
}

/*
 * Doors: operators
 */

/* Called with sluice.lock held. */
void sluice_dispatch_task_changed(struct sluice_task *task,
				  const struct sluice_task_config *config)
{
	sluice_task_change(task, config);
	dispatch();
}

/* Called with sluice.lock held. */
void sluice_dispatch_budget_changed(u32 res)
{
	sluice_event_budget(&sluice.ledger.account[res],
			    SLUICE_COUNT_BUDGET_SET);
	sluice_dispatch_grew(res);
}

/* More of @res may be available. Called with sluice.lock held. */
void sluice_dispatch_grew(u32 res)
{
	grew(1U << res);
	dispatch();
}

/*
 * Remove a task: what waits is cancelled, what runs finishes, what is idle goes.
 * The caller holds a reference, and sluice.lock, which is given back at times and
 * held again at the end.
 */
void sluice_dispatch_task_del(struct sluice_task *task)
{
	struct sluice_env *env, *next;
	struct sluice_call *call;
	int batch = 0;

	sluice_task_unregister(task);
	list_for_each_entry_safe(env, next, &task->idle, idle_node)
		retire(env, SLUICE_CALL_STATE_CANCELLED,
		       SLUICE_REASON_TASK_REMOVED);
	while ((call = sluice_task_first(task))) {
		cut_call(call, SLUICE_CALL_STATE_CANCELLED,
			 SLUICE_REASON_TASK_REMOVED);
		if (++batch % SLUICE_BATCH)
			continue;
		spin_unlock(&sluice.lock);
		cond_resched();
		spin_lock(&sluice.lock);
	}
	dispatch();
}

/* The agent came (@port), or went (0). Called with sluice.lock held. */
void sluice_dispatch_agent(u32 port, pid_t pid, bool cpu_ebpf)
{
	lockdep_assert_held(&sluice.lock);
	sluice.agent_port = port;
	sluice.agent_pid = pid;
	if (port) {
		sluice.cpu_ebpf = cpu_ebpf;
		sluice_event_agent(SLUICE_COUNT_AGENT_CAME);
		sluice_task_unpark_hold(SLUICE_HOLD_AGENT);
		dispatch();
	} else {
		sluice_event_agent(SLUICE_COUNT_AGENT_WENT);
	}
}

/*
 * Time
 */

/* What is due ends: waiting calls expire, running ones time out. */
static void timer_work(struct work_struct *work)
{
	struct sluice_call *call;
	u64 now, next = 0;
	int batch = 0;

	spin_lock(&sluice.lock);
	now = ktime_get_boottime_ns();
	while ((call = sluice_call_due(now, &next))) {
		if (call->state == SLUICE_CALL_STATE_RUNNING)
			cut_call(call, SLUICE_CALL_STATE_TIMED_OUT,
				 SLUICE_REASON_TIMEOUT);
		else
			cut_call(call, SLUICE_CALL_STATE_EXPIRED,
				 SLUICE_REASON_DEADLINE);
		sluice_call_put(call);
		if (++batch % SLUICE_BATCH)
			continue;
		spin_unlock(&sluice.lock);
		cond_resched();
		spin_lock(&sluice.lock);
	}
	if (next)
		mod_delayed_work(sluice.workqueue, &sluice.timer,
				 nsecs_to_jiffies(next - now) + 1);
	dispatch();
	spin_unlock(&sluice.lock);
}

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
			if (try_gone(env))
				continue;
			if (now - env->since > RETIRE_GRACE_NS)
				sluice_env_kill(env);
			retiring = true;
		}
	}
	return retiring;
}

/*
 * Look at the machine. Often while something waits or ends, else seldom: a tick
 * is also what makes a waiting call notice that the rest of the box uses less.
 */
static void tick_work(struct work_struct *work)
{
	bool retiring;
	uint ms;

	spin_lock(&sluice.lock);
	grew(sluice_sample_cpu());
	look();
	sluice_task_unpark_hold(SLUICE_HOLD_MEMORY);
	/* The limit is a parameter that may have been raised. */
	if (sluice.env_count < READ_ONCE(sluice.limits.max_envs))
		sluice_task_unpark_hold(SLUICE_HOLD_ENVIRONMENTS);
	retiring = tick_envs(ktime_get_boottime_ns());
	dispatch();
	if (retiring)
		ms = RETIRE_POLL_MS;
	else if (sluice.waiting || sluice.env_count)
		ms = READ_ONCE(sluice.limits.tick_ms);
	else
		ms = READ_ONCE(sluice.limits.idle_tick_ms);
	spin_unlock(&sluice.lock);
	/* Not mod_: whoever asked for an earlier one meanwhile gets it. */
	queue_delayed_work(sluice.workqueue, &sluice.tick,
			   msecs_to_jiffies(max(ms, 1U)));
}

int sluice_dispatch_init(void)
{
	sluice.workqueue = alloc_workqueue("sluice", WQ_UNBOUND, 0);
	if (!sluice.workqueue)
		return -ENOMEM;
	INIT_DELAYED_WORK(&sluice.tick, tick_work);
	INIT_DELAYED_WORK(&sluice.timer, timer_work);
	queue_delayed_work(sluice.workqueue, &sluice.tick, 0);
	return 0;
}

void sluice_dispatch_exit(void)
{
	cancel_delayed_work_sync(&sluice.timer);
	cancel_delayed_work_sync(&sluice.tick);
	destroy_workqueue(sluice.workqueue);
}
