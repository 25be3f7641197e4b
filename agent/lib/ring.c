// SPDX-License-Identifier: GPL-2.0-only
#include "ring.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hex.h"

#define MAGIC		"sluice-log 1\n"
/* The most that is said of a line before its text. */
#define BEFORE		160
/* The longest text. */
#define TEXT		4096
#define LONGEST		(BEFORE + TEXT + 1)

/*
 * The start of the file; the lines follow. It is written after the line that it counts,
 * and is so short that it is written as a whole.
 */
struct header {
	char	magic[16];
	uint64_t written;	/* bytes of lines since the file was made */
};

#define START	((off_t)sizeof(struct header))

struct ring {
	int	fd;
	struct header header;
};

/*
 * Write
 */

static bool is_ring(const char *name)
{
	size_t len = strlen(name), end = strlen(RING_END);

	return len > end && !strcmp(name + len - end, RING_END);
}

/* How many there are in @dir, and the one that was written to last of all. */
static size_t count(DIR *dir, char oldest[256])
{
	struct timespec least = { 0 };
	struct dirent *entry;
	struct stat st;
	size_t files = 0;

	while ((entry = readdir(dir))) {
		if (!is_ring(entry->d_name) ||
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		if (!files++ || st.st_mtim.tv_sec < least.tv_sec ||
		    (st.st_mtim.tv_sec == least.tv_sec &&
		     st.st_mtim.tv_nsec < least.tv_nsec)) {
			least = st.st_mtim;
			snprintf(oldest, 256, "%s", entry->d_name);
		}
	}
	return files;
}

/* One that somebody writes to is never old for long: it is left for another time. */
static void remove_idle(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return;
	if (!flock(fd, LOCK_EX | LOCK_NB))
		unlinkat(dir, name, 0);
	close(fd);
}

static void make_room(int dir)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	char oldest[256];

	if (!list) {
		if (copy >= 0)
			close(copy);
		return;
	}
	if (count(list, oldest) >= RING_FILES)
		remove_idle(dir, oldest);
	closedir(list);
}

static bool read_header(int fd, struct header *header)
{
	return pread(fd, header, sizeof(*header), 0) == sizeof(*header) &&
	       !memcmp(header->magic, MAGIC, sizeof(MAGIC));
}

