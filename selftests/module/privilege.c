// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a submitter without privilege gets of a task, by the device: what its task
 * file gives, and no more. Whoever has a privilege gets more, by both doors.
 */
#include "ktap.h"
#include "sluice_test.h"

#include <linux/capability.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

static const struct st_task task = {
	.name = "given", .priority_max = 60, .timeout = 20 * SECOND,
	.runtime = 2 * SECOND, .quarantine_after = 2,
};

/* No more than that capability is left to this process, beside its files. */
static void drop_all_but(unsigned int cap)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { 0 };

	if (cap < 32)
		data[0].effective = data[0].permitted = 1U << cap;
	CHECK_EQ(syscall(SYS_capset, &header, data), 0);
}

/* Submitted by a process that has no capability but that, to a task of ours. */
static void as(unsigned int cap, void (*submitter)(int fd))
{
	int status, fd = st_open();
	pid_t child;

	CHECK_EQ(st_task_new(&task), 0);
	fflush(stdout);
	child = fork();
	if (!child) {
		drop_all_but(cap);
		submitter(fd);
		fflush(stdout);
		_exit(0);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	CHECK_EQ(st_task_del("given"), 0);
}

#define NO_CAP	64

static void refused(int fd, struct sluice_submit *submit, uint32_t refusal,
		    uint64_t asked, uint64_t limit)
{
	CHECK_ERRNO(st_submit(fd, "given", "x", 1, submit), EACCES);
	CHECK_EQ(submit->refusal, refusal);
	CHECK_EQ(submit->asked, asked);
	CHECK_EQ(submit->limit, limit);
	CHECK_EQ(submit->id, 0);
}

#define OF(...) (&(struct sluice_submit){ __VA_ARGS__ })

static void ask_for_more(int fd)
{
	refused(fd, OF(.priority = 61), SLUICE_REFUSAL_OVER_PRIORITY, 61, 60);
	refused(fd, OF(.timeout = 20 * SECOND + 1),
		SLUICE_REFUSAL_OVER_TIMEOUT, 20 * SECOND + 1, 20 * SECOND);
	refused(fd, OF(.runtime = 3 * SECOND), SLUICE_REFUSAL_OVER_RUNTIME,
		3 * SECOND, 2 * SECOND);
}

static void ask_for_as_much(int fd)
{
	CHECK_EQ(st_submit(fd, "given", "x", 1,
			   OF(.priority = 60, .timeout = 20 * SECOND,
			      .runtime = 2 * SECOND)), 0);
}

static int change(int fd, uint64_t id, uint32_t priority,
		  struct sluice_change *change)
{
	*change = (struct sluice_change){
		.size = sizeof(*change), .flags = SLUICE_CHANGE_PRIORITY,
		.id = id, .priority = priority,
	};
	return ioctl(fd, SLUICE_IOC_CHANGE, change);
}

static void given_only(int fd)
{
	struct sluice_change reply;
	uint64_t id;

	ask_for_more(fd);
	ask_for_as_much(fd);
	id = st_submit_ok(fd, "given", "x");
	CHECK_ERRNO(change(fd, id, 61, &reply), EACCES);
	CHECK_EQ(reply.refusal, SLUICE_REFUSAL_OVER_PRIORITY);
	CHECK_EQ(reply.asked, 61);
	CHECK_EQ(reply.limit, 60);
	CHECK_EQ(change(fd, id, 60, &reply), 0);
}

static void all_there_is(int fd)
{
	struct sluice_change reply;
	uint64_t id;

	CHECK_EQ(st_submit(fd, "given", "x", 1,
			   OF(.priority = 99, .timeout = LONG,
			      .runtime = LONG)), 0);
	id = st_submit_ok(fd, "given", "x");
	CHECK_EQ(change(fd, id, 99, &reply), 0);
}

/* No agent: all wait. */
TEST(without_privilege)
{
	as(NO_CAP, given_only);
	as(CAP_KILL, given_only);
}

TEST(with_privilege)
{
	as(CAP_SYS_ADMIN, all_there_is);
	as(CAP_NET_ADMIN, all_there_is);
}

/* A task that gives nothing it does not take itself. */
TEST(priority_max_is_not_below_priority)
{
	struct st_task_state state;

	CHECK_EQ(st_task_new(&(struct st_task){ .name = "low",
						.priority_max = 49 }), -EINVAL);
	CHECK(strstr(st_extack, "above priority-max"));
	CHECK_EQ(st_task_new(&(struct st_task){ .name = "low" }), 0);
	CHECK_EQ(st_task_get("low", &state), 0);
	CHECK_EQ(state.priority_max, 99);
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "low",
						.priority_max = 100 }), -ERANGE);
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "low",
						.priority_max = 50 }), 0);
	CHECK_EQ(st_task_set(&(struct st_task){ .name = "low",
						.priority = 51 }), -EINVAL);
	CHECK_EQ(st_task_get("low", &state), 0);
	CHECK_EQ(state.priority_max, 50);
	CHECK_EQ(state.priority, 50);
	CHECK_EQ(st_task_del("low"), 0);
}

/* Whoever lets his calls run for a moment only quarantines nobody's task. */
TEST(chosen_timeout_is_no_failure)
{
	struct sluice_submit submit = { .priority = SLUICE_PRIORITY_TASK,
					.timeout = 1 };
	struct st_task_state state;
	struct sluice_reap reap;
	int fd = st_open(), i;
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	for (i = 0; i < 3; i++) {
		CHECK_EQ(st_submit(fd, "given", "linger", 6, &submit), 0);
		reap = st_reap_as(fd, submit.id, SLUICE_CALL_STATE_TIMED_OUT,
				  SLUICE_REASON_TIMEOUT);
		CHECK(reap.run_time > 0);
	}
	CHECK_EQ(st_task_get("given", &state), 0);
	CHECK_EQ(state.failures, 0);
	CHECK_EQ(state.quarantined_until, 0);
	st_reap_done(fd, st_submit_ok(fd, "given", "x"));
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("given"), 0);
}

/* In the class deadline a call has as long as it declares. */
TEST(declared_runtime_is_a_limit)
{
	struct sluice_submit submit = { .priority = SLUICE_PRIORITY_TASK,
					.runtime = 50 * MS, .deadline = LONG };
	struct st_task_state state;
	struct sluice_reap reap;
	int fd = st_open();
	pid_t agent;

	CHECK_EQ(st_task_new(&(struct st_task){ .name = "urgent",
						.class = "deadline" }), 0);
	agent = st_agent_start();
	CHECK_EQ(st_submit(fd, "urgent", "linger", 6, &submit), 0);
	reap = st_reap_as(fd, submit.id, SLUICE_CALL_STATE_TIMED_OUT,
			  SLUICE_REASON_RUNTIME);
	CHECK(reap.run_time >= 50 * MS);
	CHECK_EQ(st_task_get("urgent", &state), 0);
	CHECK_EQ(state.failures, 0);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("urgent"), 0);
}
