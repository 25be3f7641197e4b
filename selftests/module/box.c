// SPDX-License-Identifier: GPL-2.0-only
/* What the agent says of the box, what is made of it, and what is refused; and what a call would meet. */
#include "ktap.h"
#include "sluice_test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Nothing, if nobody has said anything. */
#define NO_LIMIT	UINT64_MAX

struct box {
	uint64_t cpu;
	uint64_t budget;
	uint64_t guaranteed;
	uint64_t cpu_limit;
	uint64_t pids_limit;
	uint32_t closed;
};

static void get_box(struct nlattr **attrs, void *arg)
{
	*(struct box *)arg = (struct box){
		.cpu = nla_get_u64(attrs[SLUICE_A_BOX_CPU]),
		.budget = nla_get_u64(attrs[SLUICE_A_BOX_CPU_BUDGET]),
		.guaranteed = nla_get_u64(attrs[SLUICE_A_BOX_CPU_GUARANTEED]),
		.cpu_limit = nla_get_u64(attrs[SLUICE_A_BOX_CPU_LIMIT]),
		.pids_limit = nla_get_u64(attrs[SLUICE_A_BOX_PIDS_LIMIT]),
		.closed = nla_get_u32(attrs[SLUICE_A_BOX_CLOSED]),
	};
}

static struct box box(void)
{
	struct box box;

	CHECK_EQ(st_get(st_begin(SLUICE_CMD_BOX_GET, 0), SLUICE_A_BOX_MAX,
			get_box, &box), 0);
	return box;
}

static int set(int attr, uint64_t value)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_BOX_SET, 0);

	nla_put_u64(msg, attr, value);
	return st_send(msg);
}

static void refused(struct nl_msg *msg, int err, const char *why)
{
	CHECK_EQ(st_send(msg), -err);
	if (strcmp(st_extack, why) != 0)
		ktap_fail("said '%s', not '%s'", st_extack, why);
}

/* This process is the agent from now on, until its socket is closed. */
static void be_agent(void)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_AGENT_SET, 0);

	nla_put_u32(msg, SLUICE_A_AGENT_PID, (uint32_t)getpid());
	CHECK_EQ(st_send(msg), 0);
}

struct try {
	uint32_t hold;
	char	resource[SLUICE_NAME_SIZE];
	uint64_t need;
	uint64_t missing;
	uint32_t env;
};

static void get_try(struct nlattr **attrs, void *arg)
{
	struct try *try = arg;

	*try = (struct try){ .hold = nla_get_u32(attrs[SLUICE_A_CALL_HOLD]) };
	if (attrs[SLUICE_A_CALL_HOLD_RESOURCE])
		strcpy(try->resource,
		       nla_get_string(attrs[SLUICE_A_CALL_HOLD_RESOURCE]));
	if (attrs[SLUICE_A_CALL_NEED])
		try->need = nla_get_u64(attrs[SLUICE_A_CALL_NEED]);
	if (attrs[SLUICE_A_CALL_MISSING])
		try->missing = nla_get_u64(attrs[SLUICE_A_CALL_MISSING]);
	if (attrs[SLUICE_A_CALL_ENV])
		try->env = nla_get_u32(attrs[SLUICE_A_CALL_ENV]);
}

static struct try try(const char *task)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_CALL_TRY, 0);
	struct try try;

	nla_put_string(msg, SLUICE_A_CALL_TASK, task);
	CHECK_EQ(st_get(msg, SLUICE_A_CALL_MAX, get_try, &try), 0);
	return try;
}

TEST(as_it_is)
{
	struct box now = box();

	CHECK(now.cpu >= 1000 && !(now.cpu % 1000));
	CHECK_EQ(now.guaranteed, 0);
	CHECK_EQ(now.cpu_limit, NO_LIMIT);
	CHECK_EQ(now.pids_limit, NO_LIMIT);
	CHECK_EQ(now.closed, 0);
	CHECK_EQ(st_budget_set("cpu", 300), 0);
	CHECK_EQ(box().budget, 300);
}

TEST(only_the_agent_sets_it)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_BOX_SET, 0);

	refused(msg, EINVAL, "nothing is set");
	msg = st_begin(SLUICE_CMD_BOX_SET, 0);
	nla_put_u64(msg, SLUICE_A_BOX_CPU_GUARANTEED, 700);
	refused(msg, EPERM, "only the agent can know it");
	be_agent();
	CHECK_EQ(set(SLUICE_A_BOX_CPU_GUARANTEED, 700), 0);
	CHECK_EQ(box().guaranteed, 700);
	/* It outlives who has said it, as the weight does. */
	st_forget();
	CHECK_EQ(box().guaranteed, 700);
}

