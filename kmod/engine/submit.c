// SPDX-License-Identifier: GPL-2.0-only
#include "engine/submit.h"

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/event.h"
#include "engine/dispatch.h"
#include "engine/finish.h"
#include "object/call.h"
#include "object/callq.h"
#include "object/owner.h"
#include "object/queue.h"
#include "object/room.h"
#include "object/task.h"

/*
 * The call
 */

/* The task, with a reference, if it takes such an input; NULL: refused. */
static struct sluice_task *find_task(const struct sluice_submission *submission,
				     struct sluice_refused *refused)
{
	struct sluice_task *task;

	sluice_enter();
	task = sluice_task_find(submission->task);
	if (!task) {
		refused->refusal = SLUICE_REFUSAL_NO_TASK;
	} else if (!sluice_admit_input(task, submission->input_len,
				       submission->words_len, refused)) {
		task->refused++;
		task = NULL;
	} else {
		sluice_task_get(task);
	}
	sluice_leave();
	return task;
}

static bool lacks_demand(const struct sluice_call *call)
{
	return READ_ONCE(call->task->config.class) == &sluice_class_deadline &&
	       !call->demand;
}

/* For a call of the class deadline; another needs none. -ENOMEM. */
static int new_demand(struct sluice_call *call)
{
	if (!lacks_demand(call))
		return 0;
	call->demand = kzalloc(sizeof(*call->demand), GFP_KERNEL_ACCOUNT);
	if (!call->demand)
		return -ENOMEM;
	RB_CLEAR_NODE(&call->demand->node);
	return 0;
}

static enum sluice_refusal fill_call(struct sluice_call *call,
				     const struct sluice_submission *submission)
{
	call->priority = submission->priority;
	call->timeout = submission->timeout;
	call->deadline = submission->deadline;
	call->runtime = submission->runtime;
	if (*submission->key &&
	    sluice_call_key(call, submission->key,
			    READ_ONCE(call->task->config.keys) ==
			    SLUICE_KEYS_TASK))
		return SLUICE_REFUSAL_MEMORY;
	if (call->input_len && submission->fetch(submission,
						 sluice_call_input(call)))
		return SLUICE_REFUSAL_INPUT_FAULT;
	/* Nothing may fail for want of memory once sluice.lock is held. */
	if (new_demand(call) || sluice_call_publish(call))
		return SLUICE_REFUSAL_MEMORY;
	return SLUICE_REFUSAL_NONE;
}

/* May sleep; charged to the submitter. NULL: refused. */
static struct sluice_call *make_call(const struct sluice_submission *submission,
				     struct sluice_submitted *submitted)
{
	struct sluice_refused *refused = &submitted->refused;
	struct sluice_task *task;
	struct sluice_call *call;

	if (submission->priority < SLUICE_PRIORITY_TASK ||
	    submission->priority > SLUICE_PRIORITY_MAX) {
		refused->refusal = SLUICE_REFUSAL_PRIORITY;
		return NULL;
	}
	task = find_task(submission, refused);
	if (!task)
		return NULL;
	call = sluice_call_alloc(submission->input_len + submission->words_len,
				 submission->words_len);
	if (!call) {
		sluice_task_put(task);
		refused->refusal = SLUICE_REFUSAL_MEMORY;
		return NULL;
	}
	call->task = task;
	call->user = submission->user;
	sluice_call_identify(call, submission->trace_id);
	memcpy(submitted->trace_id, call->trace_id, SLUICE_TRACE_ID_LEN);
	refused->refusal = fill_call(call, submission);
	if (!refused->refusal && sluice_admit_words(call, refused))
		return call;
	sluice_call_put(call);
	return NULL;
}

/*
 * Into the queue
 */

static void drop_oldest(const struct sluice_call *call,
			const struct sluice_admission *admission)
{
	const struct sluice_callq *queue = &call->task->queue;
	struct sluice_call *old, *next;
	u32 count = admission->drop;

	for (old = sluice_callq_makes_way(queue, call, NULL); count--;
	     old = next) {
		next = sluice_callq_makes_way(queue, call, old);
		if (old != admission->older)
			sluice_finish_call(old, SLUICE_CALL_STATE_DROPPED,
					   SLUICE_REASON_DROPPED);
	}
}

/*
 * As sluice_admit(). The caller's reference becomes the one for being alive. A
 * netlink operation goes on while the module is unloaded: it gets nothing in.
 */
static int accept(struct sluice_call *call,
		  const struct sluice_submission *submission,
		  struct sluice_submitted *submitted)
{
	struct sluice_admission admission;
	int ret;

