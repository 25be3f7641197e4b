// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/cli/clean.c -I../../agent/cli -ljson-c
/* What programs say is shown without what a terminal would obey, and is UTF-8 in JSON. */
#include "ktap.h"
#include "clean.h"
#include "random.h"

#include <json-c/json.h>

#define REPLACED "\xef\xbf\xbd"

static void shows_len(enum clean_for purpose, const char *data, size_t len,
		      const char *expected)
{
	char *text = clean_text(data, len, purpose);

	CHECK(text);
	if (strcmp(text, expected))
		ktap_fail("'%s', not '%s'", text, expected);
	free(text);
}

static void shows(enum clean_for purpose, const char *data,
		  const char *expected)
{
	shows_len(purpose, data, strlen(data), expected);
}

static void same(const char *text)
{
	shows(CLEAN_LINE, text, text);
	shows(CLEAN_ANSWER, text, text);
	shows(CLEAN_JSON, text, text);
}

TEST(good_text_stays)
{
	same("");
	same("no bus at /dev/ttyS1: \"x\" \\ 100 %");
	same("Z\xc3\xbcrich \xe2\x82\xac 5 \xf0\x9f\x9a\xb0");
	/* The first and last of each length, and those around the surrogates. */
	same("\xc2\xa0 \xdf\xbf \xe0\xa0\x80 \xef\xbf\xbf \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf");
	same("\xed\x9f\xbf \xee\x80\x80");
}

TEST(a_terminal_obeys_nothing)
{
	shows(CLEAN_LINE, "\x1b]0;owned\x07\x1b[2J", "\\x1b]0;owned\\x07\\x1b[2J");
	shows(CLEAN_LINE, "a\nsluice: b\rc\td\x7f", "a\\nsluice: b\\rc\\td\\x7f");
	shows_len(CLEAN_LINE, "a\0b", 3, "a\\x00b");
	/* CSI of one character, and as the byte that it is in Latin-1. */
	shows(CLEAN_LINE, "\xc2\x9b" "31m", "\\u009b31m");
	shows(CLEAN_LINE, "\x9b" "31m", "\\x9b31m");
	shows(CLEAN_LINE, "\xc2\x80\xc2\x9f\xc2\xa0", "\\u0080\\u009f\xc2\xa0");
	/* What ends a line, or writes the rest of it from right to left. */
	shows(CLEAN_LINE, "\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xae\xe2\x81\xa9",
	      "\\u2028\\u2029\\u202e\\u2069");
	shows(CLEAN_ANSWER, "one\n\ttwo\x1b[1m\r\n", "one\n\ttwo\\x1b[1m\\r\n");
}

