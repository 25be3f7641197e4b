// SPDX-License-Identifier: GPL-2.0-only
/*
 * What of the gateway a task names, opened once and used by its descriptor: who can
 * rename on the way there finds that nobody comes by again. Nobody else than root decides
 * what it is:
 *
 * - a link is followed where only root could have made it: in a folder that only root may
 *   write, or root's own in one where nobody can take its place (sticky). Below any other
 *   place links are refused;
 * - nothing is taken from below a folder that everybody may write to and is not sticky, or
 *   that is of another task's user, who could have put there whatever he has.
 */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "users.h"

/* As many as the kernel follows. */
#define LINKS_MAX	40

/**
 * struct source - what was found
 * @fd: O_PATH; -1 for nothing
 * @why: not; "": what @err says
 */
struct source {
	bool	looked;
	int	fd;
	int	err;
	char	why[PATH_MAX + 128];
};

/**
 * struct walk - on the way
 * @at: where we are, and @path what it is called
 * @rest: what is left of the way
 * @sure: only root could have made what we came by
 */
struct walk {
	int	at;
	char	path[PATH_MAX];
	char	rest[PATH_MAX];
	bool	sure;
	int	links;
	uid_t	user;
};

static bool no(struct source *source, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static bool no(struct source *source, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(source->why, sizeof(source->why), format, args);
	va_end(args);
	source->err = EPERM;
	return false;
}

static bool fails(struct source *source, int err)
{
	source->err = err;
	return false;
}

static bool is_task(uid_t user)
{
	return user >= USERS_FIRST && user <= USERS_LAST;
}

/* May something be taken from below it? */
static bool check_folder(const struct walk *walk, const struct stat *folder,
			 struct source *source)
{
	const char *path = *walk->path ? walk->path : "/";

	if (folder->st_mode & S_IWOTH && !(folder->st_mode & S_ISVTX))
		return no(source, "%s may be written by everybody: expected mode 0755, or 1777",
			  path);
	if (is_task(folder->st_uid) && folder->st_uid != walk->user)
		return no(source, "%s belongs to the user of another task: expected root",
			  path);
	return true;
}

/* Could only root have put that into this folder? */
static bool is_roots(const struct stat *folder, const struct stat *st)
{
	mode_t others = S_IWOTH | (folder->st_gid ? S_IWGRP : 0);

	if (folder->st_uid)
		return false;
	return !(folder->st_mode & others) ||
	       (folder->st_mode & S_ISVTX && !st->st_uid);
}

static bool go_to(struct walk *walk, int fd)
{
	close(walk->at);
	walk->at = fd;
	return fd >= 0;
}

/* Its text comes before the rest. */
static bool take_link(struct walk *walk, int link, struct source *source)
{
	char text[PATH_MAX], rest[PATH_MAX];
	ssize_t len = readlinkat(link, "", text, sizeof(text) - 1);

	if (len < 0)
		return fails(source, errno);
	if (++walk->links > LINKS_MAX)
		return fails(source, ELOOP);
	text[len] = '\0';
	memcpy(rest, walk->rest, sizeof(rest));
	if (snprintf(walk->rest, sizeof(walk->rest), "%s/%s", text, rest) >=
	    PATH_MAX)
		return fails(source, ENAMETOOLONG);
	if (*text != '/')
		return true;
	*walk->path = '\0';
	return go_to(walk, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) ||
	       fails(source, errno);
}

/* Its first part; false: there is none. */
static bool take_name(struct walk *walk, char name[NAME_MAX + 1])
{
	size_t skip = strspn(walk->rest, "/");
	size_t len = strcspn(walk->rest + skip, "/");

	if (len)
		snprintf(name, NAME_MAX + 1, "%.*s", (int)len,
			 walk->rest + skip);
	memmove(walk->rest, walk->rest + skip + len,
		strlen(walk->rest + skip + len) + 1);
	return len;
}

static void add_name(struct walk *walk, const char *name)
{
	size_t len = strlen(walk->path);

	if (!strcmp(name, ".."))
		*(strrchr(walk->path, '/') ?: walk->path) = '\0';
	else
		snprintf(walk->path + len, sizeof(walk->path) - len, "/%s",
			 name);
}

static bool step(struct walk *walk, const char *name, struct source *source)
{
	struct stat folder, st;
	int next;

	if (fstat(walk->at, &folder))
		return fails(source, errno);
	if (!check_folder(walk, &folder, source))
		return false;
	next = openat(walk->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (next < 0 || fstat(next, &st))
		return fails(source, errno);
	walk->sure = walk->sure && is_roots(&folder, &st);
	if (!S_ISLNK(st.st_mode)) {
		add_name(walk, name);
		return go_to(walk, next);
	}
	if (walk->sure ? take_link(walk, next, source) :
	    no(source, "%s/%s is a link that others than root can have made",
	       walk->path, name)) {
		close(next);
		return true;
	}
	return false;
}

static void find(const struct first *first, const char *path,
		 struct source *source)
{
	char name[NAME_MAX + 1];
	struct walk walk;

	source->looked = true;
	source->fd = -1;
	source->err = 0;
	*source->why = '\0';
	walk.user = first->uid;
	walk.sure = true;
	walk.links = 0;
	*walk.path = '\0';
	snprintf(walk.rest, sizeof(walk.rest), "%s", path);
	walk.at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	first_die_unless(walk.at >= 0, "/");
	while (take_name(&walk, name))
		if (strcmp(name, ".") != 0 && !step(&walk, name, source))
			return;
	source->fd = walk.at;
}

static void lack(const struct first *first, const char *what, const char *path,
		 const struct source *source)
{
	if (*source->why) {
		first_refuse(first, "%s %s: %s", what, path, source->why);
		return;
	}
	errno = source->err;
	first_lack(first, what, path);
}

int first_open_source(const struct first *first, const char *what,
		      const char *path)
{
	static struct source source;

	find(first, path, &source);
	if (source.fd < 0)
		lack(first, what, path, &source);
	return source.fd;
}

int first_read_source(int source)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", source);
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

int first_data(const struct first *first, size_t number)
{
	static struct source sources[TASKFILE_ITEMS];
	struct source *source = &sources[number];
	const char *path = first->task.data[number].source;

	if (!source->looked) {
		find(first, path, source);
		if (source->fd < 0)
			lack(first, "data", path, source);
	}
	return source->fd;
}

/* Only its number is of interest: it gets a node of its own. */
bool first_device(const struct first *first, size_t number, bool say,
		  struct stat *st)
{
	static struct source sources[TASKFILE_ITEMS];
	struct source *source = &sources[number];
	const char *path = first->task.devices[number].source;

	if (!source->looked)
		find(first, path, source);
	if (source->fd >= 0 &&
	    (fstat(source->fd, st) ||
	     !(S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)))) {
		close(source->fd);
		source->fd = -1;
		source->err = ENODEV;
	}
	if (source->fd < 0 && say)
		lack(first, "device", path, source);
	return source->fd >= 0;
}
