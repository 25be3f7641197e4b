// SPDX-License-Identifier: GPL-2.0-only
/* Netlink operations on tasks. */
#include <linux/mutex.h>

#include "door/nl_gen.h"
#include "door/nl_reply.h"
#include "door/put.h"
#include "engine/dispatch.h"
#include "engine/operate.h"
#include "object/task.h"
#include "policy/class.h"

/* What a task gets that does not say otherwise. */
#define DEFAULT_PRIORITY	50
#define DEFAULT_PRIORITY_MAX	SLUICE_PRIORITY_MAX
#define DEFAULT_QUEUE_MAX	1000
#define DEFAULT_QUEUE_BYTES (16U << 20)
#define DEFAULT_INPUT_MAX	(64U << 10)
#define DEFAULT_OUTPUT_MAX	(64U << 10)
#define DEFAULT_ENVS_MAX	1
#define DEFAULT_TIMEOUT	(30 * NSEC_PER_SEC)
#define DEFAULT_IDLE	(60 * NSEC_PER_SEC)
#define DEFAULT_START_TIMEOUT (30 * NSEC_PER_SEC)
#define DEFAULT_GRACE	(500 * NSEC_PER_MSEC)
#define DEFAULT_WEIGHT		100
#define DEFAULT_BACKOFF	(1 * NSEC_PER_SEC)
#define DEFAULT_QUARANTINE_AFTER 10
#define DEFAULT_QUARANTINE (30 * NSEC_PER_SEC)
/* Longer is no use, and a shift of it must not overflow. */
#define RETRIES_MAX		1000
#define OVERHEAD_MAX		BIT_ULL(30)

/* What is asked for last of a quantity counts; a token is named once. */
static int set_amount(struct sluice_request *request,
		      struct sluice_account *account, u64 amount,
		      struct nlattr *nest, struct netlink_ext_ack *extack)
{
	if (account->res < SLUICE_QUANTITIES) {
		request->amount[account->res] = amount;
		return 0;
	}
	if (!amount)
		return 0;
	if (request->tokens->count == SLUICE_TOKENS_EACH) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "a task names at most 32 tokens");
		return -E2BIG;
	}
	if (!sluice_tokens_add(request->tokens, account, amount)) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "the task names the token twice");
		return -EINVAL;
	}
	return 0;
}

/* Nobody can remove a token while sluice_nl_config is held. */
static int parse_amount(struct nlattr *nest, struct sluice_request *request,
			struct netlink_ext_ack *extack)
{
	struct nlattr *tb[SLUICE_A_AMOUNT_PAD + 1];
	struct sluice_account *account;
	int ret;

	ret = nla_parse_nested(tb, SLUICE_A_AMOUNT_PAD, nest,
			       sluice_amount_nl_policy, extack);
	if (ret)
		return ret;
	if (!tb[SLUICE_A_AMOUNT_RESOURCE] || !tb[SLUICE_A_AMOUNT_AMOUNT]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "a request needs resource and amount");
		return -EINVAL;
	}
	sluice_enter();
	account = sluice_ledger_find(&sluice.ledger,
				     nla_data(tb[SLUICE_A_AMOUNT_RESOURCE]));
	sluice_leave();
	if (!account) {
		NL_SET_ERR_MSG_ATTR(extack, tb[SLUICE_A_AMOUNT_RESOURCE],
				    "no such resource: declare a token with a budget for it first");
		return -EINVAL;
	}
	return set_amount(request, account,
			  nla_get_u64(tb[SLUICE_A_AMOUNT_AMOUNT]), nest,
			  extack);
}

static int parse_amounts(struct genl_info *info, struct sluice_request *request)
{
	struct nlattr *attr;
	int rem, ret;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != SLUICE_A_TASK_REQUEST)
			continue;
		ret = parse_amount(attr, request, info->extack);
		if (ret)
			return ret;
	}
	return 0;
}

/* A request is given as a whole: what it does not name is not needed. */
static int parse_request(struct genl_info *info,
			 struct sluice_request *request)
{
	struct sluice_request new = { .tokens = NULL };
	int ret;

	if (!info->attrs[SLUICE_A_TASK_REQUEST])
		return 0;
	new.tokens = sluice_tokens_new(SLUICE_TOKENS_EACH);
	if (!new.tokens)
		return -ENOMEM;
	ret = parse_amounts(info, &new);
	if (ret || !new.tokens->count) {
		sluice_tokens_put(new.tokens);
		new.tokens = NULL;
	}
	if (ret)
		return ret;
	sluice_tokens_put(request->tokens);
	*request = new;
	return 0;
}

static int parse_class(struct nlattr *attr, struct sluice_task_config *config,
		       struct netlink_ext_ack *extack)
{
	struct sluice_class *class;

	if (!attr)
		return 0;
	class = sluice_class_find(nla_data(attr));
	if (!class) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "no such scheduling class: there are deadline, priority, fair and batch");
		return -EINVAL;
	}
	config->class = class;
	config->patience = class->patience;
	return 0;
}

