/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens because time passes. */
#ifndef SLUICE_TICK_H
#define SLUICE_TICK_H

int sluice_tick_init(void);
void sluice_tick_exit(void);

/* Takes sluice.lock; also while nothing is set up, when it does nothing. */
void sluice_tick_paced(void);

#endif /* SLUICE_TICK_H */
