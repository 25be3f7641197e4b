/* SPDX-License-Identifier: GPL-2.0-only */
/* What a program writes, cut into lines. */
#ifndef SLUICE_CUT_H
#define SLUICE_CUT_H

#include <stdbool.h>
#include <stddef.h>

#include "logwire.h"

/**
 * struct cut - a line in the making
 * @continued: what comes belongs to the line before, which was too long
 */
struct cut {
	char	text[LOGWIRE_LINE];
	size_t	len;
	bool	continued;
};

/* One line, without its end; never an empty one. */
typedef void (*cut_fn)(const char *text, size_t len, bool continued, void *arg);

void cut_add(struct cut *cut, const char *data, size_t len, cut_fn line, void *arg);
/* What has no end gets none any more. */
void cut_end(struct cut *cut, cut_fn line, void *arg);

#endif /* SLUICE_CUT_H */
