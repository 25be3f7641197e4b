// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
/*
 * odd PATH PROGRAM [ARGUMENT...]: becomes the program, with everything that it inherits
 * as nobody has it: PATH open, three times, signals blocked and ignored, and so on. For
 * gateway/inherit.sh, which starts the agent so.
 */
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define IOPRIO_IDLE	(3 << 13)
/* The kernel's numbers: libc hides two signals that it has for itself. */
#define SIGNALS		64

static void limit(enum __rlimit_resource which, rlim_t soft, rlim_t hard)
{
	struct rlimit limit = { soft, hard };

	if (setrlimit(which, &limit))
		perror("odd: limit");
}

static void set_limits(void)
{
	limit(RLIMIT_CORE, 0, 0);
	limit(RLIMIT_CPU, 100000, 100000);
	limit(RLIMIT_FSIZE, 1UL << 40, 1UL << 40);
	limit(RLIMIT_DATA, 1UL << 40, 1UL << 40);
	limit(RLIMIT_STACK, 1UL << 22, 1UL << 24);
	limit(RLIMIT_RSS, 1UL << 40, 1UL << 40);
	limit(RLIMIT_AS, 1UL << 45, 1UL << 45);
	limit(RLIMIT_LOCKS, 100, 100);
	limit(RLIMIT_NPROC, 2000, 2000);
	limit(RLIMIT_NOFILE, 400, 500);
	limit(RLIMIT_MEMLOCK, 1UL << 16, 1UL << 16);
	limit(RLIMIT_SIGPENDING, 100, 100);
	limit(RLIMIT_MSGQUEUE, 4096, 4096);
	limit(RLIMIT_NICE, 30, 30);
	limit(RLIMIT_RTPRIO, 9, 9);
	limit(RLIMIT_RTTIME, 1000000000, 1000000000);
}

static void set_signals(void)
{
	unsigned char all[SIGNALS / 8];
	/* As the kernel has it on the machines of the tests: the handler comes first. */
	void *ignored[8] = { (void *)SIG_IGN };
	int number;

	memset(all, 0xff, sizeof(all));
	for (number = 1; number <= SIGNALS; number++)
		if (number != SIGCHLD)
			syscall(SYS_rt_sigaction, number, ignored, NULL, SIGNALS / 8);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, all, NULL, SIGNALS / 8);
}

static void set_scheduling(void)
{
	const struct sched_param plain = { 0 };
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	if (setpriority(PRIO_PROCESS, 0, 7) ||
	    sched_setscheduler(0, SCHED_BATCH, &plain) ||
	    sched_setaffinity(0, sizeof(one), &one) ||
	    syscall(SYS_ioprio_set, 1, 0, IOPRIO_IDLE) ||
	    prctl(PR_SET_TIMERSLACK, 777777) || prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0))
		perror("odd: scheduling");
}

static void set_score(void)
{
	FILE *file = fopen("/proc/self/oom_score_adj", "w");

	if (!file || fputs("-500", file) < 0 || fclose(file))
		perror("odd: oom_score_adj");
}

int main(int argc, char **argv)
{
	int fd;

	if (argc < 3)
		return 2;
	fd = open(argv[1], O_RDONLY);
	if (fd < 0 || dup2(fd, 77) < 0 || dup2(fd, 200) < 0) {
		perror(argv[1]);
		return 1;
	}
	set_signals();
	set_scheduling();
	set_score();
	/* Not in a kernel without keys. */
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "odd-session");
	personality(ADDR_NO_RANDOMIZE);
	umask(0026);
	set_limits();
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 1;
}
