// SPDX-License-Identifier: GPL-2.0-only
#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/can.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A device that does not answer must not hold up the agent for long. */
#define CONNECT_MS	1000

static int open_can(const char *name)
{
	struct sockaddr_can address = { .can_family = AF_CAN };
	int fd, ret;

	address.can_ifindex = (int)if_nametoindex(name);
	if (!address.can_ifindex)
		return -errno;
	fd = socket(AF_CAN, SOCK_RAW | SOCK_CLOEXEC, CAN_RAW);
	if (fd < 0)
		return -errno;
	if (!bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

/* Connect within CONNECT_MS; the socket blocks afterwards. Closes on failure. */
static int connect_soon(int fd, const struct sockaddr *address, socklen_t len)
{
	struct pollfd poller = { .fd = fd, .events = POLLOUT };
	socklen_t size = sizeof(int);
	int err = 0;

	if (connect(fd, address, len)) {
		err = errno;
		if (err == EINPROGRESS) {
			err = ETIMEDOUT;
			if (poll(&poller, 1, CONNECT_MS) == 1)
				getsockopt(fd, SOL_SOCKET, SO_ERROR, &err,
					   &size);
		}
	}
	if (!err) {
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
		return fd;
	}
	close(fd);
	return -err;
}

/* IP:PORT, the IP in digits: a name would have to be asked for. */
static int open_inet(const char *text, int type)
{
	struct addrinfo hints = { .ai_socktype = type,
				  .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	char host[64];
	const char *colon = strrchr(text, ':');
	struct addrinfo *address;
	int fd, one = 1;

	if (!colon || colon - text >= (long)sizeof(host))
		return -EINVAL;
	snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
	if (getaddrinfo(host, colon + 1, &hints, &address))
		return -EINVAL;
	fd = socket(address->ai_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		fd = -errno;
	} else {
		if (type == SOCK_STREAM)
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
				   sizeof(one));
		fd = connect_soon(fd, address->ai_addr, address->ai_addrlen);
	}
	freeaddrinfo(address);
	return fd;
}

static int open_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	return connect_soon(fd, (struct sockaddr *)&address, sizeof(address));
}

static int open_one(const char *address)
{
	if (!strncmp(address, "can:", 4))
		return open_can(address + 4);
	if (!strncmp(address, "tcp:", 4))
		return open_inet(address + 4, SOCK_STREAM);
	if (!strncmp(address, "udp:", 4))
		return open_inet(address + 4, SOCK_DGRAM);
	return open_unix(address + 5);
}

int sockets_open(const struct taskfile *task, int sockets[TASKFILE_ITEMS],
		 char error[ERROR_SIZE])
{
	size_t i;
	int ret;

	for (i = 0; i < TASKFILE_ITEMS; i++)
		sockets[i] = -1;
	for (i = 0; i < task->sockets_count; i++) {
		sockets[i] = open_one(task->sockets[i].address);
		if (sockets[i] >= 0)
			continue;
		snprintf(error, ERROR_SIZE, "socket %s %s: %s",
			 task->sockets[i].name, task->sockets[i].address,
			 strerror(-sockets[i]));
		/* What is short there, of a connection that is not made at once. */
		ret = sockets[i] == -EAGAIN ? -EIO : sockets[i];
		sockets_close(task, sockets);
		return ret;
	}
	return 0;
}

void sockets_close(const struct taskfile *task, int sockets[TASKFILE_ITEMS])
{
	size_t i;

	for (i = 0; i < task->sockets_count; i++) {
		if (sockets[i] >= 0)
			close(sockets[i]);
		sockets[i] = -1;
	}
}

bool sockets_connected(const struct taskfile_socket *socket)
{
	return !strncmp(socket->address, "tcp:", 4) ||
	       !strncmp(socket->address, "unix:", 5);
}
