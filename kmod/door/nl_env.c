// SPDX-License-Identifier: GPL-2.0-only
/* Netlink operations on environments, most of them the agent's. */
#include "door/nl_gen.h"
#include "door/nl_reply.h"
#include "door/put.h"
#include "engine/dispatch.h"
#include "engine/operate.h"
#include "object/env.h"
#include "object/task.h"

static int require_env(struct genl_info *info, u32 *id)
{
	if (GENL_REQ_ATTR_CHECK(info, SLUICE_A_ENV_ID)) {
		NL_SET_ERR_MSG(info->extack, "an environment's id is required");
		return -EINVAL;
	}
	*id = nla_get_u32(info->attrs[SLUICE_A_ENV_ID]);
	return 0;
}

/* What the agent has counted there. False: it says nothing of that. */
static bool get_counts(struct genl_info *info, struct sluice_counts *more)
{
	bool any = false;
	int i;

	*more = (struct sluice_counts){ 0 };
	/* The last one the module counts itself, and the request has no place for it. */
	for (i = 0; i < SLUICE_COUNT_OOM_KILLS; i++) {
		struct nlattr *attr = info->attrs[sluice_put_env_counts[i]];

		if (!attr)
			continue;
		more->of[i] = nla_get_u64(attr);
		any = true;
	}
	return any;
}

/* Called with sluice.lock held. */
static int env_set(struct genl_info *info, u32 id)
{
	struct nlattr *state = info->attrs[SLUICE_A_ENV_STATE];
	struct nlattr *message = info->attrs[SLUICE_A_ENV_MESSAGE];
	struct nlattr *pids = info->attrs[SLUICE_A_ENV_PIDS];
	struct nlattr *lacked = info->attrs[SLUICE_A_ENV_LACKED];
	struct nlattr *size = info->attrs[SLUICE_A_ENV_STATE_SIZE];
	struct nlattr *used = info->attrs[SLUICE_A_ENV_STATE_USED];
	struct nlattr *tries = info->attrs[SLUICE_A_ENV_PEERS_REFUSED];
	struct sluice_counts more;
	bool counted = get_counts(info, &more);

	if (!size != !used) {
		NL_SET_ERR_MSG(info->extack,
			       "state-size and state-used come together");
		return -EINVAL;
	}
	if (!state && !pids && !size && !tries && !counted) {
		NL_SET_ERR_MSG(info->extack, "nothing is set");
		return -EINVAL;
	}
	if (!state && size)
		return sluice_operate_env_keeps(id, nla_get_u64(size),
						nla_get_u64(used));
	if (!state && tries)
		return sluice_operate_env_peers_refused(id,
							nla_get_u64(tries));
	if (!state && counted)
		return sluice_operate_env_counted(id, &more);
	if (!state)
		return sluice_operate_env_pids(id, nla_get_u32(pids));
	if (nla_get_u32(state) == SLUICE_ENV_STATE_RETIRING)
		return sluice_operate_env_drain(id);
	if (nla_get_u32(state) == SLUICE_ENV_STATE_GONE)
		return sluice_operate_env_returned(id);
	if (nla_get_u32(state) == SLUICE_ENV_STATE_FAILED)
		return sluice_operate_env_failed(id, message ?
						 nla_data(message) : "",
						 lacked && nla_get_u32(lacked));
	NL_SET_ERR_MSG_ATTR(info->extack, state,
			    "only failed, gone and retiring can be set");
	return -EINVAL;
}

int sluice_nl_env_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	u32 id;
	int ret;

	ret = require_env(info, &id);
	if (ret)
		return ret;
	sluice_enter();
	ret = env_set(info, id);
	sluice_leave();
	if (ret == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[SLUICE_A_ENV_ID],
				    "no such environment");
	else if (ret == -ESTALE)
		NL_SET_ERR_MSG(info->extack, "the environment is not wanted");
	return ret;
}

/* Called with sluice.lock held. */
static int put_next(struct genl_info *info, struct sk_buff *reply)
{
	const char *name = nla_data(info->attrs[SLUICE_A_ENV_TASK]);
	struct sluice_task *task = sluice_task_find(name);
	u32 id;
	int ret;

	if (!task) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[SLUICE_A_ENV_TASK],
				    "no such task");
		return -ENOENT;
	}
	ret = sluice_env_next(task, &id);
	if (ret)
		return ret;
	if (nla_put_u32(reply, SLUICE_A_ENV_ID, id) ||
	    nla_put_string(reply, SLUICE_A_ENV_TASK, name))
		return -EMSGSIZE;
	return 0;
}

int sluice_nl_env_next_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	void *header;
	int ret;

	if (GENL_REQ_ATTR_CHECK(info, SLUICE_A_ENV_TASK)) {
		NL_SET_ERR_MSG(info->extack, "a task's name is required");
		return -EINVAL;
	}
	reply = sluice_nl_reply(info, &header);
	if (!reply)
		return -ENOMEM;
	sluice_enter();
	ret = put_next(info, reply);
	sluice_leave();
	return sluice_nl_send(info, reply, header, ret);
}

int sluice_nl_env_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	u32 id;
	int ret;

	ret = require_env(info, &id);
	if (ret)
		return ret;
	sluice_enter();
	ret = sluice_operate_env_del(id);
	sluice_leave();
	if (ret)
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[SLUICE_A_ENV_ID],
				    "no such environment");
	return ret;
}

int sluice_nl_env_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	bool all = sluice_nl_may_know(skb);
	struct sluice_env *env;
	struct sk_buff *reply;
	void *header;
	u32 id;
	int ret;

	ret = require_env(info, &id);
	if (ret)
		return ret;
	reply = sluice_nl_reply(info, &header);
	if (!reply)
		return -ENOMEM;
	sluice_enter();
	env = sluice_env_find(id);
	ret = env ? sluice_put_env(reply, env, all) : -ENOENT;
	sluice_leave();
	if (ret == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[SLUICE_A_ENV_ID],
				    "no such environment");
	return sluice_nl_send(info, reply, header, ret);
}

int sluice_nl_env_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct sluice_nl_cursor *cursor = sluice_nl_cursor(cb);
	bool all = sluice_nl_may_know(cb->skb);
	struct sluice_env *env;
	unsigned long id;
	void *header;

	sluice_enter();
	xa_for_each_start(&sluice.envs, id, env, cursor->index) {
		header = sluice_nl_header(skb, cb, SLUICE_CMD_ENV_GET);
		if (!header)
			break;
		if (sluice_put_env(skb, env, all)) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
		cursor->index = id + 1;
	}
	sluice_leave();
	return skb->len;
}
