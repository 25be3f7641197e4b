/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the agent tells the first process of an environment (daemon/first/): the parts
 * of a task file that it needs, the same for all environments of the task, written
 * once into a sealed memory file; and the numbers of the files that it is given.
 *
 * It is a list of words, each with its end: a keyword and as many as belong to it.
 */
#ifndef SLUICE_ORDER_H
#define SLUICE_ORDER_H

#include "tasktypes.h"

/*
 * Files of the first process. ORDER and FILTER (BPF instructions for seccomp) are open for
 * reading; DOOR is /dev/sluice; STATUS is a pipe to the
 * agent: ORDER_MOVED for each interface that is in the environment from now on;
 * ORDER_READY when the ids are to be mapped and the door attached, then nothing, or why it
 * failed, after ORDER_LACKED when that is what the gateway is short of; GO is
 * from the agent: a byte when that is done. TREE is a mount namespace with what can be
 * made before, MADE a memory file that says of what it was made: ORDER_STALE says that this
 * is something else now; USER a user namespace in which the task's user is ORDER_UID, which
 * comes with TREE. WATCH, of who makes that, is an inotify that hears of what changes in
 * layers. NETWORK is a network in which there is nothing, of a zygote that has one;
 * GATEWAYS_NETWORK and GATEWAYS_FILES are the gateway's namespaces, which each first process
 * can open for itself, and a zygote's have already. All above those of the environment.
 */
enum {
	ORDER_FD = 64,
	ORDER_FD_FILTER,
	ORDER_FD_DOOR,
	ORDER_FD_STATUS,
	ORDER_FD_GO,
	ORDER_FD_TREE,
	ORDER_FD_MADE,
	ORDER_FD_USER,
	ORDER_FD_WATCH,
	ORDER_FD_NETWORK,
	ORDER_FD_GATEWAYS_NETWORK,
	ORDER_FD_GATEWAYS_FILES,
	ORDER_FDS,
};

/*
 * What the first process is to do, the first of its arguments:
 *
 *	make UID ENV		make the environment of that id, as far as nothing of the gateway
 *				is needed that may be another one at any moment; make the rest
 *				when a byte comes by GO, and with it DOOR; and take calls in it
 *	tree UID		make, in a mount namespace of its own, what can be made before,
 *				write to MADE of what, and in a user namespace of the task's user, of
 *				which the map is to be written; say ORDER_READY, and wait for the end of GO;
 *				or say ORDER_STALE: it cannot be
 *	zygote 0		go none of these ways, but leave them to copies of ourselves, as
 *				STATUS asks for them (struct order_birth)
 *	show UID WORD...	the same, but run a program once. The door is /dev/null;
 *				stdin, stdout and stderr are those that it has
 *	look UID PROGRAM	the same, without sockets: say on stdout what keeps the
 *				task from running, a line for each
 *	enter PID WORD...	run a program in the environment whose first process that is.
 *				The door is a pidfd of it, and no ORDER and GO are there
 */
#define ORDER_WORDS	256	/* at most */
#define ORDER_WAY_MAKE	"make"
#define ORDER_WAY_TREE	"tree"
#define ORDER_WAY_ZYGOTE "zygote"
#define ORDER_WAY_SHOW	"show"
#define ORDER_WAY_LOOK	"look"
#define ORDER_WAY_ENTER	"enter"

#define ORDER_READY	'\1'
#define ORDER_LACKED	'\2'
#define ORDER_MOVED	'\3'
#define ORDER_STALE	'\4'

/**
 * struct order_birth - ask a zygote for a copy of it, whose parent is ours
 * @way: "make" or "tree"
 * @number: the task's user
 * @env: its environment, 0 for none
 * @given: a bit for each file from ORDER_FD on that comes with it, in that order, and one
 *	more for that of its cgroup. The answer is an int: its pid, or a negative errno
 * @no_ipc: it can use no System V IPC, nor message queues: a namespace of these in which there
 *	is nothing will do, the zygote's
 */
struct order_birth {
	char	way[8];
	uint32_t number;
	uint32_t env;
	uint32_t given;
	uint32_t no_ipc;
};

/* Inside, the task's user and group. */
#define ORDER_UID	1000

/*
 * The files of an environment: its door, then the task's sockets, in their order; then,
 * for sluice-init alone, the connection for what the program says.
 */
#define ORDER_ENV_DOOR	3
#define ORDER_ENV_SOCKETS 4

/*
 * What is said of the gateway's end of a pair of CAN interfaces, whose name is
 * ORDER_CAN_NAME: which interface it is for, and the number of that.
 */
#define ORDER_CAN_NAME	"sl%u-%hhu"	/* env, place of the first socket of that bus */
#define ORDER_CAN_ALIAS	"sluice: %s %d"

/* Where the new root is built: a directory of the gateway, empty. */
#define ORDER_ROOT	"/run/sluice/root"

/* Decimal, as all numbers are here. False: it is not. */
bool order_number(const char *text, uint64_t *number);
/* A sealed memory file, or a negative errno. */
int order_write(const struct taskfile *task);
/*
 * What was written, until another is read or the process ends; all else stays 0, as it was.
 * -EBADMSG.
 */
int order_read(int fd, struct taskfile *task);

#endif /* SLUICE_ORDER_H */