	if (!try_module_get(THIS_MODULE)) {
		submitted->refused.refusal = SLUICE_REFUSAL_CLOSING;
		return sluice_refusal_errno(SLUICE_REFUSAL_CLOSING);
	}
	ret = sluice_admit(call, submission->owner, submission->detached,
			   submission->privileged, &admission,
			   &submitted->refused);
	if (ret) {
		module_put(THIS_MODULE);
		return ret;
	}
	drop_oldest(call, &admission);
	sluice_call_queued(call, submission->detached ? NULL :
			   submission->owner);
	/* Nobody else may look at the call once it can end. */
	submitted->id = call->id;
	if (submission->await) {
		kref_get(&call->ref);
		submitted->call = call;
		sluice_owner_await(submission->await, call);
	}
	sluice_queue_add(call, admission.older);
	if (admission.older)
		sluice_finish_call(admission.older,
				   SLUICE_CALL_STATE_SUPERSEDED,
				   SLUICE_REASON_SUPERSEDED);
	return 0;
}

/* The class of the task has changed since memory was taken for the call. -ENOMEM. */
static int follow_class(struct sluice_call *call,
			struct sluice_refused *refused)
	__must_hold(&sluice.lock)
{
	int ret = 0;

	while (!ret && lacks_demand(call)) {
		sluice_leave();
		ret = new_demand(call);
		sluice_enter();
	}
	if (ret)
		refused->refusal = SLUICE_REFUSAL_MEMORY;
	return ret;
}

/* Gives the lock back meanwhile. -EINTR: a signal came. */
static int wait_for_room(struct sluice_waiter *waiter,
			 struct sluice_refused *refused)
	__must_hold(&sluice.lock)
{
	int ret;

	sluice_waiter_wait(waiter);
	sluice_leave();
	ret = sluice_waiter_sleep(waiter);
	sluice_enter();
	sluice_waiter_awake(waiter);
	refused->refusal = SLUICE_REFUSAL_NONE;
	return ret ? -EINTR : 0;
}

/* -EINTR: a signal came while it waited for room. */
static int accept_or_wait(struct sluice_call *call,
			  const struct sluice_submission *submission,
			  struct sluice_submitted *submitted)
{
	struct sluice_refused *refused = &submitted->refused;
	struct sluice_task *task = call->task;
	struct sluice_waiter waiter;
	int ret;

	sluice_waiter_init(&waiter, call);
	sluice_enter();
	do {
		ret = follow_class(call, refused);
		if (!ret)
			ret = accept(call, submission, submitted);
		if (ret != -EAGAIN || !submission->block)
			break;
		ret = wait_for_room(&waiter, refused);
	} while (!ret);
	/* Before anything can end the call, and its task with it. */
	sluice_waiter_done(&waiter);
	if (ret == -EAGAIN)
		ret = -ENOBUFS;
	if (ret && refused->refusal)
		task->refused++;
	sluice_leave();
	return ret;
}

/* It may be anything, and people read on a terminal what was refused. */
static void copy_name(char *to, const char *from)
{
	strscpy(to, from, SLUICE_NAME_SIZE);
	for (; *to; to++)
		if (*to < ' ' || *to > '~')
			*to = '?';
}

static void say_refused(const struct sluice_submission *submission,
			const struct sluice_submitted *submitted)
{
	char name[SLUICE_NAME_SIZE] = "";
	const struct sluice_refusal_event event = {
		.task = name,
		.refusal = submitted->refused.refusal,
		.asked = submitted->refused.asked,
		.limit = submitted->refused.limit,
		.trace_id = submitted->trace_id,
	};

	copy_name(name, submission->task);
	sluice_enter();
	sluice_event_refused(&event);
	sluice_leave();
}

/**
 * sluice_submit() - accept a call or refuse it
 * @submission: the call
 * @submitted: (out) its id, or why it was refused
 *
 * May sleep; takes sluice.lock.
 *
 * Return: 0; the errno of a refusal; -EINTR: a signal came while it waited for
 * room; -EPERM: the owner submits no more.
 */
int sluice_submit(const struct sluice_submission *submission,
		  struct sluice_submitted *submitted)
{
	struct sluice_call *call;
	int ret;

	memset(submitted, 0, sizeof(*submitted));
	if (submission->trace_id)
		memcpy(submitted->trace_id, submission->trace_id,
		       SLUICE_TRACE_ID_LEN);
	call = make_call(submission, submitted);
	if (call) {
		ret = accept_or_wait(call, submission, submitted);
		if (ret)
			sluice_call_put(call);
	} else {
		ret = sluice_refusal_errno(submitted->refused.refusal);
	}
	if (submitted->refused.refusal)
		say_refused(submission, submitted);
	return ret;
}
