// SPDX-License-Identifier: GPL-2.0-only
/* Netlink operations on environments, most of them the agent's. */
#include "object/env.h"
#include "door/nl_gen.h"
#include "door/nl_reply.h"
#include "engine/operate.h"
#include "door/put.h"
#include "machine/sample.h"

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
			sluice_operate_grew(SLUICE_RES_PIDS);
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
		ret = sluice_operate_env_drain(id);
	} else if (nla_get_u32(state) == SLUICE_ENV_STATE_FAILED) {
		ret = sluice_operate_env_failed(id, message ?
						nla_data(message) : "");
	} else {
		NL_SET_ERR_MSG_ATTR(info->extack, state,
				    "only failed and retiring can be set");
		ret = -EINVAL;
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
	ret = sluice_operate_env_del(id);
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
	reply = sluice_nl_reply(info, &header);
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
	return sluice_nl_send(info, reply, header, ret);
}

int sluice_nl_env_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct sluice_nl_cursor *cursor = sluice_nl_cursor(cb);
	struct sluice_env *env;
	unsigned long id;
	void *header;

	spin_lock(&sluice.lock);
	xa_for_each_start(&sluice.envs, id, env, cursor->index) {
		header = sluice_nl_header(skb, cb, SLUICE_CMD_ENV_GET);
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
