// SPDX-License-Identifier: GPL-2.0-only
#include "keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What others may do with it. */
#define MODE	0644

static int write_all(int to, const char *data, size_t len)
{
	ssize_t ret;

	while (len) {
		ret = write(to, data, len);
		if (ret < 0 && errno != EINTR)
			return -errno;
		data += ret > 0 ? ret : 0;
		len -= ret > 0 ? (size_t)ret : 0;
	}
	return 0;
}

static int copy(int from, int to)
{
	char buffer[4096];
	ssize_t len;
	int ret = 0;

	while (!ret && (len = read(from, buffer, sizeof(buffer))) != 0)
		ret = len < 0 ? -errno : write_all(to, buffer, (size_t)len);
	return ret;
}

static int sync_file(int fd)
{
	return fsync(fd) ? -errno : 0;
}

/*
 * A copy under a name that nobody reads, on the disk when this returns. @path: where it
 * is to be, which is filled in.
 */
static int copy_aside(int from, char *path, struct stat *ours)
{
	int to = mkostemp(path, O_CLOEXEC), ret;

	if (to < 0)
		return -errno;
	ret = copy(from, to);
	if (!ret && (fchmod(to, MODE) || fstat(to, ours)))
		ret = -errno;
	if (!ret)
		ret = sync_file(to);
	if (close(to) && !ret)
		ret = -errno;
	if (ret)
		unlink(path);
	return ret;
}

/* What stands there gets a second name. */
static int hold_before(struct keep *keep, const char *aside)
{
	snprintf(keep->before, sizeof(keep->before), "%s.old", aside);
	if (!linkat(keep->dir, keep->name, keep->dir, keep->before, 0))
		return 0;
	keep->before[0] = '\0';
	return errno == ENOENT ? 0 : -errno;
}

static int take_back(struct keep *keep)
{
	int ret;

	if (*keep->before)
		ret = renameat(keep->dir, keep->before, keep->dir, keep->name);
	else
		ret = unlinkat(keep->dir, keep->name, 0);
	if (ret)
		return -errno;
	keep->before[0] = '\0';
	return sync_file(keep->dir);
}

static int put(struct keep *keep, const char *aside)
{
	int ret = hold_before(keep, aside);

	if (!ret && renameat(keep->dir, aside, keep->dir, keep->name))
		ret = -errno;
	if (ret) {
		unlinkat(keep->dir, aside, 0);
		if (*keep->before)
			unlinkat(keep->dir, keep->before, 0);
		return ret;
	}
	ret = sync_file(keep->dir);
	if (ret)
		take_back(keep);
	return ret;
}

static int keep_open(struct keep *keep, const char *dir, int from)
{
	struct stat there, here;
	char aside[PATH_MAX];
	int len, ret;

	/* It is the one that is kept already. */
	if (!fstatat(keep->dir, keep->name, &there, 0) && !fstat(from, &here) &&
	    there.st_dev == here.st_dev && there.st_ino == here.st_ino)
		return 0;
	len = snprintf(aside, sizeof(aside), "%s/.%s.XXXXXX", dir, keep->name);
	if (len >= (int)sizeof(aside))
		return -ENAMETOOLONG;
	ret = copy_aside(from, aside, &keep->ours);
	return ret ? ret : put(keep, strrchr(aside, '/') + 1);
}

int keep_file(struct keep *keep, const char *dir, const char *path,
	      const char *name)
{
	int from, ret;

	memset(keep, 0, sizeof(*keep));
	if (snprintf(keep->name, sizeof(keep->name), "%s", name) >=
	    (int)sizeof(keep->name) - (int)sizeof("..XXXXXX.old"))
		return -ENAMETOOLONG;
	from = open(path, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		return -errno;
	keep->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ret = keep->dir < 0 ? -errno : keep_open(keep, dir, from);
	close(from);
	if (ret && keep->dir >= 0)
		close(keep->dir);
	return ret;
}

static bool is_ours(const struct keep *keep)
{
	struct stat now;

	return !fstatat(keep->dir, keep->name, &now, 0) &&
	       now.st_dev == keep->ours.st_dev &&
	       now.st_ino == keep->ours.st_ino;
}

int keep_undo(struct keep *keep)
{
	int ret = is_ours(keep) ? take_back(keep) : 0;

	keep_end(keep);
	return ret;
}

void keep_end(struct keep *keep)
{
	if (*keep->before)
		unlinkat(keep->dir, keep->before, 0);
	close(keep->dir);
}

int keep_remove(const char *dir, const char *name)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (unlinkat(fd, name, 0))
		ret = -errno;
	else
		ret = sync_file(fd);
	close(fd);
	return ret;
}
