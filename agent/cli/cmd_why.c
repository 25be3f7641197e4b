// SPDX-License-Identifier: GPL-2.0-only
/* sluice why: the reason that a call waits, and who holds what it waits for. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

#include "objects.h"
#include "out.h"
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
	struct nl_msg *msg;
	int ret;

	if (!*resource)
		return 0;
	msg = snl_request(conn, SLUICE_CMD_BUDGET_GET, false);
	if (msg)
		nla_put_string(msg, SLUICE_A_BUDGET_RESOURCE, resource);
	account = object_one(conn, msg, &ret);
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

	printf("  %s: budget %s, promised %s, available %s\n", resource,
	       units_amount(resource, out_number(account, "budget"), budget),
	       units_amount(resource, out_number(account, "promised"),
			    promised),
	       units_amount(resource, out_number(account, "available"),
			    available));
	if (out_has(account, "physical"))
		printf("  the box has %s, outside of Sluice %s are used, %s stay free for it\n",
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

		printf("  environment %ju (%s, %s) has %s reserved, uses %s\n",
		       (uintmax_t)out_number(env, "id"),
		       out_string(env, "task"), out_string(env, "state"),
		       units_amount(resource, part(env, "reserved", resource),
				    reserved),
		       units_amount(resource, part(env, "measured", resource),
				    measured));
	}
}

static void print_call(struct json_object *call)
{
	char text[OBJECT_TEXT], time[UNITS_TEXT];
	struct json_object *account;

	printf("call %ju (%s) is %s", (uintmax_t)out_number(call, "id"),
	       out_string(call, "task"), out_string(call, "state"));
	if (*object_call_text(call, text))
		printf(": %s", text);
	printf("\n  it waited %s",
	       units_duration(out_number(call, "wait_time"), time));
	if (out_number(call, "run_time"))
		printf(", and ran %s",
		       units_duration(out_number(call, "run_time"), time));
	putchar('\n');
	if (json_object_object_get_ex(call, "account", &account))
		print_account(account);
	print_holders(call);
	if (!strcmp(out_string(call, "hold"), "agent"))
		puts("  start sluiced (systemctl start sluiced); the call keeps waiting");
}

int cmd_why(char **words)
{
	struct json_object *call;
	struct snl_conn *conn;
	struct nl_msg *msg;
	uint64_t id;
	int ret = cli_number("a call's id", words[0], &id);

	if (!ret)
		ret = cli_end(words + 1);
	if (!ret)
		ret = cli_open(&conn);
	if (ret)
		return ret;
	msg = snl_request(conn, SLUICE_CMD_CALL_GET, false);
	if (msg)
		nla_put_u64(msg, SLUICE_A_CALL_ID, id);
	call = object_one(conn, msg, &ret);
	if (call)
		ret = add_holders(conn, call);
	snl_close(conn);
	if (call && !ret && out_json)
		out_print_json(json_object_get(call));
	else if (call && !ret)
		print_call(call);
	json_object_put(call);
	return cli_status(ret);
}
