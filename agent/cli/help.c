// SPDX-License-Identifier: GPL-2.0-only
#include "help.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "cli.h"
#include "fail.h"

/* Where what is said of a command or a word begins. */
#define COLUMN	34
#define LINE	128

#define TIME	"TIME is 200ms, 30s, 5m or 1h."
#define AMOUNT	"AMOUNT is 256M of memory, 1.5 or 200m of CPU, a count of anything else."

__attribute__((format(printf, 2, 3)))
static void add(char line[LINE], const char *format, ...)
{
	size_t len = strlen(line);
	va_list args;

	va_start(args, format);
	vsnprintf(line + len, LINE - len, format, args);
	va_end(args);
}

static void add_word(char line[LINE], const struct cli_word *word)
{
	switch (word->count) {
	case CLI_ONE:
		add(line, " %s", word->name);
		break;
	case CLI_MAYBE:
		add(line, " [%s]", word->name);
		break;
	case CLI_ANY:
		add(line, " [%s...]", word->name);
		break;
	case CLI_BEHIND:
		add(line, " [-- %s...]", word->name);
		break;
	}
}

/* " show [NAME]", " pause NAME [wait]", " [run] TASK [OPTION...] [-- WORD...]" */
static void add_synopsis(char line[LINE], const struct cli_object *object,
			 const struct cli_command *command)
{
	const struct cli_word *word = command->words;
	const struct cli_option *option = command->options;
	bool others = false;

	if (command->name)
		add(line, command == object->other ? " [%s]" : " %s",
		    command->name);
	for (; word && word->name && word->count != CLI_BEHIND; word++)
		add_word(line, word);
	for (; option && option->name; option++) {
		others |= !option->plain;
		if (option->plain)
			add(line, option->value ? " [%s %s]" : " [%s]",
			    option->name, option->value);
	}
	if (others)
		add(line, " [OPTION...]");
	if (word && word->name)
		add_word(line, word);
}

/* @left and the first line of @right beside each other. */
static void print_both(FILE *file, const char *left, const char *right)
{
	fprintf(file, "%-*s  %.*s\n", COLUMN, left,
		(int)strcspn(right, "\n"), right);
}

/* Behind @name, which stands before the first; or without one. */
static void print_commands(FILE *file, const struct cli_object *object,
			   const char *name)
{
	const struct cli_command *command = object->commands;
	char line[LINE];

	for (; command->run; command++) {
		line[0] = '\0';
		add(line, name ? "  %-7s" : " ",
		    command == object->commands ? name : "");
		add_synopsis(line, object, command);
		print_both(file, line, command->help);
	}
}

static void print_option(FILE *file, const struct cli_option *option)
{
	char line[LINE] = "  ";

	if (!option->help)
		return;
	if (option->letter)
		add(line, "-%c, ", option->letter);
	add(line, "%s%s", option->plain ? "" : "--", option->name);
	if (option->value)
		add(line, " %s", option->value);
	print_both(file, line, option->help);
}

static void print_globals(FILE *file)
{
	const struct cli_option *option;

	for (option = cli_globals; option->name; option++)
		print_option(file, option);
}

void help_all(FILE *file)
{
	const struct cli_object *object;

	fputs("usage: sluice OBJECT [COMMAND] [WORD...] [OPTION...]\n", file);
	for (object = cli_objects; object->name; object++)
		print_commands(file, object, object->name);
	print_globals(file);
	fputs("\n"
"sluice help OBJECT [COMMAND], or --help anywhere, says more.\n"
"Words may be shortened, but for commands that destroy. Options may stand\n"
"anywhere; behind -- all are words.\n"
TIME "\n" AMOUNT "\n"
"Exit status: 0, 1 wrong usage or file, 2 refused, 3 a call ended as anything\n"
"but done, 4 the module is missing.\n",
	      file);
}

static void help_object(const struct cli_object *object)
{
	printf("usage: sluice %s COMMAND ...\n%s\n", object->name,
	       object->help);
	putchar('\n');
	print_commands(stdout, object, NULL);
	printf("\nWithout a command: %s. sluice help %s COMMAND says more.\n",
	       object->commands->name, object->name);
}

static bool has_value(const struct cli_command *command, const char *value)
{
	const struct cli_option *option = command->options;

	for (; option && option->name; option++)
		if (option->value && !strcmp(option->value, value))
			return true;
	return false;
}

static void print_notes(const struct cli_command *command)
{
	if (has_value(command, "TIME"))
		puts("\n" TIME);
	if (has_value(command, "AMOUNT"))
		puts("\n" AMOUNT);
	if (command->whole)
		puts("\nIt destroys: its name cannot be shortened.");
}

static void help_command(const struct cli_object *object,
			 const struct cli_command *command)
{
	const struct cli_word *word = command->words;
	const struct cli_option *option = command->options;
	char line[LINE] = "";

	add_synopsis(line, object, command);
	printf("usage: sluice %s%s\n%c%s\n\n", object->name, line,
	       toupper(command->help[0]), command->help + 1);
	for (; word && word->name; word++) {
		line[0] = '\0';
		add(line, "  %s", word->name);
		print_both(stdout, line, word->what);
	}
	for (; option && option->name; option++)
		print_option(stdout, option);
	print_globals(stdout);
	print_notes(command);
}

static void help_about(const struct cli_object *object,
		       const struct cli_command *command)
{
	if (!object)
		help_all(stdout);
	else if (command)
		help_command(object, command);
	else if (object->commands->name)
		help_object(object);
	else
		help_command(object, object->commands);
}

void help_of(const struct cli_line *line)
{
	help_about(line->object, line->command);
}

int help_run(const struct cli_line *line)
{
	const struct cli_command *command = NULL;
	const struct cli_object *object;
	struct cli_line asked = { 0 };

	fail_see("");
	if (!line->words[0]) {
		help_all(stdout);
		return CLI_OK;
	}
	object = line_object(&asked, line->words[0]);
	if (object && line->words[1] && object->commands->name)
		command = line_command(&asked, object, line->words[1]);
	else if (object && line->words[1])
		return fail_usage("%s has no commands", object->name);
	if (*asked.error)
		return fail_meant(asked.error, asked.meant);
	help_about(object, command);
	return CLI_OK;
}
