// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys: how many processors there are, the environment's own cgroup, what the task's
 * devices are, and what the task names besides, all of it read-only.
 */
#include "tree.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define SYS	"/sys"
#define CGROUP	SYS "/fs/cgroup"
#define CPUS	SKELETON SYS "/devices/system/cpu"

static bool is_below(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return !strncmp(path, folder, len) && (path[len] == '/' || !path[len]);
}

/* Where @path leads, in the gateway. Below /sys it is, whatever links say. */
static bool find(const char *path, char real[PATH_MAX])
{
	if (!realpath(path, real))
		return false;
	errno = EXDEV;
	return is_below(real, SYS);
}

/*
 * Links on the way are made as they are; what they lead to is a place to mount it at.
 */
static void make_place(const char *path, const char *real)
{
	char link[PATH_MAX], made[sizeof(SKELETON) + PATH_MAX];
	ssize_t len = readlink(path, link, sizeof(link) - 1);
	struct stat st;

	snprintf(made, sizeof(made), SKELETON "%s", real);
	if (stat(real, &st))
		first_die("sys", path);
	first_make_path(made, S_ISDIR(st.st_mode));
	if (len < 0)
		return;
	link[len] = '\0';
	snprintf(made, sizeof(made), SKELETON "%s", path);
	first_link(link, made);
}

static void make_class(const char *real, const char *subsystem, const char *in)
{
	char path[PATH_MAX], link[PATH_MAX], made[sizeof(SKELETON) + PATH_MAX];
	ssize_t len;

	snprintf(path, sizeof(path), "%s%s/%s", subsystem, in,
		 strrchr(real, '/') + 1);
	len = readlink(path, link, sizeof(link) - 1);
	if (len < 0)
		return;
	link[len] = '\0';
	snprintf(made, sizeof(made), SKELETON "%s", path);
	first_link(link, made);
}

/* Whoever looks for a device by its class or its bus finds this one. */
static void make_subsystem(const char *real)
{
	char path[PATH_MAX], subsystem[PATH_MAX], made[sizeof(SKELETON) + PATH_MAX];

	snprintf(path, sizeof(path), "%s/subsystem", real);
	if (!find(path, subsystem))
		return;
	snprintf(made, sizeof(made), SKELETON "%s", subsystem);
	first_make_path(made, true);
	make_class(real, subsystem, "");
	make_class(real, subsystem, "/devices");
}

static bool device_path(const struct first *first, size_t number, char path[64])
{
	struct stat st;

	if (!first_device(first, number, false, &st))
		return false;
	snprintf(path, 64, SYS "/dev/%s/%u:%u",
		 S_ISBLK(st.st_mode) ? "block" : "char", major(st.st_rdev),
		 minor(st.st_rdev));
	return true;
}

static void make_cpus(unsigned int cpus)
{
	static const char * const files[] = { "online", "possible", "present" };
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), CPUS "/%s", files[i]);
		if (cpus > 1)
			first_write(path, "0-%u\n", cpus - 1);
		else
			first_write(path, "0\n");
	}
}

void first_make_sys(const struct first *first)
{
	const struct taskfile *task = &first->task;
	char path[64], real[PATH_MAX];
	size_t i;

	make_cpus(first_cpus(first));
	first_make_path(SKELETON CGROUP, true);
	for (i = 0; i < task->devices_count; i++) {
		/* Some have no driver's page there. */
		if (!device_path(first, i, path) || !find(path, real))
			continue;
		make_place(path, real);
		make_subsystem(real);
	}
	for (i = 0; i < task->sys_count; i++) {
		if (!find(task->sys[i], real)) {
			first_lack(first, "sys", task->sys[i]);
			continue;
		}
		make_place(task->sys[i], real);
		make_subsystem(real);
	}
}

static void bind(const char *path)
{
	char real[PATH_MAX];

	if (find(path, real))
		first_bind(real, real, PLAIN | MS_NOEXEC | MS_RDONLY);
}

void first_bind_sys(const struct first *first)
{
	const struct taskfile *task = &first->task;
	char path[64];
	size_t i;

	for (i = 0; i < task->devices_count; i++)
		if (device_path(first, i, path))
			bind(path);
	for (i = 0; i < task->sys_count; i++)
		bind(task->sys[i]);
}

/* Whose limits Java, Node and others go by: our namespace has it as its root. */
void first_mount_sys(void)
{
	first_mount_new("cgroup2", CGROUP, MS_RDONLY | PLAIN | MS_NOEXEC, NULL);
}
