// SPDX-License-Identifier: GPL-2.0-only
/*
 * The door generic netlink: parses, refuses with the reason, and calls down.
 * Policies and the table of operations are generated from
 * docs/netlink/sluice.yaml into nl_gen.c. Operations run in parallel; sluice.lock
 * orders them.
 */
#include "nl.h"

#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

#include "call.h"
#include "class.h"
#include "dispatch.h"
#include "env.h"
#include "event.h"
#include "kfunc.h"
#include "nl_gen.h"
#include "notify.h"
#include "put.h"
#include "sample.h"
#include "task.h"

/* What a task gets that does not say otherwise. */
#define DEFAULT_PRIORITY	50
#define DEFAULT_QUEUE_MAX	1000
#define DEFAULT_QUEUE_BYTES (16U << 20)
#define DEFAULT_INPUT_MAX	(64U << 10)
#define DEFAULT_OUTPUT_MAX	(64U << 10)
#define DEFAULT_ENVS_MAX	1
#define DEFAULT_TIMEOUT	(30 * NSEC_PER_SEC)
#define DEFAULT_IDLE	(60 * NSEC_PER_SEC)

/* Most input of a call submitted by netlink; more goes through /dev/sluice. */
#define CALL_INPUT_MAX	4096

static struct genl_family nl_family;

/*
 * Tokens are looked up before, and used after sluice.lock is given back: what
 * adds and removes them is one at a time with what names them. Taken outside of
 * sluice.lock.
 */
static DEFINE_MUTEX(nl_config_mutex);

/*
 * Answers
 */

static struct sk_buff *reply_new(struct genl_info *info, void **header)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*header = genlmsg_put_reply(skb, info, &nl_family, 0,
				    info->genlhdr->cmd);
	if (*header)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

static int reply_send(struct genl_info *info, struct sk_buff *skb,
		      void *header, int ret)
{
	if (ret) {
		nlmsg_free(skb);
		return ret;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

/* Where a dump goes on: after the object of that index. */
struct dump_cursor {
	unsigned long index;
};

static struct dump_cursor *dump_cursor(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct dump_cursor) > sizeof(cb->ctx));
	return (struct dump_cursor *)cb->ctx;
}

static void *dump_header(struct sk_buff *skb, struct netlink_callback *cb,
			 u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &nl_family, NLM_F_MULTI, cmd);
}

/*
 * Tasks
 */

static int parse_amount(struct nlattr *nest, struct sluice_request *request,
			struct netlink_ext_ack *extack)
{
	struct nlattr *tb[SLUICE_A_AMOUNT_PAD + 1];
	int res, ret;

	ret = nla_parse_nested(tb, SLUICE_A_AMOUNT_PAD, nest,
			       sluice_amount_nl_policy, extack);
	if (ret)
		return ret;
	if (!tb[SLUICE_A_AMOUNT_RESOURCE] || !tb[SLUICE_A_AMOUNT_AMOUNT]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "a request needs resource and amount");
		return -EINVAL;
	}
	spin_lock(&sluice.lock);
	res = sluice_ledger_find(&sluice.ledger,
				 nla_data(tb[SLUICE_A_AMOUNT_RESOURCE]));
	spin_unlock(&sluice.lock);
	if (res < 0) {
		NL_SET_ERR_MSG_ATTR(extack, tb[SLUICE_A_AMOUNT_RESOURCE],
				    "no such resource: declare a token with a budget for it first");
		return -EINVAL;
	}
	request->amount[res] = nla_get_u64(tb[SLUICE_A_AMOUNT_AMOUNT]);
	return 0;
}

static int parse_request(struct genl_info *info,
			 struct sluice_request *request)
{
	struct nlattr *attr;
	int rem, ret;

	if (!info->attrs[SLUICE_A_TASK_REQUEST])
		return 0;
	/* A request is given as a whole: what it does not name is not needed. */
	memset(request, 0, sizeof(*request));
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != SLUICE_A_TASK_REQUEST)
			continue;
		ret = parse_amount(attr, request, info->extack);
		if (ret)
			return ret;
	}
	return 0;
}

