/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The folder of task files: what is in it is what the module knows, however it is
 * edited. A file that is there again within a second was not removed; one that is
 * being written is not read; one that is broken leaves what was known in force.
 */
#ifndef SLUICE_WATCH_H
#define SLUICE_WATCH_H

#include <systemd/sd-event.h>

#include "tasks.h"

struct watch;

/* The task has another recipe than it had, or none any more. */
typedef void (*watch_changed_fn)(const char *task, void *arg);

/* A folder that is not there is waited for. @folder lives as long as this does. */
int watch_start(sd_event *event, const char *folder, struct tasks *tasks,
		watch_changed_fn fn, void *arg, struct watch **ret_watch);
/* NULL is allowed. */
void watch_stop(struct watch *watch);
/* Look at all files now: news of them were lost, or somebody asks for it. */
void watch_look(struct watch *watch);

/* Could all of them be read? Says what cannot, and returns a negative errno. */
int watch_check(const char *folder);

/*
 * The recipe of a task, of its file as it is now. -EAGAIN: it is just being written,
 * ask again in a tenth of a second; -ENOENT: there is none; -EINVAL: it has never been
 * good since we know of it.
 */
int watch_find(struct watch *watch, const char *task, struct recipe **ret_recipe);

#endif /* SLUICE_WATCH_H */
