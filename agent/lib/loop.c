// SPDX-License-Identifier: GPL-2.0-only
#include "loop.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"

#define BLOCKS	"/sys/block"
#define CONTROL	"/dev/loop-control"

/* Is it the one of that file, all of it, and as we want it? */
static bool is_of(int device, const struct stat *st, bool writable)
{
	struct loop_info64 info;

	if (ioctl(device, LOOP_GET_STATUS64, &info))
		return false;
	return info.lo_device == st->st_dev && info.lo_inode == st->st_ino &&
	       !info.lo_offset && !info.lo_sizelimit &&
	       !(info.lo_flags & LO_FLAGS_READ_ONLY) == writable;
}

/*
 * Without CONFIG_BLK_DEV_WRITE_MOUNTED a kernel mounts nothing that somebody has open to
 * write, and lets nobody open so what is mounted.
 */
static int open_device(const char *name, int mode, char path[LOOP_PATH])
{
	snprintf(path, LOOP_PATH, "/dev/%.20s", name);
	return open(path, mode | O_CLOEXEC);
}

int loop_find(int file, bool writable, char path[LOOP_PATH])
{
	struct dirent *entry;
	struct stat st;
	int device = -1;
	DIR *dir;

	if (fstat(file, &st))
		return -1;
	dir = opendir(BLOCKS);
	if (!dir)
		return -1;
	while (device < 0 && (entry = readdir(dir))) {
		char bound[64];

		snprintf(bound, sizeof(bound), BLOCKS "/%.20s/loop",
			 entry->d_name);
		if (strncmp(entry->d_name, "loop", 4) || access(bound, F_OK))
			continue;
		device = open_device(entry->d_name, O_RDONLY, path);
		/* While it is open it stays what it is. */
		if (device >= 0 && !is_of(device, &st, writable)) {
			close(device);
			device = -1;
		}
	}
	closedir(dir);
	return device;
}

/* What is set up by who can only read it can only be read. */
static int set_up(const char *name, const struct loop_config *config, char path[LOOP_PATH])
{
	bool writable = !(config->info.lo_flags & LO_FLAGS_READ_ONLY);
	int device = open_device(name, writable ? O_RDWR : O_RDONLY, path);
	int keep = -1, err;

	if (device < 0)
		return -1;
	/* While it is open it stays what it is: so first the one, then the other. */
	if (!ioctl(device, LOOP_CONFIGURE, config))
		keep = open_device(name, O_RDONLY, path);
	err = errno;
	close(device);
	errno = err;
	return keep;
}

/* Somebody else may be quicker with the one that was free. */
static int take_free(int control, const struct loop_config *config,
		     char path[LOOP_PATH])
{
	char name[24];
	int device, number;

	for (;;) {
		number = ioctl(control, LOOP_CTL_GET_FREE);
		if (number < 0)
			return -1;
		snprintf(name, sizeof(name), "loop%d", number);
		device = set_up(name, config, path);
		if (device >= 0 || errno != EBUSY)
			return device;
	}
}

/* Without udev the file is not there before the module is. */
static int open_control(void)
{
	char *argv[] = { "modprobe", "-q", "loop", NULL };
	int fd = open(CONTROL, O_RDWR | O_CLOEXEC);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	tool_run(argv);
	return open(CONTROL, O_RDWR | O_CLOEXEC);
}

int loop_get(int file, bool writable, char path[LOOP_PATH])
{
	struct loop_config config = {
		.fd = (__u32)file,
		.info.lo_flags = LO_FLAGS_AUTOCLEAR |
				 (writable ? 0 : LO_FLAGS_READ_ONLY),
	};
	int device = loop_find(file, writable, path), control;

	if (device >= 0)
		return device;
	control = open_control();
	if (control < 0)
		return -1;
	device = take_free(control, &config, path);
	close(control);
	return device;
}
