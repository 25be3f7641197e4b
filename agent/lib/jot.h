/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text put together in room that is there. Where an environment waits to be made: printf()
 * takes as long for a number as four system calls, and memory of its own that no
 * environment has yet.
 */
#ifndef SLUICE_JOT_H
#define SLUICE_JOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/**
 * struct jot - what is left of it
 * @at: what is put next; always the end of a text
 * @left: bytes, that end among them
 * @full: something had no room, of which there is the begin
 */
struct jot {
	char	*at;
	size_t	left;
	bool	full;
};

/* @size: not 0. */
static inline struct jot jot_in(char *text, size_t size)
{
	*text = '\0';
	return (struct jot){ .at = text, .left = size };
}

static inline void jot_put(struct jot *jot, const char *text)
{
	size_t len = strlen(text);

	if (len >= jot->left) {
		jot->full = true;
		len = jot->left - 1;
	}
	memcpy(jot->at, text, len);
	jot->at += len;
	jot->left -= len;
	*jot->at = '\0';
}

/* @base: 2 to 16. */
static inline void jot_number(struct jot *jot, uint64_t number, unsigned int base)
{
	char digits[65], *at = digits + sizeof(digits);

	*--at = '\0';
	do {
		*--at = "0123456789abcdef"[number % base];
		number /= base;
	} while (number);
	jot_put(jot, at);
}

/* One behind the other, as far as there is room. */
static inline void jot_join(char *text, size_t size, const char *first, const char *second)
{
	struct jot jot = jot_in(text, size);

	jot_put(&jot, first);
	jot_put(&jot, second);
}

#endif /* SLUICE_JOT_H */
