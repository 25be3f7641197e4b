/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLUICE_DEV_H
#define SLUICE_DEV_H

int sluice_dev_init(void);
void sluice_dev_exit(void);

#endif /* SLUICE_DEV_H */
