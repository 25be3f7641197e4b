// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/daemon/slots.c -I../../agent/daemon -D_GNU_SOURCE
/*
 * Which cgroup is which environment's, as the eBPF program looks it up: what is there is
 * found, at each moment of a change, and nothing else; whatever came and went.
 */
#include "ktap.h"
#include "random.h"
#include "slots.h"

#include <errno.h>
#include <string.h>

/* As many environments as there can be. */
#define ENVS	1024
#define NOTHING	(-1)

/* What the kernel has. */
static struct slots_entry map[SLOTS_SIZE];
static struct slots slots;
static uint64_t cgroups[ENVS];
/* The one that is being put or taken; and which slot it may be found by, besides nothing. */
static uint64_t changing;
static uint32_t its_slot;
static int fails;

/* As in bpf/slots.bpf.h. @steps: how many it took. */
static int64_t look_up(uint64_t cgroup, unsigned int *steps)
{
	for (*steps = 1; *steps <= SLOTS_STEPS; ++*steps) {
		const struct slots_entry *entry = &map[(cgroup + *steps - 1) % SLOTS_SIZE];

		if (entry->cgroup == cgroup)
			return entry->slot;
		if (!entry->cgroup)
			break;
	}
	return NOTHING;
}

static void check_all(void)
{
	unsigned int steps;
	uint32_t i;

	for (i = 0; i < ENVS; i++)
		if (cgroups[i] && cgroups[i] != changing)
			CHECK_EQ(look_up(cgroups[i], &steps), i);
}

/* The kernel copies it word by word, and somebody may look between any two. */
static int write_one(uint32_t place, const struct slots_entry *entry, void *arg)
{
	unsigned int steps;
	int64_t found;

	CHECK(arg == &slots && place < SLOTS_SIZE);
	if (fails)
		return -fails;
	map[place].cgroup = entry->cgroup;
	found = look_up(changing, &steps);
	CHECK(found == NOTHING || found == its_slot);
	map[place].slot = entry->slot;
	found = look_up(changing, &steps);
	CHECK(found == NOTHING || found == its_slot);
	check_all();
	return 0;
}

static void begin(void)
{
	memset(map, 0, sizeof(map));
	memset(cgroups, 0, sizeof(cgroups));
	slots = (struct slots){ .write = write_one, .arg = &slots };
	fails = 0;
}

static void put(uint32_t slot, uint64_t cgroup)
{
	changing = cgroup;
	its_slot = slot;
	CHECK_EQ(slots_put(&slots, cgroup, slot), 0);
	cgroups[slot] = cgroup;
	changing = 0;
}

static void take(uint32_t slot)
{
	changing = cgroups[slot];
	its_slot = slot;
	CHECK_EQ(slots_take(&slots, cgroups[slot]), 0);
	cgroups[slot] = 0;
	changing = 0;
}

/* Numbers of cgroups grow, with those of others and other files between them. */
TEST(what_is_there_is_found)
{
	unsigned int steps, most = 0, i;
	uint64_t next = 100, sum = 0;

	random_start();
	begin();
	for (i = 0; i < 20000; i++) {
		uint32_t slot = (uint32_t)random_below(ENVS);

		next += 1 + random_below(200);
		if (cgroups[slot]) {
			take(slot);
		} else {
			put(slot, next);
		}
	}
	/* Of those that are nobody's, nearly all take a step or two, after whatever came and went. */
	for (i = 0; i < SLOTS_SIZE; i++) {
		CHECK_EQ(look_up(next + 1 + i, &steps), NOTHING);
		sum += steps;
		most = steps > most ? steps : most;
	}
	printf("# steps: %llu for each hundred, at most %u\n",
	       (unsigned long long)(sum * 100 / SLOTS_SIZE), most);
	CHECK(sum < 2 * SLOTS_SIZE);
	for (i = 0; i < ENVS; i++)
		if (cgroups[i])
			take(i);
	for (i = 0; i < SLOTS_SIZE; i++)
		CHECK(!map[i].cgroup);
}

TEST(too_many_alike_are_refused)
{
	unsigned int steps, i;

	begin();
	for (i = 0; i < SLOTS_STEPS; i++)
		put(i, 5 + (uint64_t)i * SLOTS_SIZE);
	its_slot = SLOTS_STEPS;
	changing = 5 + 100 * SLOTS_SIZE;
	CHECK_EQ(slots_put(&slots, changing, SLOTS_STEPS), -ENOSPC);
	CHECK_EQ(look_up(changing, &steps), NOTHING);
	/* One that goes makes room, and those behind it are found all the same. */
	take(3);
	check_all();
	put(3, 5 + 100 * SLOTS_SIZE);
	take(7);
	take(0);
	check_all();
}

/* Another slot for the same; what is not there; and a map that says no. */
TEST(the_rest)
{
	unsigned int steps;

	begin();
	put(1, 77);
	changing = 77;
	its_slot = 2;
	cgroups[1] = 0;
	/* For a moment it is found by neither. */
	CHECK_EQ(slots_put(&slots, 77, 2), 0);
	cgroups[2] = 77;
	changing = 0;
	CHECK_EQ(look_up(77, &steps), 2);
	CHECK_EQ(slots_take(&slots, 78), 0);
	fails = E2BIG;
	CHECK_EQ(slots_put(&slots, 79, 3), -E2BIG);
	CHECK_EQ(slots_take(&slots, 77), -E2BIG);
	fails = 0;
	check_all();
	put(3, 79);
	take(2);
	take(3);
}
