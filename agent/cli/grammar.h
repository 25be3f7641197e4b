/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be said to the CLI. One table (table.c) has all of it; parsing, help and
 * what is suggested for a mistyped word come from there, and the manual page and the
 * completion are held against it (selftests/host/cmdline.c).
 */
#ifndef SLUICE_CLI_GRAMMAR_H
#define SLUICE_CLI_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

struct cli_line;

/*
 * An option may be written anywhere, --timeout 5s or --timeout=5s, or, without its
 * dashes and perhaps shortened, after the words that its command needs.
 */
struct cli_option {
	const char *name;
	const char *value;	/* what follows it; NULL: nothing */
	const char *help;
	char	letter;
	bool	plain;		/* help shows it without dashes */
	bool	dashed;		/* never without dashes */
};

/* The last: as many as there are behind --, where nothing is an option. */
enum cli_count { CLI_ONE, CLI_MAYBE, CLI_ANY, CLI_BEHIND };

/* A word that names something. */
struct cli_word {
	const char *name;	/* as help shows it: NAME */
	const char *what;	/* "the name of a task" */
	enum cli_count count;
};

/* Lists of words and options end with one without a name, of commands without run. */
struct cli_command {
	const char *name;	/* NULL: the object has but this one */
	const char *also;	/* another name of it */
	int (*run)(const struct cli_line *line);
	const struct cli_word *words;
	const struct cli_option *options;
	const char *help;	/* the first line is what lists show */
	bool	whole;		/* it destroys: its name is never shortened */
	bool	later;		/* what begins another one, too, goes on to mean that */
};

/* The first command is the one that is meant when none is named. @help: of several. */
struct cli_object {
	const char *name;
	const char *help;
	const struct cli_command *commands;
	/*
	 * Where words that are no commands begin: what is meant by one that is no
	 * command. The others have to be written out then.
	 */
	const struct cli_command *other;
};

extern const struct cli_object cli_objects[];
extern const struct cli_option cli_globals[];

#endif /* SLUICE_CLI_GRAMMAR_H */
