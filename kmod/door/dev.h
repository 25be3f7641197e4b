/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLUICE_DEV_H
#define SLUICE_DEV_H

#include "types.h"

int sluice_dev_submit(struct sluice_file *file, void __user *arg);
int sluice_dev_reap(struct sluice_file *file, void __user *arg);
int sluice_dev_call(struct sluice_file *file, void __user *arg);
int sluice_dev_cancel(struct sluice_file *file, void __user *arg);
int sluice_dev_change(struct sluice_file *file, void __user *arg);

int sluice_dev_attach(struct sluice_file *file, void __user *arg);
int sluice_dev_next(struct sluice_file *file, void __user *arg);

int sluice_dev_init(void);
void sluice_dev_exit(void);

#endif /* SLUICE_DEV_H */
