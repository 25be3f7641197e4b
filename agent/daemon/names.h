/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files that are data of a task follow their names: an environment has what was there when
 * it was made, and one whose file's name leads to another file by now is of no more use.
 * Where those files are may be a file system that does not answer: a process of its own
 * looks there.
 */
#ifndef SLUICE_NAMES_H
#define SLUICE_NAMES_H

#include <sys/types.h>
#include <systemd/sd-event.h>

#include "taskfile.h"

/* What is told of all of them. */
struct names;
/* Those of one environment. */
struct names_env;

/*
 * @which: the source of data that is another file now, or may be without being seen: it has
 * too many links. Called once; free it then.
 */
typedef void (*names_changed_fn)(const char *which, void *arg);

/* A negative errno. */
int names_new(sd_event *event, struct names **ret_names);
/* After all of its environments. NULL is allowed. */
void names_free(struct names *names);

/*
 * Of an environment whose pid 1 is @pid; its task lives as long as this does. NULL: it has
 * no data, or cannot be watched, which has been said.
 */
struct names_env *names_watch(struct names *names, pid_t pid,
			      const struct taskfile *task,
			      names_changed_fn fn, void *arg);
/* NULL is allowed. */
void names_env_free(struct names_env *env);

#endif /* SLUICE_NAMES_H */
