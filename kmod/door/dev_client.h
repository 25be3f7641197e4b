/* SPDX-License-Identifier: GPL-2.0-only */
/* What submitters ask of /dev/sluice: see include/uapi/linux/sluice.h. */
#ifndef SLUICE_DEV_CLIENT_H
#define SLUICE_DEV_CLIENT_H

#include "types.h"

extern const struct sluice_owner_ops sluice_dev_owner;

int sluice_dev_submit(struct sluice_file *file, void __user *arg);
int sluice_dev_reap(struct sluice_file *file, void __user *arg);
int sluice_dev_call(struct sluice_file *file, void __user *arg);
int sluice_dev_cancel(struct sluice_file *file, void __user *arg);
int sluice_dev_change(struct sluice_file *file, void __user *arg);

#endif /* SLUICE_DEV_CLIENT_H */
