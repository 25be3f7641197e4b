// SPDX-License-Identifier: GPL-2.0-only
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* By whom, and which one is held. */
#define HELD		"/run/sluice/held"
#define PATH_SIZE	512

static int write_at(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* Our own cgroup by /proc, below the mount point. */
static int own_cgroup(char path[PATH_SIZE])
{
	char line[400] = "";
	FILE *file = fopen("/proc/self/cgroup", "re");
	size_t len;

	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file) && strncmp(line, "0::", 3))
		;
	fclose(file);
	len = strcspn(line, "\n");
	line[len] = '\0';
	if (len < 4 || strncmp(line, "0::", 3))
		return -ENOENT;
	snprintf(path, PATH_SIZE, "%s%s", PLACE_ROOT,
		 strcmp(line + 3, "/") ? line + 3 : "/sluice");
	/* A restarted agent is in the leaf that an earlier one made. */
	len = strlen(path) - strlen("/" PLACE_LEAF);
	if (!strcmp(path + len, "/" PLACE_LEAF))
		path[len] = '\0';
	return 0;
}

/* No process may be in a cgroup that has controllers for its children. */
static int enter_leaf(int cgroup)
{
	int leaf, ret;

	mkdirat(cgroup, PLACE_LEAF, 0755);
	leaf = openat(cgroup, PLACE_LEAF, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (leaf < 0)
		return -errno;
	ret = write_at(leaf, "cgroup.procs", "0");
	close(leaf);
	return ret;
}

static int open_dir(const char *path, char error[ERROR_SIZE])
{
	int fd = -1;

	if (!mkdir(path, 0755) || errno == EEXIST)
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	fd = -errno;
	snprintf(error, ERROR_SIZE, "%.400s: %s", path, strerror(errno));
	return fd;
}

static bool have_tree(char error[ERROR_SIZE])
{
	struct statfs fs;

	if (!statfs(PLACE_ROOT, &fs) && fs.f_type == CGROUP2_SUPER_MAGIC)
		return true;
	snprintf(error, ERROR_SIZE, "no cgroup v2 at %s: boot with systemd.unified_cgroup_hierarchy=1",
		 PLACE_ROOT);
	return false;
}

static int open_own(char path[PATH_SIZE], char error[ERROR_SIZE])
{
	int fd, ret = own_cgroup(path);

	if (ret) {
		snprintf(error, ERROR_SIZE, "our own cgroup: %s", strerror(-ret));
		return ret;
	}
	fd = open_dir(path, error);
	if (fd < 0)
		return fd;
	ret = enter_leaf(fd);
	if (!ret)
		return fd;
	snprintf(error, ERROR_SIZE, "%.400s/" PLACE_LEAF ": %s", path, strerror(-ret));
	close(fd);
	return ret;
}

/* With controllers for those below it; closes it if that fails. */
static int enable(int fd, const char *path, char error[ERROR_SIZE])
{
	int ret = write_at(fd, "cgroup.subtree_control", "+memory +cpu +pids");
	char weight[16];

	if (!ret) {
		/* There is none where the place is only for environments. */
		snprintf(weight, sizeof(weight), "%d", PLACE_LEAF_WEIGHT);
		write_at(fd, PLACE_LEAF "/cpu.weight", weight);
		return fd;
	}
	snprintf(error, ERROR_SIZE, "%.400s: enabling memory, cpu and pids: %s",
		 path, strerror(-ret));
	close(fd);
	return ret;
}

int place_open(const char *asked, char error[ERROR_SIZE])
{
	char path[PATH_SIZE];
	int fd;

	if (!have_tree(error))
		return -ENOENT;
	if (asked)
		snprintf(path, sizeof(path), "%s", asked);
	fd = asked ? open_dir(path, error) : open_own(path, error);
	return fd < 0 ? fd : enable(fd, path, error);
}

/*
 * Held
 */

int place_open_held(pid_t *ret_holder, char error[ERROR_SIZE])
{
	FILE *file = fopen(HELD, "re");
	char path[PATH_SIZE];
	int fd = -1;

	if (file && fscanf(file, "%d %511s", ret_holder, path) == 2 &&
	    !kill(*ret_holder, 0))
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file)
		fclose(file);
	if (fd >= 0)
		return enable(fd, path, error);
	snprintf(error, ERROR_SIZE, "nobody holds a place for environments: systemctl restart sluice-environments");
	return -ENOENT;
}

static bool note_held(const char *path)
{
	FILE *file = fopen(HELD ".new", "we");
	bool good = file && fprintf(file, "%d %s\n", getpid(), path) > 0;

	if (file && fclose(file))
		good = false;
	return good && !rename(HELD ".new", HELD);
}

int place_hold(char error[ERROR_SIZE])
{
	char path[PATH_SIZE];
	int fd;

	if (!have_tree(error))
		return -ENOENT;
	fd = open_own(path, error);
	if (fd < 0)
		return fd;
	close(fd);
	if (note_held(path))
		return 0;
	snprintf(error, ERROR_SIZE, HELD ": %s", strerror(errno));
	return -errno;
}

void place_let_go(void)
{
	unlink(HELD);
}
