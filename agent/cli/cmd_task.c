// SPDX-License-Identifier: GPL-2.0-only
/* sluice task: show, add and delete tasks; their mode is in cmd_mode.c. */
#include "cli.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "keep.h"
#include "line.h"
#include "purge.h"
#include "register.h"
#include "request.h"
#include "show.h"
#include "suggest.h"
#include "taskfile.h"
#include "text.h"

#define FILE_NAME_SIZE (SLUICE_NAME_SIZE + sizeof(TASKFILE_SUFFIX))

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
	{ "memory_use", "memory used", OUT_PLAIN },
	{ "cpu_use", "cpu used", OUT_PLAIN },
	{ "submitted", "submitted", OUT_PLAIN },
	{ "refused", "refused", OUT_PLAIN },
	{ "ended", "ended", OUT_PLAIN },
	{ "retried", "retried", OUT_PLAIN },
	{ "superseded", "superseded", OUT_PLAIN },
	{ "dropped", "dropped", OUT_PLAIN },
	{ "late", "late", OUT_PLAIN },
	{ "peers_refused", "peers refused", OUT_PLAIN },
};

static void add_text(struct json_object *task)
{
	char text[TEXT_SIZE];

	if (*text_task(task, out_now(), text))
		out_add_string(task, "text", text);
	suggest_add_use(task);
}

int task_show(const struct cli_line *line)
{
	static const struct show tasks = {
		.cmd = SLUICE_CMD_TASK_GET,
		.attr = SLUICE_A_TASK_NAME,
		.by = SHOW_NAME,
		.list = SHOW_COLUMNS(list_columns),
		.one = SHOW_COLUMNS(one_columns),
		.complete = add_text,
		/* The module knows no order. */
		.sort = "name",
	};

	return show(&tasks, line);
}

static int load(const struct cli_line *line, struct taskfile **file)
{
	char error[TASKFILE_ERROR];

	if (!taskfile_load(line->words[0], file, error))
		return CLI_OK;
	fail(NULL, "%s", error);
	return CLI_USAGE;
}

static int not_kept(const char *file_name, int err)
{
	fail(fail_errno(err), "%s/%s: %s%s", TASKFILE_DIR, file_name,
	     strerror(-err), err == -EACCES || err == -EPERM ?
	     ": this needs root" : "");
	return fail_status(err);
}

/*
 * The file first: what the module knows and the disk does not would be lost with the
 * power. The module may still refuse it, and then nothing of it stays.
 */
static int keep_and_register(struct snl_conn *conn, const char *path,
			     const struct taskfile *file)
{
	char file_name[FILE_NAME_SIZE];
	struct keep keep;
	int ret, undone;

	snprintf(file_name, sizeof(file_name), "%s%s", file->name,
		 TASKFILE_SUFFIX);
	ret = keep_file(&keep, TASKFILE_DIR, path, file_name);
	if (ret)
		return not_kept(file_name, ret);
	ret = register_task(conn, file);
	if (!ret) {
		keep_end(&keep);
		return CLI_OK;
	}
	undone = keep_undo(&keep);
	if (!undone)
		return request_failed(conn, ret, path);
	fail(fail_errno(ret), "%s: %s; and %s/%s could not be taken back: %s",
	     path, snl_error(conn), TASKFILE_DIR, file_name, strerror(-undone));
	return fail_status(ret);
}

/* Not in the middle of it. */
static void hold_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
}

int task_add(const struct cli_line *line)
{
	struct taskfile *file = NULL;
	struct snl_conn *conn;
	int ret = load(line, &file);

	if (ret)
		return ret;
	ret = request_open(&conn);
	if (!ret) {
		hold_signals();
		ret = keep_and_register(conn, line->words[0], file);
		snl_close(conn);
	}
	taskfile_free(file);
	return ret;
}

static int take_name(const struct cli_line *line,
		     char file_name[FILE_NAME_SIZE], char name[SLUICE_NAME_SIZE])
{
	snprintf(file_name, FILE_NAME_SIZE, "%s%s", line->words[0],
		 TASKFILE_SUFFIX);
	if (!taskfile_name(file_name, name) && !strcmp(name, line->words[0]))
		return CLI_OK;
	return fail_usage("'%s' is not the name of a task", line->words[0]);
}

int task_del(const struct cli_line *line)
{
	char file_name[FILE_NAME_SIZE], name[SLUICE_NAME_SIZE];
	struct snl_conn *conn;
	int kept, ret = take_name(line, file_name, name);

	if (!ret)
		ret = request_open(&conn);
	if (ret)
		return ret;
	/* The file first: else the agent could bring the task back. */
	kept = keep_remove(TASKFILE_DIR, file_name);
	if (kept && kept != -ENOENT) {
		snl_close(conn);
		return not_kept(file_name, kept);
	}
	ret = unregister_task(conn, name);
	/* The agent may have been faster. */
	if (ret == -ENOENT && !kept)
		ret = 0;
	ret = ret ? request_failed(conn, ret, NULL) : CLI_OK;
	snl_close(conn);
	return ret;
}

/* @arg: the task's name, "" when it was seen. */
static int look_for_env(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	char *name = arg;

	(void)cmd;
	if (attrs[SLUICE_A_ENV_TASK] &&
	    !strcmp(nla_get_string(attrs[SLUICE_A_ENV_TASK]), name))
		*name = '\0';
	return 0;
}

/* A folder does not tell who uses it. Without a module there are no environments. */
static int has_envs(const char *task)
{
	char name[SLUICE_NAME_SIZE];
	struct snl_conn *conn;
	int ret;

	if (snl_open(&conn))
		return 0;
	snprintf(name, sizeof(name), "%s", task);
	ret = snl_send(conn, snl_request(conn, SLUICE_CMD_ENV_GET, true),
		       look_for_env, name);
	snl_close(conn);
	return ret ? ret : !*name;
}

int task_purge(const struct cli_line *line)
{
	char file_name[FILE_NAME_SIZE], name[SLUICE_NAME_SIZE];
	int ret = take_name(line, file_name, name);

	if (ret)
		return ret;
	ret = has_envs(name);
	if (ret > 0)
		ret = -EBUSY;
	if (!ret)
		ret = purge(name);
	if (!ret)
		return CLI_OK;
	if (ret == -EBUSY)
		fail(fail_errno(ret), "%s has environments that use what it keeps: sluice task drain %s first",
		     name, name);
	else if (ret == -ENOENT)
		fail(fail_errno(ret), "%s keeps nothing", name);
	else
		fail(fail_errno(ret), "what %s keeps: %s%s", name,
		     strerror(-ret), ret == -EACCES || ret == -EPERM ?
		     ": this needs root" : "");
	return fail_status(ret);
}
