// SPDX-License-Identifier: GPL-2.0-only
/*
 * The door outward: the sink of event.c, which makes netlink multicast of state
 * changes. sluice.lock is held throughout, so that listeners see the order in
 * which things happened, and nothing may sleep. What cannot be sent is counted, and
 * listeners are told that they missed something; they resync by a dump.
 */
#include "door/notify.h"

#include <linux/skbuff.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netlink.h>

#include "door/nl_gen.h"
#include "door/nl_reply.h"
#include "door/put.h"
#include "engine/dispatch.h"

/* More than anything that is told: an environment with every token there can be. */
#define DRAFT_SIZE	(8 << 10)

/*
 * Each message is written here first: then its size is known, and no more memory is
 * taken than that, which is all that there may be without waiting. NULL while the
 * family is not registered, so that nobody listens. Under sluice.lock.
 */
static struct sk_buff *draft;

static struct sk_buff *draft_swap(struct sk_buff *with)
{
	sluice_enter();
	swap(draft, with);
	sluice_leave();
	return with;
}

int sluice_notify_start(void)
{
	struct sk_buff *skb = genlmsg_new(DRAFT_SIZE, GFP_KERNEL);

	if (!skb)
		return -ENOMEM;
	draft_swap(skb);
	return 0;
}

void sluice_notify_stop(void)
{
	nlmsg_free(draft_swap(NULL));
}

typedef int (*put_fn)(struct sk_buff *skb, const void *object);

static bool heard(unsigned int group)
{
	return draft &&
	       genl_has_listeners(&sluice_nl_family, &init_net, group);
}

/* NULL: there is no memory, or no room in the draft. */
static struct sk_buff *write_message(u8 cmd, put_fn put, const void *object)
{
	struct sk_buff *skb;
	void *header;

	skb_trim(draft, 0);
	header = genlmsg_put(draft, 0, 0, &sluice_nl_family, 0, cmd);
	if (!header || put(draft, object))
		return NULL;
	genlmsg_end(draft, header);
	skb = alloc_skb(draft->len, GFP_NOWAIT | __GFP_NOWARN);
	if (skb)
		skb_put_data(skb, draft->data, draft->len);
	return skb;
}

static void tell(unsigned int group, u8 cmd, put_fn put, const void *object)
{
	struct sk_buff *skb;
	int ret;

	if (!heard(group))
		return;
	skb = write_message(cmd, put, object);
	if (!skb) {
		/* As if the listeners' queues had been full. */
		genl_set_err(&sluice_nl_family, &init_net, 0, group, -ENOBUFS);
		sluice_event_lost();
		return;
	}
	ret = genlmsg_multicast(&sluice_nl_family, skb, 0, group,
				GFP_NOWAIT | __GFP_NOWARN);
	/* ESRCH: the last listener has just gone. Who missed it knows. */
	if (ret && ret != -ESRCH)
		sluice_event_lost();
}

static int put_call(struct sk_buff *skb, const void *object)
{
	return sluice_put_call(skb, object, SLUICE_PUT_EVENT);
}

static int put_env(struct sk_buff *skb, const void *object)
{
	return sluice_put_env(skb, object);
}

static int put_task(struct sk_buff *skb, const void *object)
{
	return sluice_put_task(skb, object);
}

static int put_agent(struct sk_buff *skb, const void *object)
{
	return sluice_put_agent(skb);
}

static void notify_call(const struct sluice_call *call)
{
	tell(SLUICE_NLGRP_EVENTS, SLUICE_CMD_CALL_NTF, put_call, call);
}

static void tell_agent(const struct sluice_env *env)
{
	tell(SLUICE_NLGRP_AGENT, SLUICE_CMD_ENV_NTF, put_env, env);
}

static void notify_env(const struct sluice_env *env)
{
	tell(SLUICE_NLGRP_EVENTS, SLUICE_CMD_ENV_NTF, put_env, env);
	/* The agent is spared what it has nothing to do for. */
	if (env->state != SLUICE_ENV_STATE_IDLE &&
	    env->state != SLUICE_ENV_STATE_BUSY)
		tell_agent(env);
}

static void notify_task(const struct sluice_task *task)
{
	tell(SLUICE_NLGRP_EVENTS, SLUICE_CMD_TASK_NTF, put_task, task);
}

static int put_budget(struct sk_buff *skb, const void *object)
{
	return sluice_put_account(skb, object);
}

/* There is no call: only what was asked for, and why not. */
static int put_refused(struct sk_buff *skb, const void *object)
{
	const struct sluice_refusal_event *event = object;

	if (nla_put_string(skb, SLUICE_A_CALL_TASK, event->task) ||
	    nla_put_u32(skb, SLUICE_A_CALL_STATE, SLUICE_CALL_STATE_REFUSED) ||
	    nla_put_u32(skb, SLUICE_A_CALL_REFUSAL, event->refusal) ||
	    nla_put(skb, SLUICE_A_CALL_TRACE_ID, SLUICE_TRACE_ID_LEN,
		    event->trace_id))
		return -EMSGSIZE;
	return 0;
}

static void notify_agent(void)
{
	tell(SLUICE_NLGRP_EVENTS, SLUICE_CMD_AGENT_NTF, put_agent, NULL);
}

static void notify_budget(const struct sluice_account *account)
{
	tell(SLUICE_NLGRP_EVENTS, SLUICE_CMD_BUDGET_NTF, put_budget, account);
}

static void notify_refused(const struct sluice_refusal_event *event)
{
	tell(SLUICE_NLGRP_EVENTS, SLUICE_CMD_CALL_NTF, put_refused, event);
}

const struct sluice_sink sluice_notify_sink = {
	.call = notify_call,
	.env = notify_env,
	.task = notify_task,
	.agent = notify_agent,
	.budget = notify_budget,
	.refused = notify_refused,
	.still_wanted = tell_agent,
};
