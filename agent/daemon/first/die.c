// SPDX-License-Identifier: GPL-2.0-only
#include "first.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Is it the gateway that is short of files, processes, namespaces or mounts? Memory
 * is the environment's own.
 */
static bool gateway_lacks(int err)
{
	return err == ENFILE || err == EMFILE || err == EAGAIN ||
	       err == ENOSPC || err == EUSERS;
}

void first_die(const char *what, const char *which)
{
	const char mark[] = { gateway_lacks(errno) ? ORDER_LACKED : '\0',
			      '\0' };

	dprintf(ORDER_FD_STATUS, "%s%s %s: %s", mark, what, which,
		strerror(errno));
	_exit(1);
}

void first_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vdprintf(ORDER_FD_STATUS, format, args);
	va_end(args);
	_exit(1);
}

void first_refuse(const struct first *first, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vdprintf(first->look ? STDOUT_FILENO : ORDER_FD_STATUS, format, args);
	va_end(args);
	if (!first->look)
		_exit(1);
	dprintf(STDOUT_FILENO, "\n");
}

void first_lack(const struct first *first, const char *what, const char *which)
{
	if (!first->look)
		first_die(what, which);
	dprintf(STDOUT_FILENO, "%s %s: %s\n", what, which, strerror(errno));
}

void first_not_before(const struct first *first)
{
	const char stale = ORDER_STALE;

	if (strcmp(first->way, ORDER_WAY_TREE) != 0)
		return;
	first_die_unless(write(ORDER_FD_STATUS, &stale, 1) == 1, "status");
	_exit(0);
}
