/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the first process of an environment becomes when there is nothing more that it may
 * do but the task (init/): pid 1 of it.
 */
#ifndef SLUICE_INSIDE_H
#define SLUICE_INSIDE_H

#include "tasktypes.h"

/* What an environment's variables have room for behind them: what is said of each call. */
#define INSIDE_VARIABLES 3

/**
 * struct inside - what is needed for that
 * @visit: ORDER_WAY_SHOW or ORDER_WAY_LOOK; NULL: be the task
 * @sockets: how many of the task's follow the door
 * @log: where what the program says goes; -1: nowhere
 * @argv: the program, with its words
 * @variables: with room for INSIDE_VARIABLES more
 */
struct inside {
	const char *visit;
	enum sluice_kind kind;
	enum taskfile_reuse reuse;
	int	door;
	int	sockets;
	int	log;
	char	**argv;
	char	**variables;
};

/* Its status. */
int inside(const struct inside *inside);

#endif /* SLUICE_INSIDE_H */
