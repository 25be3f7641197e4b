/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cgroups from the root of the tree down to the environments' place: each bounds what
 * is below it, and shares with its siblings what their parent has.
 */
#ifndef SLUICE_LEVELS_H
#define SLUICE_LEVELS_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

/* More than anybody nests. */
#define LEVELS_MAX	16

/**
 * struct levels - where they are
 * @place: path of the environments' place, below the root
 * @ends: in @place, where the name of each level ends; the first one is right below the root
 * @count: how many
 */
struct levels {
	char	place[PATH_MAX];
	size_t	ends[LEVELS_MAX];
	size_t	count;
};

/* Of @place, which is open. A negative errno. */
int levels_find(int place, struct levels *levels);

/* The path of level @n; of its parent, and the name that it has there. */
void levels_path(const struct levels *levels, size_t n, char path[PATH_MAX]);
void levels_parent(const struct levels *levels, size_t n, char path[PATH_MAX],
		   char name[NAME_MAX + 1]);
/* Open; a negative errno. */
int levels_open(const struct levels *levels, size_t n);

typedef void (*levels_fn)(int parent, const char *name, void *arg);
/* Each cgroup in the folder @path but @name. A negative errno. */
int levels_each(const char *path, const char *name, levels_fn fn, void *arg);

/*
 * The number that a file of the cgroup @dir says where @format looks for it; one that says
 * "max" is LEVELS_NO_LIMIT. A negative errno, -EBADMSG: it says something else.
 */
#define LEVELS_NO_LIMIT UINT64_MAX
int levels_read(int dir, const char *name, const char *format, uint64_t *number);

#endif /* SLUICE_LEVELS_H */
