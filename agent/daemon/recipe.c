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

static void say_version(const struct stat *st, char version[96])
{
	snprintf(version, 96, "%ju %jd %jd.%09ld %o %u", (uintmax_t)st->st_ino,
		 (intmax_t)st->st_size, (intmax_t)st->st_mtim.tv_sec,
		 st->st_mtim.tv_nsec, st->st_mode, st->st_uid);
}

int recipe_version(const char *path, char version[96])
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	say_version(&st, version);
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

/* What it says is done as root. */
static const char *unfit(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "not a file";
	if (st->st_uid && st->st_uid != geteuid())
		return "belongs to somebody else: expected root";
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return "may be written by others than its owner: expected mode 0644";
	return NULL;
}

struct recipe *recipe_load(const char *path, char error[TASKFILE_ERROR])
{
	struct recipe *recipe = calloc(1, sizeof(*recipe));
	const char *why = NULL;
	struct stat st;

	/* Before it is read: what changes in between is seen again. */
	if (!recipe || stat(path, &st))
		why = strerror(errno);
	else
		why = unfit(&st);
	if (why) {
		snprintf(error, TASKFILE_ERROR, "%s: %s", path, why);
		free(recipe);
		return NULL;
	}
	recipe->refs = 1;
	recipe->order = -1;
	say_version(&st, recipe->version);
	if (!fill(recipe, path, error))
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
