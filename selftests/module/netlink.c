// SPDX-License-Identifier: GPL-2.0-only
/* The netlink family: every refusal has its errno and says why. */
#define _GNU_SOURCE
#include "ktap.h"
#include "sluice_test.h"

#include <netlink/genl/ctrl.h>
#include <sched.h>
#include <sys/wait.h>

static void refused(struct nl_msg *msg, int number, const char *text)
{
	int ret = st_send(msg);

	if (ret != -number || !strstr(st_extack, text))
		ktap_fail("refused with %d \"%s\", not %d \"%s\"", ret,
			  st_extack, -number, text);
}

static struct nl_msg *task_new(const char *name)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_TASK_NEW, 0);

	nla_put_string(msg, SLUICE_A_TASK_NAME, name);
	return msg;
}

static void put_request(struct nl_msg *msg, const char *name, bool amount)
{
	struct nlattr *nest = nla_nest_start(msg, SLUICE_A_TASK_REQUEST);

	nla_put_string(msg, SLUICE_A_AMOUNT_RESOURCE, name);
	if (amount)
		nla_put_u64(msg, SLUICE_A_AMOUNT_AMOUNT, 1);
	nla_nest_end(msg, nest);
	nest->nla_type |= NLA_F_NESTED;
}

TEST(task_refusals)
{
	struct nl_msg *msg;

	refused(st_begin(SLUICE_CMD_TASK_NEW, 0), EINVAL, "name");
	refused(task_new(""), EINVAL, "a name has");
	refused(task_new("-x"), EINVAL, "a name has");
	refused(task_new("a/b"), EINVAL, "a name has");
	refused(task_new("0123456789012345678901234567890123456789"), EINVAL,
		"");
	msg = task_new("bad");
	nla_put_string(msg, SLUICE_A_TASK_CLASS, "lottery");
	refused(msg, EINVAL, "no such scheduling class");
	msg = task_new("bad");
	nla_put_u32(msg, SLUICE_A_TASK_PRIORITY, 100);
	refused(msg, ERANGE, "");
	msg = task_new("bad");
	nla_put_u32(msg, SLUICE_A_TASK_KIND, 9);
	refused(msg, ERANGE, "");
	msg = task_new("bad");
	nla_put_u32(msg, SLUICE_A_TASK_ENVS_MAX, 0);
	refused(msg, EINVAL, "at least one environment");
	msg = task_new("bad");
	nla_put_u64(msg, SLUICE_A_TASK_TIMEOUT, UINT64_MAX);
	refused(msg, ERANGE, "2^62");
	msg = task_new("bad");
	put_request(msg, "unobtainium", true);
	refused(msg, EINVAL, "no such resource");
	msg = task_new("bad");
	put_request(msg, "memory", false);
	refused(msg, EINVAL, "resource and amount");
	msg = st_begin(SLUICE_CMD_TASK_SET, 0);
	nla_put_string(msg, SLUICE_A_TASK_NAME, "nobody");
	refused(msg, ENOENT, "no such task");
	msg = st_begin(SLUICE_CMD_TASK_DEL, 0);
	nla_put_string(msg, SLUICE_A_TASK_NAME, "nobody");
	refused(msg, ENOENT, "no such task");
	CHECK_EQ(st_send(task_new("twice")), 0);
	refused(task_new("twice"), EEXIST, "task-set");
	CHECK_EQ(st_task_del("twice"), 0);
}

TEST(budget_refusals)
{
	struct st_task task = { .name = "user", .need = {{ "rail", 1 }} };
	struct nl_msg *msg;

	msg = st_begin(SLUICE_CMD_BUDGET_SET, 0);
	nla_put_string(msg, SLUICE_A_BUDGET_RESOURCE, "rail");
	refused(msg, EINVAL, "needs a budget");
	CHECK_EQ(st_budget_set("rail", 1), 0);
	msg = st_begin(SLUICE_CMD_BUDGET_SET, 0);
	nla_put_string(msg, SLUICE_A_BUDGET_RESOURCE, "rail");
	nla_put_u64(msg, SLUICE_A_BUDGET_RESERVE, 1);
	refused(msg, EINVAL, "only memory and cpu");
	CHECK_EQ(st_budget_del("memory"), -EINVAL);
	CHECK_EQ(st_budget_del("nothing"), -ENOENT);
	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(st_budget_del("rail"), -EBUSY);
	CHECK_EQ(st_task_del("user"), 0);
	CHECK_EQ(st_budget_del("rail"), 0);
}

