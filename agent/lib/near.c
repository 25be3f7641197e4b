// SPDX-License-Identifier: GPL-2.0-only
#include "near.h"

#include <string.h>

/* Longer words are not compared. */
#define LONGEST	32

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

void near_begin(struct near *near, const char *text)
{
	/* One mistake in a short word, one more for each three letters. */
	size_t limit = (strlen(text) + 1) / 3;

	*near = (struct near){ .text = text, .best = (limit ? limit : 1) + 1 };
}

void near_offer(struct near *near, const char *name)
{
	size_t far = distance(name, near->text);

	/* Two words that have nothing in common are not alike. */
	if (far < near->best && far < strlen(name)) {
		near->best = far;
		near->name = name;
	}
}
