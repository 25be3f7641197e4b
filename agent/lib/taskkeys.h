/* SPDX-License-Identifier: GPL-2.0-only */
/* What each key of a task file means. */
#ifndef SLUICE_TASKKEYS_H
#define SLUICE_TASKKEYS_H

#include "inifile.h"
#include "tasktypes.h"

/* For an inifile whose target is a struct taskfile with its defaults. */
extern const struct inifile_grammar taskkeys_grammar;

/* file->key is a resource, @value how much of it. As a handler of a key. */
int taskkeys_amount(struct inifile *file, const char *value,
		    struct taskfile_need *need);
/* NULL: it is not among them. */
struct taskfile_need *taskkeys_find(struct taskfile_need *needs, size_t count,
				    const char *resource);

#endif /* SLUICE_TASKKEYS_H */
