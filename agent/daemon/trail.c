// SPDX-License-Identifier: GPL-2.0-only
#include "trail.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* As many as the kernel follows. */
#define LINKS_MAX	40

/* Is it there, or on the way there? */
static bool is_within(const char *path, const char *within)
{
	size_t a = strlen(path), b = within ? strlen(within) : 0;
	size_t len = a < b ? a : b;

	if (!within)
		return true;
	return !strncmp(path, within, len) &&
	       (a == b || (a < b ? within[len] : path[len]) == '/');
}

/* Its first component goes to the end of @at; false: there is none, or no room. */
static bool step(char at[PATH_MAX], char rest[PATH_MAX])
{
	size_t skip = strspn(rest, "/"), len = strcspn(rest + skip, "/");
	size_t end = strlen(at);

	if (!len || end + 1 + len >= PATH_MAX)
		return false;
	at[end] = '/';
	memcpy(at + end + 1, rest + skip, len);
	at[end + 1 + len] = '\0';
	memmove(rest, rest + skip + len, strlen(rest + skip + len) + 1);
	return true;
}

/* The last component goes; the root stays. */
static void step_back(char at[PATH_MAX])
{
	char *slash = strrchr(at, '/');

	if (slash)
		*slash = '\0';
}

static void tell(char at[PATH_MAX], trail_fn fn, void *arg)
{
	char *slash = strrchr(at, '/');

	if (!fn)
		return;
	*slash = '\0';
	fn(*at ? at : "/", slash + 1, arg);
	*slash = '/';
}

/* What the link at @at says comes before the rest, and @at goes back. */
static int take_link(char at[PATH_MAX], char rest[PATH_MAX])
{
	char to[PATH_MAX], left[PATH_MAX];
	ssize_t len = readlink(at, to, sizeof(to) - 1);

	if (len < 0)
		return -errno;
	to[len] = '\0';
	memcpy(left, rest, sizeof(left));
	if (*to == '/')
		*at = '\0';
	else
		step_back(at);
	return snprintf(rest, PATH_MAX, "%s%s", to, left) < PATH_MAX ?
	       0 : -ENAMETOOLONG;
}

int trail_walk(const char *path, const char *within, trail_fn fn, void *arg,
	       struct stat *st)
{
	char at[PATH_MAX] = "", rest[PATH_MAX], *name;
	int links = 0, ret;

	snprintf(rest, sizeof(rest), "%s", path);
	while (step(at, rest)) {
		name = strrchr(at, '/') + 1;
		if (!strcmp(name, ".") || !strcmp(name, "..")) {
			if (name[1])
				step_back(at);
			step_back(at);
			continue;
		}
		if (!is_within(at, within))
			return -EXDEV;
		if (lstat(at, st)) {
			ret = -errno;
			tell(at, fn, arg);
			return ret;
		}
		if (S_ISLNK(st->st_mode)) {
			tell(at, fn, arg);
			ret = ++links > LINKS_MAX ? -ELOOP : take_link(at, rest);
			if (ret)
				return ret;
		} else if (!rest[strspn(rest, "/")]) {
			tell(at, fn, arg);
			return 0;
		}
	}
	return -ENOENT;
}
