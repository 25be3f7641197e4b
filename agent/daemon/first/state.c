// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the task keeps: a directory of its own that is bounded by a quota where the
 * gateway's file system has them for projects, else by the size of an image.
 */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/dqblk_xfs.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <linux/quota.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/quota.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop.h"
#include "state.h"

#define MOUNTED		ORDER_ROOT "/state"
/* Beside it is what the file system has of its own. */
#define FILES		MOUNTED "/files"
#define BLOCK		4096
/* What an image needs besides: its tables, and a journal. */
#define JOURNAL_MIB	4
#define IMAGE_SIZE(size) ((size) + (size) / 16 + ((JOURNAL_MIB + 1) << 20))
#ifndef EXT4_IOC_RESIZE_FS
#define EXT4_IOC_RESIZE_FS _IOW('f', 16, __u64)
#endif

static void die(const char *what)
{
	first_die("state:", what);
}

/*
 * Owners
 */

static uid_t owner;

static int give(const char *path, const struct stat *st, int type,
		struct FTW *ftw)
{
	(void)type;
	/* The folder itself comes last, as it says whether this was done. */
	return st->st_uid == owner && ftw->level ? 0 :
	       lchown(path, owner, owner);
}

/* They are others where the task was another user before. */
static void set_owners(const struct first *first, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		die(path);
	if (st.st_uid == first->uid)
		return;
	owner = first->uid;
	if (nftw(path, give, 16, FTW_PHYS | FTW_MOUNT | FTW_DEPTH))
		die("owners");
}

/*
 * A directory with a quota
 */

static int quota(int fd, int command, unsigned int id, void *with)
{
	return (int)syscall(SYS_quotactl_fd, fd, QCMD(command, PRJQUOTA), id,
			    with);
}

static bool has_quotas(int fd)
{
	struct fs_quota_statv state = { .qs_version = FS_QSTATV_VERSION1 };

	return !quota(fd, Q_XGETQSTATV, 0, &state) &&
	       state.qs_flags & FS_QUOTA_PDQ_ENFD;
}

/* A project of the same number as the task's user, which no other has. */
static void limit_folder(const struct first *first, int fd)
{
	uint64_t size = first->task.state_size;
	struct if_dqblk limits = {
		.dqb_bhardlimit = size / 1024, .dqb_bsoftlimit = size / 1024,
		.dqb_ihardlimit = size / BLOCK, .dqb_isoftlimit = size / BLOCK,
		.dqb_valid = QIF_LIMITS,
	};
	struct fsxattr attr;

	if (ioctl(fd, FS_IOC_FSGETXATTR, &attr))
		die("project");
	attr.fsx_projid = first->uid;
	attr.fsx_xflags |= FS_XFLAG_PROJINHERIT;
	if (ioctl(fd, FS_IOC_FSSETXATTR, &attr))
		die("project");
	if (quota(fd, Q_SETQUOTA, first->uid, &limits))
		die("quota");
}

static void mount_folder(const struct first *first, const char *path, int fd)
{
	if (!has_quotas(fd))
		first_fail("state: %s was made for project quotas, which its file system does not have now",
			   path);
	limit_folder(first, fd);
	set_owners(first, path);
	first_mount(path, MOUNTED, NULL, MS_BIND, NULL);
}

/*
 * An image
 */

static void run(const char *name, char *const argv[], int last_good)
{
	pid_t pid = fork();
	int status;

	first_die_unless(pid >= 0, "fork");
	if (!pid) {
		setenv("PATH", "/usr/sbin:/sbin:/usr/bin:/bin", 1);
		execvp(name, argv);
		_exit(127);
	}
	first_die_unless(waitpid(pid, &status, 0) == pid, "waiting");
	if (WIFEXITED(status) && WEXITSTATUS(status) <= last_good)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		first_fail("state: %s is not installed (package e2fsprogs)",
			   name);
	first_fail("state: %s of %s failed, see the journal of sluiced", name,
		   argv[1]);
}

