// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In words of the task: nobody knows our own paths. */
static const char *shown(const char *path)
{
	size_t len = strlen(ROOT);

	return !strncmp(path, ROOT, len) && path[len] ? path + len : path;
}

void first_mount(const char *source, const char *target, const char *type,
		 unsigned long flags, const char *options)
{
	if (mount(source, target, type, flags, options))
		first_die("mounting", shown(target));
}

static void make_above(const char *path)
{
	char copy[PATH_MAX], *slash;

	snprintf(copy, sizeof(copy), "%s", path);
	for (slash = strchr(copy + strlen(ORDER_ROOT) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0755) && errno != EEXIST)
			first_die("making directory", shown(copy));
		*slash = '/';
	}
}

void first_make_path(const char *path, bool directory)
{
	int fd;

	make_above(path);
	if (directory) {
		if (mkdir(path, 0755) && errno != EEXIST)
			first_die("making directory", shown(path));
		return;
	}
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	if (fd < 0)
		first_die("making file", shown(path));
	close(fd);
}

void first_write(const char *path, const char *format, ...)
{
	va_list args;
	FILE *file;
	int ret;

	make_above(path);
	file = fopen(path, "we");
	if (!file)
		first_die("making file", shown(path));
	va_start(args, format);
	ret = vfprintf(file, format, args);
	va_end(args);
	if (fclose(file) || ret < 0)
		first_die("writing", shown(path));
}

void first_link(const char *text, const char *path)
{
	make_above(path);
	if (symlink(text, path) && errno != EEXIST)
		first_die("making link", shown(path));
}

/* Of all mounts there: mount() would change the first one only. */
static void set_all(const char *path, unsigned long flags)
{
	struct mount_attr attr = { .propagation = MS_PRIVATE };
	static const struct {
		unsigned long flag;
		uint64_t attr;
	} all[] = {
		{ MS_RDONLY, MOUNT_ATTR_RDONLY }, { MS_NOSUID, MOUNT_ATTR_NOSUID },
		{ MS_NODEV, MOUNT_ATTR_NODEV }, { MS_NOEXEC, MOUNT_ATTR_NOEXEC },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (flags & all[i].flag)
			attr.attr_set |= all[i].attr;
	if (syscall(SYS_mount_setattr, AT_FDCWD, path, AT_RECURSIVE, &attr,
		    sizeof(attr)))
		first_die("mounting", shown(path));
}

void first_bind(const char *source, const char *target, unsigned long flags)
{
	char path[sizeof(ROOT) + PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), ROOT "%s", target);
	if (lstat(path, &st)) {
		if (stat(source, &st))
			first_die("data", source);
		first_make_path(path, S_ISDIR(st.st_mode));
	}
	first_mount(source, path, NULL, MS_BIND | (flags & MS_REC), NULL);
	if (flags & MS_REC)
		set_all(path, flags);
	else
		first_mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | flags,
			    NULL);
}
