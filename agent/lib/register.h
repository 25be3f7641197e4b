/* SPDX-License-Identifier: GPL-2.0-only */
/* Tell the module of a task file, or that it is gone. snl_error() says why not. */
#ifndef SLUICE_REGISTER_H
#define SLUICE_REGISTER_H

#include "snl.h"
#include "taskfile.h"

/* New, or changed when the module knows the task already. */
int register_task(struct snl_conn *conn, const struct taskfile *task);
int unregister_task(struct snl_conn *conn, const char *name);

#endif /* SLUICE_REGISTER_H */
