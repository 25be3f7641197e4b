// SPDX-License-Identifier: GPL-2.0-only
/* sluice budget: what the operator gives, and the ledger. */
#include "cli.h"

#include <string.h>

#include "objects.h"
#include "out.h"
#include "units.h"

static const struct out_column columns[] = {
	{ "resource", "RESOURCE", OUT_PLAIN },
	{ "budget", "BUDGET", OUT_AMOUNT },
	{ "reserved", "RESERVED", OUT_AMOUNT },
	{ "measured", "MEASURED", OUT_AMOUNT },
	{ "promised", "PROMISED", OUT_AMOUNT },
	{ "physical", "PHYSICAL", OUT_AMOUNT },
	{ "reserve", "RESERVE", OUT_AMOUNT },
	{ "outside", "OUTSIDE", OUT_AMOUNT },
	{ "available", "AVAILABLE", OUT_AMOUNT },
	{ "waiting", "WAITING", OUT_PLAIN },
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static struct nl_msg *request(struct snl_conn *conn, uint8_t cmd,
			      const char *resource)
{
	struct nl_msg *msg = snl_request(conn, cmd, false);

	if (msg)
		nla_put_string(msg, SLUICE_A_BUDGET_RESOURCE, resource);
	return msg;
}

static int show(char **words)
{
	struct json_object *object;
	struct snl_conn *conn;
	int ret = cli_open(&conn);

	if (ret)
		return ret;
	if (words[0]) {
		object = object_one(conn, request(conn, SLUICE_CMD_BUDGET_GET,
						  words[0]), &ret);
		if (object)
			out_lines(object, columns, COLUMNS);
	} else {
		object = object_all(conn, SLUICE_CMD_BUDGET_GET, &ret);
		if (object)
			out_table(object, columns, COLUMNS);
	}
	snl_close(conn);
	return cli_status(ret);
}

static int amount(const char *resource, const char *word, uint64_t *value)
{
	const char *example = "a count, as 4";

	if (!word)
		return cli_usage("how much %s is missing", resource);
	if (!strcmp(resource, "memory"))
		example = "a size, as 256M";
	else if (!strcmp(resource, "cpu"))
		example = "CPUs, as 1.5 or 200m";
	if (units_parse_amount(resource, word, value))
		return cli_usage("'%s' of %s: expected %s", word, resource,
				 example);
	return CLI_OK;
}

/* RESOURCE [AMOUNT] [reserve AMOUNT] */
static int set(char **words)
{
	uint64_t budget = 0, reserve = 0;
	bool has_budget, has_reserve;
	const char *resource = words[0];
	struct snl_conn *conn;
	struct nl_msg *msg;
	int ret = CLI_OK;

	if (!resource)
		return cli_usage("a resource is missing");
	words++;
	has_budget = words[0] && strcmp(words[0], "reserve") != 0;
	if (has_budget)
		ret = amount(resource, *words++, &budget);
	has_reserve = words[0] && !strcmp(words[0], "reserve");
	if (!ret && has_reserve) {
		ret = amount(resource, words[1], &reserve);
		words += ret ? 0 : 2;
	}
	if (!ret && !has_budget && !has_reserve)
		return cli_usage("how much %s is missing", resource);
	if (!ret)
		ret = cli_end(words);
	if (!ret)
		ret = cli_open(&conn);
	if (ret)
		return ret;
	msg = request(conn, SLUICE_CMD_BUDGET_SET, resource);
	if (msg && has_budget)
		nla_put_u64(msg, SLUICE_A_BUDGET_BUDGET, budget);
	if (msg && has_reserve)
		nla_put_u64(msg, SLUICE_A_BUDGET_RESERVE, reserve);
	return cli_send(conn, msg);
}

static int del(char **words)
{
	struct snl_conn *conn;
	int ret = words[0] ? cli_end(words + 1) :
		  cli_usage("a token is missing");

	if (!ret)
		ret = cli_open(&conn);
	if (ret)
		return ret;
	return cli_send(conn, request(conn, SLUICE_CMD_BUDGET_DEL, words[0]));
}

int cmd_budget(char **words)
{
	static const struct cli_command commands[] = {
		{ "show", show },
		{ "list", show },
		{ "set", set },
		{ "delete", del },
		{ NULL, NULL }
	};

	return cli_run("budget", commands, words);
}
