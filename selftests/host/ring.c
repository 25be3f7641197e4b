// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/lib/ring.c -I../../agent/lib -D_GNU_SOURCE
/* A ring file has the newest lines, whole ones, whoever reads when, and whatever the power did. */
#include "ktap.h"
#include "random.h"
#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME	"task" RING_END

static char folder[] = "/tmp/sluice-ring-XXXXXX";
static int dir;

static void begin(void)
{
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	CHECK(mkdtemp(folder));
	dir = open(folder, O_RDONLY | O_DIRECTORY);
	CHECK(dir >= 0);
}

static void finish(void)
{
	char command[64];

	close(dir);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	CHECK_EQ(system(command), 0);
}

static struct ring *writer(const char *name)
{
	struct ring *ring;

	CHECK_EQ(ring_open(dir, name, &ring), 0);
	return ring;
}

/* Line @number, of a length that depends on it. */
static void add(struct ring *ring, unsigned int number)
{
	char text[400];
	int len = snprintf(text, sizeof(text), "line %u %.*s", number,
			   (int)(number * 37 % 300),
			   "...................................................................................................."
			   "...................................................................................................."
			   "....................................................................................................");
	const struct ring_line line = {
		.time = 1700000000000000ULL + number, .call = number, .env = 7,
		.priority = 3, .trace_id = { 0xab, [15] = 0x01 },
		.text = text, .len = (size_t)len,
	};

	CHECK_EQ(ring_add(ring, &line), 0);
}

/* Reads what is new: lines that follow each other, all of them whole. How many. */
static unsigned int look(struct ring_reader *reader, unsigned int *first,
			 unsigned int *last)
{
	struct ring_line line;
	unsigned int count = 0, number;
	char text[400];

	CHECK_EQ(ring_read(reader), 0);
	while (ring_next(reader, &line)) {
		snprintf(text, sizeof(text), "%.*s", (int)line.len, line.text);
		CHECK_EQ(sscanf(text, "line %u ", &number), 1);
		CHECK_EQ(line.len, (size_t)snprintf(NULL, 0, "line %u ", number) +
				   number * 37 % 300);
		CHECK_EQ(line.call, number);
		CHECK_EQ(line.time, 1700000000000000ULL + number);
		CHECK(line.env == 7 && line.priority == 3);
		CHECK(line.trace_id[0] == 0xab && line.trace_id[15] == 1);
		if (!count++)
			*first = number;
		else
			CHECK_EQ(number, *last + 1);
		*last = number;
	}
	return count;
}

TEST(what_was_written_is_read)
{
	struct ring_reader *reader;
	unsigned int first, last;
	struct ring *ring;

	begin();
	ring = writer(NAME);
	reader = ring_reader_new(dir, NAME);
	CHECK_EQ(look(reader, &first, &last), 0);
	add(ring, 1);
	add(ring, 2);
	CHECK_EQ(look(reader, &first, &last), 2);
	CHECK_EQ(look(reader, &first, &last), 0);
	add(ring, 3);
	CHECK_EQ(look(reader, &first, &last), 1);
	CHECK_EQ(first, 3);
	ring_reader_free(reader);
	ring_close(ring);
	finish();
}

/* It wraps at any byte of a line, and is written on by the next writer. */
TEST(the_newest_stay)
{
	struct ring_reader *reader;
	unsigned int number, first, last, count;
	struct ring *ring;
	struct stat st;

	begin();
	ring = writer(NAME);
	for (number = 1; number <= 20000; number++) {
		add(ring, number);
		if (number % 97)
			continue;
		ring_close(ring);
		ring = writer(NAME);
		reader = ring_reader_new(dir, NAME);
		count = look(reader, &first, &last);
		ring_reader_free(reader);
		CHECK_EQ(last, number);
		/* 250 bytes are more than a line has in the middle. */
		CHECK(count >= (number < 900 ? number : 900));
	}
	ring_close(ring);
	CHECK_EQ(fstatat(dir, NAME, &st, 0), 0);
	CHECK(st.st_size > RING_SIZE && st.st_size < RING_SIZE + 1000);
	CHECK_EQ(st.st_mode & 0777, 0600);
	finish();
}

