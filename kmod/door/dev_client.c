// SPDX-License-Identifier: GPL-2.0-only
/* /dev/sluice as a client's: SUBMIT, REAP, CALL, CANCEL and CHANGE. */
#include "door/dev.h"

#include <linux/capability.h>
#include <linux/cred.h>

#include "object/call.h"
#include "door/dev_copy.h"
#include "base/event.h"
#include "engine/operate.h"
#include "engine/submit.h"
#include "object/task.h"

/* Sizes of the first version of each structure: smaller ones never existed. */
#define SUBMIT_SIZE_V1	offsetof(struct sluice_submit, trace_id)
#define REAP_SIZE_V1	offsetof(struct sluice_reap, trace_id)
#define CALL_SIZE_V1	sizeof(struct sluice_call_args)
#define CANCEL_SIZE_V1	sizeof(struct sluice_cancel)
#define CHANGE_SIZE_V1	sizeof(struct sluice_change)

/*
 * Submit
 */

static int submit_check(const struct sluice_submit *submit)
{
	if (submit->flags & ~(SLUICE_SUBMIT_DETACHED |
			      SLUICE_SUBMIT_NONBLOCK) || submit->reserved)
		return -EINVAL;
	if (strnlen(submit->task, SLUICE_NAME_SIZE) == SLUICE_NAME_SIZE ||
	    strnlen(submit->key, SLUICE_KEY_SIZE) == SLUICE_KEY_SIZE)
		return -EINVAL;
	/* So that no sum of times overflows. */
	if (submit->timeout > S64_MAX / 2 || submit->deadline > S64_MAX / 2 ||
	    submit->runtime > S64_MAX / 2)
		return -EINVAL;
	return 0;
}

/* Build the call and hand it in. Returns its id in @submit. */
static int submit_call(struct sluice_file *file, struct sluice_submit *submit,
		       struct sluice_refused *refused)
{
	struct sluice_task *task;
	struct sluice_call *call;
	int ret;

	memset(refused, 0, sizeof(*refused));
	if (submit->priority < SLUICE_PRIORITY_TASK ||
	    submit->priority > SLUICE_PRIORITY_MAX) {
		refused->refusal = SLUICE_REFUSAL_PRIORITY;
		return -EINVAL;
	}
	task = sluice_submit_task(submit->task, submit->input_len, refused);
	if (!task)
		return sluice_refusal_errno(refused->refusal);
	call = sluice_call_alloc(submit->input_len);
	if (!call) {
		sluice_task_put(task);
		refused->refusal = SLUICE_REFUSAL_MEMORY;
		return -ENOMEM;
	}
	call->task = task;
	sluice_call_identify(call, submit->trace_id);
	call->priority = submit->priority == SLUICE_PRIORITY_TASK ?
			 READ_ONCE(task->config.priority) : submit->priority;
	call->timeout = submit->timeout;
	call->deadline = submit->deadline;
	call->runtime = submit->runtime;
	if (*submit->key && sluice_call_key(call, submit->key)) {
		refused->refusal = SLUICE_REFUSAL_MEMORY;
		ret = -ENOMEM;
	} else if (copy_from_user(call->input, u64_to_user_ptr(submit->input),
			   submit->input_len)) {
		refused->refusal = SLUICE_REFUSAL_INPUT_FAULT;
		ret = -EFAULT;
	} else {
		/* It may be freed as soon as it is accepted. */
		memcpy(submit->trace_id, call->trace_id,
		       sizeof(submit->trace_id));
		if (submit->flags & SLUICE_SUBMIT_DETACHED)
			file = NULL;
		ret = sluice_submit(call, file,
				    !(submit->flags & SLUICE_SUBMIT_NONBLOCK),
				    refused);
	}
	if (ret)
		sluice_call_put(call);
	else
		submit->id = refused->id;
	return ret;
}

static void say_refused(const struct sluice_submit *submit,
			const struct sluice_refused *refused)
{
	const struct sluice_refusal_event event = {
		.task = submit->task,
		.refusal = refused->refusal,
		.asked = refused->asked,
		.limit = refused->limit,
		.trace_id = submit->trace_id,
	};

	sluice_event_refused(&event);
}

static int client_submit(struct sluice_file *file, void __user *arg, u64 *id)
{
	struct sluice_refused refused;
	struct sluice_submit submit;
	int ret;

	if (file->env)
		return -EPERM;
	ret = copy_in(&submit, sizeof(submit), SUBMIT_SIZE_V1, arg);
	if (!ret)
		ret = submit_check(&submit);
	if (ret)
		return ret;
	submit.id = 0;
	ret = submit_call(file, &submit, &refused);
	if (ret && ret != -EINTR)
		say_refused(&submit, &refused);
	submit.refusal = refused.refusal;
	submit.asked = refused.asked;
	submit.limit = refused.limit;
	memcpy(submit.resource, refused.resource, sizeof(submit.resource));
	*id = submit.id;
	/*
	 * The call is accepted already when this fails: it goes on, and shows
	 * in the file's next reap with id 0.
	 */
	if (copy_out(arg, &submit, sizeof(submit), submit.size))
		return -EFAULT;
	return ret;
}

