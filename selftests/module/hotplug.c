// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CPU that goes or comes takes its past with it: that is no use of the box by
 * anybody, and closes the gate for none.
 */
#include "ktap.h"
#include "sluice_test.h"

#include <unistd.h>

#define ONLINE	"/sys/devices/system/cpu/cpu1/online"

static bool set_online(const char *state)
{
	FILE *file = fopen(ONLINE, "w");
	bool done;

	if (!file)
		return false;
	done = fputs(state, file) >= 0;
	return !fclose(file) && done;
}

/* The most in a second and a half, looked at ten times as often as it changes. */
static uint64_t most_outside(void)
{
	struct st_budget cpu;
	uint64_t most = 0;
	int look;

	for (look = 0; look < 150; look++) {
		CHECK_EQ(st_budget_get("cpu", &cpu), 0);
		if (cpu.outside > most)
			most = cpu.outside;
		usleep(10000);
	}
	return most;
}

TEST(its_past_is_no_use)
{
	uint64_t went, came;

	if (access(ONLINE, W_OK))
		ktap_skip("no CPU can be taken away");
	/* The machine has only begun: what that took is averaged away. */
	while (most_outside() > 300)
		;
	CHECK(set_online("0"));
	went = most_outside();
	CHECK(set_online("1"));
	came = most_outside();
	printf("# outside: %lu when it went, %lu when it came\n",
	       (unsigned long)went, (unsigned long)came);
	CHECK(went < 1000);
	CHECK(came < 1000);
}
