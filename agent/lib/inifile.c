// SPDX-License-Identifier: GPL-2.0-only
#include "inifile.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "units.h"

#define LINE_LENGTH	4096
#define GUESS_SIZE	64
/* Each is the character of its number while libinih looks at it, see read_piece(). */
#define DISGUISED	"; \t#"

/*
 * The file behind libinih, and what it must not see. Its lines are short: a longer one
 * is told in pieces.
 *
 * @text: the line
 * @rest: what of it libinih has not had
 * @line: its number
 * @value: what was read of a value
 * @lines: which line each piece was of
 */
struct inifile_source {
	FILE	*file;
	char	*text;
	size_t	size;
	const char *rest;
	int	line;
	char	value[LINE_LENGTH + 1];
	int	*lines;
	size_t	pieces;
	const char *wrong;
	bool	no_memory;
};

int inifile_expect(struct inifile *file, const char *text)
{
	snprintf(file->expected, sizeof(file->expected), "expected %s", text);
	return -EINVAL;
}

/*
 * Values
 */

char *inifile_word(char **cursor)
{
	char *start = *cursor, *to;
	bool quoted = false;

	while (isblank((unsigned char)*start))
		start++;
	if (!*start)
		return NULL;
	for (to = start, *cursor = start; **cursor; (*cursor)++) {
		if (**cursor == '"')
			quoted = !quoted;
		else if (isblank((unsigned char)**cursor) && !quoted)
			break;
		else
			*to++ = **cursor;
	}
	if (**cursor)
		(*cursor)++;
	*to = '\0';
	return start;
}

int inifile_number(struct inifile *file, const char *value, uint64_t min,
		   uint64_t max, uint32_t *to)
{
	char text[96];
	uint64_t n;

	if (!units_parse_count(value, &n) && n >= min && n <= max) {
		*to = (uint32_t)n;
		return 0;
	}
	snprintf(text, sizeof(text), "a whole number from %llu to %llu",
		 (unsigned long long)min, (unsigned long long)max);
	return inifile_expect(file, text);
}

int inifile_size(struct inifile *file, const char *value, uint64_t max,
		 uint64_t *to)
{
	if (!units_parse_size(value, to) && *to <= max)
		return 0;
	return inifile_expect(file, "a size like 4096, 64K, 16M or 1G");
}

int inifile_size32(struct inifile *file, const char *value, uint32_t *to)
{
	uint64_t bytes;
	int ret = inifile_size(file, value, INIFILE_U32, &bytes);

	if (!ret)
		*to = (uint32_t)bytes;
	return ret;
}

int inifile_duration(struct inifile *file, const char *value, uint64_t *to)
{
	if (!units_parse_duration(value, to) && *to < 1ULL << 61)
		return 0;
	return inifile_expect(file,
			      "a duration like 200ms, 30s, 5m or 1h, or none");
}

int inifile_yes_no(struct inifile *file, const char *value, bool *to)
{
	*to = !strcmp(value, "yes");
	if (*to || !strcmp(value, "no"))
		return 0;
	return inifile_expect(file, "yes or no");
}

int inifile_choice(struct inifile *file, const char *value,
		   const char * const *words, const char *expected,
		   uint32_t *to)
{
	struct near near;
	char text[128];
	uint32_t i;

	near_begin(&near, value);
	for (i = 0; words[i]; i++) {
		near_offer(&near, words[i]);
		if (strcmp(words[i], value))
			continue;
		*to = i;
		return 0;
	}
	if (!near.name)
		return inifile_expect(file, expected);
	snprintf(text, sizeof(text), "%s; perhaps %s", expected, near.name);
	return inifile_expect(file, text);
}

int inifile_path(struct inifile *file, const char *value)
{
	size_t len = strlen(value);

	if (*value != '/' || strstr(value, "/../") || len >= PATH_MAX ||
	    (len >= 3 && !strcmp(value + len - 3, "/..")))
		return inifile_expect(file, "an absolute path without ..");
	return 0;
}

/*
 * Keys
 */

/* In which section it would be right; else the key that it may have been meant to be. */
static void guess(struct inifile *file, char text[GUESS_SIZE])
{
	const struct inifile_key *key;
	struct near near;

	text[0] = '\0';
	near_begin(&near, file->key);
	for (key = file->grammar->keys; key->section; key++) {
		if (!key->name)
			continue;
		if (!strcmp(key->name, file->key))
			snprintf(text, GUESS_SIZE, ", but one of [%s]",
				 key->section);
		else if (!strcmp(key->section, file->section))
			near_offer(&near, key->name);
	}
	if (!*text && near.name)
		snprintf(text, GUESS_SIZE, ", perhaps %s", near.name);
}

/* The keys of a section, for a message. */
static void list_keys(struct inifile *file)
{
	const struct inifile_key *key;
	char text[GUESS_SIZE];
	size_t len;

	guess(file, text);
	snprintf(file->expected, sizeof(file->expected),
		 "unknown key%s; [%s] knows", text, file->section);
	for (key = file->grammar->keys; key->section; key++) {
		if (strcmp(key->section, file->section))
			continue;
		len = strlen(file->expected);
		snprintf(file->expected + len, sizeof(file->expected) - len,
			 " %s", key->name);
	}
}

