// SPDX-License-Identifier: GPL-2.0-only
#include "loader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Enough to see what is wrong. */
#define LINES	16
#define NOT_FOUND " => not found"

static const char * const known[] = { "ld-linux", "ld-musl-", "ld.so", "ld64.so" };

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int is_musl(const char *loader)
{
	return !strncmp(base_of(loader), "ld-musl-", strlen("ld-musl-"));
}

static int can_be_asked(const char *loader)
{
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strncmp(base_of(loader), known[i], strlen(known[i])))
			return 1;
	return 0;
}

/*
 * "libx.so.1 => not found", of glibc; a version that a library does not have; or, of
 * musl, "Error loading shared library libx.so.1: No such file or directory (...)".
 */
static int say_line(char *line, loader_fn fn, void *arg)
{
	char *end, text[512];

	line += strspn(line, " \t");
	line[strcspn(line, "\n")] = '\0';
	end = strstr(line, NOT_FOUND);
	if (end) {
		*end = '\0';
		snprintf(text, sizeof(text), "its library %s: not found", line);
	} else if (strstr(line, "not found") ||
		   !strncmp(line, "Error ", strlen("Error "))) {
		snprintf(text, sizeof(text), "its libraries: %s", line);
	} else {
		return 0;
	}
	fn(text, arg);
	return 1;
}

static void ask(const char *loader, const char *program, int to)
{
	dup2(to, STDOUT_FILENO);
	dup2(to, STDERR_FILENO);
	/* With --list that of glibc ends at the first that is not there. */
	setenv("LD_TRACE_LOADED_OBJECTS", "1", 1);
	/* Versions, too. */
	setenv("LD_WARN", "yes", 1);
	if (is_musl(loader))
		execl(loader, loader, "--list", program, NULL);
	else
		execl(loader, loader, program, NULL);
	_exit(127);
}

void loader_ask(const char *loader, const char *program, loader_fn fn, void *arg)
{
	char *line = NULL;
	size_t size = 0;
	int from[2], said = 0;
	FILE *file;
	pid_t pid;

	if (!can_be_asked(loader) || pipe(from))
		return;
	pid = fork();
	if (!pid) {
		close(from[0]);
		ask(loader, program, from[1]);
	}
	close(from[1]);
	file = fdopen(from[0], "r");
	while (file && said < LINES && getline(&line, &size, file) > 0)
		said += say_line(line, fn, arg);
	if (file)
		fclose(file);
	free(line);
	if (pid > 0)
		waitpid(pid, NULL, 0);
}