int sluice_dev_submit(struct sluice_file *file, void __user *arg)
{
	u64 id;

	return client_submit(file, arg, &id);
}

/*
 * Reap
 */

static bool may_touch(const struct sluice_file *file,
		      const struct sluice_call *call)
{
	if (call->owner)
		return call->owner == file;
	return uid_eq(call->origin_uid, current_uid()) ||
	       capable(CAP_SYS_ADMIN);
}

/* The call of that id, with a reference, if this file may touch it. */
static struct sluice_call *client_find(struct sluice_file *file, u64 id)
{
	struct sluice_call *call = sluice_call_find(id);
	bool may;

	if (!call)
		return NULL;
	spin_lock(&sluice.lock);
	may = may_touch(file, call);
	spin_unlock(&sluice.lock);
	if (may)
		return call;
	sluice_call_put(call);
	return NULL;
}

/*
 * The first call of the file that ended, with a reference; or why there is none.
 * It leaves the list, so that no two threads get the same one.
 */
static struct sluice_call *first_ended(struct sluice_file *file)
{
	struct sluice_call *call;

	spin_lock(&sluice.lock);
	call = list_first_entry_or_null(&file->ended, struct sluice_call,
					owner_node);
	if (call) {
		list_del_init(&call->owner_node);
		kref_get(&call->ref);
	} else {
		call = ERR_PTR(file->calls ? -EAGAIN : -ENODATA);
	}
	spin_unlock(&sluice.lock);
	return call;
}

/* Its result did not arrive: whoever comes next gets it. */
static void not_reaped(struct sluice_file *file, struct sluice_call *call)
{
	spin_lock(&sluice.lock);
	if (call->owner == file && list_empty(&call->owner_node)) {
		list_add(&call->owner_node, &file->ended);
		wake_up(&file->wait);
	}
	spin_unlock(&sluice.lock);
}

/* Wait for the call that @id names, 0 for any. A reference, or an error. */
static struct sluice_call *reap_wait(struct sluice_file *file, u64 id,
				     bool block)
{
	struct sluice_call *call;
	int ret = 0;

	while (!id) {
		call = first_ended(file);
		if (call != ERR_PTR(-EAGAIN) || !block)
			return call;
		if (wait_event_interruptible(file->wait,
					     !list_empty_careful(&file->ended) ||
					     !READ_ONCE(file->calls)))
			return ERR_PTR(-EINTR);
	}
	call = client_find(file, id);
	if (!call)
		return ERR_PTR(-ENOENT);
	if (!sluice_call_final(call) && !block)
		ret = -EAGAIN;
	else if (READ_ONCE(call->owner))
		ret = wait_event_interruptible(file->wait,
					       sluice_call_final(call));
	else
		ret = wait_event_interruptible(sluice.detached,
					       sluice_call_final(call));
	if (!ret)
		return call;
	sluice_call_put(call);
	return ERR_PTR(ret == -EAGAIN ? -EAGAIN : -EINTR);
}

/* What a final call says does not change: no lock is needed to copy it. */
static void reap_fill(struct sluice_reap *reap, const struct sluice_call *call)
{
	reap->id = call->id;
	reap->output_len = call->answer ? call->answer->len : 0;
	reap->state = call->state;
	reap->reason = call->reason;
	reap->status = call->status;
	reap->env = call->env_id;
	reap->wait_time = call->ended - call->submitted - call->run_time;
	reap->run_time = call->run_time;
	reap->cpu_time = call->cpu_time;
	reap->memory_peak = call->memory_peak;
	memcpy(reap->trace_id, call->trace_id, sizeof(reap->trace_id));
	reap->attempts = call->attempts;
	reap->reserved = 0;
	memset(reap->message, 0, sizeof(reap->message));
	if (call->answer)
		strscpy(reap->message, call->answer->message,
			sizeof(reap->message));
}

/*
 * Hand the result over, and only then let go of the call: a result that could
 * not be copied can be reaped again.
 */
static int reap_copy(struct sluice_file *file, struct sluice_call *call,
		     struct sluice_reap *reap, void __user *arg)
{
	u32 cap = reap->output_cap;
	int ret;

	reap_fill(reap, call);
	ret = copy_out(arg, reap, sizeof(*reap), reap->size);
	if (ret)
		return ret;
	if (reap->output_len > cap)
		return -EMSGSIZE;
	if (reap->output_len && copy_to_user(u64_to_user_ptr(reap->output),
					     call->answer->data,
					     reap->output_len))
		return -EFAULT;
	spin_lock(&sluice.lock);
	if (call->owner == file)
		sluice_call_disown(call);
	spin_unlock(&sluice.lock);
	return 0;
}

