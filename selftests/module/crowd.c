// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thousand who wait: an end wakes who can use it, and none else. What is counted
 * is how often their threads went to sleep, which is what waking them costs.
 */
#define _GNU_SOURCE
#include "ktap.h"
#include "sluice_test.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define CROWD	1000
#define ENDS	20
/* Coming back from the system call and ending takes a thread some sleeps, too. */
#define EACH	10

struct one {
	pthread_t thread;
	volatile pid_t tid;
	int fd;
	uint64_t id;
	int error;
};

static struct one crowd[CROWD];
static volatile int back, with_result;

static void one_is_back(struct one *one, int error)
{
	one->error = error;
	if (!error)
		__atomic_add_fetch(&with_result, 1, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&back, 1, __ATOMIC_SEQ_CST);
}

/* How often threads other than this one have gone to sleep. */
static uint64_t sleeps(void)
{
	struct rusage all, mine;

	CHECK_EQ(getrusage(RUSAGE_SELF, &all), 0);
	CHECK_EQ(getrusage(RUSAGE_THREAD, &mine), 0);
	return (uint64_t)(all.ru_nvcsw - mine.ru_nvcsw);
}

static void begins(void *(*run)(void *), int fd)
{
	pthread_attr_t small;
	int i;

	back = with_result = 0;
	CHECK_EQ(pthread_attr_init(&small), 0);
	CHECK_EQ(pthread_attr_setstacksize(&small, 64 << 10), 0);
	for (i = 0; i < CROWD; i++) {
		crowd[i].fd = fd;
		crowd[i].tid = 0;
		CHECK_EQ(pthread_create(&crowd[i].thread, &small, run,
					&crowd[i]), 0);
	}
}

static void ends(int results)
{
	int i;

	for (i = 0; i < CROWD; i++)
		CHECK_EQ(pthread_join(crowd[i].thread, NULL), 0);
	CHECK_EQ(with_result, results);
}

/* Between naming itself and the system call a thread does not sleep. */
static bool asleep(const struct one *one)
{
	char path[64], text[256] = "";
	int fd;

	if (!one->tid)
		return false;
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)one->tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strstr(text, ") S ");
}

static void until_all_sleep(void)
{
	int i;

	for (i = 0; i < CROWD; i++)
		UNTIL(asleep(&crowd[i]));
}

/* No agent runs: what is accepted waits until the test ends it. */
static void queue_for(uint32_t overflow, uint32_t calls, uint64_t bytes)
{
	struct st_task task = { .name = "crowd", .overflow = overflow,
				.queue_max = calls, .queue_bytes = bytes };

	CHECK_EQ(st_task_new(&task), 0);
}

static uint64_t submit_bytes(int fd, uint32_t bytes, uint32_t flags)
{
	struct sluice_submit submit = { .priority = SLUICE_PRIORITY_TASK,
					.flags = flags };
	static char input[100];

	CHECK_EQ(st_submit(fd, "crowd", input, bytes, &submit), 0);
	return submit.id;
}

/*
 * Submitters
 */

static void *submits(void *arg)
{
	struct sluice_submit submit = { .priority = SLUICE_PRIORITY_TASK,
					.flags = SLUICE_SUBMIT_DETACHED };
	struct one *one = arg;
	static char input[50];
	int error;

	one->tid = (pid_t)syscall(SYS_gettid);
	error = st_submit(one->fd, "crowd", input, sizeof(input), &submit) ?
		errno : 0;
	one->id = submit.id;
	one_is_back(one, error);
	return NULL;
}

static void blocked_crowd(int fd)
{
	uint64_t before = st_counter("submitter_blocked");

	begins(submits, fd);
	UNTIL(st_counter("submitter_blocked") == before + CROWD);
	until_all_sleep();
}

/* A place in the queue is for one of them. */
TEST(place_is_for_one_submitter)
{
	uint64_t ids[ENDS], before;
	int fd = st_open(), i;

	queue_for(SLUICE_OVERFLOW_BLOCK, ENDS, 0);
	for (i = 0; i < ENDS; i++)
		ids[i] = submit_bytes(fd, 50, 0);
	blocked_crowd(fd);
	before = sleeps();
	for (i = 0; i < ENDS; i++) {
		CHECK_EQ(st_cancel(fd, ids[i]), 0);
		UNTIL(back == i + 1);
	}
	CHECK(sleeps() - before <= ENDS * EACH);
	CHECK_EQ(st_task_del("crowd"), 0);
	ends(ENDS);
}

