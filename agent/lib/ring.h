/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file of lines that never grows: the newest take the place of the oldest. It has one
 * writer and any number of readers, and what was lost with the power costs but the lines
 * that were being written.
 */
#ifndef SLUICE_RING_H
#define SLUICE_RING_H

#include <linux/sluice.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_FOLDER	"/var/log/sluice"
#define RING_END	".log"
#define RING_FILES	64
/* Bytes of lines in a file, with what is said of each. */
#define RING_SIZE	(256U * 1024)

/**
 * struct ring_line - one line
 * @time: CLOCK_REALTIME in microseconds
 * @call: 0: of none
 * @text: without its end, and with none in it
 */
struct ring_line {
	uint64_t time;
	uint64_t call;
	uint8_t	trace_id[SLUICE_TRACE_ID_LEN];
	uint32_t env;
	int	priority;
	const char *text;
	size_t	len;
};

/*
 * Writer. -EWOULDBLOCK: the file has one already. What is no ring becomes an empty one.
 * Is it a new one in @dir, and are there more than RING_FILES, the oldest that nobody
 * writes to goes.
 */
struct ring;

int ring_open(int dir, const char *name, struct ring **ret_ring);
int ring_add(struct ring *ring, const struct ring_line *line);
void ring_close(struct ring *ring);

/*
 * Reader: ring_read() gets what came since the last time, oldest first, then
 * ring_next() returns one after the other. A file that is not there yet, or is another
 * than before, is read from its start.
 */
struct ring_reader;

struct ring_reader *ring_reader_new(int dir, const char *name);
int ring_read(struct ring_reader *reader);
bool ring_next(struct ring_reader *reader, struct ring_line *line);
void ring_reader_free(struct ring_reader *reader);

#endif /* SLUICE_RING_H */
