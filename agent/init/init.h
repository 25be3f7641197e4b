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

/* How a program ended: what the answer to its call says. */
struct outcome {
	enum sluice_reason reason;
	int	status;
	char	*output;
	size_t	output_len;
	char	message[SLUICE_MESSAGE_SIZE];
};

/* One process per call. Returns when the environment is retired. */
int exec_serve(int door, char **argv);
/* One process for all calls. Returns when it ends, or was asked to. */
int serve_run(int door, char **argv);

/*
 * Run @argv for one call: input on stdin, answer from stdout. Is the call taken
 * away, as @door says, it is asked to end.
 */
void run_call(int door, char **argv, const struct sluice_next *next,
	      const char *input, struct outcome *outcome);
/* What poll() says of the door: all but us are asked to end. True: not again. */
bool run_asked(short revents);
/* Put the meaning of a wait status into words. */
void run_describe(int status, const char *program, struct outcome *outcome);

#endif /* SLUICE_INIT_H */
