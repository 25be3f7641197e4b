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

static void be_up(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	first_die_unless(fd >= 0, "socket");
	first_die_unless(!ioctl(fd, SIOCGIFFLAGS, &request), "loopback");
	request.ifr_flags |= IFF_UP | IFF_RUNNING;
	first_die_unless(!ioctl(fd, SIOCSIFFLAGS, &request), "loopback");
	close(fd);
}

static int open_network(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	first_die_unless(fd >= 0, "network");
	return fd;
}

int first_make_network(void)
{
	int gateways = open_network(), fd;

	/* A gateway that has no room for it now has environments all the same. */
	if (unshare(CLONE_NEWNET)) {
		close(gateways);
		return -1;
	}
	be_up();
	fd = open_network();
	first_die_unless(!setns(gateways, CLONE_NEWNET), "network");
	close(gateways);
	return fd;
}

/* A bus brings an interface. */
static bool has_interface(const struct taskfile *task)
{
	size_t i;

	for (i = 0; i < task->sockets_count; i++)
		if (!strncmp(task->sockets[i].address, "can:", 4))
			return true;
	return false;
}

static bool can_share(const struct first *first)
{
	return first->task.filter == SYSCALLS_STRICT && !first->visit &&
	       !has_interface(&first->task) &&
	       fcntl(ORDER_FD_NETWORK, F_GETFD) >= 0;
}

void first_leave_network(const struct first *first)
{
	if (can_share(first)) {
		first_die_unless(!setns(ORDER_FD_NETWORK, CLONE_NEWNET), "network");
		return;
	}
	first_die_unless(!unshare(CLONE_NEWNET), "network");
	be_up();
}
