/* SPDX-License-Identifier: GPL-2.0-only */
/* What sluice doctor has found, one after the other. */
#ifndef SLUICE_CLI_FINDING_H
#define SLUICE_CLI_FINDING_H

#include <json-c/json.h>
#include <stdbool.h>

/**
 * struct findings - all of them
 * @list: objects with check, result and text
 * @failed: one is missing
 */
struct findings {
	struct json_object *list;
	bool	failed;
};

/* Something without which calls do not run is missing, else it is a remark. */
enum finding { GOOD, REMARK, BAD };

__attribute__((format(printf, 4, 5)))
void found(struct findings *findings, enum finding finding, const char *what,
	   const char *format, ...);

#endif /* SLUICE_CLI_FINDING_H */
