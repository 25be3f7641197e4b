// SPDX-License-Identifier: GPL-2.0-only
#include "object/quarantine.h"

#include <linux/timekeeping.h>

#include "base/event.h"
#include "object/order.h"

/* A call of it succeeded. */
void sluice_quarantine_succeeded(struct sluice_task *task)
{
	lockdep_assert_held(&sluice.lock);
	task->failures = 0;
}

/* An attempt failed. */
void sluice_quarantine_failed(struct sluice_task *task)
{
	const struct sluice_task_config *config = &task->config;

	lockdep_assert_held(&sluice.lock);
	task->failures++;
	if (!config->quarantine_after || task->quarantined || task->closing ||
	    task->failures < config->quarantine_after)
		return;
	task->quarantined = config->quarantine ?
			    ktime_get_boottime_ns() + config->quarantine :
			    SLUICE_QUARANTINE_HELD;
	sluice_order_place(task);
	sluice_event_task(task, SLUICE_EVENT_TASK_QUARANTINED);
}

/* Its time is over: one more failure, and it is back. */
void sluice_quarantine_over(struct sluice_task *task)
{
	lockdep_assert_held(&sluice.lock);
	task->quarantined = 0;
	if (task->failures)
		task->failures--;
	sluice_order_place(task);
	sluice_event_task(task, SLUICE_EVENT_TASK_LET_OUT);
}
