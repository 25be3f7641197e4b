// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the task keeps: a directory of its own that is bounded by a quota where the
 * gateway's file system has them for projects, else by the size of an image.
 */
#include "tree.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/dqblk_xfs.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <linux/quota.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/quota.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loop.h"
#include "state.h"
#include "tool.h"

/* In an image, beside what the file system has of its own. */
#define FILES		"files"
#define BLOCK		4096
#define SUPERBLOCK	1024
/* What an image needs besides: its tables, and a journal. */
#define JOURNAL_MIB	4
#define IMAGE_SIZE(size) ((size) + (size) / 16 + ((JOURNAL_MIB + 1) << 20))
#ifndef EXT4_IOC_RESIZE_FS
#define EXT4_IOC_RESIZE_FS _IOW('f', 16, __u64)
#endif

/* What is kept, mounted and nowhere yet; and whether all of it is the task's. */
static int kept;
static bool whole;

static void die(const char *what)
{
	first_die("state:", what);
}

static void run(char *const argv[], const char *package, int last_good)
{
	int status = tool_run(argv);

	if (status >= 0 && status <= last_good)
		return;
	if (status == TOOL_ABSENT)
		first_fail("state: %s is not installed (package %s)", argv[0],
			   package);
	first_fail("state: %s of %s failed, see the journal of sluiced", argv[0],
		   argv[1]);
}

/*
 * They are others where the task was another user before, whose programs may still be in
 * there: chown follows no link, also not one that was a directory just before. The folder
 * itself comes last, as it says whether this was done.
 */
static void set_owners(const struct first *first, char *path)
{
	char user[32], *argv[] = { "chown", "-hRP", user, path, NULL };
	struct stat st;

	if (lstat(path, &st))
		die(path);
	if (st.st_uid == first->uid)
		return;
	snprintf(user, sizeof(user), "%u:%u", first->uid, first->uid);
	run(argv, "coreutils", 0);
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

static void mount_folder(const struct first *first, char *path, int fd)
{
	if (!has_quotas(fd))
		first_fail("state: %s was made for project quotas, which its file system does not have now",
			   path);
	limit_folder(first, fd);
	set_owners(first, path);
	kept = first_clone(fd, PLAIN | MS_NOEXEC, path);
}

/*
 * An image
 */

/* All of it is there from the begin: none of it is missing later. */
static void set_size(int fd, uint64_t size)
{
	if (!fallocate(fd, 0, 0, (off_t)size))
		return;
	if (errno != EOPNOTSUPP || ftruncate(fd, (off_t)size))
		die("room on the disk");
}

/* Locked by its draft: several environments may want it at the same time. */
static void make_image(const struct first *first, const char *path)
{
	char new[STATE_PATH + 8], journal[32];
	char *argv[] = {
		"mke2fs", new, "-q", "-F", "-t", "ext4", "-m", "0", "-b",
		"4096", "-J", journal, "-E", "nodiscard", NULL,
	};
	struct stat st;
	int fd;

	snprintf(new, sizeof(new), "%s.new", path);
	snprintf(journal, sizeof(journal), "size=%d", JOURNAL_MIB);
	fd = open(new, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) || fstat(fd, &st))
		die(new);
	/* Somebody has made it meanwhile, and perhaps it is gone again. */
	if (st.st_nlink && access(path, F_OK)) {
		if (ftruncate(fd, 0))
			die(new);
		set_size(fd, IMAGE_SIZE(first->task.state_size));
		run(argv, "e2fsprogs", 0);
		if (fsync(fd) || rename(new, path))
			die(path);
	}
	close(fd);
}

/* Locked, and the one that has the name: it may be removed until then. */
static int open_image(const struct first *first, const char *path)
{
	struct stat st;
	int fd;

	for (;;) {
		fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0 && errno == ENOENT) {
			make_image(first, path);
			continue;
		}
		if (fd < 0 || flock(fd, LOCK_EX) || fstat(fd, &st))
			die(path);
		if (st.st_nlink)
			return fd;
		close(fd);
	}
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

/* Numbers in its superblock are of little endian; where these are is for good. */
static uint64_t blocks_of(int device)
{
	uint32_t low, high;

	if (pread(device, &low, sizeof(low), SUPERBLOCK + 0x4) != sizeof(low) ||
	    pread(device, &high, sizeof(high), SUPERBLOCK + 0x150) != sizeof(high))
		die("superblock");
	return le32toh(low) | (uint64_t)le32toh(high) << 32;
}

/* The kernel says a line each time that it is asked, so it is asked when there is a need. */
static void grow_mounted(int fd, int device)
{
	int folder = openat(kept, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	uint64_t blocks;

	if (folder < 0 || fstat(fd, &st))
		die("size");
	blocks = (uint64_t)st.st_size / BLOCK;
	if (blocks_of(device) < blocks &&
	    ioctl(folder, EXT4_IOC_RESIZE_FS, &blocks))
		die("making it larger");
	close(folder);
}

static void check_image(const char *path)
{
	char copy[STATE_PATH], *argv[] = { "e2fsck", copy, "-p", NULL };

	snprintf(copy, sizeof(copy), "%s", path);
	/* 1: it has mended something. */
	run(argv, "e2fsprogs", 1);
}

/* By a path that whoever changes them has, too. */
static void set_owners_inside(const struct first *first)
{
	int folder = openat(kept, ".", O_RDONLY | O_DIRECTORY);
	char path[48];

	if (folder < 0 || (mkdirat(folder, FILES, 0755) && errno != EEXIST))
		die(FILES);
	snprintf(path, sizeof(path), "/proc/self/fd/%d/" FILES, folder);
	set_owners(first, path);
	close(folder);
}

static void mount_image(const struct first *first, const char *path)
{
	char device_path[LOOP_PATH];
	int fd = open_image(first, path), device;

	device = loop_find(fd, true, device_path);
	if (device < 0)
		check_image(path);
	grow_file(first, fd);
	if (device < 0)
		device = loop_get(fd, true, device_path);
	if (device < 0 || ioctl(device, LOOP_SET_CAPACITY, 0))
		die("loop device");
	kept = first_new("ext4", device_path, PLAIN | MS_NOEXEC, NULL);
	grow_mounted(fd, device);
	close(device);
	set_owners_inside(first);
	/* The device has this file, too, and would keep it locked. */
	flock(fd, LOCK_UN);
	close(fd);
}

void first_open_state(const struct first *first)
{
	char path[STATE_PATH], image[STATE_PATH];
	int states, fd;

	if (!first_keeps(first))
		return;
	mkdir(STATE_FOLDER, 0700);
	states = open(STATE_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (states < 0)
		die(STATE_FOLDER);
	state_paths(first->task.name, path, image);
	/* Whichever it was made as, that it stays. */
	if (access(image, F_OK) && has_quotas(states))
		mkdir(path, 0755);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		mount_folder(first, path, fd);
		whole = true;
		close(fd);
	} else {
		mount_image(first, image);
	}
	close(states);
}

void first_mount_state(const struct first *first)
{
	char target[64], files[sizeof(target) + sizeof(FILES)];

	if (!first_keeps(first))
		return;
	snprintf(target, sizeof(target), STATE_INSIDE "/%s", first->task.name);
	first_put(kept, target);
	if (whole)
		return;
	/* Over all of the image its part of it. */
	snprintf(files, sizeof(files), "%s/" FILES, target);
	first_bind(files, target, 0);
}
