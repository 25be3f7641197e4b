/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLUICE_MEMFILE_H
#define SLUICE_MEMFILE_H

/* A file in memory, closed by exec(), that can be sealed and never be run. -1 and errno. */
int memfile(const char *name);

#endif /* SLUICE_MEMFILE_H */
