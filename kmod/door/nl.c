// SPDX-License-Identifier: GPL-2.0-only
/*
 * The door generic netlink: the family, statistics and the agent. Operations on
 * other objects are in nl_*.c; each parses, refuses with the reason, and calls
 * down. Policies and the table of operations are generated from
 * docs/netlink/sluice.yaml into nl_gen.c. Operations run in parallel; sluice.lock
 * orders them.
 */
#include "door/nl.h"

#include <linux/module.h>
#include <linux/netlink.h>
#include <net/net_namespace.h>

#include "base/event.h"
#include "door/nl_gen.h"
#include "door/nl_reply.h"
#include "engine/dispatch.h"
#include "engine/operate.h"
#include "machine/counts.h"

/*
 * Statistics
 */

static int put_counters(struct sk_buff *skb, const char *only)
{
	struct nlattr *nest;
	int i;

	for (i = 0; i < SLUICE_EVENTS; i++) {
		if (only && strcmp(only, sluice_event_names[i]))
			continue;
		nest = nla_nest_start(skb, SLUICE_A_STATS_COUNTER);
		if (!nest ||
		    nla_put_string(skb, SLUICE_A_COUNTER_NAME,
				   sluice_event_names[i]) ||
		    nla_put_u64_64bit(skb, SLUICE_A_COUNTER_VALUE,
				      sluice.counters[i],
				      SLUICE_A_COUNTER_PAD))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int put_stats(struct sk_buff *skb)
{
	static const char * const wait_sources[] = {
		[SLUICE_WAIT_NONE] = "none",
		[SLUICE_WAIT_EBPF] = "ebpf",
		[SLUICE_WAIT_MAPS] = "maps",
		[SLUICE_WAIT_FILES] = "files",
	};

	if (nla_put_u32(skb, SLUICE_A_STATS_CALLS_WAITING, sluice.waiting) ||
	    nla_put_u32(skb, SLUICE_A_STATS_CALLS_RUNNING, sluice.running) ||
	    nla_put_u64_64bit(skb, SLUICE_A_STATS_BYTES_WAITING,
			      sluice.waiting_bytes, SLUICE_A_STATS_PAD) ||
	    nla_put_u32(skb, SLUICE_A_STATS_ENVS, sluice.env_count) ||
	    nla_put_u32(skb, SLUICE_A_STATS_TASKS, sluice.task_count) ||
	    nla_put_string(skb, SLUICE_A_STATS_WAIT_SOURCE,
			   wait_sources[sluice.wait_source]) ||
	    nla_put_u32(skb, SLUICE_A_STATS_MODULE_BTF,
			sluice_counts_can()) ||
	    nla_put_u32(skb, SLUICE_A_STATS_AGENT_PID,
			sluice.agent_port ? sluice.agent_pid : 0))
		return -EMSGSIZE;
	return 0;
}

int sluice_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *only = info->attrs[SLUICE_A_STATS_ONLY];
	struct sk_buff *reply;
	void *header;
	int ret;

	reply = sluice_nl_reply(info, &header);
	if (!reply)
		return -ENOMEM;
	sluice_enter();
	ret = put_counters(reply, only ? nla_data(only) : NULL);
	if (!ret)
		ret = put_stats(reply);
	sluice_leave();
	return sluice_nl_send(info, reply, header, ret);
}

/*
 * The agent
 */

int sluice_nl_agent_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *source = info->attrs[SLUICE_A_AGENT_WAIT_SOURCE];
	struct nlattr *pid = info->attrs[SLUICE_A_AGENT_PID];
	u32 who = source ? nla_get_u32(source) : SLUICE_WAIT_NONE;
	int ret = 0;

	if (who > SLUICE_WAIT_FILES) {
		NL_SET_ERR_MSG_ATTR(info->extack, source,
				    "expected 0 to 3: nobody, eBPF programs, maps of theirs, or files of cgroups");
		return -EINVAL;
	}
	if (who == SLUICE_WAIT_EBPF && !sluice_counts_can()) {
		NL_SET_ERR_MSG_ATTR(info->extack, source,
				    "this kernel gives the module no BTF: eBPF programs cannot call it");
		return -EOPNOTSUPP;
	}
	sluice_enter();
	if (sluice.agent_port && sluice.agent_port != info->snd_portid) {
		NL_SET_ERR_MSG(info->extack, "another agent runs");
		ret = -EBUSY;
	} else {
		sluice_operate_agent(info->snd_portid,
				     pid ? nla_get_u32(pid) : 0, who);
	}
	sluice_leave();
	return ret;
}

/* The agent's socket was closed: it ended, however that came about. */
static int nl_released(struct notifier_block *nb, unsigned long event,
		       void *data)
{
	const struct netlink_notify *notify = data;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC ||
	    !net_eq(notify->net, &init_net))
		return NOTIFY_DONE;
	sluice_enter();
	if (sluice.agent_port && sluice.agent_port == notify->portid)
		sluice_operate_agent(0, 0, SLUICE_WAIT_NONE);
	sluice_leave();
	return NOTIFY_DONE;
}

static struct notifier_block nl_notifier = {
	.notifier_call = nl_released,
};

/*
 * The family
 */

static const struct genl_multicast_group nl_groups[] = {
	[SLUICE_NLGRP_EVENTS] = {
		.name = SLUICE_MCGRP_EVENTS,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
	[SLUICE_NLGRP_AGENT] = {
		.name = SLUICE_MCGRP_AGENT,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
	[SLUICE_NLGRP_STATES] = { .name = SLUICE_MCGRP_STATES },
};

/* One machine, one queue: no network namespace but the first sees it. */
struct genl_family sluice_nl_family __ro_after_init = {
	.name = SLUICE_FAMILY_NAME,
	.version = SLUICE_FAMILY_VERSION,
	.netnsok = false,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = sluice_nl_ops,
	.n_ops = ARRAY_SIZE(sluice_nl_ops),
	.mcgrps = nl_groups,
	.n_mcgrps = ARRAY_SIZE(nl_groups),
};

/* Whoever makes himself the agent is watched from the first moment to the last. */
int __init sluice_nl_init(void)
{
	int ret;

	ret = netlink_register_notifier(&nl_notifier);
	if (ret)
		return ret;
	ret = genl_register_family(&sluice_nl_family);
	if (ret)
		netlink_unregister_notifier(&nl_notifier);
	return ret;
}

void sluice_nl_exit(void)
{
	genl_unregister_family(&sluice_nl_family);
	netlink_unregister_notifier(&nl_notifier);
}

MODULE_ALIAS_GENL_FAMILY(SLUICE_FAMILY_NAME);
