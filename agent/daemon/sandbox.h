/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of an environment: run by its first process, as root in fresh
 * namespaces, to become a process that can do nothing but its task.
 */
#ifndef SLUICE_SANDBOX_H
#define SLUICE_SANDBOX_H

#include "agent.h"

/* Inside, the task's user and group. */
#define SANDBOX_UID	1000

/* Where the new root is built; a directory of the gateway, empty. */
#define SANDBOX_DIR	"/run/sluice/root"

/**
 * struct sandbox - what the first process needs
 * @task: its task file
 * @uid: user and group outside, of this environment alone
 * @init: sluice-init, open
 * @door: the open /dev/sluice
 * @sockets: open, in the order of the task file
 * @status: to the agent: SANDBOX_MAP when its ids are to be mapped and its door
 *	attached; then nothing, or why it failed, after SANDBOX_LACKED when that is
 *	what the gateway is short of
 * @go: from the agent: one byte when that is done
 */
struct sandbox {
	const struct taskfile *task;
	uint32_t uid;
	int	init;
	int	door;
	int	sockets[TASKFILE_ITEMS];
	int	status;
	int	go;
};

#define SANDBOX_MAP	'\1'
#define SANDBOX_LACKED	'\2'

/* Does not return. */
void sandbox_enter(const struct sandbox *sandbox) __attribute__((noreturn));

/* mounts.c: the file system; dies with a message when it cannot. */
void sandbox_mounts(const struct sandbox *sandbox);
/* seccomp.c: 0 or a negative errno. */
int sandbox_seccomp(void);

/* Tell the agent why and end. */
void sandbox_die(const struct sandbox *sandbox, const char *what,
		 const char *which) __attribute__((noreturn));

#endif /* SLUICE_SANDBOX_H */
