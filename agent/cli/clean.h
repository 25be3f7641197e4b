/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that others wrote, as last words and answers of programs, made safe to show:
 * what a terminal would obey is spelled out, and what is no UTF-8 is not passed on.
 */
#ifndef SLUICE_CLI_CLEAN_H
#define SLUICE_CLI_CLEAN_H

#include <stdbool.h>
#include <stddef.h>

enum clean_for {
	CLEAN_LINE,	/* a part of a line of ours: \n, \x1b, \u009b, \xff */
	CLEAN_ANSWER,	/* whole lines, whose ends and tabs stay */
	CLEAN_JSON,	/* JSON: the same value; U+FFFD for what is no UTF-8 */
};

/* A string to be freed, or NULL: no memory. */
char *clean_text(const void *data, size_t len, enum clean_for purpose);
/* UTF-8, and no byte of it 0. */
bool clean_is_text(const void *data, size_t len);
/* How many characters that is. */
size_t clean_width(const char *text);

#endif /* SLUICE_CLI_CLEAN_H */
