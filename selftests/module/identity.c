// SPDX-License-Identifier: GPL-2.0-only
/* The trace id of a call: the same wherever the call is seen. */
#include "ktap.h"
#include "sluice_test.h"

#include <sys/stat.h>

#define LEN	SLUICE_TRACE_ID_LEN

static const uint8_t given[LEN] = {
	0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6,
	0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36,
};
#define GIVEN_HEX	"4bf92f3577b34da6a3ce929d0e0e4736"

static void same(const void *got)
{
	CHECK(!memcmp(got, given, LEN));
}

static uint64_t submit_given(int fd, const char *task, const char *input)
{
	struct sluice_submit submit = { .priority = SLUICE_PRIORITY_TASK };

	memcpy(submit.trace_id, given, LEN);
	CHECK_EQ(st_submit(fd, task, input, strlen(input), &submit), 0);
	same(submit.trace_id);
	return submit.id;
}

static void end(pid_t agent)
{
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("known"), 0);
}

static pid_t begin(void)
{
	struct st_task task = { .name = "known",
				.retries = 1, .backoff = 1 * MS };

	CHECK_EQ(st_task_new(&task), 0);
	return st_agent_start();
}

TEST(given_id_goes_all_the_way)
{
	struct nl_sock *ears = st_listen();
	struct nlattr *a[SLUICE_A_CALL_MAX + 1];
	int fd = st_open(), events = 0;
	struct sluice_reap reap;
	struct st_call call;
	uint8_t output[LEN];
	uint64_t id;
	pid_t agent = begin();

	id = submit_given(fd, "known", "trace");
	CHECK_EQ(st_call_get(id, &call), 0);
	same(call.trace_id);
	CHECK_EQ(st_reap(fd, id, 0, &reap, output, LEN), 0);
	same(reap.trace_id);
	/* As the worker was given it. */
	CHECK_EQ(reap.output_len, LEN);
	same(output);
	CHECK_EQ(st_call_get(id, &call), 0);
	same(call.trace_id);
	do {
		st_event(ears, SLUICE_CMD_CALL_NTF, a, SLUICE_A_CALL_MAX);
		CHECK_EQ(nla_get_u64(a[SLUICE_A_CALL_ID]), id);
		CHECK_EQ(nla_len(a[SLUICE_A_CALL_TRACE_ID]), LEN);
		same(nla_data(a[SLUICE_A_CALL_TRACE_ID]));
		events++;
	} while (nla_get_u32(a[SLUICE_A_CALL_STATE]) != SLUICE_CALL_STATE_DONE);
	CHECK(events >= 4);
	end(agent);
}

/* Also to the second attempt. */
TEST(given_id_stays_with_a_retry)
{
	struct sluice_reap reap;
	int fd = st_open();
	pid_t agent = begin();

	reap = st_reap_done(fd, submit_given(fd, "known", "flaky 1"));
	CHECK_EQ(reap.attempts, 1);
	same(reap.trace_id);
	end(agent);
}

TEST(given_by_netlink)
{
	struct st_task task = { .name = "known" };
	struct nl_msg *msg;
	struct st_call call;
	struct sluice_reap reap;
	int fd = st_open();

	CHECK_EQ(st_task_new(&task), 0);
	msg = st_begin(SLUICE_CMD_CALL_NEW, 0);
	nla_put_string(msg, SLUICE_A_CALL_TASK, "known");
	nla_put(msg, SLUICE_A_CALL_TRACE_ID, LEN, given);
	CHECK_EQ(st_send(msg), 0);
	/* The next one's id follows. */
	call.id = submit_given(fd, "known", "x") - 1;
	CHECK_EQ(st_call_get(call.id, &call), 0);
	same(call.trace_id);
	msg = st_begin(SLUICE_CMD_CALL_NEW, 0);
	nla_put_string(msg, SLUICE_A_CALL_TASK, "known");
	nla_put(msg, SLUICE_A_CALL_TRACE_ID, LEN - 1, given);
	CHECK(st_send(msg) < 0);
	CHECK_EQ(st_task_del("known"), 0);
	CHECK_EQ(st_reap(fd, call.id, 0, &reap, NULL, 0), 0);
	same(reap.trace_id);
}

#define MANY	200

/* Nobody gave one: each gets one of its own. */
TEST(made_ids_are_unique)
{
	struct st_task task = { .name = "known" };
	static uint8_t made[MANY][LEN];
	struct sluice_submit submit;
	struct st_call call;
	uint64_t id;
	int fd = st_open(), i, j;

	CHECK_EQ(st_task_new(&task), 0);
	for (i = 0; i < MANY - 1; i++) {
		memset(&submit, 0, sizeof(submit));
		CHECK_EQ(st_submit(fd, "known", "x", 1, &submit), 0);
		memcpy(made[i], submit.trace_id, LEN);
		CHECK_EQ(st_call_get(submit.id, &call), 0);
		CHECK(!memcmp(call.trace_id, made[i], LEN));
	}
	CHECK_EQ(st_call_new("known", "x", NULL, &id), 0);
	CHECK_EQ(st_call_get(id, &call), 0);
	memcpy(made[i], call.trace_id, LEN);
	for (i = 0; i < MANY; i++) {
		CHECK(memcmp(made[i], (uint8_t [LEN]){ 0 }, LEN));
		for (j = 0; j < i; j++)
			CHECK(memcmp(made[i], made[j], LEN));
	}
	CHECK_EQ(st_task_del("known"), 0);
}

#define TRACE	"/sys/kernel/tracing/instances/sluice-identity"

static void trace_on(const char *event)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), TRACE "/events/sluice/%s/enable", event);
	file = fopen(path, "w");
	CHECK(file && fputs("1", file) >= 0 && !fclose(file));
}

/* Lines of the trace with these two texts in them. */
static int traced(const char *event, const char *text)
{
	FILE *file = fopen(TRACE "/trace", "r");
	char line[512];
	int count = 0;

	CHECK(file);
	while (fgets(line, sizeof(line), file)) {
		if (!strstr(line, event))
			continue;
		CHECK(strstr(line, "trace_id=" GIVEN_HEX));
		count += !!strstr(line, text);
	}
	fclose(file);
	return count;
}

TEST(tracepoints_show_it)
{
	struct st_task task = { .name = "known", .retries = 1,
				.backoff = 1 * MS };
	int fd = st_open();
	uint64_t id;
	pid_t agent;

	if (mkdir(TRACE, 0755))
		ktap_skip("no tracefs: %s", strerror(errno));
	trace_on("call_state");
	trace_on("call_hold");
	CHECK_EQ(st_task_new(&task), 0);
	/* Held until the agent comes. */
	id = submit_given(fd, "known", "flaky 1");
	agent = st_agent_start();
	st_reap_done(fd, id);
	CHECK(traced("call_hold:", "hold=agent") == 1);
	CHECK(traced("call_state:", "to=queued") == 2);
	CHECK(traced("call_state:", "to=starting") == 2);
	CHECK(traced("call_state:", "to=running") == 2);
	CHECK(traced("call_state:", "to=done") == 1);
	CHECK(traced("call_state:", "attempts=1") == 4);
	end(agent);
	CHECK_EQ(rmdir(TRACE), 0);
}
