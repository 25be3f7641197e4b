// SPDX-License-Identifier: GPL-2.0-only
#include "engine/admit.h"

#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "object/call.h"
#include "object/callq.h"
#include "object/user.h"

/*
 * Refusals
 */

int sluice_refusal_errno(enum sluice_refusal refusal)
{
	switch (refusal) {
	case SLUICE_REFUSAL_NONE:
		return 0;
	case SLUICE_REFUSAL_NO_TASK:
		return -ENOENT;
	case SLUICE_REFUSAL_INPUT_SIZE:
	case SLUICE_REFUSAL_WORDS_SIZE:
		return -EMSGSIZE;
	case SLUICE_REFUSAL_PRIORITY:
	case SLUICE_REFUSAL_NO_DEADLINE:
	case SLUICE_REFUSAL_WORDS:
		return -EINVAL;
	case SLUICE_REFUSAL_WORDS_KIND:
		return -EOPNOTSUPP;
	case SLUICE_REFUSAL_OVER_BUDGET:
		return -EDQUOT;
	case SLUICE_REFUSAL_QUEUE_FULL:
	case SLUICE_REFUSAL_QUEUE_BYTES:
	case SLUICE_REFUSAL_TOTAL_FULL:
	case SLUICE_REFUSAL_TOTAL_BYTES:
	case SLUICE_REFUSAL_FILE_FULL:
	case SLUICE_REFUSAL_UNREAD:
		return -ENOBUFS;
	case SLUICE_REFUSAL_CLOSING:
	case SLUICE_REFUSAL_DRAINING:
		return -ESHUTDOWN;
	case SLUICE_REFUSAL_UNSCHEDULABLE:
		return -EBUSY;
	case SLUICE_REFUSAL_OVER_PRIORITY:
	case SLUICE_REFUSAL_OVER_TIMEOUT:
	case SLUICE_REFUSAL_OVER_RUNTIME:
		return -EACCES;
	case SLUICE_REFUSAL_INPUT_FAULT:
		return -EFAULT;
	default:
		return -ENOMEM;
	}
}

static bool refuse(struct sluice_refused *refused, enum sluice_refusal refusal)
{
	refused->refusal = refusal;
	return true;
}

static bool over(struct sluice_refused *refused, enum sluice_refusal refusal,
		 u64 asked, u64 limit)
{
	if (asked <= limit)
		return false;
	refused->asked = asked;
	refused->limit = limit;
	return refuse(refused, refusal);
}

/*
 * Before anything is allocated for it: can the task have such an input, and a call so
 * many bytes of words?
 */
bool sluice_admit_input(const struct sluice_task *task, u32 len, u32 words_len,
			struct sluice_refused *refused)
{
	return !over(refused, SLUICE_REFUSAL_INPUT_SIZE, len,
		     min(task->config.input_max,
			 READ_ONCE(sluice.limits.max_input))) &&
	       !over(refused, SLUICE_REFUSAL_WORDS_SIZE, words_len,
		     SLUICE_WORDS_SIZE);
}

/* Without sluice.lock: the words that were copied are words, and not too many. */
bool sluice_admit_words(struct sluice_call *call,
			struct sluice_refused *refused)
{
	const char *words = sluice_call_words(call);
	u32 len = call->words_len, count = 0, i;

	if (len && words[len - 1])
		return !refuse(refused, SLUICE_REFUSAL_WORDS);
	for (i = 0; i < len; i++)
		count += !words[i];
	return !over(refused, SLUICE_REFUSAL_WORDS_SIZE, count,
		     SLUICE_WORDS_MAX);
}

/* It would not fit into an empty queue. */
static bool never_fits(const struct sluice_call *call,
		       struct sluice_refused *refused)
{
	const struct sluice_task_config *config = &call->task->config;
	const struct sluice_limits *limits = &sluice.limits;

	return over(refused, SLUICE_REFUSAL_QUEUE_FULL, 1, config->queue_max) ||
	       over(refused, SLUICE_REFUSAL_QUEUE_BYTES, call->input_len,
		    config->queue_bytes) ||
	       over(refused, SLUICE_REFUSAL_TOTAL_FULL, 1,
		    READ_ONCE(limits->max_calls)) ||
	       over(refused, SLUICE_REFUSAL_TOTAL_BYTES, call->input_len,
		    READ_ONCE(limits->max_bytes));
}

/*
 * More than the task gives to those without privilege. They are asked for it only
 * here: as a rule nobody asks for more.
 */
