/* SPDX-License-Identifier: GPL-2.0-only */
/* Values of words and options. All return CLI_OK, or have said what is wrong. */
#ifndef SLUICE_CLI_TAKE_H
#define SLUICE_CLI_TAKE_H

#include <stdint.h>

struct cli_line;

/* The first word of @line, where it is a number. */
int take_id(const struct cli_line *line, uint64_t *id);
int take_id32(const struct cli_line *line, uint64_t *id);
int take_priority(const char *word, uint32_t *priority);
/* Never 0. */
int take_time(const char *what, const char *word, uint64_t *time);
/* From now on; none is 0. */
int take_deadline(const char *word, uint64_t *time);
int take_amount(const char *resource, const char *word, uint64_t *amount);

#endif /* SLUICE_CLI_TAKE_H */
