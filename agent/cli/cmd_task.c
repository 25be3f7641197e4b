// SPDX-License-Identifier: GPL-2.0-only
/* sluice task: show, add, delete and check tasks; their mode is in mode.c. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mode.h"
#include "objects.h"
#include "out.h"
#include "register.h"
#include "taskfile.h"
#include "text.h"

#define PATH_SIZE 512

static const struct out_column list_columns[] = {
	{ "name", "TASK", OUT_PLAIN },
	{ "kind", "KIND", OUT_PLAIN },
	{ "class", "CLASS", OUT_PLAIN },
	{ "priority", "PRIO", OUT_PLAIN },
	{ "mode", "MODE", OUT_PLAIN },
	{ "queued", "QUEUED", OUT_PLAIN },
	{ "running", "RUNNING", OUT_PLAIN },
	{ "envs", "ENVS", OUT_PLAIN },
	{ "submitted", "SUBMITTED", OUT_PLAIN },
	{ "ended", "ENDED", OUT_PLAIN },
	{ "request", "NEEDS", OUT_AMOUNTS },
	{ "text", "STOPPED", OUT_PLAIN },
};

static const struct out_column one_columns[] = {
	{ "name", "task", OUT_PLAIN },
	{ "mode", "mode", OUT_PLAIN },
	{ "text", "stopped", OUT_PLAIN },
	{ "kind", "kind", OUT_PLAIN },
	{ "class", "class", OUT_PLAIN },
	{ "priority", "priority", OUT_PLAIN },
	{ "priority_max", "priority-max", OUT_PLAIN },
	{ "weight", "weight", OUT_PLAIN },
	{ "runtime", "runtime", OUT_LIMIT },
	{ "deadline", "deadline", OUT_LIMIT },
	{ "patience", "patience", OUT_LIMIT },
	{ "request", "needs", OUT_AMOUNTS },
	{ "timeout", "timeout", OUT_LIMIT },
	{ "start_timeout", "start-timeout", OUT_LIMIT },
	{ "grace", "grace", OUT_LIMIT },
	{ "idle", "idle", OUT_LIMIT },
	{ "queue_max", "queue", OUT_PLAIN },
	{ "queue_bytes", "queue-bytes", OUT_SIZE },
	{ "overflow", "overflow", OUT_PLAIN },
	{ "keys", "keys", OUT_PLAIN },
	{ "input_max", "input", OUT_SIZE },
	{ "output_max", "output", OUT_SIZE },
	{ "envs_max", "environments", OUT_PLAIN },
	{ "running_max", "concurrent", OUT_PLAIN },
	{ "retries", "retries", OUT_PLAIN },
	{ "backoff", "backoff", OUT_LIMIT },
	{ "quarantine_after", "quarantine after", OUT_PLAIN },
	{ "quarantine", "quarantine for", OUT_LIMIT },
	{ "queued", "queued now", OUT_PLAIN },
	{ "delayed", "delayed now", OUT_PLAIN },
	{ "bytes", "bytes now", OUT_SIZE },
	{ "running", "running now", OUT_PLAIN },
	{ "envs", "envs now", OUT_PLAIN },
	{ "claims", "claims now", OUT_PLAIN },
	{ "failures", "failures in a row", OUT_PLAIN },
	{ "quarantined_until", "let out", OUT_MOMENT },
	{ "run_median", "run median", OUT_DURATION },
	{ "run_p95", "run p95", OUT_DURATION },
	{ "submitted", "submitted", OUT_PLAIN },
	{ "refused", "refused", OUT_PLAIN },
	{ "ended", "ended", OUT_PLAIN },
	{ "retried", "retried", OUT_PLAIN },
	{ "superseded", "superseded", OUT_PLAIN },
	{ "dropped", "dropped", OUT_PLAIN },
	{ "late", "late", OUT_PLAIN },
};

static void add_text(struct json_object *task)
{
	char text[TEXT_SIZE];

	if (*text_task(task, out_now(), text))
		out_add_string(task, "text", text);
}

static int by_name(const void *a, const void *b)
{
	struct json_object * const *x = a, * const *y = b;

	return strcmp(out_string(*x, "name"), out_string(*y, "name"));
}

/* In the order of their names: the module knows none. */
static int show_all(struct snl_conn *conn)
{
	struct json_object *array;
	size_t i;
	int ret;

	array = object_all(conn, SLUICE_CMD_TASK_GET, &ret);
	if (!array)
		return ret;
	json_object_array_sort(array, by_name);
	for (i = 0; i < json_object_array_length(array); i++)
		add_text(json_object_array_get_idx(array, i));
	out_table(array, list_columns,
		  sizeof(list_columns) / sizeof(*list_columns));
	return 0;
}

