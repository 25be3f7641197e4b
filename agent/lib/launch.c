// SPDX-License-Identifier: GPL-2.0-only
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT		(ORDER_FDS - ORDER_FD)

/*
 * What it is given, by its numbers. All is out of the way first, so that none is
 * overwritten. All else is closed, and not only when it has become another program: doors
 * of environments that are made at the same time are in the agent, and nobody must have
 * them whose end may be far.
 */
static bool arrange(const struct launch *launch, int *first)
{
	const int high = ORDER_FDS + 64;
	int from[COUNT], stdio[3], i;

	*first = fcntl(launch->first, F_DUPFD_CLOEXEC, high);
	for (i = 0; i < COUNT; i++)
		from[i] = launch->given[i] < 0 ? -1 :
			  fcntl(launch->given[i], F_DUPFD_CLOEXEC, high);
	for (i = 0; launch->stdio && i < 3; i++)
		stdio[i] = fcntl(launch->stdio[i], F_DUPFD_CLOEXEC, high);
	for (i = 0; launch->stdio && i < 3; i++)
		if (stdio[i] < 0 || dup2(stdio[i], i) < 0)
			return false;
	for (i = 0; i < COUNT; i++) {
		if (launch->given[i] < 0)
			close(ORDER_FD + i);
		else if (from[i] < 0 || dup2(from[i], ORDER_FD + i) < 0)
			return false;
	}
	return *first >= 0 && !syscall(SYS_close_range, 3, ORDER_FD - 1, 0) &&
	       !syscall(SYS_close_range, ORDER_FDS, *first - 1, 0) &&
	       !syscall(SYS_close_range, *first + 1, ~0U, 0);
}

/*
 * Our copy of it, with nothing of its own yet: what it is given gets its numbers, all
 * else is closed, and it becomes a program of its own, without our variables.
 */
static void become_first(const struct launch *launch)
{
	char *argv[4 + ORDER_WORDS] = { "sluice-init", (char *)launch->way };
	char number[16], *none[] = { NULL };
	int first, i;

	snprintf(number, sizeof(number), "%u", launch->number);
	argv[2] = number;
	for (i = 0; launch->words && launch->words[i] && i < ORDER_WORDS; i++)
		argv[3 + i] = launch->words[i];
	if (arrange(launch, &first))
		syscall(SYS_execveat, first, "", argv, none, AT_EMPTY_PATH);
	dprintf(launch->given[ORDER_FD_STATUS - ORDER_FD],
		"starting sluice-init: %s", strerror(errno));
	_exit(1);
}

pid_t launch_first(const struct launch *launch)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.flags = launch_namespaces(launch->way, launch->given[ORDER_FD_TREE - ORDER_FD] >= 0),
	};
	pid_t pid;

	if (launch->cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)launch->cgroup;
	}
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (!pid)
		become_first(launch);
	return pid;
}

static int write_map(pid_t pid, const char *which, uid_t user)
{
	char path[64];
	int fd, ret = 0;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, which);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (dprintf(fd, "%d %u 1\n", ORDER_UID, user) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int launch_map(pid_t pid, uid_t user)
{
	int ret = write_map(pid, "uid_map", user);

	return ret ? ret : write_map(pid, "gid_map", user);
}
