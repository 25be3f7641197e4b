/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The netlink family "sluice". The only part that knows libnl. Functions return
 * 0 or a negative errno; snl_error() says in words what the last one met, with the
 * kernel's own reason where it gave one.
 */
#ifndef SLUICE_SNL_H
#define SLUICE_SNL_H

#include <linux/sluice_netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <stdint.h>

struct snl_conn;

/* Highest attribute number of any set of the family. */
#define SNL_ATTRS 64

/*
 * One object of a reply or event; @attrs is indexed by attribute, its strings
 * live until the function returns. Not 0 ends the walk.
 */
typedef int (*snl_object_fn)(uint8_t cmd, struct nlattr **attrs, void *arg);

/* -ENOENT: the module is not loaded. Close NULL is allowed. */
int snl_open(struct snl_conn **ret_conn);
void snl_close(struct snl_conn *conn);
int snl_fd(const struct snl_conn *conn);
uint32_t snl_port(const struct snl_conn *conn);
const char *snl_error(const struct snl_conn *conn);

/* Build a request with nla_put_*(), then send it: that frees it. NULL: no memory. */
struct nl_msg *snl_request(struct snl_conn *conn, uint8_t cmd, bool dump);
void snl_put_amount(struct nl_msg *msg, int attr, const char *resource,
		   uint64_t amount);
int snl_send(struct snl_conn *conn, struct nl_msg *msg, snl_object_fn fn,
	    void *arg);

/* Events, on a connection of their own. Receive until -EAGAIN. */
int snl_listen(struct snl_conn *conn, const char *group);
/* -ENOBUFS: events were lost, look at everything again. */
int snl_receive(struct snl_conn *conn, snl_object_fn fn, void *arg);

/*
 * Whether the family is there, on a connection of its own, without asking: who asks for
 * it has the module loaded. Receive until -EAGAIN: 1: @there has changed; 0: nothing of
 * interest.
 */
int snl_watch(struct snl_conn **ret_conn);
int snl_watched(struct snl_conn *conn, bool *there);

/* Attributes that may be absent. */
uint32_t snl_u32(struct nlattr **attrs, int attr);
uint64_t snl_u64(struct nlattr **attrs, int attr);
const char *snl_string(struct nlattr **attrs, int attr);
/* Walk the amounts of a reply; attributes that repeat are collected for this. */
typedef void (*snl_amount_fn)(const char *resource, uint64_t amount, void *arg);
void snl_amounts(struct nlattr **attrs, int attr, snl_amount_fn fn, void *arg);

#endif /* SLUICE_SNL_H */
