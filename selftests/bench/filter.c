// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/lib/filter.c ../../agent/lib/syscalls.c ../../agent/lib/memfile.c -I../../agent/lib -D_GNU_SOURCE
/*
 * usage: filter names|bytes
 * What a task's filter of system calls allows with filter = strict, for the peers: the names, a line
 * each, or the program that the kernel gets.
 */
#include "filter.h"

#include <stdio.h>
#include <string.h>

static int names(void)
{
	size_t i;

	for (i = 0; i < syscalls_count; i++)
		if (syscalls[i].from <= SYSCALLS_STRICT &&
		    syscalls[i].number[SYSCALLS_X86_64] != SYSCALLS_NONE)
			puts(syscalls[i].name);
	return 0;
}

static int bytes(void)
{
	static struct sock_filter program[FILTER_MAX];
	struct filter filter = { .preset = SYSCALLS_STRICT };
	size_t count = filter_write(&filter, FILTER_X86_64, program, FILTER_MAX);

	return count > FILTER_MAX || fwrite(program, sizeof(*program), count, stdout) != count;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "names"))
		return names();
	if (argc == 2 && !strcmp(argv[1], "bytes"))
		return bytes();
	fprintf(stderr, "usage: filter names|bytes\n");
	return 2;
}
