// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a call has left that no process holds any more: shared memory, semaphores and
 * message queues. Files in /tmp stay.
 */
#include "init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "mqueue.h"

/*
 * System V's are found by their places, also those that even their owner may not read.
 * Each of these returns how many places there may be, or the id that is in one.
 */
static int shm(int place, int command)
{
	struct shmid_ds data;

	return shmctl(place, command, &data);
}

static int msg(int place, int command)
{
	struct msqid_ds data;

	return msgctl(place, command, &data);
}

static int sem(int place, int command)
{
	union {
		int	value;
		struct semid_ds *data;
		struct seminfo *info;
	} with;
	struct semid_ds data;
	struct seminfo info;

	if (command == SEM_INFO)
		with.info = &info;
	else
		with.data = &data;
	return semctl(place, 0, command, with);
}

static bool remove_all(int (*control)(int place, int command), int info,
		       int stat_any)
{
	int last = control(0, info), place, id;
	bool gone = true;

	for (place = 0; place <= last; place++) {
		id = control(place, stat_any);
		if (id >= 0 && control(id, IPC_RMID))
			gone = false;
	}
	/* A kernel without them has none; nor can a program make any whose filter refuses that. */
	return gone && (last >= 0 || errno == ENOSYS || errno == EPERM);
}

/*
 * Files
 */

static int open_folder(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/*
 * Remove a name from @at; what is in a folder goes to @top first, under a name of ours:
 * a program can make folders deeper than we could follow.
 */
static bool remove_name(int top, int at, const char *name, bool inside,
			unsigned long *number)
{
	char new[32];

	if (!unlinkat(at, name, 0))
		return true;
	if (errno != EISDIR && errno != EPERM)
		return false;
	if (!unlinkat(at, name, AT_REMOVEDIR))
		return true;
	if (!inside)
		return false;
	/* It must be writable to get another folder above it. */
	fchmodat(at, name, 0700, 0);
	do {
		snprintf(new, sizeof(new), ".sluice-%lu", (*number)++);
	} while (!faccessat(top, new, F_OK, AT_SYMLINK_NOFOLLOW));
	return !renameat(at, name, top, new);
}

/* Closes it. False: some of what is in it could not be removed, or moved. */
static bool empty_folder(int top, int fd, unsigned long *number)
{
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool good = dir;

	while (good && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			good = remove_name(top, fd, entry->d_name, true, number);
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
	return good;
}

/* Each round empties the folders that are in it; @left: there was something. */
static bool one_round(int top, unsigned long *number, bool *left)
{
	int fd = open_folder(top, ".");
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool good = dir;

	*left = false;
	while (good && (entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		*left = true;
		if (remove_name(top, top, name, false, number))
			continue;
		fchmodat(top, name, 0700, 0);
		good = empty_folder(top, open_folder(top, name), number) &&
		       !unlinkat(top, name, AT_REMOVEDIR);
	}
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
	return good;
}

/**
 * struct place - a folder that is to be empty
 * @size: of it when it was, if its file system is one of memory, whose folders are larger by
 *	the same for each name; 0: not known
 */
struct place {
	const char *path;
	off_t	size;
};

/* A task can have another one mounted there. */
static bool in_memory(int folder)
{
	struct statfs fs;

	return !fstatfs(folder, &fs) &&
	       (fs.f_type == TMPFS_MAGIC || fs.f_type == MQUEUE_MAGIC);
}

/* One that is not there, as in a kernel without message queues, has nothing in it. */
static bool empty(struct place *place)
{
	unsigned long number = 0;
	bool good, left = true;
	struct stat st;
	int top;

	if (place->size && !stat(place->path, &st) && st.st_size == place->size)
		return true;
	top = open_folder(AT_FDCWD, place->path);
	if (top < 0)
		return errno == ENOENT;
	do {
		good = one_round(top, &number, &left);
	} while (good && left);
	if (good && in_memory(top) && !fstat(top, &st))
		place->size = st.st_size;
	close(top);
	return good;
}

bool left_remove(void)
{
	static struct place shared = { .path = "/dev/shm" };
	static struct place queues = { .path = "/dev/mqueue" };
	bool good = remove_all(shm, SHM_INFO, SHM_STAT_ANY);

	good = remove_all(msg, MSG_INFO, MSG_STAT_ANY) && good;
	good = remove_all(sem, SEM_INFO, SEM_STAT_ANY) && good;
	good = empty(&shared) && good;
	return empty(&queues) && good;
}
