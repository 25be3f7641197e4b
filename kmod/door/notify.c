// SPDX-License-Identifier: GPL-2.0-only
/*
 * The door outward: the sink of event.c, which makes netlink multicast of state
 * changes. sluice.lock is held throughout, so that listeners see the order in
 * which things happened, and nothing may sleep. What cannot be sent is counted, and
 * listeners are told that they missed something; they resync by a dump.
 *
 * The agent is told at once. To all others a thread sends what happened, in that
 * order: whoever changes a state does not pay for how many listen, nor for those
 * that do not read.
 */
#include "door/notify.h"

#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/wait.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netlink.h>

#include "door/nl_gen.h"
#include "door/nl_reply.h"
#include "door/put.h"
#include "engine/dispatch.h"

/* More than anything that is told: an environment with every token there can be. */
#define DRAFT_SIZE	(8 << 10)
/* What may wait to be sent, in bytes with all that the kernel keeps of it. */
#define OUTBOX_SIZE	(1 << 20)
/* Others come first: who listens can wait. */
#define SENDER_NICE	5

/*
 * Each message is written here first: then its size is known, and no more memory is
 * taken than that, which is all that there may be without waiting. NULL while the
 * family is not registered, so that nobody listens. Under sluice.lock.
 */
static struct sk_buff *draft;

/*
 * What is to be sent, each with its group in its control block, how much that is,
 * and the groups that something was lost for. Under sluice.lock; the sender looks
 * whether there is any without it.
 */
static struct sk_buff_head outbox;
static unsigned int outbox_size;
static unsigned int outbox_missed;

static struct task_struct *sender;
static DECLARE_WAIT_QUEUE_HEAD(sender_wait);

/* Who listens to the group has missed something. */
static void tell_missed(unsigned int group)
{
	genl_set_err(&sluice_nl_family, &init_net, 0, group, -ENOBUFS);
}

/* ESRCH: the last listener has just gone. Who missed it knows. */
static bool multicast(struct sk_buff *skb, unsigned int group, gfp_t flags)
{
	int ret = genlmsg_multicast(&sluice_nl_family, skb, 0, group, flags);

	return !ret || ret == -ESRCH;
}

/*
 * The sender
 */

/* Counts what is lost. */
static void send_all(struct sk_buff_head *mail)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(mail))) {
		if (!multicast(skb, NETLINK_CB(skb).dst_group, GFP_KERNEL)) {
			sluice_enter();
			sluice_event_lost();
			sluice_leave();
		}
		cond_resched();
	}
}

static void collect(struct sk_buff_head *mail, unsigned int *missed)
{
	__skb_queue_head_init(mail);
	sluice_enter();
	skb_queue_splice_init(&outbox, mail);
	outbox_size = 0;
	*missed = outbox_missed;
	outbox_missed = 0;
	sluice_leave();
}

/* What has happened until now. */
static void deliver(void)
{
	struct sk_buff_head mail;
	unsigned int missed, group;

	collect(&mail, &missed);
	send_all(&mail);
	for (group = 0; missed >> group; group++)
		if (missed & BIT(group))
			tell_missed(group);
}

static int sender_main(void *unused)
{
	set_user_nice(current, SENDER_NICE);
	while (!kthread_should_stop()) {
		wait_event_interruptible(sender_wait,
					 !skb_queue_empty_lockless(&outbox) ||
					 READ_ONCE(outbox_missed) ||
					 kthread_should_stop());
		deliver();
	}
	return 0;
}

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
	__skb_queue_head_init(&outbox);
	sender = kthread_run(sender_main, NULL, "sluice_events");
	if (IS_ERR(sender)) {
		nlmsg_free(skb);
		return PTR_ERR(sender);
	}
	draft_swap(skb);
	return 0;
}

