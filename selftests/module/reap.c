// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several threads that collect the results of one file: each result goes to one of
 * them, to the one who asked for it by its id before all others, and nobody waits
 * for what is gone. No agent runs, so that calls wait until the test ends them.
 */
#define _GNU_SOURCE
#include "ktap.h"
#include "sluice_test.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static void plain_task(const char *name)
{
	const struct st_task task = { .name = name };

	CHECK_EQ(st_task_new(&task), 0);
}

/*
 * A thread in a system call
 */

struct collector {
	pthread_t thread;
	volatile pid_t tid;
	int fd;
	uint64_t id;		/* 0: any */
	const char *task;	/* CALL to it */
	void *output;
	uint32_t cap;
	int error;
	uint64_t got;
};

static void collect(struct collector *c)
{
	struct sluice_reap reap;

	if (st_reap(c->fd, c->id, 0, &reap, c->output, c->cap))
		c->error = errno;
	else
		c->got = reap.id;
}

static void call(struct collector *c)
{
	struct sluice_submit submit = { .size = sizeof(submit),
					.priority = SLUICE_PRIORITY_TASK };
	struct sluice_reap reap = { .size = sizeof(reap) };
	struct sluice_call_args args = { .size = sizeof(args),
					 .submit = (uintptr_t)&submit,
					 .reap = (uintptr_t)&reap };

	strcpy(submit.task, c->task);
	if (ioctl(c->fd, SLUICE_IOC_CALL, &args))
		c->error = errno;
	c->id = submit.id;
	c->got = reap.state ? reap.id : 0;
}

static void *in_thread(void *arg)
{
	struct collector *c = arg;

	c->tid = (pid_t)syscall(SYS_gettid);
	if (c->task)
		call(c);
	else
		collect(c);
	return NULL;
}

/* Between naming itself and the system call a thread does not sleep. */
static bool sleeps(const struct collector *c)
{
	char path[64], text[256] = "";
	ssize_t len;
	int fd;

	if (!c->tid)
		return false;
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)c->tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	return len > 0 && strstr(text, ") S ");
}

/* It waits when this returns. */
static void begins(struct collector *c)
{
	CHECK_EQ(pthread_create(&c->thread, NULL, in_thread, c), 0);
	UNTIL(sleeps(c));
}

static void ends(struct collector *c, int error, uint64_t got)
{
	CHECK_EQ(pthread_join(c->thread, NULL), 0);
	CHECK_EQ(c->error, error);
	CHECK_EQ(c->got, got);
}

static void on_signal(int number)
{
	(void)number;
}

static void handle_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
}

/*
 * Once
 */

/* Whoever came first: who named it has it, and the other hears that none is left. */
static void named_before_any(bool named_first)
{
	int fd = st_open();
	uint64_t id = st_submit_ok(fd, "reap", "");
	struct collector named = { .fd = fd, .id = id }, any = { .fd = fd };

	begins(named_first ? &named : &any);
	begins(named_first ? &any : &named);
	CHECK_EQ(st_cancel(fd, id), 0);
	ends(&named, 0, id);
	ends(&any, ENODATA, 0);
	close(fd);
}

TEST(who_names_a_call_has_its_result)
{
	int i;

	plain_task("reap");
	for (i = 0; i < 20; i++)
		named_before_any(i % 2);
	CHECK_EQ(st_task_del("reap"), 0);
}

TEST(two_who_name_a_call)
{
	struct collector named[2];
	int fd = st_open(), i;
	uint64_t id;

	plain_task("reap");
	id = st_submit_ok(fd, "reap", "");
	for (i = 0; i < 2; i++) {
		named[i] = (struct collector){ .fd = fd, .id = id };
		begins(&named[i]);
	}
	CHECK_EQ(st_cancel(fd, id), 0);
	for (i = 0; i < 2; i++)
		CHECK_EQ(pthread_join(named[i].thread, NULL), 0);
	CHECK_EQ(named[0].got + named[1].got, id);
	CHECK_EQ(named[0].error + named[1].error, ENOENT);
	CHECK_EQ(st_task_del("reap"), 0);
}

