/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	docs/netlink/sluice.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_SLUICE_GEN_H
#define _LINUX_SLUICE_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <linux/sluice_netlink.h>

/* Common nested types */
extern const struct nla_policy sluice_above_nl_policy[SLUICE_A_ABOVE_PAD + 1];
extern const struct nla_policy sluice_amount_nl_policy[SLUICE_A_AMOUNT_PAD + 1];

extern const struct nla_policy sluice_task_new_nl_policy[SLUICE_A_TASK_OVERHEAD + 1];

extern const struct nla_policy sluice_task_set_nl_policy[SLUICE_A_TASK_OVERHEAD + 1];

extern const struct nla_policy sluice_task_del_nl_policy[SLUICE_A_TASK_NAME + 1];

extern const struct nla_policy sluice_task_get_nl_policy[SLUICE_A_TASK_NAME + 1];

extern const struct nla_policy sluice_env_set_nl_policy[SLUICE_A_ENV_SYSCALLS_REFUSED + 1];

extern const struct nla_policy sluice_env_del_nl_policy[SLUICE_A_ENV_ID + 1];

extern const struct nla_policy sluice_env_get_nl_policy[SLUICE_A_ENV_ID + 1];

extern const struct nla_policy sluice_call_new_nl_policy[SLUICE_A_CALL_RUNTIME + 1];

extern const struct nla_policy sluice_call_set_nl_policy[SLUICE_A_CALL_DEADLINE + 1];

extern const struct nla_policy sluice_call_del_nl_policy[SLUICE_A_CALL_ID + 1];

extern const struct nla_policy sluice_call_get_nl_policy[SLUICE_A_CALL_ID + 1];

extern const struct nla_policy sluice_budget_set_nl_policy[SLUICE_A_BUDGET_RESERVE + 1];

extern const struct nla_policy sluice_budget_del_nl_policy[SLUICE_A_BUDGET_RESOURCE + 1];

extern const struct nla_policy sluice_budget_get_nl_policy[SLUICE_A_BUDGET_RESOURCE + 1];

extern const struct nla_policy sluice_stats_get_nl_policy[SLUICE_A_STATS_ONLY + 1];

extern const struct nla_policy sluice_agent_set_nl_policy[SLUICE_A_AGENT_WAIT_SOURCE + 1];

extern const struct nla_policy sluice_env_next_nl_policy[SLUICE_A_ENV_TASK + 1];

extern const struct nla_policy sluice_box_set_nl_policy[SLUICE_A_BOX_ABOVE + 1];

extern const struct nla_policy sluice_box_get_nl_policy[SLUICE_A_BOX_PAD + 1];

extern const struct nla_policy sluice_call_try_nl_policy[SLUICE_A_CALL_TASK + 1];

/* Ops table for sluice */
extern const struct genl_ops sluice_nl_ops[20];

int sluice_nl_task_new_doit(struct sk_buff *skb, struct genl_info *info);
int sluice_nl_task_set_doit(struct sk_buff *skb, struct genl_info *info);
int sluice_nl_task_del_doit(struct sk_buff *skb, struct genl_info *info);
int sluice_nl_task_get_doit(struct sk_buff *skb, struct genl_info *info);
int sluice_nl_task_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int sluice_nl_env_set_doit(struct sk_buff *skb, struct genl_info *info);
int sluice_nl_env_del_doit(struct sk_buff *skb, struct genl_info *info);
int sluice_nl_env_get_doit(struct sk_buff *skb, struct genl_info *info);
int sluice_nl_env_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int sluice_nl_call_new_doit(struct sk_buff *skb, struct genl_info *info);
int sluice_nl_call_set_doit(struct sk_buff *skb, struct genl_info *info);
int sluice_nl_call_del_doit(struct sk_buff *skb, struct genl_info *info);
int sluice_nl_call_get_doit(struct sk_buff *skb, struct genl_info *info);
int sluice_nl_call_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int sluice_nl_budget_set_doit(struct sk_buff *skb, struct genl_info *info);
int sluice_nl_budget_del_doit(struct sk_buff *skb, struct genl_info *info);
int sluice_nl_budget_get_doit(struct sk_buff *skb, struct genl_info *info);
int sluice_nl_budget_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int sluice_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int sluice_nl_agent_set_doit(struct sk_buff *skb, struct genl_info *info);
int sluice_nl_env_next_doit(struct sk_buff *skb, struct genl_info *info);
int sluice_nl_box_set_doit(struct sk_buff *skb, struct genl_info *info);
int sluice_nl_box_get_doit(struct sk_buff *skb, struct genl_info *info);
int sluice_nl_call_try_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	SLUICE_NLGRP_EVENTS,
	SLUICE_NLGRP_AGENT,
	SLUICE_NLGRP_STATES,
};

#endif /* _LINUX_SLUICE_GEN_H */