static int parse_config(struct genl_info *info,
			struct sluice_task_config *config)
{
	struct nlattr **a = info->attrs;

	if (a[SLUICE_A_TASK_CLASS]) {
		config->class = sluice_class_find(
			nla_data(a[SLUICE_A_TASK_CLASS]));
		if (!config->class) {
			NL_SET_ERR_MSG_ATTR(info->extack,
					    a[SLUICE_A_TASK_CLASS],
					    "no such scheduling class: there is priority");
			return -EINVAL;
		}
	}
	if (a[SLUICE_A_TASK_KIND])
		config->kind = nla_get_u32(a[SLUICE_A_TASK_KIND]);
	if (a[SLUICE_A_TASK_PRIORITY])
		config->priority = nla_get_u32(a[SLUICE_A_TASK_PRIORITY]);
	if (a[SLUICE_A_TASK_TIMEOUT])
		config->timeout = nla_get_u64(a[SLUICE_A_TASK_TIMEOUT]);
	if (a[SLUICE_A_TASK_IDLE])
		config->idle = nla_get_u64(a[SLUICE_A_TASK_IDLE]);
	if (a[SLUICE_A_TASK_QUEUE_MAX])
		config->queue_max = nla_get_u32(a[SLUICE_A_TASK_QUEUE_MAX]);
	if (a[SLUICE_A_TASK_QUEUE_BYTES])
		config->queue_bytes =
			nla_get_u64(a[SLUICE_A_TASK_QUEUE_BYTES]);
	if (a[SLUICE_A_TASK_INPUT_MAX])
		config->input_max = nla_get_u32(a[SLUICE_A_TASK_INPUT_MAX]);
	if (a[SLUICE_A_TASK_OUTPUT_MAX])
		config->output_max = nla_get_u32(a[SLUICE_A_TASK_OUTPUT_MAX]);
	if (a[SLUICE_A_TASK_ENVS_MAX])
		config->envs_max = nla_get_u32(a[SLUICE_A_TASK_ENVS_MAX]);
	/* So that no sum of times overflows. */
	if (config->timeout > S64_MAX / 2 || config->idle > S64_MAX / 2) {
		NL_SET_ERR_MSG(info->extack,
			       "timeout and idle must be below 2^62 ns");
		return -ERANGE;
	}
	if (!config->envs_max) {
		NL_SET_ERR_MSG_ATTR(info->extack, a[SLUICE_A_TASK_ENVS_MAX],
				    "a task needs at least one environment");
		return -EINVAL;
	}
	return parse_request(info, &config->request);
}

static bool name_ok(const char *name)
{
	const char *c;

	for (c = name; *c; c++)
		if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9') &&
		    (*c != '-' || c == name))
			return false;
	return *name;
}

static int require_name(struct genl_info *info, int attr)
{
	if (GENL_REQ_ATTR_CHECK(info, attr)) {
		NL_SET_ERR_MSG(info->extack, "a name is required");
		return -EINVAL;
	}
	if (name_ok(nla_data(info->attrs[attr])))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[attr],
			    "a name has a-z, 0-9 and - and does not begin with -");
	return -EINVAL;
}

int sluice_nl_task_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sluice_task_config config = {
		.class = &sluice_class_priority,
		.priority = DEFAULT_PRIORITY,
		.queue_max = DEFAULT_QUEUE_MAX,
		.queue_bytes = DEFAULT_QUEUE_BYTES,
		.input_max = DEFAULT_INPUT_MAX,
		.output_max = DEFAULT_OUTPUT_MAX,
		.envs_max = DEFAULT_ENVS_MAX,
		.timeout = DEFAULT_TIMEOUT,
		.idle = DEFAULT_IDLE,
	};
	struct sluice_task *task;
	int ret;

	ret = require_name(info, SLUICE_A_TASK_NAME);
	if (ret)
		return ret;
	mutex_lock(&nl_config_mutex);
	ret = parse_config(info, &config);
	task = ret ? NULL :
	       sluice_task_alloc(nla_data(info->attrs[SLUICE_A_TASK_NAME]),
				 &config);
	if (!task) {
		mutex_unlock(&nl_config_mutex);
		return ret ? ret : -ENOMEM;
	}
	spin_lock(&sluice.lock);
	ret = sluice_task_register(task);
	spin_unlock(&sluice.lock);
	mutex_unlock(&nl_config_mutex);
	if (!ret)
		return 0;
	sluice_task_put(task);
	if (ret == -EEXIST)
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[SLUICE_A_TASK_NAME],
				    "the task exists: use task-set to change it");
	else
		NL_SET_ERR_MSG(info->extack,
			       "too many tasks: see module parameter max_tasks");
	return ret;
}

