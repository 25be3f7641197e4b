// SPDX-License-Identifier: GPL-2.0-only
/* Netlink operations on calls. */
#include <linux/cred.h>
#include <linux/slab.h>

#include "door/nl_gen.h"
#include "door/nl_reply.h"
#include "door/put.h"
#include "engine/dispatch.h"
#include "engine/operate.h"
#include "engine/submit.h"
#include "object/call.h"
#include "object/task.h"
#include "object/usage.h"
#include "object/user.h"

/* Most input of a call submitted by netlink; more goes through /dev/sluice. */
#define CALL_INPUT_MAX	4096

/* The call that the request names, with a reference. */
static struct sluice_call *require_call(struct genl_info *info)
{
	struct sluice_call *call;

	if (GENL_REQ_ATTR_CHECK(info, SLUICE_A_CALL_ID)) {
		NL_SET_ERR_MSG(info->extack, "a call's id is required");
		return ERR_PTR(-EINVAL);
	}
	call = sluice_call_find(nla_get_u64(info->attrs[SLUICE_A_CALL_ID]));
	if (call)
		return call;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[SLUICE_A_CALL_ID],
			    "no such call, or it ended too long ago");
	return ERR_PTR(-ENOENT);
}

static const char *refusal_text(enum sluice_refusal refusal)
{
	switch (refusal) {
	case SLUICE_REFUSAL_NO_TASK:
		return "no such task";
	case SLUICE_REFUSAL_INPUT_SIZE:
		return "the input is larger than the task or module allows";
	case SLUICE_REFUSAL_OVER_BUDGET:
		return "the task needs more than a budget: the call could never start";
	case SLUICE_REFUSAL_QUEUE_FULL:
		return "the task's queue is full: try later, or raise its queue-max";
	case SLUICE_REFUSAL_QUEUE_BYTES:
		return "the task's queue holds too many bytes: try later, or raise its queue-bytes";
	case SLUICE_REFUSAL_TOTAL_FULL:
		return "too many calls of this user wait: try later, or raise module parameter max_calls";
	case SLUICE_REFUSAL_TOTAL_BYTES:
		return "too many bytes of this user wait: try later, or raise module parameter max_bytes";
	case SLUICE_REFUSAL_CLOSING:
		return "the task is being removed";
	case SLUICE_REFUSAL_DRAINING:
		return "the task is being drained: resume it first";
	case SLUICE_REFUSAL_NO_DEADLINE:
		return "the class deadline needs a runtime and a deadline, of the call or of its task";
	case SLUICE_REFUSAL_UNSCHEDULABLE:
		return "the deadlines accepted so far leave too little of the CPU budget, or it runs longer than its deadline";
	case SLUICE_REFUSAL_PRIORITY:
		return "a priority is 0 to 99";
	case SLUICE_REFUSAL_OVER_PRIORITY:
		return "the priority is above the task's priority-max, which takes CAP_NET_ADMIN";
	case SLUICE_REFUSAL_OVER_TIMEOUT:
		return "the timeout is longer than the task's, which takes CAP_NET_ADMIN";
	case SLUICE_REFUSAL_OVER_RUNTIME:
		return "the runtime is longer than the task's, which takes CAP_NET_ADMIN";
	default:
		return "no memory for the call";
	}
}

/* Which attribute of a request it was that was refused; NULL for none of them. */
static const struct nlattr *refused_attr(enum sluice_refusal refusal,
					 struct nlattr **a)
{
	switch (refusal) {
	case SLUICE_REFUSAL_NO_TASK:
	case SLUICE_REFUSAL_OVER_BUDGET:
	case SLUICE_REFUSAL_CLOSING:
	case SLUICE_REFUSAL_DRAINING:
		return a[SLUICE_A_CALL_TASK];
	case SLUICE_REFUSAL_INPUT_SIZE:
		return a[SLUICE_A_CALL_INPUT];
	case SLUICE_REFUSAL_PRIORITY:
	case SLUICE_REFUSAL_OVER_PRIORITY:
		return a[SLUICE_A_CALL_PRIORITY];
	case SLUICE_REFUSAL_OVER_TIMEOUT:
		return a[SLUICE_A_CALL_TIMEOUT];
	case SLUICE_REFUSAL_OVER_RUNTIME:
		return a[SLUICE_A_CALL_RUNTIME];
	case SLUICE_REFUSAL_UNSCHEDULABLE:
		return a[SLUICE_A_CALL_DEADLINE];
	default:
		return NULL;
	}
}

