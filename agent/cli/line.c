// SPDX-License-Identifier: GPL-2.0-only
#include "line.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than all options and names of one list. */
#define LIST	64
/* What getopt calls options that have no letter. */
#define NO_LETTER 256

/* What getopt knows at the moment. */
struct parser {
	struct cli_line *line;
	struct option table[LIST + 1];
	const struct cli_option *options[LIST];
	size_t	count;
	char	letters[2 * LIST + 3];
};

/* Only the first is said: what follows may come of it. */
__attribute__((format(printf, 2, 3)))
static bool wrong(struct cli_line *line, const char *format, ...)
{
	va_list args;

	if (*line->error)
		return false;
	va_start(args, format);
	vsnprintf(line->error, sizeof(line->error), format, args);
	va_end(args);
	return true;
}

static void suggest(struct cli_line *line, const char *before,
		    const char *name)
{
	if (name)
		snprintf(line->meant, sizeof(line->meant), "%s%s", before,
			 name);
}

char *line_path(const struct cli_object *object,
		const struct cli_command *command, char path[LINE_PATH])
{
	snprintf(path, LINE_PATH, "%s%s%s", object->name,
		 command && command->name ? " " : "",
		 command && command->name ? command->name : "");
	return path;
}

/*
 * Objects and commands
 */

static void not_found(struct cli_line *line, const char *word,
		      enum word_found found, const struct word_match *match)
{
	if (found == WORD_WHOLE)
		wrong(line, "'%s' begins %s, which destroys: write it out",
		      word, match->first->name);
	else if (found == WORD_SEVERAL)
		wrong(line, "'%s' begins %s and %s: write out which", word,
		      match->first->name, match->second->name);
}

const struct cli_object *line_object(struct cli_line *line, const char *word)
{
	struct word names[LIST];
	struct word_match match;
	enum word_found found;
	size_t count = 0;

	for (; cli_objects[count].name; count++)
		names[count] = (struct word){ cli_objects[count].name, count,
					      false, false };
	found = words_find(names, count, word, &match);
	if (found == WORD_FOUND)
		return &cli_objects[match.first->thing];
	not_found(line, word, found, &match);
	if (wrong(line, "there is no object '%s'", word))
		suggest(line, "", words_nearest(names, count, word));
	return NULL;
}

static size_t command_names(const struct cli_object *object,
			    struct word names[LIST])
{
	const struct cli_command *command = object->commands;
	size_t count = 0, i;

	for (i = 0; command[i].run; i++) {
		names[count++] = (struct word){ command[i].name, i,
						command[i].whole,
						command[i].later };
		if (command[i].also)
			names[count++] = (struct word){ command[i].also, i,
							command[i].whole,
							command[i].later };
	}
	return count;
}

static const struct cli_command *find_command(struct cli_line *line,
					      const struct cli_object *object,
					      const char *word, bool *is_name)
{
	struct word names[LIST];
	struct word_match match;
	enum word_found found;
	size_t count = command_names(object, names);

	found = words_find(names, count, word, &match);
	*is_name = found == WORD_FOUND &&
		   (!object->other || !strcmp(match.first->name, word));
	if (*is_name)
		return &object->commands[match.first->thing];
	if (object->other)
		return object->other;
	not_found(line, word, found, &match);
	if (wrong(line, "%s has no command '%s'", object->name, word))
		suggest(line, "", words_nearest(names, count, word));
	return NULL;
}

const struct cli_command *line_command(struct cli_line *line,
				       const struct cli_object *object,
				       const char *word)
{
	bool is_name;

	return find_command(line, object, word, &is_name);
}

/*
 * Words and options of a command
 */

/* Those that may be without dashes. */
static size_t plain_names(const struct cli_command *command,
			  struct word names[LIST])
{
	const struct cli_option *option = command->options;
	size_t count = 0, i;

	for (i = 0; option && option[i].name; i++)
		if (!option[i].dashed)
			names[count++] = (struct word){ option[i].name, i,
							false, false };
	return count;
}

static void add_given(struct cli_line *line, const struct cli_option *option,
		      const char *value)
{
	line->given[line->given_count++] = (struct cli_given){ option, value };
}

/* The word that is next; one without a name: all are there. */
static const struct cli_word *next_word(const struct cli_line *line)
{
	static const struct cli_word end;
	const struct cli_word *word = line->command->words;
	size_t i;

	if (!word)
		return &end;
	for (i = 0; i < line->word_count && word->name; i++)
		if (word->count != CLI_ANY && word->count != CLI_BEHIND)
			word++;
	return word->count == CLI_BEHIND && !line->behind ? &end : word;
}

/* What stands there is a word, whatever option it looks like. */
static bool only_word(const struct cli_word *word)
{
	return word->name &&
	       (word->count == CLI_ONE || word->count == CLI_BEHIND);
}

