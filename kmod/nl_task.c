// SPDX-License-Identifier: GPL-2.0-only
/* Netlink operations on tasks. */
#include <linux/mutex.h>

#include "class.h"
#include "dispatch.h"
#include "nl.h"
#include "nl_gen.h"
#include "nl_reply.h"
#include "put.h"
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

/*
 * Tokens are looked up before, and used after sluice.lock is given back: what
 * adds and removes them is one at a time with what names them. Taken outside of
 * sluice.lock.
 */
DEFINE_MUTEX(sluice_nl_config);

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
	const char *name;

	if (a[SLUICE_A_TASK_CLASS]) {
		name = nla_data(a[SLUICE_A_TASK_CLASS]);
		config->class = sluice_class_find(name);
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

	ret = sluice_nl_require_name(info, SLUICE_A_TASK_NAME);
	if (ret)
		return ret;
	mutex_lock(&sluice_nl_config);
	ret = parse_config(info, &config);
	task = ret ? NULL :
	       sluice_task_alloc(nla_data(info->attrs[SLUICE_A_TASK_NAME]),
				 &config);
	if (!task) {
		mutex_unlock(&sluice_nl_config);
		return ret ? ret : -ENOMEM;
	}
	spin_lock(&sluice.lock);
	ret = sluice_task_register(task);
	spin_unlock(&sluice.lock);
	mutex_unlock(&sluice_nl_config);
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

	ret = sluice_nl_require_name(info, SLUICE_A_TASK_NAME);
	if (ret)
		return ret;
	task = named_task_lock(info, SLUICE_A_TASK_NAME);
	if (!task)
		return -ENOENT;
	sluice_task_get(task);
	spin_unlock(&sluice.lock);
	mutex_lock(&sluice_nl_config);
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
	mutex_unlock(&sluice_nl_config);
	sluice_task_put(task);
	return ret;
}

int sluice_nl_task_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sluice_task *task;
	int ret;

	ret = sluice_nl_require_name(info, SLUICE_A_TASK_NAME);
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

	ret = sluice_nl_require_name(info, SLUICE_A_TASK_NAME);
	if (ret)
		return ret;
	reply = sluice_nl_reply(info, &header);
	if (!reply)
		return -ENOMEM;
	task = named_task_lock(info, SLUICE_A_TASK_NAME);
	ret = -ENOENT;
	if (task) {
		ret = sluice_put_task(reply, task);
		spin_unlock(&sluice.lock);
	}
	return sluice_nl_send(info, reply, header, ret);
}

int sluice_nl_task_get_dumpit(struct sk_buff *skb,
			      struct netlink_callback *cb)
{
	struct sluice_nl_cursor *cursor = sluice_nl_cursor(cb);
	struct sluice_task *task;
	unsigned long index = 0;
	void *header;
	int bucket;

	spin_lock(&sluice.lock);
	hash_for_each(sluice.tasks, bucket, task, hash) {
		if (index++ < cursor->index)
			continue;
		header = sluice_nl_header(skb, cb, SLUICE_CMD_TASK_GET);
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
