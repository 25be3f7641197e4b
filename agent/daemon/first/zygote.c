// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wait to be asked for a copy of ourselves that goes one of the ways. Whoever asks is
 * parent of it, too: it ends with him, and he hears of its end.
 */
#include "first.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "jot.h"
#include "launch.h"

#define COUNT	(ORDER_FDS - ORDER_FD)

/* The namespace of IPC that we are in is ours, and nobody ever made anything in it. */
static bool empty_ipc;

/**
 * struct asked - what we were asked for
 * @files: what it is given, and its cgroup
 */
struct asked {
	struct order_birth birth;
	int	files[COUNT + 1];
	int	count;
};

/* False: nobody asks any more. */
static bool hear(int door, struct asked *asked)
{
	char room[CMSG_SPACE(sizeof(asked->files))];
	struct iovec part = { .iov_base = &asked->birth,
			      .iov_len = sizeof(asked->birth) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1,
				  .msg_control = room,
				  .msg_controllen = sizeof(room) };
	struct cmsghdr *rights;
	ssize_t n;

	do {
		n = recvmsg(door, &message, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	rights = CMSG_FIRSTHDR(&message);
	if (n != sizeof(asked->birth) || !rights || message.msg_flags & MSG_CTRUNC)
		return false;
	asked->count = (int)((rights->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	memcpy(asked->files, CMSG_DATA(rights),
	       (size_t)asked->count * sizeof(int));
	asked->birth.way[sizeof(asked->birth.way) - 1] = '\0';
	return true;
}

/*
 * Those of the order by their numbers, which are above those that they came by; ours, which we
 * have by them already; and nothing else.
 */
static void arrange(const struct asked *asked)
{
	int i, next = 0;

	for (i = 0; i < COUNT; i++)
		if (asked->birth.given & 1U << i &&
		    dup3(asked->files[next++], ORDER_FD + i, O_CLOEXEC) < 0)
			_exit(1);
	if (syscall(SYS_close_range, 3, ORDER_FD - 1, 0) ||
	    syscall(SYS_close_range, ORDER_FDS, ~0U, 0))
		_exit(1);
}

static int be_born(const struct asked *asked)
{
	const struct order_birth *birth = &asked->birth;
	struct clone_args args = {
		.flags = CLONE_PARENT |
			 launch_namespaces(birth->way, birth->given &
					   1U << (ORDER_FD_TREE - ORDER_FD)),
	};
	pid_t pid;

	/* Of all namespaces that takes longest to make, and to end. */
	if (birth->no_ipc && empty_ipc)
		args.flags &= ~(__u64)CLONE_NEWIPC;
	if (birth->given & 1U << COUNT) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (__u64)asked->files[asked->count - 1];
	}
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	return pid < 0 ? -errno : pid;
}

/*
 * As if we had been started with them, also for who looks at our /proc: where the kernel
 * shows only what is in memory that no file has.
 */
static void put_words(const struct order_birth *birth, struct first_words *words)
{
	struct jot jot = jot_in(words->text, sizeof(words->text));
	char *at = words->text;
	int i;

	jot_put(&jot, "sluice-init ");
	jot_put(&jot, birth->way);
	jot_put(&jot, " ");
	jot_number(&jot, birth->number, 10);
	jot_put(&jot, " ");
	jot_number(&jot, birth->env, 10);
	for (i = 0; i < 4; i++)
		words->argv[i] = strsep(&at, " ");
	words->argv[i] = NULL;
	first_die_unless(!prctl(PR_SET_MM, PR_SET_MM_ARG_START, words->text, 0, 0) &&
			 !prctl(PR_SET_MM, PR_SET_MM_ARG_END, jot.at + 1, 0, 0),
			 "words");
}

void first_be_zygote(struct first_words *words)
{
	int door = fcntl(ORDER_FD_STATUS, F_DUPFD_CLOEXEC, ORDER_FDS), pid;
	struct asked asked;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "sluice-zygote");
	/* What comes is below ORDER_FD. */
	syscall(SYS_close_range, 3, ORDER_FDS - 1, 0);
	first_note_gateway();
	first_make_network();
	/* As with the network: without it each has its own. */
	empty_ipc = !unshare(CLONE_NEWIPC);
	while (hear(door, &asked)) {
		pid = be_born(&asked);
		if (!pid) {
			arrange(&asked);
			put_words(&asked.birth, words);
			return;
		}
		syscall(SYS_close_range, 3, ORDER_FD - 1, 0);
		if (send(door, &pid, sizeof(pid), MSG_NOSIGNAL) != sizeof(pid))
			break;
	}
	_exit(0);
}
