/* SPDX-License-Identifier: GPL-2.0-only */
/* How fast a cgroup may read and write on the gateway's disks. */
#ifndef SLUICE_DISKS_H
#define SLUICE_DISKS_H

#include "tasktypes.h"

/*
 * On each disk that has a file system which is mounted. 0 or a negative errno: @failed is
 * the file that took it not. -ENOENT: this gateway has no controller for it.
 */
int disks_limit(int cgroup, const struct taskfile_io *io, const char **failed);

#endif /* SLUICE_DISKS_H */