static int client_reap(struct sluice_file *file, void __user *arg, u64 id)
{
	struct sluice_call *call;
	struct sluice_reap reap;
	int ret;

	if (file->env)
		return -EPERM;
	ret = copy_in(&reap, sizeof(reap), REAP_SIZE_V1, arg);
	if (ret)
		return ret;
	if (reap.flags & ~SLUICE_REAP_NONBLOCK || (id && reap.flags))
		return -EINVAL;
	call = reap_wait(file, id ? id : reap.id,
			 !(reap.flags & SLUICE_REAP_NONBLOCK));
	if (IS_ERR(call))
		return PTR_ERR(call);
	ret = reap_copy(file, call, &reap, arg);
	if (ret)
		not_reaped(file, call);
	sluice_call_put(call);
	return ret;
}

int sluice_dev_reap(struct sluice_file *file, void __user *arg)
{
	return client_reap(file, arg, 0);
}

/* Submit and reap in one. */
int sluice_dev_call(struct sluice_file *file, void __user *arg)
{
	struct sluice_call_args args;
	struct sluice_reap check;
	void __user *result;
	u64 id = 0;
	int ret;

	ret = copy_in(&args, sizeof(args), CALL_SIZE_V1, arg);
	if (ret)
		return ret;
	if (args.flags)
		return -EINVAL;
	result = u64_to_user_ptr(args.reap);
	/* Known to be good before anything is accepted. */
	ret = copy_in(&check, sizeof(check), REAP_SIZE_V1, result);
	if (ret)
		return ret;
	if (check.flags)
		return -EINVAL;
	if (clear_user(result + offsetof(struct sluice_reap, id), sizeof(u64)))
		return -EFAULT;
	ret = client_submit(file, u64_to_user_ptr(args.submit), &id);
	if (ret)
		return ret;
	if (copy_to_user(result + offsetof(struct sluice_reap, id), &id,
			 sizeof(id)))
		return -EFAULT;
	return client_reap(file, result, id);
}

/*
 * While it waits, and after
 */

int sluice_dev_cancel(struct sluice_file *file, void __user *arg)
{
	struct sluice_cancel cancel;
	struct sluice_call *call;
	int ret;

	if (file->env)
		return -EPERM;
	ret = copy_in(&cancel, sizeof(cancel), CANCEL_SIZE_V1, arg);
	if (ret)
		return ret;
	if (cancel.flags)
		return -EINVAL;
	call = client_find(file, cancel.id);
	if (!call)
		return -ENOENT;
	ret = sluice_operate_cancel(call);
	sluice_call_put(call);
	return ret;
}

/* What is not to change is zero, so that it can mean something one day. */
static int change_check(const struct sluice_change *change)
{
	if (!change->flags || change->flags & ~(SLUICE_CHANGE_PRIORITY |
						SLUICE_CHANGE_DEADLINE))
		return -EINVAL;
	if (!(change->flags & SLUICE_CHANGE_PRIORITY) && change->priority)
		return -EINVAL;
	if (!(change->flags & SLUICE_CHANGE_DEADLINE) && change->deadline)
		return -EINVAL;
	return change->deadline > S64_MAX / 2 ? -EINVAL : 0;
}

static int change_call(struct sluice_file *file,
		       const struct sluice_change *change,
		       struct sluice_refused *refused)
{
	struct sluice_call *call;
	int ret;

	memset(refused, 0, sizeof(*refused));
	if (change->priority > SLUICE_PRIORITY_MAX) {
		refused->refusal = SLUICE_REFUSAL_PRIORITY;
		return -EINVAL;
	}
	call = client_find(file, change->id);
	if (!call)
		return -ENOENT;
	ret = sluice_submit_again(call,
				  change->flags & SLUICE_CHANGE_PRIORITY ?
				  &change->priority : NULL,
				  change->flags & SLUICE_CHANGE_DEADLINE ?
				  &change->deadline : NULL, refused);
	sluice_call_put(call);
	return ret;
}

int sluice_dev_change(struct sluice_file *file, void __user *arg)
{
	struct sluice_refused refused;
	struct sluice_change change;
	int ret;

	if (file->env)
		return -EPERM;
	ret = copy_in(&change, sizeof(change), CHANGE_SIZE_V1, arg);
	if (!ret)
		ret = change_check(&change);
	if (ret)
		return ret;
	ret = change_call(file, &change, &refused);
	change.refusal = refused.refusal;
	change.asked = refused.asked;
	change.limit = refused.limit;
	memcpy(change.resource, refused.resource, sizeof(change.resource));
	if (copy_out(arg, &change, sizeof(change), change.size))
		return -EFAULT;
	return ret;
}
