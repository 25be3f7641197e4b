/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the operations of the netlink family share: the family, answers, dumps,
 * names, and a lock.
 */
#ifndef SLUICE_NL_REPLY_H
#define SLUICE_NL_REPLY_H

#include <linux/sluice.h>
#include <linux/uidgid.h>
#include <net/genetlink.h>

struct mutex;

extern struct genl_family sluice_nl_family;

/*
 * Tokens are looked up before, and used after sluice.lock is given back: what
 * adds and removes them is one at a time with what names them. Taken outside of
 * sluice.lock.
 */
extern struct mutex sluice_nl_config;

struct sk_buff *sluice_nl_reply(struct genl_info *info, void **header);
int sluice_nl_send(struct genl_info *info, struct sk_buff *skb, void *header,
		   int ret);

/*
 * Whoever sent the request @skb may know what programs and submitters have written:
 * it takes CAP_NET_ADMIN, or for what belongs to a user, to be that user.
 */
bool sluice_nl_may_know(struct sk_buff *skb);
bool sluice_nl_is_user(struct sk_buff *skb, kuid_t user);

/* Where a dump goes on: at the object of that index, or after the one of that name. */
struct sluice_nl_cursor {
	unsigned long index;
	char	name[SLUICE_NAME_SIZE];
};

struct sluice_nl_cursor *sluice_nl_cursor(struct netlink_callback *cb);
void *sluice_nl_header(struct sk_buff *skb, struct netlink_callback *cb,
		       u8 cmd);

/* Attribute @attr is there and can be a name, or an error with its reason. */
int sluice_nl_require_name(struct genl_info *info, int attr);

#endif /* SLUICE_NL_REPLY_H */