/* The task that the request names, with sluice.lock held; NULL without. */
static struct sluice_task *named_task_lock(struct genl_info *info, int attr)
{
	struct sluice_task *task;

	spin_lock(&sluice.lock);
	task = sluice_task_find(nla_data(info->attrs[attr]));
	if (task)
		return task;
	spin_unlock(&sluice.lock);
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[attr], "no such task");
	return NULL;
}

int sluice_nl_task_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sluice_task_config config;
	struct sluice_task *task;
	int ret;

	ret = require_name(info, SLUICE_A_TASK_NAME);
	if (ret)
		return ret;
	task = named_task_lock(info, SLUICE_A_TASK_NAME);
	if (!task)
		return -ENOENT;
	sluice_task_get(task);
	spin_unlock(&sluice.lock);
	mutex_lock(&nl_config_mutex);
	/* Nobody else changes it meanwhile. */
	config = task->config;
	ret = parse_config(info, &config);
	if (!ret) {
		spin_lock(&sluice.lock);
		if (task->closing)
			ret = -ENOENT;
		else
			sluice_dispatch_task_changed(task, &config);
		spin_unlock(&sluice.lock);
	}
	mutex_unlock(&nl_config_mutex);
	sluice_task_put(task);
	return ret;
}

int sluice_nl_task_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sluice_task *task;
	int ret;

	ret = require_name(info, SLUICE_A_TASK_NAME);
	if (ret)
		return ret;
	task = named_task_lock(info, SLUICE_A_TASK_NAME);
	if (!task)
		return -ENOENT;
	/* The reference for being registered becomes ours. */
	sluice_dispatch_task_del(task);
	spin_unlock(&sluice.lock);
	sluice_task_put(task);
	return 0;
}

int sluice_nl_task_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sluice_task *task;
	struct sk_buff *reply;
	void *header;
	int ret;

	ret = require_name(info, SLUICE_A_TASK_NAME);
	if (ret)
		return ret;
	reply = reply_new(info, &header);
	if (!reply)
		return -ENOMEM;
	task = named_task_lock(info, SLUICE_A_TASK_NAME);
	ret = -ENOENT;
	if (task) {
		ret = sluice_put_task(reply, task);
		spin_unlock(&sluice.lock);
	}
	return reply_send(info, reply, header, ret);
}

int sluice_nl_task_get_dumpit(struct sk_buff *skb,
			      struct netlink_callback *cb)
{
	struct dump_cursor *cursor = dump_cursor(cb);
	struct sluice_task *task;
	unsigned long index = 0;
	void *header;
	int bucket;

	spin_lock(&sluice.lock);
	hash_for_each(sluice.tasks, bucket, task, hash) {
		if (index++ < cursor->index)
			continue;
		header = dump_header(skb, cb, SLUICE_CMD_TASK_GET);
		if (!header)
			break;
		if (sluice_put_task(skb, task)) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
		cursor->index = index;
	}
	spin_unlock(&sluice.lock);
	return skb->len;
}

/*
 * Environments
 */

static int require_env(struct genl_info *info, u32 *id)
{
	if (GENL_REQ_ATTR_CHECK(info, SLUICE_A_ENV_ID)) {
		NL_SET_ERR_MSG(info->extack, "an environment's id is required");
		return -EINVAL;
	}
	*id = nla_get_u32(info->attrs[SLUICE_A_ENV_ID]);
	return 0;
}

