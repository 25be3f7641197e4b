// SPDX-License-Identifier: GPL-2.0-only
/*
 * sluice gate: what lets calls start, and what does not, on one screen: each resource and
 * what bounds it, whom the CPUs go to, who waits for what, and who holds it.
 * sluice what-if: what a call would meet there.
 */
#include "cli.h"

#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "line.h"
#include "objects.h"
#include "out.h"
#include "request.h"
#include "text.h"
#include "units.h"

/* Lines of who waits and who holds; of more only the number is said. */
#define LINES_MAX	10

static const struct out_column columns[] = {
	{ "resource", "RESOURCE", OUT_PLAIN },
	{ "budget", "BUDGET", OUT_AMOUNT },
	{ "reserved", "RESERVED", OUT_AMOUNT },
	{ "measured", "MEASURED", OUT_AMOUNT },
	{ "outside", "OUTSIDE", OUT_AMOUNT },
	{ "available", "AVAILABLE", OUT_AMOUNT },
	{ "bound", "BOUND BY", OUT_PLAIN },
	{ "waiting", "WAITING", OUT_PLAIN },
};

/* In the order of the hierarchy, the lowest first, as they close. */
static const char * const classes[] = { "batch", "fair", "priority", "deadline" };

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* Of what could be had of it, that is the end: the budget, a limit above, or what there is. */
static const char *bound_of(struct json_object *account)
{
	uint64_t left = less(out_number(account, "physical"),
			     out_number(account, "reserve"));
	uint64_t least = out_number(account, "budget");
	const char *bound = "budget";

	if (out_has(account, "limit") && out_number(account, "limit") < least) {
		least = out_number(account, "limit");
		bound = "limit";
	}
	left = less(left, out_number(account, "outside"));
	if (!out_has(account, "physical") || left >= least)
		return bound;
	return out_number(account, "outside") ? "outside" : "box";
}

/* Calls that wait for something, but for others of their own task. */
static struct json_object *those_that_wait(struct json_object *calls)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < json_object_array_length(calls); i++) {
		struct json_object *call = json_object_array_get_idx(calls, i);
		const char *why = out_string(call, "hold");

		if (!strcmp(out_string(call, "state"), "queued") &&
		    strcmp(why, "behind") && strcmp(why, "none"))
			json_object_array_add(array, json_object_get(call));
	}
	return array;
}

static struct json_object *those_that_hold(struct json_object *envs)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < json_object_array_length(envs); i++) {
		struct json_object *env = json_object_array_get_idx(envs, i);
		struct json_object *reserved = NULL, *measured = NULL;

		json_object_object_get_ex(env, "reserved", &reserved);
		json_object_object_get_ex(env, "measured", &measured);
		if ((reserved && json_object_object_length(reserved)) ||
		    (measured && json_object_object_length(measured)))
			json_object_array_add(array, json_object_get(env));
	}
	return array;
}

/* A dump that is not needed any more; a negative errno. */
static int add_dump(struct snl_conn *conn, struct json_object *gate,
		    const char *key, uint8_t cmd,
		    struct json_object *(*pick)(struct json_object *))
{
	struct json_object *all;
	int ret;

	all = object_all(conn, cmd, &ret);
	if (!all)
		return ret;
	json_object_object_add(gate, key, pick(all));
	json_object_put(all);
	return 0;
}

static struct json_object *with_bounds(struct json_object *accounts)
{
	size_t i;

	for (i = 0; i < json_object_array_length(accounts); i++) {
		struct json_object *account =
			json_object_array_get_idx(accounts, i);

		out_add_string(account, "bound", bound_of(account));
	}
	return json_object_get(accounts);
}

static int fetch(struct snl_conn *conn, struct json_object *gate)
{
	struct json_object *box;
	int ret;

	ret = add_dump(conn, gate, "resources", SLUICE_CMD_BUDGET_GET,
		       with_bounds);
	if (ret)
		return ret;
	box = object_one(conn, snl_request(conn, SLUICE_CMD_BOX_GET, false),
			 &ret);
	if (!box)
		return ret;
	json_object_object_add(gate, "box", box);
	ret = add_dump(conn, gate, "waits", SLUICE_CMD_CALL_GET,
		       those_that_wait);
	return ret ? ret : add_dump(conn, gate, "holds", SLUICE_CMD_ENV_GET,
				    those_that_hold);
}

/*
 * In words
 */

static void print_guarantee(struct json_object *box)
{
	char sure[UNITS_TEXT], budget[UNITS_TEXT], all[UNITS_TEXT],
	     yielding[UNITS_TEXT];
	uint64_t guaranteed = out_number(box, "cpu_guaranteed");

	units_cpu(guaranteed, sure);
	units_cpu(out_number(box, "cpu_budget"), budget);
	units_cpu(out_number(box, "cpu"), all);
	units_cpu(out_number(box, "cpu_yielding"), yielding);
	if (!guaranteed)
		out_line("cpu: nothing of %s is guaranteed by weight: whatever others use (%s) is outside",
			 all, yielding);
	else if (guaranteed >= out_number(box, "cpu_budget"))
		out_line("cpu: %s of %s are guaranteed by weight; others use %s and give way",
			 sure, all, yielding);
	else
		out_line("cpu: %s of %s are guaranteed by weight, not the budget of %s: what others use (%s) is outside beyond that",
			 sure, all, budget, yielding);
}

