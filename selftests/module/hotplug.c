// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CPU that goes or comes takes its past with it: that is no use of the box by
 * anybody, and closes the gate for none.
 *
 * The kernel's own sum over all CPUs says what was used: in a look of the module
 * no more than that in a time around it, whatever else the machine does.
 */
#define _GNU_SOURCE
#include "ktap.h"
#include "sluice_test.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

#define ONLINE	"/sys/devices/system/cpu/cpu1/online"
#define LOOK_MS	1100	/* of more than a second, which nothing is averaged with */

/* CPU time in milliseconds, of one CPU or, as "cpu", of all that were ever there. */
static uint64_t busy(const char *which)
{
	unsigned long user, nice, system, idle, wait, irq, softirq, steal = 0;
	FILE *file = fopen("/proc/stat", "r");
	char name[16], line[256];

	CHECK(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%15s %lu %lu %lu %lu %lu %lu %lu %lu", name, &user,
			   &nice, &system, &idle, &wait, &irq, &softirq, &steal) == 9 &&
		    !strcmp(name, which))
			break;
	}
	CHECK(!feof(file));
	fclose(file);
	return (user + nice + system + irq + softirq + steal) * 1000 /
	       (unsigned long)sysconf(_SC_CLK_TCK);
}

/* What is to be seen as a jump has to be more than two CPUs can do in a look. */
static void give_a_past(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(1, &set);
	CHECK_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
	while (busy("cpu1") < 3 * LOOK_MS)
		;
	CPU_SET(0, &set);
	CHECK_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
}

/* The most that the module says in two looks, and what was used in all that time. */
static void move(const char *state, uint64_t *said, uint64_t *used)
{
	uint64_t before = busy("cpu"), end;
	struct st_budget cpu;

	st_sleep_ms(LOOK_MS * 3 / 2);
	CHECK(st_write(ONLINE, state));
	*said = 0;
	end = st_now() + LOOK_MS * 2 * 1000000ULL;
	do {
		CHECK_EQ(st_budget_get("cpu", &cpu), 0);
		if (cpu.outside > *said)
			*said = cpu.outside;
		st_sleep_ms(LOOK_MS / 5);
	} while (st_now() < end);
	*used = busy("cpu") - before;
	printf("# CPU 1 becomes %s: a look says %lu thousandths, the kernel knows of %lu ms\n",
	       state, (unsigned long)*said, (unsigned long)*used);
}

TEST(its_past_is_no_use)
{
	uint64_t said[2], used[2];
	char pace[32];

	if (access(ONLINE, W_OK))
		ktap_skip("no CPU can be taken away");
	give_a_past();
	snprintf(pace, sizeof(pace), "%u", LOOK_MS);
	st_limit_set("idle_tick_ms", pace);
	st_sleep_ms(LOOK_MS);
	move("0", &said[0], &used[0]);
	move("1", &said[1], &used[1]);
	st_limit_set("idle_tick_ms", "1000");
	/* The account is written in ticks. */
	CHECK(said[0] * LOOK_MS <= (used[0] + 100) * 1000);
	CHECK(said[1] * LOOK_MS <= (used[1] + 100) * 1000);
}
