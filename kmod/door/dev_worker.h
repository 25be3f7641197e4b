/* SPDX-License-Identifier: GPL-2.0-only */
/* What agent and workers ask of /dev/sluice: see include/uapi/linux/sluice.h. */
#ifndef SLUICE_DEV_WORKER_H
#define SLUICE_DEV_WORKER_H

#include "types.h"

int sluice_dev_attach(struct sluice_file *file, void __user *arg);
int sluice_dev_next(struct sluice_file *file, void __user *arg);

#endif /* SLUICE_DEV_WORKER_H */
