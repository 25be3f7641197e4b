// SPDX-License-Identifier: GPL-2.0-only
/* sluice why: the reason that a call waits, who holds what, and what comes first. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "line.h"
#include "objects.h"
#include "out.h"
#include "request.h"
#include "take.h"
#include "text.h"
#include "units.h"

/* Environments that have some of @resource. */
static struct json_object *holders(struct json_object *envs,
				   const char *resource)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < json_object_array_length(envs); i++) {
		struct json_object *env = json_object_array_get_idx(envs, i);
		struct json_object *reserved = NULL, *measured = NULL;

		json_object_object_get_ex(env, "reserved", &reserved);
		json_object_object_get_ex(env, "measured", &measured);
		if (out_number(reserved, resource) ||
		    out_number(measured, resource))
			json_object_array_add(array, json_object_get(env));
	}
	return array;
}

static int add_holders(struct snl_conn *conn, struct json_object *call)
{
	const char *resource = out_string(call, "hold_resource");
	struct json_object *envs, *account;
	int ret;

	if (!*resource)
		return 0;
	account = object_one(conn, request_name(conn, SLUICE_CMD_BUDGET_GET,
						SLUICE_A_BUDGET_RESOURCE,
						resource), &ret);
	if (!account)
		return ret;
	json_object_object_add(call, "account", account);
	envs = object_all(conn, SLUICE_CMD_ENV_GET, &ret);
	if (!envs)
		return ret;
	json_object_object_add(call, "holders", holders(envs, resource));
	json_object_put(envs);
	return 0;
}

/* The task, where it is the task that does not let its calls start. */
static int add_task(struct snl_conn *conn, struct json_object *call)
{
	const char *why = out_string(call, "hold");
	struct json_object *task;
	int ret;

	if (strcmp(why, "stopped") != 0 && strcmp(why, "quarantine") != 0)
		return 0;
	task = object_one(conn, request_name(conn, SLUICE_CMD_TASK_GET,
					     SLUICE_A_TASK_NAME,
					     out_string(call, "task")), &ret);
	if (task)
		json_object_object_add(call, "of_task", task);
	return ret;
}

static uint64_t part(struct json_object *env, const char *key,
		     const char *resource)
{
	struct json_object *amounts;

	return json_object_object_get_ex(env, key, &amounts) ?
	       out_number(amounts, resource) : 0;
}

static void print_account(struct json_object *account)
{
	const char *resource = out_string(account, "resource");
	char budget[UNITS_TEXT], promised[UNITS_TEXT], available[UNITS_TEXT],
	     outside[UNITS_TEXT], reserve[UNITS_TEXT], physical[UNITS_TEXT];

	out_line("  %s: budget %s, promised %s, available %s", resource,
		 units_amount(resource, out_number(account, "budget"), budget),
		 units_amount(resource, out_number(account, "promised"),
			      promised),
		 units_amount(resource, out_number(account, "available"),
			      available));
	if (out_has(account, "limit"))
		out_line("  limits of cgroups above environments leave %s to all of them together",
			 units_amount(resource, out_number(account, "limit"),
				      reserve));
	if (out_has(account, "physical"))
		out_line("  the box has %s, outside of Sluice %s are used, %s stay free for it",
			 units_amount(resource, out_number(account, "physical"),
				      physical),
			 units_amount(resource, out_number(account, "outside"),
				      outside),
			 units_amount(resource, out_number(account, "reserve"),
				      reserve));
}

static void print_holders(struct json_object *call)
{
	const char *resource = out_string(call, "hold_resource");
	char reserved[UNITS_TEXT], measured[UNITS_TEXT];
	struct json_object *array;
	size_t i;

	if (!json_object_object_get_ex(call, "holders", &array))
		return;
	for (i = 0; i < json_object_array_length(array); i++) {
		struct json_object *env = json_object_array_get_idx(array, i);

		out_line("  environment %ju (%s, %s) has %s reserved, uses %s",
			 (uintmax_t)out_number(env, "id"),
			 out_string(env, "task"), out_string(env, "state"),
			 units_amount(resource, part(env, "reserved", resource),
				      reserved),
			 units_amount(resource, part(env, "measured", resource),
				      measured));
	}
}

/* Where it stands: in its task, and its task among the others. */
static void print_place(struct json_object *call)
{
	uintmax_t calls = out_number(call, "position");
	uintmax_t tasks = out_number(call, "tasks_before");

	/* The module counts no further. */
	if (calls)
		out_line("  %s%ju calls of its task go before it",
			 calls >= 1000 ? "at least " : "", calls);
	else
		out_line("  it is the first call of its task");
	if (tasks)
		out_line("  %ju waiting tasks go before its task", tasks);
	else if (out_has(call, "tasks_before"))
		out_line("  no waiting task goes before its task");
	if (out_number(call, "claims"))
		out_line("  it lacks this for longer than its patience and holds a claim: what comes after it may pass only if that does not delay it");
}

