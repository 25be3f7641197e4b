// SPDX-License-Identifier: GPL-2.0-only
#include "tasks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"

#define KEPT		"/run/sluice/tasks"
#define KEPT_NEW	KEPT ".new"

struct task {
	struct task *next;
	char	name[SLUICE_NAME_SIZE];
	struct recipe *recipe;
};

struct tasks {
	struct module *module;
	struct task *first;
};

static struct task **find(struct task **at, const char *name)
{
	while (*at && strcmp((*at)->name, name))
		at = &(*at)->next;
	return at;
}

static struct task *known(const struct tasks *tasks, const char *name)
{
	struct task *first = tasks->first;

	return *find(&first, name);
}

static struct task *add(struct tasks *tasks, const char *name)
{
	struct task *task = calloc(1, sizeof(*task));

	if (!task)
		return NULL;
	snprintf(task->name, sizeof(task->name), "%.*s", SLUICE_NAME_SIZE - 1,
		 name);
	task->next = tasks->first;
	tasks->first = task;
	return task;
}

static void drop(struct task **at)
{
	struct task *task = *at;

	*at = task->next;
	recipe_put(task->recipe);
	free(task);
}

/*
 * For the next agent
 */

static void keep(const struct tasks *tasks)
{
	FILE *file = fopen(KEPT_NEW, "we");
	const struct task *task;
	bool good = file;

	for (task = tasks->first; good && task; task = task->next)
		good = fprintf(file, "%s\n", task->name) > 0;
	if (file && fclose(file))
		good = false;
	if (!good || rename(KEPT_NEW, KEPT))
		say_warning(KEPT ": %s: a task whose file is removed while no agent runs stays",
			    strerror(errno));
}

static void read_kept(struct tasks *tasks)
{
	FILE *file = fopen(KEPT, "re");
	char line[SLUICE_NAME_SIZE + 1];

	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (*line && !known(tasks, line))
			add(tasks, line);
	}
	if (file)
		fclose(file);
}

struct tasks *tasks_new(struct module *module)
{
	struct tasks *tasks = calloc(1, sizeof(*tasks));

	if (tasks) {
		tasks->module = module;
		read_kept(tasks);
	}
	return tasks;
}

void tasks_free(struct tasks *tasks)
{
	if (!tasks)
		return;
	while (tasks->first)
		drop(&tasks->first);
	free(tasks);
}

bool tasks_knows(const struct tasks *tasks, const char *name)
{
	return known(tasks, name);
}

struct recipe *tasks_find(const struct tasks *tasks, const char *name)
{
	const struct task *task = known(tasks, name);

	return task ? task->recipe : NULL;
}

int tasks_set(struct tasks *tasks, struct recipe *recipe)
{
	const char *name = recipe->file->name;
	struct task *task = known(tasks, name);
	int ret = module_set_task(tasks->module, recipe->file);

	if (!ret && !task) {
		task = add(tasks, name);
		if (task)
			keep(tasks);
		else
			ret = -ENOMEM;
	}
	if (ret) {
		recipe_put(recipe);
		return ret;
	}
	say_info("task %s", name);
	recipe_put(task->recipe);
	task->recipe = recipe;
	return 0;
}

const char *tasks_error(const struct tasks *tasks)
{
	return module_error(tasks->module);
}

void tasks_remove(struct tasks *tasks, const char *name)
{
	struct task **at = find(&tasks->first, name);

	if (!*at)
		return;
	/* The module may have been told by the one who removed the file. */
	module_remove_task(tasks->module, name);
	say_info("task %s removed", name);
	drop(at);
	keep(tasks);
}

void tasks_each(const struct tasks *tasks, tasks_fn fn, void *arg)
{
	const struct task *task;

	for (task = tasks->first; task; task = task->next)
		fn(task->name, arg);
}
