/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLUICE_DEBUGFS_H
#define SLUICE_DEBUGFS_H

void sluice_debugfs_init(void);
void sluice_debugfs_exit(void);

#endif /* SLUICE_DEBUGFS_H */
