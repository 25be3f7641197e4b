/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads an INI file by a table of keys; libinih does the parsing. A value that its
 * key does not like ends the reading, with file, line, key and what was expected.
 */
#ifndef SLUICE_INIFILE_H
#define SLUICE_INIFILE_H

#include <linux/sluice.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define INIFILE_ERROR	768
/* Largest value that makes sense of a 32-bit field. */
#define INIFILE_U32	0xffffffffULL

/* One reading of a file: what the handler of a key gets. */
struct inifile {
	const char *path;
	/* NULL: what is there is opened. Else it is read, and closed. */
	FILE	*from;
	/* What the keys fill in. */
	void	*target;
	char	*error;
	const struct inifile_grammar *grammar;
	struct inifile_source *source;
	/* The key that is looked at. */
	int	line;
	char	section[SLUICE_NAME_SIZE];
	char	key[64];
	char	expected[400];
	bool	failed;
};

/* 0; -ENOMEM; or what inifile_expect() returns. */
typedef int (*inifile_fn)(struct inifile *file, const char *value);

/* @name: NULL for any key of the section that is not named before. */
struct inifile_key {
	const char *section;
	const char *name;
	inifile_fn parse;
};

/* @keys: ends with a section of NULL. @sections: their list, for a message. */
struct inifile_grammar {
	const struct inifile_key *keys;
	const char *sections;
};

/*
 * Read file->path into file->target by file->grammar. 0, or a negative errno and
 * file->error, of INIFILE_ERROR bytes, in words.
 */
int inifile_read(struct inifile *file);

/* Say "expected ..." of the key that is looked at. Returns -EINVAL. */
int inifile_expect(struct inifile *file, const char *text);

/* The next word, blanks kept inside "quotes"; NULL at the end. Changes @cursor. */
char *inifile_word(char **cursor);

/* Values: each returns 0 and what @value says, or -EINVAL and what was expected. */
int inifile_number(struct inifile *file, const char *value, uint64_t min,
		   uint64_t max, uint32_t *to);
int inifile_size(struct inifile *file, const char *value, uint64_t max,
		 uint64_t *to);
int inifile_size32(struct inifile *file, const char *value, uint32_t *to);
int inifile_duration(struct inifile *file, const char *value, uint64_t *to);
int inifile_yes_no(struct inifile *file, const char *value, bool *to);
/* One of @words, which ends with NULL: its index. @expected lists them. */
int inifile_choice(struct inifile *file, const char *value,
		   const char * const *words, const char *expected,
		   uint32_t *to);
/* A path from the root that does not lead up again. */
int inifile_path(struct inifile *file, const char *value);

#endif /* SLUICE_INIFILE_H */
