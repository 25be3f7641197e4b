// SPDX-License-Identifier: GPL-2.0-only
#include "taskfile.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inifile.h"
#include "taskkeys.h"
#include "units.h"

#define SECOND	1000000000ULL

int taskfile_name(const char *path, char name[SLUICE_NAME_SIZE])
{
	const char *base = strrchr(path, '/');
	size_t len, i;

	base = base ? base + 1 : path;
	len = strlen(base);
	if (len <= strlen(TASKFILE_SUFFIX) ||
	    strcmp(base + len - strlen(TASKFILE_SUFFIX), TASKFILE_SUFFIX))
		return -EINVAL;
	len -= strlen(TASKFILE_SUFFIX);
	if (len > SLUICE_NAME_MAX || *base == '-')
		return -EINVAL;
	for (i = 0; i < len; i++)
		if (!islower((unsigned char)base[i]) &&
		    !isdigit((unsigned char)base[i]) && base[i] != '-')
			return -EINVAL;
	memcpy(name, base, len);
	name[len] = '\0';
	return 0;
}

static void add_default(struct taskfile *task, const char *resource,
			uint64_t amount)
{
	struct taskfile_need *need = &task->needs[task->needs_count++];

	snprintf(need->resource, sizeof(need->resource), "%s", resource);
	need->amount = amount;
}

static void set_defaults(struct taskfile *task)
{
	strcpy(task->class, "priority");
	task->priority = 50;
	task->priority_max = SLUICE_PRIORITY_MAX;
	task->weight = 100;
	task->queue_max = 1000;
	task->queue_bytes = 16ULL << 20;
	task->input_max = 64 << 10;
	task->output_max = 64 << 10;
	task->envs_max = 1;
	task->timeout = 30 * SECOND;
	task->idle = 60 * SECOND;
	task->start_timeout = 30 * SECOND;
	task->connect_timeout = SECOND;
	task->grace = SECOND / 2;
	task->backoff = 1 * SECOND;
	task->quarantine_after = 10;
	task->quarantine = 30 * SECOND;
	task->usr = true;
	task->filter = SYSCALLS_DEFAULT;
	task->log = true;
	task->tmp_size = 16ULL << 20;
	task->file_size = 1ULL << 30;
	task->umask = 0022;
	strcpy(task->user, "task");
	add_default(task, "memory", 32ULL << 20);
	add_default(task, "cpu", 100);
	add_default(task, "pids", 32);
}

/* A call that runs longer than its deadline could never be accepted. */
static int check_times(const struct inifile *file, const struct taskfile *task)
{
	char other[UNITS_TEXT];

	if (!task->runtime || !task->deadline ||
	    task->runtime <= task->deadline)
		return 0;
	if (task->runtime_line > task->deadline_line)
		snprintf(file->error, TASKFILE_ERROR,
			 "%s:%d: runtime: expected at most the deadline, %s",
			 file->path, task->runtime_line,
			 units_duration(task->deadline, other));
	else
		snprintf(file->error, TASKFILE_ERROR,
			 "%s:%d: deadline: expected at least the runtime, %s",
			 file->path, task->deadline_line,
			 units_duration(task->runtime, other));
	return -EINVAL;
}

/* Whoever waits for a device for longer than for the place would never hear of it. */
static int check_connect(const struct inifile *file, const struct taskfile *task)
{
	char other[UNITS_TEXT];

	if (!task->connect_line || task->connect_timeout < task->start_timeout)
		return 0;
	snprintf(file->error, TASKFILE_ERROR,
		 "%s:%d: connect-timeout: expected less than start-timeout, %s",
		 file->path, task->connect_line,
		 units_duration(task->start_timeout, other));
	return -EINVAL;
}

/* Who names no priority would have more than anybody may name. */
static int check_priority(const struct inifile *file,
			  const struct taskfile *task)
{
	if (task->priority <= task->priority_max)
		return 0;
	if (task->priority_line > task->priority_max_line)
		snprintf(file->error, TASKFILE_ERROR,
			 "%s:%d: priority: expected at most priority-max, %u",
			 file->path, task->priority_line, task->priority_max);
	else
		snprintf(file->error, TASKFILE_ERROR,
			 "%s:%d: priority-max: expected at least the priority, %u",
			 file->path, task->priority_max_line, task->priority);
	return -EINVAL;
}

/* The input of a call is a file, too. */
static int complete_file_size(const struct inifile *file, struct taskfile *task)
{
	if (!task->file_size || task->file_size >= task->input_max)
		return 0;
	if (!task->file_size_line) {
		task->file_size = task->input_max;
		return 0;
	}
	snprintf(file->error, TASKFILE_ERROR,
		 "%s:%d: file-size: expected at least the input, %u bytes",
		 file->path, task->file_size_line, task->input_max);
	return -EINVAL;
}

