/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sockets of a task: opened by the agent in the gateway's own network, and
 * inherited by the environment, whose network is empty. A task thus reaches the
 * devices that its file names and nothing else.
 */
#ifndef SLUICE_SOCKETS_H
#define SLUICE_SOCKETS_H

#include "agent.h"

/* One for each of the task, in its order; all or none. Fills @error. */
int sockets_open(const struct taskfile *task, int sockets[TASKFILE_ITEMS],
		 char error[ERROR_SIZE]);
void sockets_close(const struct taskfile *task, int sockets[TASKFILE_ITEMS]);
/* The other side can hang up on it: such a connection is worth watching. */
bool sockets_connected(const struct taskfile_socket *socket);

#endif /* SLUICE_SOCKETS_H */
