// SPDX-License-Identifier: GPL-2.0-only
/*
 * sluice task check: can the file be read, and, for root, would an environment of it have
 * all that it names, and could its program be run there? Nothing of it is run.
 */
#include "cli.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fail.h"
#include "line.h"
#include "memfile.h"
#include "out.h"
#include "stage.h"
#include "taskfile.h"
#include "users.h"

/* For each of both: the place is made, the program is looked at. */
#define PATIENCE_MS	30000

static void add(struct json_object *problems, const char *file, const char *problem)
{
	char *text;

	if (asprintf(&text, "%s: %s", file, problem) < 0)
		return;
	json_object_array_add(problems, json_object_new_string(text));
	free(text);
}

/* Its own, as files may be readable for it alone; one that nobody has, for want of that. */
static uid_t find_user(const char *task)
{
	struct users *users = NULL;
	uint32_t user = USERS_LAST;

	if (!users_open(USERS_PATH, &users))
		users_find(users, task, &user);
	users_free(users);
	return user;
}

static void read_report(int report, const char *path, struct json_object *problems)
{
	FILE *file = fdopen(report, "r");
	char *line = NULL;
	size_t size = 0;

	if (!file) {
		close(report);
		return;
	}
	rewind(file);
	while (getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		add(problems, path, line);
	}
	free(line);
	fclose(file);
}

static void wait_for(const struct stage *stage, const char *path,
		     struct json_object *problems)
{
	int pidfd = (int)syscall(SYS_pidfd_open, stage->pid, 0), status = 0;
	struct pollfd fds = { .fd = pidfd, .events = POLLIN };

	if (pidfd >= 0 && !poll(&fds, 1, PATIENCE_MS))
		kill(stage->pid, SIGKILL);
	if (pidfd >= 0)
		close(pidfd);
	waitpid(stage->pid, &status, 0);
	if (status)
		add(problems, path, "looking at its command: ended too early");
}

static int look(struct taskfile *task, const char *path, struct json_object *problems)
{
	int report = memfile("report"), stdio[3], ret;
	char *const words[] = { task->argv[0], NULL };
	struct stage stage;

	ret = stage_open(&stage, ORDER_WAY_LOOK, task);
	stage.launch.words = words;
	stage.launch.number = find_user(task->name);
	stage.patience = PATIENCE_MS;
	stdio[0] = stage.launch.given[ORDER_FD_DOOR - ORDER_FD];
	stdio[1] = report;
	stdio[2] = stdio[0];
	stage.launch.stdio = stdio;
	if (!ret && report < 0) {
		fail(fail_errno(errno), "a report: %s", strerror(errno));
		ret = CLI_REFUSED;
	}
	if (ret) {
		stage_close(&stage);
		return ret;
	}
	if (!stage_start(&stage))
		wait_for(&stage, path, problems);
	read_report(report, path, problems);
	if (*stage.error)
		add(problems, path, stage.error);
	stage_close(&stage);
	return CLI_OK;
}

int task_check(const struct cli_line *line)
{
	const char *path = line->words[0];
	char error[TASKFILE_ERROR];
	struct json_object *problems;
	struct taskfile *task = NULL;
	int ret = CLI_OK;

	if (taskfile_load(path, &task, error)) {
		fail(NULL, "%s", error);
		return CLI_USAGE;
	}
	if (geteuid()) {
		fprintf(stderr, "sluice: the file is good; looking inside needs root\n");
		taskfile_free(task);
		return CLI_OK;
	}
	problems = json_object_new_array();
	ret = look(task, path, problems);
	taskfile_free(task);
	if (!ret && json_object_array_length(problems)) {
		fail_each(problems);
		ret = CLI_USAGE;
	}
	json_object_put(problems);
	return ret;
}
