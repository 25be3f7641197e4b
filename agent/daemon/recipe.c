// SPDX-License-Identifier: GPL-2.0-only
#include "recipe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "order.h"

int recipe_version(const char *path, char version[96])
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	snprintf(version, 96, "%ju %jd %jd.%09ld %o %u", (uintmax_t)st.st_ino,
		 (intmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec,
		 st.st_mtim.tv_nsec, st.st_mode, st.st_uid);
	return 0;
}

static int fill(struct recipe *recipe, const char *path,
		char error[TASKFILE_ERROR])
{
	int ret = taskfile_load(path, &recipe->file, error);

	if (ret)
		return ret;
	recipe->limits = (struct cgroup_limits){
		.memory = taskfile_need(recipe->file, "memory"),
		.pids = taskfile_need(recipe->file, "pids"),
		.cpu = taskfile_need(recipe->file, "cpu"),
	};
	recipe->order = order_write(recipe->file);
	if (recipe->order >= 0)
		return 0;
	snprintf(error, TASKFILE_ERROR, "%s: %s", path,
		 strerror(-recipe->order));
	return recipe->order;
}

struct recipe *recipe_load(const char *path, char error[TASKFILE_ERROR])
{
	struct recipe *recipe = calloc(1, sizeof(*recipe));
	int ret = -ENOMEM;

	if (recipe) {
		recipe->refs = 1;
		recipe->order = -1;
		/* Before it is read: what changes in between is seen again. */
		ret = recipe_version(path, recipe->version);
	}
	if (ret)
		snprintf(error, TASKFILE_ERROR, "%s: %s", path, strerror(-ret));
	if (!ret && !fill(recipe, path, error))
		return recipe;
	recipe_put(recipe);
	return NULL;
}

struct recipe *recipe_get(struct recipe *recipe)
{
	recipe->refs++;
	return recipe;
}

void recipe_put(struct recipe *recipe)
{
	if (!recipe || --recipe->refs)
		return;
	taskfile_free(recipe->file);
	if (recipe->order >= 0)
		close(recipe->order);
	free(recipe);
}
