// SPDX-License-Identifier: GPL-2.0-only
#include "recipe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "filter.h"
#include "machine.h"
#include "order.h"
#include "taskopen.h"

static void say_version(const struct stat *st, char version[RECIPE_VERSION])
{
	snprintf(version, RECIPE_VERSION, "%ju %jd %jd.%09ld %o %u", (uintmax_t)st->st_ino,
		 (intmax_t)st->st_size, (intmax_t)st->st_mtim.tv_sec,
		 st->st_mtim.tv_nsec, st->st_mode, st->st_uid);
}

int recipe_version(const char *path, char version[RECIPE_VERSION])
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	say_version(&st, version);
	return 0;
}

static int fill(struct recipe *recipe, FILE *file, const char *path,
		char error[TASKFILE_ERROR])
{
	int ret = taskfile_read(file, path, &recipe->file, error);
	struct filter filter;

	if (ret)
		return ret;
	recipe->limits = cgroup_limits_of(recipe->file);
	machine_complete(recipe->file);
	recipe->order = order_write(recipe->file);
	/* Nodes and what is written are of one alone. */
	recipe->alone = recipe->file->writable_size ||
			recipe->file->devices_count || recipe->file->sys_count;
	filter = filter_of(recipe->file);
	recipe->filter = filter_make(&filter);
	ret = recipe->order < 0 ? recipe->order : recipe->filter;
	if (ret >= 0)
		return 0;
	snprintf(error, TASKFILE_ERROR, "%s: %s", path, strerror(-ret));
	return ret;
}

/* What is open now is what it is made of, whatever happens to the path. */
static int load(struct recipe *recipe, const char *path,
		char error[TASKFILE_ERROR])
{
	struct stat st;
	FILE *file;
	int ret = taskopen(path, &file, &st, error);

	if (ret)
		return ret;
	if (taskopen_written(file)) {
		snprintf(error, TASKFILE_ERROR, "%s: is being written", path);
		fclose(file);
		return -EAGAIN;
	}
	say_version(&st, recipe->version);
	return fill(recipe, file, path, error);
}

int recipe_load(const char *path, struct recipe **ret_recipe,
		char error[TASKFILE_ERROR])
{
	struct recipe *recipe = calloc(1, sizeof(*recipe));
	int ret;

	*ret_recipe = NULL;
	if (!recipe) {
		snprintf(error, TASKFILE_ERROR, "%s: out of memory", path);
		return -ENOMEM;
	}
	recipe->refs = 1;
	recipe->order = -1;
	recipe->filter = -1;
	recipe->tree = -1;
	recipe->made = -1;
	recipe->user = -1;
	recipe->watch = -1;
	ret = load(recipe, path, error);
	if (ret)
		recipe_put(recipe);
	else
		*ret_recipe = recipe;
	return ret;
}

struct recipe *recipe_get(struct recipe *recipe)
{
	recipe->refs++;
	return recipe;
}

static void drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void recipe_drop_tree(struct recipe *recipe)
{
	recipe->timer = sd_event_source_disable_unref(recipe->timer);
	drop(&recipe->tree);
	drop(&recipe->made);
	drop(&recipe->user);
	drop(&recipe->watch);
}

void recipe_put(struct recipe *recipe)
{
	if (!recipe || --recipe->refs)
		return;
	taskfile_free(recipe->file);
	if (recipe->order >= 0)
		close(recipe->order);
	if (recipe->filter >= 0)
		close(recipe->filter);
	recipe_drop_tree(recipe);
	free(recipe);
}