/* A slow reader misses lines, but gets no half ones. */
TEST(readers_that_are_slow)
{
	struct ring_reader *reader;
	unsigned int number = 0, first, last, seen = 0;
	struct ring *ring;
	int round;

	begin();
	ring = writer(NAME);
	reader = ring_reader_new(dir, NAME);
	for (round = 0; round < 200; round++) {
		unsigned int more = random_below(round % 4 ? 50 : 4000) + 1;

		while (more--)
			add(ring, ++number);
		CHECK(look(reader, &first, &last));
		CHECK(first > seen);
		CHECK(round % 4 == 0 || first == seen + 1);
		CHECK_EQ(last, number);
		seen = last;
	}
	ring_reader_free(reader);
	ring_close(ring);
	finish();
}

/* A part of what was being written is there, or none, or the count alone. */
TEST(power_was_lost)
{
	struct ring_reader *reader;
	unsigned int number, first, last;
	char waste[3000];
	struct ring *ring;
	size_t at, len;
	uint64_t written;
	int fd, round;

	begin();
	for (round = 0; round < 300; round++) {
		ring = writer(NAME);
		for (number = 1; number < 3000; number++)
			add(ring, number);
		ring_close(ring);
		fd = openat(dir, NAME, O_RDWR);
		CHECK(fd >= 0);
		CHECK_EQ(pread(fd, &written, sizeof(written), 16), sizeof(written));
		memset(waste, round % 2 ? '\0' : '7', sizeof(waste));
		/* Behind what counts, or where the count came first. */
		len = random_below(2500);
		at = (written - (round % 3 ? 0 : len)) % RING_SIZE;
		if (at + len > RING_SIZE)
			len = RING_SIZE - at;
		CHECK_EQ(pwrite(fd, waste, len, 24 + (off_t)at), (ssize_t)len);
		reader = ring_reader_new(dir, NAME);
		CHECK_EQ(ring_read(reader), 0);
		last = 0;
		for (first = 0; ; first++) {
			struct ring_line line;

			if (!ring_next(reader, &line))
				break;
			CHECK(line.call > last);
			CHECK(!memcmp(line.text, "line ", 5));
			last = (unsigned int)line.call;
		}
		CHECK(first > 900);
		ring_reader_free(reader);
		close(fd);
		CHECK_EQ(unlinkat(dir, NAME, 0), 0);
	}
	finish();
}

TEST(what_is_no_ring)
{
	struct ring_reader *reader;
	unsigned int first, last;
	struct ring *ring, *second;
	int fd;

	begin();
	reader = ring_reader_new(dir, NAME);
	CHECK_EQ(ring_read(reader), -ENOENT);
	fd = openat(dir, NAME, O_RDWR | O_CREAT, 0600);
	CHECK_EQ(write(fd, "something else, of some length", 30), 30);
	close(fd);
	CHECK_EQ(ring_read(reader), -EBADMSG);
	ring = writer(NAME);
	CHECK_EQ(ring_open(dir, NAME, &second), -EWOULDBLOCK);
	add(ring, 1);
	CHECK_EQ(look(reader, &first, &last), 1);
	/* Another file of that name. */
	CHECK_EQ(unlinkat(dir, NAME, 0), 0);
	ring_close(ring);
	ring = writer(NAME);
	add(ring, 2);
	CHECK_EQ(look(reader, &first, &last), 1);
	CHECK_EQ(first, 2);
	ring_close(ring);
	ring_reader_free(reader);
	CHECK_EQ(symlinkat("/etc/hostname", dir, "link" RING_END), 0);
	CHECK_EQ(ring_open(dir, "link" RING_END, &ring), -ELOOP);
	finish();
}

/* There are never more files than that; one that is written to stays. */
TEST(so_many_files)
{
	struct timespec old[2] = { { 1, 0 }, { 1, 0 } }, older[2] = { { 0, 5 }, { 0, 5 } };
	struct ring *kept, *ring;
	char name[32];
	int i;

	begin();
	kept = writer("kept" RING_END);
	for (i = 1; i < RING_FILES; i++) {
		snprintf(name, sizeof(name), "%d" RING_END, i);
		ring_close(writer(name));
	}
	CHECK_EQ(utimensat(dir, "9" RING_END, old, 0), 0);
	ring = writer("new" RING_END);
	ring_close(ring);
	CHECK(faccessat(dir, "9" RING_END, F_OK, 0));
	CHECK(!faccessat(dir, "8" RING_END, F_OK, 0));
	CHECK_EQ(utimensat(dir, "kept" RING_END, older, 0), 0);
	ring_close(writer("newer" RING_END));
	CHECK(!faccessat(dir, "kept" RING_END, F_OK, 0));
	ring_close(kept);
	finish();
}
