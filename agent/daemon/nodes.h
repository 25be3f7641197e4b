/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tasks name and environments have a copy of: device nodes and secrets. Which each
 * is now, and whether that changes. A copy is of what was true at the environment's
 * begin; one whose device was unplugged, or whose name leads to another, is of no more
 * use, nor is one whose secret is another by now.
 */
#ifndef SLUICE_NODES_H
#define SLUICE_NODES_H

#include <systemd/sd-event.h>

#include "taskfile.h"

struct nodes;

/* Which ones they are, in words; see nodes_are(). */
#define NODES_SIZE	1920

/* @which: the path of one that is another now, or has gone. Called once; free them then. */
typedef void (*nodes_changed_fn)(const char *which, void *arg);

/*
 * Watch those of a task, which lives as long as this does. NULL: there are no secrets and
 * no devices below /dev, or they cannot be watched, which has been said. Elsewhere no
 * device is looked at, as another file system may not answer.
 */
struct nodes *nodes_watch(sd_event *event, const struct taskfile *task,
			  nodes_changed_fn fn, void *arg);
/* As they were when the watch began; "" for NULL. Equal for equal ones. */
const char *nodes_are(const struct nodes *nodes);
/* NULL is allowed. */
void nodes_free(struct nodes *nodes);

#endif /* SLUICE_NODES_H */
