/* SPDX-License-Identifier: GPL-2.0-only */
/* What programs of environments said: from the journal, or from ring files. */
#ifndef SLUICE_CLI_LOGS_H
#define SLUICE_CLI_LOGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ring.h"

/* Without an own word for it, how many are shown before what comes. */
#define LOGS_BEFORE	10

/**
 * struct logs_query - what is asked for
 * @task: of this task; NULL: of any
 * @call: of this call; 0: of any
 * @since: not before, microseconds since 1970; 0: all
 * @follow: and what comes
 */
struct logs_query {
	const char *task;
	uint64_t call;
	uint64_t since;
	bool	follow;
};

/* @task lives as long as the call of it. False: nobody reads any more. */
typedef bool (*logs_fn)(const char *task, const struct ring_line *line);

/* 0, or a negative errno: -EACCES: they are not for this user to read. */
int logs_from_rings(const struct logs_query *query, logs_fn fn);
int logs_from_journal(const struct logs_query *query, logs_fn fn);
/* A task of that name has said something. */
bool logs_ring_of(const char *task);
bool logs_journal_of(const char *task);

#endif /* SLUICE_CLI_LOGS_H */
