/* SPDX-License-Identifier: GPL-2.0-only */
/* The system calls that a task may make. */
#ifndef SLUICE_FILTER_H
#define SLUICE_FILTER_H

/*
 * BPF instructions for seccomp, in a memory file that does not change any more; or a
 * negative errno.
 */
int filter_make(void);

#endif /* SLUICE_FILTER_H */
