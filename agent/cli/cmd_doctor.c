// SPDX-License-Identifier: GPL-2.0-only
/* sluice doctor: look at everything that Sluice needs, and say what is missing. */
#include "cli.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "box.h"
#include "finding.h"
#include "objects.h"
#include "out.h"
#include "sluice.h"
#include "taskopen.h"

static void look_at_agent(struct findings *findings)
{
	struct json_object *stats;
	struct snl_conn *conn;
	const char *source;
	int ret = snl_open(&conn);

	if (ret) {
		found(findings, BAD, "agent", "%s", snl_error(conn));
		snl_close(conn);
		return;
	}
	stats = object_ask(conn, snl_request(conn, SLUICE_CMD_STATS_GET, false),
			   &ret);
	if (!stats)
		found(findings, BAD, "agent", "%s", snl_error(conn));
	snl_close(conn);
	if (!stats)
		return;
	if (out_number(stats, "agent_pid"))
		found(findings, GOOD, "agent", "runs, process %ju",
		      (uintmax_t)out_number(stats, "agent_pid"));
	else
		found(findings, BAD, "agent",
		      "none runs: systemctl start sluiced; calls to warm tasks go on, others wait");
	source = out_string(stats, "wait_source");
	if (!strcmp(source, "ebpf"))
		found(findings, GOOD, "cpu wait", "counted by eBPF");
	else if (!out_number(stats, "module_btf"))
		found(findings, REMARK, "cpu wait",
		      "how long environments wait for a CPU is not counted: this kernel gives the module no BTF");
	else
		found(findings, REMARK, "cpu wait",
		      "how long environments wait for a CPU is not counted: the journal of sluiced says why");
	json_object_put(stats);
}

#define CAN_RULES	"/sys/module/can_gw"

static bool has_bus(const struct taskfile *file)
{
	size_t i;

	for (i = 0; i < file->sockets_count; i++)
		if (!strncmp(file->sockets[i].address, "can:", 4))
			return true;
	return false;
}

static void look_at_tasks(struct findings *findings)
{
	char path[600], error[TASKFILE_ERROR], name[SLUICE_NAME_SIZE];
	DIR *dir = opendir(TASKFILE_DIR);
	struct taskfile *file;
	struct dirent *entry;
	struct stat st;
	FILE *from;
	unsigned int good = 0;
	bool buses = false;

	if (!dir) {
		found(findings, BAD, "tasks", "%s: %s", TASKFILE_DIR,
		      strerror(errno));
		return;
	}
	while ((entry = readdir(dir))) {
		if (taskfile_name(entry->d_name, name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", TASKFILE_DIR,
			 entry->d_name);
		if (taskopen(path, &from, &st, error) ||
		    taskfile_read(from, path, &file, error)) {
			found(findings, BAD, "tasks", "%s", error);
			continue;
		}
		buses = buses || has_bus(file);
		taskfile_free(file);
		good++;
	}
	closedir(dir);
	if (buses && access(CAN_RULES, F_OK))
		found(findings, BAD, "can",
		      "no task with a CAN bus can run: modprobe can-gw, which the unit sluiced does when it starts");
	found(findings, GOOD, "tasks", "%u good task files in %s", good,
	      TASKFILE_DIR);
}

int doctor_run(const struct cli_line *line)
{
	static const struct out_column columns[] = {
		{ "check", "CHECK", OUT_PLAIN },
		{ "result", "RESULT", OUT_PLAIN },
		{ "text", "WHAT WAS FOUND", OUT_PLAIN },
	};
	struct findings findings = { .list = json_object_new_array() };

	(void)line;
	look_at_module(&findings);
	look_at_device(&findings);
	look_at_cgroups(&findings);
	look_at_limits(&findings);
	look_at_programs(&findings);
	look_at_units(&findings);
	look_at_agent(&findings);
	look_at_peers(&findings);
	look_at_tasks(&findings);
	out_table(findings.list, columns, sizeof(columns) / sizeof(columns[0]));
	return findings.failed ? CLI_REFUSED : CLI_OK;
}
