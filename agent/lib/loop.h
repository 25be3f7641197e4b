/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files as block devices: one device for all environments that use a file, so that the
 * kernel has one file system of it. It goes when nobody uses it any more.
 */
#ifndef SLUICE_LOOP_H
#define SLUICE_LOOP_H

#include <stdbool.h>

#define LOOP_PATH	32

/*
 * The device of an open file, open to read, to be closed when it is mounted, and its path;
 * -1 and errno.
 * Who may do so at the same time for one file locks that before.
 */
int loop_get(int file, bool writable, char path[LOOP_PATH]);
/* Only if there is one: else -1. */
int loop_find(int file, bool writable, char path[LOOP_PATH]);

#endif /* SLUICE_LOOP_H */
