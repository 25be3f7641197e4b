/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A task whose calls fail one after the other is kept from running for a while,
 * so that it does no harm. All are called with sluice.lock held.
 */
#ifndef SLUICE_QUARANTINE_H
#define SLUICE_QUARANTINE_H

#include "types.h"

void sluice_quarantine_succeeded(struct sluice_task *task);
void sluice_quarantine_failed(struct sluice_task *task);
void sluice_quarantine_over(struct sluice_task *task);

#endif /* SLUICE_QUARANTINE_H */
