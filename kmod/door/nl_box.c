// SPDX-License-Identifier: GPL-2.0-only
/* Netlink operations on what the box has besides its ledger. */
#include "door/nl_gen.h"
#include "door/nl_reply.h"
#include "door/put.h"
#include "engine/dispatch.h"
#include "engine/operate.h"
#include "object/usage.h"

/* What an attribute says is at @value then; NULL where it is not there. */
static const u64 *number(struct nlattr *attr, u64 *value)
{
	if (!attr)
		return NULL;
	*value = nla_get_u64(attr);
	return value;
}

/* Caches that the agent has read. */
static int check_above(struct genl_info *info)
{
	struct nlattr *attr, *above[SLUICE_A_ABOVE_PAD + 1];
	int rest, ret, count = 0;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest) {
		if (nla_type(attr) != SLUICE_A_BOX_ABOVE)
			continue;
		ret = nla_parse_nested(above, SLUICE_A_ABOVE_PAD, attr,
				       sluice_above_nl_policy, info->extack);
		if (ret)
			return ret;
		if (++count > SLUICE_ABOVE_MAX) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "more than 16 cgroups");
			return -E2BIG;
		}
		if (above[SLUICE_A_ABOVE_ID] && above[SLUICE_A_ABOVE_USED] &&
		    above[SLUICE_A_ABOVE_CACHE])
			continue;
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "id, used and cache come together");
		return -EINVAL;
	}
	return 0;
}

/* They were checked. Called with sluice.lock held. */
static void take_above(struct genl_info *info)
{
	struct nlattr *attr, *above[SLUICE_A_ABOVE_PAD + 1];
	int rest;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest)
		if (nla_type(attr) == SLUICE_A_BOX_ABOVE &&
		    !nla_parse_nested(above, SLUICE_A_ABOVE_PAD, attr,
				      sluice_above_nl_policy, NULL))
			sluice_operate_cached(nla_get_u64(above[SLUICE_A_ABOVE_ID]),
					      nla_get_u64(above[SLUICE_A_ABOVE_USED]),
					      nla_get_u64(above[SLUICE_A_ABOVE_CACHE]));
	sluice_usage_memory();
}

/* Called with sluice.lock held. */
static int take(struct genl_info *info, const struct sluice_box_said *said)
{
	if (info->snd_portid != sluice.agent_port) {
		NL_SET_ERR_MSG(info->extack, "only the agent can know it");
		return -EPERM;
	}
	sluice_operate_box(said);
	if (info->attrs[SLUICE_A_BOX_ABOVE])
		take_above(info);
	return 0;
}

static int open_place(struct genl_info *info, struct sluice_above *above)
{
	struct nlattr *place = info->attrs[SLUICE_A_BOX_PLACE];
	int ret = sluice_above_open(nla_get_u32(place), above);

	if (ret)
		NL_SET_ERR_MSG_ATTR(info->extack, place,
				    "expected an open directory of a cgroup (v2)");
	return ret;
}

int sluice_nl_box_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	u64 guaranteed, realtime, cpu, pids;
	struct sluice_box_said said = {
		.cpu_guaranteed = number(info->attrs[SLUICE_A_BOX_CPU_GUARANTEED],
					 &guaranteed),
		.cpu_realtime = number(info->attrs[SLUICE_A_BOX_CPU_REALTIME],
				       &realtime),
		.cpu_limit = number(info->attrs[SLUICE_A_BOX_CPU_LIMIT], &cpu),
		.pids_limit = number(info->attrs[SLUICE_A_BOX_PIDS_LIMIT],
				     &pids),
	};
	struct sluice_above above = { 0 };
	int ret;

	if (!said.cpu_guaranteed && !said.cpu_realtime && !said.cpu_limit &&
	    !said.pids_limit && !info->attrs[SLUICE_A_BOX_PLACE] &&
	    !info->attrs[SLUICE_A_BOX_ABOVE]) {
		NL_SET_ERR_MSG(info->extack, "nothing is set");
		return -EINVAL;
	}
	ret = check_above(info);
	if (!ret && info->attrs[SLUICE_A_BOX_PLACE]) {
		ret = open_place(info, &above);
		said.above = &above;
	}
	if (ret)
		return ret;
	sluice_enter();
	ret = take(info, &said);
	sluice_leave();
	sluice_above_close(&above);
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
	sluice_usage_memory();
	ret = sluice_put_box(reply);
	sluice_leave();
	return sluice_nl_send(info, reply, header, ret);
}
