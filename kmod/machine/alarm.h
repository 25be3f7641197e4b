/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the module looks up by itself: at a point in time (CLOCK_BOOTTIME, as all of
 * them), also when the machine has slept since. sluice.lock is held unless noted.
 */
#ifndef SLUICE_ALARM_H
#define SLUICE_ALARM_H

#include "types.h"

void sluice_alarm_init(struct sluice_alarm *alarm, void (*ring)(void));
void sluice_alarm_by(struct sluice_alarm *alarm, u64 when);

/* What rings says so first: from here on it is set anew. */
static inline void sluice_alarm_rings(struct sluice_alarm *alarm)
{
	alarm->when = 0;
}

/* It is not set any more. */
static inline void sluice_alarm_shut(struct sluice_alarm *alarm)
{
	alarm->open = false;
}

void sluice_alarm_end(struct sluice_alarm *alarm);

#endif /* SLUICE_ALARM_H */