static int env_observe(struct genl_info *info, u32 id)
{
	struct nlattr *time = info->attrs[SLUICE_A_ENV_CPU_TIME];
	struct nlattr *pids = info->attrs[SLUICE_A_ENV_PIDS];
	struct sluice_env *env;
	int ret = -ENOENT;

	spin_lock(&sluice.lock);
	env = sluice_env_find(id);
	if (env) {
		if (time)
			env->cpu_agent = nla_get_u64(time);
		if (pids &&
		    sluice_ledger_measure(&sluice.ledger, &env->share,
					  SLUICE_RES_PIDS, nla_get_u32(pids)))
			sluice_dispatch_grew(SLUICE_RES_PIDS);
		ret = 0;
	}
	spin_unlock(&sluice.lock);
	return ret;
}

int sluice_nl_env_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *state = info->attrs[SLUICE_A_ENV_STATE];
	struct nlattr *message = info->attrs[SLUICE_A_ENV_MESSAGE];
	u32 id;
	int ret;

	ret = require_env(info, &id);
	if (ret)
		return ret;
	if (!state) {
		ret = env_observe(info, id);
	} else if (nla_get_u32(state) == SLUICE_ENV_STATE_RETIRING) {
		ret = sluice_dispatch_env_drain(id);
	} else if (nla_get_u32(state) != SLUICE_ENV_STATE_FAILED) {
		NL_SET_ERR_MSG_ATTR(info->extack, state,
				    "only failed and retiring can be set");
		return -EINVAL;
	} else {
		ret = sluice_dispatch_env_failed(id, message ?
						 nla_data(message) : "");
	}
	if (ret == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[SLUICE_A_ENV_ID],
				    "no such environment");
	else if (ret == -ESTALE)
		NL_SET_ERR_MSG(info->extack, "the environment is not wanted");
	return ret;
}

int sluice_nl_env_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	u32 id;
	int ret;

	ret = require_env(info, &id);
	if (ret)
		return ret;
	ret = sluice_dispatch_env_del(id);
	if (ret)
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[SLUICE_A_ENV_ID],
				    "no such environment");
	return ret;
}

int sluice_nl_env_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sluice_env *env;
	struct sk_buff *reply;
	void *header;
	u32 id;
	int ret;

	ret = require_env(info, &id);
	if (ret)
		return ret;
	reply = reply_new(info, &header);
	if (!reply)
		return -ENOMEM;
	spin_lock(&sluice.lock);
	env = sluice_env_find(id);
	ret = env ? sluice_put_env(reply, env) : -ENOENT;
	spin_unlock(&sluice.lock);
	if (ret == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[SLUICE_A_ENV_ID],
				    "no such environment");
	return reply_send(info, reply, header, ret);
}

int sluice_nl_env_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump_cursor *cursor = dump_cursor(cb);
	struct sluice_env *env;
	unsigned long id;
	void *header;

	spin_lock(&sluice.lock);
	xa_for_each_start(&sluice.envs, id, env, cursor->index) {
		header = dump_header(skb, cb, SLUICE_CMD_ENV_GET);
		if (!header)
			break;
		if (sluice_put_env(skb, env)) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
		cursor->index = id + 1;
	}
	spin_unlock(&sluice.lock);
	return skb->len;
}

/*
 * Calls
 */

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
		return "the task needs more of a resource than its budget: the call could never start";
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
	default:
		return "no memory for the call";
	}
}

