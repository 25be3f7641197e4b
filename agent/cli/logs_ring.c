// SPDX-License-Identifier: GPL-2.0-only
/* Lines of ring files, in the order of their time. */
#include "logs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Between two looks at what came. */
#define LOOK_USEC	200000

/* One file. */
struct book {
	char	task[SLUICE_NAME_SIZE];
	struct ring_reader *reader;
};

/* One line, whose text is the reader's. */
struct entry {
	const char *task;
	size_t	order;
	struct ring_line line;
};

struct rings {
	const struct logs_query *query;
	int	dir;
	struct book *books;
	size_t	books_count;
	struct entry *entries;
	size_t	count;
	size_t	room;
};

static bool known(const struct rings *rings, const char *task)
{
	size_t i;

	for (i = 0; i < rings->books_count; i++)
		if (!strcmp(rings->books[i].task, task))
			return true;
	return false;
}

static int add_book(struct rings *rings, const char *task, const char *name)
{
	struct book *more = realloc(rings->books, (rings->books_count + 1) *
				    sizeof(*more));
	struct book *book;

	if (!more)
		return -ENOMEM;
	rings->books = more;
	book = &more[rings->books_count];
	snprintf(book->task, sizeof(book->task), "%s", task);
	book->reader = ring_reader_new(rings->dir, name);
	if (!book->reader)
		return -ENOMEM;
	rings->books_count++;
	return 0;
}

static int find_one(struct rings *rings, const char *name)
{
	size_t len = strlen(name), end = strlen(RING_END);
	char task[SLUICE_NAME_SIZE];

	if (len <= end || len - end >= sizeof(task) ||
	    strcmp(name + len - end, RING_END))
		return 0;
	snprintf(task, sizeof(task), "%.*s", (int)(len - end), name);
	if (known(rings, task) ||
	    (rings->query->task && strcmp(rings->query->task, task)))
		return 0;
	return add_book(rings, task, name);
}

/* Also those that came since the last time. */
static int find_books(struct rings *rings)
{
	struct dirent *entry;
	DIR *dir;
	int ret = 0, fd;

	if (rings->dir < 0)
		rings->dir = open(RING_FOLDER, O_RDONLY | O_DIRECTORY |
				  O_CLOEXEC);
	if (rings->dir < 0)
		return errno == ENOENT ? 0 : -errno;
	fd = openat(rings->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return -errno;
	while (!ret && (entry = readdir(dir)))
		ret = find_one(rings, entry->d_name);
	closedir(dir);
	return ret;
}

static int add_entry(struct rings *rings, const char *task,
		     const struct ring_line *line)
{
	struct entry *more;

	if (rings->count == rings->room) {
		rings->room = 2 * rings->room + 64;
		more = realloc(rings->entries, rings->room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		rings->entries = more;
	}
	rings->entries[rings->count] = (struct entry){ task, rings->count, *line };
	rings->count++;
	return 0;
}

static bool wanted(const struct logs_query *query, const struct ring_line *line)
{
	return line->time >= query->since &&
	       (!query->call || line->call == query->call);
}

static int read_books(struct rings *rings)
{
	struct ring_line line;
	int ret = 0;
	size_t i;

	rings->count = 0;
	for (i = 0; !ret && i < rings->books_count; i++) {
		struct book *book = &rings->books[i];

		/* One that is no ring has nothing to say. */
		if (ring_read(book->reader))
			continue;
		while (!ret && ring_next(book->reader, &line))
			if (wanted(rings->query, &line))
				ret = add_entry(rings, book->task, &line);
	}
	return ret;
}

static int by_time(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->line.time != b->line.time)
		return a->line.time < b->line.time ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static bool print(struct rings *rings, size_t from, logs_fn fn)
{
	size_t i;

	if (rings->count)
		qsort(rings->entries, rings->count, sizeof(*rings->entries),
		      by_time);
	for (i = from; i < rings->count; i++)
		if (!fn(rings->entries[i].task, &rings->entries[i].line))
			return false;
	return true;
}

static int show(struct rings *rings, logs_fn fn)
{
	const struct logs_query *query = rings->query;
	bool first = true;
	size_t from;
	int ret;

	for (;; first = false) {
		ret = find_books(rings);
		if (!ret)
			ret = read_books(rings);
		if (ret)
			return ret;
		from = 0;
		if (first && query->follow && !query->since &&
		    rings->count > LOGS_BEFORE)
			from = rings->count - LOGS_BEFORE;
		if (!print(rings, from, fn) || !query->follow)
			return 0;
		usleep(LOOK_USEC);
	}
}

int logs_from_rings(const struct logs_query *query, logs_fn fn)
{
	struct rings rings = { .query = query, .dir = -1 };
	int ret = show(&rings, fn);
	size_t i;

	for (i = 0; i < rings.books_count; i++)
		ring_reader_free(rings.books[i].reader);
	free(rings.books);
	free(rings.entries);
	if (rings.dir >= 0)
		close(rings.dir);
	return ret;
}

bool logs_ring_of(const char *task)
{
	char path[sizeof(RING_FOLDER) + SLUICE_NAME_SIZE + sizeof(RING_END)];

	return (size_t)snprintf(path, sizeof(path), RING_FOLDER "/%s" RING_END,
				task) < sizeof(path) && !access(path, F_OK);
}
