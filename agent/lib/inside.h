/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the first process of an environment becomes when there is nothing more that it may
 * do but the task (init/): pid 1 of it.
 */
#ifndef SLUICE_INSIDE_H
#define SLUICE_INSIDE_H

/* sluice-init exec|serve|show|look DOOR SOCKETS LOG REUSE PROGRAM [ARGUMENT...]: its status. */
int inside(int argc, char **argv);

#endif /* SLUICE_INSIDE_H */