static void print_firm(struct json_object *box)
{
	char realtime[UNITS_TEXT], interrupts[UNITS_TEXT], stolen[UNITS_TEXT];

	out_line("cpu: nothing takes away from real-time threads %s, interrupts %s, the host of this guest %s",
		 units_cpu(out_number(box, "cpu_realtime"), realtime),
		 units_cpu(out_number(box, "cpu_interrupts"), interrupts),
		 units_cpu(out_number(box, "cpu_stolen"), stolen));
}

static void print_closed(struct json_object *box)
{
	uint64_t closed = out_number(box, "closed"), i;

	if (!closed)
		return;
	out_part("closed, as environments do not get the CPU that they were promised:");
	for (i = 0; i < closed && i < sizeof(classes) / sizeof(classes[0]); i++)
		out_part(" %s", classes[i]);
	putchar('\n');
}

static void print_wait(struct json_object *call, uint64_t now)
{
	char text[TEXT_SIZE], time[UNITS_TEXT];

	text_call(call, now, text);
	out_line("  call %ju of %s, for %s: %s",
		 (uintmax_t)out_number(call, "id"), out_string(call, "task"),
		 units_duration(out_number(call, "wait_time"), time), text);
}

static void print_amounts(struct json_object *env, const char *key)
{
	struct json_object *amounts = NULL;
	char amount[UNITS_TEXT];

	json_object_object_get_ex(env, key, &amounts);
	if (!amounts || !json_object_object_length(amounts))
		return;
	out_part(", %s", key);
	json_object_object_foreach(amounts, resource, value)
		out_part(" %s %s", resource,
			 units_amount(resource, json_object_get_uint64(value),
				      amount));
}

static void print_hold(struct json_object *env, uint64_t now)
{
	(void)now;
	out_part("  environment %ju of %s, %s", (uintmax_t)out_number(env, "id"),
		 out_string(env, "task"), out_string(env, "state"));
	print_amounts(env, "reserved");
	print_amounts(env, "measured");
	putchar('\n');
}

static void print_each(struct json_object *gate, const char *key,
		       void (*print)(struct json_object *, uint64_t))
{
	struct json_object *array = NULL;
	size_t i, count;

	json_object_object_get_ex(gate, key, &array);
	count = json_object_array_length(array);
	out_line("%s: %s", key, count ? "" : "none");
	for (i = 0; i < count && i < LINES_MAX; i++)
		print(json_object_array_get_idx(array, i), out_now());
	if (count > LINES_MAX)
		out_line("  and %zu more", count - LINES_MAX);
}

static void print(struct json_object *gate)
{
	struct json_object *resources, *box;

	json_object_object_get_ex(gate, "resources", &resources);
	json_object_object_get_ex(gate, "box", &box);
	out_table(json_object_get(resources), columns,
		  sizeof(columns) / sizeof(columns[0]));
	print_guarantee(box);
	print_firm(box);
	print_closed(box);
	print_each(gate, "waits", print_wait);
	print_each(gate, "holds", print_hold);
}

int gate_run(const struct cli_line *line)
{
	struct json_object *gate;
	struct snl_conn *conn;
	int ret = request_open(&conn);

	(void)line;
	if (ret)
		return ret;
	gate = json_object_new_object();
	ret = fetch(conn, gate);
	snl_close(conn);
	if (!ret && out_json)
		out_print_json(json_object_get(gate));
	else if (!ret)
		print(gate);
	json_object_put(gate);
	return fail_status(ret);
}

/*
 * What if
 */

/* Of each resource that it needs: how much, and what would be left of it. */
static void print_needs(struct json_object *gate, struct json_object *task)
{
	struct json_object *resources, *needs = NULL;
	char need[UNITS_TEXT], available[UNITS_TEXT];
	size_t i;

	json_object_object_get_ex(task, "request", &needs);
	json_object_object_get_ex(gate, "resources", &resources);
	for (i = 0; needs && i < json_object_array_length(resources); i++) {
		struct json_object *account =
			json_object_array_get_idx(resources, i);
		const char *resource = out_string(account, "resource");

		if (!out_number(needs, resource))
			continue;
		out_line("  %s: needs %s, available %s, bound by %s", resource,
			 units_amount(resource, out_number(needs, resource), need),
			 units_amount(resource, out_number(account, "available"),
				      available),
			 out_string(account, "bound"));
	}
}

static void print_try(struct json_object *try, struct json_object *gate,
		      struct json_object *task)
{
	char text[TEXT_SIZE];

	if (!strcmp(out_string(try, "hold"), "none"))
		out_line("a call to %s would start now, in %s",
			 out_string(try, "task"), out_has(try, "env") ?
			 "an environment that is warm" : "a new environment");
	else
		out_line("a call to %s would wait: %s", out_string(try, "task"),
			 text_hold(try, out_now(), text));
	print_needs(gate, task);
}

int what_if_run(const struct cli_line *line)
{
	struct json_object *gate, *try, *task = NULL;
	const char *name = line->words[0];
	struct snl_conn *conn;
	int ret = request_open(&conn);

	if (ret)
		return ret;
	gate = json_object_new_object();
	try = object_one(conn, request_name(conn, SLUICE_CMD_CALL_TRY,
					    SLUICE_A_CALL_TASK, name), &ret);
	if (try)
		task = object_one(conn, request_name(conn, SLUICE_CMD_TASK_GET,
						     SLUICE_A_TASK_NAME, name),
				  &ret);
	if (task)
		ret = fetch(conn, gate);
	snl_close(conn);
	if (!ret && out_json)
		out_print_json(json_object_get(try));
	else if (!ret)
		print_try(try, gate, task);
	json_object_put(gate);
	json_object_put(try);
	json_object_put(task);
	return fail_status(ret);
}
