// SPDX-License-Identifier: GPL-2.0-only
/* sluice budget: what the operator gives, and the ledger. */
#include "cli.h"

#include "fail.h"
#include "line.h"
#include "request.h"
#include "show.h"
#include "take.h"

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

int budget_show(const struct cli_line *line)
{
	static const struct show budgets = {
		.cmd = SLUICE_CMD_BUDGET_GET,
		.attr = SLUICE_A_BUDGET_RESOURCE,
		.by = SHOW_NAME,
		.list = SHOW_COLUMNS(columns),
		.one = SHOW_COLUMNS(columns),
	};

	return show(&budgets, line);
}

int budget_set(const struct cli_line *line)
{
	const char *resource = line->words[0], *amount = line->words[1];
	const char *left = line_value(line, "reserve");
	uint64_t budget = 0, reserve = 0;
	struct snl_conn *conn;
	struct nl_msg *msg;
	int ret = CLI_OK;

	if (!amount && !left)
		return fail_usage("how much %s is missing", resource);
	if (amount)
		ret = take_amount(resource, amount, &budget);
	if (!ret && left)
		ret = take_amount(resource, left, &reserve);
	if (!ret)
		ret = request_open(&conn);
	if (ret)
		return ret;
	msg = request_name(conn, SLUICE_CMD_BUDGET_SET,
			   SLUICE_A_BUDGET_RESOURCE, resource);
	if (msg && amount)
		nla_put_u64(msg, SLUICE_A_BUDGET_BUDGET, budget);
	if (msg && left)
		nla_put_u64(msg, SLUICE_A_BUDGET_RESERVE, reserve);
	return request_finish(conn, msg);
}

int budget_del(const struct cli_line *line)
{
	struct snl_conn *conn;
	int ret = request_open(&conn);

	if (ret)
		return ret;
	return request_finish(conn, request_name(conn, SLUICE_CMD_BUDGET_DEL,
						 SLUICE_A_BUDGET_RESOURCE,
						 line->words[0]));
}
