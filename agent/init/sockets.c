// SPDX-License-Identifier: GPL-2.0-only
/*
 * What exec programs commonly set, and what would hold for who comes after them. The rest
 * the filter refuses (lib/filter.c), or is kept by nobody.
 */
#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/can/raw.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "peer.h"

/* What there may be of an earlier call, before one is begun. */
#define MESSAGES_MAX	100000
/* A message that has been sent is with the device by then; what waits for its end is not. */
#define SENT_LOOKS	20
#define SENT_LOOK_NS	1000000

static const struct {
	int	level;
	int	name;
} options[] = {
	{ SOL_SOCKET, SO_RCVTIMEO }, { SOL_SOCKET, SO_SNDTIMEO },
	{ SOL_SOCKET, SO_RCVLOWAT }, { SOL_SOCKET, SO_PEEK_OFF },
	{ SOL_SOCKET, SO_TIMESTAMP }, { SOL_SOCKET, SO_TIMESTAMPNS },
	{ SOL_SOCKET, SO_LINGER }, { SOL_SOCKET, SO_KEEPALIVE },
	{ SOL_SOCKET, SO_OOBINLINE }, { SOL_SOCKET, SO_PRIORITY },
	{ SOL_SOCKET, SO_PASSCRED },
	{ IPPROTO_IP, IP_TOS }, { IPPROTO_IP, IP_TTL },
	{ IPPROTO_IP, IP_RECVERR }, { IPPROTO_IP, IP_PKTINFO },
	{ IPPROTO_IP, IP_MTU_DISCOVER },
	{ IPPROTO_IPV6, IPV6_TCLASS }, { IPPROTO_IPV6, IPV6_UNICAST_HOPS },
	{ IPPROTO_IPV6, IPV6_RECVERR }, { IPPROTO_IPV6, IPV6_RECVPKTINFO },
	{ IPPROTO_IPV6, IPV6_MTU_DISCOVER },
	{ IPPROTO_TCP, TCP_NODELAY }, { IPPROTO_TCP, TCP_CORK },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT },
	{ IPPROTO_UDP, UDP_CORK },
	{ SOL_CAN_RAW, CAN_RAW_FILTER }, { SOL_CAN_RAW, CAN_RAW_ERR_FILTER },
	{ SOL_CAN_RAW, CAN_RAW_LOOPBACK },
	{ SOL_CAN_RAW, CAN_RAW_RECV_OWN_MSGS },
	{ SOL_CAN_RAW, CAN_RAW_FD_FRAMES },
	{ SOL_CAN_RAW, CAN_RAW_JOIN_FILTERS },
};

#define OPTIONS		(sizeof(options) / sizeof(options[0]))

/* One of them, or an address; @len 0: it has none. */
struct value {
	socklen_t len;
	char	bytes[128];
};

/**
 * struct state - how a socket was
 * @flags: of its file
 * @name: of its peer; of a CAN socket, which has none, its own
 */
struct state {
	int	flags;
	struct value name;
	struct value options[OPTIONS];
};

static struct state states[INIT_SOCKETS];

static int socket_of(const struct init *init, int i)
{
	return init->door + 1 + i;
}

static void get_option(int fd, size_t i, struct value *value)
{
	value->len = sizeof(value->bytes);
	if (getsockopt(fd, options[i].level, options[i].name, value->bytes,
		       &value->len))
		value->len = 0;
}

static void get_name(int fd, struct value *value)
{
	struct sockaddr *name = (struct sockaddr *)value->bytes;

	value->len = sizeof(value->bytes);
	if (!getpeername(fd, name, &value->len))
		return;
	value->len = sizeof(value->bytes);
	if (getsockname(fd, name, &value->len) || name->sa_family != AF_CAN)
		value->len = 0;
}

static bool same(const struct value *one, const struct value *other)
{
	return one->len == other->len && !memcmp(one->bytes, other->bytes, one->len);
}

void sockets_note(const struct init *init)
{
	size_t option;
	int i;

	for (i = 0; i < init->sockets; i++) {
		int fd = socket_of(init, i);

		states[i].flags = fcntl(fd, F_GETFL);
		get_name(fd, &states[i].name);
		for (option = 0; option < OPTIONS; option++)
			get_option(fd, option, &states[i].options[option]);
	}
}

/* A message of which a part is still to come (MSG_MORE) would begin with that. */
static bool has_sent_all(int fd)
{
	const struct timespec look = { .tv_nsec = SENT_LOOK_NS };
	int left = 0, looks;

	if (peer_is_stream(fd))
		return true;
	for (looks = 0; looks < SENT_LOOKS; looks++) {
		if (ioctl(fd, SIOCOUTQ, &left) || !left)
			return true;
		nanosleep(&look, NULL);
	}
	return false;
}

/* Nothing is sent by that, if it can be. */
static bool can_send(int fd)
{
	return !peer_is_stream(fd) ||
	       send(fd, "", 0, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 || errno != EPIPE;
}

static bool undo_option(int fd, size_t i, const struct value *was)
{
	struct value now;

	get_option(fd, i, &now);
	if (same(&now, was))
		return true;
	setsockopt(fd, options[i].level, options[i].name, was->bytes, was->len);
	get_option(fd, i, &now);
	return same(&now, was);
}

static bool undo(int fd, const struct state *state)
{
	struct value name;
	size_t option;

	get_name(fd, &name);
	/* Before a cork is drawn, which sends what there is. */
	if (!same(&name, &state->name) || !has_sent_all(fd) || !can_send(fd))
		return false;
	for (option = 0; option < OPTIONS; option++)
		if (!undo_option(fd, option, &state->options[option]))
			return false;
	return state->flags < 0 || !fcntl(fd, F_SETFL, state->flags);
}

bool sockets_undo(const struct init *init)
{
	int i;

	for (i = 0; i < init->sockets; i++)
		if (!undo(socket_of(init, i), &states[i]))
			return false;
	return true;
}

static void drain(int fd, int queue)
{
	int n;

	/* On a busy bus there is always another. */
	for (n = 0; n < MESSAGES_MAX; n++)
		if (recv(fd, NULL, 0, MSG_DONTWAIT | MSG_TRUNC | queue) < 0)
			break;
}

void sockets_drain(const struct init *init)
{
	int i;

	for (i = 0; i < init->sockets; i++) {
		drain(socket_of(init, i), MSG_ERRQUEUE);
		if (!peer_is_stream(socket_of(init, i)))
			drain(socket_of(init, i), 0);
	}
}