/* Nothing that has happened is left untold. */
void sluice_notify_stop(void)
{
	nlmsg_free(draft_swap(NULL));
	kthread_stop(sender);
	deliver();
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

/* As if the listeners' queues had been full. The sender tells them. */
static void lose(unsigned int group)
{
	outbox_missed |= BIT(group);
	sluice_event_lost();
	wake_up(&sender_wait);
}

/* For the sender to send. */
static void post(unsigned int group, u8 cmd, put_fn put, const void *object)
{
	struct sk_buff *skb;

	if (!heard(group))
		return;
	skb = outbox_size < OUTBOX_SIZE ? write_message(cmd, put, object) : NULL;
	if (!skb) {
		lose(group);
		return;
	}
	NETLINK_CB(skb).dst_group = group;
	outbox_size += skb->truesize;
	__skb_queue_tail(&outbox, skb);
	/* What is there already has woken it. */
	if (skb_queue_len(&outbox) == 1)
		wake_up(&sender_wait);
}

static int put_env(struct sk_buff *skb, const void *object)
{
	return sluice_put_env(skb, object, true);
}

/* At once, to the agent. */
static void tell_agent(const struct sluice_env *env)
{
	struct sk_buff *skb;

	if (!heard(SLUICE_NLGRP_AGENT))
		return;
	skb = write_message(SLUICE_CMD_ENV_NTF, put_env, env);
	if (!skb)
		tell_missed(SLUICE_NLGRP_AGENT);
	if (!skb || !multicast(skb, SLUICE_NLGRP_AGENT,
			       GFP_NOWAIT | __GFP_NOWARN))
		sluice_event_lost();
}

/*
 * What is told
 */

/* To whoever may know all, and to whoever may know what anybody may. */
struct telling {
	put_fn	all;
	put_fn	open;
};

static void tell(const struct telling *telling, u8 cmd, const void *object)
{
	post(SLUICE_NLGRP_EVENTS, cmd, telling->all, object);
	post(SLUICE_NLGRP_STATES, cmd, telling->open, object);
}

static int put_call(struct sk_buff *skb, const void *object)
{
	return sluice_put_call(skb, object, SLUICE_PUT_EVENT, true);
}

static int put_call_open(struct sk_buff *skb, const void *object)
{
	return sluice_put_call(skb, object, SLUICE_PUT_EVENT, false);
}

static void notify_call(const struct sluice_call *call)
{
	static const struct telling telling = { put_call, put_call_open };

	tell(&telling, SLUICE_CMD_CALL_NTF, call);
}

static int put_env_open(struct sk_buff *skb, const void *object)
{
	return sluice_put_env(skb, object, false);
}

static void notify_env(const struct sluice_env *env)
{
	static const struct telling telling = { put_env, put_env_open };

	tell(&telling, SLUICE_CMD_ENV_NTF, env);
	/* The agent is spared what it has nothing to do for. */
	if (env->state != SLUICE_ENV_STATE_IDLE &&
	    env->state != SLUICE_ENV_STATE_BUSY)
		tell_agent(env);
}

static int put_task(struct sk_buff *skb, const void *object)
{
	return sluice_put_task(skb, object);
}

static void notify_task(const struct sluice_task *task)
{
	static const struct telling telling = { put_task, put_task };

	tell(&telling, SLUICE_CMD_TASK_NTF, task);
}

static int put_agent(struct sk_buff *skb, const void *object)
{
	return sluice_put_agent(skb);
}

static void notify_agent(void)
{
	static const struct telling telling = { put_agent, put_agent };

	tell(&telling, SLUICE_CMD_AGENT_NTF, NULL);
}

static int put_budget(struct sk_buff *skb, const void *object)
{
	return sluice_put_account(skb, object);
}

static void notify_budget(const struct sluice_account *account)
{
	static const struct telling telling = { put_budget, put_budget };

	tell(&telling, SLUICE_CMD_BUDGET_NTF, account);
}

/* There is no call: only what was asked for, and why not. */
static int put_refused_open(struct sk_buff *skb, const void *object)
{
	const struct sluice_refusal_event *event = object;

	if (nla_put_string(skb, SLUICE_A_CALL_TASK, event->task) ||
	    nla_put_u32(skb, SLUICE_A_CALL_STATE, SLUICE_CALL_STATE_REFUSED) ||
	    nla_put_u32(skb, SLUICE_A_CALL_REFUSAL, event->refusal))
		return -EMSGSIZE;
	return 0;
}

static int put_refused(struct sk_buff *skb, const void *object)
{
	const struct sluice_refusal_event *event = object;

	if (put_refused_open(skb, object) ||
	    nla_put(skb, SLUICE_A_CALL_TRACE_ID, SLUICE_TRACE_ID_LEN,
		    event->trace_id))
		return -EMSGSIZE;
	return 0;
}

static void notify_refused(const struct sluice_refusal_event *event)
{
	static const struct telling telling = { put_refused, put_refused_open };

	tell(&telling, SLUICE_CMD_CALL_NTF, event);
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
