// SPDX-License-Identifier: GPL-2.0-only
#include "object/room.h"

#include <linux/sched/signal.h>

#include "base/event.h"

/* Without sluice.lock. */
void sluice_room_init(struct sluice_room *room)
{
	init_waitqueue_head(&room->wait);
	room->made = 0;
}

/* What the queue takes at all has changed: everybody looks again. */
void sluice_room_changed(struct sluice_room *room)
{
	wake_up_all(&room->wait);
}

/* Get ready to sleep until there is more: again, perhaps at another place. */
void sluice_room_wait(struct sluice_room *room, struct sluice_waiter *waiter)
{
	if (!waiter->room)
		sluice_event_blocked();
	else if (waiter->room != room || waiter->looked != room->made)
		wake_up(&waiter->room->wait);
	waiter->room = room;
	waiter->looked = room->made;
	prepare_to_wait_exclusive(&room->wait, &waiter->entry,
				  TASK_INTERRUPTIBLE);
}

/* Without sluice.lock. False: a signal came. */
bool sluice_waiter_sleep(struct sluice_waiter *waiter)
{
	if (!signal_pending(current))
		schedule();
	finish_wait(&waiter->room->wait, &waiter->entry);
	return !signal_pending(current);
}
