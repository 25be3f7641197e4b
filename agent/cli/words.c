// SPDX-License-Identifier: GPL-2.0-only
#include "words.h"

#include <string.h>

#include "near.h"

/* True: @text is one of them. Else match->first and ->second, of those that it begins. */
static bool find(const struct word *words, size_t count, const char *text, bool later,
		 struct word_match *match)
{
	size_t len = strlen(text), i;

	for (i = 0; i < count; i++) {
		if (!len || strncmp(words[i].name, text, len) != 0)
			continue;
		if (!words[i].name[len]) {
			match->first = &words[i];
			return true;
		}
		if (words[i].later != later)
			continue;
		if (!match->first)
			match->first = &words[i];
		else if (!match->second && words[i].thing != match->first->thing)
			match->second = &words[i];
	}
	return false;
}

enum word_found words_find(const struct word *words, size_t count,
			   const char *text, struct word_match *match)
{
	match->first = match->second = NULL;
	if (find(words, count, text, false, match))
		return WORD_FOUND;
	if (!match->first)
		find(words, count, text, true, match);
	if (!match->first)
		return WORD_NONE;
	if (match->second)
		return WORD_SEVERAL;
	return match->first->whole ? WORD_WHOLE : WORD_FOUND;
}

const char *words_nearest(const struct word *words, size_t count,
			  const char *text)
{
	struct near near;
	size_t i;

	near_begin(&near, text);
	for (i = 0; i < count; i++)
		near_offer(&near, words[i].name);
	return near.name;
}
