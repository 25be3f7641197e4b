// SPDX-License-Identifier: GPL-2.0-only
/*
 * There and back: what of an environment is the same at any time is made first, in namespaces
 * of its own. What is the gateway's at the moment of the call (connections, data, state,
 * secrets) is fetched from there when it is wanted.
 */
#include "first.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "jot.h"

/* Our files, while we are with the gateway's; -1: we were never elsewhere. */
static int files = -1;

int first_open_namespace(const char *name, int number)
{
	char path[32];
	int fd, at;

	jot_join(path, sizeof(path), "/proc/self/ns/", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	/* Out of the way of the sockets. */
	at = number < 0 ? fcntl(fd, F_DUPFD_CLOEXEC, ORDER_FDS) :
			  dup3(fd, number, O_CLOEXEC);
	first_die_unless(fd >= 0 && at >= 0, path);
	close(fd);
	return at;
}

void first_note_gateway(void)
{
	if (fcntl(ORDER_FD_GATEWAYS_FILES, F_GETFD) >= 0)
		return;
	first_open_namespace("net", ORDER_FD_GATEWAYS_NETWORK);
	first_open_namespace("mnt", ORDER_FD_GATEWAYS_FILES);
}

void first_leave_gateway(const struct first *first)
{
	first_leave_network(first);
	/* Its root is where we are now. */
	first_die_unless(!unshare(CLONE_NEWCGROUP), "cgroup namespace");
}

/*
 * Until then we keep nothing of the module busy: our door comes with the word. False: not
 * yet, for who does not wait.
 */
static bool hear(int flags)
{
	char word, room[CMSG_SPACE(sizeof(int))];
	struct iovec part = { .iov_base = &word, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1,
				  .msg_control = room,
				  .msg_controllen = sizeof(room) };
	ssize_t n = recvmsg(ORDER_FD_GO, &message, MSG_CMSG_CLOEXEC | flags);
	struct cmsghdr *rights;
	int door;

	if (n < 0 && errno == EAGAIN)
		return false;
	/* Nothing to hear: the agent died, or does not want us any more. */
	if (n != 1)
		_exit(0);
	rights = CMSG_FIRSTHDR(&message);
	if (!rights || rights->cmsg_type != SCM_RIGHTS)
		first_fail("the agent sends no door");
	memcpy(&door, CMSG_DATA(rights), sizeof(door));
	first_die_unless(dup3(door, ORDER_FD_DOOR, O_CLOEXEC) >= 0, "door");
	close(door);
	return true;
}

bool first_is_wanted(const struct first *first)
{
	return first->visit || hear(MSG_DONTWAIT);
}

void first_go_ahead(struct first *first)
{
	first_begin_root(first);
	if (first->begun)
		files = first_open_namespace("mnt", -1);
}

void first_wait_until_wanted(void)
{
	hear(0);
}

void first_visit_gateway(const struct first *first)
{
	first_visit_network(first);
	if (first->begun)
		first_die_unless(!setns(ORDER_FD_GATEWAYS_FILES, CLONE_NEWNS),
				 "gateway's files");
}

void first_return_to_files(const struct first *first)
{
	/* Else it has another root than it began with. */
	if (files >= 0 && first->begun)
		first_die_unless(!setns(files, CLONE_NEWNS), "files");
}