/* A time, so that no sum of times overflows. */
static int parse_time(struct nlattr *attr, u64 *time,
		      struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	if (nla_get_u64(attr) > S64_MAX / 2) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "a time must be below 2^62 ns");
		return -ERANGE;
	}
	*time = nla_get_u64(attr);
	return 0;
}

static int parse_times(struct nlattr **a, struct sluice_task_config *config,
		       struct netlink_ext_ack *extack)
{
	const struct {
		int	attr;
		u64	*time;
	} times[] = {
		{ SLUICE_A_TASK_TIMEOUT, &config->timeout },
		{ SLUICE_A_TASK_IDLE, &config->idle },
		{ SLUICE_A_TASK_RUNTIME, &config->runtime },
		{ SLUICE_A_TASK_DEADLINE, &config->deadline },
		{ SLUICE_A_TASK_PATIENCE, &config->patience },
		{ SLUICE_A_TASK_BACKOFF, &config->backoff },
		{ SLUICE_A_TASK_QUARANTINE, &config->quarantine },
		{ SLUICE_A_TASK_START_TIMEOUT, &config->start_timeout },
		{ SLUICE_A_TASK_GRACE, &config->grace },
	};
	int i, ret = 0;

	for (i = 0; i < ARRAY_SIZE(times) && !ret; i++)
		ret = parse_time(a[times[i].attr], times[i].time, extack);
	if (!ret && config->deadline && config->runtime > config->deadline) {
		NL_SET_ERR_MSG_ATTR(extack, a[SLUICE_A_TASK_RUNTIME],
				    "runtime is longer than deadline");
		return -EINVAL;
	}
	if (!ret && !config->start_timeout) {
		NL_SET_ERR_MSG_ATTR(extack, a[SLUICE_A_TASK_START_TIMEOUT],
				    "a start-timeout is more than 0");
		return -EINVAL;
	}
	return ret;
}

/* How the queue of the task behaves. */
static int parse_queue(struct nlattr **a, struct sluice_task_config *config,
		       struct netlink_ext_ack *extack)
{
	if (a[SLUICE_A_TASK_WEIGHT])
		config->weight = nla_get_u32(a[SLUICE_A_TASK_WEIGHT]);
	if (a[SLUICE_A_TASK_RUNNING_MAX])
		config->running_max = nla_get_u32(a[SLUICE_A_TASK_RUNNING_MAX]);
	if (a[SLUICE_A_TASK_OVERFLOW])
		config->overflow = nla_get_u32(a[SLUICE_A_TASK_OVERFLOW]);
	if (a[SLUICE_A_TASK_KEYS])
		config->keys = nla_get_u32(a[SLUICE_A_TASK_KEYS]);
	if (a[SLUICE_A_TASK_RETRIES])
		config->retries = nla_get_u32(a[SLUICE_A_TASK_RETRIES]);
	if (a[SLUICE_A_TASK_QUARANTINE_AFTER])
		config->quarantine_after =
			nla_get_u32(a[SLUICE_A_TASK_QUARANTINE_AFTER]);
	if (!config->weight) {
		NL_SET_ERR_MSG_ATTR(extack, a[SLUICE_A_TASK_WEIGHT],
				    "a weight is 1 to 10000");
		return -EINVAL;
	}
	if (config->retries > RETRIES_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, a[SLUICE_A_TASK_RETRIES],
				    "at most 1000 retries");
		return -ERANGE;
	}
	return 0;
}

static int parse_priority(struct nlattr **a, struct sluice_task_config *config,
			  struct netlink_ext_ack *extack)
{
	if (a[SLUICE_A_TASK_PRIORITY])
		config->priority = nla_get_u32(a[SLUICE_A_TASK_PRIORITY]);
	if (a[SLUICE_A_TASK_PRIORITY_MAX])
		config->priority_max =
			nla_get_u32(a[SLUICE_A_TASK_PRIORITY_MAX]);
	if (config->priority <= config->priority_max)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, a[SLUICE_A_TASK_PRIORITY_MAX] ?
			    a[SLUICE_A_TASK_PRIORITY_MAX] :
			    a[SLUICE_A_TASK_PRIORITY],
			    "priority is above priority-max");
	return -EINVAL;
}

static int parse_config(struct genl_info *info,
			struct sluice_task_config *config)
{
	struct nlattr **a = info->attrs;
	int ret;

	ret = parse_class(a[SLUICE_A_TASK_CLASS], config, info->extack);
	if (!ret)
		ret = parse_times(a, config, info->extack);
	if (!ret)
		ret = parse_priority(a, config, info->extack);
	if (!ret)
		ret = parse_queue(a, config, info->extack);
	if (ret)
		return ret;
	if (a[SLUICE_A_TASK_KIND])
		config->kind = nla_get_u32(a[SLUICE_A_TASK_KIND]);
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
	if (!config->envs_max) {
		NL_SET_ERR_MSG_ATTR(info->extack, a[SLUICE_A_TASK_ENVS_MAX],
				    "a task needs at least one environment");
		return -EINVAL;
	}
	if (a[SLUICE_A_TASK_OVERHEAD])
		config->overhead = nla_get_u64(a[SLUICE_A_TASK_OVERHEAD]);
	if (config->overhead > OVERHEAD_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, a[SLUICE_A_TASK_OVERHEAD],
				    "an environment takes at most 1 GiB besides");
		return -ERANGE;
	}
	return parse_request(info, &config->request);
}

