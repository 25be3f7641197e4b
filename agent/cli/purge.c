// SPDX-License-Identifier: GPL-2.0-only
#include "purge.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "loop.h"
#include "state.h"

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* Out of the way in one step: what is begun now is not half of the old. */
static int purge_folder(const char *path)
{
	char old[STATE_PATH + 8];

	snprintf(old, sizeof(old), "%s.old", path);
	nftw(old, remove_one, 16, FTW_PHYS | FTW_DEPTH | FTW_MOUNT);
	if (rename(path, old))
		return -errno;
	return nftw(old, remove_one, 16, FTW_PHYS | FTW_DEPTH | FTW_MOUNT) ?
	       -errno : 0;
}

static bool is_used(int fd)
{
	char device_path[LOOP_PATH];
	int device = loop_find(fd, true, device_path);

	if (device >= 0)
		close(device);
	return device >= 0;
}

static int purge_image(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW), ret = 0;

	if (fd < 0)
		return -errno;
	/* Who mounts it now has the lock until it can be seen. */
	if (flock(fd, LOCK_EX))
		ret = -errno;
	else if (is_used(fd))
		ret = -EBUSY;
	else if (unlink(path))
		ret = -errno;
	close(fd);
	return ret;
}

int purge(const char *task)
{
	char folder[STATE_PATH], image[STATE_PATH];
	int states = open(STATE_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret;

	if (states < 0)
		return -errno;
	state_paths(task, folder, image);
	/* None is made meanwhile. */
	if (flock(states, LOCK_EX))
		ret = -errno;
	else
		ret = purge_image(image);
	if (ret == -ENOENT)
		ret = purge_folder(folder);
	close(states);
	return ret;
}
