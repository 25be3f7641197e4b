// SPDX-License-Identifier: GPL-2.0-only
// build: lib/exchange.c ../lib/count.c ../lib/series.c -Ilib -I../lib -D_GNU_SOURCE
/*
 * usage: beanstalkd NAME SOCKET
 * A job there and a job back: put by one, reserve by the other, who waits in it, and delete.
 */
#include "exchange.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char *path;

static void say(int fd, const char *text, const char *expected)
{
	char line[64];

	exchange_send(fd, text, strlen(text));
	exchange_line(fd, line, sizeof(line));
	if (strncmp(line, expected, strlen(expected)))
		exchange_fail(line);
}

static void *connect_to(int answers)
{
	int fd = exchange_connect(path);

	say(fd, answers ? "use back\r\n" : "use there\r\n", "USING");
	say(fd, answers ? "watch there\r\n" : "watch back\r\n", "WATCHING");
	return (void *)(intptr_t)fd;
}

static void put(int fd, const char *message)
{
	char text[256];

	snprintf(text, sizeof(text), "put 0 0 60 %d\r\n%.*s\r\n", EXCHANGE_BYTES,
		 EXCHANGE_BYTES, message);
	say(fd, text, "INSERTED");
}

static size_t reserve(int fd, char *message)
{
	unsigned long long id;
	char line[64], text[64];
	size_t size;

	exchange_send(fd, "reserve\r\n", 9);
	exchange_line(fd, line, sizeof(line));
	if (sscanf(line, "RESERVED %llu %zu", &id, &size) != 2 || size > EXCHANGE_BYTES)
		exchange_fail(line);
	exchange_take(fd, message, size);
	exchange_line(fd, line, sizeof(line));
	snprintf(text, sizeof(text), "delete %llu\r\n", id);
	say(fd, text, "DELETED");
	return size;
}

static void answer(void *end)
{
	int fd = (int)(intptr_t)end;
	char message[EXCHANGE_BYTES];

	for (;;) {
		reserve(fd, message);
		put(fd, message);
	}
}

static size_t ask(void *end, const char *message)
{
	int fd = (int)(intptr_t)end;
	char reply[EXCHANGE_BYTES];

	put(fd, message);
	return reserve(fd, reply);
}

int main(int argc, char **argv)
{
	static const struct exchange beanstalkd = { connect_to, answer, ask };

	if (argc != 3) {
		fprintf(stderr, "usage: beanstalkd NAME SOCKET\n");
		return 2;
	}
	path = argv[2];
	return exchange_run(argv[1], &beanstalkd);
}