/* A budget cannot go below what running calls hold: the sum never exceeds it. */
TEST(budget_in_use)
{
	struct st_task task = { .name = "holder", .need = {{ "slot", 2 }} };
	int fd = st_open();
	uint64_t id;
	pid_t agent;

	CHECK_EQ(st_budget_set("slot", 3), 0);
	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	id = st_submit_ok(fd, "holder", "linger");
	st_call_until(id, SLUICE_CALL_STATE_RUNNING);
	CHECK_EQ(st_budget_set("slot", 1), -EBUSY);
	CHECK_EQ(st_budget_set("slot", 2), 0);
	CHECK_EQ(st_cancel(fd, id), 0);
	st_until_no_envs();
	CHECK_EQ(st_budget_set("slot", 1), 0);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("holder"), 0);
	CHECK_EQ(st_budget_del("slot"), 0);
}

static struct nl_msg *call_new(const char *task)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_CALL_NEW, 0);

	nla_put_string(msg, SLUICE_A_CALL_TASK, task);
	return msg;
}

static void fill_id(struct nlattr **a, void *arg)
{
	*(uint64_t *)arg = nla_get_u64(a[SLUICE_A_CALL_ID]);
}

TEST(calls_by_netlink)
{
	struct st_task task = { .name = "remote", .queue_max = 1,
				.input_max = 100 };
	struct st_task huge = { .name = "huge", .need = {{ "cpu", 1000000 }} };
	struct nl_msg *msg;
	struct st_call call;
	uint64_t id = 0;

	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(st_task_new(&huge), 0);
	refused(call_new("nobody"), ENOENT, "no such task");
	refused(call_new("huge"), EDQUOT, "could never start");
	msg = call_new("remote");
	nla_put(msg, SLUICE_A_CALL_INPUT, 5000, (char [5000]){});
	refused(msg, EMSGSIZE, "/dev/sluice");
	msg = call_new("remote");
	nla_put(msg, SLUICE_A_CALL_INPUT, 101, (char [101]){});
	refused(msg, EMSGSIZE, "larger than the task");
	CHECK_EQ(st_get(call_new("remote"), SLUICE_A_CALL_MAX, fill_id, &id),
		 0);
	CHECK(id > 0);
	refused(call_new("remote"), ENOBUFS, "queue is full");
	CHECK_EQ(st_call_get(id, &call), 0);
	CHECK_EQ(call.state, SLUICE_CALL_STATE_QUEUED);
	CHECK_EQ(call.hold, SLUICE_HOLD_AGENT);
	CHECK_EQ(st_call_cancel(id), 0);
	CHECK_EQ(st_call_cancel(id), -EALREADY);
	CHECK(!strcmp(st_extack, "the call has ended"));
	CHECK_EQ(st_call_cancel(1ULL << 40), -ENOENT);
	CHECK_EQ(st_task_del("remote"), 0);
	CHECK_EQ(st_task_del("huge"), 0);
}

static void get_id(struct nlattr **attrs, void *arg)
{
	*(uint32_t *)arg = nla_get_u32(attrs[SLUICE_A_ENV_ID]);
}

static uint32_t next_env(const char *task)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_ENV_NEXT, 0);
	uint32_t id = 0;

	nla_put_string(msg, SLUICE_A_ENV_TASK, task);
	CHECK_EQ(st_get(msg, SLUICE_A_ENV_MAX, get_id, &id), 0);
	return id;
}

