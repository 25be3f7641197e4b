// SPDX-License-Identifier: GPL-2.0-only
/* tamper HOW: what a program does to the socket that it has as 4, so that the next one would have it so. */
#define _GNU_SOURCE
#include <linux/can/raw.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#define SOCKET	4

/* Of a message the first part, which waits for the rest. */
static int more(void)
{
	return send(SOCKET, "evil", 4, MSG_MORE) == 4 ? 0 : -1;
}

static int cork(void)
{
	const int one = 1;

	return setsockopt(SOCKET, IPPROTO_UDP, UDP_CORK, &one, sizeof(one));
}

static int hurry(void)
{
	const struct timeval soon = { .tv_usec = 1000 };

	return setsockopt(SOCKET, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
}

static int is_calm(void)
{
	struct timeval time = { .tv_usec = 1 };
	socklen_t size = sizeof(time);

	if (getsockopt(SOCKET, SOL_SOCKET, SO_RCVTIMEO, &time, &size))
		return -1;
	return time.tv_sec || time.tv_usec ? -1 : 0;
}

static int leave(void)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	return connect(SOCKET, &nobody, sizeof(nobody));
}

static int close_half(void)
{
	return shutdown(SOCKET, SHUT_WR);
}

static int be_deaf(void)
{
	return setsockopt(SOCKET, SOL_CAN_RAW, CAN_RAW_FILTER, NULL, 0);
}

static int can_hear(void)
{
	struct can_filter filters[4];
	socklen_t size = sizeof(filters);

	return getsockopt(SOCKET, SOL_CAN_RAW, CAN_RAW_FILTER, filters, &size) ||
	       size != sizeof(filters[0]) ? -1 : 0;
}

static const struct {
	const char *name;
	int	(*run)(void);
} ways[] = {
	{ "more", more }, { "cork", cork }, { "hurry", hurry },
	{ "is-calm", is_calm }, { "leave", leave }, { "close-half", close_half },
	{ "be-deaf", be_deaf }, { "can-hear", can_hear },
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (argc == 2 && !strcmp(argv[1], ways[i].name)) {
			if (!ways[i].run())
				return 0;
			perror(argv[1]);
			return 1;
		}
	return 2;
}
