/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLUICE_KFUNC_H
#define SLUICE_KFUNC_H

#include <linux/types.h>

int sluice_kfunc_init(void);
bool sluice_kfunc_usable(void);

#endif /* SLUICE_KFUNC_H */
