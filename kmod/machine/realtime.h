/* SPDX-License-Identifier: GPL-2.0-only */
/* CPU time of real-time and deadline threads that are not environments'. */
#ifndef SLUICE_REALTIME_H
#define SLUICE_REALTIME_H

#include <linux/types.h>

int sluice_realtime_init(void);
void sluice_realtime_exit(void);

void sluice_realtime_switched(pid_t from, pid_t to);
u64 sluice_realtime(void);

#endif /* SLUICE_REALTIME_H */
