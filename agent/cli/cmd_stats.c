// SPDX-License-Identifier: GPL-2.0-only
/* sluice stats: counters since the module was loaded. */
#include "cli.h"

#include <stdio.h>

#include "fail.h"
#include "line.h"
#include "objects.h"
#include "out.h"
#include "request.h"

static const struct out_column columns[] = {
	{ "calls_waiting", "calls waiting", OUT_PLAIN },
	{ "calls_running", "calls running", OUT_PLAIN },
	{ "bytes_waiting", "bytes waiting", OUT_SIZE },
	{ "tasks", "tasks", OUT_PLAIN },
	{ "envs", "environments", OUT_PLAIN },
	{ "agent_pid", "agent pid", OUT_PLAIN },
	{ "wait_source", "cpu wait by", OUT_PLAIN },
};

static int show_one(struct json_object *stats, const char *name)
{
	struct json_object *counters, *value;

	if (!json_object_object_get_ex(stats, "counters", &counters) ||
	    !json_object_object_get_ex(counters, name, &value)) {
		json_object_put(stats);
		return fail_usage("there is no counter '%s'", name);
	}
	printf("%s\n", json_object_get_string(value));
	json_object_put(stats);
	return CLI_OK;
}

static void show_all(struct json_object *stats)
{
	struct json_object *counters;

	if (!out_json && json_object_object_get_ex(stats, "counters",
						   &counters)) {
		json_object_object_foreach(counters, name, value)
			printf("%-18s %s\n", name,
			       json_object_get_string(value));
	}
	out_lines(stats, columns, sizeof(columns) / sizeof(columns[0]));
}

int stats_run(const struct cli_line *line)
{
	struct json_object *stats;
	struct snl_conn *conn;
	int ret = request_open(&conn);

	if (ret)
		return ret;
	stats = object_one(conn, snl_request(conn, SLUICE_CMD_STATS_GET, false),
			   &ret);
	snl_close(conn);
	if (!stats)
		return fail_status(ret);
	if (line->words[0])
		return show_one(stats, line->words[0]);
	show_all(stats);
	return CLI_OK;
}
