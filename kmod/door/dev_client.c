// SPDX-License-Identifier: GPL-2.0-only
/* /dev/sluice as a client's: SUBMIT, REAP, CALL, CANCEL and CHANGE. */
#include "door/dev_client.h"

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/user_namespace.h>

#include "door/dev_copy.h"
#include "engine/dispatch.h"
#include "engine/operate.h"
#include "engine/submit.h"
#include "object/call.h"
#include "object/owner.h"

/* Sizes of the first version of each structure: smaller ones never existed. */
#define SUBMIT_SIZE_V1	offsetof(struct sluice_submit, trace_id)
#define REAP_SIZE_V1	offsetof(struct sluice_reap, trace_id)
#define CALL_SIZE_V1	sizeof(struct sluice_call_args)
#define CANCEL_SIZE_V1	sizeof(struct sluice_cancel)
#define CHANGE_SIZE_V1	sizeof(struct sluice_change)

/*
 * The file as an owner of calls
 */

static struct sluice_file *file_of(struct sluice_owner *owner)
{
	return container_of(owner, struct sluice_file, owner);
}

static void file_call_ended(struct sluice_owner *owner,
			    struct sluice_call *call)
{
	wake_up(&file_of(owner)->wait);
}

/* Whoever waits for any call waits for nothing: he who is woken tells the next. */
static void file_none_left(struct sluice_owner *owner)
{
	wake_up(&file_of(owner)->wait);
}

const struct sluice_owner_ops sluice_dev_owner = {
	.ended = file_call_ended,
	.none_left = file_none_left,
};

/*
 * Submit
 */

static int submit_check(const struct sluice_submit *submit)
{
	if (submit->flags & ~(SLUICE_SUBMIT_DETACHED |
			      SLUICE_SUBMIT_NONBLOCK) || submit->reserved ||
	    submit->reserved2)
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

static int fetch_input(const struct sluice_submission *submission, void *to)
{
	if (copy_from_user(to, submission->input.user, submission->input_len))
		return -EFAULT;
	if (submission->words_len &&
	    copy_from_user(to + submission->input_len, submission->words,
			   submission->words_len))
		return -EFAULT;
	return 0;
}

/* May the caller have more than a task gives? */
static bool privileged(void)
{
	/* That it may not is no offence: it is refused, and nobody need log it. */
	return ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN) ||
	       ns_capable_noaudit(&init_user_ns, CAP_NET_ADMIN);
}

/*
 * @await: the caller is going to wait for the call, see struct sluice_submitted.
 * When what became of it cannot be copied (-EFAULT), an accepted call goes on, and
 * shows in the file's next reap with id 0.
 */
static int client_submit(struct sluice_file *file, void __user *arg,
			 struct sluice_await *await,
			 struct sluice_submitted *submitted)
{
	const struct sluice_refused *refused = &submitted->refused;
	struct sluice_submission submission;
	struct sluice_submit submit;
	int ret;

	submitted->call = NULL;
	if (file->env)
		return -EPERM;
	ret = copy_in(&submit, sizeof(submit), SUBMIT_SIZE_V1, arg);
	if (!ret)
		ret = submit_check(&submit);
	if (ret)
		return ret;
	submission = (struct sluice_submission){
		.task = submit.task,
		.key = submit.key,
		.trace_id = submit.trace_id,
		.priority = submit.priority,
		.timeout = submit.timeout,
		.deadline = submit.deadline,
		.runtime = submit.runtime,
		.input.user = u64_to_user_ptr(submit.input),
		.input_len = submit.input_len,
		.words = u64_to_user_ptr(submit.words),
		.words_len = submit.words_len,
		.fetch = fetch_input,
		.user = file->owner.user,
		.privileged = privileged,
		.owner = &file->owner,
		.detached = submit.flags & SLUICE_SUBMIT_DETACHED,
		.await = await,
		.block = !(submit.flags & SLUICE_SUBMIT_NONBLOCK),
	};
	ret = sluice_submit(&submission, submitted);
	submit.id = submitted->id;
	memcpy(submit.trace_id, submitted->trace_id, sizeof(submit.trace_id));
	submit.refusal = refused->refusal;
	submit.asked = refused->asked;
	submit.limit = refused->limit;
	memcpy(submit.resource, refused->resource, sizeof(submit.resource));
	if (!copy_out(arg, &submit, sizeof(submit), submit.size))
		return ret;
	if (submitted->call) {
		sluice_enter();
		sluice_owner_unawait(await);
		sluice_leave();
		sluice_call_put(submitted->call);
	}
	return -EFAULT;
}

