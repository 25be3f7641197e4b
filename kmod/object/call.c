// SPDX-License-Identifier: GPL-2.0-only
#include "object/call.h"

#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "base/event.h"
#include "machine/alarm.h"
#include "machine/memory.h"
#include "object/owner.h"
#include "object/task.h"
#include "object/user.h"

/*
 * May sleep. The memory is charged to the memory cgroup of the caller, who is
 * the submitter. The caller fills in task, user and the rest. @input_len: with
 * the words. NULL: no memory.
 */
struct sluice_call *sluice_call_alloc(u32 input_len, u32 words_len)
{
	u32 near = input_len <= SLUICE_INPUT_NEAR ? input_len : 0;
	struct sluice_call *call;

	call = kzalloc(struct_size(call, near, near), GFP_KERNEL_ACCOUNT);
	if (!call)
		return NULL;
	if (input_len > near) {
		call->far = kvmalloc(struct_size(call->far, data, input_len),
				     GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
		if (!call->far) {
			kfree(call);
			return NULL;
		}
	}
	call->payer = sluice_memory_payer();
	kref_init(&call->ref);
	INIT_LIST_HEAD(&call->node);
	INIT_LIST_HEAD(&call->owner_node);
	RB_CLEAR_NODE(&call->timer);
	call->input_len = input_len;
	call->words_len = words_len;
	call->origin_pid = task_tgid_nr(current);
	call->origin_uid = current_uid();
	return call;
}

/* Where its input is, and its words behind that, until it is final. */
void *sluice_call_input(struct sluice_call *call)
{
	return call->far ? call->far->data : call->near;
}

/* call->words_len bytes, each word with a NUL behind it. */
const char *sluice_call_words(struct sluice_call *call)
{
	return sluice_call_input(call) + call->input_len - call->words_len;
}

static void free_input(struct sluice_call *call)
{
	if (call->far)
		kvfree_rcu(call->far, rcu);
	call->far = NULL;
}

/* A worker copies the input, without the lock: it stays, whatever becomes of the call. */
void sluice_call_lend_input(struct sluice_call *call)
{
	lockdep_assert_held(&sluice.lock);
	call->readers++;
}

/* It has copied it, or gave up. */
void sluice_call_input_back(struct sluice_call *call)
{
	lockdep_assert_held(&sluice.lock);
	if (!--call->readers && sluice_call_final(call))
		free_input(call);
}

/*
 * Give a new call its key; @shared by all users of its task. May sleep; charged as
 * the call is. -ENOMEM.
 */
int sluice_call_key(struct sluice_call *call, const char *key, bool shared)
{
	call->key = kzalloc(sizeof(*call->key), GFP_KERNEL_ACCOUNT);
	if (!call->key)
		return -ENOMEM;
	RB_CLEAR_NODE(&call->key->node);
	call->key->call = call;
	call->key_shared = shared;
	strscpy(call->key->text, key, sizeof(call->key->text));
	return 0;
}

/* @given: by the submitter, all zero for none. */
void sluice_call_identify(struct sluice_call *call, const u8 *given)
{
	if (given && memchr_inv(given, 0, SLUICE_TRACE_ID_LEN))
		memcpy(call->trace_id, given, SLUICE_TRACE_ID_LEN);
	else
		get_random_bytes(call->trace_id, SLUICE_TRACE_ID_LEN);
}

/*
 * Room for an answer to the call with a log, or for a message alone, at its
 * submitter's charge. @atomic: the lock is held. NULL: the submitter has no memory
 * for it.
 */
struct sluice_answer *sluice_call_answer(const struct sluice_call *call,
					 u32 len, u32 log_len, bool atomic)
{
	struct sluice_answer *answer;

	answer = sluice_memory_charge(call->payer,
				      struct_size(answer, data, len + log_len),
				      atomic);
	if (answer) {
		answer->len = len;
		answer->log_len = log_len;
		answer->message[0] = '\0';
	}
	return answer;
}

void sluice_answer_free(struct sluice_answer *answer)
{
	if (answer)
		kvfree_rcu(answer, rcu);
}

static void call_release(struct kref *ref)
{
	struct sluice_call *call = container_of(ref, struct sluice_call, ref);

	if (call->id)
		xa_erase(&sluice.calls, call->id);
	sluice_answer_free(call->answer);
	free_input(call);
	sluice_memory_payer_put(call->payer);
	kfree(call->key);
	/* One that was accepted has given it to its class. */
	kfree(call->demand);
	if (call->task)
		sluice_task_put(call->task);
	kfree_rcu(call, rcu);
}

/* With or without sluice.lock. */
void sluice_call_put(struct sluice_call *call)
{
	kref_put(&call->ref, call_release);
}

/* Takes a reference. Needs no lock. NULL: no such call, or ended long ago. */
struct sluice_call *sluice_call_find(u64 id)
{
	struct sluice_call *call;

