// SPDX-License-Identifier: GPL-2.0-only
#include "first.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * stdin, stdout and stderr are /dev/null, unless they are of somebody who looks inside;
 * the door and the sockets follow; all else is closed by exec.
 */
void first_arrange_files(const struct first *first)
{
	unsigned int end = ORDER_ENV_SOCKETS +
			   (unsigned int)first->task.sockets_count;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), fd;

	first_die_unless(null >= 0, "/dev/null");
	for (fd = 0; !first->visit && fd < ORDER_ENV_DOOR; fd++)
		first_die_unless(dup2(null, fd) == fd, "/dev/null");
	first_die_unless(dup2(ORDER_FD_DOOR, ORDER_ENV_DOOR) == ORDER_ENV_DOOR,
			 "file descriptors");
	first_die_unless(!syscall(SYS_close_range, end, ~0U,
				  CLOSE_RANGE_CLOEXEC), "close_range");
}
