// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whoever has used up the CPU time of his cgroup keeps nobody from the module: not
 * even where he stands still with its lock, as happens on PREEMPT_RT before 6.18.
 */
#define _GNU_SOURCE
#include "ktap.h"
#include "sluice_test.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define CGROUP	"/sys/fs/cgroup/sluice-throttled"
#define TRACE	"/sys/kernel/tracing/instances/sluice-throttled"

static bool stands_still(void)
{
	struct utsname name;
	unsigned int major, minor;

	CHECK(!uname(&name));
	CHECK_EQ(sscanf(name.release, "%u.%u", &major, &minor), 2);
	return strstr(name.version, "PREEMPT_RT") &&
	       (major < 6 || (major == 6 && minor < 18));
}

static void ask(int fd)
{
	CHECK_ERRNO(st_submit(fd, "no-such-task", "", 0,
			      &(struct sluice_submit){ }), ENOENT);
}

/* Takes the lock all the time, with a hundredth of a CPU. */
static pid_t begin_hog(void)
{
	char text[16];
	pid_t child;
	int fd;

	fflush(stdout);
	child = fork();
	if (child)
		return child;
	snprintf(text, sizeof(text), "%d", getpid());
	fd = st_open();
	if (!st_write(CGROUP "/cgroup.procs", text))
		_exit(1);
	for (;;)
		ask(fd);
}

/* How often the process was lent a real-time priority. */
static unsigned int boosted(pid_t pid)
{
	FILE *file = fopen(TRACE "/trace", "r");
	char line[512], who[32];
	unsigned int count = 0;

	CHECK(file);
	snprintf(who, sizeof(who), "pid=%d ", pid);
	while (fgets(line, sizeof(line), file)) {
		const char *prio = strstr(line, "newprio=");

		if (prio && strstr(line, who) && atoi(prio + 8) < 100)
			count++;
	}
	fclose(file);
	return count;
}

TEST(with_the_lock_he_goes_on)
{
	unsigned int looks = 0, i;
	uint64_t most = 0;
	int fd = st_open();
	pid_t hog;

	if (!stands_still())
		ktap_skip("nobody stands still with a lock here");
	if (mkdir(TRACE, 0755) ||
	    !st_write(TRACE "/events/sched/sched_pi_setprio/enable", "1"))
		ktap_skip("no tracefs");
	CHECK(st_write("/sys/fs/cgroup/cgroup.subtree_control", "+cpu"));
	CHECK(!mkdir(CGROUP, 0755));
	CHECK(st_write(CGROUP "/cpu.max", "1000 100000"));
	hog = begin_hog();
	do {
		for (i = 0; i < 1000; i++) {
			uint64_t took = st_now();

			ask(fd);
			took = st_now() - took;
			most = took > most ? took : most;
			usleep(100);
		}
		st_look_again(&looks, "one that stands still with the lock");
	} while (!boosted(hog));
	printf("# one request took %llu us at most\n",
	       (unsigned long long)most / 1000);
	CHECK(!kill(hog, SIGKILL));
	CHECK_EQ(waitpid(hog, NULL, 0), hog);
	UNTIL(!rmdir(CGROUP));
	rmdir(TRACE);
}
