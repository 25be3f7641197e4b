/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The connections of a living environment: one that its device closes is of no use to
 * later calls. The first process made them; we hold a copy of each, or of a CAN bus a
 * socket of our own, to hear of it,
 * also of those of an environment that an earlier agent made.
 */
#ifndef SLUICE_PEERS_H
#define SLUICE_PEERS_H

#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "taskfile.h"

struct peers;

/* @which: name of the socket. */
typedef void (*peers_closed_fn)(const char *which, void *arg);

/*
 * Watch those of environment @env, whose first process is @pid, of a task with
 * connections. NULL: there are none, or they cannot be watched, which has been said.
 */
struct peers *peers_watch(sd_event *event, pid_t pid, uint32_t env,
			  const struct taskfile *task, peers_closed_fn fn, void *arg);
/* @gone: so has the environment. NULL is allowed. */
void peers_free(struct peers *peers, bool gone);

#endif /* SLUICE_PEERS_H */
