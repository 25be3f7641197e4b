/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What goes between a program inside and whoever started it: nothing of his own is given
 * to it. On a terminal it has a pseudo terminal, and what it says comes out as it is;
 * else pipes.
 */
#ifndef SLUICE_CLI_RELAY_H
#define SLUICE_CLI_RELAY_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <termios.h>

/**
 * struct relay - both ends
 * @given: the program's stdin, stdout and stderr
 * @signals: what we are told; they are blocked until relay_close()
 * @ended_by: one that asked us to end, or 0
 * @to: to its stdin; -1: it is told no more
 * @from: its stdout and its stderr
 */
struct relay {
	int	given[3];
	int	signals;
	int	ended_by;
	int	to;
	int	from[2];
	bool	terminal;
	bool	raw;
	bool	silent;		/* our stdin is not read, or has ended */
	struct termios before;
	sigset_t mask;
	char	data[4096];	/* for it, not taken yet */
	size_t	at;
	size_t	len;
};

/* An exit status; why has been said. relay_close() either way. */
int relay_open(struct relay *relay);
/* Its files are its alone from here on. */
void relay_given(struct relay *relay);
/* Who asks us to end: that goes to @ended_by. */
void relay_take_signal(struct relay *relay);
/*
 * Until @pid has ended: what waitpid() said of it. It gets @ending when we are asked to
 * end.
 */
int relay_run(struct relay *relay, pid_t pid, int ending);
/* The terminal is as it was. */
void relay_close(struct relay *relay);

#endif /* SLUICE_CLI_RELAY_H */
