// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/init/cut.c -I../../agent/init -I../../agent/lib -D_GNU_SOURCE
/* What a program writes becomes lines, however it was written, and none is too long. */
#include "ktap.h"
#include "cut.h"
#include "random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All lines, each behind | or, where it continues another, behind +. */
static char got[16 * LOGWIRE_LINE];
static size_t got_len;

static void keep(const char *text, size_t len, bool continued, void *arg)
{
	CHECK(arg == got);
	CHECK(len && len <= LOGWIRE_LINE && !memchr(text, '\n', len));
	CHECK(got_len + len + 2 < sizeof(got));
	got[got_len++] = continued ? '+' : '|';
	memcpy(got + got_len, text, len);
	got_len += len;
	got[got_len] = '\0';
}

static void begin(struct cut *cut)
{
	memset(cut, 0, sizeof(*cut));
	got_len = 0;
	got[0] = '\0';
}

static void add(struct cut *cut, const char *text)
{
	cut_add(cut, text, strlen(text), keep, got);
}

TEST(lines)
{
	struct cut cut;

	begin(&cut);
	add(&cut, "one\ntwo\n\n\nthr");
	CHECK(!strcmp(got, "|one|two"));
	add(&cut, "ee\n");
	CHECK(!strcmp(got, "|one|two|three"));
	add(&cut, "no end");
	CHECK(!strcmp(got, "|one|two|three"));
	cut_end(&cut, keep, got);
	cut_end(&cut, keep, got);
	CHECK(!strcmp(got, "|one|two|three|no end"));
	add(&cut, "four\r\033\n");
	CHECK(!strcmp(got, "|one|two|three|no end|four\r\033"));
}

/* One that just fits is a line like any other. */
TEST(long_ones_are_continued)
{
	static char text[LOGWIRE_LINE + 1];
	struct cut cut;

	memset(text, 'x', LOGWIRE_LINE);
	begin(&cut);
	add(&cut, text);
	CHECK_EQ(got_len, 0);
	add(&cut, "\n");
	CHECK_EQ(got_len, LOGWIRE_LINE + 1);
	CHECK_EQ(got[0], '|');
	begin(&cut);
	add(&cut, text);
	add(&cut, "y\nz\n");
	CHECK_EQ(got_len, LOGWIRE_LINE + 5);
	CHECK(!strcmp(got + LOGWIRE_LINE, "x+y|z"));
	begin(&cut);
	add(&cut, text);
	add(&cut, text);
	cut_end(&cut, keep, got);
	CHECK_EQ(got_len, 2 * LOGWIRE_LINE + 2);
	CHECK_EQ(got[LOGWIRE_LINE + 1], '+');
}

/* The pieces in which it comes make no difference. */
TEST(any_pieces)
{
	static char text[8 * LOGWIRE_LINE], whole[sizeof(got)];
	struct cut cut;
	size_t i, at, len;
	int round;

	for (round = 0; round < 300; round++) {
		for (i = 0; i < sizeof(text); i++)
			text[i] = random_below(900) ? 'a' + (char)(i % 26) : '\n';
		begin(&cut);
		cut_add(&cut, text, sizeof(text), keep, got);
		cut_end(&cut, keep, got);
		memcpy(whole, got, sizeof(got));
		begin(&cut);
		for (at = 0; at < sizeof(text); at += len) {
			len = 1 + random_below(4000);
			if (len > sizeof(text) - at)
				len = sizeof(text) - at;
			cut_add(&cut, text + at, len, keep, got);
		}
		cut_end(&cut, keep, got);
		CHECK(!strcmp(whole, got));
	}
}