/* In what time it starts or expires. */
static void print_times(struct json_object *call, uint64_t now)
{
	uintmax_t attempts = out_number(call, "attempts");
	uintmax_t restarts = out_number(call, "restarts");
	char soon[TEXT_SIZE];

	if (attempts)
		out_line("  it ran and failed %ju times before", attempts);
	if (restarts)
		out_line("  its environment ended %ju times before it ran, the last time: %s",
			 restarts, out_string(call, "reason"));
	if (out_number(call, "ready_at"))
		out_line("  it runs again %s, or later if something is short then",
			 text_soon(out_number(call, "ready_at"), now, soon));
	if (out_has(call, "expected_start"))
		out_line("  it is expected to start %s, by the run times measured so far",
			 text_soon(out_number(call, "expected_start"), now, soon));
	if (out_number(call, "deadline"))
		out_line("  it expires %s if it still waits then",
			 text_soon(out_number(call, "deadline"), now, soon));
}

static void print_mode(struct json_object *task)
{
	const char *name = out_string(task, "name");
	const char *mode = out_string(task, "mode");

	if (!strcmp(mode, "pause"))
		out_line("  task %s is paused: new calls are accepted, none starts",
			 name);
	else if (!strcmp(mode, "drain"))
		out_line("  task %s is drained: new calls are refused, none starts",
			 name);
	else if (!strcmp(mode, "drain-keep"))
		out_line("  task %s is drained: new calls are accepted, none starts",
			 name);
}

static void print_quarantine(struct json_object *task, uint64_t now)
{
	const char *name = out_string(task, "name");
	uint64_t until = out_number(task, "quarantined_until");
	char soon[TEXT_SIZE];

	if (!until)
		return;
	out_line("  task %s failed %ju times in a row and is in quarantine",
		 name, (uintmax_t)out_number(task, "failures"));
	if (until == UINT64_MAX)
		out_line("  it is not let out by itself");
	else
		out_line("  it is let out %s; one more failure leads back",
			 text_soon(until, now, soon));
}

/* What the reason means, and what can be done. */
static void print_advice(struct json_object *call, uint64_t now)
{
	const char *why = out_string(call, "hold");
	struct json_object *task;

	if (json_object_object_get_ex(call, "of_task", &task)) {
		print_mode(task);
		print_quarantine(task, now);
		out_line("  sluice task resume %s lets its calls start",
			 out_string(task, "name"));
	} else if (!strcmp(why, "claim")) {
		out_line("  sluice why %ju says what that call lacks",
			 (uintmax_t)out_number(call, "claim_call"));
	} else if (!strcmp(why, "order")) {
		out_line("  calls that are paused, quarantined, wait to be run again, for an agent or for their own task's limit do not count");
	} else if (!strcmp(why, "never")) {
		out_line("  the budget was lowered: sluice budget set %s raises it, and the call starts",
			 out_string(call, "hold_resource"));
	} else if (!strcmp(why, "cpu-pressure")) {
		out_line("  it starts when they do again; sluice gate says what the CPUs do instead");
	} else if (!strcmp(why, "agent")) {
		out_line("  start sluiced (systemctl start sluiced); the call keeps waiting");
	}
}

static void print_call(struct json_object *call)
{
	bool waits = !strcmp(out_string(call, "state"), "queued");
	char text[TEXT_SIZE], time[UNITS_TEXT];
	struct json_object *account;
	uint64_t now = out_now();

	out_part("call %ju (%s) is %s", (uintmax_t)out_number(call, "id"),
		 out_string(call, "task"), out_string(call, "state"));
	/* How it goes on has sentences of its own. */
	if (*(waits ? text_hold(call, now, text) : text_call(call, now, text)))
		out_part(": %s", text);
	putchar('\n');
	out_part("  it waited %s",
		 units_duration(out_number(call, "wait_time"), time));
	if (out_number(call, "run_time"))
		out_part(", and ran %s",
			 units_duration(out_number(call, "run_time"), time));
	putchar('\n');
	if (waits) {
		print_place(call);
		print_times(call, now);
	}
	if (json_object_object_get_ex(call, "account", &account))
		print_account(account);
	print_holders(call);
	print_advice(call, now);
}

static void print_json(struct json_object *call)
{
	char text[TEXT_SIZE];

	if (*text_call(call, out_now(), text))
		out_add_string(call, "text", text);
	out_print_json(json_object_get(call));
}

int why_run(const struct cli_line *line)
{
	struct json_object *call;
	struct snl_conn *conn;
	uint64_t id;
	int ret = take_id(line, &id);

	if (!ret)
		ret = request_open(&conn);
	if (ret)
		return ret;
	call = object_one(conn, request_id(conn, SLUICE_CMD_CALL_GET,
					   SLUICE_A_CALL_ID, id), &ret);
	if (call)
		ret = add_holders(conn, call);
	if (call && !ret)
		ret = add_task(conn, call);
	snl_close(conn);
	if (call && !ret && out_json)
		print_json(call);
	else if (call && !ret)
		print_call(call);
	json_object_put(call);
	return fail_status(ret);
}