	rcu_read_lock();
	call = xa_load(&sluice.calls, id);
	if (call && (call->id != id || !kref_get_unless_zero(&call->ref)))
		call = NULL;
	rcu_read_unlock();
	return call;
}

/*
 * Reserve an id, so that nothing can fail once sluice.lock is held. The call is
 * not found by it until sluice_call_queued(). Ids are never used again, but where
 * an index has 32 bits it comes back after so many calls: one whose place is taken
 * is passed over. Without sluice.lock; may sleep.
 */
int sluice_call_publish(struct sluice_call *call)
{
	u64 id;
	int ret;

	do {
		id = atomic64_inc_return(&sluice.last_call);
		ret = xa_insert(&sluice.calls, id, NULL, GFP_KERNEL);
	} while (ret == -EBUSY);
	if (!ret)
		call->id = id;
	return ret;
}

static void call_timer_clear(struct sluice_call *call)
{
	if (RB_EMPTY_NODE(&call->timer))
		return;
	rb_erase_cached(&call->timer, &sluice.timers);
	RB_CLEAR_NODE(&call->timer);
}

static bool call_timer_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct sluice_call, timer)->due <
	       rb_entry(b, struct sluice_call, timer)->due;
}

/* @due is a point in time; 0 for never. */
static void call_timer_set(struct sluice_call *call, u64 due)
{
	call_timer_clear(call);
	call->due = due;
	if (!due)
		return;
	if (rb_add_cached(&call->timer, &sluice.timers, call_timer_less))
		sluice_alarm_by(&sluice.timer, due);
}

/* Of two points in time; 0 is never. */
static u64 sooner(u64 a, u64 b)
{
	return a && (!b || a < b) ? a : b;
}

/* Of a waiting call: when it expires, or is run again if that is sooner. */
static void call_wait_timer(struct sluice_call *call)
{
	call_timer_set(call, sooner(call->deadline, call->ready_at));
}

/* Of one that starts: when it expires, or has to have started. */
static void call_start_timer(struct sluice_call *call)
{
	u64 timeout = call->task->config.start_timeout;

	call_timer_set(call, sooner(call->deadline, timeout ?
				    call->starting + timeout : 0));
}

/*
 * The earliest call that is due, taken off the timers with a reference. NULL:
 * none, and @next says when the next one is (0 for none).
 */
struct sluice_call *sluice_call_due(u64 now, u64 *next)
{
	struct rb_node *first = rb_first_cached(&sluice.timers);
	struct sluice_call *call;

	lockdep_assert_held(&sluice.lock);
	*next = 0;
	if (!first)
		return NULL;
	call = rb_entry(first, struct sluice_call, timer);
	if (call->due > now) {
		*next = call->due;
		return NULL;
	}
	call_timer_clear(call);
	kref_get(&call->ref);
	return call;
}

static void call_set_state(struct sluice_call *call,
			   enum sluice_call_state state)
{
	enum sluice_call_state from = call->state;

	lockdep_assert_held(&sluice.lock);
	/* Pairs with sluice_call_final(), which reads without the lock. */
	smp_store_release(&call->state, state);
	sluice_event_call(call, from);
}

/*
 * Accepted: from here on it ends in exactly one final state. Takes over the
 * caller's reference to the module, which stays while anything is not final.
 */
void sluice_call_queued(struct sluice_call *call, struct sluice_owner *owner)
{
	lockdep_assert_held(&sluice.lock);
	/* Cannot fail: the place was reserved. */
	xa_store(&sluice.calls, call->id, call, GFP_NOWAIT);
	call->submitted = ktime_get_boottime_ns();
	call_wait_timer(call);
	sluice_user_hold(call->user);
	if (owner)
		sluice_owner_add(owner, call);
	call->task->submitted++;
	call_set_state(call, SLUICE_CALL_STATE_QUEUED);
}

/* Resources are reserved on @env. */
void sluice_call_starting(struct sluice_call *call, struct sluice_env *env)
{
	call->env = env;
	call->env_id = env->id;
	call->starting = ktime_get_boottime_ns();
	call_start_timer(call);
	call->told = SLUICE_HOLD_NONE;
	call->task->running++;
	sluice.running++;
	call_set_state(call, SLUICE_CALL_STATE_STARTING);
}

/*
 * Its environment ended before it ran, for @reason: it waits again. What is
 * nobody's fault (SLUICE_REASON_NONE) is not counted.
 */
void sluice_call_requeued(struct sluice_call *call, enum sluice_reason reason)
{
	call->env = NULL;
	call->reason = reason;
	call->status = 0;
	if (reason)
		call->restarts++;
	call->task->running--;
	sluice.running--;
	call_wait_timer(call);
	call_set_state(call, SLUICE_CALL_STATE_QUEUED);
}

