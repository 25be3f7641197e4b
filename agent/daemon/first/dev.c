// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev: what programs expect there, and a node of our own for each device of the task,
 * that its user alone may open: the gateway's node and its groups stay outside.
 */
#include "tree.h"

#include <limits.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Made at a place of ours: what a layer has in its place is not looked at. */
#define DEV	ORDER_ROOT "/dev"

static void make_node(const char *path, mode_t mode, dev_t dev, uid_t uid)
{
	if (mknod(path, mode, dev) || chmod(path, mode & 07777) ||
	    chown(path, uid, uid))
		first_die("making device", path + sizeof(ORDER_ROOT) - 1);
}

static void make_basics(void)
{
	static const struct {
		const char *path;
		unsigned int major;
		unsigned int minor;
	} nodes[] = {
		{ DEV "/null", 1, 3 }, { DEV "/zero", 1, 5 },
		{ DEV "/full", 1, 7 }, { DEV "/random", 1, 8 },
		{ DEV "/urandom", 1, 9 }, { DEV "/tty", 5, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		make_node(nodes[i].path, S_IFCHR | 0666,
			  makedev(nodes[i].major, nodes[i].minor), 0);
	first_link("/proc/self/fd", DEV "/fd");
	first_link("/proc/self/fd/0", DEV "/stdin");
	first_link("/proc/self/fd/1", DEV "/stdout");
	first_link("/proc/self/fd/2", DEV "/stderr");
	first_link("pts/ptmx", DEV "/ptmx");
}

static void make_devices(const struct first *first)
{
	const struct taskfile *task = &first->task;
	char path[PATH_MAX];
	struct stat st, there;
	size_t i;

	for (i = 0; i < task->devices_count; i++) {
		const struct taskfile_mount *device = &task->devices[i];

		if (!first_device(first, i, true, &st))
			continue;
		snprintf(path, sizeof(path), ORDER_ROOT "%s", device->target);
		/* One that everybody has needs no other. */
		if (!lstat(path, &there))
			continue;
		first_make_path(path, false);
		unlink(path);
		make_node(path, (st.st_mode & S_IFMT) |
			  (device->writable ? 0600 : 0400), st.st_rdev,
			  first->uid);
	}
}

void first_make_dev(const struct first *first)
{
	static const char options[] = "mode=755,size=64k,nr_inodes=1k";
	static const unsigned long flags = MS_NOSUID | MS_NOEXEC;

	first_make_path(DEV, true);
	first_mount("tmpfs", DEV, "tmpfs", flags, options);
	make_basics();
	make_devices(first);
	first_make_path(DEV "/pts", true);
	first_make_path(DEV "/mqueue", true);
	/* Of scratch.c. */
	first_make_path(DEV "/shm", true);
	first_mount(NULL, DEV, NULL, MS_REMOUNT | MS_RDONLY | flags, options);
	first_move(DEV, "/dev");
}

/*
 * What is of one environment alone. No program has message queues by the smallest filter: the
 * folder stays empty.
 */
void first_mount_dev(const struct first *first)
{
	first_mount_new("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC,
			"newinstance,ptmxmode=0666,mode=0600,max=16");
	if (first->task.filter != SYSCALLS_STRICT)
		first_mount_new("mqueue", "/dev/mqueue", PLAIN | MS_NOEXEC, NULL);
}
