/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLUICE_KFUNC_H
#define SLUICE_KFUNC_H

void sluice_kfunc_init(void);

#endif /* SLUICE_KFUNC_H */
