// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file system of an environment: a read-only root of the task's layers over
 * a generated skeleton, the gateway's /usr if the task wants it, its data and
 * devices, a private /tmp, and nothing else.
 */
#include "first.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define SKELETON	ORDER_ROOT "/skeleton"
#define ROOT		ORDER_ROOT "/root"
#define PLAIN		(MS_NOSUID | MS_NODEV)

static void mount_or_die(const char *source, const char *target,
			 const char *type,
			 unsigned long flags, const char *options)
{
	if (mount(source, target, type, flags, options))
		first_die("mounting", target);
}

/* All directories above @path, and @path itself unless it is a file's. */
static void make_path(const char *path, bool directory)
{
	char copy[PATH_MAX], *slash;
	int fd;

	snprintf(copy, sizeof(copy), "%s", path);
	for (slash = strchr(copy + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0755) && errno != EEXIST)
			first_die("making directory", copy);
		*slash = '/';
	}
	if (directory) {
		if (mkdir(path, 0755) && errno != EEXIST)
			first_die("making directory", path);
		return;
	}
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	if (fd < 0)
		first_die("making file", path);
	close(fd);
}

static void inside(char path[PATH_MAX], const char *root, const char *target)
{
	snprintf(path, PATH_MAX, "%s%s", root, target);
}

/* What layers do not bring: mount points, and the links of a merged /usr. */
static void make_skeleton(const struct first *first)
{
	static const char * const dirs[] = {
		"/usr", "/proc", "/dev", "/tmp", "/etc", "/run", "/data",
	};
	static const char * const links[] = { "bin", "sbin", "lib", "lib64" };
	const struct taskfile *task = &first->task;
	char path[PATH_MAX], to[32];
	struct stat st;
	size_t i;

	make_path(SKELETON, true);
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		inside(path, SKELETON, dirs[i]);
		make_path(path, true);
	}
	for (i = 0; task->usr && i < sizeof(links) / sizeof(links[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", SKELETON, links[i]);
		snprintf(to, sizeof(to), "usr/%s", links[i]);
		if (symlink(to, path))
			first_die("making link", path);
	}
	for (i = 0; i < task->data_count; i++) {
		if (stat(task->data[i].source, &st))
			first_die("data", task->data[i].source);
		inside(path, SKELETON, task->data[i].target);
		make_path(path, S_ISDIR(st.st_mode));
	}
}

/* Overlay of the layers, the first one on top, all of them read-only. */
static void mount_root(const struct first *first)
{
	const struct taskfile *task = &first->task;
	/* The kernel takes one page of them. */
	char options[4096] = "lowerdir=";
	size_t i, len = strlen(options);
	struct stat st;

	make_path(ROOT, true);
	for (i = 0; i < task->layers_count; i++) {
		if (stat(task->layers[i], &st))
			first_die("layer", task->layers[i]);
		len += (size_t)snprintf(options + len, sizeof(options) - len,
					"%s:", task->layers[i]);
		if (len + strlen(SKELETON) >= sizeof(options)) {
			errno = ENAMETOOLONG;
			first_die("layers:", "their names together");
		}
	}
	if (!task->layers_count) {
		mount_or_die(SKELETON, ROOT, NULL, MS_BIND, NULL);
		return;
	}
	snprintf(options + len, sizeof(options) - len, "%s", SKELETON);
	mount_or_die("overlay", ROOT, "overlay", PLAIN | MS_RDONLY,
		     options);
}

static void bind_inside(const char *source, const char *target,
			unsigned long flags)
{
	char path[PATH_MAX];

	inside(path, ROOT, target);
	mount_or_die(source, path, NULL, MS_BIND, NULL);
	mount_or_die(NULL, path, NULL, MS_REMOUNT | MS_BIND | flags,
		     NULL);
}

static void make_node(const char *path, mode_t mode, dev_t dev, uid_t uid)
{
	if (mknod(path, mode, dev) || chmod(path, mode & 07777) ||
	    chown(path, uid, uid))
		first_die("making device", path);
}

/*
 * A node of our own for each device of the task, that its user alone may open:
 * the gateway's node and its groups stay outside.
 */
static void make_devices(const struct first *first)
{
	static const struct {
		const char *name;
		unsigned int minor;
	} basic[] = {
		{ "null", 3 }, { "zero", 5 }, { "full", 7 }, { "random", 8 },
		{ "urandom", 9 },
	};
	const struct taskfile *task = &first->task;
	char path[PATH_MAX];
	struct stat st;
	size_t i;

	mount_or_die("tmpfs", ROOT "/dev", "tmpfs",
		     MS_NOSUID | MS_NOEXEC, "mode=755,size=64k");
	for (i = 0; i < sizeof(basic) / sizeof(basic[0]); i++) {
		snprintf(path, sizeof(path), "%s/dev/%s", ROOT, basic[i].name);
		make_node(path, S_IFCHR | 0666,
			  makedev(1, basic[i].minor), 0);
	}
	for (i = 0; i < task->devices_count; i++) {
		const struct taskfile_mount *device = &task->devices[i];

		if (stat(device->source, &st))
			first_die("device", device->source);
		if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode)) {
			errno = ENODEV;
			first_die("device", device->source);
		}
		inside(path, ROOT, device->target);
		make_path(path, false);
		unlink(path);
		make_node(path, (st.st_mode & S_IFMT) |
			  (device->writable ? 0600 : 0400), st.st_rdev,
			  first->uid);
	}
	if (symlink("/proc/self/fd", ROOT "/dev/fd"))
		first_die("making link", ROOT "/dev/fd");
	mount_or_die(NULL, ROOT "/dev", NULL, MS_REMOUNT | MS_RDONLY |
		     MS_NOSUID | MS_NOEXEC, "mode=755,size=64k");
}

static void mount_tmp(const struct first *first)
{
	char options[64];

	snprintf(options, sizeof(options), "mode=1777,size=%" PRIu64,
		 first->task.tmp_size);
	mount_or_die("tmpfs", ROOT "/tmp", "tmpfs", PLAIN, options);
}

/* From here on the old root is out of reach. */
static void change_root(void)
{
	if (chdir(ROOT) || syscall(SYS_pivot_root, ".", ".") ||
	    umount2(".", MNT_DETACH) || chdir("/"))
		first_die("changing root to", ROOT);
}

void first_make_root(const struct first *first)
{
	const struct taskfile *task = &first->task;
	size_t i;

	mount_or_die(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	mount_or_die("tmpfs", ORDER_ROOT, "tmpfs", PLAIN,
		     "mode=755,size=1m");
	make_skeleton(first);
	mount_root(first);
	if (task->usr)
		bind_inside("/usr", "/usr", PLAIN | MS_RDONLY);
	mount_or_die("proc", ROOT "/proc", "proc",
		     PLAIN | MS_NOEXEC, "subset=pid");
	make_devices(first);
	mount_tmp(first);
	for (i = 0; i < task->data_count; i++)
		bind_inside(task->data[i].source, task->data[i].target,
		     PLAIN | MS_NOEXEC |
		     (task->data[i].writable ? 0 : MS_RDONLY));
	if (!task->layers_count)
		mount_or_die(NULL, ROOT, NULL,
			     MS_REMOUNT | MS_BIND | MS_RDONLY | PLAIN, NULL);
	change_root();
}
