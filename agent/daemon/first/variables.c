// SPDX-License-Identifier: GPL-2.0-only
#include "first.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "inside.h"
#include "jot.h"
#include "state.h"

#define LIST	512

/*
 * Later ones of a name are in force: those of the files come before the task's own. What most
 * have is in few of its pages.
 */
static struct {
	size_t	count;
	char	block[1536];
	char	task[sizeof("SLUICE_TASK=") + SLUICE_NAME_SIZE];
	char	*list[LIST + INSIDE_VARIABLES];
} ours __attribute__((aligned(2048)));

static void add(char *variable)
{
	size_t len = strcspn(variable, "=") + 1, i;

	for (i = 0; i < ours.count && strncmp(ours.list[i], variable, len); i++)
		;
	errno = E2BIG;
	first_die_unless(i < LIST - 1, "variables");
	ours.list[i] = variable;
	if (i == ours.count)
		ours.count++;
}

static void add_in(struct jot jot, const char *name, const char *value)
{
	char *text = jot.at;

	jot_put(&jot, name);
	jot_put(&jot, "=");
	jot_put(&jot, value);
	add(text);
}

static void add_format(const char *name, const char *value)
{
	size_t size = strlen(name) + strlen(value) + 2;
	char *text = malloc(size);

	first_die_unless(text, "memory");
	add_in(jot_in(text, size), name, value);
}

/* Each task has that. */
static void add_task(const char *name)
{
	add_in(jot_in(ours.task, sizeof(ours.task)), "SLUICE_TASK", name);
}

/* @text: a value as it stands there, changed in place. */
static char *unquote(char *text)
{
	size_t len = strlen(text);

	while (len && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
	if (len < 2 || (*text != '"' && *text != '\'') || text[len - 1] != *text)
		return text;
	text[len - 1] = '\0';
	return text + 1;
}

static bool is_name(const char *text)
{
	if (!isalpha((unsigned char)*text) && *text != '_')
		return false;
	while (isalnum((unsigned char)*text) || *text == '_')
		text++;
	return !*text;
}

/* NAME=value, the value in quotes or not; # and ; begin a comment. */
static bool add_line(char *line)
{
	char *equals;

	while (isspace((unsigned char)*line))
		line++;
	if (!*line || *line == '#' || *line == ';')
		return true;
	if (!strncmp(line, "export ", 7))
		line += 7;
	equals = strchr(line, '=');
	if (!equals)
		return false;
	*equals = '\0';
	if (!is_name(line))
		return false;
	add_format(line, unquote(equals + 1));
	return true;
}

static void add_file(const struct first *first, const char *path)
{
	int source = first_open_source(first, "environment-file", path);
	int fd = source < 0 ? -1 : first_read_source(source);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char *line = NULL, which[512];
	size_t size = 0;
	int number = 0;

	if (source < 0)
		return;
	close(source);
	if (!file) {
		first_lack(first, "environment-file", path);
		return;
	}
	while (getline(&line, &size, file) > 0) {
		number++;
		if (add_line(line))
			continue;
		snprintf(which, sizeof(which), "%s:%d: expected NAME=value",
			 path, number);
		errno = EINVAL;
		first_lack(first, "environment-file", which);
	}
	if (ferror(file))
		first_lack(first, "environment-file", path);
	free(line);
	fclose(file);
}

static void add_sockets(const struct taskfile *task)
{
	char number[16], name[64], *c;
	size_t i;

	for (i = 0; i < task->sockets_count; i++) {
		snprintf(name, sizeof(name), "SLUICE_SOCKET_%s",
			 task->sockets[i].name);
		for (c = name; *c; c++)
			*c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
		snprintf(number, sizeof(number), "%d",
			 ORDER_ENV_SOCKETS + (int)i);
		add_format(name, number);
	}
}

/*
 * What most have is in memory that is there: not in the first page of it, which is the
 * program's file's, and of which the kernel shows others nothing.
 */
static char *get_room(size_t size)
{
	return size <= sizeof(ours.block) ? ours.block : malloc(size);
}

/*
 * Ours, too, as if we had been started with them: who enters reads them there (enter.c).
 * The kernel wants the begin before the end at each time, and memory that we ask for is
 * below the stack, where those were that we had.
 */
static void make_ours(void)
{
	size_t size = 0, i;
	char *block, *at;

	for (i = 0; i < ours.count; i++)
		size += strlen(ours.list[i]) + 1;
	block = at = get_room(size);
	first_die_unless(block, "memory");
	for (i = 0; i < ours.count; i++) {
		char *end = stpcpy(at, ours.list[i]);

		ours.list[i] = at;
		at = end + 1;
	}
	first_die_unless(!prctl(PR_SET_MM, PR_SET_MM_ENV_START, block, 0, 0) &&
			 !prctl(PR_SET_MM, PR_SET_MM_ENV_END, at, 0, 0),
			 "variables");
}

void first_read_variables(const struct first *first)
{
	const struct taskfile *task = &first->task;
	char state[64];
	size_t i;

	ours.count = 0;
	add("PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
	add("HOME=/tmp");
	add("LANG=C.UTF-8");
	for (i = 0; i < task->environment_files_count; i++)
		add_file(first, task->environment_files[i]);
	add_task(task->name);
	if (task->state_size) {
		jot_join(state, sizeof(state), STATE_INSIDE "/", task->name);
		add_format("SLUICE_STATE", state);
	}
	add_sockets(task);
	for (i = 0; i < task->variables_count; i++)
		add(task->variables[i]);
	make_ours();
}

char **first_variables(void)
{
	return ours.list;
}
