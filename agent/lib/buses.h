/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CAN interfaces that an environment has for itself (`moved`). They are taken out of its
 * network when its last process has ended (netns.h), and come back down.
 */
#ifndef SLUICE_BUSES_H
#define SLUICE_BUSES_H

#include <net/if.h>
#include <stdbool.h>

#include "taskfile.h"

/* Each "/NAME". */
#define BUSES_SIZE (TASKFILE_ITEMS * IFNAMSIZ + 1)

/* Before them, in the note on the cgroup of an environment (cgroup_note()). */
#define BUSES_NOTE " moved:"

/* Those of @task; "" for none. */
void buses_of(const struct taskfile *task, char text[BUSES_SIZE]);
/* Those that environment @id was made with; "" for none. */
void buses_noted(int place, uint32_t id, char text[BUSES_SIZE]);
/* Does one of @these have an interface of @those? */
bool buses_meet(const char *these, const char *those);
/* Are all in our network? They are brought up; one without a bit rate stays as it was. */
bool buses_are_back(const char *text);

#endif /* SLUICE_BUSES_H */
