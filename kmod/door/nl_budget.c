// SPDX-License-Identifier: GPL-2.0-only
/* Netlink operations on budgets. */
#include <linux/mutex.h>

#include "engine/operate.h"
#include "base/event.h"
#include "base/ledger.h"
#include "door/nl.h"
#include "door/nl_gen.h"
#include "door/nl_reply.h"
#include "door/put.h"
#include "machine/sample.h"

int sluice_nl_budget_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *budget = info->attrs[SLUICE_A_BUDGET_BUDGET];
	struct nlattr *reserve = info->attrs[SLUICE_A_BUDGET_RESERVE];
	struct netlink_ext_ack *extack = info->extack;
	struct sluice_account *account;
	const char *name;
	int res, ret;

	ret = sluice_nl_require_name(info, SLUICE_A_BUDGET_RESOURCE);
	if (ret)
		return ret;
	name = nla_data(info->attrs[SLUICE_A_BUDGET_RESOURCE]);
	mutex_lock(&sluice_nl_config);
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
		sluice_operate_budget(res);
	}
	spin_unlock(&sluice.lock);
	mutex_unlock(&sluice_nl_config);
	return ret;
}

int sluice_nl_budget_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct netlink_ext_ack *extack = info->extack;
	const struct sluice_account *account;
	struct sluice_account gone;
	const char *name;
	int res, ret;

	ret = sluice_nl_require_name(info, SLUICE_A_BUDGET_RESOURCE);
	if (ret)
		return ret;
	name = nla_data(info->attrs[SLUICE_A_BUDGET_RESOURCE]);
	mutex_lock(&sluice_nl_config);
	spin_lock(&sluice.lock);
	res = sluice_ledger_find(&sluice.ledger, name);
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
	mutex_unlock(&sluice_nl_config);
	return ret;
}

int sluice_nl_budget_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	const char *name;
	void *header;
	int res, ret;

	ret = sluice_nl_require_name(info, SLUICE_A_BUDGET_RESOURCE);
	if (ret)
		return ret;
	name = nla_data(info->attrs[SLUICE_A_BUDGET_RESOURCE]);
	reply = sluice_nl_reply(info, &header);
	if (!reply)
		return -ENOMEM;
	spin_lock(&sluice.lock);
	sluice_sample_memory();
	res = sluice_ledger_find(&sluice.ledger, name);
	ret = res < 0 ? res : sluice_put_budget(reply, res);
	spin_unlock(&sluice.lock);
	if (res < 0)
		NL_SET_ERR_MSG(info->extack, "no such resource");
	return sluice_nl_send(info, reply, header, ret);
}

int sluice_nl_budget_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	struct sluice_nl_cursor *cursor = sluice_nl_cursor(cb);
	void *header;

	spin_lock(&sluice.lock);
	sluice_sample_memory();
	for (; cursor->index < SLUICE_RES_MAX; cursor->index++) {
		if (!*sluice.ledger.account[cursor->index].name)
			continue;
		header = sluice_nl_header(skb, cb, SLUICE_CMD_BUDGET_GET);
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
