// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sockets of a task, opened while we are in the gateway's network and in the
 * environment's own cgroup: what they take is its own, and what each of them is
 * connected to first is all that it ever reaches (bpf/peers.bpf.c).
 */
#include "first.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/can.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MS	1000000ULL

/* Where a socket is to lead; @interface: by which alone, or 0. */
struct address {
	int	interface;
	int	family;
	int	type;
	int	protocol;
	socklen_t len;
	union {
		struct sockaddr any;
		struct sockaddr_can can;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} to;
};

static bool can_address(struct address *address, const char *name)
{
	address->family = AF_CAN;
	address->type = SOCK_RAW;
	address->protocol = CAN_RAW;
	address->len = sizeof(address->to.can);
	address->to.can.can_family = AF_CAN;
	address->to.can.can_ifindex = (int)if_nametoindex(name);
	return address->to.can.can_ifindex;
}

/* Found as all that a task names; by its number nobody else is found there meanwhile. */
static void unix_address(struct address *address, int source)
{
	memset(address, 0, sizeof(*address));
	address->family = AF_UNIX;
	address->type = SOCK_STREAM;
	address->len = sizeof(address->to.un);
	address->to.un.sun_family = AF_UNIX;
	snprintf(address->to.un.sun_path, sizeof(address->to.un.sun_path),
		 "/proc/self/fd/%d", source);
}

/* What follows the address goes. */
static bool take_interface(struct address *address, char *host)
{
	char *name = strchr(host, '%');

	if (!name)
		return true;
	*name++ = '\0';
	address->interface = (int)if_nametoindex(name);
	if (!address->interface)
		address->interface = (int)strtoul(name, NULL, 10);
	return address->interface;
}

static bool ipv6(struct address *address, const char *host, in_port_t port)
{
	if (inet_pton(AF_INET6, host, &address->to.in6.sin6_addr) != 1)
		return false;
	address->family = AF_INET6;
	address->len = sizeof(address->to.in6);
	address->to.in6.sin6_family = AF_INET6;
	address->to.in6.sin6_port = port;
	address->to.in6.sin6_scope_id = (uint32_t)address->interface;
	return true;
}

/* IP[%INTERFACE]:PORT, the IP in digits: a name would have to be asked for. */
static bool inet_address(struct address *address, const char *text, int type)
{
	const char *colon = strrchr(text, ':');
	unsigned long port;
	char host[64], *end;

	errno = EINVAL;
	if (!colon || colon - text >= (long)sizeof(host))
		return false;
	port = strtoul(colon + 1, &end, 10);
	if (end == colon + 1 || *end || port > 65535)
		return false;
	snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
	address->type = type;
	if (!take_interface(address, host))
		return false;
	if (!inet_aton(host, &address->to.in.sin_addr))
		return ipv6(address, host, htons((in_port_t)port));
	address->family = AF_INET;
	address->len = sizeof(address->to.in);
	address->to.in.sin_family = AF_INET;
	address->to.in.sin_port = htons((in_port_t)port);
	return true;
}

static bool find_address(struct address *address, const char *text)
{
	memset(address, 0, sizeof(*address));
	if (!strncmp(text, "can:", 4))
		return can_address(address, text + 4);
	if (!strncmp(text, "tcp:", 4))
		return inet_address(address, text + 4, SOCK_STREAM);
	return inet_address(address, text + 4, SOCK_DGRAM);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / MS;
}

static int left_ms(uint64_t until)
{
	uint64_t now = now_ms();

	return until > now ? (int)(until - now) : 0;
}

/* There is no way to be told when it has room for us but to wait for it. */
static bool connect_unix(int fd, const struct address *address, uint64_t until)
{
	const struct sockaddr_un nameless = { .sun_family = AF_UNIX };
	int left = left_ms(until) + 1;
	struct timeval time = { left / 1000, left % 1000 * 1000L }, none = { 0 };

	/* The kernel's own choice: else the program could take a name that others need. */
	if (bind(fd, (const struct sockaddr *)&nameless, sizeof(sa_family_t)))
		return false;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
	if (connect(fd, &address->to.any, address->len)) {
		if (errno == EAGAIN)
			errno = ETIMEDOUT;
		return false;
	}
	return !setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof(none));
}

/*
 * An address of one interface stays there, whatever becomes of the socket; the kernel
 * would forget that with a connection.
 */
static bool stay_at_interface(int fd, const struct address *address)
{
	int at = address->interface;

	return !at ||
	       !setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &at, sizeof(at));
}

/* On its way to its peer, with the number that it keeps. */
static bool begin(int fd, const struct address *address, uint64_t until)
{
	int one = 1, made;

	made = socket(address->family, address->type | SOCK_NONBLOCK,
		      address->protocol);
	if (made < 0)
		return false;
	if (made != fd) {
		if (dup2(made, fd) != fd)
			return false;
		close(made);
	}
	if (address->family == AF_UNIX)
		return connect_unix(fd, address, until);
	if (address->type == SOCK_STREAM)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return stay_at_interface(fd, address) &&
	       (!connect(fd, &address->to.any, address->len) ||
		errno == EINPROGRESS);
}