TEST(what_is_no_cgroup)
{
	struct nl_msg *msg;
	struct nlattr *nest;
	int fd = open("/proc/self/status", O_RDONLY);

	be_agent();
	CHECK(fd >= 0);
	msg = st_begin(SLUICE_CMD_BOX_SET, 0);
	nla_put_u32(msg, SLUICE_A_BOX_PLACE, (uint32_t)fd);
	refused(msg, EBADF, "expected an open directory of a cgroup (v2)");
	msg = st_begin(SLUICE_CMD_BOX_SET, 0);
	nla_put_u32(msg, SLUICE_A_BOX_PLACE, 1000000);
	refused(msg, EBADF, "expected an open directory of a cgroup (v2)");
	msg = st_begin(SLUICE_CMD_BOX_SET, 0);
	nest = nla_nest_start(msg, SLUICE_A_BOX_ABOVE);
	nla_put_u64(msg, SLUICE_A_ABOVE_ID, 1);
	nla_nest_end(msg, nest);
	refused(msg, EINVAL, "id, used and cache come together");
	/* Of a cgroup that is none of those above, nothing is kept. */
	msg = st_begin(SLUICE_CMD_BOX_SET, 0);
	nest = nla_nest_start(msg, SLUICE_A_BOX_ABOVE);
	nla_put_u64(msg, SLUICE_A_ABOVE_ID, 1);
	nla_put_u64(msg, SLUICE_A_ABOVE_USED, 1);
	nla_put_u64(msg, SLUICE_A_ABOVE_CACHE, 1);
	nla_nest_end(msg, nest);
	CHECK_EQ(st_send(msg), 0);
	close(fd);
}

TEST(what_a_call_would_meet)
{
	struct st_task task = { .name = "half",
				.need = { { "cpu", 500 }, { "pids", 10 } } };
	struct nl_msg *msg = st_begin(SLUICE_CMD_CALL_TRY, 0);
	struct try now;

	refused(msg, EINVAL, "a name is required");
	msg = st_begin(SLUICE_CMD_CALL_TRY, 0);
	nla_put_string(msg, SLUICE_A_CALL_TASK, "nobody");
	refused(msg, ENOENT, "no such task");
	CHECK_EQ(st_budget_set("cpu", 900), 0);
	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(try("half").hold, SLUICE_HOLD_AGENT);
	be_agent();
	/* Whatever else runs gives way. */
	CHECK_EQ(set(SLUICE_A_BOX_CPU_GUARANTEED, 1000), 0);
	st_sleep_ms(1500);
	now = try("half");
	CHECK_EQ(now.hold, SLUICE_HOLD_NONE);
	CHECK_EQ(now.env, 0);
	CHECK_EQ(set(SLUICE_A_BOX_CPU_LIMIT, 300), 0);
	now = try("half");
	CHECK_EQ(now.hold, SLUICE_HOLD_RESOURCE);
	CHECK(!strcmp(now.resource, "cpu"));
	CHECK_EQ(now.need, 500);
	CHECK_EQ(now.missing, 200);
	CHECK_EQ(set(SLUICE_A_BOX_CPU_LIMIT, NO_LIMIT), 0);
	CHECK_EQ(try("half").hold, SLUICE_HOLD_NONE);
	/* One of them is for the process that each environment has besides. */
	CHECK_EQ(set(SLUICE_A_BOX_PIDS_LIMIT, 10), 0);
	now = try("half");
	CHECK_EQ(now.hold, SLUICE_HOLD_RESOURCE);
	CHECK(!strcmp(now.resource, "pids"));
	CHECK_EQ(now.missing, 1);
	CHECK_EQ(set(SLUICE_A_BOX_PIDS_LIMIT, 11), 0);
	CHECK_EQ(try("half").hold, SLUICE_HOLD_NONE);
	CHECK_EQ(st_task_mode("half", SLUICE_MODE_PAUSE), 0);
	CHECK_EQ(try("half").hold, SLUICE_HOLD_STOPPED);
	CHECK_EQ(set(SLUICE_A_BOX_PIDS_LIMIT, NO_LIMIT), 0);
	CHECK_EQ(st_task_del("half"), 0);
}

/* A call that waits for a limit above starts when that goes. */
TEST(limits_that_go)
{
	struct st_task task = { .name = "half", .need = { { "cpu", 500 } } };
	int fd = st_open();
	struct st_call call;
	uint64_t id;

	CHECK_EQ(st_budget_set("cpu", 900), 0);
	CHECK_EQ(st_task_new(&task), 0);
	be_agent();
	CHECK_EQ(set(SLUICE_A_BOX_CPU_LIMIT, 400), 0);
	id = st_submit_ok(fd, "half", "x");
	st_call_until_held(id, SLUICE_HOLD_RESOURCE, &call);
	CHECK_EQ(set(SLUICE_A_BOX_CPU_GUARANTEED, 1000), 0);
	CHECK_EQ(set(SLUICE_A_BOX_CPU_LIMIT, NO_LIMIT), 0);
	st_call_until(id, SLUICE_CALL_STATE_STARTING);
	CHECK_EQ(st_call_get(id, &call), 0);
	CHECK_EQ(st_call_cancel(id), 0);
	CHECK_EQ(st_env_failed(call.env, "not made", false), 0);
	st_until_no_envs();
	CHECK_EQ(st_task_del("half"), 0);
	close(fd);
}
