/* SPDX-License-Identifier: GPL-2.0-only */
/* The tasks that are known, with their recipes; the module is told of them. */
#ifndef SLUICE_TASKS_H
#define SLUICE_TASKS_H

#include "module.h"
#include "recipe.h"

struct tasks;

struct tasks *tasks_new(struct module *module);
/* The module keeps what it knows. NULL is allowed. */
void tasks_free(struct tasks *tasks);

/* NULL: not known. Valid until it is set or removed: recipe_get() keeps it. */
struct recipe *tasks_find(const struct tasks *tasks, const char *name);
/*
 * The task is this one from now on; takes the reference. What was known stays when
 * the module refuses it: a negative errno, and tasks_error() says why.
 */
int tasks_set(struct tasks *tasks, struct recipe *recipe);
const char *tasks_error(const struct tasks *tasks);
/* Its calls end. True: it was known. */
bool tasks_remove(struct tasks *tasks, const char *name);

typedef void (*tasks_fn)(const struct recipe *recipe, void *arg);
/* Each; @fn may remove the one that it is called with. */
void tasks_each(struct tasks *tasks, tasks_fn fn, void *arg);

#endif /* SLUICE_TASKS_H */
