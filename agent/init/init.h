/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sluice-init: pid 1 of an environment. It has no privileges, no libraries but
 * libc, and one door: the file of /dev/sluice that the agent attached.
 */
#ifndef SLUICE_INIT_H
#define SLUICE_INIT_H

#include <linux/sluice.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* As many as a task may have. */
#define INIT_SOCKETS	32

/**
 * struct init - what it was started with
 * @door: file of /dev/sluice; the task's sockets follow it
 * @sockets: how many
 * @keep: what a call has left in them is for the next, whatever became of it
 * @once: nothing is kept for another call
 * @no_failed: after a call that failed nothing is kept
 * @argv: the task's program, with its words
 * @variables: what it has, with room for what is said of each call (inside.h)
 */
struct init {
	int	door;
	int	sockets;
	bool	keep;
	bool	once;
	bool	no_failed;
	char	**argv;
	char	**variables;
};

/* How a program ended: what the answer to its call says. */
struct outcome {
	enum sluice_reason reason;
	int	status;
	char	*output;
	size_t	output_len;
	/* Bytes that there is room for. */
	size_t	output_room;
	/* The last of what it said on stderr. */
	const char *log;
	size_t	log_len;
	char	message[SLUICE_MESSAGE_SIZE];
};

/*
 * words.c: @argv with the words of a call behind it, to be freed unless it is @argv.
 * @words: @len bytes, which stay. NULL: no memory.
 */
char **words_append(char **argv, char *words, size_t len);
/* @text: NAME=VALUE, in the place of one of that name, or behind all, where there is room. */
void variables_set(char **variables, char *text);
/* runner.c: one process per call. Returns when the environment is to end. */
int runner_main(const struct init *init);
/* serve.c: one process for all calls. Returns when it ends, or was asked to. */
int serve_main(const struct init *init);

/* left.c: remove what a call has left in memory. False: some of it is still there. */
bool left_remove(void);

/* show.c: one program, for somebody who looks inside. Its exit status. */
int show_main(const struct init *init);
/* look.c: say on stdout what keeps the program from being run. */
int look_main(const struct init *init);

/**
 * struct exec - what calls one after the other have in common
 * @signals: by which we hear of ends, -1: none yet
 * @call: what a program is told of its call, each a variable; @attempts, @trace: too
 */
struct exec {
	const struct init *init;
	int	signals;
	char	call[48];
	char	attempts[48];
	char	trace[64];
};

/*
 * exec.c: run the program for one call; @outcome gets room for what it answers. @input: and
 * its words behind it. Is the call taken away, as the door says, it is asked to end.
 */
void exec_call(struct exec *exec, const struct sluice_next *next, char *input,
	       struct outcome *outcome);
/* What poll() says of the door: all but us are asked to end. True: not again. */
bool ask_to_end(short revents);
/* Put the meaning of a wait status into words. */
void describe_end(int status, const char *program, struct outcome *outcome);

#endif /* SLUICE_INIT_H */