/* All of it is there from the begin: none of it is missing later. */
static void set_size(int fd, uint64_t size)
{
	if (!fallocate(fd, 0, 0, (off_t)size))
		return;
	if (errno != EOPNOTSUPP || ftruncate(fd, (off_t)size))
		die("room on the disk");
}

static void make_image(const struct first *first, const char *path)
{
	char new[STATE_PATH + 8], journal[32];
	char *argv[] = {
		"mke2fs", new, "-q", "-F", "-t", "ext4", "-m", "0", "-b",
		"4096", "-J", journal, "-E", "nodiscard", NULL,
	};
	int fd;

	snprintf(new, sizeof(new), "%s.new", path);
	snprintf(journal, sizeof(journal), "size=%d", JOURNAL_MIB);
	fd = open(new, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		die(new);
	set_size(fd, IMAGE_SIZE(first->task.state_size));
	run("mke2fs", argv, 0);
	if (fsync(fd) || rename(new, path))
		die(path);
	close(fd);
}

/* Locked, and the one that has the name: it may have been removed meanwhile. */
static int open_image(const struct first *first, int folder, const char *path)
{
	struct stat st;
	int fd;

	flock(folder, LOCK_EX);
	if (access(path, F_OK))
		make_image(first, path);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || flock(fd, LOCK_EX) || fstat(fd, &st))
		die(path);
	flock(folder, LOCK_UN);
	return fd;
}

/* It only grows. */
static void grow_file(const struct first *first, int fd)
{
	uint64_t size = IMAGE_SIZE(first->task.state_size);
	struct stat st;

	if (fstat(fd, &st))
		die("size");
	if ((uint64_t)st.st_size < size)
		set_size(fd, size);
}

static void grow_mounted(int fd)
{
	int folder = open(MOUNTED, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	uint64_t blocks;

	if (folder < 0 || fstat(fd, &st))
		die("size");
	blocks = (uint64_t)st.st_size / BLOCK;
	if (ioctl(folder, EXT4_IOC_RESIZE_FS, &blocks))
		die("making it larger");
	close(folder);
}

static void check_image(const char *path)
{
	char copy[STATE_PATH], *argv[] = { "e2fsck", copy, "-p", NULL };

	snprintf(copy, sizeof(copy), "%s", path);
	/* 1: it has mended something. */
	run("e2fsck", argv, 1);
}

static void mount_image(const struct first *first, int folder, const char *path)
{
	int fd = open_image(first, folder, path), device;
	char device_path[LOOP_PATH];

	device = loop_find(fd, true, device_path);
	if (device < 0)
		check_image(path);
	grow_file(first, fd);
	if (device < 0)
		device = loop_get(fd, true, device_path);
	if (device < 0 || ioctl(device, LOOP_SET_CAPACITY, 0))
		die("loop device");
	first_mount(device_path, MOUNTED, "ext4", PLAIN, NULL);
	close(device);
	grow_mounted(fd);
	first_make_path(FILES, true);
	set_owners(first, FILES);
	/* The device has this file, too, and would keep it locked. */
	flock(fd, LOCK_UN);
	close(fd);
}

void first_mount_state(const struct first *first)
{
	char path[STATE_PATH], image[STATE_PATH], target[64];
	int states, fd;

	if (!first_keeps(first))
		return;
	mkdir(STATE_FOLDER, 0700);
	states = open(STATE_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (states < 0)
		die(STATE_FOLDER);
	first_make_path(MOUNTED, true);
	state_paths(first->task.name, path, image);
	/* Whichever it was made as, that it stays. */
	if (access(image, F_OK) && has_quotas(states))
		mkdir(path, 0755);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(target, sizeof(target), STATE_INSIDE "/%s", first->task.name);
	if (fd >= 0) {
		mount_folder(first, path, fd);
		first_bind(MOUNTED, target, PLAIN | MS_NOEXEC);
		close(fd);
	} else {
		mount_image(first, states, image);
		first_bind(FILES, target, PLAIN | MS_NOEXEC);
	}
	close(states);
}