static bool reach(int fd, uint64_t until)
{
	struct pollfd poller = { .fd = fd, .events = POLLOUT };
	socklen_t size = sizeof(int);
	int err = ETIMEDOUT, ret;

	do {
		ret = poll(&poller, 1, left_ms(until));
	} while (ret < 0 && errno == EINTR);
	if (ret == 1)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size);
	errno = err;
	return !err;
}

/* What is connected has reached its peer by then; it blocks from here on. */
static bool complete(int fd, uint64_t until)
{
	return reach(fd, until) &&
	       !fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
}

static void lack(const struct first *first, const struct taskfile_socket *socket)
{
	char which[512];

	snprintf(which, sizeof(which), "%s %s", socket->name, socket->address);
	first_lack(first, "socket", which);
}

/* Those are made in a network of our own, see can.c. */
static bool is_can(const struct taskfile_socket *socket)
{
	return !strncmp(socket->address, "can:", 4);
}

static bool is_unix(const struct taskfile_socket *socket)
{
	return !strncmp(socket->address, "unix:", 5);
}

static bool is_inet(const struct taskfile_socket *socket)
{
	return !strncmp(socket->address, "tcp:", 4) ||
	       !strncmp(socket->address, "udp:", 4);
}

/*
 * Would each be kept to its peer? The same programs that do it refuse that a socket of
 * the gateway's network is bound.
 */
static bool is_enforced(void)
{
	const struct sockaddr_in here = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool refused;

	first_die_unless(fd >= 0, "socket");
	refused = bind(fd, (const struct sockaddr *)&here, sizeof(here)) &&
		  errno == EPERM;
	close(fd);
	return refused;
}

static void be_enforced(const struct first *first)
{
	const struct taskfile *task = &first->task;
	size_t i;

	for (i = 0; i < task->sockets_count; i++)
		if (is_inet(&task->sockets[i]))
			break;
	if (i < task->sockets_count && !is_enforced())
		first_refuse(first, "socket %s %s: nothing would keep it to its peer: the journal of sluiced says why eBPF was refused",
			     task->sockets[i].name, task->sockets[i].address);
}

/* O_PATH, out of the way of those that get a number. -1, for who only looks: he was told. */
static int open_unix(const struct first *first, const struct taskfile_socket *socket)
{
	const char *path = strchr(socket->address, ':') + 1;
	char what[64];
	int source, fd;

	snprintf(what, sizeof(what), "socket %s", socket->name);
	source = first_open_source(first, what, path);
	if (source < 0)
		return -1;
	fd = fcntl(source, F_DUPFD_CLOEXEC, ORDER_ENV_SOCKETS + TASKFILE_ITEMS);
	close(source);
	first_die_unless(fd >= 0, "socket");
	return fd;
}

static void begin_one(const struct first *first, const struct taskfile_socket *socket,
		      int fd, uint64_t until)
{
	struct address address;
	int source = -1;

	if (is_unix(socket)) {
		source = open_unix(first, socket);
		unix_address(&address, source);
	} else if (!find_address(&address, socket->address)) {
		lack(first, socket);
	}
	if (!begin(fd, &address, until))
		lack(first, socket);
	if (source >= 0)
		close(source);
}

/* All at the same time: together they take no longer than the slowest. */
void first_open_sockets(const struct first *first)
{
	const struct taskfile *task = &first->task;
	size_t i, count = 0;
	uint64_t until;

	for (i = 0; i < task->sockets_count; i++)
		count += !is_can(&task->sockets[i]);
	if (!count)
		return;
	until = now_ms() + task->connect_timeout / MS;
	be_enforced(first);
	first_be_seen_as_user(first);
	for (i = 0; i < task->sockets_count; i++)
		if (!is_can(&task->sockets[i]))
			begin_one(first, &task->sockets[i],
				  ORDER_ENV_SOCKETS + (int)i, until);
	first_be_seen_as_root();
	for (i = 0; i < task->sockets_count; i++)
		if (!is_can(&task->sockets[i]) &&
		    !complete(ORDER_ENV_SOCKETS + (int)i, until))
			lack(first, &task->sockets[i]);
}

void first_look_at_sockets(const struct first *first)
{
	const struct taskfile *task = &first->task;
	struct address address;
	int source;
	size_t i;

	for (i = 0; i < task->sockets_count; i++) {
		if (is_unix(&task->sockets[i])) {
			source = open_unix(first, &task->sockets[i]);
			if (source >= 0)
				close(source);
		} else if (!find_address(&address, task->sockets[i].address)) {
			lack(first, &task->sockets[i]);
		}
	}
}
