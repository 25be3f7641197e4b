// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/cli/words.c ../../agent/lib/near.c -I../../agent/cli -I../../agent/lib
/* Which word somebody meant: shortened where that is clear, and guessed where it was mistyped. */
#include "ktap.h"
#include "words.h"

static const struct word commands[] = {
	{ "show", 0, false }, { "list", 0, false }, { "add", 1, false },
	{ "del", 2, true }, { "delete", 2, true }, { "drain", 3, false },
	{ "check", 4, false }, { "pause", 5, false }, { "purge", 6, true },
	{ "set", 7, false }, { "setting", 8, false },
};

#define COUNT (sizeof(commands) / sizeof(commands[0]))

static void finds(const char *text, enum word_found expected,
		  const char *first, const char *second)
{
	struct word_match match;
	enum word_found found = words_find(commands, COUNT, text, &match);

	if (found != expected)
		ktap_fail("'%s' gave %d, not %d", text, found, expected);
	if (strcmp(match.first ? match.first->name : "", first) ||
	    strcmp(match.second ? match.second->name : "", second))
		ktap_fail("'%s' is %s and %s", text,
			  match.first ? match.first->name : "nothing",
			  match.second ? match.second->name : "nothing");
}

TEST(written_out)
{
	finds("show", WORD_FOUND, "show", "");
	finds("list", WORD_FOUND, "list", "");
	finds("del", WORD_FOUND, "del", "");
	finds("delete", WORD_FOUND, "delete", "");
	finds("purge", WORD_FOUND, "purge", "");
	/* Also where it begins another. */
	finds("set", WORD_FOUND, "set", "");
}

TEST(shortened)
{
	finds("l", WORD_FOUND, "list", "");
	finds("a", WORD_FOUND, "add", "");
	finds("pa", WORD_FOUND, "pause", "");
	finds("dr", WORD_FOUND, "drain", "");
	finds("sett", WORD_FOUND, "setting", "");
}

TEST(several_are_none)
{
	finds("s", WORD_SEVERAL, "show", "set");
	finds("se", WORD_SEVERAL, "set", "setting");
	/* Also where one of them destroys. */
	finds("d", WORD_SEVERAL, "del", "drain");
	finds("p", WORD_SEVERAL, "pause", "purge");
}

TEST(what_destroys_is_written_out)
{
	finds("de", WORD_WHOLE, "del", "");
	finds("dele", WORD_WHOLE, "delete", "");
	finds("delet", WORD_WHOLE, "delete", "");
	finds("pu", WORD_WHOLE, "purge", "");
	finds("purg", WORD_WHOLE, "purge", "");
}

TEST(unknown)
{
	finds("", WORD_NONE, "", "");
	finds("fly", WORD_NONE, "", "");
	finds("shows", WORD_NONE, "", "");
	finds("Show", WORD_NONE, "", "");
	finds("deleted", WORD_NONE, "", "");
}

static void nearest(const char *text, const char *expected)
{
	const char *name = words_nearest(commands, COUNT, text);

	if (strcmp(name ? name : "", expected))
		ktap_fail("'%s' gave '%s', not '%s'", text, name ? name : "",
			  expected);
}

TEST(mistyped)
{
	/* Swapped, left out, added, another one. */
	nearest("shwo", "show");
	nearest("hsow", "show");
	nearest("sho", "show");
	nearest("shoow", "show");
	nearest("shaw", "show");
	nearest("chekc", "check");
	nearest("checks", "check");
	nearest("deleet", "delete");
	nearest("settign", "setting");
	nearest("Show", "show");
}

TEST(too_far_to_guess)
{
	nearest("", "");
	nearest("x", "");
	nearest("fly", "");
	nearest("retract", "");
	nearest("sohw-all-of-it", "");
	/* Longer than any word. */
	nearest("showshowshowshowshowshowshowshowshowshowshow", "");
}

/* The first of several that are as near. */
TEST(one_suggestion)
{
	static const struct word alike[] = {
		{ "cat", 0, false }, { "bat", 1, false }, { "boat", 2, false },
	};

	CHECK(!strcmp(words_nearest(alike, 3, "hat"), "cat"));
	CHECK(!strcmp(words_nearest(alike, 3, "boaat"), "boat"));
}
