// SPDX-License-Identifier: GPL-2.0-only
#include "exchange.h"

#include "series.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ROUNDS	1000

struct asker {
	const struct exchange *exchange;
	void	*end;
	char	message[EXCHANGE_BYTES];
};

void exchange_fail(const char *what)
{
	perror(what);
	_exit(1);
}

int exchange_connect(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(name.sun_path, path, sizeof(name.sun_path) - 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof(name)))
		exchange_fail(path);
	return fd;
}

void exchange_send(int fd, const void *data, size_t size)
{
	if (write(fd, data, size) != (ssize_t)size)
		exchange_fail("sending");
}

/*
 * What was read and not yet taken: each process has one connection, and is to make one
 * system call for one answer.
 */
static char pending[4096];
static size_t have, taken;

static void take_more(int fd)
{
	ssize_t got = read(fd, pending, sizeof(pending));

	if (got <= 0)
		exchange_fail("reading");
	have = (size_t)got;
	taken = 0;
}

void exchange_take(int fd, void *data, size_t size)
{
	char *to = data;
	size_t part;

	while (size) {
		if (taken == have)
			take_more(fd);
		part = have - taken < size ? have - taken : size;
		memcpy(to, pending + taken, part);
		taken += part;
		to += part;
		size -= part;
	}
}

void exchange_line(int fd, char *line, size_t room)
{
	size_t length = 0;

	for (;;) {
		exchange_take(fd, line + length, 1);
		if (line[length] == '\n')
			break;
		if (line[length] != '\r' && length + 1 < room)
			length++;
	}
	line[length] = 0;
}

static void ask(void *arg)
{
	struct asker *asker = arg;

	if (asker->exchange->ask(asker->end, asker->message) != EXCHANGE_BYTES) {
		fprintf(stderr, "the answer is not as long as the message\n");
		_exit(1);
	}
}

/* Says when it is there: what is sent to nobody may be lost. */
static _Noreturn void answer_all(const struct exchange *exchange, int ready)
{
	void *end;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	end = exchange->open(1);
	if (write(ready, "", 1) == 1)
		exchange->answer(end);
	_exit(1);
}

int exchange_run(const char *name, const struct exchange *exchange)
{
	struct asker asker = { .exchange = exchange };
	pid_t child;
	int ready[2];
	char byte;

	if (pipe(ready))
		exchange_fail("pipe");
	child = fork();
	if (child < 0)
		exchange_fail("fork");
	if (!child)
		answer_all(exchange, ready[1]);
	memset(asker.message, 'x', sizeof(asker.message));
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		exchange_fail("the one that answers");
	asker.end = exchange->open(0);
	series("row", name, ask, &asker, ROUNDS);
	kill(child, SIGKILL);
	return 0;
}