static bool too_much(struct sluice_refused *refused,
		     enum sluice_refusal refusal, u64 asked, u64 limit,
		     bool (*privileged)(void))
{
	return asked > limit && !privileged() &&
	       over(refused, refusal, asked, limit);
}

/*
 * May a call of the task have that priority: 0 or the errno of a refusal. The
 * task's own is never too high.
 */
int sluice_admit_priority(const struct sluice_task *task, u32 priority,
			  bool (*privileged)(void),
			  struct sluice_refused *refused)
{
	if (priority != task->config.priority)
		too_much(refused, SLUICE_REFUSAL_OVER_PRIORITY, priority,
			 task->config.priority_max, privileged);
	return sluice_refusal_errno(refused->refusal);
}

/* Where the task has no limit of its own, nobody has. */
static bool asks_too_much(const struct sluice_call *call,
			  bool (*privileged)(void),
			  struct sluice_refused *refused)
{
	const struct sluice_task_config *config = &call->task->config;

	if (call->priority != SLUICE_PRIORITY_UNSET &&
	    sluice_admit_priority(call->task, call->priority, privileged,
				  refused))
		return true;
	return (config->timeout &&
		too_much(refused, SLUICE_REFUSAL_OVER_TIMEOUT, call->timeout,
			 config->timeout, privileged)) ||
	       (config->runtime &&
		too_much(refused, SLUICE_REFUSAL_OVER_RUNTIME, call->runtime,
			 config->runtime, privileged));
}

/* What no waiting heals. */
static bool refuse_for_good(const struct sluice_call *call,
			    bool (*privileged)(void),
			    struct sluice_refused *refused)
{
	const struct sluice_task *task = call->task;
	const struct sluice_account *account;

	if (task->closing)
		return refuse(refused, SLUICE_REFUSAL_CLOSING);
	if (task->mode == SLUICE_MODE_DRAIN)
		return refuse(refused, SLUICE_REFUSAL_DRAINING);
	if (call->words_len && task->config.kind != SLUICE_KIND_EXEC)
		return refuse(refused, SLUICE_REFUSAL_WORDS_KIND);
	if (asks_too_much(call, privileged, refused) ||
	    never_fits(call, refused))
		return true;
	account = sluice_gate_exceeds(&sluice.ledger, &task->config.request,
				      task->config.overhead);
	if (!account)
		return false;
	strscpy(refused->resource, account->name, sizeof(refused->resource));
	return over(refused, SLUICE_REFUSAL_OVER_BUDGET,
		    sluice_gate_asks(&task->config.request,
				     task->config.overhead, account->res),
		    account->budget);
}

/*
 * Room in the queue
 */

/* What waiting calls would leave for a new one, and those of its own user. */
struct space {
	u64	calls;
	u64	bytes;
	u64	own_calls;
	u64	own_bytes;
};

static void space_add(struct space *space, const struct sluice_call *call,
		      const struct sluice_call *old)
{
	space->calls++;
	space->bytes += old->input_len;
	if (old->user != call->user)
		return;
	space->own_calls++;
	space->own_bytes += old->input_len;
}

/* Is there as much for its user? */
static bool no_share(const struct sluice_call *call, const struct space *space,
		     struct sluice_refused *refused)
{
	const struct sluice_user *user = call->user;

	return over(refused, SLUICE_REFUSAL_TOTAL_FULL,
		    user->use.calls + 1ULL - space->own_calls,
		    sluice_user_calls_max(user)) ||
	       over(refused, SLUICE_REFUSAL_TOTAL_BYTES,
		    user->use.bytes + call->input_len - space->own_bytes,
		    sluice_user_bytes_max(user));
}

static bool queue_full(const struct sluice_call *call,
		       const struct space *space,
		       struct sluice_refused *refused)
{
	const struct sluice_task *task = call->task;

	return over(refused, SLUICE_REFUSAL_QUEUE_FULL,
		    task->queue.calls + 1ULL - space->calls,
		    task->config.queue_max) ||
	       over(refused, SLUICE_REFUSAL_QUEUE_BYTES,
		    task->queue.bytes + call->input_len - space->bytes,
		    task->config.queue_bytes);
}

/* No other call of its user waits there than those that go for it. */
static bool is_only_one(const struct sluice_call *call,
			const struct space *space)
{
	const struct sluice_call *oldest =
		sluice_callq_oldest_of_user(&call->task->queue, call);

	return !oldest || (space->own_calls && list_empty(&oldest->of_user));
}

/*
 * Others may keep the queue full: whoever has nothing in it gets one call in all the
 * same, in a queue that gets at most twice as long for it. Where calls are dropped it
 * takes the place of one of theirs, and where submitters wait it has its turn.
 */