int sluice_dev_submit(struct sluice_file *file, void __user *arg)
{
	struct sluice_submitted submitted;

	return client_submit(file, arg, NULL, &submitted);
}

/*
 * Reap
 */

/* Called with sluice.lock held. */
static bool may_touch(const struct sluice_file *file,
		      const struct sluice_call *call)
{
	if (call->owner)
		return call->owner == &file->owner;
	return uid_eq(call->origin_uid, current_uid()) ||
	       capable(CAP_SYS_ADMIN);
}

/*
 * Take the result of a call that is final, on which the caller has a reference:
 * one that has an owner once, one that nobody owns as often as one likes. Called
 * with sluice.lock held. -ENOENT: somebody else has it.
 */
static int take(struct sluice_file *file, struct sluice_call *call)
{
	int ret;

	if (call->taken)
		return -ENOENT;
	if (!call->owner)
		return 0;
	ret = sluice_owner_take(&file->owner, call);
	/* The owner's reference is one too many. */
	if (!ret)
		sluice_call_put(call);
	return ret;
}

/* Wait for the end of a call that the caller awaits, and take it. */
static int await_end(struct sluice_file *file, struct sluice_await *await)
{
	int ret = 0;

	if (wait_event_interruptible(await->wait,
				     sluice_call_final(await->call)))
		ret = -EINTR;
	sluice_enter();
	if (!ret)
		ret = take(file, await->call);
	sluice_owner_unawait(await);
	sluice_leave();
	return ret;
}

/* The call of that id, taken: a reference, or an error. */
static struct sluice_call *take_id(struct sluice_file *file, u64 id, bool block)
{
	struct sluice_call *call = sluice_call_find(id);
	struct sluice_await await;
	int ret = -ENOENT;

	if (!call)
		return ERR_PTR(ret);
	sluice_await_init(&await);
	sluice_enter();
	if (may_touch(file, call))
		ret = sluice_call_final(call) ? take(file, call) : -EAGAIN;
	if (ret == -EAGAIN && block)
		sluice_owner_await(&await, call);
	sluice_leave();
	if (ret == -EAGAIN && block)
		ret = await_end(file, &await);
	if (!ret)
		return call;
	sluice_call_put(call);
	return ERR_PTR(ret);
}

/* Without sluice.lock: one has ended, or none is left. */
static bool worth_a_look(const struct sluice_owner *owner)
{
	return !list_empty_careful(&owner->ended) || !READ_ONCE(owner->calls);
}

/* The first call of the file that ended, taken: a reference, or an error. */
static struct sluice_call *take_any(struct sluice_file *file, bool block)
{
	struct sluice_owner *owner = &file->owner;
	struct sluice_call *call;
	bool waited = false;

	for (;;) {
		sluice_enter();
		call = sluice_owner_take_any(owner);
		sluice_leave();
		if (call == ERR_PTR(-ENODATA) && waited)
			wake_up(&file->wait);
		if (call != ERR_PTR(-EAGAIN) || !block)
			return call;
		waited = true;
		/* Looked at again, under the lock, by the turn that follows. */
		if (wait_event_interruptible_exclusive(file->wait,
						       worth_a_look(owner)))
			return ERR_PTR(-EINTR);
	}
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
	reap->log_len = call->answer ? call->answer->log_len : 0;
	reap->cpu_wait = call->counts.of[SLUICE_COUNT_WAITED];
	reap->read_bytes = call->counts.of[SLUICE_COUNT_READ];
	reap->written_bytes = call->counts.of[SLUICE_COUNT_WRITTEN];
	reap->received_bytes = call->counts.of[SLUICE_COUNT_RECEIVED];
	reap->sent_bytes = call->counts.of[SLUICE_COUNT_SENT];
	reap->page_faults = call->counts.of[SLUICE_COUNT_FAULTS];
	reap->processes = call->counts.of[SLUICE_COUNT_PROCESSES];
	reap->syscalls_refused = call->counts.of[SLUICE_COUNT_REFUSED];
	reap->oom_kills = call->counts.of[SLUICE_COUNT_OOM_KILLS];
}

