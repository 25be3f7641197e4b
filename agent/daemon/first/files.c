// SPDX-License-Identifier: GPL-2.0-only
#include "first.h"

#include <fcntl.h>
#include <unistd.h>

/*
 * stdin, stdout and stderr are /dev/null, unless they are of somebody who looks inside;
 * the door, the sockets and the log follow; all else is closed at the end (run.c).
 */
void first_arrange_files(struct first *first)
{
	int end = ORDER_ENV_SOCKETS + (int)first->task.sockets_count;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), fd;

	first_die_unless(null >= 0, "/dev/null");
	for (fd = 0; !first->visit && fd < ORDER_ENV_DOOR; fd++)
		first_die_unless(dup2(null, fd) == fd, "/dev/null");
	first_die_unless(dup2(ORDER_FD_DOOR, ORDER_ENV_DOOR) == ORDER_ENV_DOOR,
			 "file descriptors");
	if (first->log >= 0) {
		first_die_unless(dup2(first->log, end) == end,
				 "file descriptors");
		first->log = end++;
	}
	first->end = end;
}
