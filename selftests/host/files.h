/* SPDX-License-Identifier: GPL-2.0-only */
/* One file in a folder of its own, which the subtest has to remove by gone(). */
#ifndef SLUICE_FILES_H
#define SLUICE_FILES_H

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ktap.h"

static char folder[64], path[128];

/* Makes folder and file; path is the file's. */
static inline void file(const char *name, const char *text, size_t len)
{
	int fd;

	strcpy(folder, "/tmp/sluice-taskfile.XXXXXX");
	CHECK(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, len), (ssize_t)len);
	close(fd);
}

static inline void gone(void)
{
	unlink(path);
	rmdir(folder);
}

/* Not emptied before: some file systems wait for the disk then. */
static inline void rewrite(const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, len), (ssize_t)len);
	CHECK_EQ(ftruncate(fd, (off_t)len), 0);
	close(fd);
}

#endif /* SLUICE_FILES_H */
