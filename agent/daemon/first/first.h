/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first process of an environment: a copy of a small static program that waits for the
 * agent to ask (zygote.c), in the environment's cgroup, as root, in namespaces that are new
 * but for the network, the cgroup namespace and often the mounts. Step by step (main.c) it becomes a process
 * that can do nothing but its task, and then that which takes calls (init/). By the same
 * steps the CLI shows what is inside, looks whether a task can run, and enters an
 * environment (lib/order.h).
 *
 * Each step ends the process when it cannot be done: first_die() says why.
 */
#ifndef SLUICE_FIRST_H
#define SLUICE_FIRST_H

#include <stdbool.h>
#include <sys/types.h>

#include "order.h"

/**
 * struct first - what the steps share
 * @uid: user and group outside, of this environment alone
 * @visit: for somebody who looks inside: stdin, stdout and stderr are his
 * @look: say what is lacking, and go on
 * @tree: what can be made before was made, see order.h, and is still what it would be
 * @among: we have no copy of the gateway's mounts from our begin, but are in its own
 * @user: we were given a user namespace
 * @begun: we are in the tree, with what is ours alone
 * @sent: by a process that is there already, in what was begun
 * @way: as lib/order.h has it
 * @words: the program, if it is not the task's
 * @env: its id
 * @end: its files are below that one, from arrange_files() on
 * @log: where sluice-init sends what the program says; -1: nowhere
 * @task: what is to be done
 */
struct first {
	uid_t	uid;
	bool	visit;
	bool	look;
	bool	tree;
	bool	among;
	bool	user;
	bool	begun;
	bool	sent;
	const char *way;
	char	**words;
	uint32_t env;
	int	end;
	int	log;
	struct taskfile task;
};

/*
 * desk.c: room for what only one step needs, and no other when it is done. What nobody writes
 * takes no memory.
 */
#define FIRST_DESK	(320UL << 10)
extern char first_desk[FIRST_DESK];

/* Tell the agent what errno says of it, and end. */
void first_die(const char *what, const char *which) __attribute__((noreturn));
/* In words that need no errno. */
void first_fail(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
static inline void first_die_unless(bool good, const char *what)
{
	if (!good)
		first_die("sandbox:", what);
}

/* Who makes what can be made before finds that it cannot: the end of him. */
void first_not_before(const struct first *first);
/* Of what the task names, this cannot be had: the end, unless we only look. */
void first_lack(const struct first *first, const char *what, const char *which);
/* The same, in words that need no errno. */
void first_refuse(const struct first *first, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* forget.c: before all else. */
void first_forget(void);
/* Of a zygote's, who has done that, each copy. */
void first_forget_keys(void);
/* zygote.c: returns in each copy, with its words. These are to stay. */
struct first_words {
	char	text[64];
	char	*argv[5];
};

void first_be_zygote(struct first_words *words);
/* Where memory is short: the higher, the earlier. What a task's class has. */
void first_be_killed_at(int score);
int first_score(const struct taskfile *task);
/* log.c: without it the environment is made all the same. */
void first_open_log(struct first *first);
/*
 * ids.c: who looks who we are, as a peer of a socket does, finds the environment's user;
 * until we are root again.
 */
void first_be_seen_as_user(const struct first *first);
void first_be_seen_as_root(void);
/*
 * gateway.c: where it is, before we leave it; namespaces of our own; our root, if there is time
 * for it; there, when we are wanted; and back, to the network first.
 */
void first_note_gateway(void);
void first_leave_gateway(const struct first *first);
bool first_is_wanted(const struct first *first);
void first_go_ahead(struct first *first);
void first_wait_until_wanted(void);
void first_visit_gateway(const struct first *first);
void first_return_to_files(const struct first *first);
/*
 * messenger.c: who goes there for us, if that can be, and what for; and all that is there,
 * or our end. What all copies of a zygote need for that is made ready once.
 */
void first_have_messengers(void);
bool first_can_send(const struct first *first);
void first_send_messenger(struct first *first, void (*errand)(struct first *first));
void first_await_messenger(void);
/* One of those that we are in, open: as that number, or -1 for any. */
int first_open_namespace(const char *name, int number);
/*
 * network.c: the same of the network. A zygote can make one for those of its copies that can
 * do with the same: ORDER_FD_NETWORK, if there is one.
 */
void first_make_network(void);
void first_leave_network(const struct first *first);
void first_visit_network(const struct first *first);
void first_return_to_network(const struct first *first);
/* The one that we are in: its loopback. */
void first_be_up(void);
bool first_network_is_empty(void);
/* Has it any of that kind? */
#define FIRST_BUS	"can:"	/* which brings an interface */
#define FIRST_LOCAL	"unix:"
bool first_has_socket(const struct taskfile *task, const char *kind);
/* peers.c: the task's sockets, in the gateway's network; connected in time. */
void first_open_sockets(const struct first *first);
/* can.c: those of CAN buses, in our own network; what that takes, in the gateway's. */
void first_prepare_buses(const struct first *first);
void first_open_buses(const struct first *first);
/* What can be said of them without a connection. */
void first_look_at_sockets(const struct first *first);
/*
 * source.c: a file of the gateway that the task names, O_PATH, and not by a link that
 * others than root could have made. -1, for who only looks: said that it is lacking.
 */
int first_open_source(const struct first *first, const char *what,
		      const char *path);
/* To be read; -1 and errno. */
int first_read_source(int source);
/*
 * root.c: a file system with nothing but what the task names: begun with what can be made
 * before, if there is that; what is the gateway's, while we are there; and all of it, with no
 * way back.
 */
void first_begin_root(struct first *first);
void first_open_root(struct first *first);
void first_make_root(const struct first *first);
/* made.c: of what of the gateway's, in words; and is that what they were, by ORDER_FD_MADE? */
const char *first_made_of(const struct first *first);
bool first_is_made_of_that(const struct first *first);
/* Hear of changes of what it is made of and that nobody sees who has it; before it is made. */
void first_watch_layers(const struct first *first);
/* What of it can be made before, as a mount namespace: ours, from now on. */
void first_make_tree(const struct first *first);
/* ids.c: a user namespace of it, for all of the task. */
void first_make_user(const struct first *first);
/* In the user namespace of this environment. */
void first_enter_user(const struct first *first);
/* All of its place is made: the agent has attached the door. */
void first_be_attached(void);
/* Its own user, and no way back. */
void first_be_user(void);
void first_drop_privileges(void);
/* scratch.c: no file of its is larger than that. */
void first_limit_files(const struct first *first);
/* files.c: nothing but those of the environment, and stdin, stdout and stderr. */
void first_arrange_files(struct first *first);
/*
 * variables.c: what a program finds in its environment variables. The task's files of
 * them are read while they can be; they are in our own /proc from then on.
 */
void first_read_variables(const struct first *first);
char **first_variables(void);
/* run.c: the filter, and sluice-init. */
/* @log: the kernel logs what it refuses. */
void first_load_filter(bool log);
void first_run(const struct first *first) __attribute__((noreturn));
/* enter.c: none of the above, but for those that end in a program. */
void first_enter(pid_t pid, char **words) __attribute__((noreturn));

#endif /* SLUICE_FIRST_H */
