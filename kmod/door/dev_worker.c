// SPDX-License-Identifier: GPL-2.0-only
/* /dev/sluice as the door of an environment: ATTACH and NEXT. */
#include "door/dev_worker.h"

#include <linux/capability.h>
#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/pid.h>

#include "door/dev_copy.h"
#include "engine/worker.h"
#include "machine/cpu.h"
#include "object/call.h"

/* Sizes of the first version of each structure: smaller ones never existed. */
#define ATTACH_SIZE_V1	sizeof(struct sluice_attach)
#define NEXT_SIZE_V1	offsetof(struct sluice_next, trace_id)

/*
 * Attach
 */

int sluice_dev_attach(struct sluice_file *file, void __user *arg)
{
	struct sluice_attach attach;
	struct cgroup *cgroup = NULL;
	struct pid *pid;
	int ret;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	ret = copy_in(&attach, sizeof(attach), ATTACH_SIZE_V1, arg);
	if (ret)
		return ret;
	if (attach.flags & ~SLUICE_ATTACH_RETURNS || attach.reserved)
		return -EINVAL;
	pid = find_get_pid(attach.pid);
	if (!pid)
		return -ESRCH;
	if (attach.cgroup_fd >= 0) {
		cgroup = cgroup_get_from_fd(attach.cgroup_fd);
		if (IS_ERR(cgroup)) {
			put_pid(pid);
			return PTR_ERR(cgroup);
		}
	}
	ret = sluice_worker_attach(attach.env, file, cgroup, pid,
				   attach.flags & SLUICE_ATTACH_RETURNS);
	if (ret) {
		if (cgroup)
			cgroup_put(cgroup);
		put_pid(pid);
	}
	return ret;
}

/*
 * Next
 */

static bool answer_reason(u32 reason)
{
	return reason == SLUICE_REASON_ANSWERED ||
	       reason == SLUICE_REASON_EXITED ||
	       reason == SLUICE_REASON_SIGNALLED ||
	       reason == SLUICE_REASON_NOT_STARTED ||
	       reason == SLUICE_REASON_OUTPUT_SIZE ||
	       reason == SLUICE_REASON_WORKER_DIED;
}

/*
 * Room for an answer to call @id, at its submitter's charge. That it is the worker's
 * call is known before anything is allocated. -ENOENT: it is not; NULL: the submitter
 * has no room.
 */
static struct sluice_answer *make_answer(struct sluice_env *env, u64 id,
					 u32 len, u32 log_len)
{
	struct sluice_answer *answer = NULL;
	struct sluice_call *call;
	int ret;

	ret = sluice_worker_answers(env, id, len + log_len, &call);
	if (ret == -ENOENT)
		return ERR_PTR(ret);
	if (!ret)
		answer = sluice_call_answer(call, len, log_len, false);
	sluice_call_put(call);
	return answer;
}

/* What the worker says of its call, but for the message. */
static bool copy_data(struct sluice_answer *answer,
		      const struct sluice_next *next)
{
	return !copy_from_user(answer->data, u64_to_user_ptr(next->output),
			       answer->len) &&
	       (!answer->log_len ||
		!copy_from_user(answer->data + answer->len,
				u64_to_user_ptr(next->log), answer->log_len));
}

/*
 * Copy what the worker says of its call. Where its submitter has no room for it, the
 * log goes first, as no call is to fail for that; then the call fails, and the worker
 * has done its part.
 */
static int copy_answer(struct sluice_env *env, const struct sluice_next *next,
		       struct sluice_result *result)
{
	struct sluice_answer *answer;

	if (!next->output_len && !next->log_len && !*next->message)
		return 0;
	answer = make_answer(env, next->id, next->output_len, next->log_len);
	if (!answer && next->log_len)
		answer = make_answer(env, next->id, next->output_len, 0);
	if (IS_ERR(answer))
		return PTR_ERR(answer);
	if (!answer) {
		result->state = SLUICE_CALL_STATE_FAILED;
		result->reason = SLUICE_REASON_SUBMITTER_MEMORY;
		result->status = 0;
		return 0;
	}
	strscpy(answer->message, next->message, sizeof(answer->message));
	if (!copy_data(answer, next)) {
		sluice_answer_free(answer);
		return -EFAULT;
	}
	result->answer = answer;
	return 0;
}

static int next_answer(struct sluice_env *env, const struct sluice_next *next)
{
	u32 max = min(READ_ONCE(env->task->config.output_max),
		      READ_ONCE(sluice.limits.max_output));
	struct sluice_result result = {
		.state = next->reason == SLUICE_REASON_ANSWERED ?
			 SLUICE_CALL_STATE_DONE : SLUICE_CALL_STATE_FAILED,
		.reason = next->reason,
		.status = next->status,
		.last = next->flags & SLUICE_NEXT_LAST,
	};
	int ret;

	if (!answer_reason(next->reason))
		return -EINVAL;
	if (next->output_len > max || next->log_len > SLUICE_LOG_MAX)
		return -EMSGSIZE;
	ret = copy_answer(env, next, &result);
	if (ret)
		return ret;
	ret = sluice_worker_answer(env, next->id, &result,
				   sluice_cpu_of_worker());
	if (ret)
		sluice_answer_free(result.answer);
	return ret;
}