static int show(char **words)
{
	struct json_object *object;
	struct snl_conn *conn;
	struct nl_msg *msg;
	int ret = cli_open(&conn);

	if (ret)
		return ret;
	if (words[0]) {
		msg = snl_request(conn, SLUICE_CMD_TASK_GET, false);
		if (msg)
			nla_put_string(msg, SLUICE_A_TASK_NAME, words[0]);
		object = object_one(conn, msg, &ret);
		if (object) {
			add_text(object);
			out_lines(object, one_columns,
				  sizeof(one_columns) / sizeof(*one_columns));
		}
	} else {
		ret = show_all(conn);
	}
	snl_close(conn);
	return cli_status(ret);
}

static int copy(int from, int to)
{
	char buffer[4096];
	ssize_t len;

	while ((len = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)len) != len)
			return errno ? -errno : -EIO;
	return len < 0 ? -errno : 0;
}

/* Under another name first, so that nobody reads half of it. */
static int install_as(const char *path, const char *target)
{
	char temporary[PATH_SIZE + 8];
	int from, to, ret;

	snprintf(temporary, sizeof(temporary), "%s.new", target);
	from = open(path, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		return -errno;
	to = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (to < 0) {
		ret = -errno;
		close(from);
		return ret;
	}
	ret = copy(from, to);
	if (!ret && fsync(to))
		ret = -errno;
	close(from);
	close(to);
	if (!ret && rename(temporary, target))
		ret = -errno;
	if (ret)
		unlink(temporary);
	return ret;
}

static int keep(const char *path, const char *name)
{
	char target[PATH_SIZE];
	struct stat here, there;
	int ret;

	snprintf(target, sizeof(target), "%s/%s%s", TASKFILE_DIR, name,
		 TASKFILE_SUFFIX);
	if (!stat(path, &here) && !stat(target, &there) &&
	    here.st_dev == there.st_dev && here.st_ino == there.st_ino)
		return 0;
	ret = install_as(path, target);
	if (ret)
		cli_error("%s: %s", target, strerror(-ret));
	return ret;
}

static int load(char **words, struct taskfile **file)
{
	char error[TASKFILE_ERROR];
	int ret;

	if (!words[0])
		return cli_usage("a task file is missing");
	ret = cli_end(words + 1);
	if (ret)
		return ret;
	if (!taskfile_load(words[0], file, error))
		return CLI_OK;
	cli_error("%s", error);
	return CLI_USAGE;
}

/* The kernel may still refuse it; only what it took is kept for the agent. */
static int add(char **words)
{
	struct taskfile *file = NULL;
	struct snl_conn *conn;
	int ret = load(words, &file);

	if (ret)
		return ret;
	ret = cli_open(&conn);
	if (!ret) {
		ret = register_task(conn, file);
		if (ret)
			cli_error("%s: %s%s", words[0], snl_error(conn),
				  ret == -EPERM ? ": this needs root" : "");
		else
			ret = keep(words[0], file->name);
		ret = cli_status(ret);
		snl_close(conn);
	}
	taskfile_free(file);
	return ret;
}

static int check(char **words)
{
	struct taskfile *file = NULL;
	int ret = load(words, &file);

	if (!ret)
		taskfile_free(file);
	return ret;
}

static int del(char **words)
{
	char path[PATH_SIZE], name[SLUICE_NAME_SIZE];
	struct snl_conn *conn;
	bool had_file;
	int ret;

	if (!words[0])
		return cli_usage("the name of a task is missing");
	if (words[1])
		return cli_end(words + 1);
	snprintf(path, sizeof(path), "%s%s", words[0], TASKFILE_SUFFIX);
	if (taskfile_name(path, name))
		return cli_usage("'%s' is no task's name", words[0]);
	ret = cli_open(&conn);
	if (ret)
		return ret;
	/* The file first: else the agent could bring the task back. */
	snprintf(path, sizeof(path), "%s/%s%s", TASKFILE_DIR, name,
		 TASKFILE_SUFFIX);
	had_file = !unlink(path);
	if (!had_file && errno != ENOENT) {
		cli_error("%s: %s", path, strerror(errno));
		snl_close(conn);
		return CLI_REFUSED;
	}
	ret = unregister_task(conn, name);
	/* The agent may have been faster. */
	if (ret == -ENOENT && had_file)
		ret = 0;
	if (ret)
		cli_error("%s%s", snl_error(conn),
			  ret == -EPERM ? ": this needs root" : "");
	snl_close(conn);
	return cli_status(ret);
}

int cmd_task(char **words)
{
	static const struct cli_command commands[] = {
		{ "show", show },
		{ "list", show },
		{ "add", add },
		{ "delete", del },
		{ "check", check },
		{ "pause", mode_pause },
		{ "resume", mode_resume },
		{ "drain", mode_drain },
		{ NULL, NULL }
	};

	return cli_run("task", commands, words);
}