static int call_refused(struct genl_info *info,
			const struct sluice_refused *refused)
{
	char name[SLUICE_NAME_SIZE] = "";

	strscpy(name, nla_data(info->attrs[SLUICE_A_CALL_TASK]), sizeof(name));
	sluice_event_refused(name, refused->refusal, refused->asked,
			     refused->limit);
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

	ret = require_name(info, SLUICE_A_CALL_TASK);
	if (ret)
		return ret;
	if (len > CALL_INPUT_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, a[SLUICE_A_CALL_INPUT],
				    "at most 4096 bytes by netlink: use /dev/sluice");
		return -EMSGSIZE;
	}
	reply = reply_new(info, &header);
	if (!reply)
		return -ENOMEM;
	task = sluice_dispatch_task(nla_data(a[SLUICE_A_CALL_TASK]), len,
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
	if (len)
		memcpy(call->input, nla_data(a[SLUICE_A_CALL_INPUT]), len);
	ret = sluice_dispatch_submit(call, NULL, &refused);
	if (ret) {
		sluice_call_put(call);
		nlmsg_free(reply);
		return call_refused(info, &refused);
	}
	/* The call may have ended already: its id is all that we have. */
	ret = nla_put_u64_64bit(reply, SLUICE_A_CALL_ID, refused.id,
				SLUICE_A_CALL_PAD);
	return reply_send(info, reply, header, ret);
}

int sluice_nl_call_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sluice_call *call = require_call(info);
	int ret;

	if (IS_ERR(call))
		return PTR_ERR(call);
	if (GENL_REQ_ATTR_CHECK(info, SLUICE_A_CALL_PRIORITY)) {
		NL_SET_ERR_MSG(info->extack, "a priority is required");
		ret = -EINVAL;
	} else {
		ret = sluice_dispatch_reprioritise(call,
			nla_get_u32(info->attrs[SLUICE_A_CALL_PRIORITY]));
		if (ret)
			NL_SET_ERR_MSG(info->extack,
				       "the call does not wait any more");
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
	ret = sluice_dispatch_cancel(call);
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
	reply = reply_new(info, &header);
	if (!reply) {
		sluice_call_put(call);
		return -ENOMEM;
	}
	spin_lock(&sluice.lock);
	ret = sluice_put_call(reply, call);
	spin_unlock(&sluice.lock);
	sluice_call_put(call);
	return reply_send(info, reply, header, ret);
}

/* The lock is held for one call at a time: there may be very many. */
int sluice_nl_call_get_dumpit(struct sk_buff *skb,
			      struct netlink_callback *cb)
{
	struct dump_cursor *cursor = dump_cursor(cb);
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
		header = dump_header(skb, cb, SLUICE_CMD_CALL_GET);
		if (header) {
			spin_lock(&sluice.lock);
			ret = sluice_put_call(skb, call);
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

/*
 * Budgets
 */

int sluice_nl_budget_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *budget = info->attrs[SLUICE_A_BUDGET_BUDGET];
	struct nlattr *reserve = info->attrs[SLUICE_A_BUDGET_RESERVE];
	struct netlink_ext_ack *extack = info->extack;
	struct sluice_account *account;
	const char *name;
	int res, ret;

	ret = require_name(info, SLUICE_A_BUDGET_RESOURCE);
	if (ret)
		return ret;
	name = nla_data(info->attrs[SLUICE_A_BUDGET_RESOURCE]);
	mutex_lock(&nl_config_mutex);
	spin_lock(&sluice.lock);
	res = sluice_ledger_find(&sluice.ledger, name);
	if (res < 0 && !budget) {
		NL_SET_ERR_MSG(extack, "a new token needs a budget");
		ret = -EINVAL;
	} else if (reserve && (res < 0 || res > SLUICE_RES_CPU)) {
		NL_SET_ERR_MSG_ATTR(extack, reserve,
				    "only memory and cpu have a reserve");
		ret = -EINVAL;
	} else if (res < 0) {
		res = sluice_ledger_declare(&sluice.ledger, name);
		if (res < 0) {
			NL_SET_ERR_MSG(extack, "too many tokens: at most 29");
			ret = res;
		}
	} else if (budget && nla_get_u64(budget) <
		   sluice.ledger.account[res].reserved) {
		NL_SET_ERR_MSG_ATTR(extack, budget,
				    "running calls have more than that reserved: try again when they ended");
		ret = -EBUSY;
	}
	if (!ret) {
		account = &sluice.ledger.account[res];
		if (budget)
			account->budget = nla_get_u64(budget);
		if (reserve)
			account->reserve = nla_get_u64(reserve);
		sluice_dispatch_budget_changed(res);
	}
	spin_unlock(&sluice.lock);
	mutex_unlock(&nl_config_mutex);
	return ret;
}

int sluice_nl_budget_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct netlink_ext_ack *extack = info->extack;
	const struct sluice_account *account;
	struct sluice_account gone;
	int res, ret;

