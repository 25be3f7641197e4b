// SPDX-License-Identifier: GPL-2.0-only
#include "peer.h"

#include <linux/can.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

static int option(int fd, int name)
{
	socklen_t size = sizeof(int);
	int value = -1;

	getsockopt(fd, SOL_SOCKET, name, &value, &size);
	return value;
}

static bool interface_gone(int fd)
{
	struct sockaddr_can address;
	socklen_t size = sizeof(address);

	memset(&address, 0, sizeof(address));
	return !getsockname(fd, (struct sockaddr *)&address, &size) &&
	       !address.can_ifindex;
}

bool peer_is_stream(int fd)
{
	return option(fd, SO_TYPE) == SOCK_STREAM;
}

void peer_settle(int fd)
{
	if (!peer_is_stream(fd))
		option(fd, SO_ERROR);
}

bool peer_gone(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLRDHUP };

	if (option(fd, SO_DOMAIN) == AF_CAN)
		return interface_gone(fd);
	if (!peer_is_stream(fd))
		return false;
	return poll(&poller, 1, 0) == 1;
}
