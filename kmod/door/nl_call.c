// SPDX-License-Identifier: GPL-2.0-only
/* Netlink operations on calls. */
#include "object/call.h"
#include "base/event.h"
#include "door/nl_gen.h"
#include "door/nl_reply.h"
#include "engine/operate.h"
#include "door/put.h"
#include "engine/submit.h"
#include "object/task.h"

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
		return "too many calls wait: try later, or raise module parameter max_calls";
	case SLUICE_REFUSAL_TOTAL_BYTES:
		return "too many bytes wait: try later, or raise module parameter max_bytes";
	case SLUICE_REFUSAL_CLOSING:
		return "the task is being removed";
	case SLUICE_REFUSAL_DRAINING:
		return "the task is being drained: resume it first";
	case SLUICE_REFUSAL_NO_DEADLINE:
		return "the class deadline needs a runtime and a deadline, of the call or of its task";
	case SLUICE_REFUSAL_UNSCHEDULABLE:
		return "the deadlines accepted so far leave too little of the CPU budget, or it runs longer than its deadline";
	default:
		return "no memory for the call";
	}
}

static int call_refused(struct genl_info *info,
			const struct sluice_refused *refused)
{
	static const u8 none[SLUICE_TRACE_ID_LEN];
	struct nlattr *trace_id = info->attrs[SLUICE_A_CALL_TRACE_ID];
	char name[SLUICE_NAME_SIZE] = "";
	const struct sluice_refusal_event event = {
		.task = name,
		.refusal = refused->refusal,
		.asked = refused->asked,
		.limit = refused->limit,
		.trace_id = trace_id ? nla_data(trace_id) : none,
	};

	strscpy(name, nla_data(info->attrs[SLUICE_A_CALL_TASK]), sizeof(name));
	sluice_event_refused(&event);
	if (info->extack)
		info->extack->_msg = refusal_text(refused->refusal);
	return sluice_refusal_errno(refused->refusal);
}

int sluice_nl_call_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **a = info->attrs;
	struct sluice_refused refused;
	struct sluice_task *task;
	struct sluice_call *call;
	struct sk_buff *reply;
	u32 len = a[SLUICE_A_CALL_INPUT] ? nla_len(a[SLUICE_A_CALL_INPUT]) : 0;
	void *header;
	int ret;

	ret = sluice_nl_require_name(info, SLUICE_A_CALL_TASK);
	if (ret)
		return ret;
	if (len > CALL_INPUT_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, a[SLUICE_A_CALL_INPUT],
				    "at most 4096 bytes by netlink: use /dev/sluice");
		return -EMSGSIZE;
	}
	reply = sluice_nl_reply(info, &header);
	if (!reply)
		return -ENOMEM;
	task = sluice_submit_task(nla_data(a[SLUICE_A_CALL_TASK]), len,
				  &refused);
	if (!task) {
		nlmsg_free(reply);
		return call_refused(info, &refused);
	}
	call = sluice_call_alloc(len);
	if (!call) {
		sluice_task_put(task);
		nlmsg_free(reply);
		return -ENOMEM;
	}
	call->task = task;
	call->priority = a[SLUICE_A_CALL_PRIORITY] ?
			 nla_get_u32(a[SLUICE_A_CALL_PRIORITY]) :
			 READ_ONCE(task->config.priority);
	if (a[SLUICE_A_CALL_TIMEOUT])
		call->timeout = min_t(u64, S64_MAX / 2,
				      nla_get_u64(a[SLUICE_A_CALL_TIMEOUT]));
	if (a[SLUICE_A_CALL_DEADLINE])
		call->deadline = min_t(u64, S64_MAX / 2,
				       nla_get_u64(a[SLUICE_A_CALL_DEADLINE]));
	if (a[SLUICE_A_CALL_RUNTIME])
		call->runtime = min_t(u64, S64_MAX / 2,
				      nla_get_u64(a[SLUICE_A_CALL_RUNTIME]));
	sluice_call_identify(call, a[SLUICE_A_CALL_TRACE_ID] ?
			     nla_data(a[SLUICE_A_CALL_TRACE_ID]) : NULL);
	if (a[SLUICE_A_CALL_KEY] && nla_len(a[SLUICE_A_CALL_KEY]) > 1 &&
	    sluice_call_key(call, nla_data(a[SLUICE_A_CALL_KEY]))) {
		sluice_call_put(call);
		nlmsg_free(reply);
		return -ENOMEM;
	}
	if (len)
		memcpy(call->input, nla_data(a[SLUICE_A_CALL_INPUT]), len);
	ret = sluice_submit(call, NULL, false, &refused);
	if (ret) {
		sluice_call_put(call);
		nlmsg_free(reply);
		return call_refused(info, &refused);
	}
	/* The call may have ended already: its id is all that we have. */
	ret = nla_put_u64_64bit(reply, SLUICE_A_CALL_ID, refused.id,
				SLUICE_A_CALL_PAD);
	return sluice_nl_send(info, reply, header, ret);
}

int sluice_nl_call_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *priority = info->attrs[SLUICE_A_CALL_PRIORITY];
	struct nlattr *deadline = info->attrs[SLUICE_A_CALL_DEADLINE];
	struct sluice_call *call = require_call(info);
	struct sluice_refused refused = { 0 };
	u32 other;
	u64 until;
	int ret;

	if (IS_ERR(call))
		return PTR_ERR(call);
	if (!priority && !deadline) {
		NL_SET_ERR_MSG(info->extack,
			       "a priority or a deadline is required");
		ret = -EINVAL;
	} else {
		other = priority ? nla_get_u32(priority) : 0;
		until = deadline ? min_t(u64, S64_MAX / 2,
					 nla_get_u64(deadline)) : 0;
		ret = sluice_submit_again(call, priority ? &other : NULL,
					  deadline ? &until : NULL, &refused);
		if (ret == -EALREADY)
			NL_SET_ERR_MSG(info->extack,
				       "the call does not wait any more");
		else if (ret && info->extack)
			info->extack->_msg = refusal_text(refused.refusal);
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
	ret = sluice_operate_cancel(call);
	if (ret)
		NL_SET_ERR_MSG(info->extack, "the call has ended");
	sluice_call_put(call);
	return ret;
}

int sluice_nl_call_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sluice_call *call = require_call(info);
	struct sk_buff *reply;
	void *header;
	int ret;

	if (IS_ERR(call))
		return PTR_ERR(call);
	reply = sluice_nl_reply(info, &header);
	if (!reply) {
		sluice_call_put(call);
		return -ENOMEM;
	}
	spin_lock(&sluice.lock);
	ret = sluice_put_call(reply, call, SLUICE_PUT_ONE);
	spin_unlock(&sluice.lock);
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
			spin_lock(&sluice.lock);
			ret = sluice_put_call(skb, call, SLUICE_PUT_DUMP);
			spin_unlock(&sluice.lock);
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
