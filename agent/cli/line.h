/* SPDX-License-Identifier: GPL-2.0-only */
/* A command line, held against the table. Nothing is done or printed here. */
#ifndef SLUICE_CLI_LINE_H
#define SLUICE_CLI_LINE_H

#include "grammar.h"
#include "words.h"

#define LINE_ERROR	256
#define LINE_PATH	64

struct cli_given {
	const struct cli_option *option;
	const char *value;
};

struct cli_line {
	const struct cli_object *object;
	const struct cli_command *command;
	/* Words of the command, in its order; NULL after the last that was given. */
	const char **words;
	size_t	word_count;
	struct cli_given *given;
	size_t	given_count;
	bool	json;
	bool	pretty;
	bool	help;
	bool	version;
	bool	behind;		/* behind -- */
	bool	lost;		/* a word stands where no object or command can be found */
	char	error[LINE_ERROR]; /* what is wrong; "": nothing */
	char	meant[LINE_PATH]; /* what was probably to be written; "": no idea */
};

/* line->error says what is wrong. Free with line_free(). */
void line_parse(struct cli_line *line, int argc, char **argv);
void line_free(struct cli_line *line);

/* An option of the command was given, and its value; NULL: it was not. */
bool line_has(const struct cli_line *line, const char *option);
const char *line_value(const struct cli_line *line, const char *option);

/*
 * The object, or command of @object, that @word means. NULL: line->error says why
 * there is none.
 */
const struct cli_object *line_object(struct cli_line *line, const char *word);
const struct cli_command *line_command(struct cli_line *line,
				       const struct cli_object *object,
				       const char *word);

/* "task add"; "why", as what it has is its only one; "task", where @command is NULL. */
char *line_path(const struct cli_object *object,
		const struct cli_command *command, char path[LINE_PATH]);

#endif /* SLUICE_CLI_LINE_H */
