// SPDX-License-Identifier: GPL-2.0-only
#include "book.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <time.h>
#include <unistd.h>

#include "logid.h"
#include "rate.h"
#include "ring.h"
#include "say.h"

#define USEC		1000000ULL
/* As many as may be registered; others are forgotten when nobody uses them. */
#define BOOKS		256

/**
 * struct book - of one task
 * @refs: environments that are connected; without one it stays, as it knows how much
 *	there was of it lately
 * @priority: of the last line, for what continues it
 */
struct book {
	struct book *next;
	char	task[SLUICE_NAME_SIZE];
	unsigned int refs;
	struct rate rate;
	struct ring *ring;
	bool	no_ring;
	int	priority;
};

static struct book *books;

static uint64_t now_usec(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * USEC + (uint64_t)now.tv_nsec / 1000;
}

/*
 * Out
 */

#define FIELDS	8

/* Those that a line does not have are left out. */
struct fields {
	struct iovec field[FIELDS];
	int	count;
	char	text[FIELDS][LOGWIRE_LINE + 16];
};

__attribute__((format(printf, 2, 3)))
static void put(struct fields *fields, const char *format, ...)
{
	char *text = fields->text[fields->count];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(fields->text[0]), format, args);
	va_end(args);
	fields->field[fields->count++] = (struct iovec){ text, (size_t)len };
}

static void put_message(struct fields *fields, const char *text, size_t len)
{
	char *to = fields->text[fields->count];

	memcpy(to, "MESSAGE=", 8);
	memcpy(to + 8, text, len);
	fields->field[fields->count++] = (struct iovec){ to, 8 + len };
}

static void put_trace(struct fields *fields, const uint8_t *id)
{
	static const uint8_t none[SLUICE_TRACE_ID_LEN];
	char text[2 * SLUICE_TRACE_ID_LEN + 1];
	size_t i;

	if (!memcmp(id, none, sizeof(none)))
		return;
	for (i = 0; i < SLUICE_TRACE_ID_LEN; i++)
		sprintf(text + 2 * i, "%02x", id[i]);
	put(fields, "SLUICE_TRACE_ID=%s", text);
}

static void to_journal(const struct book *book, const struct ring_line *line)
{
	static struct fields fields;

	fields.count = 0;
	put_message(&fields, line->text, line->len);
	put(&fields, "MESSAGE_ID=" LOG_ID);
	put(&fields, "PRIORITY=%d", line->priority);
	put(&fields, "SYSLOG_IDENTIFIER=%s", book->task);
	put(&fields, "SLUICE_TASK=%s", book->task);
	put(&fields, "SLUICE_ENV=%u", line->env);
	if (line->call)
		put(&fields, "SLUICE_CALL=%ju", (uintmax_t)line->call);
	put_trace(&fields, line->trace_id);
	sd_journal_sendv(fields.field, fields.count);
}

static void open_ring(struct book *book)
{
	char name[SLUICE_NAME_SIZE + sizeof(RING_END)];
	int dir, ret;

	mkdir(RING_FOLDER, 0700);
	snprintf(name, sizeof(name), "%s" RING_END, book->task);
	dir = open(RING_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	ret = dir < 0 ? -errno : ring_open(dir, name, &book->ring);
	if (dir >= 0)
		close(dir);
	if (!ret)
		return;
	/* Once for each task: it would be no better with the next line. */
	book->no_ring = true;
	say_warning(RING_FOLDER "/%s: what the task says is not kept: %s", name,
		    strerror(-ret));
}

static void to_ring(struct book *book, const struct ring_line *line)
{
	if (!book->ring && !book->no_ring)
		open_ring(book);
	if (book->ring)
		ring_add(book->ring, line);
}

static void write_line(struct book *book, struct ring_line *line)
{
	line->time = now_usec(CLOCK_REALTIME);
	if (!access(LOG_JOURNAL, F_OK))
		to_journal(book, line);
	else
		to_ring(book, line);
}

__attribute__((format(printf, 3, 4)))
static void remark(struct book *book, uint32_t env, const char *format, ...)
{
	struct ring_line line = { .env = env, .priority = 4 };
	char text[128];
	va_list args;

	va_start(args, format);
	line.len = (size_t)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	line.text = text;
	write_line(book, &line);
}

static void say_left_out(struct book *book, uint64_t now)
{
	uint64_t count = rate_left_out(&book->rate, now);

	if (count)
		remark(book, 0, "%ju lines left out: more than %u, or %u KiB, in %u s",
		       (uintmax_t)count, RATE_LINES, RATE_BYTES / 1024,
		       (unsigned int)(RATE_TIME / USEC));
}

/*
 * In
 */

/* "<3>text", as systemd has it. */
static bool has_priority(const struct ring_line *line)
{
	return line->len > 3 && line->text[0] == '<' && line->text[1] >= '0' &&
	       line->text[1] <= '7' && line->text[2] == '>';
}

bool book_line(struct book *book, uint32_t env, const struct logwire_head *head,
	       const char *text)
{
	struct ring_line line = {
		.env = env, .call = head->call, .text = text, .len = head->len,
	};
	uint64_t now = now_usec(CLOCK_MONOTONIC);

	say_left_out(book, now);
	if (!rate_keeps(&book->rate, now, line.len))
		return false;
	if (!(head->flags & LOGWIRE_CONTINUED)) {
		book->priority = 6;
		if (has_priority(&line)) {
			book->priority = text[1] - '0';
			line.text += 3;
			line.len -= 3;
		}
	}
	line.priority = book->priority;
	memcpy(line.trace_id, head->trace_id, sizeof(line.trace_id));
	write_line(book, &line);
	return true;
}

bool book_lost(struct book *book, uint32_t env, uint32_t count)
{
	uint64_t now = now_usec(CLOCK_MONOTONIC);

	say_left_out(book, now);
	/* That many were lost may be said too often, too. */
	if (rate_keeps(&book->rate, now, 0)) {
		remark(book, env, "%u lines lost: they could not be kept in time",
		       count);
		return true;
	}
	book->rate.left_out += count - 1;
	return false;
}

void book_left_out(struct book *book, uint32_t count)
{
	book->rate.left_out += count;
}

bool book_look(void)
{
	uint64_t now = now_usec(CLOCK_MONOTONIC);
	struct book *book;
	bool more = false;

	for (book = books; book; book = book->next) {
		say_left_out(book, now);
		more |= book->rate.left_out;
	}
	return more;
}

/*
 * Who has one
 */

static void forget(struct book **at)
{
	struct book *book = *at;

	*at = book->next;
	ring_close(book->ring);
	free(book);
}

/* There are more than tasks: one without environments is of a task that was removed. */
static void make_room(void)
{
	struct book **at, **unused = NULL;
	size_t count = 0;

	for (at = &books; *at; at = &(*at)->next) {
		count++;
		if (!(*at)->refs && !(*at)->rate.left_out)
			unused = at;
	}
	if (count >= BOOKS && unused)
		forget(unused);
}

struct book *book_get(const char *task)
{
	struct book *book;

	for (book = books; book && strcmp(book->task, task); book = book->next)
		;
	if (!book) {
		make_room();
		book = calloc(1, sizeof(*book));
		if (!book)
			return NULL;
		snprintf(book->task, sizeof(book->task), "%s", task);
		book->next = books;
		books = book;
	}
	book->refs++;
	return book;
}

/* It keeps no file of a task that may be gone. */
void book_put(struct book *book)
{
	if (--book->refs)
		return;
	ring_close(book->ring);
	book->ring = NULL;
	book->no_ring = false;
}