/* Even where nothing is remembered that ended. */
TEST(call_has_its_own_result)
{
	struct collector caller, any;
	int fd = st_open(), i;
	uint64_t id;

	plain_task("reap");
	id = st_submit_ok(fd, "reap", "");
	CHECK_EQ(st_cancel(fd, id), 0);
	st_reap_as(fd, id, SLUICE_CALL_STATE_CANCELLED,
		   SLUICE_REASON_CANCELLED);
	st_limit_set("history", "0");
	for (i = 0; i < 20; i++) {
		caller = (struct collector){ .fd = fd, .task = "reap" };
		any = (struct collector){ .fd = fd };
		begins(&caller);
		begins(&any);
		/* Ids are given one after the other. */
		CHECK_EQ(st_cancel(fd, ++id), 0);
		ends(&caller, 0, id);
		ends(&any, ENODATA, 0);
	}
	st_limit_set("history", "256");
	CHECK_EQ(st_task_del("reap"), 0);
}

/* Also not by its id, from a file of the same user, while it is remembered. */
TEST(once_and_for_all)
{
	int fd = st_open(), other = st_open();
	struct sluice_reap reap;
	struct st_call call;
	uint64_t id;

	plain_task("reap");
	id = st_submit_ok(fd, "reap", "");
	CHECK_EQ(st_cancel(fd, id), 0);
	CHECK_ERRNO(st_reap(other, id, 0, &reap, NULL, 0), ENOENT);
	CHECK_EQ(st_reap(fd, 0, 0, &reap, NULL, 0), 0);
	CHECK_EQ(reap.id, id);
	CHECK_EQ(st_call_get(id, &call), 0);
	CHECK_ERRNO(st_reap(fd, id, 0, &reap, NULL, 0), ENOENT);
	CHECK_ERRNO(st_reap(other, id, 0, &reap, NULL, 0), ENOENT);
	CHECK_ERRNO(st_reap(fd, 0, 0, &reap, NULL, 0), ENODATA);
	CHECK_EQ(st_task_del("reap"), 0);
}

/* What nobody waits for any more is there for whoever comes next. */
TEST(interrupted_ones_leave_the_result)
{
	struct collector named, caller;
	struct sluice_reap reap;
	int fd = st_open();
	uint64_t id;

	handle_signals();
	plain_task("reap");
	id = st_submit_ok(fd, "reap", "");
	named = (struct collector){ .fd = fd, .id = id };
	begins(&named);
	pthread_kill(named.thread, SIGUSR1);
	ends(&named, EINTR, 0);
	CHECK_EQ(st_cancel(fd, id), 0);
	CHECK_EQ(st_reap(fd, 0, SLUICE_REAP_NONBLOCK, &reap, NULL, 0), 0);
	CHECK_EQ(reap.id, id);

	caller = (struct collector){ .fd = fd, .task = "reap" };
	begins(&caller);
	pthread_kill(caller.thread, SIGUSR1);
	ends(&caller, EINTR, 0);
	CHECK_EQ(st_cancel(fd, caller.id), 0);
	CHECK_EQ(st_reap(fd, 0, SLUICE_REAP_NONBLOCK, &reap, NULL, 0), 0);
	CHECK_EQ(reap.id, caller.id);
	CHECK_EQ(st_task_del("reap"), 0);
}

/*
 * Nobody waits for what is gone
 */

/* A page that is not there until the test says so: whoever writes to it waits. */
struct gap {
	void *page;
	int fd;
};

static struct gap gap_new(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register all = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct gap gap;

	gap.fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (gap.fd < 0 && errno == ENOSYS)
		ktap_skip("the kernel has no userfaultfd");
	CHECK(gap.fd >= 0);
	gap.page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(gap.page != MAP_FAILED);
	CHECK_EQ(ioctl(gap.fd, UFFDIO_API, &api), 0);
	all.range.start = (uintptr_t)gap.page;
	all.range.len = 4096;
	CHECK_EQ(ioctl(gap.fd, UFFDIO_REGISTER, &all), 0);
	return gap;
}

