/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Start sluice-init (daemon/first/, init/), which makes an environment and becomes its first
 * process, or enters one. The agent does that for calls; the CLI for people who look
 * inside, so that they see what a call sees.
 */
#ifndef SLUICE_LAUNCH_H
#define SLUICE_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

#include "order.h"

#define LAUNCH_FOLDER	"/usr/lib/sluice"
#define LAUNCH_INIT	LAUNCH_FOLDER "/sluice-init"

/**
 * struct launch - what it is started with
 * @first: its program, open
 * @given: what it has at ORDER_FD and above, see lib/order.h; -1 for nothing
 * @stdio: what it has as stdin, stdout and stderr; NULL: what we have
 * @cgroup: where it is from its begin; -1: where we are
 * @way: what it is to do, as order.h has it
 * @number: the task's user; or, to enter, the first process of the environment
 * @words: what else that way has: the id of the environment, or a program; NULL for none
 * @no_ipc: its filter has no call for System V's IPC or message queues
 */
struct launch {
	int	first;
	int	given[ORDER_FDS - ORDER_FD];
	const int *stdio;
	int	cgroup;
	const char *way;
	unsigned int number;
	char	*const *words;
	bool	no_ipc;
};

/* The namespaces that one of that way begins in, as flags of clone3(); @tree: it has one. */
unsigned long long launch_namespaces(const char *way, bool tree);
/* Its process, or -1 and errno. */
pid_t launch_first(const struct launch *launch);
/* It waits for its user: 0 or a negative errno. */
int launch_map(pid_t pid, uid_t user);

#endif /* SLUICE_LAUNCH_H */
