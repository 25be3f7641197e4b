// SPDX-License-Identifier: GPL-2.0-only
/*
 * The task's secrets: files of a file system of their own that is never written to a
 * disk, for the environment's user alone to read.
 */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "secret.h"

/* Made with /run, see scratch.c. */
#define TARGET	"/run/secrets"

/* Mounted, and nowhere yet. */
static int secrets;

/* Who keeps it where others can read it has no secret. */
static int open_secret(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -1;
	errno = !S_ISREG(st.st_mode) ? EINVAL :
		st.st_size > SECRET_MAX ? EFBIG :
		st.st_uid || st.st_mode & (S_IRWXG | S_IRWXO) ? EPERM : 0;
	return errno ? -1 : fd;
}

/*
 * Somebody may be writing it: it is whole when he has closed it, which a lease for
 * readers says. How long that may take is the task's start-timeout.
 */
static off_t whole_size(int fd, const char *name)
{
	struct stat st;

	while (fcntl(fd, F_SETLEASE, F_RDLCK) && errno == EAGAIN)
		usleep(10000);
	fcntl(fd, F_SETLEASE, F_UNLCK);
	if (fstat(fd, &st))
		first_die("secret", name);
	return st.st_size;
}

static void copy(const struct first *first, const char *name)
{
	char path[SECRET_PATH];
	off_t size;
	int from, to;

	secret_path(first->task.credentials, name, path);
	from = open_secret(path);
	if (from < 0) {
		first_lack(first, "secret", name);
		return;
	}
	size = whole_size(from, name);
	to = openat(secrets, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
	if (to < 0 || fchown(to, first->uid, first->uid))
		first_die("secret", name);
	while (size) {
		ssize_t n = sendfile(to, from, NULL, (size_t)size);

		if (n <= 0)
			first_die("secret", name);
		size -= n;
	}
	close(from);
	close(to);
}

void first_open_secrets(const struct first *first)
{
	const struct taskfile *task = &first->task;
	size_t i;

	if (!task->secrets_count)
		return;
	/* Of memory that is never swapped. */
	secrets = first_new("ramfs", NULL, PLAIN | MS_NOEXEC, "mode=755");
	for (i = 0; i < task->secrets_count; i++)
		copy(first, task->secrets[i]);
	first_set(secrets, MS_RDONLY);
}

void first_mount_secrets(const struct first *first)
{
	if (first->task.secrets_count)
		first_put(secrets, TARGET);
}