static bool write_all(int fd, const char *data, size_t len, off_t at)
{
	while (len) {
		ssize_t n = pwrite(fd, data, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static int begin(struct ring *ring)
{
	if (flock(ring->fd, LOCK_EX | LOCK_NB))
		return -errno;
	if (read_header(ring->fd, &ring->header))
		return 0;
	memset(&ring->header, 0, sizeof(ring->header));
	memcpy(ring->header.magic, MAGIC, sizeof(MAGIC));
	if (ftruncate(ring->fd, 0) ||
	    !write_all(ring->fd, (const char *)&ring->header,
		       sizeof(ring->header), 0))
		return -errno;
	return 0;
}

int ring_open(int dir, const char *name, struct ring **ret_ring)
{
	struct ring *ring = calloc(1, sizeof(*ring));
	int ret;

	*ret_ring = NULL;
	if (!ring)
		return -ENOMEM;
	if (faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW))
		make_room(dir);
	ring->fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
			  0600);
	ret = ring->fd < 0 ? -errno : begin(ring);
	if (ret)
		ring_close(ring);
	else
		*ret_ring = ring;
	return ret;
}

/* "TIME PRIORITY ENV CALL TRACE TEXT": anybody can read that. */
static size_t put_line(char text[LONGEST], const struct ring_line *line)
{
	size_t len, more = line->len < TEXT ? line->len : TEXT;

	len = (size_t)snprintf(text, BEFORE, "%" PRIu64 ".%06" PRIu64 " %d %u %" PRIu64 " ",
			       line->time / 1000000, line->time % 1000000,
			       line->priority, line->env, line->call);
	hex_put(text + len, line->trace_id, SLUICE_TRACE_ID_LEN);
	len += 2 * SLUICE_TRACE_ID_LEN;
	text[len++] = ' ';
	memcpy(text + len, line->text, more);
	len += more;
	text[len++] = '\n';
	return len;
}

int ring_add(struct ring *ring, const struct ring_line *line)
{
	char text[LONGEST];
	size_t len = put_line(text, line);
	size_t at = ring->header.written % RING_SIZE;
	size_t first = len < RING_SIZE - at ? len : RING_SIZE - at;

	if (!write_all(ring->fd, text, first, START + (off_t)at) ||
	    !write_all(ring->fd, text + first, len - first, START))
		return -errno;
	ring->header.written += len;
	if (!write_all(ring->fd, (const char *)&ring->header,
		       sizeof(ring->header), 0))
		return -errno;
	return 0;
}

void ring_close(struct ring *ring)
{
	if (!ring)
		return;
	if (ring->fd >= 0)
		close(ring->fd);
	free(ring);
}

/*
 * Read
 */

/**
 * struct ring_reader - a reader
 * @at: up to where it has read, by the writer's count
 * @text: what was read last, @len bytes of it, up to @next handed out
 */
struct ring_reader {
	int	dir;
	int	fd;
	uint64_t at;
	size_t	next;
	size_t	len;
	char	name[256];
	char	text[RING_SIZE];
};

struct ring_reader *ring_reader_new(int dir, const char *name)
{
	struct ring_reader *reader = malloc(sizeof(*reader));

	if (!reader)
		return NULL;
	reader->dir = dir;
	reader->fd = -1;
	reader->at = 0;
	reader->next = reader->len = 0;
	snprintf(reader->name, sizeof(reader->name), "%s", name);
	return reader;
}

void ring_reader_free(struct ring_reader *reader)
{
	if (!reader)
		return;
	if (reader->fd >= 0)
		close(reader->fd);
	free(reader);
}

/* The file that has the name now. */
static int reopen(struct ring_reader *reader)
{
	struct stat st;

	if (reader->fd >= 0 && !fstat(reader->fd, &st) && st.st_nlink)
		return 0;
	if (reader->fd >= 0)
		close(reader->fd);
	reader->at = 0;
	reader->fd = openat(reader->dir, reader->name,
			    O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return reader->fd < 0 ? -errno : 0;
}

/* From where on nothing is overwritten, not even by what is being written now. */
static uint64_t oldest(const struct header *header)
{
	return header->written > RING_SIZE - LONGEST ?
	       header->written - (RING_SIZE - LONGEST) : 0;
}

static bool read_part(int fd, char *to, size_t len, size_t at)
{
	return pread(fd, to, len, START + (off_t)at) == (ssize_t)len;
}

static bool read_text(struct ring_reader *reader, uint64_t from, size_t len)
{
	size_t at = from % RING_SIZE;
	size_t first = len < RING_SIZE - at ? len : RING_SIZE - at;

	return read_part(reader->fd, reader->text, first, at) &&
	       read_part(reader->fd, reader->text + first, len - first, 0);
}

/* To the start of a line, @from bytes behind the start of what was read, or later. */
static void synchronise(struct ring_reader *reader, size_t from)
{
	const char *end = from < reader->len ?
		memchr(reader->text + from, '\n', reader->len - from) : NULL;

	reader->next = end ? (size_t)(end + 1 - reader->text) : reader->len;
}

int ring_read(struct ring_reader *reader)
{
	struct header header, after;
	int ret = reopen(reader);
	uint64_t from;

	reader->next = reader->len = 0;
	if (ret)
		return ret;
	if (!read_header(reader->fd, &header))
		return -EBADMSG;
	if (reader->at > header.written)
		reader->at = 0;
	from = oldest(&header);
	if (from < reader->at)
		from = reader->at;
	if (!read_text(reader, from, (size_t)(header.written - from)) ||
	    !read_header(reader->fd, &after))
		return -EBADMSG;
	reader->len = (size_t)(header.written - from);
	/* What was written meanwhile may have taken the place of what we read. */
	if (oldest(&after) > from)
		synchronise(reader, (size_t)(oldest(&after) - from));
	else if (from != reader->at)
		synchronise(reader, 0);
	reader->at = header.written;
	return 0;
}

static bool get_trace(const char *text, uint8_t id[SLUICE_TRACE_ID_LEN])
{
	unsigned int byte;
	int i;

	for (i = 0; i < SLUICE_TRACE_ID_LEN; i++) {
		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return false;
		id[i] = (uint8_t)byte;
	}
	return true;
}

/* False: it is no line of ours. */
static bool get_line(const char *text, size_t len, struct ring_line *line)
{
	uint64_t seconds, fraction;
	char head[BEFORE];
	int trace = 0, end = 0;

	snprintf(head, sizeof(head), "%.*s", (int)len, text);
	if (sscanf(head, "%" SCNu64 ".%6" SCNu64 " %d %u %" SCNu64 " %n%*32[0-9a-f]%n",
		   &seconds, &fraction, &line->priority, &line->env,
		   &line->call, &trace, &end) < 5 ||
	    end - trace != 2 * SLUICE_TRACE_ID_LEN || head[end] != ' ' ||
	    !get_trace(head + trace, line->trace_id))
		return false;
	line->time = seconds * 1000000 + fraction;
	line->text = text + end + 1;
	line->len = len - (size_t)end - 1;
	return true;
}

bool ring_next(struct ring_reader *reader, struct ring_line *line)
{
	while (reader->next < reader->len) {
		const char *text = reader->text + reader->next;
		const char *end = memchr(text, '\n', reader->len - reader->next);

		if (!end)
			break;
		reader->next += (size_t)(end + 1 - text);
		if (get_line(text, (size_t)(end - text), line))
			return true;
	}
	return false;
}
