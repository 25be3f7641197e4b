/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The netlink family "sluice". The only part that knows libnl. Functions return
 * 0 or a negative errno; nl_error() says in words what the last one met, with the
 * kernel's own reason where it gave one.
 */
#ifndef SLUICE_AGENT_NL_H
#define SLUICE_AGENT_NL_H

#include <linux/sluice_netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <stdint.h>

struct nl_conn;

/* Highest attribute number of any set of the family. */
#define NL_ATTRS 64

/*
 * One object of a reply or event; @attrs is indexed by attribute, its strings
 * live until the function returns. Not 0 ends the walk.
 */
typedef int (*nl_object_fn)(uint8_t cmd, struct nlattr **attrs, void *arg);

/* -ENOENT: the module is not loaded. Close NULL is allowed. */
int nl_open(struct nl_conn **ret_conn);
void nl_close(struct nl_conn *conn);
int nl_fd(const struct nl_conn *conn);
uint32_t nl_port(const struct nl_conn *conn);
const char *nl_error(const struct nl_conn *conn);

/* Build a request with nla_put_*(), then send it: that frees it. NULL: no memory. */
struct nl_msg *nl_request(struct nl_conn *conn, uint8_t cmd, bool dump);
void nl_put_amount(struct nl_msg *msg, int attr, const char *resource,
		   uint64_t amount);
int nl_send(struct nl_conn *conn, struct nl_msg *msg, nl_object_fn fn,
	    void *arg);

/* Events, on a connection of their own. Receive until -EAGAIN. */
int nl_listen(struct nl_conn *conn, const char *group);
/* -ENOBUFS: events were lost, look at everything again. */
int nl_receive(struct nl_conn *conn, nl_object_fn fn, void *arg);

/* Attributes that may be absent. */
uint32_t nl_u32(struct nlattr **attrs, int attr);
uint64_t nl_u64(struct nlattr **attrs, int attr);
const char *nl_string(struct nlattr **attrs, int attr);
/* Walk the amounts of a reply; attributes that repeat are collected for this. */
typedef void (*nl_amount_fn)(const char *resource, uint64_t amount, void *arg);
void nl_amounts(struct nlattr **attrs, int attr, nl_amount_fn fn, void *arg);

#endif /* SLUICE_AGENT_NL_H */
