/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What environments and the rest of the box really use: read from the machine and
 * booked on the ledger. Costs one look at each environment. Called with
 * sluice.lock held.
 */
#ifndef SLUICE_USAGE_H
#define SLUICE_USAGE_H

void sluice_usage_init(void);
void sluice_usage_memory(void);
void sluice_usage_cpu(void);

#endif /* SLUICE_USAGE_H */
