/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The agent's part towards sluice-init, played for somebody who looks inside: it gets
 * what it needs, its user, and says what went wrong.
 */
#ifndef SLUICE_CLI_STAGE_H
#define SLUICE_CLI_STAGE_H

#include "cgroup.h"
#include "launch.h"
#include "relay.h"

#define STAGE_ERROR	1024

/**
 * struct stage - a first process, and what it is given
 * @launch: for launch_first(); cgroup is -1, and way, number, words and stdio are to be
 *	said
 * @task: whose place it is; NULL to enter one
 * @limits: what it may use once it is made; NULL for nothing to be set
 * @relay: who hears signals meanwhile; NULL: nobody
 * @patience: in milliseconds, how long it may take; -1: as long as it takes
 * @pid: its process
 * @network: its network, where it has an interface of the gateway's; or -1
 * @error: what it could not do
 */
struct stage {
	struct launch launch;
	const struct taskfile *task;
	const struct cgroup_limits *limits;
	struct relay *relay;
	int	patience;
	pid_t	pid;
	int	network;
	int	status;
	int	go;
	char	error[STAGE_ERROR];
	size_t	error_len;
};

/* All return an exit status, and have said why, but of stage_start() alone. */
int stage_needs_root(void);
/*
 * To go that way of order.h: @task is that of the environment, or NULL for one that is
 * entered and whose task is not known any more.
 */
int stage_open(struct stage *stage, const char *way, struct taskfile *task);
/*
 * Until it has become the program inside, or has failed: stage->error says why, and is
 * empty where we were asked to end.
 */
int stage_start(struct stage *stage);
void stage_close(struct stage *stage);

#endif /* SLUICE_CLI_STAGE_H */
