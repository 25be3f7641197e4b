/* SPDX-License-Identifier: GPL-2.0-only */
/* What a task file makes the same for all environments of its task. */
#ifndef SLUICE_RECIPE_H
#define SLUICE_RECIPE_H

#include <systemd/sd-event.h>

#include "cgroup.h"
#include "say.h"
#include "taskfile.h"

#define RECIPE_VERSION	96

/**
 * struct recipe - how environments of a task are made
 * @refs: who holds it; what is being made goes on with it when the file changes
 * @file: what it was made from
 * @limits: of its cgroup
 * @order: for the first process, see lib/order.h
 * @filter: of system calls, see lib/filter.h
 * @version: of the file: two that are the same have the same
 * @tree: what its environments begin with, see tree.h; -1: not made
 * @trees: how many there were
 * @made: of what, see lib/order.h
 * @user: their user namespace, or -1
 * @uid: the user that is in there
 * @watch: an inotify that has heard of changes in its layers, or -1
 * @used: when one last began with it, in usec
 * @timer: looks whether that is long ago
 * @alone: there is no such thing: each is made from the begin
 * @busy: somebody makes it
 */
struct recipe {
	unsigned int refs;
	struct taskfile *file;
	struct cgroup_limits limits;
	int	order;
	int	filter;
	int	tree;
	uint32_t trees;
	int	made;
	int	user;
	uid_t	uid;
	int	watch;
	uint64_t used;
	sd_event_source *timer;
	bool	alone;
	bool	busy;
	char	version[RECIPE_VERSION];
};

/*
 * Of the file as it is now, with a reference. A negative errno fills @error; -EAGAIN:
 * it is being written.
 */
int recipe_load(const char *path, struct recipe **ret_recipe,
		char error[TASKFILE_ERROR]);
struct recipe *recipe_get(struct recipe *recipe);
/* NULL is allowed. */
void recipe_put(struct recipe *recipe);
/* What they begin with is something else now. */
void recipe_drop_tree(struct recipe *recipe);
/* What a file that is there now would have; -errno of stat(). */
int recipe_version(const char *path, char version[RECIPE_VERSION]);

#endif /* SLUICE_RECIPE_H */
