/* SPDX-License-Identifier: GPL-2.0-only */
/* Installed task files: what one says is done as root, so not everybody may write it. */
#ifndef SLUICE_TASKOPEN_H
#define SLUICE_TASKOPEN_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

#include "taskfile.h"

/*
 * Open one, and nothing but a file that is ours, or root's, and that nobody else may
 * write. 0 and what it is; or a negative errno and @error in words.
 */
int taskopen(const char *path, FILE **ret_file, struct stat *st,
	     char error[TASKFILE_ERROR]);
/*
 * Does anybody have it open for writing? False where that cannot be known. Whoever asks
 * may get SIGIO, and ignores it.
 */
bool taskopen_written(FILE *file);

#endif /* SLUICE_TASKOPEN_H */
