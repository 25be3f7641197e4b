// SPDX-License-Identifier: GPL-2.0-only
#include "slots.h"

#include <errno.h>
#include <stdbool.h>

static uint32_t place_of(uint64_t cgroup, uint32_t step)
{
	return (uint32_t)(cgroup + step) % SLOTS_SIZE;
}

static bool is_free(const struct slots_entry *entry)
{
	return !entry->cgroup || entry->cgroup == SLOTS_GONE;
}

static int change(struct slots *slots, uint32_t place, uint64_t cgroup, uint32_t slot)
{
	const struct slots_entry entry = { .cgroup = cgroup, .slot = slot };
	int ret = slots->write(place, &entry, slots->arg);

	if (!ret)
		slots->entries[place] = entry;
	return ret;
}

/* Where it is, or could be; -1. */
static int64_t find(const struct slots *slots, uint64_t cgroup)
{
	int64_t room = -1;
	uint32_t step, place;

	for (step = 0; step < SLOTS_STEPS; step++) {
		place = place_of(cgroup, step);
		if (slots->entries[place].cgroup == cgroup)
			return place;
		if (room < 0 && is_free(&slots->entries[place]))
			room = place;
		if (!slots->entries[place].cgroup)
			break;
	}
	return room;
}

int slots_put(struct slots *slots, uint64_t cgroup, uint32_t slot)
{
	int64_t place = find(slots, cgroup);
	int ret;

	if (place < 0)
		return -ENOSPC;
	/* An entry is not written at once: the number last, by which it is found. */
	ret = change(slots, (uint32_t)place, slots->entries[place].cgroup == cgroup ? SLOTS_GONE :
		     slots->entries[place].cgroup, slot);
	return ret ? ret : change(slots, (uint32_t)place, cgroup, slot);
}

/*
 * Does nobody look beyond it, it is as if nobody had been here, nor in those before it that
 * are gone: else all would be some day, and each look would take all steps.
 */
int slots_take(struct slots *slots, uint64_t cgroup)
{
	int64_t at = find(slots, cgroup);
	uint32_t place = (uint32_t)at;
	int ret;

	if (at < 0 || slots->entries[place].cgroup != cgroup)
		return 0;
	if (slots->entries[(place + 1) % SLOTS_SIZE].cgroup)
		return change(slots, place, SLOTS_GONE, 0);
	do {
		ret = change(slots, place, 0, 0);
		place = (place + SLOTS_SIZE - 1) % SLOTS_SIZE;
	} while (!ret && slots->entries[place].cgroup == SLOTS_GONE);
	return ret;
}