TEST(what_is_no_text_is_spelled_out)
{
	shows(CLEAN_LINE, "Z\xfcrich", "Z\\xfcrich");
	shows(CLEAN_LINE, "cut \xc3", "cut \\xc3");
	shows(CLEAN_LINE, "cut \xf0\x9f\x9a", "cut \\xf0\\x9f\\x9a");
	/* Longer than needed, a surrogate, more than there is. */
	shows(CLEAN_LINE, "\xc0\x9b\xc1\xbf", "\\xc0\\x9b\\xc1\\xbf");
	shows(CLEAN_LINE, "\xe0\x82\x9b", "\\xe0\\x82\\x9b");
	shows(CLEAN_LINE, "\xf0\x80\x82\x9b", "\\xf0\\x80\\x82\\x9b");
	shows(CLEAN_LINE, "\xed\xa0\x80", "\\xed\\xa0\\x80");
	shows(CLEAN_LINE, "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	shows(CLEAN_LINE, "\xf8\x88\x80\x80\x80\xff", "\\xf8\\x88\\x80\\x80\\x80\\xff");
	shows(CLEAN_LINE, "\x80\xbf", "\\x80\\xbf");
	/* What follows a broken one is looked at by itself. */
	shows(CLEAN_LINE, "\xe2\x82\xc3\xbc", "\\xe2\\x82\xc3\xbc");
	shows(CLEAN_LINE, "\xc3\x1b[m", "\\xc3\\x1b[m");
}

TEST(json_is_utf8_and_says_the_same)
{
	shows(CLEAN_JSON, "{\"message\":\"Z\xfcrich\"}",
	      "{\"message\":\"Z" REPLACED "rich\"}");
	shows(CLEAN_JSON, "\"\xed\xa0\x80\"",
	      "\"" REPLACED REPLACED REPLACED "\"");
	/* Its own lines stay, as does what it has spelled out itself. */
	shows(CLEAN_JSON, "{\n\t\"a\": \"\\u001b[m\"\n}",
	      "{\n\t\"a\": \"\\u001b[m\"\n}");
	shows(CLEAN_JSON, "\"\x7f\xc2\x9b\xe2\x80\xae\"",
	      "\"\\u007f\\u009b\\u202e\"");
	/* Nothing grows more than this. */
	shows(CLEAN_JSON, "\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f",
	      "\\u007f\\u007f\\u007f\\u007f\\u007f\\u007f\\u007f\\u007f");
}

TEST(text_and_what_is_none)
{
	CHECK(clean_is_text("", 0));
	CHECK(clean_is_text("a\x1b\n\xc3\xbc", 5));
	CHECK(!clean_is_text("a\0b", 3));
	CHECK(!clean_is_text("\xff", 1));
	CHECK(!clean_is_text("\xc3", 1));
	CHECK(!clean_is_text("\xc3\xbc", 1));
	CHECK(!clean_is_text("\xe0\x80\x80", 3));
	CHECK(!clean_is_text("\xed\xbf\xbf", 3));
	CHECK(!clean_is_text("\xf4\x90\x80\x80", 4));
}

TEST(width_counts_characters)
{
	CHECK_EQ(clean_width(""), 0);
	CHECK_EQ(clean_width("abc"), 3);
	CHECK_EQ(clean_width("Z\xc3\xbcrich \xe2\x82\xac\xf0\x9f\x9a\xb0"), 9);
}

/* Bytes of which many make sense together. */
static size_t any_bytes(char *data, size_t size)
{
	static const unsigned char often[] = { 0x1b, '[', 'm', '\n', 0xc2, 0x9b,
					       0xe2, 0x80, 0xae, 0xed, 0xf0,
					       0x9f, 0xf4, 0x7f, 0 };
	size_t len = random_below(size), i;

	for (i = 0; i < len; i++)
		data[i] = random_below(4) ?
			  (char)often[random_below(sizeof(often))] :
			  (char)random_below(256);
	return len;
}

static bool harmless(const char *text, const char *allowed)
{
	const unsigned char *c = (const unsigned char *)text;

	for (; *c; c++) {
		if ((*c < 0x20 && !strchr(allowed, *c)) || *c == 0x7f)
			return false;
		if (*c == 0xc2 && c[1] < 0xa0)
			return false;
	}
	return clean_is_text(text, strlen(text));
}

TEST(whatever_it_is)
{
	char data[64], *line, *answer, *again;
	size_t len, round;

	random_start();
	for (round = 0; round < 50000; round++) {
		len = any_bytes(data, sizeof(data));
		line = clean_text(data, len, CLEAN_LINE);
		answer = clean_text(data, len, CLEAN_ANSWER);
		again = clean_text(line, strlen(line), CLEAN_LINE);
		CHECK(harmless(line, "") && harmless(answer, "\n\t"));
		CHECK(!strcmp(line, again));
		free(line);
		free(answer);
		free(again);
	}
}

/* A string of any bytes, as the CLI prints it, can be read as JSON. */
TEST(json_can_be_read)
{
	struct json_object *value, *read;
	size_t len, round;
	const char *text;
	char data[64], *clean;

	random_start();
	for (round = 0; round < 20000; round++) {
		len = any_bytes(data, sizeof(data));
		data[len] = '\0';
		value = json_object_new_string_len(data, (int)len);
		text = json_object_to_json_string_ext(value,
						      JSON_C_TO_STRING_PLAIN);
		clean = clean_text(text, strlen(text), CLEAN_JSON);
		CHECK(harmless(clean, ""));
		read = json_tokener_parse(clean);
		CHECK(read);
		if (clean_is_text(data, len))
			CHECK(!strcmp(json_object_get_string(read), data));
		json_object_put(read);
		json_object_put(value);
		free(clean);
	}
}
