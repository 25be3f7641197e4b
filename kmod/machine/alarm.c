// SPDX-License-Identifier: GPL-2.0-only
#include "machine/alarm.h"

#include <linux/hrtimer.h>
#include <linux/ktime.h>

static void alarm_work(struct work_struct *work)
{
	container_of(work, struct sluice_alarm, work)->ring();
}

/* Not in process context, as sluice.lock wants it. */
static enum hrtimer_restart alarm_expires(struct hrtimer *timer)
{
	struct sluice_alarm *alarm = container_of(timer, struct sluice_alarm,
						  timer);

	queue_work(sluice.workqueue, &alarm->work);
	return HRTIMER_NORESTART;
}

/* Without sluice.lock. @ring is called without it, and may sleep. */
void sluice_alarm_init(struct sluice_alarm *alarm, void (*ring)(void))
{
	INIT_WORK(&alarm->work, alarm_work);
	hrtimer_setup(&alarm->timer, alarm_expires, CLOCK_BOOTTIME,
		      HRTIMER_MODE_ABS);
	alarm->ring = ring;
	alarm->when = 0;
	alarm->open = true;
}

/* It rings at @when, or before if it was to do so. */
void sluice_alarm_by(struct sluice_alarm *alarm, u64 when)
{
	lockdep_assert_held(&sluice.lock);
	if (!alarm->open || (alarm->when && alarm->when <= when))
		return;
	alarm->when = when;
	hrtimer_start(&alarm->timer, min_t(u64, when, KTIME_MAX),
		      HRTIMER_MODE_ABS);
}

/* After sluice_alarm_shut(), without sluice.lock: it does not ring any more. */
void sluice_alarm_end(struct sluice_alarm *alarm)
{
	hrtimer_cancel(&alarm->timer);
	cancel_work_sync(&alarm->work);
}
