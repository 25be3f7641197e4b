// SPDX-License-Identifier: GPL-2.0-only
#include "levels.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "place.h"

int levels_find(int place, struct levels *levels)
{
	char link[32], path[PATH_MAX];
	const char *at;
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", place);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0)
		return -errno;
	path[len] = '\0';
	if (strncmp(path, PLACE_ROOT "/", strlen(PLACE_ROOT "/")))
		return -ENOENT;
	levels->count = 0;
	strcpy(levels->place, path + strlen(PLACE_ROOT));
	for (at = levels->place; at; at = strchr(at + 1, '/')) {
		const char *end = strchrnul(at + 1, '/');

		if (levels->count == LEVELS_MAX)
			return -E2BIG;
		levels->ends[levels->count++] = (size_t)(end - levels->place);
	}
	return 0;
}

void levels_path(const struct levels *levels, size_t n, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, PLACE_ROOT "%.*s", (int)levels->ends[n],
		 levels->place);
}

void levels_parent(const struct levels *levels, size_t n, char path[PATH_MAX],
		   char name[NAME_MAX + 1])
{
	size_t begin = n ? levels->ends[n - 1] : 0;

	snprintf(path, PATH_MAX, PLACE_ROOT "%.*s", (int)begin, levels->place);
	snprintf(name, NAME_MAX + 1, "%.*s", (int)(levels->ends[n] - begin - 1),
		 levels->place + begin + 1);
}

int levels_open(const struct levels *levels, size_t n)
{
	char path[PATH_MAX];
	int fd;

	levels_path(levels, n, path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int levels_each(const char *path, const char *name, levels_fn fn, void *arg)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		if (entry->d_type == DT_DIR && *entry->d_name != '.' &&
		    strcmp(entry->d_name, name))
			fn(dirfd(dir), entry->d_name, arg);
	closedir(dir);
	return 0;
}

int levels_read(int dir, const char *name, const char *format, uint64_t *number)
{
	char text[CGROUP_TEXT];
	int ret = cgroup_text(dir, name, text);

	if (ret)
		return ret;
	*number = LEVELS_NO_LIMIT;
	if (!strncmp(text, "max", 3))
		return 0;
	return sscanf(text, format, number) == 1 ? 0 : -EBADMSG;
}
