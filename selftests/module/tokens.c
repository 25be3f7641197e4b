// SPDX-License-Identifier: GPL-2.0-only
/* Tokens: thousands of them, each task's own few, one holder of what there is one of. */
#include "ktap.h"
#include "sluice_test.h"

/* As many as there may be. */
#define TOKENS	8192
/* Most that one task names. */
#define EACH	32

/* Good until the next one is asked for. */
static const char *name_of(int i)
{
	static char name[SLUICE_NAME_SIZE];

	snprintf(name, sizeof(name), "token-%d", i);
	return name;
}

static void declare(int count, uint64_t budget)
{
	int i;

	for (i = 0; i < count; i++)
		if (st_budget_set(name_of(i), budget))
			ktap_fail("token %d of %d: %s", i, count, st_extack);
}

static void remove_all(int count)
{
	int i;

	for (i = 0; i < count; i++)
		CHECK_EQ(st_budget_del(name_of(i)), 0);
}

struct seen {
	uint32_t tokens, quantities;
	uint32_t next;
};

static void see(struct nlattr **attrs, void *arg)
{
	const char *name = nla_get_string(attrs[SLUICE_A_BUDGET_RESOURCE]);
	struct seen *seen = arg;

	if (strncmp(name, "token-", 6)) {
		seen->quantities++;
		return;
	}
	/* In the order in which they were declared. */
	if (atoi(name + 6) == (int)seen->next)
		seen->next++;
	seen->tokens++;
}

#define FIRST	"token-0"
#define LAST	"token-8191"

TEST(thousands)
{
	struct st_task first = { .name = "first", .need = { { FIRST, 1 } } };
	struct st_task last = { .name = "last",
				.need = { { LAST, 1 }, { FIRST, 1 } } };
	struct seen seen = { 0 };
	struct st_budget budget;
	uint64_t one, other, plug;
	struct st_call call;
	int fd = st_open();
	pid_t agent;

	declare(TOKENS, 1);
	CHECK_EQ(st_budget_set("one-more", 1), -ENOSPC);
	CHECK(strstr(st_extack, "at most 8192"));
	CHECK_EQ(st_get(st_begin(SLUICE_CMD_BUDGET_GET, NLM_F_DUMP),
			SLUICE_A_BUDGET_LIMIT, see, &seen), 0);
	CHECK_EQ(seen.tokens, TOKENS);
	CHECK_EQ(seen.next, TOKENS);
	CHECK_EQ(seen.quantities, 5);
	CHECK_EQ(st_task_new(&first), 0);
	CHECK_EQ(st_task_new(&last), 0);
	/* What a task names stays. */
	CHECK_EQ(st_budget_del(LAST), -EBUSY);
	agent = st_agent_start();
	plug = st_plug(fd, "first");
	CHECK_EQ(st_budget_get(name_of(0), &budget), 0);
	CHECK_EQ(budget.reserved, 1);
	CHECK_EQ(budget.available, 0);
	one = st_submit_ok(fd, "last", "wait");
	st_call_until_held(one, SLUICE_HOLD_RESOURCE, &call);
	CHECK(!strcmp(call.resource, name_of(0)));
	CHECK_EQ(call.need, 1);
	CHECK_EQ(call.missing, 1);
	CHECK_EQ(st_budget_get(name_of(0), &budget), 0);
	CHECK_EQ(budget.waiting, 1);
	CHECK_EQ(st_cancel(fd, plug), 0);
	/* It has both, and the first one waits for it. */
	st_call_until(one, SLUICE_CALL_STATE_RUNNING);
	CHECK_EQ(st_budget_get(LAST, &budget), 0);
	CHECK_EQ(budget.reserved, 1);
	other = st_submit_ok(fd, "first", "x");
	st_call_until_held(other, SLUICE_HOLD_RESOURCE, &call);
	st_go(1);
	st_reap_done(fd, one);
	st_reap_done(fd, other);
	CHECK_EQ(st_budget_get(name_of(0), &budget), 0);
	CHECK_EQ(budget.reserved, 0);
	CHECK_EQ(budget.available, 1);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("first"), 0);
	CHECK_EQ(st_task_del("last"), 0);
	/* The place of one that is gone is another's. */
	CHECK_EQ(st_budget_del("token-5"), 0);
	CHECK_EQ(st_budget_set("one-more", 7), 0);
	CHECK_EQ(st_budget_get("one-more", &budget), 0);
	CHECK_EQ(budget.available, 7);
	CHECK_EQ(st_budget_get("token-5", &budget), -ENOENT);
	CHECK_EQ(st_budget_del("one-more"), 0);
	CHECK_EQ(st_budget_set("token-5", 1), 0);
	remove_all(TOKENS);
}