/* Room that is enough for none of them wakes none, nor does time. */
TEST(too_little_room_wakes_no_submitter)
{
	uint64_t ids[ENDS], before;
	int fd = st_open(), i;

	queue_for(SLUICE_OVERFLOW_BLOCK, 0, 60);
	submit_bytes(fd, 40, 0);
	for (i = 0; i < ENDS; i++)
		ids[i] = submit_bytes(fd, 1, 0);
	blocked_crowd(fd);
	before = sleeps();
	for (i = 0; i < ENDS - 1; i++)
		CHECK_EQ(st_cancel(fd, ids[i]), 0);
	/* Some ticks. */
	st_sleep_ms(500);
	CHECK(sleeps() - before <= EACH);
	CHECK_EQ(back, 0);
	CHECK_EQ(st_task_del("crowd"), 0);
	ends(0);
}

/*
 * Who waits for results
 */

static void *reaps(void *arg)
{
	struct one *one = arg;
	struct sluice_reap reap;

	one->tid = (pid_t)syscall(SYS_gettid);
	one_is_back(one, st_reap(one->fd, one->id, 0, &reap, NULL, 0) ?
		    errno : 0);
	return NULL;
}

/* Each waits for a call of its own. */
static void result_is_for_who_named_it(uint32_t flags)
{
	int fd = st_open(), i;
	uint64_t before;

	queue_for(0, CROWD, 0);
	for (i = 0; i < CROWD; i++)
		crowd[i].id = submit_bytes(fd, 0, flags);
	begins(reaps, fd);
	until_all_sleep();
	before = sleeps();
	for (i = 0; i < ENDS; i++) {
		CHECK_EQ(st_cancel(fd, crowd[i * 7].id), 0);
		UNTIL(back == i + 1);
	}
	CHECK(sleeps() - before <= ENDS * EACH);
	CHECK_EQ(st_task_del("crowd"), 0);
	ends(CROWD);
}

TEST(result_of_a_file_is_for_who_named_it)
{
	result_is_for_who_named_it(0);
}

TEST(detached_result_is_for_who_named_it)
{
	result_is_for_who_named_it(SLUICE_SUBMIT_DETACHED);
}

/* All of them wait for any: each result is for one, and the last ends it for all. */
TEST(any_result_is_for_one)
{
	uint64_t ids[ENDS + 1], before;
	int fd = st_open(), i;

	queue_for(0, CROWD, 0);
	for (i = 0; i < ENDS + 1; i++)
		ids[i] = submit_bytes(fd, 0, 0);
	for (i = 0; i < CROWD; i++)
		crowd[i].id = 0;
	begins(reaps, fd);
	until_all_sleep();
	before = sleeps();
	for (i = 0; i < ENDS; i++) {
		CHECK_EQ(st_cancel(fd, ids[i]), 0);
		UNTIL(back == i + 1);
	}
	CHECK(sleeps() - before <= ENDS * EACH);
	CHECK_EQ(st_cancel(fd, ids[ENDS]), 0);
	ends(ENDS + 1);
	for (i = 0; i < CROWD; i++)
		CHECK(!crowd[i].error || crowd[i].error == ENODATA);
	CHECK_EQ(st_task_del("crowd"), 0);
}

/* One detached call that all of them name: all have its result. */
TEST(detached_result_is_for_all_who_named_it)
{
	int fd = st_open(), i;
	uint64_t id;

	queue_for(0, CROWD, 0);
	id = submit_bytes(fd, 0, SLUICE_SUBMIT_DETACHED);
	for (i = 0; i < CROWD; i++)
		crowd[i].id = id;
	begins(reaps, fd);
	until_all_sleep();
	CHECK_EQ(st_cancel(fd, id), 0);
	ends(CROWD);
	CHECK_EQ(st_task_del("crowd"), 0);
}
