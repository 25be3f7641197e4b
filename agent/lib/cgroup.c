// SPDX-License-Identifier: GPL-2.0-only
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "disks.h"

/* cpu.max: what a call asked for, of this many microseconds. */
#define PERIOD_US	100000
/* The kernel takes no smaller quota. */
#define QUOTA_MIN_US	1000
/* cpu.weight: what a call asked for, in thousandths of a CPU; and of one that did not. */
#define WEIGHT_MAX	10000
#define WEIGHT_UNPROMISED 10
#define NOTE		"trusted.sluice.task"
#define PLACE		"/run/sluice/place"
#define VISIT		"visit-"

static int write_file(int dir, const char *name, const char *format, ...)
{
	char text[128];
	va_list args;
	int fd, len, ret = 0;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fd = openat(dir, name, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, (size_t)len) != len)
		ret = -errno;
	close(fd);
	return ret;
}

int cgroup_text(int dir, const char *name, char text[CGROUP_TEXT])
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, CGROUP_TEXT - 1);
	close(fd);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return 0;
}

static void env_name(uint32_t id, char name[32])
{
	snprintf(name, 32, "env-%" PRIu32, id);
}

int cgroup_open(int place, uint32_t id)
{
	char name[32];
	int fd;

	env_name(id, name);
	fd = openat(place, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int cgroup_make(int place, uint32_t id)
{
	char name[32];

	env_name(id, name);
	return mkdirat(place, name, 0755) ? -errno : cgroup_open(place, id);
}

/*
 * The controller of disks costs each cgroup a quarter more, and most tasks have none of it: it
 * is there when the first one needs it. Where it cannot be, that one is told.
 */
static void want_disks(int fd)
{
	write_file(fd, "../cgroup.subtree_control", "+io");
}

static int limit_disks(int fd, const struct taskfile_io *io, const char **failed)
{
	static const struct taskfile_io none;

	if (memcmp(io, &none, sizeof(none)))
		want_disks(fd);
	return disks_limit(fd, io, failed);
}

int cgroup_limit_disk(int fd, const struct cgroup_limits *limits)
{
	if (!limits->disk)
		return 0;
	want_disks(fd);
	return disks_limit_data(fd, &limits->io, limits->disk);
}

int cgroup_limit(int fd, const struct cgroup_limits *limits,
		 const char **failed)
{
	int ret = 0;

	*failed = "memory.max";
	if (limits->memory)
		ret = write_file(fd, *failed, "%" PRIu64, limits->memory);
	/* Absent where the kernel has no swap accounting, or the box no swap. */
	write_file(fd, "memory.swap.max", "0");
	write_file(fd, "memory.oom.group", "1");
	if (!ret && limits->pids) {
		*failed = "pids.max";
		ret = write_file(fd, *failed, "%" PRIu64, limits->pids + 1);
	}
	return ret ? ret : limit_disks(fd, &limits->io, failed);
}

/*
 * Beside others in the same place, each gets what it is promised. One that has no limit,
 * and so no promise, lives of what they leave.
 */
static uint64_t weight_of(uint64_t cpu)
{
	if (!cpu)
		return WEIGHT_UNPROMISED;
	return cpu < WEIGHT_MAX ? cpu : WEIGHT_MAX;
}

int cgroup_limit_cpu(int fd, const struct cgroup_limits *limits)
{
	uint64_t quota = limits->cpu * PERIOD_US / 1000;
	int ret = write_file(fd, "cpu.weight", "%" PRIu64,
			     weight_of(limits->cpu));

	if (ret || !limits->cpu)
		return ret;
	if (quota < QUOTA_MIN_US)
		quota = QUOTA_MIN_US;
	return write_file(fd, "cpu.max", "%" PRIu64 " %d", quota, PERIOD_US);
}

struct cgroup_limits cgroup_limits_of(const struct taskfile *task)
{
	return (struct cgroup_limits){
		.memory = taskfile_need(task, "memory"),
		.pids = taskfile_need(task, "pids"),
		.cpu = taskfile_need(task, "cpu"),
		.io = task->io,
		.disk = taskfile_need(task, "disk"),
	};
}

void cgroup_kill(int place, uint32_t id)
{
	int fd = cgroup_open(place, id);

	if (fd < 0)
		return;
	write_file(fd, "cgroup.kill", "1");
	close(fd);
}

int cgroup_remove(int place, uint32_t id)
{
	char name[32];

	env_name(id, name);
	if (!unlinkat(place, name, AT_REMOVEDIR) || errno == ENOENT)
		return 0;
	return -errno;
}

bool cgroup_is_empty(int place, uint32_t id)
{
	int fd = cgroup_open(place, id), events;
	char text[128] = "";

	if (fd < 0)
		return true;
	events = openat(fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	close(fd);
	if (events < 0)
		return true;
	if (read(events, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(events);
	return !strstr(text, "populated 1");
}

uint64_t cgroup_id(int fd)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + 8];
	} at = { .handle.handle_bytes = 8 };
	uint64_t id = 0;
	int mount;

	if (!name_to_handle_at(fd, "", &at.handle, &mount, AT_EMPTY_PATH))
		memcpy(&id, at.handle.f_handle, sizeof(id));
	return id;
}

int cgroup_pids(int fd, uint32_t *pids)
{
	char text[CGROUP_TEXT];
	int ret = cgroup_text(fd, "pids.current", text);

	if (!ret)
		*pids = (uint32_t)strtoul(text, NULL, 10);
	return ret;
}

void cgroup_note(int fd, const char *text)
{
	fsetxattr(fd, NOTE, text, strlen(text), 0);
}

int cgroup_noted(int fd, char text[CGROUP_NOTE_SIZE])
{
	ssize_t len = fgetxattr(fd, NOTE, text, CGROUP_NOTE_SIZE - 1);

	if (len < 0)
		return -errno;
	text[len] = '\0';
	return 0;
}

void cgroup_each(int place, cgroup_fn fn, void *arg)
{
	int fd = openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	unsigned int id;
	char rest;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (sscanf(entry->d_name, "env-%u%c", &id, &rest) == 1)
			fn(id, arg);
	closedir(dir);
}

/*
 * The place
 */

int cgroup_note_place(int place)
{
	char link[64], path[PATH_MAX];
	ssize_t len;
	FILE *file;
	int ret;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", place);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0)
		return -errno;
	path[len] = '\0';
	file = fopen(PLACE ".new", "we");
	if (!file)
		return -errno;
	fprintf(file, "%s\n", path);
	ret = fclose(file) ? -errno : 0;
	return ret || !rename(PLACE ".new", PLACE) ? ret : -errno;
}

int cgroup_open_place(void)
{
	FILE *file = fopen(PLACE, "re");
	char path[PATH_MAX] = "";
	struct statfs fs;
	int fd = -1;

	if (file && fgets(path, sizeof(path), file)) {
		path[strcspn(path, "\n")] = '\0';
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (file)
		fclose(file);
	if (fd >= 0 && !fstatfs(fd, &fs) && fs.f_type == CGROUP2_SUPER_MAGIC)
		return fd;
	if (fd >= 0)
		close(fd);
	return -ENOENT;
}

/*
 * Visits
 */

static void remove_left(int place)
{
	int fd = openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return;
	/* Where somebody is it stays. */
	while ((entry = readdir(dir)))
		if (!strncmp(entry->d_name, VISIT, strlen(VISIT)))
			unlinkat(place, entry->d_name, AT_REMOVEDIR);
	closedir(dir);
}

int cgroup_make_visit(int place, char name[CGROUP_VISIT])
{
	int fd;

	remove_left(place);
	snprintf(name, CGROUP_VISIT, VISIT "%d", getpid());
	if (mkdirat(place, name, 0755))
		return -errno;
	fd = openat(place, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* Who looks takes nothing from those that were promised something. */
	write_file(fd, "cpu.weight", "%d", WEIGHT_UNPROMISED);
	return fd;
}

void cgroup_end_visit(int place, const char *name)
{
	int fd = openat(place, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int tries;

	if (fd < 0)
		return;
	write_file(fd, "cgroup.kill", "1");
	close(fd);
	/* What was killed is gone at once, unless a device holds it: for the next visit then. */
	for (tries = 0; tries < 100 && unlinkat(place, name, AT_REMOVEDIR) &&
	     errno == EBUSY; tries++)
		usleep(10000);
}