static bool takes_behind(const struct cli_line *line)
{
	const struct cli_word *word = line->command->words;

	for (; word && word->name; word++)
		if (word->count == CLI_BEHIND)
			return true;
	return false;
}

static void too_much(struct cli_line *line, const char *word)
{
	struct word names[LIST];
	const char *near = NULL;

	if (!wrong(line, "'%s' is too much%s", word, takes_behind(line) ?
		   ": words for its program stand behind --" : ""))
		return;
	/* What was taken for the name of a task may have been to be a command. */
	if (line->object->other == line->command)
		near = words_nearest(names, command_names(line->object, names),
				     line->words[0]);
	if (near)
		snprintf(line->meant, sizeof(line->meant), "%s %s",
			 line->object->name, near);
	else
		suggest(line, "",
			words_nearest(names, plain_names(line->command, names),
				      word));
}

/* The option whose value follows, or NULL. */
static const struct cli_option *take_argument(struct cli_line *line,
					      const char *text)
{
	const struct cli_word *word = next_word(line);
	const struct cli_option *option;
	struct word names[LIST];
	struct word_match match;
	enum word_found found = WORD_NONE;

	if (!only_word(word))
		found = words_find(names, plain_names(line->command, names),
				   text, &match);
	if (found == WORD_FOUND) {
		option = &line->command->options[match.first->thing];
		if (option->value)
			return option;
		add_given(line, option, NULL);
	} else if (found != WORD_NONE) {
		not_found(line, text, found, &match);
	} else if (word->name) {
		line->words[line->word_count++] = text;
	} else {
		too_much(line, text);
	}
	return NULL;
}

/* The option whose value follows, or NULL. */
static const struct cli_option *take_word(struct cli_line *line,
					  const char *word)
{
	bool is_name = true;

	if (line->lost)
		return NULL;
	if (!line->object) {
		line->object = line_object(line, word);
		line->lost = !line->object;
		if (line->object && !line->object->commands->name)
			line->command = line->object->commands;
		return NULL;
	}
	if (!line->command) {
		line->command = find_command(line, line->object, word,
					     &is_name);
		line->lost = !line->command;
		if (is_name || line->lost)
			return NULL;
	}
	return take_argument(line, word);
}

/*
 * Options with dashes
 */

static void know(struct parser *parser, const struct cli_option *option)
{
	size_t i;

	for (; option && option->name; option++) {
		for (i = 0; i < parser->count; i++)
			if (!strcmp(parser->table[i].name, option->name))
				break;
		if (i < parser->count || i == LIST)
			continue;
		parser->table[i] = (struct option){
			.name = option->name,
			.has_arg = option->value ? required_argument :
						   no_argument,
			.val = option->letter ? option->letter :
						NO_LETTER + (int)i,
		};
		parser->options[i] = option;
		parser->count++;
	}
}

static void know_object(struct parser *parser, const struct cli_object *object)
{
	const struct cli_command *command;

	for (command = object->commands; command->run; command++)
		know(parser, command->options);
}

static void know_command(struct parser *parser,
			 const struct cli_command *command)
{
	parser->count = 0;
	know(parser, cli_globals);
	if (command)
		know(parser, command->options);
}

/* Those of all that can still be meant, so that they may stand anywhere. */
static void know_options(struct parser *parser)
{
	const struct cli_line *line = parser->line;
	const struct cli_object *object;

	know_command(parser, line->command);
	if (!line->command && line->object)
		know_object(parser, line->object);
	for (object = cli_objects; !line->object && object->name; object++)
		know_object(parser, object);
	parser->table[parser->count] = (struct option){ 0 };
}

/* Letters of options that are known, as getopt wants them; words in their order. */
static const char *letters(struct parser *parser)
{
	char *at = parser->letters;
	size_t i;

	*at++ = '-';
	*at++ = ':';
	for (i = 0; i < parser->count; i++) {
		if (parser->table[i].val >= NO_LETTER)
			continue;
		*at++ = (char)parser->table[i].val;
		if (parser->table[i].has_arg == required_argument)
			*at++ = ':';
	}
	*at = '\0';
	return parser->letters;
}

static const struct cli_option *known(const struct parser *parser, int val)
{
	size_t i;

	for (i = 0; i < parser->count; i++)
		if (parser->table[i].val == val)
			return parser->options[i];
	return NULL;
}

static bool is_of(const struct cli_option *options, const char *name)
{
	for (; options && options->name; options++)
		if (!strcmp(options->name, name))
			return true;
	return false;
}

