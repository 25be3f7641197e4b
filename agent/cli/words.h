/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of several words somebody meant: the only place where one may be shortened,
 * and where it is guessed what was mistyped.
 */
#ifndef SLUICE_CLI_WORDS_H
#define SLUICE_CLI_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct word {
	const char *name;
	/* Of several names of one thing: the same number. */
	size_t	thing;
	/* Never shortened. */
	bool	whole;
	/* Meant only where no other begins so. */
	bool	later;
};

enum word_found {
	WORD_FOUND,
	WORD_NONE,
	WORD_SEVERAL,	/* it begins @first and @second */
	WORD_WHOLE,	/* it begins @first, which is to be written out */
};

struct word_match {
	const struct word *first;
	const struct word *second;
};

/* What @text is, or the one thing that it begins: match->first. */
enum word_found words_find(const struct word *words, size_t count,
			   const char *text, struct word_match *match);
/* The name that @text was probably to be; NULL: none is near. */
const char *words_nearest(const struct word *words, size_t count,
			  const char *text);

#endif /* SLUICE_CLI_WORDS_H */
