/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Room in a queue, and the submitters that sleep until there is more.
 *
 * More room wakes one of them, who came first, and each wakes the next: there may
 * be more room than it needs, or it may need more than there is. Only who has
 * looked since room was made, and waits at the same place again, wakes nobody; so
 * each looks once, none of them under the lock of another.
 *
 * All are called with sluice.lock held, except where noted. Whoever waits goes to
 * sleep under it (sluice_room_wait()), so that none is missed.
 */
#ifndef SLUICE_ROOM_H
#define SLUICE_ROOM_H

#include "types.h"

/**
 * struct sluice_waiter - a submitter that waits for room
 * @entry: at @room
 * @room: where; NULL when it has not waited
 * @looked: @room->made when it last looked
 */
struct sluice_waiter {
	wait_queue_entry_t entry;
	struct sluice_room *room;
	u64	looked;
};

void sluice_room_init(struct sluice_room *room);
void sluice_room_changed(struct sluice_room *room);

void sluice_room_wait(struct sluice_room *room, struct sluice_waiter *waiter);
bool sluice_waiter_sleep(struct sluice_waiter *waiter);

/* A call left the queue, or a limit may have been raised: one is woken. */
static inline void sluice_room_made(struct sluice_room *room)
{
	room->made++;
	/* Nobody is missed: see above. */
	if (waitqueue_active(&room->wait))
		wake_up(&room->wait);
}

/* Without sluice.lock. */
static inline void sluice_waiter_init(struct sluice_waiter *waiter)
{
	init_wait(&waiter->entry);
	waiter->room = NULL;
}

/* It looks no more: what room is left is for the next. */
static inline void sluice_waiter_done(struct sluice_waiter *waiter)
{
	if (waiter->room)
		wake_up(&waiter->room->wait);
}

#endif /* SLUICE_ROOM_H */
