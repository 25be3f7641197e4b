// SPDX-License-Identifier: GPL-2.0-only
/* sluice env: show and retire environments. */
#include "cli.h"

#include "line.h"
#include "request.h"
#include "show.h"
#include "take.h"

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

int env_show(const struct cli_line *line)
{
	static const struct show envs = {
		.cmd = SLUICE_CMD_ENV_GET,
		.attr = SLUICE_A_ENV_ID,
		.by = SHOW_ID32,
		.list = SHOW_COLUMNS(columns),
		.one = SHOW_COLUMNS(columns),
	};

	return show(&envs, line);
}

int env_del(const struct cli_line *line)
{
	struct snl_conn *conn;
	uint64_t id;
	int ret = take_id32(line, &id);

	if (!ret)
		ret = request_open(&conn);
	if (ret)
		return ret;
	return request_finish(conn, request_id32(conn, SLUICE_CMD_ENV_DEL,
						 SLUICE_A_ENV_ID, id));
}
