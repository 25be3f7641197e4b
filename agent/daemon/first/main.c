// SPDX-License-Identifier: GPL-2.0-only
/* sluice-first WAY NUMBER [ENV | WORD...], with the files that order.h numbers. */
#include "first.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void read_order(struct first *first, char **argv)
{
	int ret = order_read(ORDER_FD, &first->task);

	first->way = argv[1];
	first->uid = (uid_t)strtoul(argv[2], NULL, 10);
	first->words = argv + 3;
	first->visit = strcmp(first->way, ORDER_WAY_MAKE);
	first->look = !strcmp(first->way, ORDER_WAY_LOOK);
	if (!first->visit && argv[3])
		first->env = (uint32_t)strtoul(argv[3], NULL, 10);
	errno = -ret;
	first_die_unless(!ret, "order");
}

static void be_alone(const struct first *first)
{
	/* Half-made, we are of no use to the next agent. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	first_die_unless(!sethostname(first->task.name,
				      strlen(first->task.name)), "host name");
}

/*
 * A network of its own, with a loopback interface that is down; and a cgroup namespace,
 * whose root is where we are now.
 */
static void leave_gateway(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd;

	first_die_unless(!unshare(CLONE_NEWNET | CLONE_NEWCGROUP), "namespaces");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	first_die_unless(fd >= 0, "socket");
	first_die_unless(!ioctl(fd, SIOCGIFFLAGS, &request), "loopback");
	request.ifr_flags |= IFF_UP | IFF_RUNNING;
	first_die_unless(!ioctl(fd, SIOCSIFFLAGS, &request), "loopback");
	close(fd);
}

int main(int argc, char **argv)
{
	static struct first first;

	if (argc < 3)
		return 2;
	first_forget();
	if (!strcmp(argv[1], ORDER_WAY_ENTER))
		first_enter(atoi(argv[2]), argv + 3);
	read_order(&first, argv);
	first_be_killed_at(first_score(&first.task));
	be_alone(&first);
	first_open_log(&first);
	if (first.look)
		first_look_at_sockets(&first);
	else
		first_open_sockets(&first);
	first_keep_gateway(&first);
	leave_gateway();
	first_open_buses(&first);
	first_read_variables(&first);
	first_make_root(&first);
	first_change_user(&first);
	first_drop_privileges();
	first_limit_files(&first);
	first_arrange_files(&first);
	first_run(&first);
}
