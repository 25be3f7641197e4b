// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
/*
 * What the kernel counts for each user.
 *
 *	greedy take FILE KIND...	takes all there is of it, writes how much it was into
 *					FILE, and keeps it, and takes what others give up
 *	greedy try			gets one of each, or says of which it gets none
 *
 * KIND: inotify, timers, signals, queues.
 */
#include <errno.h>
#include <mqueue.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Where nothing stops it. */
#define ENOUGH 100000

static bool take_inotify(int number)
{
	(void)number;
	return inotify_init1(IN_CLOEXEC) >= 0;
}

static bool take_timer(int number)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGRTMIN };
	timer_t timer;

	(void)number;
	return !timer_create(CLOCK_MONOTONIC, &event, &timer);
}

/* Blocked: it stays queued. */
static bool take_signal(int number)
{
	return !sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = number });
}

/* As large as one may be, until only smaller ones find room. */
static bool take_queue(int number)
{
	static struct mq_attr attr = { .mq_maxmsg = 10, .mq_msgsize = 8192 };
	char name[64];
	mqd_t queue;

	snprintf(name, sizeof(name), "/greedy-%d-%d", (int)getpid(), number);
	while ((queue = mq_open(name, O_CREAT | O_RDWR, 0600, &attr)) < 0 &&
	       attr.mq_msgsize > 64)
		attr.mq_msgsize /= 2;
	if (queue < 0)
		return false;
	mq_unlink(name);
	return true;
}

static const struct kind {
	const char *name;
	bool (*take)(int number);
} kinds[] = {
	{ "inotify", take_inotify }, { "timers", take_timer },
	{ "signals", take_signal }, { "queues", take_queue },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* How many it was. */
static int take_kind(const char *name)
{
	static int number;
	int count = 0;
	size_t i;

	for (i = 0; i < KINDS; i++)
		while (!strcmp(kinds[i].name, name) && count < ENOUGH &&
		       kinds[i].take(number++))
			count++;
	return count;
}

static int take_all(const char *path, char **names)
{
	FILE *file = fopen(path, "w");
	int i;

	if (!file) {
		perror(path);
		return 1;
	}
	for (i = 0; names[i]; i++)
		fprintf(file, "%s %d\n", names[i], take_kind(names[i]));
	fprintf(file, "all\n");
	fclose(file);
	for (;;) {
		usleep(10000);
		for (i = 0; names[i]; i++)
			take_kind(names[i]);
	}
}

static int try(void)
{
	int failed = 0;
	size_t i;

	for (i = 0; i < KINDS; i++) {
		if (kinds[i].take(0))
			continue;
		printf("no %s: %s\n", kinds[i].name, strerrorname_np(errno));
		failed = 1;
	}
	return failed;
}

int main(int argc, char **argv)
{
	struct rlimit files;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (argc == 2 && !strcmp(argv[1], "try"))
		return try();
	if (argc > 3 && !strcmp(argv[1], "take"))
		return take_all(argv[2], argv + 3);
	return 2;
}
