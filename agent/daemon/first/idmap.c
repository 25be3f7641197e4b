// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* In /proc we have the numbers of the gateway, which nobody tells us. */
#define PIDS	ORDER_ROOT "/pids"
/* Other ids stay what they are. */
#define IDS	65536U

static void write_map(pid_t pid, const char *which, uid_t user)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), PIDS "/%d/%s", pid, which);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	first_die_unless(fd >= 0, which);
	first_die_unless(dprintf(fd, "0 %u 1\n1 1 %u\n", user, IDS - 1) > 0,
			 which);
	close(fd);
}

/* A user namespace is known by a process in it, which need not do anything. */
static int make_namespace(uid_t user)
{
	int ready[2], fd;
	char path[64];
	pid_t pid;

	first_die_unless(!pipe2(ready, O_CLOEXEC), "pipe");
	pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
	first_die_unless(pid >= 0, "user namespace");
	if (!pid) {
		char end;

		close(ready[1]);
		_exit(read(ready[0], &end, 1) != 0);
	}
	first_make_path(PIDS, true);
	first_mount("proc", PIDS, "proc", PLAIN | MS_NOEXEC, NULL);
	snprintf(path, sizeof(path), PIDS "/%d/ns/user", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	first_die_unless(fd >= 0, "user namespace");
	write_map(pid, "uid_map", user);
	write_map(pid, "gid_map", user);
	close(ready[0]);
	close(ready[1]);
	waitpid(pid, NULL, 0);
	return fd;
}

void first_mount_as_users(const struct first *first, const char *source,
			  const char *target)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };
	static int namespace = -1;
	int tree;

	if (namespace < 0)
		namespace = make_namespace(first->uid);
	attr.userns_fd = (uint64_t)namespace;
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, source,
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		first_die("mounting", source);
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr,
		    sizeof(attr))) {
		if (errno == EINVAL)
			first_fail("writable: this kernel cannot give the files of %s to the task: its file system cannot be mounted with other owners",
				   source);
		first_die("writable:", source);
	}
	if (syscall(SYS_move_mount, tree, "", AT_FDCWD, target,
		    MOVE_MOUNT_F_EMPTY_PATH))
		first_die("mounting", target);
	close(tree);
}
