// SPDX-License-Identifier: GPL-2.0-only
/*
 * watcher MARK: a program of a task that watches for others that come into its
 * environment, and tries to find in them what is of the gateway: a variable, memory with
 * MARK in it, a file, the program itself. Until /tmp/stop is there; then it says what it
 * has found, and how many came.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOUND 64

static char found[FOUND][96];
static int count, last, came, refused;

static void find(const char *what, const char *which)
{
	char text[96];
	int i;

	snprintf(text, sizeof(text), "%s %.80s", what, which);
	for (i = 0; i < count; i++)
		if (!strcmp(found[i], text))
			return;
	if (count < FOUND)
		strcpy(found[count++], text);
}

static bool has(int fd, const char *mark, off_t at, off_t end)
{
	static char data[1 << 16];
	ssize_t n;

	while (at < end) {
		n = pread(fd, data, sizeof(data), at);
		if (n <= 0)
			return false;
		if (memmem(data, (size_t)n, mark, strlen(mark)))
			return true;
		at += n;
	}
	return false;
}

static void look_at_text(int pid, const char *name, const char *mark)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY);
	if (fd < 0) {
		refused++;
		return;
	}
	if (has(fd, mark, 0, 1 << 16))
		find(name, "has the mark");
	close(fd);
}

static void look_at_memory(int pid, const char *mark)
{
	unsigned long begin, end;
	char path[64], line[512];
	FILE *maps;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDONLY);
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "r");
	while (fd >= 0 && maps && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx r", &begin, &end) == 2 && !strstr(line, ".so") &&
		    has(fd, mark, (off_t)begin, (off_t)end))
			find("memory", "has the mark");
	if (maps)
		fclose(maps);
	if (fd >= 0)
		close(fd);
}

static void look_at_link(int pid, const char *name, const char *bad)
{
	char path[320], to[PATH_MAX];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	len = readlink(path, to, sizeof(to) - 1);
	if (len < 0)
		return;
	to[len] = '\0';
	if (strstr(to, bad))
		find(name, to);
}

/* A program of an environment has files of its own, pipes, and a terminal. */
static void look_at_files(int pid)
{
	struct dirent *entry;
	char path[320], to[PATH_MAX];
	ssize_t len;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%.200s", pid, entry->d_name);
		len = readlink(path, to, sizeof(to) - 1);
		to[len > 0 ? len : 0] = '\0';
		if (len > 0 && atoi(entry->d_name) > 2 && strncmp(to, "/proc", 5) &&
		    strncmp(to, "/usr", 4) && strncmp(to, "/etc", 4) &&
		    strncmp(to, "/tmp", 4))
			find("file", to);
		else if (len > 0 && strncmp(to, "pipe:", 5) && strncmp(to, "/", 1))
			find("file", to);
	}
	if (dir)
		closedir(dir);
}

static void look_at(int pid, const char *mark)
{
	if (pid != last)
		came++;
	last = pid;
	look_at_link(pid, "exe", "sluice");
	look_at_link(pid, "cwd", "sluice");
	look_at_text(pid, "environ", mark);
	look_at_text(pid, "cmdline", mark);
	look_at_memory(pid, mark);
	look_at_files(pid);
}

int main(int argc, char **argv)
{
	struct dirent *entry;
	DIR *dir;
	int i, pid;

	if (argc != 2)
		return 2;
	while (access("/tmp/stop", F_OK)) {
		dir = opendir("/proc");
		while (dir && (entry = readdir(dir))) {
			pid = atoi(entry->d_name);
			if (pid > 1 && pid != getpid())
				look_at(pid, argv[1]);
		}
		if (dir)
			closedir(dir);
	}
	for (i = 0; i < count; i++)
		printf("%s; ", found[i]);
	printf("%s\n", came ? "some came" : "nobody came");
	fprintf(stderr, "%d came, %d times refused\n", came, refused);
	return 0;
}
