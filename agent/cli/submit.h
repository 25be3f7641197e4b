/* SPDX-License-Identifier: GPL-2.0-only */
/* sluice call TASK, and the result of a call. */
#ifndef SLUICE_CLI_SUBMIT_H
#define SLUICE_CLI_SUBMIT_H

#include <stdbool.h>
#include <stdint.h>

struct cli_line;
struct sluice_change;

/* The TASK and the options of @line. An exit status. */
int submit_call(const struct cli_line *line);
/*
 * Wait for the end of a detached call and print its result, @raw on a terminal, too;
 * @quiet: without what its program said on stderr.
 */
int submit_reap(uint64_t id, bool raw, bool quiet);
/* Cancel a call of one's own; a negative errno, and nothing is printed. */
int submit_cancel(uint64_t id);
/* Change a waiting call of one's own; a negative errno, and nothing is printed. */
int submit_change(struct sluice_change *change);

#endif /* SLUICE_CLI_SUBMIT_H */
