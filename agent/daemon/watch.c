// SPDX-License-Identifier: GPL-2.0-only
#include "watch.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"
#include "trail.h"

/* Editors take a file away for a moment. */
#define GONE_USEC	1000000
/* A folder that is not there may be put in its place again. */
#define FOLDER_USEC	1000000
/* What is being written, when nothing tells of its end. */
#define WRITTEN_USEC	100000
/* Folders besides ours, into which links lead. */
#define ELSEWHERE_MAX	64

#define HAPPENS	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ATTRIB |	\
		 IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | \
		 IN_ONLYDIR)
/* The folder that is watched is not at its path any more. */
#define AWAY	(IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)

/**
 * struct file - a task file that is there, or was
 * @task: its name
 * @tried: the version that was read last, good or not
 * @refused: the module did not want it
 * @gone: it is not there, and is waited for
 * @written: somebody writes it, which is waited for
 * @link: it leads elsewhere
 */
struct file {
	struct file *next;
	struct watch *watch;
	char	task[SLUICE_NAME_SIZE];
	char	tried[RECIPE_VERSION];
	bool	refused;
	sd_event_source *gone;
	sd_event_source *written;
	bool	link;
};

struct watch {
	sd_event *event;
	const char *folder;
	struct tasks *tasks;
	watch_changed_fn fn;
	void	*arg;
	struct file *files;
	sd_event_source *source;
	sd_event_source *again;
	struct {
		char	path[PATH_MAX];
		sd_event_source *source;
	} elsewhere[ELSEWHERE_MAX];
};

static void path_of(const struct watch *watch, const char *task,
		    char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s" TASKFILE_SUFFIX, watch->folder, task);
}

static struct file *file_of(struct watch *watch, const char *task)
{
	struct file *file;

	for (file = watch->files; file; file = file->next)
		if (!strcmp(file->task, task))
			return file;
	file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->watch = watch;
	snprintf(file->task, sizeof(file->task), "%s", task);
	file->next = watch->files;
	watch->files = file;
	return file;
}

static void free_file(struct file *file)
{
	sd_event_source_disable_unref(file->gone);
	sd_event_source_disable_unref(file->written);
	free(file);
}

/*
 * Links: whatever happens in a folder into which one leads, all are looked at
 */

static int elsewhere_changed(sd_event_source *source,
			     const struct inotify_event *event, void *userdata);

static void watch_elsewhere(const char *path, const char *name, void *arg)
{
	struct watch *watch = arg;
	int ret = -ENOSPC;
	size_t i, n = ELSEWHERE_MAX;

	(void)name;
	if (!strcmp(path, watch->folder))
		return;
	for (i = 0; i < ELSEWHERE_MAX; i++) {
		if (!watch->elsewhere[i].source)
			n = i;
		else if (!strcmp(watch->elsewhere[i].path, path))
			return;
	}
	if (n < ELSEWHERE_MAX)
		ret = sd_event_add_inotify(watch->event,
					   &watch->elsewhere[n].source, path,
					   HAPPENS, elsewhere_changed, watch);
	if (ret >= 0)
		snprintf(watch->elsewhere[n].path, PATH_MAX, "%s", path);
	else if (ret != -ENOENT)
		say_warning("%s: what changes there is seen by SIGHUP only",
			    path);
}

/* Those whose path leads to another folder by now are another folder's, too. */
static void forget_elsewhere(struct watch *watch)
{
	size_t i;

	for (i = 0; i < ELSEWHERE_MAX; i++)
		watch->elsewhere[i].source =
			sd_event_source_disable_unref(watch->elsewhere[i].source);
}

static void watch_links(struct file *file)
{
	char path[PATH_MAX];
	struct stat st;

	path_of(file->watch, file->task, path);
	file->link = !lstat(path, &st) && S_ISLNK(st.st_mode);
	if (file->link)
		trail_walk(path, NULL, watch_elsewhere, file->watch, &st);
}

/*
 * One file
 */

static void look(struct file *file);

static int look_later(sd_event_source *source, uint64_t now, void *userdata)
{
	struct file *file = userdata;

	(void)source;
	(void)now;
	file->written = sd_event_source_disable_unref(file->written);
	look(file);
	return 0;
}

