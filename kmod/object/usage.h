/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What environments and the rest of the box really use: read from the machine and
 * booked on the ledger. Costs one look at each environment. Called with
 * sluice.lock held.
 */
#ifndef SLUICE_USAGE_H
#define SLUICE_USAGE_H

#include <linux/types.h>

struct sluice_above;
struct sluice_class;

void sluice_usage_init(void);
void sluice_usage_memory(void);
void sluice_usage_cpu(void);
void sluice_usage_pids(void);

bool sluice_usage_closes(const struct sluice_class *class);
void sluice_usage_rivals(u64 weight);
void sluice_usage_guarantee(u64 thousandths);
void sluice_usage_realtime(u64 thousandths);
void sluice_usage_cpu_limit(u64 thousandths);
void sluice_usage_pids_limit(u64 pids);
void sluice_usage_place(struct sluice_above *above);
void sluice_usage_cached(u64 id, u64 used, u64 cache);
void sluice_usage_wants(bool memory);

#endif /* SLUICE_USAGE_H */
