// SPDX-License-Identifier: GPL-2.0-only
/* Who submitted a call gives it another priority or deadline while it waits. */
#include "ktap.h"
#include "sluice_test.h"

#include <sys/ioctl.h>

#define BOTH	(SLUICE_CHANGE_PRIORITY | SLUICE_CHANGE_DEADLINE)

static struct sluice_change change;

static int change_call(int fd, uint64_t id, uint32_t flags, uint32_t priority,
		       uint64_t deadline)
{
	change = (struct sluice_change){
		.size = sizeof(change), .flags = flags, .id = id,
		.priority = priority, .deadline = deadline,
		/* Whatever was there is written over. */
		.refusal = 77, .asked = 78, .limit = 79, .resource = "old",
	};
	return ioctl(fd, SLUICE_IOC_CHANGE, &change);
}

static void nothing_refused(void)
{
	CHECK_EQ(change.refusal, SLUICE_REFUSAL_NONE);
	CHECK_EQ(change.asked, 0);
	CHECK_EQ(change.limit, 0);
	CHECK(!*change.resource);
}

static void refused(uint32_t refusal, uint64_t asked, uint64_t limit,
		    const char *resource)
{
	CHECK_EQ(change.refusal, refusal);
	CHECK_EQ(change.asked, asked);
	CHECK_EQ(change.limit, limit);
	CHECK(!strcmp(change.resource, resource));
}

static struct st_call call_of(uint64_t id)
{
	struct st_call call;

	CHECK_EQ(st_call_get(id, &call), 0);
	return call;
}

/* No agent: all wait. */
TEST(priority)
{
	int fd = st_open(), i;
	uint64_t ids[3];

	CHECK_EQ(st_task_new(&(struct st_task){ .name = "queue" }), 0);
	for (i = 0; i < 3; i++)
		ids[i] = st_submit_ok(fd, "queue", "x");
	CHECK_EQ(change_call(fd, ids[1], SLUICE_CHANGE_PRIORITY, 99, 0), 0);
	nothing_refused();
	CHECK_EQ(call_of(ids[1]).priority, 99);
	CHECK_EQ(call_of(ids[1]).position, 0);
	CHECK_EQ(call_of(ids[0]).position, 1);
	/* It is older than its new equal. */
	CHECK_EQ(change_call(fd, ids[0], SLUICE_CHANGE_PRIORITY, 99, 0), 0);
	CHECK_EQ(call_of(ids[0]).position, 0);
	CHECK_EQ(call_of(ids[1]).position, 1);
	CHECK_EQ(change_call(fd, ids[1], SLUICE_CHANGE_PRIORITY, 0, 0), 0);
	CHECK_EQ(call_of(ids[1]).position, 2);
	CHECK_EQ(st_task_del("queue"), 0);
}

TEST(deadline)
{
	struct st_call before, after;
	int fd = st_open();
	uint64_t id, other;

	CHECK_EQ(st_task_new(&(struct st_task){ .name = "queue" }), 0);
	id = st_submit_ok(fd, "queue", "x");
	other = st_submit_ok(fd, "queue", "x");
	before = call_of(other);
	CHECK_EQ(before.deadline, 0);
	CHECK_EQ(change_call(fd, other, BOTH, 7, LONG), 0);
	after = call_of(other);
	CHECK_EQ(after.priority, 7);
	CHECK(after.deadline > before.submitted + LONG);
	CHECK_EQ(change_call(fd, id, SLUICE_CHANGE_DEADLINE, 0, 20 * MS), 0);
	nothing_refused();
	st_reap_as(fd, id, SLUICE_CALL_STATE_EXPIRED, SLUICE_REASON_DEADLINE);
	/* For ever. */
	CHECK_EQ(change_call(fd, other, SLUICE_CHANGE_DEADLINE, 0, 0), 0);
	CHECK_EQ(call_of(other).deadline, 0);
	CHECK_EQ(call_of(other).priority, 7);
	CHECK_EQ(st_task_del("queue"), 0);
}

TEST(what_cannot_be)
{
	int fd = st_open();
	uint64_t id;

	CHECK_EQ(st_task_new(&(struct st_task){ .name = "queue" }), 0);
	id = st_submit_ok(fd, "queue", "x");
	CHECK_ERRNO(change_call(fd, id, 0, 0, 0), EINVAL);
	CHECK_ERRNO(change_call(fd, id, 4, 0, 0), EINVAL);
	CHECK_ERRNO(change_call(fd, id, SLUICE_CHANGE_PRIORITY, 1, 1), EINVAL);
	CHECK_ERRNO(change_call(fd, id, SLUICE_CHANGE_DEADLINE, 1, 1), EINVAL);
	CHECK_ERRNO(change_call(fd, id, SLUICE_CHANGE_DEADLINE, 0, UINT64_MAX),
		    EINVAL);
	CHECK_ERRNO(change_call(fd, id, BOTH, 100, SECOND), EINVAL);
	refused(SLUICE_REFUSAL_PRIORITY, 0, 0, "");
	CHECK_ERRNO(change_call(fd, id + 1000, BOTH, 1, SECOND), ENOENT);
	CHECK_EQ(call_of(id).deadline, 0);
	CHECK_EQ(call_of(id).priority, 50);
	CHECK_EQ(st_task_del("queue"), 0);
}

/* In the class deadline it is accepted like a new call; all of it, or nothing. */
TEST(class_deadline)
{
	struct st_task task = { .name = "urgent", .class = "deadline",
				.runtime = 2 * LONG, .deadline = 16 * LONG };
	int fd = st_open();
	uint64_t id, until;

	CHECK_EQ(st_budget_set("cpu", 500), 0);
	CHECK_EQ(st_task_new(&task), 0);
	id = st_submit_ok(fd, "urgent", "x");
	until = call_of(id).deadline;
	CHECK_ERRNO(change_call(fd, id, BOTH, 99, 2 * LONG), EBUSY);
	refused(SLUICE_REFUSAL_UNSCHEDULABLE, 1000, 500, "cpu");
	CHECK_ERRNO(change_call(fd, id, BOTH, 99, LONG), EBUSY);
	refused(SLUICE_REFUSAL_UNSCHEDULABLE, 2 * LONG, LONG, "");
	CHECK_ERRNO(change_call(fd, id, BOTH, 99, 0), EINVAL);
	refused(SLUICE_REFUSAL_NO_DEADLINE, 0, 0, "");
	CHECK_EQ(call_of(id).deadline, until);
	CHECK_EQ(call_of(id).priority, 50);
	CHECK_EQ(change_call(fd, id, BOTH, 99, 4 * LONG), 0);
	CHECK(call_of(id).deadline < until);
	CHECK_EQ(call_of(id).priority, 99);
	CHECK_EQ(st_task_del("urgent"), 0);
}

TEST(what_does_not_wait)
{
	struct st_task task = { .name = "runs" };
	int fd = st_open();
	uint64_t id;
	pid_t agent;

	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	id = st_submit_ok(fd, "runs", "linger");
	st_call_until(id, SLUICE_CALL_STATE_RUNNING);
	CHECK_ERRNO(change_call(fd, id, BOTH, 1, SECOND), EALREADY);
	nothing_refused();
	CHECK_EQ(st_cancel(fd, id), 0);
	/* Ended, and not reaped. */
	CHECK_ERRNO(change_call(fd, id, BOTH, 1, SECOND), EALREADY);
	st_reap_as(fd, id, SLUICE_CALL_STATE_CANCELLED,
		   SLUICE_REASON_CANCELLED);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("runs"), 0);
}
