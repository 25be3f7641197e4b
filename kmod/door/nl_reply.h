/* SPDX-License-Identifier: GPL-2.0-only */
/* What every operation of the netlink family needs: answers, dumps and names. */
#ifndef SLUICE_NL_REPLY_H
#define SLUICE_NL_REPLY_H

#include <net/genetlink.h>

struct sk_buff *sluice_nl_reply(struct genl_info *info, void **header);
int sluice_nl_send(struct genl_info *info, struct sk_buff *skb, void *header,
		   int ret);

/* Where a dump goes on: after the object of that index. */
struct sluice_nl_cursor {
	unsigned long index;
};

struct sluice_nl_cursor *sluice_nl_cursor(struct netlink_callback *cb);
void *sluice_nl_header(struct sk_buff *skb, struct netlink_callback *cb,
		       u8 cmd);

/* Attribute @attr is there and can be a name, or an error with its reason. */
int sluice_nl_require_name(struct genl_info *info, int attr);

#endif /* SLUICE_NL_REPLY_H */
