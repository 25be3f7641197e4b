// SPDX-License-Identifier: GPL-2.0-only
#include "snl.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Room for the largest message of the kernel, and for bursts of events. */
#define RECEIVE_SIZE	(256 << 10)
#define SOCKET_SIZE	(4 << 20)

struct snl_conn {
	struct nl_sock *sock;
	int	family;
	char	error[256];
	/* The message that is being looked at, for attributes that repeat. */
	struct nlmsghdr *current;
	/* The first object that could not be handled; the rest is read, but skipped. */
	int	failed;
	char	buffer[RECEIVE_SIZE];
};

/* snl_amounts() gets attributes only: it finds their message by this. */
static __thread struct snl_conn *walking;

static int fail(struct snl_conn *conn, int err, const char *what)
{
	snprintf(conn->error, sizeof(conn->error), "%s: %s", what,
		 strerror(-err));
	return err;
}

static int connect_genl(struct snl_conn *conn)
{
	int one = 1, fd, ret;

	conn->sock = nl_socket_alloc();
	if (!conn->sock)
		return fail(conn, -ENOMEM, "netlink socket");
	ret = genl_connect(conn->sock);
	if (ret)
		return fail(conn, -EPROTONOSUPPORT, "netlink socket");
	nl_socket_disable_auto_ack(conn->sock);
	nl_socket_disable_seq_check(conn->sock);
	fd = nl_socket_get_fd(conn->sock);
	/* libnl has no word for these; without them errors have no reason. */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	nl_socket_set_buffer_size(conn->sock, SOCKET_SIZE, 0);
	return 0;
}

static int connect_family(struct snl_conn *conn)
{
	int ret = connect_genl(conn);

	if (ret)
		return ret;
	conn->family = genl_ctrl_resolve(conn->sock, SLUICE_FAMILY_NAME);
	if (conn->family < 0) {
		snprintf(conn->error, sizeof(conn->error),
			 "the module is not loaded (modprobe sluice), or this is not the first network namespace");
		return -ENOENT;
	}
	return 0;
}

int snl_open(struct snl_conn **ret_conn)
{
	struct snl_conn *conn = calloc(1, sizeof(*conn));

	*ret_conn = conn;
	if (!conn)
		return -ENOMEM;
	return connect_family(conn);
}

void snl_close(struct snl_conn *conn)
{
	if (!conn)
		return;
	if (conn->sock)
		nl_socket_free(conn->sock);
	free(conn);
}

int snl_fd(const struct snl_conn *conn)
{
	return nl_socket_get_fd(conn->sock);
}

uint32_t snl_port(const struct snl_conn *conn)
{
	return nl_socket_get_local_port(conn->sock);
}

const char *snl_error(const struct snl_conn *conn)
{
	return conn ? conn->error : strerror(ENOMEM);
}

struct nl_msg *snl_request(struct snl_conn *conn, uint8_t cmd, bool dump)
{
	struct nl_msg *msg = nlmsg_alloc_size(16384);
	int flags = NLM_F_REQUEST | NLM_F_ACK | (dump ? NLM_F_DUMP : 0);

	if (msg && genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, conn->family, 0,
			       flags, cmd, SLUICE_FAMILY_VERSION))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

void snl_put_amount(struct nl_msg *msg, int attr, const char *resource,
		   uint64_t amount)
{
	struct nlattr *nest = nla_nest_start(msg, attr | NLA_F_NESTED);

	if (!nest)
		return;
	nla_put_string(msg, SLUICE_A_AMOUNT_RESOURCE, resource);
	nla_put_u64(msg, SLUICE_A_AMOUNT_AMOUNT, amount);
	nla_nest_end(msg, nest);
}

/* Keep the kernel's reason; without one the errno has to do. */
static int keep_error(struct snl_conn *conn, const struct nlmsghdr *header)
{
	const struct nlmsgerr *err = nlmsg_data(header);
	struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1] = { NULL };
	int skip = (int)sizeof(*err);

	if (!err->error)
		return 0;
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		skip += (int)err->msg.nlmsg_len - NLMSG_HDRLEN;
	if (header->nlmsg_flags & NLM_F_ACK_TLVS &&
	    skip < nlmsg_datalen(header))
		nla_parse(attrs, NLMSGERR_ATTR_MAX,
			  (struct nlattr *)((char *)nlmsg_data(header) + skip),
			  nlmsg_datalen(header) - skip, NULL);
	if (attrs[NLMSGERR_ATTR_MSG])
		snprintf(conn->error, sizeof(conn->error), "%s",
			 nla_get_string(attrs[NLMSGERR_ATTR_MSG]));
	else
		snprintf(conn->error, sizeof(conn->error), "%s",
			 strerror(-err->error));
	return err->error;
}

static void one_object(struct snl_conn *conn, struct nlmsghdr *header,
		       snl_object_fn fn, void *arg)
{
	struct genlmsghdr *genl = nlmsg_data(header);
	struct nlattr *attrs[SNL_ATTRS + 1] = { NULL };

	if (header->nlmsg_type != conn->family || !fn || conn->failed)
		return;
	if (genlmsg_parse(header, 0, attrs, SNL_ATTRS, NULL) < 0) {
		conn->failed = fail(conn, -EBADMSG, "netlink message");
		return;
	}
	conn->current = header;
	walking = conn;
	conn->failed = fn(genl->cmd, attrs, arg);
	walking = NULL;
}

