// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "wire.h"

#include <errno.h>
#include <linux/sluice_netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER	(NLMSG_HDRLEN + GENL_HDRLEN)

/*
 * A message
 */

static struct nlmsghdr *header_of(struct wire *wire)
{
	return (struct nlmsghdr *)wire->out;
}

static void begin(struct wire *wire, uint16_t family, uint8_t cmd,
		  uint16_t flags)
{
	struct genlmsghdr *generic = (struct genlmsghdr *)(wire->out +
							   NLMSG_HDRLEN);

	memset(wire->out, 0, HEADER);
	header_of(wire)->nlmsg_type = family;
	header_of(wire)->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	header_of(wire)->nlmsg_seq = ++wire->seq;
	generic->cmd = cmd;
	generic->version = SLUICE_FAMILY_VERSION;
	wire->len = HEADER;
}

void wire_begin(struct wire *wire, uint8_t cmd, uint16_t flags)
{
	/* To nobody, who says that he is not there: 0 would be for the kernel. */
	begin(wire, wire->family ? wire->family : UINT16_MAX, cmd, flags);
}

/* What does not fit is left out. */
void wire_put(struct wire *wire, uint16_t type, const void *data, size_t len)
{
	struct nlattr attr = { .nla_len = NLA_HDRLEN + len, .nla_type = type };
	size_t room = NLA_HDRLEN + NLA_ALIGN(len);

	if (wire->len + room > sizeof(wire->out))
		return;
	memset(wire->out + wire->len, 0, room);
	memcpy(wire->out + wire->len, &attr, sizeof(attr));
	if (len)
		memcpy(wire->out + wire->len + NLA_HDRLEN, data, len);
	wire->len += room;
}

void wire_u32(struct wire *wire, uint16_t type, uint32_t value)
{
	wire_put(wire, type, &value, sizeof(value));
}

void wire_u64(struct wire *wire, uint16_t type, uint64_t value)
{
	wire_put(wire, type, &value, sizeof(value));
}

void wire_text(struct wire *wire, uint16_t type, const char *text)
{
	wire_put(wire, type, text, strlen(text) + 1);
}

size_t wire_nest(struct wire *wire, uint16_t type)
{
	size_t nest = wire->len;

	wire_put(wire, type | NLA_F_NESTED, NULL, 0);
	return nest;
}

void wire_nest_end(struct wire *wire, size_t nest)
{
	((struct nlattr *)(wire->out + nest))->nla_len = wire->len - nest;
}

/*
 * Attributes of a reply
 */

const struct nlattr *wire_attr(const char *attrs, size_t len, uint16_t type)
{
	const struct nlattr *attr = (const struct nlattr *)attrs;

	while (len >= sizeof(*attr) && attr->nla_len >= sizeof(*attr) &&
	       attr->nla_len <= len) {
		size_t step = NLA_ALIGN(attr->nla_len);

		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
		len -= step < len ? step : len;
		attr = (const struct nlattr *)((const char *)attr + step);
	}
	return NULL;
}

static const char *data_of(const char *attrs, size_t len, uint16_t type,
			   size_t least)
{
	const struct nlattr *attr = wire_attr(attrs, len, type);

	return attr && attr->nla_len >= NLA_HDRLEN + least ?
	       (const char *)attr + NLA_HDRLEN : NULL;
}

uint32_t wire_get_u32(const char *attrs, size_t len, uint16_t type)
{
	const char *data = data_of(attrs, len, type, sizeof(uint32_t));
	uint32_t value = 0;

	if (data)
		memcpy(&value, data, sizeof(value));
	return value;
}

uint64_t wire_get_u64(const char *attrs, size_t len, uint16_t type)
{
	const char *data = data_of(attrs, len, type, sizeof(uint64_t));
	uint64_t value = 0;

	if (data)
		memcpy(&value, data, sizeof(value));
	return value;
}

const char *wire_get_text(const char *attrs, size_t len, uint16_t type)
{
	const char *text = data_of(attrs, len, type, 1);

	return text ? text : "";
}

/*
 * The socket
 */

int wire_send(struct wire *wire)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	/* Unless somebody wants it wrong. */
	if (!header_of(wire)->nlmsg_len)
		header_of(wire)->nlmsg_len = wire->len;
	if (sendto(wire->fd, wire->out, wire->len, 0,
		   (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	return 0;
}

/* True when it was the last of what answers us. */
static bool take(struct wire *wire, const struct nlmsghdr *header, wire_fn fn,
		 void *arg, int *ret)
{
	const char *data = (const char *)header + NLMSG_HDRLEN;

	if (header->nlmsg_seq != wire->seq)
		return false;
	if (header->nlmsg_type == NLMSG_ERROR ||
	    header->nlmsg_type == NLMSG_DONE) {
		memcpy(ret, data, sizeof(*ret));
		return true;
	}
	if (fn && header->nlmsg_len >= HEADER)
		fn(data + GENL_HDRLEN, header->nlmsg_len - HEADER, arg);
	return false;
}

int wire_hear(struct wire *wire, wire_fn fn, void *arg)
{
	int ret = -ENOMSG;
	ssize_t len;

	for (;;) {
		struct nlmsghdr *header = (struct nlmsghdr *)wire->in;

		do {
			len = recv(wire->fd, wire->in, sizeof(wire->in),
				   MSG_DONTWAIT);
		} while (len < 0 && errno == EINTR);
		if (len < 0)
			return errno == EAGAIN ? ret : -errno;
		for (; NLMSG_OK(header, (size_t)len);
		     header = NLMSG_NEXT(header, len))
			if (take(wire, header, fn, arg, &ret))
				return ret;
	}
}

int wire_do(struct wire *wire, wire_fn fn, void *arg)
{
	int ret = wire_send(wire);

	return ret ? ret : wire_hear(wire, fn, arg);
}

static void keep_family(const char *attrs, size_t len, void *arg)
{
	const char *id = data_of(attrs, len, CTRL_ATTR_FAMILY_ID,
				 sizeof(uint16_t));

	if (id)
		memcpy(arg, id, sizeof(uint16_t));
}

bool wire_resolve(struct wire *wire)
{
	wire->family = 0;
	begin(wire, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	wire_text(wire, CTRL_ATTR_FAMILY_NAME, SLUICE_FAMILY_NAME);
	wire_do(wire, keep_family, &wire->family);
	return wire->family;
}

bool wire_open(struct wire *wire)
{
	int one = 1;

	wire->seq = 0;
	wire->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (wire->fd < 0)
		return false;
	setsockopt(wire->fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	wire_resolve(wire);
	return true;
}

void wire_close(struct wire *wire)
{
	if (wire->fd >= 0)
		close(wire->fd);
	wire->fd = -1;
}
