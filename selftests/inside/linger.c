// SPDX-License-Identifier: GPL-2.0-only
/*
 * linger FD: a program of a task that asks for its socket's close to wait for an hour
 * until its device has taken everything, of which it has sent as much as it can.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	const struct linger hour = { 1, 3600 };
	static char data[65536];
	int fd;

	if (argc != 2)
		return 2;
	fd = atoi(argv[1]);
	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &hour, sizeof(hour)))
		return 1;
	while (send(fd, data, sizeof(data), MSG_DONTWAIT) > 0)
		;
	return errno != EAGAIN;
}
