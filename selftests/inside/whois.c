// SPDX-License-Identifier: GPL-2.0-only
/*
 * whois PATH: a service of the gateway at a Unix socket. It tells each who connects, in one
 * line, what the kernel says of him: user, group, how many other groups, and whether his
 * socket has a name; and closes the connection when he does.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define GROUPS	64

static void answer(int fd)
{
	struct sockaddr_un name;
	socklen_t name_len = sizeof(name), who_len, groups_len;
	gid_t groups[GROUPS];
	struct ucred who;
	char byte;

	who_len = sizeof(who);
	groups_len = sizeof(groups);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &who_len) ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &groups_len) ||
	    getpeername(fd, (struct sockaddr *)&name, &name_len))
		dprintf(fd, "nobody\n");
	else
		dprintf(fd, "%u %u %zu %s\n", who.uid, who.gid,
			groups_len / sizeof(gid_t),
			name_len > sizeof(sa_family_t) ? "named" : "nameless");
	while (read(fd, &byte, 1) > 0)
		;
	close(fd);
}

int main(int argc, char **argv)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;

	if (argc != 2 || strlen(argv[1]) >= sizeof(at.sun_path))
		return 2;
	strcpy(at.sun_path, argv[1]);
	/* Root's alone. */
	umask(0177);
	if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof(at)) ||
	    listen(listener, 8))
		return 1;
	do {
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	} while (fd >= 0 && fork() > 0 && !close(fd));
	if (fd >= 0)
		answer(fd);
	return fd < 0;
}