static void say_refused(struct genl_info *info,
			const struct sluice_refused *refused)
{
	struct netlink_ext_ack *extack = info->extack;

	if (!extack)
		return;
	extack->_msg = refusal_text(refused->refusal);
	extack->bad_attr = refused_attr(refused->refusal, info->attrs);
}

/* Both operations take CAP_NET_ADMIN, which is enough (nl_gen.c). */
static bool privileged(void)
{
	return true;
}

static int fetch_input(const struct sluice_submission *submission, void *to)
{
	memcpy(to, submission->input.kernel, submission->input_len);
	return 0;
}

static u64 time_of(const struct nlattr *attr)
{
	/* So that no sum of times overflows. */
	return attr ? min_t(u64, S64_MAX / 2, nla_get_u64(attr)) : 0;
}

static int call_new(struct nlattr **a, struct sluice_submitted *submitted)
{
	struct sluice_submission submission = {
		.task = nla_data(a[SLUICE_A_CALL_TASK]),
		.key = a[SLUICE_A_CALL_KEY] ?
		       nla_data(a[SLUICE_A_CALL_KEY]) : "",
		.trace_id = a[SLUICE_A_CALL_TRACE_ID] ?
			    nla_data(a[SLUICE_A_CALL_TRACE_ID]) : NULL,
		.priority = a[SLUICE_A_CALL_PRIORITY] ?
			    nla_get_u32(a[SLUICE_A_CALL_PRIORITY]) :
			    SLUICE_PRIORITY_TASK,
		.timeout = time_of(a[SLUICE_A_CALL_TIMEOUT]),
		.deadline = time_of(a[SLUICE_A_CALL_DEADLINE]),
		.runtime = time_of(a[SLUICE_A_CALL_RUNTIME]),
		.input.kernel = a[SLUICE_A_CALL_INPUT] ?
				nla_data(a[SLUICE_A_CALL_INPUT]) : NULL,
		.input_len = a[SLUICE_A_CALL_INPUT] ?
			     nla_len(a[SLUICE_A_CALL_INPUT]) : 0,
		.fetch = fetch_input,
		.privileged = privileged,
		.detached = true,
	};

	struct sluice_user *spare = sluice_user_alloc();
	int ret;

	memset(submitted, 0, sizeof(*submitted));
	if (!spare) {
		submitted->refused.refusal = SLUICE_REFUSAL_MEMORY;
		return -ENOMEM;
	}
	sluice_enter();
	submission.user = sluice_user_get(current_uid(), &spare);
	sluice_leave();
	kfree(spare);
	ret = sluice_submit(&submission, submitted);
	sluice_enter();
	sluice_user_put(submission.user);
	sluice_leave();
	return ret;
}

int sluice_nl_call_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *input = info->attrs[SLUICE_A_CALL_INPUT];
	struct sluice_submitted submitted;
	struct sk_buff *reply;
	void *header;
	int ret;

	ret = sluice_nl_require_name(info, SLUICE_A_CALL_TASK);
	if (ret)
		return ret;
	if (input && nla_len(input) > CALL_INPUT_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, input,
				    "at most 4096 bytes by netlink: use /dev/sluice");
		return -EMSGSIZE;
	}
	reply = sluice_nl_reply(info, &header);
	if (!reply)
		return -ENOMEM;
	ret = call_new(info->attrs, &submitted);
	if (ret)
		say_refused(info, &submitted.refused);
	/* The call may have ended already: its id is all that we have. */
	if (!ret)
		ret = nla_put_u64_64bit(reply, SLUICE_A_CALL_ID, submitted.id,
					SLUICE_A_CALL_PAD);
	return sluice_nl_send(info, reply, header, ret);
}

static int call_set(struct sluice_call *call, const struct nlattr *priority,
		    const struct nlattr *deadline,
		    struct sluice_refused *refused)
{
	u32 other = priority ? nla_get_u32(priority) : 0;
	u64 until = time_of(deadline);
	int ret;

	sluice_enter();
	ret = sluice_operate_change(call, priority ? &other : NULL,
				    deadline ? &until : NULL, privileged,
				    refused);
	sluice_leave();
	return ret;
}

