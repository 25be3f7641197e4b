/* SPDX-License-Identifier: GPL-2.0-only */
/* What calls of a task used, as members of what the module says of it. */
#ifndef SLUICE_CLI_SUGGEST_H
#define SLUICE_CLI_SUGGEST_H

#include <json-c/json.h>

/* Adds memory_use and cpu_use, in words with what is far too much or too little. */
void suggest_add_use(struct json_object *task);

#endif /* SLUICE_CLI_SUGGEST_H */
