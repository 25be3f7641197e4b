/* SPDX-License-Identifier: GPL-2.0-only */
/* OBJECT show [WHICH]: a list of all, or all of one. */
#ifndef SLUICE_CLI_SHOW_H
#define SLUICE_CLI_SHOW_H

#include "line.h"
#include "out.h"
#include "snl.h"

struct show_columns {
	const struct out_column *columns;
	size_t	count;
};

#define SHOW_COLUMNS(array) { array, sizeof(array) / sizeof((array)[0]) }

enum show_by { SHOW_NAME, SHOW_ID, SHOW_ID32 };

struct show {
	uint8_t	cmd;
	/* What says which one is wanted. */
	int	attr;
	enum show_by by;
	struct show_columns list;
	struct show_columns one;
	/* Adds what the module does not say; or NULL. */
	void (*complete)(struct json_object *object);
	/* The member by which a list is sorted; NULL: as it comes. */
	const char *sort;
};

/* The one that the first word of @line names, or all. An exit status. */
int show(const struct show *show, const struct cli_line *line);

#endif /* SLUICE_CLI_SHOW_H */