int sluice_nl_task_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sluice_task_config config = {
		.class = &sluice_class_priority,
		.priority = DEFAULT_PRIORITY,
		.priority_max = DEFAULT_PRIORITY_MAX,
		.queue_max = DEFAULT_QUEUE_MAX,
		.queue_bytes = DEFAULT_QUEUE_BYTES,
		.input_max = DEFAULT_INPUT_MAX,
		.output_max = DEFAULT_OUTPUT_MAX,
		.envs_max = DEFAULT_ENVS_MAX,
		.timeout = DEFAULT_TIMEOUT,
		.idle = DEFAULT_IDLE,
		.start_timeout = DEFAULT_START_TIMEOUT,
		.grace = DEFAULT_GRACE,
		.weight = DEFAULT_WEIGHT,
		.patience = sluice_class_priority.patience,
		.backoff = DEFAULT_BACKOFF,
		.quarantine_after = DEFAULT_QUARANTINE_AFTER,
		.quarantine = DEFAULT_QUARANTINE,
	};
	struct nlattr *mode = info->attrs[SLUICE_A_TASK_MODE];
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
		sluice_tokens_put(config.request.tokens);
		return ret ? ret : -ENOMEM;
	}
	if (mode)
		task->mode = nla_get_u32(mode);
	sluice_enter();
	ret = sluice_task_register(task);
	sluice_leave();
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

/* The task that the request names, NULL for none. Called with sluice.lock held. */
static struct sluice_task *named_task(struct genl_info *info)
{
	const struct nlattr *name = info->attrs[SLUICE_A_TASK_NAME];
	struct sluice_task *task = sluice_task_find(nla_data(name));

	if (!task)
		NL_SET_ERR_MSG_ATTR(info->extack, name, "no such task");
	return task;
}

static bool only_mode(struct nlattr **a)
{
	int i;

	for (i = SLUICE_A_TASK_NAME + 1; i <= SLUICE_A_TASK_OVERHEAD; i++)
		if (a[i] && i != SLUICE_A_TASK_MODE)
			return false;
	return a[SLUICE_A_TASK_MODE];
}

/* Called with sluice.lock held. Takes over the reference of @config. */
static void set_task(struct sluice_task *task, struct genl_info *info,
		     const struct sluice_task_config *config)
{
	struct nlattr *mode = info->attrs[SLUICE_A_TASK_MODE];

	if (only_mode(info->attrs))
		sluice_tokens_put(config->request.tokens);
	else
		sluice_task_change(task, config);
	if (mode)
		sluice_operate_task_mode(task, nla_get_u32(mode));
}

int sluice_nl_task_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sluice_task_config config;
	struct sluice_task *task;
	int ret;

	ret = sluice_nl_require_name(info, SLUICE_A_TASK_NAME);
	if (ret)
		return ret;
	sluice_enter();
	task = named_task(info);
	if (task)
		sluice_task_get(task);
	sluice_leave();
	if (!task)
		return -ENOENT;
	mutex_lock(&sluice_nl_config);
	/* Nobody else changes it meanwhile, but it may be removed. */
	sluice_enter();
	config = task->config;
	sluice_tokens_get(config.request.tokens);
	sluice_leave();
	ret = parse_config(info, &config);
	if (!ret) {
		sluice_enter();
		if (task->closing)
			ret = -ENOENT;
		else
			set_task(task, info, &config);
		sluice_leave();
	}
	if (ret)
		sluice_tokens_put(config.request.tokens);
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
	sluice_enter();
	task = named_task(info);
	if (task)
		sluice_operate_task_del(task);
	sluice_leave();
	if (!task)
		return -ENOENT;
	/* The reference for being registered has become ours. */
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
	sluice_enter();
	task = named_task(info);
	ret = task ? sluice_put_task(reply, task) : -ENOENT;
	sluice_leave();
	return sluice_nl_send(info, reply, header, ret);
}

int sluice_nl_task_get_dumpit(struct sk_buff *skb,
			      struct netlink_callback *cb)
{
	struct sluice_nl_cursor *cursor = sluice_nl_cursor(cb);
	struct sluice_task *task;
	void *header;

	sluice_enter();
	cb->seq = sluice.task_changes;
	while ((task = sluice_task_after(cursor->name))) {
		header = sluice_nl_header(skb, cb, SLUICE_CMD_TASK_GET);
		if (!header)
			break;
		/* Who listed what has changed meanwhile is told so. */
		genl_dump_check_consistent(cb, header);
		if (sluice_put_task(skb, task)) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
		strscpy(cursor->name, task->name, sizeof(cursor->name));
	}
	sluice_leave();
	return skb->len;
}
