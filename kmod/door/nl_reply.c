// SPDX-License-Identifier: GPL-2.0-only
#include "door/nl_reply.h"

#include <linux/mutex.h>

/* See nl_reply.h. */
DEFINE_MUTEX(sluice_nl_config);

struct sk_buff *sluice_nl_reply(struct genl_info *info, void **header)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);

	if (!skb) {
		NL_SET_ERR_MSG(info->extack, "no memory for the answer");
		return NULL;
	}
	*header = genlmsg_put_reply(skb, info, &sluice_nl_family, 0,
				    info->genlhdr->cmd);
	if (*header)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

int sluice_nl_send(struct genl_info *info, struct sk_buff *skb,
		   void *header, int ret)
{
	if (ret) {
		nlmsg_free(skb);
		return ret;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

bool sluice_nl_may_know(struct sk_buff *skb)
{
	return netlink_capable(skb, CAP_NET_ADMIN);
}

bool sluice_nl_is_user(struct sk_buff *skb, kuid_t user)
{
	return uid_eq(NETLINK_CB(skb).creds.uid, user);
}

struct sluice_nl_cursor *sluice_nl_cursor(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct sluice_nl_cursor) > sizeof(cb->ctx));
	return (struct sluice_nl_cursor *)cb->ctx;
}

void *sluice_nl_header(struct sk_buff *skb, struct netlink_callback *cb,
		       u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &sluice_nl_family, NLM_F_MULTI, cmd);
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

int sluice_nl_require_name(struct genl_info *info, int attr)
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
