// SPDX-License-Identifier: GPL-2.0-only
/*
 * killat PID N: lets a process, which waits for something now, make N system calls
 * from here on, and kills it before the next. Ends when the process has ended; asked by
 * SIGTERM it lets go of it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t asked;

static void ask(int number)
{
	(void)number;
	asked = 1;
}

/* Each call stops twice, as it begins and as it ends; it is in one of them now. */
int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = ask };
	long left, stops = 0;
	int status, signal;
	pid_t pid;

	if (argc != 3)
		return 2;
	pid = atoi(argv[1]);
	left = atol(argv[2]);
	sigaction(SIGTERM, &action, NULL);
	if (ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD) ||
	    ptrace(PTRACE_INTERRUPT, pid, 0, 0)) {
		perror("ptrace");
		return 1;
	}
	/* Whoever waits for this knows that it counts. */
	puts("counting");
	fflush(stdout);
	while (!asked) {
		if (waitpid(pid, &status, __WALL) < 0) {
			if (errno == EINTR)
				continue;
			return 0;
		}
		if (!WIFSTOPPED(status))
			return 0;
		signal = WSTOPSIG(status);
		if (signal == (SIGTRAP | 0x80)) {
			if (++stops > 2 * left) {
				kill(pid, SIGKILL);
				continue;
			}
			signal = 0;
		} else if (status >> 16) {
			signal = 0;
		}
		ptrace(PTRACE_SYSCALL, pid, 0, signal);
	}
	/* It is to be stopped for that. */
	ptrace(PTRACE_INTERRUPT, pid, 0, 0);
	if (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status))
		ptrace(PTRACE_DETACH, pid, 0, 0);
	return 0;
}