/* A bus that is moved is there for one call, and back when the next one begins. */
static int complete_moved(const struct inifile *file, struct taskfile *task)
{
	if (task->reuse_line && task->reuse != TASKFILE_REUSE_NEVER) {
		snprintf(file->error, TASKFILE_ERROR,
			 "%s:%d: reuse: expected never, as line %d moves an interface",
			 file->path, task->reuse_line, task->moved_line);
		return -EINVAL;
	}
	if (task->envs_max > 1) {
		snprintf(file->error, TASKFILE_ERROR,
			 "%s:%d: environments: expected 1, as line %d moves an interface",
			 file->path, task->envs_max_line, task->moved_line);
		return -EINVAL;
	}
	task->reuse = TASKFILE_REUSE_NEVER;
	task->idle = 0;
	return 0;
}

/*
 * What a call that failed has left in a connection is for nobody. A program that serves
 * knows what it has left, and can end when that is bad.
 */
static int complete_reuse(const struct inifile *file, struct taskfile *task)
{
	bool serves = task->kind == SLUICE_KIND_SERVE;

	if (task->moved_line)
		return complete_moved(file, task);
	if (!task->reuse_line && task->sockets_count && !serves)
		task->reuse = TASKFILE_REUSE_AFTER_SUCCESS;
	if (task->reuse == TASKFILE_REUSE_NEVER)
		task->idle = 0;
	if (task->reuse != TASKFILE_REUSE_AFTER_SUCCESS || !serves)
		return 0;
	snprintf(file->error, TASKFILE_ERROR,
		 "%s:%d: reuse: of the kind serve expected always or never: its program may end itself after a call",
		 file->path, task->reuse_line);
	return -EINVAL;
}

/* What only the whole file can tell. */
static int complete(const struct inifile *file, struct taskfile *task)
{
	const char *lacks = NULL;

	/*
	 * What has a deadline has no time to be patient; and a share is only fair
	 * when those that need much are waited for. The module has it so, too.
	 */
	if (!task->has_patience)
		task->patience = !strcmp(task->class, "deadline") ||
				 !strcmp(task->class, "fair") ? 0 : SECOND;
	if (!task->connect_line && task->connect_timeout > task->start_timeout / 2)
		task->connect_timeout = task->start_timeout / 2;
	if (!task->has_kind)
		lacks = "[task] kind = exec|serve";
	else if (!task->argv[0])
		lacks = "[task] command = /path/inside arguments";
	if (!lacks)
		return check_priority(file, task) || check_connect(file, task) ||
		       complete_reuse(file, task) ||
		       complete_file_size(file, task) ? -EINVAL :
		       check_times(file, task);
	snprintf(file->error, TASKFILE_ERROR, "%s: missing: %s", file->path,
		 lacks);
	return -EINVAL;
}

static int read_task(struct taskfile *task, FILE *from, const char *path,
		     char error[TASKFILE_ERROR])
{
	struct inifile file = { .path = path, .from = from, .target = task,
				.error = error, .grammar = &taskkeys_grammar };
	int ret = taskfile_name(path, task->name);

	if (ret) {
		snprintf(error, TASKFILE_ERROR,
			 "%s: expected NAME.task, NAME of a-z, 0-9 and -, at most 31",
			 path);
		if (from)
			fclose(from);
		return ret;
	}
	set_defaults(task);
	ret = inifile_read(&file);
	return ret ? ret : complete(&file, task);
}

int taskfile_read(FILE *from, const char *path, struct taskfile **ret_task,
		  char error[TASKFILE_ERROR])
{
	struct taskfile *task = calloc(1, sizeof(*task));
	int ret;

	*ret_task = NULL;
	if (!task) {
		snprintf(error, TASKFILE_ERROR, "%s: out of memory", path);
		if (from)
			fclose(from);
		return -ENOMEM;
	}
	ret = read_task(task, from, path, error);
	if (ret)
		taskfile_free(task);
	else
		*ret_task = task;
	return ret;
}

int taskfile_load(const char *path, struct taskfile **ret_task,
		  char error[TASKFILE_ERROR])
{
	return taskfile_read(NULL, path, ret_task, error);
}

static void free_mounts(struct taskfile_mount *mounts, size_t count)
{
	while (count--) {
		free(mounts[count].source);
		free(mounts[count].target);
	}
}

static void free_layers(struct taskfile_layer *layers, size_t count)
{
	while (count--)
		free(layers[count].source);
}

static void free_strings(char **strings, size_t count)
{
	while (count--)
		free(strings[count]);
}

void taskfile_free(struct taskfile *task)
{
	size_t i;

	if (!task)
		return;
	free_strings(task->argv, TASKFILE_ITEMS);
	free_layers(task->layers, task->layers_count);
	free_strings(task->variables, task->variables_count);
	free_strings(task->environment_files, task->environment_files_count);
	free_strings(task->sys, task->sys_count);
	free_strings(task->secrets, task->secrets_count);
	free(task->directory);
	free_mounts(task->data, task->data_count);
	free_mounts(task->devices, task->devices_count);
	for (i = 0; i < task->sockets_count; i++) {
		free(task->sockets[i].address);
		free(task->sockets[i].ids);
	}
	free(task);
}

uint64_t taskfile_need(const struct taskfile *task, const char *resource)
{
	size_t i;

	for (i = 0; i < task->needs_count; i++)
		if (!strcmp(task->needs[i].resource, resource))
			return task->needs[i].amount;
	return 0;
}