static bool is_newcomer(const struct sluice_call *call,
			const struct space *space)
{
	const struct sluice_task *task = call->task;

	return task->config.overflow == SLUICE_OVERFLOW_REFUSE &&
	       task->queue.calls - space->calls < 2ULL * task->config.queue_max &&
	       (task->queue.bytes - space->bytes) / 2 < task->config.queue_bytes &&
	       is_only_one(call, space);
}

static bool no_room(const struct sluice_call *call, const struct space *space,
		    struct sluice_refused *refused)
{
	if (queue_full(call, space, refused)) {
		if (!is_newcomer(call, space))
			return true;
		memset(refused, 0, sizeof(*refused));
	}
	return no_share(call, space, refused);
}

/*
 * How many of those that make way for it must go, of a number that is bounded; 0:
 * not even that is enough. @space: what goes anyway, with @older; NULL for none.
 */
static u32 oldest_to_drop(const struct sluice_call *call,
			  const struct sluice_call *older, struct space space,
			  struct sluice_refused *refused)
{
	const struct sluice_callq *queue = &call->task->queue;
	const struct sluice_call *old = NULL;
	u32 count = 0;

	while (count < SLUICE_BATCH) {
		old = sluice_callq_makes_way(queue, call, old);
		if (!old)
			break;
		count++;
		if (old != older)
			space_add(&space, call, old);
		if (!no_room(call, &space, refused))
			return count;
	}
	return 0;
}

/*
 * -EAGAIN: the submitter may wait for room. Else refused, or there is room, when
 * @drop of the oldest calls are dropped.
 */
static int find_room(const struct sluice_call *call,
		     const struct sluice_call *older, u32 *drop,
		     struct sluice_refused *refused)
{
	struct space space = { 0 };

	*drop = 0;
	if (older)
		space_add(&space, call, older);
	if (!no_room(call, &space, refused))
		return 0;
	switch (call->task->config.overflow) {
	case SLUICE_OVERFLOW_DROP_OLDEST:
		*drop = oldest_to_drop(call, older, space, refused);
		if (!*drop)
			return -ENOBUFS;
		memset(refused, 0, sizeof(*refused));
		return 0;
	case SLUICE_OVERFLOW_BLOCK:
		return -EAGAIN;
	default:
		return -ENOBUFS;
	}
}

/*
 * The class deadline
 */

static u64 demand_load(const struct sluice_task *task, u64 runtime,
		       u64 deadline)
{
	u64 cpu = task->config.request.amount[SLUICE_RES_CPU];

	return sluice_deadline_load(runtime, deadline, cpu ? cpu : 1000);
}

/* What an admitted call gives back that ends before it ever ran. */
static u64 gives_back(const struct sluice_call *call, u64 now)
{
	return call->demand && !call->started ?
	       sluice_deadline_gives_back(call->demand, now) : 0;
}

/* What all those give back that make way for a call. */
static u64 leaving(const struct sluice_call *call,
		   const struct sluice_admission *admission, u64 now)
{
	const struct sluice_call *old = NULL;
	u64 sum = 0;
	u32 i;

	if (admission->older)
		sum = gives_back(admission->older, now);
	for (i = 0; i < admission->drop; i++) {
		old = sluice_callq_makes_way(&call->task->queue, call, old);
		if (old != admission->older)
			sum += gives_back(old, now);
	}
	return sum;
}

static bool unschedulable(struct sluice_refused *refused, u64 load)
{
	const struct sluice_account *cpu =
		&sluice.ledger.account[SLUICE_RES_CPU];

	strscpy(refused->resource, cpu->name, sizeof(refused->resource));
	refused->asked = load;
	refused->limit = cpu->budget;
	return refuse(refused, SLUICE_REFUSAL_UNSCHEDULABLE);
}

/*
 * Can its deadline be met, with all others accepted but those that make way for it?
 * Then they all will be.
 */
static bool refuse_deadline(struct sluice_call *call, u64 now, u64 deadline,
			    const struct sluice_admission *admission,
			    struct sluice_refused *refused)
{
	const struct sluice_task *task = call->task;
	u64 load;

	if (!deadline || !call->runtime)
		return refuse(refused, SLUICE_REFUSAL_NO_DEADLINE);
	if (over(refused, SLUICE_REFUSAL_UNSCHEDULABLE, call->runtime,
		 deadline))
		return true;
	call->demand->until = now + deadline;
	call->demand->load = demand_load(task, call->runtime, deadline);
	if (sluice_deadline_admit(call->demand, now,
				  sluice.ledger.account[SLUICE_RES_CPU].budget,
				  leaving(call, admission, now), &load))
		return false;
	return unschedulable(refused, load);
}