static void load(struct file *file, const char *path)
{
	struct watch *watch = file->watch;
	char error[TASKFILE_ERROR];
	struct recipe *recipe;
	int ret = recipe_load(path, &recipe, error);

	if (ret == -EAGAIN) {
		*file->tried = '\0';
		sd_event_add_time_relative(watch->event, &file->written,
					   CLOCK_MONOTONIC, WRITTEN_USEC, 0,
					   look_later, file);
		return;
	}
	if (ret) {
		say_error("%s", error);
		return;
	}
	memcpy(file->tried, recipe->version, sizeof(file->tried));
	file->refused = tasks_set(watch->tasks, recipe);
	if (file->refused)
		say_error("%s: %s", path, tasks_error(watch->tasks));
	else
		watch->fn(file->task, watch->arg);
}

static int gone(sd_event_source *source, uint64_t now, void *userdata);

/* It is not there: is it so in a second, too? */
static void wait_for(struct file *file)
{
	struct watch *watch = file->watch;

	if (!file->gone && tasks_knows(watch->tasks, file->task))
		sd_event_add_time_relative(watch->event, &file->gone,
					   CLOCK_MONOTONIC, GONE_USEC, 0, gone,
					   file);
}

/* It is as it was, it has changed, or it is gone. */
static void look(struct file *file)
{
	struct watch *watch = file->watch;
	char path[PATH_MAX], version[RECIPE_VERSION];

	path_of(watch, file->task, path);
	watch_links(file);
	file->written = sd_event_source_disable_unref(file->written);
	if (recipe_version(path, version)) {
		wait_for(file);
		return;
	}
	file->gone = sd_event_source_disable_unref(file->gone);
	if (!strcmp(version, file->tried))
		return;
	memcpy(file->tried, version, sizeof(version));
	load(file, path);
}

static int gone(sd_event_source *source, uint64_t now, void *userdata)
{
	struct file *file = userdata;
	struct watch *watch = file->watch;
	char path[PATH_MAX], version[RECIPE_VERSION];

	(void)source;
	(void)now;
	file->gone = sd_event_source_disable_unref(file->gone);
	path_of(watch, file->task, path);
	if (!recipe_version(path, version)) {
		look(file);
	} else if (access(watch->folder, F_OK)) {
		/* All are gone with their folder, which is waited for. */
		wait_for(file);
	} else {
		*file->tried = '\0';
		tasks_remove(watch->tasks, file->task);
		watch->fn(file->task, watch->arg);
	}
	return 0;
}

static void look_at(struct watch *watch, const char *task)
{
	struct file *file = file_of(watch, task);

	if (file)
		look(file);
}

/* Any part of their way may be another one now, so that it is watched anew. */
static void look_at_links(struct watch *watch)
{
	struct file *file;

	forget_elsewhere(watch);
	for (file = watch->files; file; file = file->next)
		if (file->link)
			look(file);
}

static int elsewhere_changed(sd_event_source *source,
			     const struct inotify_event *event, void *userdata)
{
	(void)source;
	(void)event;
	look_at_links(userdata);
	return 0;
}

/*
 * The folder
 */

static int folder_changed(sd_event_source *source,
			  const struct inotify_event *event, void *userdata);

static int folder_again(sd_event_source *source, uint64_t now, void *userdata)
{
	struct watch *watch = userdata;

	(void)source;
	(void)now;
	watch->again = sd_event_source_disable_unref(watch->again);
	watch_look(watch);
	return 0;
}

/* Was it to be one? Then nobody would see that it is not read. */
static bool complain(const struct watch *watch, const char *name)
{
	size_t len = strlen(name), end = strlen(TASKFILE_SUFFIX);

	if (*name == '.' || len <= end ||
	    strcmp(name + len - end, TASKFILE_SUFFIX))
		return false;
	say_error("%s/%s: expected NAME.task, NAME of a-z, 0-9 and -, at most 31",
		  watch->folder, name);
	return true;
}

static int read_folder(struct watch *watch)
{
	DIR *dir = opendir(watch->folder);
	char task[SLUICE_NAME_SIZE];
	struct dirent *entry;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (taskfile_name(entry->d_name, task))
			complain(watch, entry->d_name);
		else
			look_at(watch, task);
	}
	closedir(dir);
	return 0;
}

