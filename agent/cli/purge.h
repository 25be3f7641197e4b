/* SPDX-License-Identifier: GPL-2.0-only */
/* What tasks keep, removed. */
#ifndef SLUICE_CLI_PURGE_H
#define SLUICE_CLI_PURGE_H

/*
 * What a task keeps goes, for good. 0, or a negative errno: -ENOENT it keeps nothing;
 * -EBUSY an environment uses it.
 */
int purge(const char *task);

#endif /* SLUICE_CLI_PURGE_H */
