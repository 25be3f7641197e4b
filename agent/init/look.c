// SPDX-License-Identifier: GPL-2.0-only
/*
 * Can the task's program be run in here, by its user? As the kernel would do it, but
 * nothing of it is executed; only its loader is asked for its libraries.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format.h"
#include "loader.h"

/* Scripts whose interpreters are scripts: as many as the kernel follows. */
#define DEPTH_MAX	5
#define MEMORY_MAX	(512UL << 20)

/* What was looked at on the way: "command /x: its interpreter /y: " */
struct way {
	char	text[2 * PATH_MAX];
};

static void say(const struct way *way, const char *what)
{
	dprintf(STDOUT_FILENO, "%s%s\n", way->text, what);
}

static void say_lack(const char *what, void *arg)
{
	say(arg, what);
}

static void go_on(struct way *way, const char *what, const char *path)
{
	size_t len = strlen(way->text);

	snprintf(way->text + len, sizeof(way->text) - len, "%s%s: ", what, path);
}

/* All of a file that can be executed; NULL: why not was said. */
static void *map_program(const struct way *way, const char *path, size_t *size)
{
	void *data = MAP_FAILED;
	struct stat st;
	int fd;

	if (stat(path, &st) || access(path, X_OK)) {
		say(way, strerror(errno));
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		say(way, "is no file");
		return NULL;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	/* What may be executed need not be readable. */
	if (fd < 0)
		return NULL;
	*size = (size_t)st.st_size;
	if (*size)
		data = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
	else
		say(way, "is empty");
	close(fd);
	return data == MAP_FAILED ? NULL : data;
}

/* Where a program of that name is, as env looks for it. */
static bool find(const char *name, char path[PATH_MAX])
{
	const char *folder = getenv("PATH");

	if (strchr(name, '/')) {
		snprintf(path, PATH_MAX, "%s", name);
		return true;
	}
	while (folder && *folder) {
		int len = (int)strcspn(folder, ":");

		snprintf(path, PATH_MAX, "%.*s/%s", len, folder, name);
		if (!access(path, X_OK))
			return true;
		folder += len + (folder[len] == ':');
	}
	return false;
}

/* "python3", or "-S A=B python3 -u": the program's name. False: that is not known. */
static bool program_of_env(char *argument, char path[PATH_MAX], char **name)
{
	char *rest = NULL;

	*name = strtok_r(argument, " \t", &rest);
	while (*name && (!strcmp(*name, "-S") || strchr(*name, '=')))
		*name = strtok_r(NULL, " \t", &rest);
	return *name && **name != '-' && find(*name, path);
}

static void look_at(struct way *way, const char *path, int depth);

static void look_at_script(struct way *way, struct format *format, int depth)
{
	const char *base = strrchr(format->interpreter, '/');
	char path[PATH_MAX], *name;
	struct way before = *way;

	if (depth == DEPTH_MAX) {
		say(way, "scripts that are run by scripts: too many");
		return;
	}
	go_on(way, "its interpreter ", format->interpreter);
	look_at(way, format->interpreter, depth + 1);
	if (strcmp(base ? base + 1 : format->interpreter, "env") || !*format->argument)
		return;
	*way = before;
	if (program_of_env(format->argument, path, &name)) {
		go_on(way, "its interpreter ", path);
		look_at(way, path, depth + 1);
	} else if (name && *name != '-') {
		go_on(way, "its interpreter ", name);
		say(way, "in no folder of PATH");
	}
}

static void look_at_program(struct way *way, const char *path, const struct format *format)
{
	struct way before = *way;
	size_t size;
	void *data;

	if (!*format->interpreter)
		return;
	go_on(way, "its interpreter ", format->interpreter);
	data = map_program(way, format->interpreter, &size);
	if (!data)
		return;
	munmap(data, size);
	loader_ask(format->interpreter, path, say_lack, &before);
}

static void look_at(struct way *way, const char *path, int depth)
{
	static struct format formats[DEPTH_MAX + 1];
	struct format *format = &formats[depth];
	size_t size = 0;
	char text[96];
	void *data = map_program(way, path, &size);

	if (!data)
		return;
	format_read(data, size, format);
	munmap(data, size);
	switch (format->kind) {
	case FORMAT_PROGRAM:
		look_at_program(way, path, format);
		break;
	case FORMAT_SCRIPT:
		look_at_script(way, format, depth);
		break;
	case FORMAT_FOREIGN:
		snprintf(text, sizeof(text), "is for %s; environments here are %s",
			 format->machine, format_ours());
		say(way, text);
		break;
	case FORMAT_DAMAGED:
		say(way, "is a damaged program");
		break;
	case FORMAT_OTHER:
		say(way, "is neither a program nor a script that begins with #!");
	}
}

static void limit(enum __rlimit_resource which, rlim_t amount)
{
	struct rlimit limit = { amount, amount };

	setrlimit(which, &limit);
}

int look_main(const struct init *init)
{
	static struct way way;

	/* A loader is a program as well, and there is no cgroup around it. */
	limit(RLIMIT_NPROC, 16);
	limit(RLIMIT_AS, MEMORY_MAX);
	limit(RLIMIT_CPU, 10);
	limit(RLIMIT_FSIZE, 1 << 16);
	go_on(&way, "command ", init->argv[0]);
	look_at(&way, init->argv[0], 0);
	return 0;
}
