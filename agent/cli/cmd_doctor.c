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
#include "units.h"

#define KERNEL_BTF	"/sys/kernel/btf/vmlinux"

static void find_source(struct findings *findings, struct json_object *stats)
{
	const char *source = out_string(stats, "wait_source");

	if (!strcmp(source, "ebpf"))
		found(findings, GOOD, "cpu wait", "counted by eBPF");
	else if (!strcmp(source, "maps"))
		found(findings, GOOD, "cpu wait",
		      "counted by eBPF and read once a second, as this kernel gives the module no BTF");
	else if (!strcmp(source, "files"))
		found(findings, REMARK, "cpu wait",
		      "read once a second from files of cgroups, as no eBPF programs count: what real-time threads take, processes and refused system calls are not known");
	else if (!out_number(stats, "module_btf") && access(KERNEL_BTF, F_OK))
		found(findings, REMARK, "cpu wait",
		      "how long environments wait for a CPU, what they read and write, and what real-time threads take, is not counted: this kernel has no BTF");
	else
		found(findings, REMARK, "cpu wait",
		      "how long environments wait for a CPU, what they read and write, and what real-time threads take, is not counted: the journal of sluiced says why");
}

/* What weights ensure, which is less than the budget where that is (nearly) all there is. */
static void look_at_guarantee(struct findings *findings)
{
	char sure[UNITS_TEXT], budget[UNITS_TEXT], all[UNITS_TEXT];
	struct json_object *box;
	struct snl_conn *conn;
	int ret = snl_open(&conn);

	box = ret ? NULL : object_ask(conn, snl_request(conn, SLUICE_CMD_BOX_GET,
							false), &ret);
	snl_close(conn);
	/* Without a module, that has been said. */
	if (!box)
		return;
	units_cpu(out_number(box, "cpu_guaranteed"), sure);
	units_cpu(out_number(box, "cpu_budget"), budget);
	units_cpu(out_number(box, "cpu"), all);
	if (out_number(box, "cpu_guaranteed") >= out_number(box, "cpu_budget"))
		found(findings, GOOD, "cpu", "%s of %s are guaranteed to environments, the budget is %s",
		      sure, all, budget);
	else if (out_number(box, "cpu_guaranteed"))
		found(findings, REMARK, "cpu",
		      "%s of %s are guaranteed to environments, and the budget is %s: what others use beyond that delays calls",
		      sure, all, budget);
	else
		found(findings, REMARK, "cpu",
		      "nothing is guaranteed to environments, so that whatever others use delays calls: the journal of sluiced says why");
	json_object_put(box);
}

static void look_at_agent(struct findings *findings)
{
	struct json_object *stats;
	struct snl_conn *conn;
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
	find_source(findings, stats);
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
	look_at_guarantee(&findings);
	look_at_peers(&findings);
	look_at_tasks(&findings);
	out_table(findings.list, columns, sizeof(columns) / sizeof(columns[0]));
	return findings.failed ? CLI_REFUSED : CLI_OK;
}