	ret = require_name(info, SLUICE_A_BUDGET_RESOURCE);
	if (ret)
		return ret;
	mutex_lock(&nl_config_mutex);
	spin_lock(&sluice.lock);
	res = sluice_ledger_find(&sluice.ledger,
		nla_data(info->attrs[SLUICE_A_BUDGET_RESOURCE]));
	account = &sluice.ledger.account[max(res, 0)];
	if (res < 0) {
		NL_SET_ERR_MSG(extack, "no such resource");
		ret = -ENOENT;
	} else if (res < SLUICE_RES_TOKEN) {
		NL_SET_ERR_MSG(extack, "memory, cpu and pids are always there");
		ret = -EINVAL;
	} else if (account->users || account->reserved) {
		NL_SET_ERR_MSG(extack,
			       "a task names the token, or a call holds it");
		ret = -EBUSY;
	} else {
		gone = *account;
		sluice_ledger_forget(&sluice.ledger, res);
		sluice_event_budget(&gone, SLUICE_COUNT_BUDGET_DEL);
	}
	spin_unlock(&sluice.lock);
	mutex_unlock(&nl_config_mutex);
	return ret;
}

int sluice_nl_budget_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	void *header;
	int res, ret;

	ret = require_name(info, SLUICE_A_BUDGET_RESOURCE);
	if (ret)
		return ret;
	reply = reply_new(info, &header);
	if (!reply)
		return -ENOMEM;
	spin_lock(&sluice.lock);
	sluice_sample_memory();
	res = sluice_ledger_find(&sluice.ledger,
		nla_data(info->attrs[SLUICE_A_BUDGET_RESOURCE]));
	ret = res < 0 ? res : sluice_put_budget(reply, res);
	spin_unlock(&sluice.lock);
	if (res < 0)
		NL_SET_ERR_MSG(info->extack, "no such resource");
	return reply_send(info, reply, header, ret);
}

int sluice_nl_budget_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	struct dump_cursor *cursor = dump_cursor(cb);
	void *header;

	spin_lock(&sluice.lock);
	sluice_sample_memory();
	for (; cursor->index < SLUICE_RES_MAX; cursor->index++) {
		if (!*sluice.ledger.account[cursor->index].name)
			continue;
		header = dump_header(skb, cb, SLUICE_CMD_BUDGET_GET);
		if (!header)
			break;
		if (sluice_put_budget(skb, cursor->index)) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
	}
	spin_unlock(&sluice.lock);
	return skb->len;
}

/*
 * Statistics
 */

