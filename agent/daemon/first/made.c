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
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

static void put(FILE *file, const char *name, const struct stat *st)
{
	fprintf(file, "%s %jx %jx %o\n", name, (uintmax_t)st->st_dev,
		(uintmax_t)st->st_ino, st->st_mode & S_IFMT);
}

static void put_path(const char *path, void *arg)
{
	struct stat st;

	if (!stat(path, &st))
		put(arg, path, &st);
}

/*
 * By whatever links they are found now: what is the same is what was looked at when it was
 * mounted, and what is another one will be.
 */
static void put_layers(const struct first *first, FILE *file)
{
	size_t i;

	for (i = 0; i < first->task.layers_count; i++)
		put_path(first->task.layers[i].source, file);
}

/* What they are, a folder or a file, of which there is something to be mounted at. */
static void put_data(const struct first *first, FILE *file)
{
	struct stat st;
	size_t i;

	for (i = 0; i < first->task.data_count; i++)
		if (first_data(first, i) >= 0 &&
		    !fstat(first_data(first, i), &st))
			fprintf(file, "%o\n", st.st_mode & S_IFMT);
}

/* As much of the machine as is said in /proc and /sys. */
static void put_machine(const struct first *first, FILE *file)
{
	struct sysinfo info;

	first_die_unless(!sysinfo(&info), "memory");
	fprintf(file, "%u %lu %u\n", first_cpus(first), info.totalram, info.mem_unit);
}

char *first_made_of(const struct first *first)
{
	char *text = NULL, zone[PATH_MAX];
	size_t size;
	FILE *file = open_memstream(&text, &size);
	ssize_t len = readlink("/etc/localtime", zone, sizeof(zone) - 1);

	first_die_unless(file, "memory");
	put_machine(first, file);
	put_layers(first, file);
	put_data(first, file);
	if (len > 0)
		fprintf(file, "%.*s\n", (int)len, zone);
	if (first->task.usr) {
		put_path("/usr", file);
		first_each_of_gateway(put_path, file);
	}
	first_die_unless(!fclose(file), "memory");
	return text;
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
