// SPDX-License-Identifier: GPL-2.0-only
/*
 * The door outward: the sink of event.c, which makes netlink multicast of state
 * changes. sluice.lock is held throughout, so that listeners see the order in
 * which things happened, and nothing may sleep. What cannot be sent is counted, and
 * listeners are told that they missed something; they resync by a dump.
 *
 * The agent is told at once. To all others threads send what happened, in that
 * order: whoever changes a state does not pay for how many listen, nor for those
 * that do not read. Each group has its own, with a limit of its own: to the open one
 * anybody may listen, and as many as they like.
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

/**
 * struct outbox - what is to be sent to a group
 * @name: of the thread that sends it
 * @group: to whom
 * @sender: the thread
 * @wait: where it sleeps
 * @mail: what is to be sent; the sender looks without sluice.lock whether there is any
 * @size: of it
 * @missed: something was lost
 */
struct outbox {
	const char *name;
	unsigned int group;
	struct task_struct *sender;
	wait_queue_head_t wait;
	struct sk_buff_head mail;
	unsigned int size;
	bool	missed;
};

enum { EVENTS, STATES, OUTBOXES };

static struct outbox outboxes[OUTBOXES] = {
	[EVENTS] = { .name = "sluice_events", .group = SLUICE_NLGRP_EVENTS },
	[STATES] = { .name = "sluice_states", .group = SLUICE_NLGRP_STATES },
};

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
 * The senders
 */

/* Counts what is lost. */
static void send_all(struct sk_buff_head *mail, unsigned int group)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(mail))) {
		if (!multicast(skb, group, GFP_KERNEL)) {
			sluice_enter();
			sluice_event_lost();
			sluice_leave();
		}
		cond_resched();
	}
}

/* True when something was lost. */
static bool collect(struct outbox *outbox, struct sk_buff_head *mail)
{
	bool missed;

	__skb_queue_head_init(mail);
	sluice_enter();
	skb_queue_splice_init(&outbox->mail, mail);
	outbox->size = 0;
	missed = outbox->missed;
	outbox->missed = false;
	sluice_leave();
	return missed;
}

/* What has happened until now. */
static void deliver(struct outbox *outbox)
{
	struct sk_buff_head mail;
	bool missed = collect(outbox, &mail);

	send_all(&mail, outbox->group);
	if (missed)
		tell_missed(outbox->group);
}

static int sender_main(void *arg)
{
	struct outbox *outbox = arg;

	set_user_nice(current, SENDER_NICE);
	while (!kthread_should_stop()) {
		wait_event_interruptible(outbox->wait,
					 !skb_queue_empty_lockless(&outbox->mail) ||
					 READ_ONCE(outbox->missed) ||
					 kthread_should_stop());
		deliver(outbox);
	}
	return 0;
}

/* Nothing that has happened is left untold. */
static void close_outbox(struct outbox *outbox)
{
	kthread_stop(outbox->sender);
	deliver(outbox);
}

static int open_outbox(struct outbox *outbox)
{
	__skb_queue_head_init(&outbox->mail);
	init_waitqueue_head(&outbox->wait);
	outbox->sender = kthread_run(sender_main, outbox, "%s", outbox->name);
	return PTR_ERR_OR_ZERO(outbox->sender);
}

static int open_outboxes(void)
{
	int i, ret;

	for (i = 0; i < OUTBOXES; i++) {
		ret = open_outbox(&outboxes[i]);
		if (ret)
			break;
	}
	if (ret)
		while (i--)
			close_outbox(&outboxes[i]);
	return ret;
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
	int ret;

	if (!skb)
		return -ENOMEM;
	ret = open_outboxes();
	if (ret)
		nlmsg_free(skb);
	else
		draft_swap(skb);
	return ret;
}

void sluice_notify_stop(void)
{
	int i;

	nlmsg_free(draft_swap(NULL));
	for (i = 0; i < OUTBOXES; i++)
		close_outbox(&outboxes[i]);
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
static void lose(struct outbox *outbox)
{
	outbox->missed = true;
	sluice_event_lost();
	wake_up(&outbox->wait);
}

/* For its sender to send. */
static void post(struct outbox *outbox, u8 cmd, put_fn put, const void *object)
{
	struct sk_buff *skb;

	if (!heard(outbox->group))
		return;
	skb = outbox->size < OUTBOX_SIZE ? write_message(cmd, put, object) :
					   NULL;
	if (!skb) {
		lose(outbox);
		return;
	}
	outbox->size += skb->truesize;
	__skb_queue_tail(&outbox->mail, skb);
	/* What is there already has woken it. */
	if (skb_queue_len(&outbox->mail) == 1)
		wake_up(&outbox->wait);
}

static int put_env(struct sk_buff *skb, const void *object)
{
	return sluice_put_env(skb, object, true);
}

/* At once, to the agent. */
static void tell_agent(u8 cmd, put_fn put, const void *object)
{
	struct sk_buff *skb;

	if (!heard(SLUICE_NLGRP_AGENT))
		return;
	skb = write_message(cmd, put, object);
	if (!skb)
		tell_missed(SLUICE_NLGRP_AGENT);
	if (!skb || !multicast(skb, SLUICE_NLGRP_AGENT,
			       GFP_NOWAIT | __GFP_NOWARN))
		sluice_event_lost();
}

static void tell_agent_env(const struct sluice_env *env)
{
	tell_agent(SLUICE_CMD_ENV_NTF, put_env, env);
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
	post(&outboxes[EVENTS], cmd, telling->all, object);
	post(&outboxes[STATES], cmd, telling->open, object);
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
		tell_agent_env(env);
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

static int put_box(struct sk_buff *skb, const void *object)
{
	return sluice_put_box(skb);
}

static void notify_box(void)
{
	tell_agent(SLUICE_CMD_BOX_NTF, put_box, NULL);
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
	.box = notify_box,
	.budget = notify_budget,
	.refused = notify_refused,
	.still_wanted = tell_agent_env,
};
