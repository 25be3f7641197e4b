// SPDX-License-Identifier: GPL-2.0-only
/*
 * Somebody looks into a living environment. Programs in there are not to be trusted, and
 * they are of the same user as what we become: that must be done in an order in which
 * they find nothing of the gateway in us.
 *
 * - We are in the environment's cgroup from our begin: what we take is its own, and we
 *   end with it, wherever we have come to.
 * - What is to be known of its first process is read while we are outside, by its number.
 *   It may end meanwhile, and another process get that number: then the pidfd, which is
 *   of the one that was meant, has no namespaces any more, and we go nowhere.
 * - All namespaces are entered at once, with the user namespace: from then on we have no
 *   privilege outside. We are not in its process namespace yet, only a child can be, so
 *   that nobody in there sees us.
 * - The child is seen. It is a copy of this small program, which was started without a
 *   variable of the operator's, and has no files but those for the program, the filter and
 *   the pipe to who started us. It is root of the gateway without any power there, and may
 *   not be traced, nor its /proc be read: who changes his user is not dumpable, and
 *   neither are we before. That ends with exec(), when nothing is left that was ours.
 * - It gives up its user and all privileges before the filter, and the filter before the
 *   program, as those do who were there before.
 */
#include "first.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mqueue.h"
#include "session.h"

#define ALL_NAMESPACES	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | \
			 CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)
/* Connections are those of who was there before. */
#define NOT_OURS	"SLUICE_SOCKET_"

/**
 * struct within - what its first process has, and a program of it would inherit
 * @variables: ends with NULL
 * @directory: open
 */
struct within {
	char	**variables;
	int	directory;
	mode_t	umask;
};

static FILE *open_file(pid_t pid, const char *name)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	file = fopen(path, "re");
	first_die_unless(file, path);
	return file;
}

static char **read_variables(pid_t pid)
{
	FILE *file = open_file(pid, "environ");
	char **list = NULL, *text = NULL;
	size_t count = 0, size = 0;

	do {
		list = reallocarray(list, count + 1, sizeof(*list));
		first_die_unless(list, "memory");
		list[count] = NULL;
		text = NULL;
		size = 0;
		if (getdelim(&text, &size, '\0', file) < 0)
			break;
		list[count] = text;
		if (strncmp(text, NOT_OURS, strlen(NOT_OURS)) != 0)
			count++;
	} while (true);
	fclose(file);
	return list;
}

static mode_t read_umask(pid_t pid)
{
	FILE *file = open_file(pid, "status");
	unsigned int mask = 0022;
	char line[256];

	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Umask: %o", &mask) == 1)
			break;
	fclose(file);
	return mask;
}

static int read_score(pid_t pid)
{
	FILE *file = open_file(pid, "oom_score_adj");
	int score = 0;

	first_die_unless(fscanf(file, "%d", &score) == 1, "oom_score_adj");
	fclose(file);
	return score;
}

/* While we may: some are above ours. */
static void take_limits(pid_t pid)
{
	struct rlimit limit;
	int i;

	for (i = 0; i < RLIM_NLIMITS; i++)
		first_die_unless(!prlimit(pid, (enum __rlimit_resource)i, NULL, &limit) &&
				 !setrlimit((enum __rlimit_resource)i, &limit),
				 "limits");
}

static void look_at(pid_t pid, struct within *within)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/cwd", pid);
	within->directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	first_die_unless(within->directory >= 0, path);
	within->variables = read_variables(pid);
	within->umask = read_umask(pid);
	first_be_killed_at(read_score(pid));
	take_limits(pid);
}

/*
 * Environments with the smallest filter, in which no queues are mounted, have IPC and network
 * together, as no program of theirs can use them. Who enters may have another filter: that of
 * the task file as it is now.
 */
static void leave_what_is_shared(void)
{
	struct statfs fs;

	if (!statfs("/dev/mqueue", &fs) && fs.f_type == MQUEUE_MAGIC)
		return;
	first_die_unless(!unshare(CLONE_NEWIPC), "namespace of IPC");
	if (!first_network_is_empty())
		return;
	first_die_unless(!unshare(CLONE_NEWNET), "network");
	first_be_up();
}

static void go_in(const struct within *within)
{
	first_die_unless(!prctl(PR_SET_DUMPABLE, 0), "dumpable");
	first_die_unless(!setgroups(0, NULL), "setgroups");
	first_die_unless(!setns(ORDER_FD_DOOR, ALL_NAMESPACES), "namespaces");
	leave_what_is_shared();
	first_die_unless(!fchdir(within->directory), "directory");
	umask(within->umask);
}

/* The child: it says by the status pipe what it cannot do, and with exec() nothing more. */
static void become_program(const struct within *within, char **words)
{
	first_be_user();
	first_drop_privileges();
	first_die_unless(!syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC),
			 "close_range");
	first_load_filter(false);
	_exit(session_run(words, within->variables));
}

/* With all that it has started and that has not left its group. */
static int wait_for(pid_t child, const sigset_t *signals)
{
	int signal_number, status;

	for (;;) {
		if (sigwait(signals, &signal_number))
			continue;
		if (signal_number == SIGTERM) {
			kill(child, SIGKILL);
			kill(-child, SIGKILL);
		}
		if (waitpid(child, &status, WNOHANG) == child)
			return session_status(status);
	}
}

void first_enter(pid_t pid, char **words)
{
	const char ready = ORDER_READY;
	struct within within;
	sigset_t signals;
	pid_t child;

	/* Its parent is stopped together with the terminal's job: we are not. */
	setsid();
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_SETMASK, &signals, NULL);
	look_at(pid, &within);
	go_in(&within);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* Who started us has gone before we asked to be told: SIGPIPE ends us. */
	first_die_unless(write(ORDER_FD_STATUS, &ready, 1) == 1, "status");
	child = fork();
	if (child < 0)
		first_die("the environment has no room for another process:", "pids");
	if (!child)
		become_program(&within, words);
	syscall(SYS_close_range, 0, ~0U, 0);
	_exit(wait_for(child, &signals));
}
