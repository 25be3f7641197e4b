// SPDX-License-Identifier: GPL-2.0-only
#include "purge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "loop.h"
#include "state.h"
#include "tool.h"

/*
 * Out of the way in one step: what is begun now is not half of the old. rm follows no
 * link, also not one that was a directory just before.
 */
static int purge_folder(const char *path)
{
	char old[STATE_PATH + 8];
	char *argv[] = { "rm", "-rf", "--one-file-system", old, NULL };
	int ret;

	snprintf(old, sizeof(old), "%s.old", path);
	ret = tool_run(argv);
	if (!ret && rename(path, old))
		return -errno;
	if (!ret)
		ret = tool_run(argv);
	return ret > 0 ? -EIO : ret;
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
	int ret;

	state_paths(task, folder, image);
	ret = purge_image(image);
	return ret == -ENOENT ? purge_folder(folder) : ret;
}