/*
 * What the call does not say it has from its task; times become points in time.
 * False: refused.
 */
static bool settle(struct sluice_call *call,
		   const struct sluice_admission *admission,
		   struct sluice_refused *refused)
{
	const struct sluice_task_config *config = &call->task->config;
	u64 deadline = call->deadline ? call->deadline : config->deadline;
	u64 now = ktime_get_boottime_ns();

	if (call->priority == SLUICE_PRIORITY_UNSET)
		call->priority = config->priority;
	if (!call->timeout)
		call->timeout = config->timeout;
	if (!call->runtime)
		call->runtime = config->runtime;
	if (config->class != &sluice_class_deadline) {
		kfree(call->demand);
		call->demand = NULL;
	} else if (refuse_deadline(call, now, deadline, admission, refused)) {
		return false;
	}
	call->deadline = deadline ? now + deadline : 0;
	return true;
}

/*
 * The owner
 */

static bool unread(struct sluice_refused *refused, const struct sluice_task *task,
		   u64 bytes, u64 limit)
{
	u64 most = min_t(u64, task->config.output_max, limit);

	return over(refused, SLUICE_REFUSAL_UNREAD, bytes + most, limit);
}

/*
 * It has to take what ended before it may ask for more; so that there is room for
 * the answer, as a rule.
 */
static bool refuse_owner(const struct sluice_call *call,
			 const struct sluice_owner *owner,
			 struct sluice_refused *refused)
{
	const struct sluice_limits *limits = &sluice.limits;

	return over(refused, SLUICE_REFUSAL_FILE_FULL, owner->calls + 1ULL,
		    READ_ONCE(limits->max_file_calls)) ||
	       unread(refused, call->task, owner->unread,
		      READ_ONCE(limits->max_file_unread)) ||
	       unread(refused, call->task, owner->user->unread,
		      READ_ONCE(limits->max_unread));
}

/*
 * The whole test
 */

/**
 * sluice_admit() - may a call come in
 * @call: filled in, with times that count from now, and with memory for a demand if
 *	its task is of the class deadline; when 0 is returned the times are points in
 *	time, and the class has its demand
 * @owner: the one that submits; NULL for none
 * @detached: the call is not to be the owner's
 * @privileged: may the submitter have more than the task gives; asked only when he
 *	wants more
 * @admission: (out) what has to make way for it
 * @refused: (out) the reason
 *
 * Return: 0, the errno of a refusal; -EAGAIN: the submitter may wait for room;
 * -EPERM: the owner submits no more, which is no refusal.
 */
int sluice_admit(struct sluice_call *call, const struct sluice_owner *owner,
		 bool detached, bool (*privileged)(void),
		 struct sluice_admission *admission,
		 struct sluice_refused *refused)
{
	int ret;

	lockdep_assert_held(&sluice.lock);
	memset(refused, 0, sizeof(*refused));
	if (owner && owner->shut)
		return -EPERM;
	if (refuse_for_good(call, privileged, refused) ||
	    (owner && !detached && refuse_owner(call, owner, refused)))
		return sluice_refusal_errno(refused->refusal);
	admission->older = sluice_callq_with_key(&call->task->queue, call);
	ret = find_room(call, admission->older, &admission->drop, refused);
	if (!ret && !settle(call, admission, refused))
		ret = sluice_refusal_errno(refused->refusal);
	return ret;
}

/*
 * May a waiting call have another deadline: @deadline from now, 0 for never,
 * which is @until as a point in time. Return: 0, or the errno of a refusal.
 */
int sluice_admit_deadline(struct sluice_call *call, u64 deadline, u64 until,
			  struct sluice_refused *refused)
{
	u64 budget = sluice.ledger.account[SLUICE_RES_CPU].budget, sum;

	lockdep_assert_held(&sluice.lock);
	if (!call->demand)
		return 0;
	if (!deadline)
		refuse(refused, SLUICE_REFUSAL_NO_DEADLINE);
	else if (!over(refused, SLUICE_REFUSAL_UNSCHEDULABLE, call->runtime,
		       deadline) &&
		 !sluice_deadline_change(call->demand,
					 ktime_get_boottime_ns(), until,
					 demand_load(call->task, call->runtime,
						     deadline),
					 budget, &sum))
		unschedulable(refused, sum);
	return sluice_refusal_errno(refused->refusal);
}