/* As much of its end as there is room for. */
static int log_copy(const struct sluice_answer *answer,
		    const struct sluice_reap *reap)
{
	u32 len = min(reap->log_len, reap->log_cap);

	if (len && copy_to_user(u64_to_user_ptr(reap->log), answer->data +
				answer->len + answer->log_len - len, len))
		return -EFAULT;
	return 0;
}

static int reap_copy(const struct sluice_call *call, struct sluice_reap *reap,
		     void __user *arg)
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
	return log_copy(call->answer, reap);
}

/*
 * Hand over what was taken, and only then let go of the call: a result that could
 * not be copied can be reaped again. Takes the caller's reference.
 */
static int hand_over(struct sluice_call *call, struct sluice_reap *reap,
		     void __user *arg)
{
	int ret = reap_copy(call, reap, arg);

	/* Nobody changes the owner of what we have taken. */
	if (call->owner) {
		sluice_enter();
		if (ret)
			sluice_owner_give_back(call);
		else
			sluice_owner_handed_over(call);
		sluice_leave();
		if (ret)
			return ret;
	}
	sluice_call_put(call);
	return ret;
}

int sluice_dev_reap(struct sluice_file *file, void __user *arg)
{
	struct sluice_call *call;
	struct sluice_reap reap;
	bool block;
	int ret;

	if (file->env)
		return -EPERM;
	ret = copy_in(&reap, sizeof(reap), REAP_SIZE_V1, arg);
	if (ret)
		return ret;
	if (reap.flags & ~SLUICE_REAP_NONBLOCK)
		return -EINVAL;
	block = !(reap.flags & SLUICE_REAP_NONBLOCK);
	call = reap.id ? take_id(file, reap.id, block) : take_any(file, block);
	if (IS_ERR(call))
		return PTR_ERR(call);
	return hand_over(call, &reap, arg);
}

/*
 * Call: both in one
 */

/* An accepted call: wait for it, and hand its result over. Takes the reference. */
static int call_wait(struct sluice_file *file, struct sluice_await *await,
		     struct sluice_reap *reap, void __user *result)
{
	struct sluice_call *call = await->call;
	int ret;

	if (copy_to_user(result + offsetof(struct sluice_reap, id), &call->id,
			 sizeof(call->id))) {
		sluice_enter();
		sluice_owner_unawait(await);
		sluice_leave();
		ret = -EFAULT;
	} else {
		ret = await_end(file, await);
	}
	if (!ret)
		return hand_over(call, reap, result);
	sluice_call_put(call);
	return ret;
}

int sluice_dev_call(struct sluice_file *file, void __user *arg)
{
	struct sluice_submitted submitted;
	struct sluice_call_args args;
	struct sluice_await await;
	struct sluice_reap reap;
	void __user *result;
	int ret;

	ret = copy_in(&args, sizeof(args), CALL_SIZE_V1, arg);
	if (ret)
		return ret;
	if (args.flags)
		return -EINVAL;
	result = u64_to_user_ptr(args.reap);
	/* Known to be good before anything is accepted. */
	ret = copy_in(&reap, sizeof(reap), REAP_SIZE_V1, result);
	if (ret)
		return ret;
	if (reap.flags)
		return -EINVAL;
	if (clear_user(result + offsetof(struct sluice_reap, id), sizeof(u64)))
		return -EFAULT;
	sluice_await_init(&await);
	ret = client_submit(file, u64_to_user_ptr(args.submit), &await,
			    &submitted);
	if (ret)
		return ret;
	return call_wait(file, &await, &reap, result);
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
	call = sluice_call_find(cancel.id);
	if (!call)
		return -ENOENT;
	sluice_enter();
	ret = may_touch(file, call) ? sluice_operate_cancel(call) : -ENOENT;
	sluice_leave();
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
	call = sluice_call_find(change->id);
	if (!call)
		return -ENOENT;
	sluice_enter();
	if (may_touch(file, call))
		ret = sluice_operate_change(call,
					    change->flags & SLUICE_CHANGE_PRIORITY ?
					    &change->priority : NULL,
					    change->flags & SLUICE_CHANGE_DEADLINE ?
					    &change->deadline : NULL,
					    privileged, refused);
	else
		ret = -ENOENT;
	sluice_leave();
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
