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

static const struct out_column one_columns[] = {
	{ "id", "environment", OUT_PLAIN },
	{ "task", "task", OUT_PLAIN },
	{ "state", "state", OUT_PLAIN },
	{ "call", "call", OUT_PLAIN },
	{ "pid", "pid", OUT_PLAIN },
	{ "pids", "pids", OUT_PLAIN },
	{ "cpu_time", "cpu", OUT_DURATION },
	{ "cpu_wait", "waited for a CPU", OUT_DURATION },
	{ "read_bytes", "read", OUT_SIZE },
	{ "written_bytes", "written", OUT_SIZE },
	{ "received_bytes", "received", OUT_SIZE },
	{ "sent_bytes", "sent", OUT_SIZE },
	{ "page_faults", "page faults", OUT_PLAIN },
	{ "processes", "processes", OUT_PLAIN },
	{ "syscalls_refused", "system calls refused", OUT_PLAIN },
	{ "oom_kills", "ended for memory", OUT_PLAIN },
	{ "counted_at", "counted", OUT_MOMENT },
	{ "calls", "calls", OUT_PLAIN },
	{ "reserved", "reserved", OUT_AMOUNTS },
	{ "measured", "measured", OUT_AMOUNTS },
	{ "state_size", "can keep", OUT_SIZE },
	{ "state_used", "keeps", OUT_SIZE },
	{ "peers_refused", "peers refused", OUT_PLAIN },
	{ "message", "message", OUT_PLAIN },
};

int env_show(const struct cli_line *line)
{
	static const struct show envs = {
		.cmd = SLUICE_CMD_ENV_GET,
		.attr = SLUICE_A_ENV_ID,
		.by = SHOW_ID32,
		.list = SHOW_COLUMNS(columns),
		.one = SHOW_COLUMNS(one_columns),
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