/* What the agent makes ahead is of that number, whatever other tasks get meanwhile. */
TEST(number_of_the_next_environment)
{
	struct st_task task = { .name = "ahead" }, other = { .name = "other" };
	struct nl_msg *msg = st_begin(SLUICE_CMD_ENV_NEXT, 0);
	int fd = st_open();
	struct st_call call;
	uint64_t id, others;
	uint32_t next;
	pid_t agent;

	refused(msg, EINVAL, "a task's name is required");
	msg = st_begin(SLUICE_CMD_ENV_NEXT, 0);
	nla_put_string(msg, SLUICE_A_ENV_TASK, "ahead");
	refused(msg, ENOENT, "no such task");
	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(st_task_new(&other), 0);
	next = next_env("ahead");
	CHECK(next);
	CHECK(next_env("other") != next);
	CHECK_EQ(next_env("ahead"), next);
	msg = st_begin(SLUICE_CMD_ENV_DEL, 0);
	nla_put_u32(msg, SLUICE_A_ENV_ID, next);
	refused(msg, ENOENT, "no such environment");
	agent = st_agent_start();
	/* Both are taken: a call that was not gets another environment where its own ends. */
	others = st_submit_ok(fd, "other", "linger");
	id = st_submit_ok(fd, "ahead", "linger");
	st_call_until(others, SLUICE_CALL_STATE_RUNNING);
	st_call_until(id, SLUICE_CALL_STATE_RUNNING);
	CHECK_EQ(st_call_get(id, &call), 0);
	CHECK_EQ(call.env, next);
	CHECK(next_env("ahead") != next);
	CHECK_EQ(st_cancel(fd, id), 0);
	st_env_del_all();
	st_until_no_envs();
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("other"), 0);
	CHECK_EQ(st_task_del("ahead"), 0);
}

TEST(environment_refusals)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_ENV_DEL, 0);

	nla_put_u32(msg, SLUICE_A_ENV_ID, 1 << 30);
	refused(msg, ENOENT, "no such environment");
	refused(st_begin(SLUICE_CMD_ENV_DEL, 0), EINVAL, "id is required");
	msg = st_begin(SLUICE_CMD_ENV_SET, 0);
	nla_put_u32(msg, SLUICE_A_ENV_ID, 1 << 30);
	nla_put_u32(msg, SLUICE_A_ENV_STATE, SLUICE_ENV_STATE_IDLE);
	refused(msg, EINVAL, "only failed, gone and retiring");
	msg = st_begin(SLUICE_CMD_ENV_SET, 0);
	nla_put_u32(msg, SLUICE_A_ENV_ID, 1 << 30);
	nla_put_u32(msg, SLUICE_A_ENV_STATE, SLUICE_ENV_STATE_RETIRING);
	refused(msg, ENOENT, "no such environment");
	msg = st_begin(SLUICE_CMD_ENV_SET, 0);
	nla_put_u32(msg, SLUICE_A_ENV_ID, 1 << 30);
	nla_put_u32(msg, SLUICE_A_ENV_STATE, SLUICE_ENV_STATE_FAILED);
	refused(msg, ENOENT, "no such environment");
}

struct dump {
	int found;
	uint64_t last;
};

static void count_call(struct nlattr **a, void *arg)
{
	struct dump *dump = arg;
	uint64_t id = nla_get_u64(a[SLUICE_A_CALL_ID]);

	if (id <= dump->last)
		ktap_fail("dump goes back to call %llu",
			  (unsigned long long)id);
	dump->last = id;
	if (!strcmp(nla_get_string(a[SLUICE_A_CALL_TASK]), "many"))
		dump->found++;
}

/* A dump larger than a message has every call once. */
TEST(dump_of_many_calls)
{
	struct st_task task = { .name = "many", .queue_max = 2000 };
	struct dump dump = { 0 };
	int fd = st_open(), i;

	CHECK_EQ(st_task_new(&task), 0);
	for (i = 0; i < 500; i++)
		st_submit_ok(fd, "many", "");
	CHECK_EQ(st_get(st_begin(SLUICE_CMD_CALL_GET, NLM_F_DUMP),
			SLUICE_A_CALL_MAX, count_call, &dump), 0);
	CHECK_EQ(dump.found, 500);
	CHECK_EQ(st_task_del("many"), 0);
}

