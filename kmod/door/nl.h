/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLUICE_NL_H
#define SLUICE_NL_H

int sluice_nl_init(void);
void sluice_nl_exit(void);

#endif /* SLUICE_NL_H */
