// SPDX-License-Identifier: GPL-2.0-only
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define CGROUP_ROOT	"/sys/fs/cgroup"
/* cpu.max: what a call asked for, of this many microseconds. */
#define PERIOD_US	100000
/* The kernel takes no smaller quota. */
#define QUOTA_MIN_US	1000

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

static int read_file(int dir, const char *name, char *text, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	close(fd);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return 0;
}

/* Our own cgroup by /proc, below the mount point: systemd's delegation. */
static int own_cgroup(char *path, size_t size)
{
	char line[400] = "";
	FILE *file = fopen("/proc/self/cgroup", "re");
	size_t len;

	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file) && strncmp(line, "0::", 3))
		;
	fclose(file);
	len = strlen(line);
	if (len < 4 || strncmp(line, "0::", 3))
		return -ENOENT;
	if (line[len - 1] == '\n')
		line[--len] = '\0';
	snprintf(path, size, "%s%s", CGROUP_ROOT,
		 strcmp(line + 3, "/") ? line + 3 : "/sluice");
	return 0;
}

/* A restarted agent is in the leaf that an earlier one made. */
static void leave_leaf(char *path)
{
	size_t len = strlen(path);

	if (len > 6 && !strcmp(path + len - 6, "/agent"))
		path[len - 6] = '\0';
}

static int enter_leaf(int cgroup)
{
	int leaf, ret;

	mkdirat(cgroup, "agent", 0755);
	leaf = openat(cgroup, "agent", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (leaf < 0)
		return -errno;
	ret = write_file(leaf, "cgroup.procs", "%d", getpid());
	close(leaf);
	return ret;
}

/*
 * No process may be in a cgroup that has controllers for its children: in our own
 * we go to a leaf, and environments are its siblings. One that we are given is
 * for environments alone.
 */
int cgroup_open_root(struct agent *agent, char error[ERROR_SIZE])
{
	const char *asked = agent->conf.cgroup ? agent->conf.cgroup :
			    agent->cgroup_dir;
	char *path = agent->cgroup_path;
	struct statfs fs;
	int ret = 0;

	if (asked)
		snprintf(path, sizeof(agent->cgroup_path), "%s", asked);
	else
		ret = own_cgroup(path, sizeof(agent->cgroup_path));
	if (!asked)
		leave_leaf(path);
	if (ret || statfs(CGROUP_ROOT, &fs) ||
	    fs.f_type != CGROUP2_SUPER_MAGIC) {
		snprintf(error, ERROR_SIZE, "no cgroup v2 at %s: boot with systemd.unified_cgroup_hierarchy=1",
			 CGROUP_ROOT);
		return -ENOENT;
	}
	if (mkdir(path, 0755) && errno != EEXIST) {
		snprintf(error, ERROR_SIZE, "mkdir %.400s: %s", path,
			 strerror(errno));
		return -errno;
	}
	agent->cgroup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (agent->cgroup < 0) {
		snprintf(error, ERROR_SIZE, "%.400s: %s", path,
			 strerror(errno));
		return -errno;
	}
	if (!asked)
		ret = enter_leaf(agent->cgroup);
	if (!ret)
		ret = write_file(agent->cgroup, "cgroup.subtree_control",
				 "+memory +cpu +pids");
	if (ret)
		snprintf(error, ERROR_SIZE, "%.400s: enabling memory, cpu and pids: %s",
			 path, strerror(-ret));
	return ret;
}

static void env_name(uint32_t id, char name[32])
{
	snprintf(name, 32, "env-%" PRIu32, id);
}

int cgroup_open(struct agent *agent, uint32_t id)
{
	char name[32];
	int fd;

	env_name(id, name);
	fd = openat(agent->cgroup, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int set_limits(int fd, const struct taskfile *task,
		      char error[ERROR_SIZE])
{
	uint64_t memory = taskfile_need(task, "memory");
	uint64_t pids = taskfile_need(task, "pids");
	const char *name = "memory.max";
	int ret = 0;

	if (memory)
		ret = write_file(fd, name, "%" PRIu64, memory);
	/* Absent where the kernel has no swap accounting, or the box no swap. */
	write_file(fd, "memory.swap.max", "0");
	write_file(fd, "memory.oom.group", "1");
	if (!ret && pids) {
		name = "pids.max";
		/* The runner itself is one that no task asked for. */
		ret = write_file(fd, name, "%" PRIu64, pids + 1);
	}
	if (ret)
		snprintf(error, ERROR_SIZE, "setting %s: %s", name,
			 strerror(-ret));
	return ret;
}

int cgroup_limit_cpu(int fd, uint64_t cpu)
{
	uint64_t quota = cpu * PERIOD_US / 1000;

	if (!cpu)
		return 0;
	if (quota < QUOTA_MIN_US)
		quota = QUOTA_MIN_US;
	return write_file(fd, "cpu.max", "%" PRIu64 " %d", quota, PERIOD_US);
}

int cgroup_make(struct agent *agent, uint32_t id, const struct taskfile *task,
		char error[ERROR_SIZE])
{
	char name[32];
	int fd, made, ret;

	env_name(id, name);
	made = mkdirat(agent->cgroup, name, 0755);
	if (made && errno == EEXIST) {
		cgroup_kill(agent, id);
		for (ret = 0; cgroup_remove(agent, id) == -EBUSY && ret < 100;
		     ret++)
			usleep(10000);
		made = mkdirat(agent->cgroup, name, 0755);
	}
	fd = made && errno != EEXIST ? -errno : cgroup_open(agent, id);
	if (fd < 0) {
		snprintf(error, ERROR_SIZE, "making cgroup %s: %s", name,
			 strerror(-fd));
		return fd;
	}
	ret = set_limits(fd, task, error);
	if (!ret)
		return fd;
	close(fd);
	cgroup_remove(agent, id);
	return ret;
}

void cgroup_kill(struct agent *agent, uint32_t id)
{
	int fd = cgroup_open(agent, id);

	if (fd < 0)
		return;
	write_file(fd, "cgroup.kill", "1");
	close(fd);
}

int cgroup_remove(struct agent *agent, uint32_t id)
{
	char name[32];

	env_name(id, name);
	if (!unlinkat(agent->cgroup, name, AT_REMOVEDIR) || errno == ENOENT)
		return 0;
	return -errno;
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
	char text[32];
	int ret = read_file(fd, "pids.current", text, sizeof(text));

	if (!ret)
		*pids = (uint32_t)strtoul(text, NULL, 10);
	return ret;
}

void cgroup_each(struct agent *agent, cgroup_fn fn, void *arg)
{
	int fd = openat(agent->cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	unsigned int id;
	char rest;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (sscanf(entry->d_name, "env-%u%c", &id, &rest) == 1)
			fn(agent, id, arg);
	closedir(dir);
}