/* There is something for a thread that waits. Is it worth the lock to look? */
static bool next_comes(struct sluice_env *env, struct sluice_call **call,
		       int *ret)
{
	if (READ_ONCE(env->call) ||
	    READ_ONCE(env->state) > SLUICE_ENV_STATE_BUSY)
		*ret = sluice_worker_look(env, call);
	return *ret != -EAGAIN;
}

/* As sluice_worker_look(), but waits unless told not to. */
static int next_wait(struct sluice_file *file, bool block,
		     struct sluice_call **call)
{
	int ret = sluice_worker_look(file->env, call);

	if (ret != -EAGAIN || !block)
		return ret;
	if (wait_event_interruptible_exclusive(file->wait,
					       next_comes(file->env, call, &ret)))
		return -EINTR;
	return ret;
}

static int next_copy(struct sluice_call *call, struct sluice_next *next,
		     void __user *arg)
{
	u32 cap = next->input_cap;

	next->id = call->id;
	next->input_len = call->input_len - call->words_len;
	next->words_len = call->words_len;
	next->kind = call->task->config.kind;
	next->timeout = sluice_call_limit(call);
	next->output_max = min(READ_ONCE(call->task->config.output_max),
			       READ_ONCE(sluice.limits.max_output));
	memcpy(next->trace_id, call->trace_id, sizeof(next->trace_id));
	next->attempts = call->attempts;
	next->reserved2 = 0;
	if (copy_out(arg, next, sizeof(*next), next->size))
		return -EFAULT;
	if (call->input_len > cap)
		return -EMSGSIZE;
	if (call->input_len && copy_to_user(u64_to_user_ptr(next->input),
					    sluice_call_input(call),
					    call->input_len))
		return -EFAULT;
	return 0;
}

/* Give the call to the worker; it runs once the worker has all of it. */
static int next_give(struct sluice_env *env, struct sluice_call *call,
		     struct sluice_next *next, void __user *arg)
{
	int ret;

	if (call->words_len &&
	    next->size < offsetofend(struct sluice_next, words_len)) {
		sluice_worker_too_old(env, call);
		return -ESHUTDOWN;
	}
	ret = next_copy(call, next, arg);
	if (ret) {
		sluice_worker_forgo(call);
		return ret;
	}
	if (!sluice_worker_take(env, call, sluice_cpu_of_worker()))
		return -EAGAIN;
	return 0;
}

/* Nothing changes, nor is anything taken: somebody wants to know who is served. */
static int next_tell(struct sluice_env *env, struct sluice_next *next,
		     void __user *arg)
{
	next->id = sluice_worker_taken(env, next->trace_id);
	return copy_out(arg, next, sizeof(*next), next->size);
}

/* Whoever takes no further call has answered one, and asks for none. */
static bool flags_good(u32 flags)
{
	const u32 last = SLUICE_NEXT_ANSWER | SLUICE_NEXT_LAST;

	return flags & SLUICE_NEXT_LAST ? flags == last :
	       !(flags & ~(SLUICE_NEXT_ANSWER | SLUICE_NEXT_TAKE |
			   SLUICE_NEXT_NONBLOCK));
}

int sluice_dev_next(struct sluice_file *file, void __user *arg)
{
	struct sluice_env *env = file->env;
	struct sluice_call *call;
	struct sluice_next next;
	bool block;
	int ret;

	if (!env)
		return -EPERM;
	ret = copy_in(&next, sizeof(next), NEXT_SIZE_V1, arg);
	if (ret)
		return ret;
	if (!next.reserved && next.flags == SLUICE_NEXT_TELL)
		return next_tell(env, &next, arg);
	if (next.reserved || !flags_good(next.flags))
		return -EINVAL;
	next.message[sizeof(next.message) - 1] = '\0';
	if (next.flags & SLUICE_NEXT_ANSWER) {
		ret = next_answer(env, &next);
		if (ret)
			return ret;
		next.flags &= ~SLUICE_NEXT_ANSWER;
		if (copy_out(arg, &next, sizeof(next), next.size))
			return -EFAULT;
	}
	if (!(next.flags & SLUICE_NEXT_TAKE))
		return 0;
	block = !(next.flags & SLUICE_NEXT_NONBLOCK);
	/* A call can be cancelled while it is given: then there is another. */
	do {
		ret = next_wait(file, block, &call);
		if (ret == -ESHUTDOWN)
			wake_up(&file->wait);
		if (ret && ret != -EBUSY)
			return ret;
		if (ret) {
			next.id = call->id;
			if (copy_out(arg, &next, sizeof(next), next.size))
				ret = -EFAULT;
		} else {
			ret = next_give(env, call, &next, arg);
		}
		sluice_call_put(call);
	} while (ret == -EAGAIN);
	/* What one thread could not take is for the next. */
	if (ret && ret != -EBUSY)
		wake_up(&file->wait);
	return ret;
}