int sluice_nl_call_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *priority = info->attrs[SLUICE_A_CALL_PRIORITY];
	struct nlattr *deadline = info->attrs[SLUICE_A_CALL_DEADLINE];
	struct sluice_call *call = require_call(info);
	struct sluice_refused refused;
	int ret;

	if (IS_ERR(call))
		return PTR_ERR(call);
	if (!priority && !deadline) {
		NL_SET_ERR_MSG(info->extack,
			       "a priority or a deadline is required");
		ret = -EINVAL;
	} else {
		ret = call_set(call, priority, deadline, &refused);
		if (ret == -EALREADY)
			NL_SET_ERR_MSG(info->extack,
				       "the call does not wait any more");
		else if (ret)
			say_refused(info, &refused);
	}
	sluice_call_put(call);
	return ret;
}

int sluice_nl_call_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sluice_call *call = require_call(info);
	int ret;

	if (IS_ERR(call))
		return PTR_ERR(call);
	sluice_enter();
	ret = sluice_operate_cancel(call);
	sluice_leave();
	if (ret)
		NL_SET_ERR_MSG(info->extack, "the call has ended");
	sluice_call_put(call);
	return ret;
}

/* @skb: the request. All of a call is for its user, too. */
static bool may_know(struct sk_buff *skb, const struct sluice_call *call)
{
	return sluice_nl_is_user(skb, call->origin_uid) ||
	       sluice_nl_may_know(skb);
}

/* Called with sluice.lock held. */
static int put_try(struct sk_buff *skb, struct genl_info *info,
		   struct sk_buff *reply)
{
	struct nlattr *name = info->attrs[SLUICE_A_CALL_TASK];
	struct sluice_task *task = sluice_task_find(nla_data(name));
	struct sluice_verdict verdict;
	struct sluice_env *env;

	if (!task) {
		NL_SET_ERR_MSG_ATTR(info->extack, name, "no such task");
		return -ENOENT;
	}
	sluice_dispatch_try(task, &env, &verdict);
	/*
	 * What is cache above environments is not known, unless somebody waits for
	 * memory: the next answer knows. Not everybody may keep the agent busy.
	 */
	if (verdict.hold == SLUICE_HOLD_RESOURCE && sluice_nl_may_know(skb))
		sluice_usage_wants(true);
	return sluice_put_try(reply, task,
			      verdict.hold == SLUICE_HOLD_NONE ? env : NULL,
			      &verdict);
}

int sluice_nl_call_try_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	void *header;
	int ret;

	ret = sluice_nl_require_name(info, SLUICE_A_CALL_TASK);
	if (ret)
		return ret;
	reply = sluice_nl_reply(info, &header);
	if (!reply)
		return -ENOMEM;
	sluice_enter();
	ret = put_try(skb, info, reply);
	sluice_leave();
	return sluice_nl_send(info, reply, header, ret);
}

int sluice_nl_call_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sluice_call *call = require_call(info);
	struct sk_buff *reply;
	void *header;
	bool all;
	int ret;

	if (IS_ERR(call))
		return PTR_ERR(call);
	all = may_know(skb, call);
	reply = sluice_nl_reply(info, &header);
	if (!reply) {
		sluice_call_put(call);
		return -ENOMEM;
	}
	sluice_enter();
	ret = sluice_put_call(reply, call, SLUICE_PUT_ONE, all);
	sluice_leave();
	sluice_call_put(call);
	return sluice_nl_send(info, reply, header, ret);
}

/* The lock is held for one call at a time: there may be very many. */
int sluice_nl_call_get_dumpit(struct sk_buff *skb,
			      struct netlink_callback *cb)
{
	struct sluice_nl_cursor *cursor = sluice_nl_cursor(cb);
	struct sluice_call *call;
	unsigned long id;
	void *header;
	int ret;

	rcu_read_lock();
	xa_for_each_start(&sluice.calls, id, call, cursor->index) {
		if (!kref_get_unless_zero(&call->ref))
			continue;
		rcu_read_unlock();
		ret = -EMSGSIZE;
		header = sluice_nl_header(skb, cb, SLUICE_CMD_CALL_GET);
		if (header) {
			bool all = may_know(cb->skb, call);

			sluice_enter();
			ret = sluice_put_call(skb, call, SLUICE_PUT_DUMP, all);
			sluice_leave();
			if (ret)
				genlmsg_cancel(skb, header);
			else
				genlmsg_end(skb, header);
		}
		sluice_call_put(call);
		rcu_read_lock();
		if (ret)
			break;
		cursor->index = id + 1;
	}
	rcu_read_unlock();
	return skb->len;
}
