// SPDX-License-Identifier: GPL-2.0-only
/*
 * What whoever started us has of his own, and what a program would inherit: the agent,
 * its unit and what was changed there; an operator, his shell and all that led to it.
 * Everything that exec() keeps is set to what it is in a gateway where nobody changed
 * anything, but for what is of a task: its cgroup, root, user, variables and umask, which
 * other steps set.
 */
#include "first.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "jot.h"

#define MIB		(1UL << 20)
/* As in Linux, where nobody says anything. */
#define TIMER_SLACK_NS	50000
#define IOPRIO_PROCESS	1
#define IOPRIO_NONE	0
#define SIGNALS		64
/* As many as any kernel knows. */
#define CPUS		8192

/*
 * What is counted for each user (sigpending, msgqueue) is counted for all environments of
 * the task together, as the limit is one of their user namespaces, too.
 */
static const struct {
	enum __rlimit_resource which;
	struct rlimit limit;
} limits[] = {
	/* 0 would not do: a helper that core_pattern names is started all the same. */
	{ RLIMIT_CORE, { 1, 1 } },
	{ RLIMIT_CPU, { RLIM_INFINITY, RLIM_INFINITY } },
	{ RLIMIT_FSIZE, { RLIM_INFINITY, RLIM_INFINITY } },
	{ RLIMIT_DATA, { RLIM_INFINITY, RLIM_INFINITY } },
	{ RLIMIT_STACK, { 8 * MIB, RLIM_INFINITY } },
	{ RLIMIT_RSS, { RLIM_INFINITY, RLIM_INFINITY } },
	{ RLIMIT_AS, { RLIM_INFINITY, RLIM_INFINITY } },
	{ RLIMIT_LOCKS, { RLIM_INFINITY, RLIM_INFINITY } },
	/* The cgroup's pids.max holds, for each environment. */
	{ RLIMIT_NPROC, { RLIM_INFINITY, RLIM_INFINITY } },
	/* Who uses select() can have no more; others ask for it. */
	{ RLIMIT_NOFILE, { 1024, 524288 } },
	{ RLIMIT_MEMLOCK, { 8 * MIB, 8 * MIB } },
	{ RLIMIT_SIGPENDING, { 4096, 4096 } },
	{ RLIMIT_MSGQUEUE, { 819200, 819200 } },
	{ RLIMIT_NICE, { 0, 0 } },
	{ RLIMIT_RTPRIO, { 0, 0 } },
	{ RLIMIT_RTTIME, { RLIM_INFINITY, RLIM_INFINITY } },
};

/* But for those of the order, and none of them is a tool's that we start. */
static void forget_files(void)
{
	first_die_unless(!syscall(SYS_close_range, 3, ORDER_FD - 1, 0) &&
			 !syscall(SYS_close_range, ORDER_FDS, ~0U, 0) &&
			 !syscall(SYS_close_range, ORDER_FD, ORDER_FDS - 1,
				  CLOSE_RANGE_CLOEXEC), "close_range");
}

/* Also those that libc keeps for itself: by the kernel's own calls, for which it is all 0. */
static void forget_signals(void)
{
	static const unsigned char none[64];
	int number;

	for (number = 1; number <= SIGNALS; number++)
		syscall(SYS_rt_sigaction, number, none, NULL, SIGNALS / 8);
	first_die_unless(!syscall(SYS_rt_sigprocmask, SIG_SETMASK, none, NULL,
				  SIGNALS / 8), "signals");
}

/* "0-3,8" */
static void read_cpus(const char *text, cpu_set_t *cpus, size_t size)
{
	unsigned long from, to;
	char *end;

	do {
		from = strtoul(text, &end, 10);
		to = *end == '-' ? strtoul(end + 1, &end, 10) : from;
		for (; from <= to && from < CPUS; from++)
			CPU_SET_S(from, size, cpus);
		text = end + 1;
	} while (*end == ',');
}

