// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/lib/buses.c -I../../agent/lib -I../../include/uapi -I../../include -D_GNU_SOURCE
/* Which interfaces an environment has for itself. */
#include <string.h>

#include "buses.h"
#include "ktap.h"

TEST(those_of_a_task)
{
	static struct taskfile task = { .sockets_count = 3 };
	char text[BUSES_SIZE];

	buses_of(&task, text);
	task.sockets[0].address = "can:can0";
	task.sockets[1].address = "can:fifteenletters1";
	task.sockets[1].moved = true;
	task.sockets[2].address = "can:can2";
	task.sockets[2].moved = true;
	buses_of(&task, text);
	CHECK(!strcmp(text, "/fifteenletters1/can2"));
}

TEST(back_is_what_is_here)
{
	CHECK(buses_are_back(""));
	CHECK(buses_are_back("/lo"));
	CHECK(!buses_are_back("/lo/sluice-none"));
	CHECK(!buses_are_back("/sluice-none/lo"));
}
