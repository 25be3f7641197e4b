/* SPDX-License-Identifier: GPL-2.0-only */
/* What an order says besides the task file: of this gateway. */
#ifndef SLUICE_MACHINE_H
#define SLUICE_MACHINE_H

#include "tasktypes.h"

/*
 * The task's machine id, and where the agent's credentials are: in the folder that
 * systemd gave to us if we are the agent, else in that of its unit.
 */
void machine_complete(struct taskfile *task);

#endif /* SLUICE_MACHINE_H */