static int put_counters(struct sk_buff *skb, const char *only)
{
	struct nlattr *nest;
	int i;

	for (i = 0; i < SLUICE_COUNTERS; i++) {
		if (only && strcmp(only, sluice_counter_names[i]))
			continue;
		nest = nla_nest_start(skb, SLUICE_A_STATS_COUNTER);
		if (!nest ||
		    nla_put_string(skb, SLUICE_A_COUNTER_NAME,
				   sluice_counter_names[i]) ||
		    nla_put_u64_64bit(skb, SLUICE_A_COUNTER_VALUE,
				      sluice.counters[i],
				      SLUICE_A_COUNTER_PAD))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static const char *cpu_source(void)
{
	if (sluice.cpu_ebpf)
		return "ebpf";
	return sluice.agent_port ? "agent" : "none";
}

static int put_stats(struct sk_buff *skb)
{
	if (nla_put_u32(skb, SLUICE_A_STATS_CALLS_WAITING, sluice.waiting) ||
	    nla_put_u32(skb, SLUICE_A_STATS_CALLS_RUNNING, sluice.running) ||
	    nla_put_u64_64bit(skb, SLUICE_A_STATS_BYTES_WAITING,
			      sluice.waiting_bytes, SLUICE_A_STATS_PAD) ||
	    nla_put_u32(skb, SLUICE_A_STATS_ENVS, sluice.env_count) ||
	    nla_put_u32(skb, SLUICE_A_STATS_TASKS, sluice.task_count) ||
	    nla_put_string(skb, SLUICE_A_STATS_CPU_SOURCE, cpu_source()) ||
	    nla_put_u32(skb, SLUICE_A_STATS_MODULE_BTF,
			sluice_kfunc_usable()) ||
	    nla_put_u32(skb, SLUICE_A_STATS_AGENT_PID,
			sluice.agent_port ? sluice.agent_pid : 0))
		return -EMSGSIZE;
	return 0;
}

int sluice_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *only = info->attrs[SLUICE_A_STATS_ONLY];
	struct sk_buff *reply;
	void *header;
	int ret;

	reply = reply_new(info, &header);
	if (!reply)
		return -ENOMEM;
	spin_lock(&sluice.lock);
	ret = put_counters(reply, only ? nla_data(only) : NULL);
	if (!ret)
		ret = put_stats(reply);
	spin_unlock(&sluice.lock);
	return reply_send(info, reply, header, ret);
}

/*
 * The agent
 */

int sluice_nl_agent_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *source = info->attrs[SLUICE_A_AGENT_CPU_SOURCE];
	struct nlattr *pid = info->attrs[SLUICE_A_AGENT_PID];
	bool ebpf = source && nla_get_u32(source);
	int ret = 0;

	if (ebpf && !sluice_kfunc_usable()) {
		NL_SET_ERR_MSG_ATTR(info->extack, source,
				    "this kernel gives the module no BTF: eBPF programs cannot call it");
		return -EOPNOTSUPP;
	}
	spin_lock(&sluice.lock);
	if (sluice.agent_port && sluice.agent_port != info->snd_portid) {
		NL_SET_ERR_MSG(info->extack, "another agent runs");
		ret = -EBUSY;
	} else {
		sluice_dispatch_agent(info->snd_portid,
				      pid ? nla_get_u32(pid) : 0, ebpf);
	}
	spin_unlock(&sluice.lock);
	return ret;
}

/* The agent's socket was closed: it ended, however that came about. */
static int nl_released(struct notifier_block *nb, unsigned long event,
		       void *data)
{
	const struct netlink_notify *notify = data;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC ||
	    !net_eq(notify->net, &init_net))
		return NOTIFY_DONE;
	spin_lock(&sluice.lock);
	if (sluice.agent_port && sluice.agent_port == notify->portid)
		sluice_dispatch_agent(0, 0, false);
	spin_unlock(&sluice.lock);
	return NOTIFY_DONE;
}

static struct notifier_block nl_notifier = {
	.notifier_call = nl_released,
};

/*
 * The family
 */

static const struct genl_multicast_group nl_groups[] = {
	[SLUICE_NLGRP_EVENTS] = { .name = SLUICE_MCGRP_EVENTS },
	[SLUICE_NLGRP_AGENT] = { .name = SLUICE_MCGRP_AGENT },
};

/* One machine, one queue: no network namespace but the first sees it. */
static struct genl_family nl_family __ro_after_init = {
	.name = SLUICE_FAMILY_NAME,
	.version = SLUICE_FAMILY_VERSION,
	.netnsok = false,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = sluice_nl_ops,
	.n_ops = ARRAY_SIZE(sluice_nl_ops),
	.mcgrps = nl_groups,
	.n_mcgrps = ARRAY_SIZE(nl_groups),
};

int __init sluice_nl_init(void)
{
	int ret;

	ret = genl_register_family(&nl_family);
	if (ret)
		return ret;
	sluice_notify_family(&nl_family);
	ret = netlink_register_notifier(&nl_notifier);
	if (ret) {
		sluice_notify_family(NULL);
		genl_unregister_family(&nl_family);
	}
	return ret;
}

void sluice_nl_exit(void)
{
	netlink_unregister_notifier(&nl_notifier);
	sluice_notify_family(NULL);
	genl_unregister_family(&nl_family);
}

MODULE_ALIAS_GENL_FAMILY(SLUICE_FAMILY_NAME);
