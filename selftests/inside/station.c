// SPDX-License-Identifier: GPL-2.0-only
/*
 * station PORT FILE: who has that port of the gateway, by TCP and UDP, IPv4 and IPv6. It
 * sends back what it gets, and writes one letter into FILE for each datagram (u) and
 * each connection (t). And it listens at the abstract name "station-PORT".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECTIONS	32

/* The first two are the listening one and that for datagrams. */
static struct pollfd fds[CONNECTIONS];

static int open_port(int type, in_port_t port)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					.sin6_port = htons(port) };
	int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)))
		exit(1);
	if (type == SOCK_STREAM && listen(fd, 16))
		exit(1);
	return fd;
}

static void open_name(const char *port)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int len = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1,
			   "station-%s", port);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address,
			   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
				       (size_t)len)) || listen(fd, 16))
		exit(1);
}

static void note(int file, char what)
{
	if (write(file, &what, 1) != 1)
		exit(1);
}

static void take(int file)
{
	int i, fd = accept4(fds[0].fd, NULL, NULL, SOCK_CLOEXEC);

	note(file, 't');
	for (i = 2; i < CONNECTIONS && fds[i].fd >= 0; i++)
		;
	if (i == CONNECTIONS)
		close(fd);
	else
		fds[i].fd = fd;
}

static void answer_datagram(int file)
{
	struct sockaddr_in6 from;
	socklen_t size = sizeof(from);
	char text[256];
	ssize_t n = recvfrom(fds[1].fd, text, sizeof(text), 0,
			     (struct sockaddr *)&from, &size);

	if (n < 0)
		return;
	note(file, 'u');
	sendto(fds[1].fd, text, (size_t)n, 0, (struct sockaddr *)&from, size);
}

static void answer(struct pollfd *at)
{
	char text[256];
	ssize_t n = read(at->fd, text, sizeof(text));

	if (n > 0 && write(at->fd, text, (size_t)n) == n)
		return;
	close(at->fd);
	at->fd = -1;
}

int main(int argc, char **argv)
{
	int file, i;

	if (argc != 3)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	file = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (file < 0)
		return 1;
	for (i = 0; i < CONNECTIONS; i++)
		fds[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	fds[0].fd = open_port(SOCK_STREAM, (in_port_t)atoi(argv[1]));
	fds[1].fd = open_port(SOCK_DGRAM, (in_port_t)atoi(argv[1]));
	open_name(argv[1]);
	while (poll(fds, CONNECTIONS, -1) > 0) {
		if (fds[0].revents)
			take(file);
		if (fds[1].revents)
			answer_datagram(file);
		for (i = 2; i < CONNECTIONS; i++)
			if (fds[i].fd >= 0 && fds[i].revents)
				answer(&fds[i]);
	}
	return 1;
}
