// SPDX-License-Identifier: GPL-2.0-only
#include "tasks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"

struct task {
	struct task *next;
	struct recipe *recipe;
};

struct tasks {
	struct module *module;
	struct task *first;
};

struct tasks *tasks_new(struct module *module)
{
	struct tasks *tasks = calloc(1, sizeof(*tasks));

	if (tasks)
		tasks->module = module;
	return tasks;
}

static void drop(struct task **at)
{
	struct task *task = *at;

	*at = task->next;
	recipe_put(task->recipe);
	free(task);
}

void tasks_free(struct tasks *tasks)
{
	if (!tasks)
		return;
	while (tasks->first)
		drop(&tasks->first);
	free(tasks);
}

static struct task **find(struct task **at, const char *name)
{
	while (*at && strcmp((*at)->recipe->file->name, name))
		at = &(*at)->next;
	return at;
}

struct recipe *tasks_find(const struct tasks *tasks, const char *name)
{
	struct task *first = tasks->first, *task = *find(&first, name);

	return task ? task->recipe : NULL;
}

int tasks_set(struct tasks *tasks, struct recipe *recipe)
{
	const char *name = recipe->file->name;
	struct task **at = find(&tasks->first, name), *task = *at;
	int ret = module_set_task(tasks->module, recipe->file);

	if (!ret && !task) {
		task = calloc(1, sizeof(*task));
		ret = task ? 0 : -ENOMEM;
	}
	if (ret) {
		recipe_put(recipe);
		return ret;
	}
	say_info("task %s", name);
	recipe_put(task->recipe);
	task->recipe = recipe;
	*at = task;
	return 0;
}

const char *tasks_error(const struct tasks *tasks)
{
	return module_error(tasks->module);
}

bool tasks_remove(struct tasks *tasks, const char *name)
{
	struct task **at = find(&tasks->first, name);

	if (!*at)
		return false;
	/* The module may have been told by the one who removed the file. */
	module_remove_task(tasks->module, name);
	say_info("task %s removed", name);
	drop(at);
	return true;
}

void tasks_each(struct tasks *tasks, tasks_fn fn, void *arg)
{
	struct task *task, *next;

	for (task = tasks->first; task; task = next) {
		next = task->next;
		fn(task->recipe, arg);
	}
}