/*
 * Those of the gateway's init, which knows what the kernel's command line keeps for
 * others, and the gateway's own configuration. A cpuset of the cgroup holds besides.
 */
static void forget_affinity(void)
{
	static const char key[] = "Cpus_allowed_list:";
	static cpu_set_t cpus[CPUS / CPU_SETSIZE];
	FILE *file = fopen("/proc/1/status", "re");
	char *line = NULL;
	size_t room = 0;

	first_die_unless(file, "/proc/1/status");
	while (getline(&line, &room, file) > 0)
		if (!strncmp(line, key, strlen(key)))
			read_cpus(line + strlen(key), cpus, sizeof(cpus));
	free(line);
	fclose(file);
	if (!sched_setaffinity(0, sizeof(cpus), cpus))
		return;
	/* None of them is in our cpuset: then all of that. */
	memset(cpus, 0xff, sizeof(cpus));
	first_die_unless(!sched_setaffinity(0, sizeof(cpus), cpus), "affinity");
}

/* A kernel without it has nothing of it to be forgotten. */
static bool absent(long ret)
{
	return ret < 0 && errno == ENOSYS;
}

static void forget_scheduling(void)
{
	static const struct sched_param plain;
	long ret;

	first_die_unless(!sched_setscheduler(0, SCHED_OTHER, &plain) &&
			 !setpriority(PRIO_PROCESS, 0, 0), "scheduling");
	ret = syscall(SYS_ioprio_set, IOPRIO_PROCESS, 0, IOPRIO_NONE);
	first_die_unless(!ret || absent(ret), "I/O priority");
	ret = syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0);
	first_die_unless(!ret || absent(ret), "memory policy");
	first_die_unless(!prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0),
			 "timer slack");
	forget_affinity();
}

/* As much of it as the gateway allows anybody. */
static rlim_t most_files(rlim_t wanted)
{
	FILE *file = fopen("/proc/sys/fs/nr_open", "re");
	unsigned long most = 0;

	if (file) {
		if (fscanf(file, "%lu", &most) != 1)
			most = 0;
		fclose(file);
	}
	return most && most < wanted ? most : wanted;
}

static void forget_limits(void)
{
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct rlimit limit = limits[i].limit;

		if (limits[i].which == RLIMIT_NOFILE) {
			limit.rlim_max = most_files(limit.rlim_max);
			if (limit.rlim_cur > limit.rlim_max)
				limit.rlim_cur = limit.rlim_max;
		}
		first_die_unless(!setrlimit(limits[i].which, &limit), "limits");
	}
}

void first_forget_keys(void)
{
	long ret = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);

	first_die_unless(ret >= 0 || absent(ret), "keyring");
}

void first_forget(void)
{
	forget_files();
	forget_signals();
	forget_scheduling();
	forget_limits();
	umask(0022);
	first_die_unless(personality(PER_LINUX) >= 0, "personality");
	/* Who knows none of these has nothing to forget. */
	prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
	prctl(PR_MCE_KILL, PR_MCE_KILL_CLEAR, 0, 0, 0);
}

void first_be_killed_at(int score)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	char text[16];
	struct jot jot = jot_in(text, sizeof(text));

	/* Below 0 is only what an operator made it. */
	if (score < 0)
		jot_put(&jot, "-");
	jot_number(&jot, (uint64_t)abs(score), 10);
	/* Set by who may lower it, nobody lowers it who may not. */
	first_die_unless(fd >= 0 && write(fd, text, strlen(text)) > 0, "oom_score_adj");
	close(fd);
}

/* What can be done again later goes before what was promised for a moment. */
int first_score(const struct taskfile *task)
{
	static const struct {
		const char *class;
		int score;
	} scores[] = {
		{ "batch", 500 }, { "fair", 300 }, { "priority", 100 },
		{ "deadline", 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(scores) / sizeof(scores[0]); i++)
		if (!strcmp(task->class, scores[i].class))
			return scores[i].score;
	return 0;
}
