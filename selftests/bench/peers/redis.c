// SPDX-License-Identifier: GPL-2.0-only
// build: lib/exchange.c ../lib/count.c ../lib/series.c -Ilib -I../lib -D_GNU_SOURCE
/*
 * usage: redis NAME SOCKET
 * A list there and a list back: LPUSH by one, BRPOP by the other, who waits in it.
 */
#include "exchange.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *path;

static void *connect_to(int answers)
{
	(void)answers;
	return (void *)(intptr_t)exchange_connect(path);
}

static void push(int fd, const char *list, const char *message)
{
	char text[256], reply[64];
	int length = snprintf(text, sizeof(text), "*3\r\n$5\r\nLPUSH\r\n$%zu\r\n%s\r\n$%d\r\n%.*s\r\n",
			      strlen(list), list, EXCHANGE_BYTES, EXCHANGE_BYTES, message);

	exchange_send(fd, text, (size_t)length);
	exchange_line(fd, reply, sizeof(reply));
	if (reply[0] != ':')
		exchange_fail(reply);
}

static size_t bulk(int fd, char *data)
{
	char line[64];
	size_t size;

	exchange_line(fd, line, sizeof(line));
	size = strtoul(line + 1, NULL, 10);
	if (line[0] != '$' || size > EXCHANGE_BYTES)
		exchange_fail(line);
	exchange_take(fd, data, size);
	exchange_line(fd, line, sizeof(line));
	return size;
}

static size_t pop(int fd, const char *list, char *message)
{
	char text[128], line[64];
	int length = snprintf(text, sizeof(text), "*3\r\n$5\r\nBRPOP\r\n$%zu\r\n%s\r\n$1\r\n0\r\n",
			      strlen(list), list);

	exchange_send(fd, text, (size_t)length);
	exchange_line(fd, line, sizeof(line));
	if (strcmp(line, "*2"))
		exchange_fail(line);
	bulk(fd, message);
	return bulk(fd, message);
}

static void answer(void *end)
{
	int fd = (int)(intptr_t)end;
	char message[EXCHANGE_BYTES];

	for (;;) {
		pop(fd, "there", message);
		push(fd, "back", message);
	}
}

static size_t ask(void *end, const char *message)
{
	int fd = (int)(intptr_t)end;
	char reply[EXCHANGE_BYTES];

	push(fd, "there", message);
	return pop(fd, "back", reply);
}

int main(int argc, char **argv)
{
	static const struct exchange redis = { connect_to, answer, ask };

	if (argc != 3) {
		fprintf(stderr, "usage: redis NAME SOCKET\n");
		return 2;
	}
	path = argv[2];
	return exchange_run(argv[1], &redis);
}