#define TASKS	200

/* What a dump of tasks said, which another process disturbs. */
struct task_dump {
	char last[SLUICE_NAME_SIZE];
	int found;
	bool interrupted;
};

/* By another socket: this one is busy. */
static void remove_task(const char *name)
{
	pid_t pid = fork();

	if (!pid)
		_exit(st_task_del(name) ? 1 : 0);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

static void count_task(struct nlattr **a, void *arg)
{
	const struct nlattr *first = a[SLUICE_A_TASK_NAME];
	const struct nlmsghdr *header = (const void *)
		((const char *)first - GENL_HDRLEN - NLMSG_HDRLEN);
	struct task_dump *dump = arg;

	if (strcmp(dump->last, nla_get_string(first)) >= 0)
		ktap_fail("%s comes after %s", nla_get_string(first),
			  dump->last);
	strcpy(dump->last, nla_get_string(first));
	dump->interrupted |= header->nlmsg_flags & NLM_F_DUMP_INTR;
	if (!dump->found++)
		remove_task(dump->last);
}

/* In the order of names, none of those that stay is missed, and who reads is told. */
TEST(dump_of_tasks_of_which_one_goes)
{
	struct task_dump dump = { .last = "" };
	char name[SLUICE_NAME_SIZE];
	struct st_task task = { .name = name };
	int i;

	for (i = 0; i < TASKS; i++) {
		snprintf(name, sizeof(name), "task-%03d", i * 37 % TASKS);
		CHECK_EQ(st_task_new(&task), 0);
	}
	CHECK_EQ(st_get(st_begin(SLUICE_CMD_TASK_GET, NLM_F_DUMP),
			SLUICE_A_TASK_MAX, count_task, &dump), 0);
	CHECK_EQ(dump.found, TASKS);
	CHECK(dump.interrupted);
	CHECK_EQ(st_task_del_all(), TASKS - 1);
}

/* Root of a network namespace of its own does not even see the family. */
TEST(other_network_namespaces)
{
	struct nl_sock *sock = nl_socket_alloc();

	if (unshare(CLONE_NEWNET))
		ktap_skip("no network namespaces: %s", strerror(errno));
	CHECK(sock && !genl_connect(sock));
	CHECK(genl_ctrl_resolve(sock, SLUICE_FAMILY_NAME) < 0);
}

/* Every state change reaches those who listen, in order. */
TEST(events)
{
	static const uint32_t want[] = {
		SLUICE_CALL_STATE_QUEUED, SLUICE_CALL_STATE_STARTING,
		SLUICE_CALL_STATE_RUNNING, SLUICE_CALL_STATE_DONE,
	};
	struct st_task task = { .name = "heard" };
	struct nl_sock *sock = nl_socket_alloc();
	unsigned int seen = 0;
	char buffer[65536];
	int fd = st_open();
	uint64_t id;
	pid_t agent;

	CHECK(sock && !genl_connect(sock));
	CHECK_EQ(nl_socket_add_membership(sock,
		genl_ctrl_resolve_grp(sock, SLUICE_FAMILY_NAME, "events")), 0);
	CHECK_EQ(st_task_new(&task), 0);
	agent = st_agent_start();
	id = st_submit_ok(fd, "heard", "x");
	while (seen < 4) {
		struct nlattr *a[SLUICE_A_CALL_MAX + 1];
		struct nlmsghdr *header = (struct nlmsghdr *)buffer;
		struct genlmsghdr *genl = nlmsg_data(header);

		CHECK(recv(nl_socket_get_fd(sock), buffer, sizeof(buffer), 0) >
		      0);
		if (genl->cmd != SLUICE_CMD_CALL_NTF)
			continue;
		CHECK_EQ(genlmsg_parse(header, 0, a, SLUICE_A_CALL_MAX, NULL),
			 0);
		CHECK_EQ(nla_get_u64(a[SLUICE_A_CALL_ID]), id);
		CHECK_EQ(nla_get_u32(a[SLUICE_A_CALL_STATE]), want[seen]);
		seen++;
	}
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("heard"), 0);
}