static void gap_is_met(const struct gap *gap)
{
	struct pollfd met = { .fd = gap->fd, .events = POLLIN };

	CHECK_EQ(poll(&met, 1, -1), 1);
	CHECK_EQ(met.revents, POLLIN);
}

static void gap_fill(const struct gap *gap)
{
	struct uffdio_zeropage fill = { .range = {
		.start = (uintptr_t)gap->page, .len = 4096 } };

	CHECK_EQ(ioctl(gap->fd, UFFDIO_ZEROPAGE, &fill), 0);
}

/* One copies the last result, for as long as it takes, while another waits for any. */
TEST(the_last_result_ends_all_waiting)
{
	struct gap gap = gap_new();
	struct collector copies, waits;
	int fd = st_open();
	uint64_t id;
	pid_t agent;

	plain_task("reap");
	agent = st_agent_start();
	id = st_submit_ok(fd, "reap", "echo hello");
	st_call_until(id, SLUICE_CALL_STATE_DONE);
	copies = (struct collector){ .fd = fd, .output = gap.page, .cap = 8 };
	CHECK_EQ(pthread_create(&copies.thread, NULL, in_thread, &copies), 0);
	gap_is_met(&gap);
	waits = (struct collector){ .fd = fd };
	begins(&waits);
	gap_fill(&gap);
	ends(&copies, 0, id);
	CHECK(!memcmp(gap.page, "hello", 5));
	ends(&waits, ENODATA, 0);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("reap"), 0);
}

/*
 * What becomes a door
 */

/* Who waited for room when its file became a door is told so, and gets nothing in. */
static void *submit_blocked(void *arg)
{
	struct collector *c = arg;
	struct sluice_submit submit = { .priority = SLUICE_PRIORITY_TASK };

	if (st_submit(c->fd, "narrow", "", 0, &submit))
		c->error = errno;
	c->got = submit.id;
	return NULL;
}

static pid_t stays(void)
{
	pid_t pid = fork();

	while (!pid)
		pause();
	return pid;
}

TEST(a_door_submits_nothing_more)
{
	const struct st_task narrow = {
		.name = "narrow", .overflow = SLUICE_OVERFLOW_BLOCK,
		.queue_max = 1, .mode = SLUICE_MODE_PAUSE,
	};
	uint64_t blocked = st_counter("submitter_blocked"), first, id;
	/* Of the environment, with which it is killed. It must not hold the door. */
	pid_t first_process = stays();
	int fd = st_open(), file = st_open();
	struct collector late = { .fd = file };
	struct st_task_state state;
	struct st_call call;

	CHECK_EQ(st_task_new(&narrow), 0);
	first = st_submit_ok(fd, "narrow", "");
	CHECK_EQ(pthread_create(&late.thread, NULL, submit_blocked, &late), 0);
	UNTIL(st_counter("submitter_blocked") == blocked + 1);
	plain_task("other");
	CHECK_EQ(st_send(st_begin(SLUICE_CMD_AGENT_SET, 0)), 0);
	id = st_submit_ok(fd, "other", "");
	CHECK_EQ(st_call_get(id, &call), 0);
	CHECK_EQ(st_attach(file, call.env, -1, first_process), 0);
	CHECK_EQ(st_cancel(fd, first), 0);
	ends(&late, EPERM, 0);
	CHECK_EQ(st_task_get("narrow", &state), 0);
	CHECK_EQ(state.submitted, 1);
	CHECK_EQ(state.queued, 0);
	CHECK_EQ(st_task_del("narrow"), 0);
	CHECK_EQ(st_task_del("other"), 0);
	close(file);
	st_until_no_envs();
	CHECK_EQ(waitpid(first_process, NULL, 0), first_process);
}
