/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a path leads, and which folders decide that: its own, and that of each link. */
#ifndef SLUICE_TRAIL_H
#define SLUICE_TRAIL_H

#include <sys/stat.h>

/* @name: of what leads on, in @folder. */
typedef void (*trail_fn)(const char *folder, const char *name, void *arg);

/*
 * Walk @path, an absolute one, and tell @fn (NULL: nobody) of each of them; some may be
 * told twice. Nothing is looked at outside of @within, a folder without links (NULL:
 * anywhere): other file systems may not answer. 0 and what is there, which is no link;
 * -EXDEV: it leads out; or another negative errno.
 */
int trail_walk(const char *path, const char *within, trail_fn fn, void *arg,
	       struct stat *st);

#endif /* SLUICE_TRAIL_H */
