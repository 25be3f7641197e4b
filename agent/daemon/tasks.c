// SPDX-License-Identifier: GPL-2.0-only
#include "tasks.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "register.h"

/* On the cgroup of an environment. */
#define SIGNATURE	"trusted.sluice.task"

/* @seen: the file as it was when it was loaded */
struct task {
	struct task *next;
	struct taskfile *file;
	struct stat seen;
};

static struct task **find(struct agent *agent, const char *name)
{
	struct task **at;

	for (at = &agent->tasks; *at; at = &(*at)->next)
		if (!strcmp((*at)->file->name, name))
			break;
	return at;
}

static void drop(struct agent *agent, const char *name)
{
	struct task **at = find(agent, name), *task = *at;

	if (!task)
		return;
	*at = task->next;
	taskfile_free(task->file);
	free(task);
}

/* What was loaded before stays when the new file is broken. */
static void load(struct agent *agent, const char *file_name)
{
	char path[512], error[TASKFILE_ERROR];
	struct stat seen = { 0 };
	struct taskfile *file;
	struct task *task;

	snprintf(path, sizeof(path), "%s/tasks/%s", agent->config_dir,
		 file_name);
	/* Looked at before it is read: what changes in between is seen again. */
	if (stat(path, &seen)) {
		say_error("%s: %s", path, strerror(errno));
		return;
	}
	if (taskfile_load(path, &file, error)) {
		say_error("%s", error);
		return;
	}
	task = calloc(1, sizeof(*task));
	if (!task || register_task(agent->control, file)) {
		say_error("%s: %s", path, task ? snl_error(agent->control) :
			  strerror(ENOMEM));
		taskfile_free(file);
		free(task);
		return;
	}
	if (*find(agent, file->name)) {
		drop(agent, file->name);
		agent->task_changed(agent, file->name);
	}
	task->file = file;
	task->seen = seen;
	task->next = agent->tasks;
	agent->tasks = task;
	say_info("task %s", file->name);
}

static bool is_current(const struct task *task, const struct stat *now)
{
	return task && task->seen.st_ino == now->st_ino &&
	       task->seen.st_size == now->st_size &&
	       task->seen.st_mtim.tv_sec == now->st_mtim.tv_sec &&
	       task->seen.st_mtim.tv_nsec == now->st_mtim.tv_nsec;
}

const struct taskfile *tasks_find(struct agent *agent, const char *name)
{
	char path[512];
	struct stat now;
	struct task *task;

	snprintf(path, sizeof(path), "%s/tasks/%s" TASKFILE_SUFFIX,
		 agent->config_dir, name);
	if (!stat(path, &now) && !is_current(*find(agent, name), &now))
		load(agent, strrchr(path, '/') + 1);
	task = *find(agent, name);
	return task ? task->file : NULL;
}

static void removed(struct agent *agent, const char *file_name)
{
	char name[SLUICE_NAME_SIZE];

	if (taskfile_name(file_name, name) || !*find(agent, name))
		return;
	/* The module may have been told by the one who removed the file. */
	unregister_task(agent->control, name);
	drop(agent, name);
	say_info("task %s removed", name);
}

static size_t signature(struct agent *agent, const char *name, char text[96])
{
	const struct task *task = *find(agent, name);

	if (!task)
		return 0;
	return (size_t)snprintf(text, 96, "%ju %jd %jd.%09ld",
				(uintmax_t)task->seen.st_ino,
				(intmax_t)task->seen.st_size,
				(intmax_t)task->seen.st_mtim.tv_sec,
				task->seen.st_mtim.tv_nsec);
}

void tasks_sign(struct agent *agent, const char *name, int cgroup)
{
	char text[96];
	size_t len = signature(agent, name, text);

	if (len)
		fsetxattr(cgroup, SIGNATURE, text, len, 0);
}

bool tasks_is_signed(struct agent *agent, const char *name, int cgroup)
{
	char now[96], then[96];
	ssize_t len = fgetxattr(cgroup, SIGNATURE, then, sizeof(then));

	return len < 0 || ((size_t)len == signature(agent, name, now) &&
			   !memcmp(now, then, (size_t)len));
}

static int changed(sd_event_source *source, const struct inotify_event *event,
		   void *userdata)
{
	struct agent *agent = userdata;
	char name[SLUICE_NAME_SIZE];

	(void)source;
	if (!event->len || taskfile_name(event->name, name))
		return 0;
	if (event->mask & (IN_DELETE | IN_MOVED_FROM))
		removed(agent, event->name);
	else
		tasks_find(agent, name);
	return 0;
}

int tasks_start(struct agent *agent)
{
	char path[512];
	struct dirent *entry;
	DIR *dir;
	int ret;

	snprintf(path, sizeof(path), "%s/tasks", agent->config_dir);
	/* Watched before it is read, so that nothing falls in between. */
	ret = sd_event_add_inotify(agent->event, NULL, path,
				   IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE |
				   IN_MOVED_FROM | IN_ONLYDIR, changed, agent);
	dir = ret < 0 ? NULL : opendir(path);
	if (!dir) {
		say_error("%s: %s", path, strerror(ret < 0 ? -ret : errno));
		return ret < 0 ? ret : -errno;
	}
	while ((entry = readdir(dir))) {
		char name[SLUICE_NAME_SIZE];
		size_t len = strlen(entry->d_name);

		if (!taskfile_name(entry->d_name, name))
			load(agent, entry->d_name);
		else if (*entry->d_name != '.' && len > 5 &&
			 !strcmp(entry->d_name + len - 5, TASKFILE_SUFFIX))
			say_error("%s/%s: expected NAME.task, NAME of a-z, 0-9 and -, at most 31",
				  path, entry->d_name);
	}
	closedir(dir);
	return 0;
}

void tasks_stop(struct agent *agent)
{
	while (agent->tasks)
		drop(agent, agent->tasks->file->name);
}
