// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/lib/buses.c -I../../agent/lib -I../../include/uapi -I../../include -D_GNU_SOURCE
/* Which interfaces an environment has for itself. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "buses.h"
#include "cgroup.h"
#include "ktap.h"

static const char *note;

int cgroup_open(int place, uint32_t id)
{
	return id == 7 && place == 1 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -ENOENT;
}

int cgroup_noted(int fd, char text[CGROUP_NOTE_SIZE])
{
	CHECK(fd >= 0);
	if (!note)
		return -ENODATA;
	snprintf(text, CGROUP_NOTE_SIZE, "%s", note);
	return 0;
}

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

TEST(meeting)
{
	CHECK(!buses_meet("", ""));
	CHECK(!buses_meet("/can0", ""));
	CHECK(!buses_meet("", "/can0"));
	CHECK(buses_meet("/can0", "/can0"));
	CHECK(buses_meet("/can1/can0", "/can2/can0"));
	CHECK(!buses_meet("/can1", "/can10/can"));
	CHECK(!buses_meet("/can10/can", "/can1"));
}

static void noted(const char *text, const char *expected)
{
	char buses[BUSES_SIZE] = "?";

	note = text;
	buses_noted(1, 7, buses);
	if (strcmp(buses, expected) != 0)
		ktap_fail("'%s' has '%s'", text, buses);
}

TEST(those_that_were_noted)
{
	char buses[BUSES_SIZE] = "?";

	noted("1a2b" BUSES_NOTE "/can0/can1 /dev/ttyS0:4:64", "/can0/can1");
	noted("1a2b" BUSES_NOTE "/can0 ", "/can0");
	noted("1a2b /dev/ttyS0:4:64", "");
	noted("", "");
	noted(NULL, "");
	buses_noted(1, 8, buses);
	CHECK(!*buses);
}
