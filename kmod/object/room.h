/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Room in the queue of a task, and the submitters that sleep until there is more.
 *
 * When a call has left a queue, that one is woken who came first of those for whom
 * there is room, by their user's share, too, and what it will take is promised to
 * it for a second. It looks, and wakes the next if more is left. So nobody is woken
 * who has to go to sleep again, but where somebody else was faster, and an end costs
 * the same however many wait: those of a user who has his share, or who need more
 * than there is, are passed without a look at each. When the task itself has
 * changed, all look again, each woken by the last.
 *
 * All are called with sluice.lock held, except where noted. Whoever waits stands in
 * its place before it is given back, so that none is missed.
 */
#ifndef SLUICE_ROOM_H
#define SLUICE_ROOM_H

#include "types.h"

/**
 * struct sluice_waiter - a submitter that waits for room
 * @call: that it submits
 * @node: in room->waiters while it sleeps
 * @other: instead in room->others, when another has the key of its call
 * @ease: the largest of own_ease() below this one in the tree
 * @turn: in room->turn while it sleeps
 * @kept: in sluice.rooms.promised while room is kept for it
 * @promised: since when
 * @came: place among all that wait, 0 when it has not waited
 * @changed: room->changed when it last looked
 * @woken: it is to look
 * @wait: where it sleeps
 */
struct sluice_waiter {
	struct sluice_call *call;
	struct rb_node node;
	struct list_head other;
	u64	ease;
	struct list_head turn;
	struct list_head kept;
	u64	promised;
	u64	came;
	u64	changed;
	bool	woken;
	wait_queue_head_t wait;
};

void sluice_room_init(struct sluice_room *room);
void sluice_room_look(struct sluice_task *task);
void sluice_room_changed(struct sluice_task *task);
void sluice_room_limits(void);
void sluice_room_catch_up(void);

void sluice_waiter_init(struct sluice_waiter *waiter, struct sluice_call *call);
void sluice_waiter_wait(struct sluice_waiter *waiter);
int sluice_waiter_sleep(struct sluice_waiter *waiter);
void sluice_waiter_awake(struct sluice_waiter *waiter);
void sluice_waiter_done(struct sluice_waiter *waiter);

/* A call left the queue of the task. */
static inline void sluice_room_made(struct sluice_task *task)
{
	if (!list_empty(&sluice.rooms.blocked))
		sluice_room_look(task);
}

#endif /* SLUICE_ROOM_H */
