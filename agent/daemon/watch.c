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

#define SECOND_USEC	1000000
/* Editors take a file away for a moment. */
#define GONE_USEC	SECOND_USEC
/* A folder that is not there may be put in its place again. */
#define FOLDER_USEC	SECOND_USEC
/* A file that is being written for so long is read as it is. */
#define WRITTEN_USEC	SECOND_USEC
/* Folders besides ours, into which links lead; and links behind each other. */
#define ELSEWHERE_MAX	64
#define LINKS_MAX	8

#define HAPPENS	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ATTRIB |	\
		 IN_DELETE | IN_MOVED_FROM)

/**
 * struct file - a task file that is there, or was
 * @task: its name
 * @tried: the version that was read last, good or not
 * @gone: it is not there, and is waited for
 * @writing: since when it is not as it was when it was read, 0 when it is
 * @link: it leads elsewhere
 */
struct file {
	struct file *next;
	struct watch *watch;
	char	task[SLUICE_NAME_SIZE];
	char	tried[96];
	sd_event_source *gone;
	uint64_t writing;
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

static uint64_t now_usec(const struct watch *watch)
{
	uint64_t now = 0;

	sd_event_now(watch->event, CLOCK_MONOTONIC, &now);
	return now;
}

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
	free(file);
}

/*
 * Links: whatever happens in a folder into which one leads, all are looked at
 */

static int elsewhere_changed(sd_event_source *source,
			     const struct inotify_event *event, void *userdata);

static void watch_elsewhere(struct watch *watch, const char *path)
{
	size_t i;

	if (!strcmp(path, watch->folder))
		return;
	for (i = 0; i < ELSEWHERE_MAX && watch->elsewhere[i].source; i++)
		if (!strcmp(watch->elsewhere[i].path, path))
			return;
	if (i == ELSEWHERE_MAX ||
	    sd_event_add_inotify(watch->event, &watch->elsewhere[i].source,
				 path, HAPPENS | IN_ONLYDIR, elsewhere_changed,
				 watch) < 0) {
		say_warning("%s: what changes there is seen by SIGHUP only",
			    path);
		return;
	}
	snprintf(watch->elsewhere[i].path, PATH_MAX, "%s", path);
}

static void forget_elsewhere(struct watch *watch)
{
	size_t i;

	for (i = 0; i < ELSEWHERE_MAX; i++)
		watch->elsewhere[i].source =
			sd_event_source_disable_unref(watch->elsewhere[i].source);
}

/* The folder of what a link at @path leads to becomes @path. */
static bool follow(char path[PATH_MAX])
{
	char to[PATH_MAX], *slash = strrchr(path, '/');
	ssize_t len = readlink(path, to, sizeof(to) - 1);
	size_t room;

	if (len <= 0)
		return false;
	to[len] = '\0';
	if (*to == '/') {
		memcpy(path, to, (size_t)len + 1);
		return true;
	}
	room = PATH_MAX - (size_t)(slash + 1 - path);
	return snprintf(slash + 1, room, "%s", to) < (int)room;
}

static void watch_links(struct file *file)
{
	char path[PATH_MAX], folder[PATH_MAX], *slash;
	int links;

	path_of(file->watch, file->task, path);
	file->link = false;
	for (links = 0; links < LINKS_MAX && follow(path); links++) {
		file->link = true;
		snprintf(folder, sizeof(folder), "%s", path);
		slash = strrchr(folder, '/');
		slash[slash == folder] = '\0';
		watch_elsewhere(file->watch, folder);
	}
}

/*
 * One file
 */

static void load(struct file *file, const char *path)
{
	struct watch *watch = file->watch;
	char error[TASKFILE_ERROR];
	struct recipe *recipe = recipe_load(path, error);

	if (!recipe) {
		say_error("%s", error);
		return;
	}
	snprintf(file->tried, sizeof(file->tried), "%s", recipe->version);
	if (tasks_set(watch->tasks, recipe))
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
	char path[PATH_MAX], version[96];

	path_of(watch, file->task, path);
	watch_links(file);
	if (recipe_version(path, version)) {
		wait_for(file);
		return;
	}
	file->gone = sd_event_source_disable_unref(file->gone);
	file->writing = 0;
	if (!strcmp(version, file->tried))
		return;
	memcpy(file->tried, version, sizeof(version));
	load(file, path);
}

static int gone(sd_event_source *source, uint64_t now, void *userdata)
{
	struct file *file = userdata;
	struct watch *watch = file->watch;
	char path[PATH_MAX], version[96];

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

static void look_at_links(struct watch *watch)
{
	struct file *file;

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

static void complain(const struct watch *watch, const char *name)
{
	size_t len = strlen(name), end = strlen(TASKFILE_SUFFIX);

	if (*name != '.' && len > end &&
	    !strcmp(name + len - end, TASKFILE_SUFFIX))
		say_error("%s/%s: expected NAME.task, NAME of a-z, 0-9 and -, at most 31",
			  watch->folder, name);
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
	if (!watch->source)
		ret = sd_event_add_inotify(watch->event, &watch->source,
					   watch->folder, HAPPENS |
					   IN_DELETE_SELF | IN_MOVE_SELF |
					   IN_ONLYDIR, folder_changed, watch);
	if (ret >= 0)
		ret = read_folder(watch);
	for (file = watch->files; file; file = file->next)
		look(file);
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
	if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED |
			   IN_UNMOUNT)) {
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
			complain(&watch, entry->d_name);
			continue;
		}
		path_of(&watch, task, path);
		recipe = recipe_load(path, error);
		if (!recipe) {
			say_error("%s", error);
			ret = -EINVAL;
		}
		recipe_put(recipe);
	}
	if (dir)
		closedir(dir);
	return ret;
}

/* It has changed since it was read: what comes of that will be told. */
static bool is_written(struct file *file, const char *version)
{
	uint64_t now = now_usec(file->watch);

	if (!strcmp(version, file->tried)) {
		file->writing = 0;
		return false;
	}
	if (!file->writing)
		file->writing = now;
	return now - file->writing < WRITTEN_USEC;
}

int watch_find(struct watch *watch, const char *task, struct recipe **ret_recipe)
{
	struct file *file = file_of(watch, task);
	char path[PATH_MAX], version[96];

	if (!file)
		return -ENOMEM;
	path_of(watch, task, path);
	if (!recipe_version(path, version)) {
		if (is_written(file, version))
			return -EAGAIN;
		look(file);
	}
	*ret_recipe = tasks_find(watch->tasks, task);
	return *ret_recipe ? 0 : -ENOENT;
}
