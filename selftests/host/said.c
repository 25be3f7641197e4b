// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/init/log.c ../../agent/init/cut.c ../../agent/lib/rate.c -I../../agent/init -I../../agent/lib -D_GNU_SOURCE
// build: -Wl,--wrap=clock_gettime
/* What an environment says never waits, and is no more than may be kept: a flood costs nobody but who makes it. */
#include "ktap.h"
#include "log.h"
#include "logwire.h"
#include "rate.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <time.h>

static uint64_t now = 1000000000;

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	(void)clock;
	*ts = (struct timespec){ (time_t)(now / 1000000), (long)(now % 1000000) * 1000 };
	return 0;
}

static int reader;
static struct heard {
	uint64_t lines, bytes, continued, lost, left_out;
} heard;

static void begin(void)
{
	static const uint8_t trace_id[SLUICE_TRACE_ID_LEN] = { 7 };
	int ends[2];

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends));
	reader = ends[1];
	log_begin(ends[0]);
	log_call(42, trace_id);
}

/* All that has come by now. */
static void hear(void)
{
	static char data[1 << 20];
	struct logwire_head head;
	size_t len = 0, at = 0;
	ssize_t n;

	while ((n = read(reader, data + len, sizeof(data) - len)) > 0)
		len += (size_t)n;
	while (at < len) {
		CHECK(len - at >= sizeof(head));
		memcpy(&head, data + at, sizeof(head));
		at += sizeof(head) + head.len;
		CHECK(at <= len && head.call == 42 && head.trace_id[0] == 7);
		CHECK(!head.lost || !head.len);
		heard.lines += !!head.len;
		heard.bytes += head.len;
		heard.continued += !!(head.flags & LOGWIRE_CONTINUED);
		if (head.flags & LOGWIRE_LEFT_OUT)
			heard.left_out += head.lost;
		else
			heard.lost += head.lost;
	}
}

static void say(const char *line, size_t times)
{
	while (times--) {
		log_text(line, strlen(line));
		hear();
	}
}

TEST(a_flood_is_cut_off_where_it_is_made)
{
	begin();
	say("flood\n", 100000);
	CHECK_EQ(heard.lines, RATE_LINES);
	CHECK_EQ(heard.left_out, 0);
	log_end();
	hear();
	CHECK_EQ(heard.left_out, 100000 - RATE_LINES);
	CHECK_EQ(heard.lost, 0);
}

TEST(of_many_bytes_too)
{
	static char line[LOGWIRE_LINE + 2];

	memset(line, 'x', LOGWIRE_LINE);
	line[LOGWIRE_LINE] = '\n';
	begin();
	say(line, 1000);
	CHECK_EQ(heard.bytes, RATE_BYTES);
	log_end();
	hear();
	CHECK_EQ(heard.left_out, 1000 - RATE_BYTES / LOGWIRE_LINE);
}

TEST(it_is_said_when_the_interval_is_over)
{
	begin();
	say("flood\n", RATE_LINES + 5);
	CHECK_EQ(log_rest(), RATE_TIME / 1000 + 1);
	now += RATE_TIME - 1;
	log_try();
	hear();
	CHECK_EQ(heard.left_out, 0);
	CHECK_EQ(log_rest(), 1);
	now++;
	CHECK_EQ(log_rest(), -1);
	log_try();
	hear();
	CHECK_EQ(heard.left_out, 5);
	say("more\n", 3);
	CHECK_EQ(heard.lines, RATE_LINES + 3);
	CHECK_EQ(heard.left_out, 5);
	CHECK_EQ(log_rest(), -1);
}

TEST(or_with_the_next_line_after_it)
{
	begin();
	say("flood\n", RATE_LINES + 5);
	now += RATE_TIME;
	say("more\n", 1);
	CHECK_EQ(heard.left_out, 5);
	CHECK_EQ(heard.lines, RATE_LINES + 1);
}

/* Who listens stands still: nobody waits for him, and he is told. */
TEST(what_was_not_heard_in_time_is_counted)
{
	static char line[1025];
	size_t i;

	memset(line, 'x', 1024);
	line[1023] = '\n';
	begin();
	for (i = 0; i < 900; i++)
		log_text(line, 1024);
	CHECK(log_waits());
	hear();
	CHECK(heard.lines > 50 && heard.lines < 900);
	log_try();
	hear();
	CHECK(!log_waits());
	CHECK_EQ(heard.lines + heard.lost, 900);
	CHECK_EQ(heard.left_out, 0);
}

TEST(what_was_left_out_is_said_when_somebody_listens_again)
{
	static char line[1025];
	size_t i;

	memset(line, 'x', 1024);
	line[1023] = '\n';
	begin();
	for (i = 0; i < RATE_LINES + 100; i++)
		log_text(line, 1024);
	log_end();
	CHECK(log_waits());
	hear();
	now += RATE_TIME;
	log_try();
	hear();
	CHECK_EQ(heard.lines + heard.lost, RATE_LINES);
	CHECK_EQ(heard.left_out, 100);
}

TEST(long_lines_are_continued)
{
	static char line[5000];

	memset(line, 'x', sizeof(line));
	line[4999] = '\n';
	begin();
	log_text(line, sizeof(line));
	hear();
	CHECK_EQ(heard.lines, 3);
	CHECK_EQ(heard.continued, 2);
	CHECK_EQ(heard.bytes, 4999);
}
