// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/lib/syscalls.c -I../../agent/lib
#define _GNU_SOURCE
/*
 * Says which system calls this kernel has whose numbers are not in the agent's list. Not
 * inside of an environment, where there would be none.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "syscalls.h"

/* Linux gives them one after the other, and is below 500. */
#define NUMBERS	1024

#if defined(__x86_64__)
#define ABI	SYSCALLS_X86_64
#elif defined(__arm__)
#define ABI	SYSCALLS_ARM
#else
#define ABI	SYSCALLS_GENERIC
#endif

static bool listed(int number)
{
	size_t i;

	for (i = 0; i < syscalls_count; i++)
		if (syscalls[i].number[ABI] == number)
			return true;
	return false;
}

/* Whatever it does: in a process of its own, with arguments that are nowhere. */
static bool is_there(int number)
{
	int status = 0;
	pid_t child = fork();

	if (child < 0) {
		perror("fork");
		return true;
	}
	if (!child) {
		alarm(5);
		_exit(syscall(number, -1L, -1L, -1L, -1L, -1L, -1L) != -1 ||
		      errno != ENOSYS);
	}
	waitpid(child, &status, 0);
	return status;
}

int main(void)
{
	int number, looked = 0, found = 0;

	for (number = 0; number < NUMBERS; number++) {
		if (listed(number))
			continue;
		looked++;
		if (!is_there(number))
			continue;
		printf("number %d is there, and no preset has it\n", number);
		found++;
	}
	/* Otherwise nothing was looked at. */
	return found || looked < NUMBERS / 2;
}
