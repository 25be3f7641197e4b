// SPDX-License-Identifier: GPL-2.0-only
#include "log.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cut.h"
#include "rate.h"

/*
 * Several lines go at once. What is smaller than half of a Unix socket's buffer is sent
 * as a whole, or not at all.
 */
#define BATCH	8192

static struct {
	int	fd;
	struct cut cut;
	uint64_t call;
	uint8_t	trace_id[SLUICE_TRACE_ID_LEN];
	uint32_t lost;
	struct rate rate;
	uint64_t now;
	size_t	len;
	uint32_t lines;
} out = { .fd = -1 };

static char batch[BATCH];

void log_begin(int fd)
{
	out.fd = fd;
}

int log_fd(void)
{
	return out.fd;
}

bool log_waits(void)
{
	return out.fd >= 0 && out.lost;
}

/* Nobody listens any more, or has missed a part. */
static void give_up(void)
{
	close(out.fd);
	out.fd = -1;
}

static bool send_whole(const void *data, size_t len)
{
	ssize_t n;

	do {
		n = send(out.fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n == (ssize_t)len)
		return true;
	if (n >= 0 || (errno != EAGAIN && errno != ENOMEM && errno != ENOBUFS))
		give_up();
	return false;
}

static bool send_count(uint64_t count, uint16_t flags)
{
	struct logwire_head head = {
		.call = out.call, .flags = flags,
		.lost = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX,
	};

	memcpy(head.trace_id, out.trace_id, sizeof(head.trace_id));
	return send_whole(&head, sizeof(head));
}

static void look_at_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	out.now = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void try_lost(void)
{
	if (log_waits() && send_count(out.lost, 0))
		out.lost = 0;
}

static void try_left_out(uint64_t count)
{
	if (count && out.fd >= 0 && !send_count(count, LOGWIRE_LEFT_OUT))
		out.rate.left_out += count;
}

void log_try(void)
{
	look_at_clock();
	try_lost();
	try_left_out(rate_left_out(&out.rate, out.now));
}

int log_rest(void)
{
	uint64_t rest;

	if (out.fd < 0)
		return -1;
	look_at_clock();
	rest = rate_rest(&out.rate, out.now);
	return rest ? (int)(rest / 1000) + 1 : -1;
}

static void flush(void)
{
	try_lost();
	if (out.fd >= 0 && out.lines &&
	    (out.lost || !send_whole(batch, out.len)))
		out.lost += out.lines;
	out.len = 0;
	out.lines = 0;
}

static void add(const void *data, size_t len)
{
	memcpy(batch + out.len, data, len);
	out.len += len;
}

static void one_line(const char *text, size_t len, bool continued, void *arg)
{
	struct logwire_head head = {
		.call = out.call, .len = (uint16_t)len,
		.flags = continued ? LOGWIRE_CONTINUED : 0,
	};

	(void)arg;
	if (!rate_keeps(&out.rate, out.now, len))
		return;
	memcpy(head.trace_id, out.trace_id, sizeof(head.trace_id));
	if (out.len + sizeof(head) + len > sizeof(batch))
		flush();
	add(&head, sizeof(head));
	add(text, len);
	out.lines++;
}

void log_call(uint64_t id, const uint8_t *trace_id)
{
	out.call = id;
	memcpy(out.trace_id, trace_id, sizeof(out.trace_id));
}

void log_text(const char *data, size_t len)
{
	if (out.fd < 0)
		return;
	look_at_clock();
	try_left_out(rate_left_out(&out.rate, out.now));
	cut_add(&out.cut, data, len, one_line, NULL);
	flush();
}

void log_end(void)
{
	uint64_t count;

	if (out.fd < 0)
		return;
	cut_end(&out.cut, one_line, NULL);
	flush();
	/* Nobody may be there to say it when the interval is over. */
	count = out.rate.left_out;
	out.rate.left_out = 0;
	try_left_out(count);
}