/* All messages of one datagram. 1: the reply is complete. */
static int datagram(struct snl_conn *conn, ssize_t len, snl_object_fn fn,
		    void *arg)
{
	struct nlmsghdr *header = (struct nlmsghdr *)conn->buffer;
	int left = (int)len, ret;

	for (; nlmsg_ok(header, left); header = nlmsg_next(header, &left)) {
		if (header->nlmsg_type == NLMSG_ERROR) {
			ret = keep_error(conn, header);
			return ret ? ret : 1;
		}
		if (header->nlmsg_type == NLMSG_DONE) {
			ret = *(int *)nlmsg_data(header);
			return ret ? fail(conn, ret, "dump") : 1;
		}
		one_object(conn, header, fn, arg);
	}
	return 0;
}

int snl_send(struct snl_conn *conn, struct nl_msg *msg, snl_object_fn fn,
	    void *arg)
{
	ssize_t len;
	int ret;

	if (!msg)
		return fail(conn, -ENOMEM, "netlink message");
	ret = nl_send_auto(conn->sock, msg);
	nlmsg_free(msg);
	if (ret < 0)
		return fail(conn, -EIO, nl_geterror(ret));
	conn->failed = 0;
	ret = 0;
	/* To the end of the reply, or the next request would find the rest. */
	do {
		len = recv(snl_fd(conn), conn->buffer, sizeof(conn->buffer), 0);
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return fail(conn, -errno, "netlink socket");
		ret = datagram(conn, len, fn, arg);
	} while (!ret);
	return ret < 0 ? ret : conn->failed;
}

static int join(struct snl_conn *conn, const char *family, const char *group)
{
	int id = genl_ctrl_resolve_grp(conn->sock, family, group);

	if (id < 0)
		return fail(conn, -EPROTO, "finding the netlink group");
	if (setsockopt(snl_fd(conn), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &id,
		       sizeof(id)))
		return fail(conn, -errno, "joining the netlink group");
	return 0;
}

int snl_listen(struct snl_conn *conn, const char *group)
{
	return join(conn, SLUICE_FAMILY_NAME, group);
}

static ssize_t next_event(struct snl_conn *conn)
{
	ssize_t len = recv(snl_fd(conn), conn->buffer, sizeof(conn->buffer),
			   MSG_DONTWAIT);

	if (len >= 0)
		return len;
	return errno == EAGAIN || errno == EINTR ?
	       -EAGAIN : fail(conn, -errno, "netlink events");
}

int snl_receive(struct snl_conn *conn, snl_object_fn fn, void *arg)
{
	ssize_t len = next_event(conn);
	int ret;

	if (len < 0)
		return (int)len;
	conn->failed = 0;
	ret = datagram(conn, len, fn, arg);
	return ret < 0 ? ret : conn->failed;
}

/*
 * The family itself
 */

int snl_watch(struct snl_conn **ret_conn)
{
	struct snl_conn *conn = calloc(1, sizeof(*conn));
	int ret;

	*ret_conn = conn;
	if (!conn)
		return -ENOMEM;
	ret = connect_genl(conn);
	return ret ? ret : join(conn, "nlctrl", "notify");
}

/* Of the families' own messages, whether it says that ours came or went. */
static bool says(const struct nlmsghdr *header, bool *there)
{
	const struct genlmsghdr *genl = nlmsg_data(header);
	struct nlattr *attrs[CTRL_ATTR_MAX + 1] = { NULL };

	if (header->nlmsg_type != GENL_ID_CTRL ||
	    (genl->cmd != CTRL_CMD_NEWFAMILY && genl->cmd != CTRL_CMD_DELFAMILY))
		return false;
	if (genlmsg_parse((struct nlmsghdr *)header, 0, attrs, CTRL_ATTR_MAX,
			  NULL) < 0 ||
	    strcmp(snl_string(attrs, CTRL_ATTR_FAMILY_NAME), SLUICE_FAMILY_NAME))
		return false;
	*there = genl->cmd == CTRL_CMD_NEWFAMILY;
	return true;
}

int snl_watched(struct snl_conn *conn, bool *there)
{
	struct nlmsghdr *header = (struct nlmsghdr *)conn->buffer;
	ssize_t len = next_event(conn);
	int left = (int)len, changed = 0;

	if (len < 0)
		return (int)len;
	for (; nlmsg_ok(header, left); header = nlmsg_next(header, &left))
		changed |= says(header, there);
	return changed;
}

uint32_t snl_u32(struct nlattr **attrs, int attr)
{
	return attrs[attr] ? nla_get_u32(attrs[attr]) : 0;
}

uint64_t snl_u64(struct nlattr **attrs, int attr)
{
	return attrs[attr] ? nla_get_u64(attrs[attr]) : 0;
}

const char *snl_string(struct nlattr **attrs, int attr)
{
	return attrs[attr] ? nla_get_string(attrs[attr]) : "";
}

void snl_amounts(struct nlattr **attrs, int attr, snl_amount_fn fn, void *arg)
{
	struct nlattr *a, *amount[SLUICE_A_AMOUNT_MAX + 1];
	int rem;

	if (!attrs[attr] || !walking)
		return;
	nlmsg_for_each_attr(a, walking->current, GENL_HDRLEN, rem) {
		if (nla_type(a) != attr)
			continue;
		if (nla_parse_nested(amount, SLUICE_A_AMOUNT_MAX, a, NULL) < 0)
			continue;
		if (amount[SLUICE_A_AMOUNT_RESOURCE])
			fn(snl_string(amount, SLUICE_A_AMOUNT_RESOURCE),
			   snl_u64(amount, SLUICE_A_AMOUNT_AMOUNT), arg);
	}
}