/* Its attempt has failed, and there will be another one after @delay. */
void sluice_call_retried(struct sluice_call *call,
			 const struct sluice_result *result, u64 delay)
{
	call->env = NULL;
	call->attempts++;
	call->restarts = 0;
	call->reason = result->reason;
	call->status = result->status;
	call->task->running--;
	call->task->retried++;
	sluice.running--;
	call->ready_at = ktime_get_boottime_ns() + delay;
	call_wait_timer(call);
	call_set_state(call, SLUICE_CALL_STATE_QUEUED);
}

/* The time of the next attempt has come. */
void sluice_call_ready(struct sluice_call *call)
{
	call->ready_at = 0;
	call_wait_timer(call);
}

/* A waiting call expires at another time, see @call->deadline. */
void sluice_call_expires(struct sluice_call *call)
{
	call_wait_timer(call);
}

/* The worker has it. What it has used so far. */
void sluice_call_running(struct sluice_call *call, u64 worker)
{
	u64 limit = sluice_call_limit(call);

	call->started = ktime_get_boottime_ns();
	call->worker_start = worker;
	call_timer_set(call, limit ? call->started + limit : 0);
	call_set_state(call, SLUICE_CALL_STATE_RUNNING);
}

/* What was counted of its environment while it ran. */
void sluice_call_counted(struct sluice_call *call,
			 const struct sluice_counts *begin,
			 const struct sluice_counts *end)
{
	int i;

	/* Who looks from elsewhere does not see what a thread has done just now. */
	for (i = 0; i < SLUICE_COUNTS; i++)
		if (end->of[i] > begin->of[i])
			call->counts.of[i] += end->of[i] - begin->of[i];
}

/* What it takes when it is final: a long input has gone, or is about to. */
static u64 call_bytes(const struct sluice_call *call)
{
	return sizeof(*call) +
	       (call->input_len <= SLUICE_INPUT_NEAR ? call->input_len : 0) +
	       (call->key ? sizeof(*call->key) : 0) +
	       (call->answer ? sizeof(*call->answer) : 0) +
	       sluice_answer_bytes(call->answer);
}

/*
 * Remember no more than so many calls, with so many bytes. Forgets a bounded number;
 * true when there are more to forget, as the limit was lowered.
 */
bool sluice_call_trim(u32 calls, u64 bytes)
{
	int batch;

	lockdep_assert_held(&sluice.lock);
	for (batch = 0; sluice.history_count > calls ||
	     sluice.history_bytes > bytes; batch++) {
		struct sluice_call *old = list_first_entry(&sluice.history,
							   struct sluice_call,
							   node);

		if (batch == SLUICE_BATCH)
			return true;
		list_del_init(&old->node);
		sluice.history_count--;
		sluice.history_bytes -= call_bytes(old);
		sluice_call_put(old);
	}
	return false;
}

/* What it has taken of the class deadline, which it has used if it ever ran. */
static void call_release_demand(struct sluice_call *call)
{
	if (!call->demand)
		return;
	if (call->started)
		sluice_deadline_left(call->demand, call->ended);
	else
		sluice_deadline_withdraw(call->demand);
	call->demand = NULL;
	if (call->deadline < call->ended) {
		call->task->late++;
		sluice_event_late();
	}
}

static void count_end(struct sluice_call *call, enum sluice_call_state state)
{
	struct sluice_task *task = call->task;

	if (call->state != SLUICE_CALL_STATE_QUEUED) {
		task->running--;
		sluice.running--;
	}
	sluice_task_call_ended(task);
	if (state == SLUICE_CALL_STATE_SUPERSEDED)
		task->superseded++;
	if (state == SLUICE_CALL_STATE_DROPPED)
		task->dropped++;
}

/*
 * Final. Takes over @result->answer. The caller has taken the call out of its
 * task's queue or off its environment. The reference for being alive goes to the
 * history.
 */
void sluice_call_end(struct sluice_call *call,
		     const struct sluice_result *result)
{
	WARN_ON_ONCE(sluice_call_final(call));
	call_timer_clear(call);
	count_end(call, result->state);
	call->env = NULL;
	call->ended = ktime_get_boottime_ns();
	call->told = SLUICE_HOLD_NONE;
	call->reason = result->reason;
	call->status = result->status;
	call->answer = result->answer;
	call_release_demand(call);
	call_set_state(call, result->state);
	if (!call->readers)
		free_input(call);
	sluice_user_put(call->user);
	call->user = NULL;
	sluice_owner_ended(call);
	list_add_tail(&call->node, &sluice.history);
	sluice.history_count++;
	sluice.history_bytes += call_bytes(call);
	/* The tick forgets what is left to forget. */
	sluice_call_trim(READ_ONCE(sluice.limits.history),
			 READ_ONCE(sluice.limits.history_bytes));
	module_put(THIS_MODULE);
}
