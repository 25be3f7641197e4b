// SPDX-License-Identifier: GPL-2.0-only
/* The connection for what the program says, made while we are root in the gateway. */
#include "first.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "logwire.h"

/* Never waits: nobody listens where it would. */
static bool reach(int fd, const struct first *first)
{
	const struct sockaddr_un address = {
		.sun_family = AF_UNIX, .sun_path = LOGWIRE_SOCKET,
	};
	struct logwire_hello hello = {
		.version = LOGWIRE_VERSION, .env = first->env,
	};

	memcpy(hello.task, first->task.name, sizeof(hello.task));
	return !connect(fd, (const struct sockaddr *)&address,
			sizeof(address)) &&
	       send(fd, &hello, sizeof(hello), MSG_NOSIGNAL) ==
	       (ssize_t)sizeof(hello);
}

void first_open_log(struct first *first)
{
	int fd;

	first->log = -1;
	if (!first->task.log || first->visit)
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	/* Out of the way of the sockets. */
	if (reach(fd, first))
		first->log = fcntl(fd, F_DUPFD_CLOEXEC, ORDER_FDS);
	close(fd);
}
