// SPDX-License-Identifier: GPL-2.0-only
// build: lib/exchange.c ../lib/count.c ../lib/series.c -Ilib -I../lib -D_GNU_SOURCE -lsystemd
/*
 * usage: dbus NAME SOCKET
 * A method call and its reply, through the bus, by sd-bus.
 */
#include "exchange.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define SERVICE	"org.example.Bench"
#define OBJECT	"/bench"

static char address[256];

static int check(int ret, const char *what)
{
	if (ret < 0) {
		errno = -ret;
		exchange_fail(what);
	}
	return ret;
}

static int echo(sd_bus_message *message, void *user, sd_bus_error *error)
{
	const void *data;
	sd_bus_message *reply;
	size_t size;

	(void)user;
	(void)error;
	check(sd_bus_message_read_array(message, 'y', &data, &size), "read");
	check(sd_bus_message_new_method_return(message, &reply), "reply");
	check(sd_bus_message_append_array(reply, 'y', data, size), "append");
	check(sd_bus_send(NULL, reply, NULL), "send");
	sd_bus_message_unref(reply);
	return 1;
}

static const sd_bus_vtable methods[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Echo", "ay", "ay", echo, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END
};

static void *connect_to(int answers)
{
	sd_bus *bus;

	check(sd_bus_new(&bus), "bus");
	check(sd_bus_set_address(bus, address), address);
	check(sd_bus_set_bus_client(bus, 1), "client");
	check(sd_bus_start(bus), address);
	if (answers) {
		check(sd_bus_add_object_vtable(bus, NULL, OBJECT, SERVICE, methods, NULL), "object");
		check(sd_bus_request_name(bus, SERVICE, 0), SERVICE);
	}
	return bus;
}

static void answer(void *end)
{
	sd_bus *bus = end;

	for (;;)
		if (!check(sd_bus_process(bus, NULL), "process"))
			check(sd_bus_wait(bus, UINT64_MAX), "wait");
}

static size_t ask(void *end, const char *message)
{
	sd_bus_message *call, *reply;
	const void *data;
	sd_bus *bus = end;
	size_t size;

	check(sd_bus_message_new_method_call(bus, &call, SERVICE, OBJECT, SERVICE, "Echo"), "call");
	check(sd_bus_message_append_array(call, 'y', message, EXCHANGE_BYTES), "append");
	check(sd_bus_call(bus, call, 0, NULL, &reply), "Echo");
	check(sd_bus_message_read_array(reply, 'y', &data, &size), "read");
	sd_bus_message_unref(call);
	sd_bus_message_unref(reply);
	return size;
}

int main(int argc, char **argv)
{
	static const struct exchange dbus = { connect_to, answer, ask };

	if (argc != 3) {
		fprintf(stderr, "usage: dbus NAME SOCKET\n");
		return 2;
	}
	snprintf(address, sizeof(address), "unix:path=%s", argv[2]);
	return exchange_run(argv[1], &dbus);
}
