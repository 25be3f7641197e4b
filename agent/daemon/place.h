/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Our place in the tree of cgroups (v2): the directory below which environments have
 * theirs. Where none is given it is our own cgroup, which systemd has delegated to
 * us, and we go to a leaf of it.
 */
#ifndef SLUICE_PLACE_H
#define SLUICE_PLACE_H

#include "say.h"

/*
 * Open, with memory, cpu and pids for those below it. @asked: a directory for
 * environments alone; NULL for our own. A negative errno fills @error.
 */
int place_open(const char *asked, char error[ERROR_SIZE]);

#endif /* SLUICE_PLACE_H */
