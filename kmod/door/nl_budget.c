// SPDX-License-Identifier: GPL-2.0-only
/* Netlink operations on budgets. */
#include <linux/mutex.h>

#include "door/nl_gen.h"
#include "door/nl_reply.h"
#include "door/put.h"
#include "engine/dispatch.h"
#include "engine/operate.h"
#include "object/usage.h"

/* Called with sluice.lock held. */
static int budget_set(struct genl_info *info, const char *name,
		      const u64 *amount, const u64 *reserve)
{
	const struct sluice_account *account =
		sluice_ledger_find(&sluice.ledger, name);
	struct netlink_ext_ack *extack = info->extack;
	int ret;

	if (!account && !amount) {
		NL_SET_ERR_MSG(extack, "a new token needs a budget");
		return -EINVAL;
	}
	if (reserve && (!account || account->res > SLUICE_RES_CPU)) {
		NL_SET_ERR_MSG_ATTR(extack,
				    info->attrs[SLUICE_A_BUDGET_RESERVE],
				    "only memory and cpu have a reserve");
		return -EINVAL;
	}
	ret = sluice_operate_budget_set(name, amount, reserve);
	if (ret == -ENOSPC)
		NL_SET_ERR_MSG(extack, "too many tokens: at most 8192");
	else if (ret == -EBUSY)
		NL_SET_ERR_MSG_ATTR(extack,
				    info->attrs[SLUICE_A_BUDGET_BUDGET],
				    "running calls have more than that reserved: try again when they ended");
	return ret;
}

int sluice_nl_budget_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *budget = info->attrs[SLUICE_A_BUDGET_BUDGET];
	struct nlattr *reserve = info->attrs[SLUICE_A_BUDGET_RESERVE];
	u64 amount = budget ? nla_get_u64(budget) : 0;
	u64 left = reserve ? nla_get_u64(reserve) : 0;
	int ret;

	ret = sluice_nl_require_name(info, SLUICE_A_BUDGET_RESOURCE);
	if (ret)
		return ret;
	mutex_lock(&sluice_nl_config);
	sluice_enter();
	ret = budget_set(info, nla_data(info->attrs[SLUICE_A_BUDGET_RESOURCE]),
			 budget ? &amount : NULL, reserve ? &left : NULL);
	sluice_leave();
	mutex_unlock(&sluice_nl_config);
	return ret;
}

/* Called with sluice.lock held. */
static int budget_del(struct netlink_ext_ack *extack, const char *name)
{
	struct sluice_account *account =
		sluice_ledger_find(&sluice.ledger, name);
	int ret;

	if (!account) {
		NL_SET_ERR_MSG(extack, "no such resource");
		return -ENOENT;
	}
	if (account->res < SLUICE_RES_TOKEN) {
		NL_SET_ERR_MSG(extack,
			       "memory, cpu, pids, disk and network are always there");
		return -EINVAL;
	}
	ret = sluice_operate_budget_del(account);
	if (ret)
		NL_SET_ERR_MSG(extack,
			       "a task names the token, or a call holds it");
	return ret;
}

int sluice_nl_budget_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	int ret;

	ret = sluice_nl_require_name(info, SLUICE_A_BUDGET_RESOURCE);
	if (ret)
		return ret;
	mutex_lock(&sluice_nl_config);
	sluice_enter();
	ret = budget_del(info->extack,
			 nla_data(info->attrs[SLUICE_A_BUDGET_RESOURCE]));
	sluice_leave();
	mutex_unlock(&sluice_nl_config);
	return ret;
}

int sluice_nl_budget_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct sluice_account *account;
	struct sk_buff *reply;
	const char *name;
	void *header;
	int ret;

	ret = sluice_nl_require_name(info, SLUICE_A_BUDGET_RESOURCE);
	if (ret)
		return ret;
	name = nla_data(info->attrs[SLUICE_A_BUDGET_RESOURCE]);
	reply = sluice_nl_reply(info, &header);
	if (!reply)
		return -ENOMEM;
	sluice_enter();
	sluice_usage_memory();
	account = sluice_ledger_find(&sluice.ledger, name);
	ret = account ? sluice_put_budget(reply, account) : -ENOENT;
	sluice_leave();
	if (ret == -ENOENT)
		NL_SET_ERR_MSG(info->extack, "no such resource");
	return sluice_nl_send(info, reply, header, ret);
}

int sluice_nl_budget_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	struct sluice_nl_cursor *cursor = sluice_nl_cursor(cb);
	const struct sluice_account *account;
	void *header;

	sluice_enter();
	sluice_usage_memory();
	while ((account = sluice_ledger_after(&sluice.ledger, cursor->index))) {
		header = sluice_nl_header(skb, cb, SLUICE_CMD_BUDGET_GET);
		if (!header)
			break;
		if (sluice_put_budget(skb, account)) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
		cursor->index = account->res + 1;
	}
	sluice_leave();
	return skb->len;
}