/* A call has all of its tokens or none: nobody waits for another who waits for him. */
TEST(all_or_none)
{
	struct st_task task = { .name = "a", .need = { { "left", 1 }, { "right", 1 } } };
	struct st_task both = { .name = "b", .need = { { "right", 1 }, { "left", 1 } } };
	uint64_t id[40];
	int fd = st_open(), i;
	pid_t agent;

	CHECK_EQ(st_budget_set("left", 1), 0);
	CHECK_EQ(st_budget_set("right", 1), 0);
	CHECK_EQ(st_task_new(&task), 0);
	CHECK_EQ(st_task_new(&both), 0);
	agent = st_agent_start();
	for (i = 0; i < 40; i++)
		id[i] = st_submit_ok(fd, i & 1 ? "a" : "b", "x");
	for (i = 0; i < 40; i++)
		st_reap_done(fd, id[i]);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("a"), 0);
	CHECK_EQ(st_task_del("b"), 0);
	CHECK_EQ(st_budget_del("left"), 0);
	CHECK_EQ(st_budget_del("right"), 0);
}

/* One each of @count tokens, of which the first @of are taken in turn. */
static int new_task(int count, int of)
{
	struct nl_msg *msg = st_begin(SLUICE_CMD_TASK_NEW, 0);
	int i;

	nla_put_string(msg, SLUICE_A_TASK_NAME, "long");
	for (i = 0; i < count; i++) {
		struct nlattr *nest = nla_nest_start(msg,
						     SLUICE_A_TASK_REQUEST);

		nla_put_string(msg, SLUICE_A_AMOUNT_RESOURCE,
			       name_of((5 + i * 7) % of));
		nla_put_u64(msg, SLUICE_A_AMOUNT_AMOUNT, 1);
		nla_nest_end(msg, nest);
		nest->nla_type |= NLA_F_NESTED;
	}
	return st_send(msg);
}

static void check_reserved(int count, uint64_t reserved)
{
	struct st_budget budget;
	int i;

	for (i = 0; i < count; i++) {
		CHECK_EQ(st_budget_get(name_of(i), &budget), 0);
		CHECK_EQ(budget.reserved, reserved);
	}
}

/* In any order, none twice, and not more than there is room for. */
TEST(a_list_that_is_full)
{
	int fd = st_open();
	uint64_t plug, call;
	pid_t agent;

	declare(EACH + 1, 2);
	CHECK_EQ(new_task(EACH + 1, EACH + 1), -E2BIG);
	CHECK(strstr(st_extack, "at most 32 tokens"));
	CHECK_EQ(new_task(3, 2), -EINVAL);
	CHECK(strstr(st_extack, "names the token twice"));
	CHECK_EQ(new_task(EACH, EACH), 0);
	agent = st_agent_start();
	plug = st_plug(fd, "long");
	check_reserved(EACH, 1);
	call = st_submit_ok(fd, "long", "x");
	CHECK_EQ(st_cancel(fd, plug), 0);
	st_reap_done(fd, call);
	check_reserved(EACH + 1, 0);
	st_agent_stop(agent);
	CHECK_EQ(st_task_del("long"), 0);
	/* Nobody names them any more. */
	remove_all(EACH + 1);
}
