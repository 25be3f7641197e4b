// SPDX-License-Identifier: GPL-2.0-only
#include "users.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sluice.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct user {
	struct user *next;
	char	task[SLUICE_NAME_SIZE];
	uint32_t number;
};

struct users {
	const char *path;
	struct user *first;
	uint32_t next;
};

static struct user *find(const struct users *users, const char *task)
{
	struct user *user;

	for (user = users->first; user; user = user->next)
		if (!strcmp(user->task, task))
			break;
	return user;
}

static bool has_number(const struct users *users, uint32_t number)
{
	const struct user *user;

	for (user = users->first; user; user = user->next)
		if (user->number == number)
			return true;
	return false;
}

static int add(struct users *users, const char *task, uint32_t number)
{
	struct user *user = calloc(1, sizeof(*user));

	if (!user)
		return -ENOMEM;
	snprintf(user->task, sizeof(user->task), "%s", task);
	user->number = number;
	user->next = users->first;
	users->first = user;
	if (number >= users->next)
		users->next = number + 1;
	return 0;
}

/* Two tasks that are one user, or none that we give, are somebody's mistake. */
static int read_line(struct users *users, const char *line)
{
	char task[SLUICE_NAME_SIZE], end;
	unsigned int number;

	if (sscanf(line, "%31[a-z0-9-] %u%c", task, &number, &end) != 3 ||
	    end != '\n' || number < USERS_FIRST || number > USERS_LAST ||
	    find(users, task) || has_number(users, number))
		return -EBADMSG;
	return add(users, task, number);
}

static int read_all(struct users *users)
{
	FILE *file = fopen(users->path, "re");
	char line[SLUICE_NAME_SIZE + 16];
	int ret = 0;

	if (!file)
		return errno == ENOENT ? 0 : -errno;
	while (!ret && fgets(line, sizeof(line), file))
		ret = read_line(users, line);
	if (!ret && ferror(file))
		ret = -EIO;
	fclose(file);
	return ret;
}

int users_open(const char *path, struct users **ret_users)
{
	struct users *users = calloc(1, sizeof(*users));
	int ret = -ENOMEM;

	*ret_users = NULL;
	if (users) {
		users->path = path;
		users->next = USERS_FIRST;
		ret = read_all(users);
	}
	if (ret)
		users_free(users);
	else
		*ret_users = users;
	return ret;
}

void users_free(struct users *users)
{
	struct user *user, *next;

	if (!users)
		return;
	for (user = users->first; user; user = next) {
		next = user->next;
		free(user);
	}
	free(users);
}

/* Where it is must be on the disk as well, or a power cut gives the number away. */
static int sync_folder(const char *path)
{
	char folder[PATH_MAX], *slash;
	int fd, ret;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (!slash)
		return -EINVAL;
	*slash = '\0';
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = fsync(fd) ? -errno : 0;
	close(fd);
	return ret;
}

static int write_all(const struct users *users)
{
	const struct user *user;
	char path[PATH_MAX];
	FILE *file;
	bool good;

	snprintf(path, sizeof(path), "%s.new", users->path);
	file = fopen(path, "we");
	good = file;
	for (user = users->first; good && user; user = user->next)
		good = fprintf(file, "%s %u\n", user->task, user->number) > 0;
	good = good && !fflush(file) && !fsync(fileno(file));
	if (file && fclose(file))
		good = false;
	if (!good || rename(path, users->path)) {
		int err = errno;

		unlink(path);
		return -err;
	}
	return sync_folder(users->path);
}

/* The next one, unless somebody has written others into the file. */
static int give(struct users *users, const char *task, uint32_t *ret_user)
{
	struct user *user;
	int ret;

	if (users->next > USERS_LAST)
		return -ENOSPC;
	ret = add(users, task, users->next);
	if (ret)
		return ret;
	user = users->first;
	ret = write_all(users);
	if (!ret) {
		*ret_user = user->number;
		return 0;
	}
	/* Nobody has it: the next one may. */
	users->first = user->next;
	users->next = user->number;
	free(user);
	return ret;
}

int users_of(struct users *users, const char *task, uint32_t *ret_user)
{
	const struct user *user = find(users, task);

	if (!user)
		return give(users, task, ret_user);
	*ret_user = user->number;
	return 0;
}

int users_find(const struct users *users, const char *task, uint32_t *ret_user)
{
	const struct user *user = find(users, task);

	if (!user)
		return -ENOENT;
	*ret_user = user->number;
	return 0;
}
