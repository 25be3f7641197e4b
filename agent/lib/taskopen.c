// SPDX-License-Identifier: GPL-2.0-only
#include "taskopen.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char *unfit(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "not a file";
	if (st->st_uid && st->st_uid != geteuid())
		return "belongs to somebody else: expected root";
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return "may be written by others than its owner: expected mode 0644";
	return NULL;
}

int taskopen(const char *path, FILE **ret_file, struct stat *st,
	     char error[TASKFILE_ERROR])
{
	/* A pipe would be waited for. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	const char *why = NULL;
	int ret = 0;

	*ret_file = NULL;
	if (fd < 0 || fstat(fd, st)) {
		ret = -errno;
		why = strerror(errno);
	} else {
		why = unfit(st);
		ret = why ? -EPERM : 0;
	}
	if (!ret) {
		*ret_file = fdopen(fd, "r");
		if (*ret_file)
			return 0;
		ret = -errno;
		why = strerror(errno);
	}
	snprintf(error, TASKFILE_ERROR, "%s: %s", path, why);
	if (fd >= 0)
		close(fd);
	return ret;
}

bool taskopen_written(FILE *file)
{
	int fd = fileno(file);

	/* A lease for readers is given when there is no writer. */
	if (fcntl(fd, F_SETLEASE, F_RDLCK))
		return errno == EAGAIN;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return false;
}
