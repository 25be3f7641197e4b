// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whoever has used up the CPU time of his cgroup keeps nobody from the module: not
 * even where he stands still with its lock, as happens on PREEMPT_RT before 6.18.
 */
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

static uint64_t last_of_many;

/* Takes the lock all the time, with little of a CPU. */
static pid_t begin_hog(void)
{
	struct st_call call;
	char text[16];
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child)
		return child;
	snprintf(text, sizeof(text), "%d", getpid());
	if (!st_write(CGROUP "/cgroup.procs", text))
		_exit(1);
	/* For as long as one request can have it: many places are counted. */
	for (;;)
		CHECK_EQ(st_call_get(last_of_many, &call), 0);
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

#define HOGS		6
#define PERIOD_MS	1000
#define CALLS		1000

static pid_t hogs[HOGS];

static void begin(int fd, unsigned int count)
{
	struct st_task task = { .name = "many", .queue_max = CALLS };
	char text[32];
	unsigned int i;

	if (!stands_still())
		ktap_skip("nobody stands still with a lock here");
	if (mkdir(TRACE, 0755) ||
	    !st_write(TRACE "/events/sched/sched_pi_setprio/enable", "1"))
		ktap_skip("no tracefs");
	CHECK(st_write("/sys/fs/cgroup/cgroup.subtree_control", "+cpu"));
	CHECK(!mkdir(CGROUP, 0755));
	snprintf(text, sizeof(text), "%d %d", PERIOD_MS * 200, PERIOD_MS * 1000);
	CHECK(st_write(CGROUP "/cpu.max", text));
	CHECK_EQ(st_task_new(&task), 0);
	for (i = 0; i < CALLS; i++)
		last_of_many = st_submit_ok(fd, "many", "");
	for (i = 0; i < count; i++)
		hogs[i] = begin_hog();
}

static void end(unsigned int count)
{
	while (count--) {
		CHECK(!kill(hogs[count], SIGKILL));
		CHECK_EQ(waitpid(hogs[count], NULL, 0), hogs[count]);
	}
	CHECK_EQ(st_task_del("many"), 0);
	UNTIL(!rmdir(CGROUP));
	rmdir(TRACE);
}

/* What requests took: the longest, and how many a third of a period or more. */
static uint64_t longest;
static unsigned int long_ones;

static void ask_often(int fd)
{
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		uint64_t took = st_now();

		ask(fd);
		took = st_now() - took;
		longest = took > longest ? took : longest;
		long_ones += took > PERIOD_MS * MS / 3;
		usleep(100);
	}
}

static void say_longest(void)
{
	printf("# one request took %llu us at most, %u very long\n",
	       (unsigned long long)longest / 1000, long_ones);
}

/* Somebody stood still meanwhile; how long others waited is for people. */
TEST(with_the_lock_he_goes_on)
{
	unsigned int looks = 0;
	int fd = st_open();

	begin(fd, 1);
	do {
		ask_often(fd);
		st_look_again(&looks, "one that stands still with the lock");
	} while (!boosted(hogs[0]));
	say_longest();
	end(1);
}

/*
 * Several of them wait for the lock behind each other: whoever is to have it next may
 * not stand still either. It would do so until its next period, and those behind it,
 * in one of four periods and more. A machine that is busy may do that once.
 */
TEST(whose_turn_it_is_he_goes_on)
{
	int fd = st_open();
	uint64_t since;

	begin(fd, HOGS);
	since = st_now();
	while (st_now() - since < 20ULL * PERIOD_MS * MS)
		ask_often(fd);
	say_longest();
	CHECK(long_ones < 3);
	end(HOGS);
}
