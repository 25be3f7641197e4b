/* SPDX-License-Identifier: GPL-2.0-only */
/* The table in words, on stdout. */
#ifndef SLUICE_CLI_HELP_H
#define SLUICE_CLI_HELP_H

#include <stdio.h>

#include "line.h"

/* All objects and their commands. */
void help_all(FILE *file);
/* What is known of @line: all, an object, or a command. */
void help_of(const struct cli_line *line);
/* sluice help [OBJECT [COMMAND]] */
int help_run(const struct cli_line *line);

#endif /* SLUICE_CLI_HELP_H */
