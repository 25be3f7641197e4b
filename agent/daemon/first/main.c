// SPDX-License-Identifier: GPL-2.0-only
/* sluice-first WAY NUMBER [ENV | WORD...], with the files that order.h numbers. */
#include "first.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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
	umask(0022);
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

/* What whoever started us has of his own is not for a program of a task. */
static void forget_operator(void)
{
	struct sched_param plain = { 0 };
	FILE *file = fopen("/proc/self/oom_score_adj", "we");

	/* First to be ended where memory is short, as others in there. */
	first_die_unless(file && fputs("0", file) >= 0 && !fclose(file),
			 "oom_score_adj");
	first_die_unless(!sched_setscheduler(0, SCHED_OTHER, &plain) &&
			 !setpriority(PRIO_PROCESS, 0, 0), "scheduling");
	/* Not there in a kernel without keys. */
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
}

int main(int argc, char **argv)
{
	static struct first first;

	if (argc < 3)
		return 2;
	if (strcmp(argv[1], ORDER_WAY_MAKE) != 0)
		forget_operator();
	if (!strcmp(argv[1], ORDER_WAY_ENTER))
		first_enter(atoi(argv[2]), argv + 3);
	read_order(&first, argv);
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
	first_change_user();
	first_drop_privileges();
	first_arrange_files(&first);
	first_run(&first);
}
