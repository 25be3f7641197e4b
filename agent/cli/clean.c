// SPDX-License-Identifier: GPL-2.0-only
#include "clean.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The most that one byte becomes: \u007f, in JSON. */
#define GROWTH	6

/*
 * The length of the character that begins at @text, and which it is. 0: what is
 * there is no UTF-8, also where it is a longer form than needed, a surrogate, or
 * more than Unicode has.
 */
static size_t character(const unsigned char *text, size_t len, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t size, i;

	if (text[0] < 0x80) {
		*code = text[0];
		return 1;
	}
	if (text[0] < 0xc0 || text[0] > 0xf7)
		return 0;
	size = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	if (size > len)
		return 0;
	*code = text[0] & (0x7fU >> size);
	for (i = 1; i < size; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (text[i] & 0x3f);
	}
	if (*code < least[size] || *code > 0x10ffff ||
	    (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return size;
}

/*
 * What a terminal may obey: the controls of ASCII and of Latin-1 (U+009B begins an
 * escape sequence), what ends a line, and what turns the direction of the rest of it.
 */
static bool is_command(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) ||
	       (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

static size_t spell_out(char *to, uint32_t code)
{
	switch (code) {
	case '\n':
		return (size_t)sprintf(to, "\\n");
	case '\r':
		return (size_t)sprintf(to, "\\r");
	case '\t':
		return (size_t)sprintf(to, "\\t");
	default:
		return (size_t)sprintf(to, code < 0x80 ? "\\x%02x" : "\\u%04x",
				       code);
	}
}

static size_t one(char *to, const unsigned char *from, size_t size,
		  uint32_t code, enum clean_for purpose)
{
	bool stays = !is_command(code);

	if (purpose == CLEAN_ANSWER)
		stays |= code == '\n' || code == '\t';
	/* Below that is JSON's own: it has been spelled out in its strings. */
	if (purpose == CLEAN_JSON)
		stays |= code < 0x7f;
	if (stays) {
		memcpy(to, from, size);
		return size;
	}
	if (purpose == CLEAN_JSON)
		return (size_t)sprintf(to, "\\u%04x", code);
	return spell_out(to, code);
}

static size_t none(char *to, unsigned char byte, enum clean_for purpose)
{
	if (purpose == CLEAN_JSON)
		return (size_t)sprintf(to, "\xef\xbf\xbd");
	return (size_t)sprintf(to, "\\x%02x", byte);
}

char *clean_text(const void *data, size_t len, enum clean_for purpose)
{
	const unsigned char *from = data, *end = from + len;
	char *text = malloc(GROWTH * len + 1), *to = text;
	uint32_t code = 0;
	size_t size;

	if (!text)
		return NULL;
	while (from < end) {
		size = character(from, (size_t)(end - from), &code);
		if (size)
			to += one(to, from, size, code, purpose);
		else
			to += none(to, *from, purpose);
		from += size ? size : 1;
	}
	*to = '\0';
	return text;
}

bool clean_is_text(const void *data, size_t len)
{
	const unsigned char *from = data, *end = from + len;
	uint32_t code = 0;
	size_t size;

	for (; from < end; from += size) {
		size = character(from, (size_t)(end - from), &code);
		if (!size || !code)
			return false;
	}
	return true;
}

size_t clean_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}