void watch_look(struct watch *watch)
{
	struct file *file;
	int ret = 0;

	forget_elsewhere(watch);
	/* Watched before it is read, so that nothing falls in between. */
	if (!watch->source) {
		ret = sd_event_add_inotify(watch->event, &watch->source,
					   watch->folder, HAPPENS,
					   folder_changed, watch);
		/* Files may come back after their folder. */
		for (file = watch->files; file; file = file->next)
			file->gone = sd_event_source_disable_unref(file->gone);
	}
	if (ret >= 0)
		ret = read_folder(watch);
	for (file = watch->files; file; file = file->next) {
		if (file->refused)
			*file->tried = '\0';
		look(file);
	}
	if (ret >= 0 || watch->again)
		return;
	say_error("%s: %s", watch->folder, strerror(-ret));
	sd_event_add_time_relative(watch->event, &watch->again,
				   CLOCK_MONOTONIC, FOLDER_USEC, 0,
				   folder_again, watch);
}

/* It will be written, and closed, but for a link, of either kind. */
static bool is_new(const struct watch *watch, const char *task)
{
	char path[PATH_MAX];
	struct stat st;

	path_of(watch, task, path);
	return !lstat(path, &st) && S_ISREG(st.st_mode) && st.st_nlink == 1;
}

static int folder_changed(sd_event_source *source,
			  const struct inotify_event *event, void *userdata)
{
	struct watch *watch = userdata;
	char task[SLUICE_NAME_SIZE];

	(void)source;
	if (event->mask & AWAY) {
		watch->source = sd_event_source_disable_unref(watch->source);
		watch_look(watch);
	} else if (event->mask & IN_Q_OVERFLOW) {
		watch_look(watch);
	} else if (!event->len || taskfile_name(event->name, task)) {
		/* A folder that is part of their way may be another now. */
		look_at_links(watch);
	} else if (!(event->mask & IN_CREATE) || !is_new(watch, task)) {
		look_at(watch, task);
	}
	return 0;
}

/* A file of an earlier agent's that is not there any more is waited for, too. */
static void add_known(const char *task, void *arg)
{
	file_of(arg, task);
}

int watch_start(sd_event *event, const char *folder, struct tasks *tasks,
		watch_changed_fn fn, void *arg, struct watch **ret_watch)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	*ret_watch = watch;
	if (!watch)
		return -ENOMEM;
	watch->event = event;
	watch->folder = folder;
	watch->tasks = tasks;
	watch->fn = fn;
	watch->arg = arg;
	tasks_each(tasks, add_known, watch);
	watch_look(watch);
	return 0;
}

void watch_stop(struct watch *watch)
{
	struct file *file, *next;

	if (!watch)
		return;
	for (file = watch->files; file; file = next) {
		next = file->next;
		free_file(file);
	}
	forget_elsewhere(watch);
	sd_event_source_disable_unref(watch->source);
	sd_event_source_disable_unref(watch->again);
	free(watch);
}

int watch_check(const char *folder)
{
	const struct watch watch = { .folder = folder };
	char path[PATH_MAX], task[SLUICE_NAME_SIZE], error[TASKFILE_ERROR];
	DIR *dir = opendir(folder);
	struct dirent *entry;
	struct recipe *recipe;
	int ret = dir ? 0 : -errno;

	if (!dir)
		say_error("%s: %s", folder, strerror(errno));
	while (dir && (entry = readdir(dir))) {
		if (taskfile_name(entry->d_name, task)) {
			if (complain(&watch, entry->d_name))
				ret = -EINVAL;
			continue;
		}
		path_of(&watch, task, path);
		if (recipe_load(path, &recipe, error)) {
			say_error("%s", error);
			ret = -EINVAL;
		}
		recipe_put(recipe);
	}
	if (dir)
		closedir(dir);
	return ret;
}

int watch_find(struct watch *watch, const char *task, struct recipe **ret_recipe)
{
	struct file *file = file_of(watch, task);
	char path[PATH_MAX], version[RECIPE_VERSION];
	bool there;

	*ret_recipe = NULL;
	if (!file)
		return -ENOMEM;
	path_of(watch, task, path);
	there = !recipe_version(path, version);
	if (there && strcmp(version, file->tried))
		look(file);
	if (file->written)
		return -EAGAIN;
	*ret_recipe = tasks_find(watch->tasks, task);
	if (*ret_recipe)
		return 0;
	return there ? -EINVAL : -ENOENT;
}
