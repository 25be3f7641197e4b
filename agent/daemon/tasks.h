/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tasks that are known, with their recipes; the module is told of them. Their names
 * are kept in a file for as long as the module may be loaded, so that the next agent
 * knows of which it told.
 */
#ifndef SLUICE_TASKS_H
#define SLUICE_TASKS_H

#include "module.h"
#include "recipe.h"

struct tasks;

/* With those of an earlier agent, which have no recipe yet. */
struct tasks *tasks_new(struct module *module);
/* The module keeps what it knows. NULL is allowed. */
void tasks_free(struct tasks *tasks);

/* Is the module told of it, by us or an earlier agent? */
bool tasks_knows(const struct tasks *tasks, const char *name);
/* NULL: there is none. Valid until it is set or removed: recipe_get() keeps it. */
struct recipe *tasks_find(const struct tasks *tasks, const char *name);
/*
 * The task is this one from now on; takes the reference. What was known stays when
 * the module refuses it: a negative errno, and tasks_error() says why.
 */
int tasks_set(struct tasks *tasks, struct recipe *recipe);
const char *tasks_error(const struct tasks *tasks);
/* Its calls end. */
void tasks_remove(struct tasks *tasks, const char *name);

typedef void (*tasks_fn)(const char *name, void *arg);
void tasks_each(const struct tasks *tasks, tasks_fn fn, void *arg);

#endif /* SLUICE_TASKS_H */
