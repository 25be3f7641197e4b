// SPDX-License-Identifier: GPL-2.0-only
/* sluice env: show and retire environments. */
#include "cli.h"

#include "objects.h"
#include "out.h"

static const struct out_column columns[] = {
	{ "id", "ENV", OUT_PLAIN },
	{ "task", "TASK", OUT_PLAIN },
	{ "state", "STATE", OUT_PLAIN },
	{ "call", "CALL", OUT_PLAIN },
	{ "pid", "PID", OUT_PLAIN },
	{ "pids", "PIDS", OUT_PLAIN },
	{ "cpu_time", "CPU-TIME", OUT_DURATION },
	{ "cpu_wait", "CPU-WAIT", OUT_DURATION },
	{ "calls", "CALLS", OUT_PLAIN },
	{ "reserved", "RESERVED", OUT_AMOUNTS },
	{ "measured", "MEASURED", OUT_AMOUNTS },
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static struct nl_msg *request(struct snl_conn *conn, uint8_t cmd, uint64_t id)
{
	struct nl_msg *msg = snl_request(conn, cmd, false);

	if (msg)
		nla_put_u32(msg, SLUICE_A_ENV_ID, (uint32_t)id);
	return msg;
}

static int number(const char *word, uint64_t *id)
{
	int ret = cli_number("an environment's id", word, id);

	if (!ret && *id > UINT32_MAX)
		ret = cli_usage("%s is no environment's id", word);
	return ret;
}

static int show(char **words)
{
	struct json_object *object;
	struct snl_conn *conn;
	uint64_t id = 0;
	int ret = words[0] ? number(words[0], &id) : CLI_OK;

	if (!ret)
		ret = cli_open(&conn);
	if (ret)
		return ret;
	if (words[0]) {
		object = object_one(conn, request(conn, SLUICE_CMD_ENV_GET, id),
				    &ret);
		if (object)
			out_lines(object, columns, COLUMNS);
	} else {
		object = object_all(conn, SLUICE_CMD_ENV_GET, &ret);
		if (object)
			out_table(object, columns, COLUMNS);
	}
	snl_close(conn);
	return cli_status(ret);
}

static int del(char **words)
{
	struct snl_conn *conn;
	uint64_t id;
	int ret = number(words[0], &id);

	if (!ret)
		ret = cli_end(words + 1);
	if (!ret)
		ret = cli_open(&conn);
	if (ret)
		return ret;
	return cli_send(conn, request(conn, SLUICE_CMD_ENV_DEL, id));
}

int cmd_env(char **words)
{
	static const struct cli_command commands[] = {
		{ "show", show },
		{ "list", show },
		{ "delete", del },
		{ NULL, NULL }
	};

	return cli_run("env", commands, words);
}
