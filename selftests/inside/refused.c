// SPDX-License-Identifier: GPL-2.0-only
/* refused TIMES SECONDS: makes a system call so often that no filter allows, and then sleeps. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long i, times = argc == 3 ? strtol(argv[1], NULL, 10) : 0;

	for (i = 0; i < times; i++)
		if (syscall(SYS_reboot, 0, 0, 0, NULL) != -1) {
			fputs("it was allowed\n", stderr);
			return 1;
		}
	sleep(argc == 3 ? (unsigned int)strtoul(argv[2], NULL, 10) : 0);
	return 0;
}
