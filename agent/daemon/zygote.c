// SPDX-License-Identifier: GPL-2.0-only
#include "zygote.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT	(ORDER_FDS - ORDER_FD)
/* Seconds for what takes it less than one thousandth of one. */
#define PATIENCE	2

/* The kernel may not let it end at once, and we do not wait. */
static void reap(struct zygote *zygote)
{
	if (zygote->killed && waitpid(zygote->killed, NULL, WNOHANG))
		zygote->killed = 0;
}

void zygote_stop(struct zygote *zygote)
{
	if (zygote->door < 0)
		return;
	close(zygote->door);
	zygote->door = -1;
	kill(zygote->pid, SIGKILL);
	reap(zygote);
	zygote->killed = zygote->pid;
	reap(zygote);
}

static bool start(struct zygote *zygote)
{
	struct launch launch = { .first = zygote->program, .cgroup = -1,
				 .way = ORDER_WAY_ZYGOTE };
	const struct timeval patience = { .tv_sec = PATIENCE };
	int pair[2], i;

	reap(zygote);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return false;
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	for (i = 0; i < COUNT; i++)
		launch.given[i] = -1;
	launch.given[ORDER_FD_STATUS - ORDER_FD] = pair[1];
	zygote->pid = launch_first(&launch);
	if (zygote->pid > 0)
		zygote->door = pair[0];
	else
		close(pair[0]);
	close(pair[1]);
	return zygote->door >= 0;
}

static bool ask(int door, const struct launch *launch)
{
	struct order_birth birth = { .number = launch->number,
				     .no_ipc = launch->no_ipc };
	char room[CMSG_SPACE((1 + COUNT) * sizeof(int))] = { 0 };
	struct iovec part = { .iov_base = &birth, .iov_len = sizeof(birth) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1,
				  .msg_control = room };
	struct cmsghdr *rights = (struct cmsghdr *)room;
	int *files = (int *)CMSG_DATA(rights), count = 0, i;

	snprintf(birth.way, sizeof(birth.way), "%s", launch->way);
	if (launch->words && *launch->words)
		birth.env = (uint32_t)strtoul(*launch->words, NULL, 10);
	for (i = 0; i <= COUNT; i++) {
		int file = i < COUNT ? launch->given[i] : launch->cgroup;

		if (file < 0)
			continue;
		birth.given |= 1U << i;
		files[count++] = file;
	}
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
	message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
	return sendmsg(door, &message, MSG_NOSIGNAL) == sizeof(birth);
}

/*
 * One that has ended is followed by another; at worst we do it ourselves. Of one that does
 * not answer nobody knows whether there is a copy: then there is none, whoever asked ends
 * what may be there, and asks again.
 */
pid_t zygote_launch(struct zygote *zygote, const struct launch *launch)
{
	bool asked = (zygote->door >= 0 || start(zygote)) && ask(zygote->door, launch);
	ssize_t n = 0;
	int pid = 0;

	if (asked)
		n = recv(zygote->door, &pid, sizeof(pid), 0);
	if (n == sizeof(pid)) {
		errno = pid < 0 ? -pid : 0;
		return pid < 0 ? -1 : pid;
	}
	asked = n < 0 && errno == EAGAIN;
	zygote_stop(zygote);
	if (!asked)
		return launch_first(launch);
	errno = EAGAIN;
	return -1;
}