static void take_option(struct cli_line *line, const struct cli_option *option,
			const char *value)
{
	if (!is_of(cli_globals, option->name)) {
		add_given(line, option, value);
		return;
	}
	switch (option->letter) {
	case 'j':
		line->json = true;
		break;
	case 'p':
		line->json = line->pretty = true;
		break;
	case 'h':
		line->help = true;
		break;
	default:
		line->version = true;
	}
}

/* @name: without its dashes and its value. */
static void no_option(struct parser *parser, const char *name)
{
	struct cli_line *line = parser->line;
	struct word names[LIST];
	struct word_match match;
	char path[LINE_PATH];
	size_t i;

	for (i = 0; i < parser->count; i++)
		names[i] = (struct word){ parser->table[i].name,
					  (size_t)parser->table[i].val, false, false };
	if (words_find(names, parser->count, name, &match) == WORD_SEVERAL) {
		wrong(line, "'--%s' begins --%s and --%s: write out which",
		      name, match.first->name, match.second->name);
		return;
	}
	if (line->command
	    ? wrong(line, "'--%s' is no option of %s", name,
		    line_path(line->object, line->command, path))
	    : wrong(line, "'--%s' is no option", name))
		suggest(line, "--", words_nearest(names, parser->count, name));
}

/* What getopt did not take: @text is where it stands. */
static void refuse_option(struct parser *parser, const char *text)
{
	const struct cli_option *option = optopt ? known(parser, optopt) : NULL;
	char name[LINE_PATH];

	if (option) {
		wrong(parser->line, "--%s takes no value", option->name);
	} else if (optopt) {
		wrong(parser->line, "'-%c' is no option", optopt);
	} else {
		snprintf(name, sizeof(name), "%.*s",
			 (int)strcspn(text + 2, "="), text + 2);
		no_option(parser, name);
	}
}

/*
 * The line
 */

static void finish(struct parser *parser)
{
	struct cli_line *line = parser->line;
	const struct cli_word *word;
	size_t i;

	if (line->lost || line->help || line->version)
		return;
	if (!line->object) {
		wrong(line, "an object is missing");
		return;
	}
	if (!line->command)
		line->command = line->object->commands;
	know_command(parser, line->command);
	for (i = 0; i < line->given_count; i++)
		if (!is_of(line->command->options, line->given[i].option->name))
			no_option(parser, line->given[i].option->name);
	word = next_word(line);
	if (word->name && word->count == CLI_ONE)
		wrong(line, "%s is missing", word->what);
}

/*
 * The word before @argv, and where it is an option without dashes its value, whatever
 * that looks like. Returns how many more were taken.
 */
static int take_next(struct cli_line *line, const char *word, char **argv)
{
	const struct cli_option *option = take_word(line, word);

	if (!option)
		return 0;
	if (!*argv) {
		wrong(line, "%s: its value is missing", word);
		return 0;
	}
	add_given(line, option, *argv);
	return 1;
}

static void scan(struct parser *parser, int argc, char **argv)
{
	struct cli_line *line = parser->line;
	int val;

	/* Words come in their order, as each says which options there can be. */
	optind = 0;
	do {
		know_options(parser);
		val = getopt_long(argc, argv, letters(parser), parser->table,
				  NULL);
		if (val == 1)
			optind += take_next(line, optarg, argv + optind);
		else if (val == '?')
			refuse_option(parser, argv[optind - 1]);
		else if (val == ':')
			wrong(line, "%s: its value is missing",
			      argv[optind - 1]);
		else if (val != -1)
			take_option(line, known(parser, val), optarg);
	} while (val != -1);
	/* Behind -- all are words. */
	line->behind = optind < argc;
	while (optind < argc) {
		optind++;
		optind += take_next(line, argv[optind - 1], argv + optind);
	}
}

void line_parse(struct cli_line *line, int argc, char **argv)
{
	struct parser parser = { .line = line };

	memset(line, 0, sizeof(*line));
	line->words = calloc((size_t)argc + 1, sizeof(*line->words));
	line->given = calloc((size_t)argc + 1, sizeof(*line->given));
	if (!line->words || !line->given) {
		line->lost = wrong(line, "no memory");
		return;
	}
	scan(&parser, argc, argv);
	finish(&parser);
}

void line_free(struct cli_line *line)
{
	free(line->words);
	free(line->given);
}

static const struct cli_given *given(const struct cli_line *line,
				     const char *option)
{
	size_t i;

	/* The last one counts. */
	for (i = line->given_count; i--;)
		if (!strcmp(line->given[i].option->name, option))
			return &line->given[i];
	return NULL;
}

bool line_has(const struct cli_line *line, const char *option)
{
	return given(line, option);
}

const char *line_value(const struct cli_line *line, const char *option)
{
	const struct cli_given *found = given(line, option);

	return found ? found->value : NULL;
}
