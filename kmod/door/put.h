/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How each object looks as netlink attributes: shared by what nl.c answers and
 * what notify.c tells. sluice.lock is held. -EMSGSIZE: no room.
 *
 * @all: to somebody who may know all of it. Others do not get what programs and
 * submitters have written: messages, keys, trace ids.
 */
#ifndef SLUICE_PUT_H
#define SLUICE_PUT_H

#include "types.h"

struct sk_buff;

/* How much of a waiting call is told: the rest is not for nothing. */
enum sluice_put {
	SLUICE_PUT_EVENT,	/* what is at hand */
	SLUICE_PUT_DUMP,	/* also when it may start */
	SLUICE_PUT_ONE,		/* also where its task stands among others */
};

int sluice_put_task(struct sk_buff *skb, const struct sluice_task *task);
/* Attributes of an environment by enum sluice_count. */
extern const int sluice_put_env_counts[SLUICE_COUNTS];

int sluice_put_env(struct sk_buff *skb, const struct sluice_env *env,
		   bool all);
int sluice_put_call(struct sk_buff *skb, const struct sluice_call *call,
		    enum sluice_put detail, bool all);
int sluice_put_try(struct sk_buff *skb, const struct sluice_task *task,
		   const struct sluice_env *env,
		   const struct sluice_verdict *verdict);
int sluice_put_account(struct sk_buff *skb,
		       const struct sluice_account *account);
int sluice_put_budget(struct sk_buff *skb,
		      const struct sluice_account *account);
int sluice_put_agent(struct sk_buff *skb);
int sluice_put_box(struct sk_buff *skb);

#endif /* SLUICE_PUT_H */
