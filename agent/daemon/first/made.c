// SPDX-License-Identifier: GPL-2.0-only
/*
 * Of what of the gateway's a root is made, as it is now: where that is what it was when
 * a root was made, that root is as good as a new one.
 */
#include "tree.h"

#include <errno.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "jot.h"

/*
 * Of each layer a path and who it is, a zone, and less than a hundred lines of the machine's
 * and of /etc; behind it what it was.
 */
#define ROOM	(FIRST_DESK / 2)
_Static_assert(ROOM > (TASKFILE_ITEMS + 2) * (PATH_MAX + 64UL), "there is room");

static void put(struct jot *jot, const char *word)
{
	jot_put(jot, word);
	jot_put(jot, " ");
}

static void put_number(struct jot *jot, uint64_t number)
{
	jot_number(jot, number, 16);
	jot_put(jot, " ");
}

static void put_path(const char *path, void *arg)
{
	struct jot *jot = arg;
	struct stat st;

	if (stat(path, &st))
		return;
	put(jot, path);
	put_number(jot, st.st_dev);
	put_number(jot, st.st_ino);
	put_number(jot, st.st_mode & S_IFMT);
	jot_put(jot, "\n");
}

/*
 * By whatever links they are found now: what is the same is what was looked at when it was
 * mounted, and what is another one will be.
 */
static void put_layers(const struct first *first, struct jot *jot)
{
	size_t i;

	for (i = 0; i < first->task.layers_count; i++)
		put_path(first->task.layers[i].source, jot);
}

/* What they are, a folder or a file, of which there is something to be mounted at. */
static void put_data(const struct first *first, struct jot *jot)
{
	struct stat st;
	size_t i;

	for (i = 0; i < first->task.data_count; i++)
		if (first_data(first, i) >= 0 &&
		    !fstat(first_data(first, i), &st))
			put_number(jot, st.st_mode & S_IFMT);
	jot_put(jot, "\n");
}

/* As much of the machine as is said in /proc and /sys. */
static void put_machine(const struct first *first, struct jot *jot)
{
	struct sysinfo info;

	first_die_unless(!sysinfo(&info), "memory");
	put_number(jot, first_cpus(first));
	put_number(jot, info.totalram);
	put_number(jot, info.mem_unit);
	jot_put(jot, "\n");
}

static void put_zone(struct jot *jot)
{
	ssize_t len = readlink("/etc/localtime", jot->at, jot->left - 1);

	if (len < 0)
		return;
	jot->at += len;
	jot->left -= (size_t)len;
	*jot->at = '\0';
	jot_put(jot, "\n");
}

const char *first_made_of(const struct first *first)
{
	struct jot jot = jot_in(first_desk, ROOM);

	put_machine(first, &jot);
	put_layers(first, &jot);
	put_data(first, &jot);
	put_zone(&jot);
	if (first->task.usr) {
		put_path("/usr", &jot);
		first_each_of_gateway(put_path, &jot);
	}
	errno = E2BIG;
	first_die_unless(!jot.full, "notes");
	return first_desk;
}

bool first_is_made_of_that(const struct first *first)
{
	const char *is = first_made_of(first);
	size_t len = strlen(is);
	char *was = first_desk + len + 1;

	return pread(ORDER_FD_MADE, was, len + 1, 0) == (ssize_t)len &&
	       !memcmp(was, is, len);
}

/*
 * Changes in layers
 */

/* With more folders a task has its root made each time. */
#define FOLDERS		4096
#define CHANGES		(IN_CREATE | IN_DELETE | IN_MOVE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)

static const struct first *watcher;
static unsigned int folders;

static int watch_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (type != FTW_D && type != FTW_DNR)
		return 0;
	if (folders++ == FOLDERS)
		first_not_before(watcher);
	/* It may have gone this moment, which the folder that it was in knows. */
	if (inotify_add_watch(ORDER_FD_WATCH, path, CHANGES | IN_ONLYDIR | IN_DONT_FOLLOW) < 0 &&
	    errno != ENOENT && errno != ENOTDIR)
		first_not_before(watcher);
	return 0;
}

void first_watch_layers(const struct first *first)
{
	size_t i;
	int fd;

	watcher = first;
	for (i = 0; i < first->task.layers_count; i++) {
		fd = first_open_source(first, "layer", first->task.layers[i].source);
		/* An image, or nothing, which others say. */
		if (fd < 0 || fchdir(fd)) {
			close(fd);
			continue;
		}
		close(fd);
		if (nftw(".", watch_one, 16, FTW_PHYS | FTW_MOUNT))
			first_not_before(first);
	}
	first_die_unless(!chdir("/"), "/");
}
