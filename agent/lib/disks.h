/* SPDX-License-Identifier: GPL-2.0-only */
/* How fast a cgroup may read and write on the gateway's disks. */
#ifndef SLUICE_DISKS_H
#define SLUICE_DISKS_H

#include <stdint.h>
#include <sys/types.h>

#include "tasktypes.h"

/*
 * On each disk that has a file system which is mounted. 0 or a negative errno: @failed is
 * the file that took it not. -ENOENT: this gateway has no controller for it.
 */
int disks_limit(int cgroup, const struct taskfile_io *io, const char **failed);

/*
 * On the disk below Sluice's data: so many bytes a second read, and so many written, where
 * @io does not say less. -ENOENT as above; -ENODEV: there is no disk below.
 */
int disks_limit_data(int cgroup, const struct taskfile_io *io, uint64_t most);
/* Which it is. 0 or -ENODEV. */
int disks_data(dev_t *disk);

#endif /* SLUICE_DISKS_H */