static int one_key(struct inifile *file, const char *value)
{
	const struct inifile_key *key;
	bool section = false;

	for (key = file->grammar->keys; key->section; key++) {
		if (strcmp(key->section, file->section))
			continue;
		section = true;
		if (!key->name || !strcmp(key->name, file->key))
			return key->parse(file, value);
	}
	if (section)
		list_keys(file);
	else
		snprintf(file->expected, sizeof(file->expected),
			 "unknown section; there are %s",
			 file->grammar->sections);
	return -EINVAL;
}

/* @further: not the first piece of its line, @last: the last character of its piece. */
static char disguise(char c, bool further, bool last)
{
	const char *which = strchr(DISGUISED, c);

	if (which && (c == ';' || further || (last && c != '#')))
		return (char)(which - DISGUISED + 1);
	return c;
}

static char as_it_was(char c)
{
	return c > 0 && c < (char)sizeof(DISGUISED) ? DISGUISED[c - 1] : c;
}

/* libinih's handler: 0 for an error, of which it reports the first one's line. */
static int handle(void *user, const char *section, const char *key,
		  const char *piece)
{
	struct inifile *file = user;
	struct inifile_source *source = file->source;
	size_t len = strlen(source->value);

	if (file->failed)
		return 1;
	for (; *piece && len < LINE_LENGTH; piece++)
		source->value[len++] = as_it_was(*piece);
	source->value[len] = '\0';
	if (*source->rest)
		return 1;
	*file->expected = '\0';
	file->line = source->line;
	snprintf(file->section, sizeof(file->section), "%s", section);
	snprintf(file->key, sizeof(file->key), "%s", key);
	file->failed = one_key(file, source->value);
	return !file->failed;
}

/*
 * The file
 */

/* What is no text, and what is around it, is nothing to libinih. */
static bool next_line(struct inifile_source *source)
{
	ssize_t len = getline(&source->text, &source->size, source->file), i;
	const char *start = source->text;

	if (len < 0)
		return false;
	source->line++;
	*source->value = '\0';
	while (len && isspace((unsigned char)source->text[len - 1]))
		len--;
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)source->text[i];

		if (iscntrl(c) && !isspace(c))
			source->wrong = "expected text, found a control character";
	}
	if (len > LINE_LENGTH)
		source->wrong = "expected a line of at most 4096 characters";
	source->text[len] = '\0';
	while (isblank((unsigned char)*start))
		start++;
	/* Of a comment nothing is told, but that it is a line. */
	source->rest = *start == '#' || *start == ';' ? "" : start;
	return !source->wrong;
}

static bool note_piece(struct inifile_source *source)
{
	int *more = reallocarray(source->lines, source->pieces + 1,
				 sizeof(*more));

	if (!more) {
		source->no_memory = true;
		return false;
	}
	source->lines = more;
	source->lines[source->pieces++] = source->line;
	return true;
}

/*
 * libinih would cut a line off where it is too long for it, take an indented one for
 * more of the line before, and everything behind " ;" for a comment, of which a shell's
 * command is full. Here a line is a line: nothing is told of its indentation, where it
 * is long each further piece of it is indented, and what would end a piece, or make a
 * comment of it, is disguised.
 */
static char *read_piece(char *line, int size, void *stream)
{
	struct inifile_source *source = stream;
	bool further = source->rest && *source->rest;
	int to = 0;

	if (source->wrong || (!further && !next_line(source)) ||
	    !note_piece(source))
		return NULL;
	if (further)
		line[to++] = ' ';
	for (; *source->rest && to < size - 2; source->rest++, to++)
		line[to] = disguise(*source->rest, further, to == size - 3);
	line[to++] = '\n';
	line[to] = '\0';
	return line;
}

/* @line: the first one that libinih or a key did not like; 0: none. */
static int report(struct inifile *file, const struct inifile_source *source,
		  int line)
{
	if (!line && !source->wrong)
		return 0;
	if (!line)
		snprintf(file->error, INIFILE_ERROR, "%s:%d: %s", file->path,
			 source->line, source->wrong);
	else if (!file->failed || file->line != line)
		snprintf(file->error, INIFILE_ERROR,
			 "%s:%d: expected [section] or key = value",
			 file->path, line);
	else if (*file->expected)
		snprintf(file->error, INIFILE_ERROR, "%s:%d: %s: %s",
			 file->path, line, file->key, file->expected);
	else
		snprintf(file->error, INIFILE_ERROR, "%s:%d: out of memory",
			 file->path, line);
	return -EINVAL;
}

int inifile_read(struct inifile *file)
{
	struct inifile_source source = {
		.file = file->from ? file->from : fopen(file->path, "re"),
	};
	int piece, ret = 0;

	file->source = &source;
	piece = source.file ?
		ini_parse_stream(read_piece, &source, handle, file) : 0;
	/* libinih had none: then it has read nothing. */
	source.no_memory |= piece < 0;
	if (!source.file || ferror(source.file) || source.no_memory) {
		ret = source.no_memory ? -ENOMEM : errno ? -errno : -EIO;
		snprintf(file->error, INIFILE_ERROR, "%s: %s", file->path,
			 strerror(-ret));
	}
	if (source.file)
		fclose(source.file);
	if (!ret)
		ret = report(file, &source,
			     piece > 0 ? source.lines[piece - 1] : 0);
	free(source.text);
	free(source.lines);
	file->source = NULL;
	return ret;
}
