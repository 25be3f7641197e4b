// SPDX-License-Identifier: GPL-2.0-only
/* sluice doctor: look at everything that Sluice needs, and say what is missing. */
#include "cli.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "objects.h"
#include "out.h"
#include "sluice.h"
#include "taskfile.h"

struct doctor {
	struct json_object *checks;
	bool	failed;
};

/* Something without which calls do not run is an error, else a remark. */
enum finding { GOOD, REMARK, BAD };

__attribute__((format(printf, 4, 5)))
static void found(struct doctor *doctor, enum finding finding,
		  const char *what, const char *format, ...)
{
	static const char * const names[] = { "ok", "note", "missing" };
	struct json_object *check = json_object_new_object();
	char text[640];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	out_add_string(check, "check", what);
	out_add_string(check, "result", names[finding]);
	out_add_string(check, "text", text);
	json_object_array_add(doctor->checks, check);
	if (finding == BAD)
		doctor->failed = true;
}

static void look_at_kernel(struct doctor *doctor)
{
	struct utsname name;

	uname(&name);
	if (!access("/sys/module/sluice", F_OK))
		found(doctor, GOOD, "module", "loaded, kernel %s",
		      name.release);
	else
		found(doctor, BAD, "module",
		      "not loaded, kernel %s: modprobe sluice; if that does not find it: dkms status sluice",
		      name.release);
	if (!access(SLUICE_DEVICE, R_OK | W_OK))
		found(doctor, GOOD, "device", SLUICE_DEVICE " can be used");
	else
		found(doctor, BAD, "device", SLUICE_DEVICE ": %s%s",
		      strerror(errno), errno == EACCES ?
		      ": be root or in the group sluice" : "");
	if (!access("/sys/fs/cgroup/cgroup.controllers", F_OK))
		found(doctor, GOOD, "cgroup", "version 2");
	else
		found(doctor, BAD, "cgroup",
		      "no version 2 hierarchy at /sys/fs/cgroup: boot with systemd.unified_cgroup_hierarchy=1");
}

static void look_at_agent(struct doctor *doctor)
{
	struct json_object *stats;
	struct snl_conn *conn;
	const char *source;
	int ret = snl_open(&conn);

	if (ret) {
		found(doctor, BAD, "agent", "%s", snl_error(conn));
		snl_close(conn);
		return;
	}
	stats = object_ask(conn, snl_request(conn, SLUICE_CMD_STATS_GET, false),
			   &ret);
	if (!stats)
		found(doctor, BAD, "agent", "%s", snl_error(conn));
	snl_close(conn);
	if (!stats)
		return;
	if (out_number(stats, "agent_pid"))
		found(doctor, GOOD, "agent", "runs, process %ju",
		      (uintmax_t)out_number(stats, "agent_pid"));
	else
		found(doctor, BAD, "agent",
		      "none runs: systemctl start sluiced; calls to warm tasks go on, others wait");
	source = out_string(stats, "wait_source");
	if (!strcmp(source, "ebpf"))
		found(doctor, GOOD, "cpu wait", "counted by eBPF");
	else if (!out_number(stats, "module_btf"))
		found(doctor, REMARK, "cpu wait",
		      "how long environments wait for a CPU is not counted: this kernel gives the module no BTF");
	else
		found(doctor, REMARK, "cpu wait",
		      "how long environments wait for a CPU is not counted: the journal of sluiced says why");
	json_object_put(stats);
}

static void look_at_tasks(struct doctor *doctor)
{
	char path[600], error[TASKFILE_ERROR], name[SLUICE_NAME_SIZE];
	DIR *dir = opendir(TASKFILE_DIR);
	struct taskfile *file;
	struct dirent *entry;
	unsigned int good = 0;

	if (!dir) {
		found(doctor, BAD, "tasks", "%s: %s", TASKFILE_DIR,
		      strerror(errno));
		return;
	}
	while ((entry = readdir(dir))) {
		if (taskfile_name(entry->d_name, name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", TASKFILE_DIR,
			 entry->d_name);
		if (taskfile_load(path, &file, error)) {
			found(doctor, BAD, "tasks", "%s", error);
			continue;
		}
		taskfile_free(file);
		good++;
	}
	closedir(dir);
	found(doctor, GOOD, "tasks", "%u good task files in %s", good,
	      TASKFILE_DIR);
}

int doctor_run(const struct cli_line *line)
{
	static const struct out_column columns[] = {
		{ "check", "CHECK", OUT_PLAIN },
		{ "result", "RESULT", OUT_PLAIN },
		{ "text", "WHAT WAS FOUND", OUT_PLAIN },
	};
	struct doctor doctor = { .checks = json_object_new_array() };

	(void)line;
	look_at_kernel(&doctor);
	look_at_agent(&doctor);
	look_at_tasks(&doctor);
	out_table(doctor.checks, columns, sizeof(columns) / sizeof(columns[0]));
	return doctor.failed ? CLI_REFUSED : CLI_OK;
}
