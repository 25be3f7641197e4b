// SPDX-License-Identifier: GPL-2.0-only
/*
 * The network of an environment: its own, with nothing in it but loopback. To make one takes
 * the kernel more than all else of an environment. So those who cannot use it have one
 * together: with filter = strict there are no sockets but pairs, and no name that something
 * could be sent to. What is seen in there is how many pairs others have.
 */
#include "first.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "syscalls.h"

/* Ours, while we may leave it; -1: we never do. */
static int ours = -1;

void first_be_up(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	first_die_unless(fd >= 0, "socket");
	first_die_unless(!ioctl(fd, SIOCGIFFLAGS, &request), "loopback");
	request.ifr_flags |= IFF_UP | IFF_RUNNING;
	first_die_unless(!ioctl(fd, SIOCSIFFLAGS, &request), "loopback");
	close(fd);
}

/* Nobody else is there but the loopback: no bus. */
bool first_network_is_empty(void)
{
	struct if_nameindex *all = if_nameindex();
	bool empty = all && all[0].if_index && !all[1].if_index;

	if (all)
		if_freenameindex(all);
	return empty;
}

void first_make_network(void)
{
	/* A gateway that has no room for it now has environments all the same. */
	if (unshare(CLONE_NEWNET))
		return;
	first_be_up();
	first_open_namespace("net", ORDER_FD_NETWORK);
	first_die_unless(!setns(ORDER_FD_GATEWAYS_NETWORK, CLONE_NEWNET), "network");
}

bool first_has_socket(const struct taskfile *task, const char *kind)
{
	size_t i;

	for (i = 0; i < task->sockets_count; i++)
		if (!strncmp(task->sockets[i].address, kind, strlen(kind)))
			return true;
	return false;
}

static bool can_share(const struct first *first)
{
	return first->task.filter == SYSCALLS_STRICT && !first->visit &&
	       !first_has_socket(&first->task, FIRST_BUS) &&
	       fcntl(ORDER_FD_NETWORK, F_GETFD) >= 0;
}

/* Only its sockets are to be had there. */
static bool is_coming_back(const struct first *first)
{
	return first->task.sockets_count;
}

void first_leave_network(const struct first *first)
{
	if (can_share(first)) {
		ours = ORDER_FD_NETWORK;
		first_die_unless(!setns(ours, CLONE_NEWNET), "network");
		return;
	}
	first_die_unless(!unshare(CLONE_NEWNET), "network");
	first_be_up();
	if (is_coming_back(first))
		ours = first_open_namespace("net", -1);
}

void first_visit_network(const struct first *first)
{
	if (is_coming_back(first))
		first_die_unless(!setns(ORDER_FD_GATEWAYS_NETWORK, CLONE_NEWNET),
				 "network");
}

void first_return_to_network(const struct first *first)
{
	if (is_coming_back(first))
		first_die_unless(!setns(ours, CLONE_NEWNET), "network");
}
