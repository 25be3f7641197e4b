// SPDX-License-Identifier: GPL-2.0-only
#include "words.h"

#include <string.h>

/* Longer words are not compared. */
#define LONGEST	32

enum word_found words_find(const struct word *words, size_t count,
			   const char *text, struct word_match *match)
{
	size_t len = strlen(text), i;

	match->first = match->second = NULL;
	for (i = 0; i < count; i++) {
		if (!len || strncmp(words[i].name, text, len) != 0)
			continue;
		if (!words[i].name[len]) {
			match->first = &words[i];
			return WORD_FOUND;
		}
		if (!match->first)
			match->first = &words[i];
		else if (!match->second && words[i].thing != match->first->thing)
			match->second = &words[i];
	}
	if (!match->first)
		return WORD_NONE;
	if (match->second)
		return WORD_SEVERAL;
	return match->first->whole ? WORD_WHOLE : WORD_FOUND;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * How many letters were left out, added, taken for another or swapped with the next:
 * the edit distance with transpositions of neighbours.
 */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][LONGEST + 1], *before = rows[0], *last = rows[1],
	       *now = rows[2], *free_row;
	size_t a_len = strlen(a), b_len = strlen(b), i, j;

	if (a_len > LONGEST || b_len > LONGEST)
		return LONGEST;
	memset(rows, 0, sizeof(rows));
	for (j = 0; j <= b_len; j++)
		last[j] = j;
	for (i = 1; i <= a_len; i++) {
		now[0] = i;
		for (j = 1; j <= b_len; j++) {
			now[j] = least(last[j], now[j - 1]) + 1;
			now[j] = least(now[j],
				       last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
		free_row = before;
		before = last;
		last = now;
		now = free_row;
	}
	return last[b_len];
}

const char *words_nearest(const struct word *words, size_t count,
			  const char *text)
{
	/* One mistake in a short word, one more for each three letters. */
	size_t near = (strlen(text) + 1) / 3, best, i;
	const char *name = NULL;

	best = (near ? near : 1) + 1;
	for (i = 0; i < count; i++) {
		size_t far = distance(words[i].name, text);

		/* Two words that have nothing in common are not alike. */
		if (far < best && far < strlen(words[i].name)) {
			best = far;
			name = words[i].name;
		}
	}
	return name;
}
