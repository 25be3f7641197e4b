// SPDX-License-Identifier: GPL-2.0-only
#include "disks.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define DISKS_MAX	64
#define MOUNTS		"/proc/self/mountinfo"
#define DATA		"/var/lib/sluice"

struct disks {
	dev_t	dev[DISKS_MAX];
	size_t	count;
};

static int write_file(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* The kernel limits whole disks: a partition is one that is in another's folder. */
static dev_t whole_disk(dev_t dev)
{
	unsigned int disk_major, disk_minor;
	char path[96];
	FILE *file;
	int n = 0;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/partition",
		 major(dev), minor(dev));
	if (access(path, F_OK))
		return dev;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../dev", major(dev),
		 minor(dev));
	file = fopen(path, "re");
	if (file) {
		n = fscanf(file, "%u:%u", &disk_major, &disk_minor);
		fclose(file);
	}
	return n == 2 ? makedev(disk_major, disk_minor) : dev;
}

static void add(struct disks *disks, dev_t dev)
{
	size_t i;

	dev = whole_disk(dev);
	for (i = 0; i < disks->count; i++)
		if (disks->dev[i] == dev)
			return;
	if (disks->count < DISKS_MAX)
		disks->dev[disks->count++] = dev;
}

/*
 * A line of mountinfo. A file system of several disks, as btrfs, has a number that is no
 * disk's, and names one.
 */
static void add_line(struct disks *disks, const char *line)
{
	const char *rest = strstr(line, " - ");
	unsigned int dev_major, dev_minor;
	char source[256];
	struct stat st;

	if (sscanf(line, "%*d %*d %u:%u", &dev_major, &dev_minor) != 2)
		return;
	if (dev_major)
		add(disks, makedev(dev_major, dev_minor));
	else if (rest && sscanf(rest, " - %*s %255s", source) == 1 &&
		 !strncmp(source, "/dev/", 5) && !stat(source, &st) &&
		 S_ISBLK(st.st_mode))
		add(disks, st.st_rdev);
}

/* If it tells of the mount with that number. */
static void add_if_of(struct disks *to, const char *line, uint64_t mount)
{
	uint64_t id;

	if (sscanf(line, "%" SCNu64, &id) == 1 && id == mount)
		add_line(to, line);
}

/* By what is written in a table: no file system is asked, as it may not answer. */
static int find_disks(struct disks *disks)
{
	FILE *file = fopen(MOUNTS, "re");
	char line[4096];

	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file))
		add_line(disks, line);
	fclose(file);
	return 0;
}

static void say_one(char *text, size_t size, const char *what, uint64_t most)
{
	size_t len = strlen(text);

	if (most)
		snprintf(text + len, size - len, " %s=%" PRIu64, what, most);
}

static int limit_disks(int cgroup, const struct taskfile_io *io)
{
	struct disks disks = { .count = 0 };
	int ret = find_disks(&disks);
	char text[160];
	size_t i;

	for (i = 0; i < disks.count && !ret; i++) {
		snprintf(text, sizeof(text), "%u:%u", major(disks.dev[i]),
			 minor(disks.dev[i]));
		say_one(text, sizeof(text), "rbps", io->rbps);
		say_one(text, sizeof(text), "wbps", io->wbps);
		say_one(text, sizeof(text), "riops", io->riops);
		say_one(text, sizeof(text), "wiops", io->wiops);
		ret = write_file(cgroup, "io.max", text);
		/* It went meanwhile; or is a loop device that is not in use. */
		if (ret == -ENODEV)
			ret = 0;
	}
	return ret;
}

/* Of a folder that is there before anything is kept; btrfs has other numbers in its folders. */
static int mount_of_data(uint64_t *mount)
{
	static const char * const folders[] = { DATA, "/var/lib", "/var", "/" };
	struct statx st;
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (statx(AT_FDCWD, folders[i], 0, STATX_MNT_ID, &st) ||
		    !(st.stx_mask & STATX_MNT_ID))
			continue;
		*mount = st.stx_mnt_id;
		return 0;
	}
	return -ENODEV;
}

int disks_data(dev_t *disk)
{
	struct disks found = { .count = 0 };
	char line[4096];
	uint64_t mount;
	FILE *file;

	if (mount_of_data(&mount))
		return -ENODEV;
	file = fopen(MOUNTS, "re");
	if (!file)
		return -ENODEV;
	while (!found.count && fgets(line, sizeof(line), file))
		add_if_of(&found, line, mount);
	fclose(file);
	if (!found.count)
		return -ENODEV;
	*disk = found.dev[0];
	return 0;
}

static uint64_t less_of(uint64_t own, uint64_t most)
{
	return own && own < most ? own : most;
}

int disks_limit_data(int cgroup, const struct taskfile_io *io, uint64_t most)
{
	char text[160];
	dev_t disk;
	int ret = disks_data(&disk);

	if (ret)
		return ret;
	snprintf(text, sizeof(text), "%u:%u", major(disk), minor(disk));
	say_one(text, sizeof(text), "rbps", less_of(io->rbps, most));
	say_one(text, sizeof(text), "wbps", less_of(io->wbps, most));
	return write_file(cgroup, "io.max", text);
}

/* Who schedules the disks of this gateway, if anybody does, has one of these. */
static int weigh(int cgroup, uint64_t weight)
{
	uint64_t bfq = weight > 1000 ? 1000 : weight;
	char text[32];
	int ret, ret_bfq;

	snprintf(text, sizeof(text), "default %" PRIu64, weight);
	ret = write_file(cgroup, "io.weight", text);
	snprintf(text, sizeof(text), "default %" PRIu64, bfq);
	ret_bfq = write_file(cgroup, "io.bfq.weight", text);
	return ret && ret_bfq ? ret : 0;
}

int disks_limit(int cgroup, const struct taskfile_io *io, const char **failed)
{
	int ret = 0;

	*failed = "io.max";
	if (io->rbps || io->wbps || io->riops || io->wiops)
		ret = limit_disks(cgroup, io);
	if (ret || !io->weight)
		return ret;
	*failed = "io.weight";
	return weigh(cgroup, io->weight);
}
