// SPDX-License-Identifier: GPL-2.0-only
/* Netlink operations on what the box has besides its ledger. */
#include "door/nl_gen.h"
#include "door/nl_reply.h"
#include "door/put.h"
#include "engine/dispatch.h"
#include "engine/operate.h"

int sluice_nl_box_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *guaranteed = info->attrs[SLUICE_A_BOX_CPU_GUARANTEED];
	struct nlattr *realtime = info->attrs[SLUICE_A_BOX_CPU_REALTIME];
	u64 ours = guaranteed ? nla_get_u64(guaranteed) : 0;
	u64 theirs = realtime ? nla_get_u64(realtime) : 0;
	int ret = 0;

	if (!guaranteed && !realtime) {
		NL_SET_ERR_MSG(info->extack, "nothing is set");
		return -EINVAL;
	}
	sluice_enter();
	if (info->snd_portid != sluice.agent_port)
		ret = -EPERM;
	else
		sluice_operate_box(guaranteed ? &ours : NULL,
				   realtime ? &theirs : NULL);
	sluice_leave();
	if (ret)
		NL_SET_ERR_MSG(info->extack, "only the agent can know it");
	return ret;
}

int sluice_nl_box_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	void *header;
	int ret;

	reply = sluice_nl_reply(info, &header);
	if (!reply)
		return -ENOMEM;
	sluice_enter();
	ret = sluice_put_box(reply);
	sluice_leave();
	return sluice_nl_send(info, reply, header, ret);
}
