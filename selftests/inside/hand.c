// SPDX-License-Identifier: GPL-2.0-only
/*
 * hand OVER FD TO: pass on descriptor FD by the Unix socket that is descriptor TO.
 * hand KEEP PATH: a service at a Unix socket that accepts all and reads nothing, so that what
 * is passed on to it is on the way for as long as it lives.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int over(int fd, int to)
{
	char room[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec byte = { .iov_base = "x", .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &byte, .msg_iovlen = 1,
		.msg_control = room, .msg_controllen = sizeof(room),
	};
	struct cmsghdr *part = CMSG_FIRSTHDR(&message);

	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(part), &fd, sizeof(fd));
	return sendmsg(to, &message, 0) != 1;
}

static int keep(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(at.sun_path))
		return 2;
	strcpy(at.sun_path, path);
	if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof(at)) ||
	    listen(listener, 8))
		return 1;
	while (accept4(listener, NULL, NULL, SOCK_CLOEXEC) >= 0)
		;
	return 1;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "OVER"))
		return over(atoi(argv[2]), atoi(argv[3]));
	return argc == 3 && !strcmp(argv[1], "KEEP") ? keep(argv[2]) : 2;
}
