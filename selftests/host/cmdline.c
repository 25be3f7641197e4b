// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/cli/line.c ../../agent/cli/table.c ../../agent/cli/words.c ../../agent/lib/near.c ../../agent/cli/help.c
// build: ../../agent/cli/fail.c ../../agent/cli/out.c ../../agent/cli/clean.c ../../agent/lib/units.c
// build: -I../../agent/cli -I../../agent/lib -D_GNU_SOURCE -ljson-c
/* Command lines of the CLI: what they mean, what is refused, what is suggested; and that help, manual page and */
/* completion know all that the table has. */
#include "cli.h"
#include "help.h"
#include "line.h"
#include "printed.h"

#include <ctype.h>

#define WORDS	16

/* The table names them; nobody calls them here. */
#define COMMAND(name) int name(const struct cli_line *line) { (void)line; return -1; }
COMMAND(task_show) COMMAND(task_suggest) COMMAND(task_add) COMMAND(task_del) COMMAND(task_check) COMMAND(task_purge)
COMMAND(task_pause) COMMAND(task_resume) COMMAND(task_drain)
COMMAND(call_show) COMMAND(call_run) COMMAND(call_reap) COMMAND(call_cancel)
COMMAND(call_set) COMMAND(call_priority)
COMMAND(task_run) COMMAND(env_show) COMMAND(env_enter) COMMAND(env_del)
COMMAND(budget_show) COMMAND(budget_set) COMMAND(budget_del)
COMMAND(logs_run) COMMAND(why_run) COMMAND(gate_run) COMMAND(what_if_run) COMMAND(monitor_run) COMMAND(stats_run) COMMAND(doctor_run)

/* Words are between blanks; two apostrophes are the empty one. */
static struct cli_line parse(const char *text)
{
	static char copy[256], *argv[WORDS + 1];
	char *rest = copy;
	struct cli_line line;
	int argc = 1;

	snprintf(copy, sizeof(copy), "%s", text);
	argv[0] = "sluice";
	while ((argv[argc] = strsep(&rest, " ")))
		if (!strcmp(argv[argc++], "''"))
			*argv[argc - 1] = '\0';
	CHECK(argc <= WORDS);
	line_parse(&line, argc, argv);
	return line;
}

/* "task add|one.task|wait=|data=x": path, words, options with their values. */
static void describe(const struct cli_line *line, char text[256])
{
	char path[LINE_PATH];
	FILE *file = fmemopen(text, 256, "w");
	size_t i;

	fputs(line->object ? line_path(line->object, line->command, path) : "",
	      file);
	for (i = 0; line->words[i]; i++)
		fprintf(file, "|%s", line->words[i]);
	for (i = 0; i < line->given_count; i++)
		fprintf(file, "|%s=%s", line->given[i].option->name,
			line->given[i].value ? line->given[i].value : "");
	fprintf(file, "%s%s%s%s", line->json ? "|json" : "",
		line->pretty ? "|pretty" : "", line->help ? "|help" : "",
		line->version ? "|version" : "");
	fclose(file);
}

static void means(const char *text, const char *expected)
{
	struct cli_line line = parse(text);
	char got[256];

	describe(&line, got);
	if (*line.error || strcmp(got, expected))
		ktap_fail("'%s' is '%s' (%s), not '%s'", text, got, line.error,
			  expected);
	line_free(&line);
}

static void refused(const char *text, const char *error, const char *meant)
{
	struct cli_line line = parse(text);

	if (strcmp(line.error, error) || strcmp(line.meant, meant))
		ktap_fail("'%s': '%s', '%s', not '%s', '%s'", text, line.error,
			  line.meant, error, meant);
	line_free(&line);
}

TEST(objects_and_commands)
{
	means("task show", "task show");
	means("task", "task show");
	means("task list meter", "task show|meter");
	means("call", "call show");
	means("call list 3", "call show|3");
	means("why 3", "why|3");
	means("doctor", "doctor");
	means("monitor", "monitor");
	means("monitor a b c", "monitor|a|b|c");
	means("logs", "logs");
	means("logs meter", "logs|meter");
	means("logs -f meter --since 5m", "logs|meter|follow=|since=5m");
	means("logs meter -jf", "logs|meter|follow=|json");
	means("-f logs", "logs|follow=");
	means("stats call_failed", "stats|call_failed");
	means("budget set memory 64M reserve 1M", "budget set|memory|64M|reserve=1M");
	means("budget set memory reserve 1M", "budget set|memory|reserve=1M");
	means("help task add", "help|task|add");
}

TEST(shortened)
{
	means("t su x", "task suggest|x");
	means("t s", "task show");
	means("t a one.task", "task add|one.task");
	means("task dr meter k w", "task drain|meter|keep=|wait=");
	means("e", "env show");
	means("b se cpu 1 res 1", "budget set|cpu|1|reserve=1");
	means("d", "doctor");
	means("c cat da hello prio 3", "call run|cat|data=hello|priority=3");
	/* A word that names something is what it is. */
	means("task pause wait wait", "task pause|wait|wait=");
	means("call data data data", "call run|data|data=data");
	means("budget set reserve 3", "budget set|reserve|3");
}

TEST(what_destroys_is_written_out)
{
	means("task del meter", "task del|meter");
	means("task delete meter", "task del|meter");
	means("env del 3", "env del|3");
	means("budget delete crane", "budget del|crane");
	means("call cancel 3", "call cancel|3");
	refused("task pu meter", "'pu' begins purge, which destroys: write it out", "");
	refused("task d meter", "'d' begins del and drain: write out which", "");
	refused("task de meter", "'de' begins del, which destroys: write it out", "");
	refused("task dele meter", "'dele' begins delete, which destroys: write it out", "");
	refused("env d 3", "'d' begins del, which destroys: write it out", "");
	refused("budget de crane", "'de' begins del, which destroys: write it out", "");
}

/* Every word that begins the name of something that destroys, and is not all of it. */
TEST(no_beginning_destroys)
{
	const struct cli_object *object;
	const struct cli_command *command, *got;
	struct cli_line line;
	char word[32];
	size_t len;
	int seen = 0;

	for (object = cli_objects; object->name; object++)
		for (command = object->commands; command->run; command++) {
			if (!command->whole)
				continue;
			for (len = 1; len < strlen(command->name); len++) {
				memset(&line, 0, sizeof(line));
				snprintf(word, sizeof(word), "%.*s", (int)len,
					 command->name);
				got = line_command(&line, object, word);
				CHECK(got != command);
				CHECK(!got || !got->whole);
			}
			seen++;
		}
	CHECK_EQ(seen, 5);
}

/* A word that is no command of call, but only begins one, is the name of a task. */
TEST(calls)
{
	means("call meter", "call run|meter");
	means("call run meter", "call run|meter");
	means("call run run", "call run|run");
	means("call run show", "call run|show");
	means("call can", "call run|can");
	means("call sho", "call run|sho");
	means("call help", "call run|help");
	means("call cat data hello", "call run|cat|data=hello");
	means("call cat --data hello", "call run|cat|data=hello");
	means("call cat async", "call run|cat|async=");
	means("call cat file -", "call run|cat|file=-");
	means("call cat --file -", "call run|cat|file=-");
	means("call set 3 priority 5", "call set|3|priority=5");
	means("call set 3 d 5s", "call set|3|deadline=5s");
	means("call priority 3 5", "call priority|3|5");
}

TEST(options_anywhere)
{
	means("-j task show", "task show|json");
	means("task -j show", "task show|json");
	means("task show -j", "task show|json");
	means("task show meter -jp", "task show|meter|json|pretty");
	means("task --pretty show", "task show|json|pretty");
	means("--data x call cat", "call run|cat|data=x");
	means("call --data x cat", "call run|cat|data=x");
	means("call run --data x cat --async", "call run|cat|data=x|async=");
	means("call cat --async --data x", "call run|cat|async=|data=x");
	means("call --raw reap 3", "call reap|3|raw=");
	means("call reap 3 quiet --raw", "call reap|3|quiet=|raw=");
	means("call cat q", "call run|cat|quiet=");
	means("task pause --wait meter", "task pause|meter|wait=");
	means("budget set --reserve 1M memory", "budget set|memory|reserve=1M");
	means("call set --priority 5 3", "call set|3|priority=5");
	means("task del --version", "task del|version");
}

TEST(values_of_options)
{
	means("call cat --data=hello", "call run|cat|data=hello");
	means("call cat --data=", "call run|cat|data=");
	means("call cat --data ''", "call run|cat|data=");
	means("call cat --data=a=b", "call run|cat|data=a=b");
	means("call cat --dat x", "call run|cat|data=x");
	means("call cat --k x", "call run|cat|key=x");
	means("call cat --data --async", "call run|cat|data=--async");
	means("call cat --data -40", "call run|cat|data=-40");
	/* Also where its name has no dashes. */
	means("call cat data -40", "call run|cat|data=-40");
	means("call cat data --help", "call run|cat|data=--help");
	means("call cat data -- async", "call run|cat|data=--|async=");
	refused("call cat --data", "--data: its value is missing", "");
	refused("call cat data", "data: its value is missing", "");
	refused("call cat --async=yes", "--async takes no value", "");
	refused("task show --json=yes", "--json takes no value", "");
}

TEST(the_end_of_options)
{
	means("-- call cat", "call run|cat");
	means("task add -- -x/one.task", "task add|-x/one.task");
	means("stats -- --help", "stats|--help");
	means("stats -- --", "stats|--");
	means("task pause meter -- wait", "task pause|meter|wait=");
	refused("task pause meter -- --wait", "'--wait' is too much", "wait");
	refused("--", "an object is missing", "");
}

/* Behind -- a call has words of its own, whatever they look like. */
TEST(words_of_a_call)
{
	means("call cat -- one two", "call run|cat|one|two");
	means("call run cat -- one two", "call run|cat|one|two");
	means("call run show -- -x", "call run|show|-x");
	means("call cat --", "call run|cat");
	means("call cat -- data --async", "call run|cat|data|--async");
	means("call cat -- -x --help -j '' -- --", "call run|cat|-x|--help|-j||--|--");
	means("call cat --data x async -- data y", "call run|cat|data|y|data=x|async=");
	means("-j call cat -- -p", "call run|cat|-p|json");
	means("call -- cat data", "call run|cat|data");
	means("-- call run cat quiet", "call run|cat|quiet");
	/* One that follows an option is its value. */
	means("call cat data -- -- -x", "call run|cat|-x|data=--");
	means("call cat quiet -- quiet", "call run|cat|quiet|quiet=");
	means("call --", "call show");
	refused("call run --", "the name of a task is missing", "");
	refused("call reap 3 -- 4", "'4' is too much", "");
	refused("call show 3 -- 4", "'4' is too much", "");
}

TEST(last_of_two_counts)
{
	struct cli_line line = parse("call cat --timeout 1s --timeout 2s");

	CHECK(!*line.error);
	CHECK(!strcmp(line_value(&line, "timeout"), "2s"));
	CHECK(line_has(&line, "timeout") && !line_has(&line, "runtime"));
	CHECK(!line_value(&line, "runtime"));
	line_free(&line);
}

TEST(unknown_options)
{
	refused("call cat --fast", "'--fast' is no option of call run", "");
	refused("call cat --dta x", "'--dta' is no option of call run", "--data");
	refused("call cat --tiemout=3s", "'--tiemout' is no option of call run", "--timeout");
	refused("task pause x --wiat", "'--wiat' is no option of task pause", "--wait");
	refused("--jsno task show", "'--jsno' is no option", "--json");
	refused("call cat --d x", "'--d' begins --data and --deadline: write out which", "");
	refused("call cat -x", "'-x' is no option", "");
	refused("call cat -jx", "'-x' is no option", "");
	refused("call cat -f", "'-f' is no option", "");
	refused("-f call cat", "'--follow' is no option of call run", "");
	refused("logs since 5m", "'5m' is too much", "");
	refused("call cat d x", "'d' begins data and deadline: write out which", "");
	/* Known, but not to this command. */
	refused("task show --data x", "'--data' is no option of task show", "");
	refused("--data x task show", "'--data' is no option of task show", "");
	refused("call show 3 --raw", "'--raw' is no option of call show", "");
	refused("call --async", "'--async' is no option of call show", "");
	/* What is new is never without dashes: it could be a word of an old script. */
	refused("call cat raw", "'raw' is too much: words for its program stand behind --", "");
}

TEST(too_many_words)
{
	refused("task show a b", "'b' is too much", "");
	refused("task del a b", "'b' is too much", "");
	refused("task add a b", "'b' is too much", "");
	refused("task resume a wait", "'wait' is too much", "");
	refused("task pause a wiat", "'wiat' is too much", "wait");
	refused("call show 3 4", "'4' is too much", "");
	refused("env show 3 4", "'4' is too much", "");
	refused("budget show cpu memory", "'memory' is too much", "");
	refused("budget set cpu 1 2", "'2' is too much", "");
	refused("stats a b", "'b' is too much", "");
	refused("doctor now", "'now' is too much", "");
	refused("why 3 4", "'4' is too much", "");
	refused("help task add now", "'now' is too much", "");
	refused("call cat hello", "'hello' is too much: words for its program stand behind --", "");
	refused("call cat asinc", "'asinc' is too much: words for its program stand behind --", "async");
	refused("call cat ''", "'' is too much: words for its program stand behind --", "");
	/* Perhaps it was to be a command. */
	refused("call cancle 5", "'5' is too much: words for its program stand behind --", "call cancel");
	refused("call shwo 5", "'5' is too much: words for its program stand behind --", "call show");
}

TEST(missing_words)
{
	refused("task add", "a task file is missing", "");
	refused("task pause", "the name of a task is missing", "");
	refused("task pause --wait", "the name of a task is missing", "");
	refused("call cancel", "a call's id is missing", "");
	refused("call run", "the name of a task is missing", "");
	refused("call priority 3", "a priority is missing", "");
	refused("env del", "an environment's id is missing", "");
	refused("budget del", "a token is missing", "");
	refused("why", "a call's id is missing", "");
	refused("-j", "an object is missing", "");
}

TEST(unknown_objects_and_commands)
{
	refused("valve", "there is no object 'valve'", "");
	refused("tsak show", "there is no object 'tsak'", "task");
	refused("buget", "there is no object 'buget'", "budget");
	refused("''", "there is no object ''", "");
	refused("task fly", "task has no command 'fly'", "");
	refused("task shwo", "task has no command 'shwo'", "show");
	refused("task puase x", "task has no command 'puase'", "pause");
	refused("task dlete x", "task has no command 'dlete'", "delete");
	refused("task ''", "task has no command ''", "");
	refused("budget s", "'s' begins show and set: write out which", "");
}

/* The first mistake is said; all that follows is still looked at. */
TEST(wrong_and_json)
{
	struct cli_line line = parse("task fly --nothing -j");

	CHECK(line.json && line.lost);
	CHECK(!strcmp(line.error, "task has no command 'fly'"));
	line_free(&line);
}

TEST(help_is_asked_for)
{
	means("--help", "|help");
	means("task --help", "task|help");
	means("task add --help", "task add|help");
	means("-h task add", "task add|help");
	means("call --help", "call|help");
	means("call meter --help", "call run|meter|help");
	means("call cancel -h", "call cancel|help");
	means("task del meter --help", "task del|meter|help");
	means("why --help", "why|help");
	means("call cat -- --help", "call run|cat|--help");
}

/*
 * The table
 */

static int table_size(void)
{
	const struct cli_object *object;
	const struct cli_command *command;
	const struct cli_option *option;
	int size = 0;

	for (option = cli_globals; option->name; option++)
		size++;
	for (object = cli_objects; object->name; object++) {
		size++;
		for (command = object->commands; command->run; command++)
			for (option = command->options;
			     option && option->name; option++)
				size++;
	}
	return size;
}

TEST(the_table_is_sound)
{
	const struct cli_object *object;
	const struct cli_command *command;
	const struct cli_option *option, *other;
	const struct cli_command *c;

	/* Room for all names and options at once, in line.c. */
	CHECK(table_size() < 64);
	for (object = cli_objects; object->name; object++) {
		CHECK(object->commands->run);
		CHECK(object->help || !object->commands->name);
		/* Only one that has no name; and then it is alone. */
		for (command = object->commands; command->run; command++) {
			CHECK(command->help);
			CHECK(command->name || command == object->commands);
			CHECK(command->name || !command[1].run);
			option = command->options;
			for (; option && option->name; option++) {
				CHECK(option->help);
				/* getopt knows it before the command is known. */
				for (other = cli_globals; other->name; other++) {
					CHECK(strcmp(other->name, option->name));
					CHECK(!option->letter ||
					      option->letter != other->letter);
				}
				for (c = object->commands; c->run; c++)
					for (other = c->options;
					     other && other->name; other++)
						CHECK(strcmp(other->name, option->name) ||
						      !other->value == !option->value);
			}
		}
	}
}

static struct cli_line asked;

static void show_help(void)
{
	help_of(&asked);
}

static void show_all_help(void)
{
	help_all(stdout);
}

static char *help_for(const char *text)
{
	char *help;

	asked = parse(text);
	help = printed_on(STDOUT_FILENO, show_help);
	line_free(&asked);
	return help;
}

static void check_width(const char *text)
{
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		if (strcspn(text, "\n") > 80)
			ktap_fail("wider than 80: %.*s",
				  (int)strcspn(text, "\n"), text);
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);
	const char *at;

	for (at = strstr(text, word); at; at = strstr(at + 1, word))
		if ((at == text || !isalnum((unsigned char)at[-1])) &&
		    !isalnum((unsigned char)at[len]) && at[len] != '-')
			return true;
	return false;
}

static void check_has(const char *where, const char *text, const char *word)
{
	if (!has_word(text, word))
		ktap_fail("%s lacks %s", where, word);
}

TEST(help_has_all_of_the_table)
{
	char *all = printed_on(STDOUT_FILENO, show_all_help), *help;
	const struct cli_object *object;
	const struct cli_command *command;
	const struct cli_option *option;
	char path[LINE_PATH], line[128];

	check_width(all);
	for (object = cli_objects; object->name; object++) {
		check_has("help", all, object->name);
		for (command = object->commands; command->run; command++) {
			line_path(object, command, path);
			snprintf(line, sizeof(line), "%s --help", path);
			help = help_for(line);
			check_width(help);
			if (command->name) {
				check_has("help", all, command->name);
				check_has(path, help, command->name);
			}
			for (option = command->options;
			     option && option->name; option++)
				check_has(path, help, option->name);
			free(help);
		}
		if (object->commands->name) {
			snprintf(line, sizeof(line), "%s --help", object->name);
			help = help_for(line);
			check_width(help);
			for (command = object->commands; command->run;
			     command++)
				check_has(object->name, help, command->name);
			free(help);
		}
	}
	free(all);
}

TEST(help_of_what_is_known)
{
	char *help = help_for("task add --help");

	CHECK(!strncmp(help, "usage: sluice task add FILE\n", 28));
	free(help);
	help = help_for("task --help");
	CHECK(!strncmp(help, "usage: sluice task COMMAND", 26));
	free(help);
	help = help_for("--help");
	CHECK(!strncmp(help, "usage: sluice OBJECT", 20));
	free(help);
	help = help_for("call meter --help");
	CHECK(strstr(help, "usage: sluice call [run] TASK [OPTION...] [-- WORD...]\n") == help);
	free(help);
	help = help_for("task del meter --help");
	CHECK(strstr(help, "cannot be shortened"));
	free(help);
}

/*
 * Manual page and completion
 */

static char *contents(const char *path)
{
	char *text = calloc(1, 1 << 17);
	FILE *file = fopen(path, "r");

	CHECK(text && file);
	CHECK(fread(text, 1, (1 << 17) - 1, file) < (1 << 17) - 1);
	fclose(file);
	return text;
}

/* ".It Cm task add", ".It Cm why", ".It Cm call Ar TASK" for what needs no command */
static void check_entry(const char *page, const struct cli_object *object,
			const struct cli_command *command)
{
	char entry[128], path[LINE_PATH];

	snprintf(entry, sizeof(entry), ".It Cm %s",
		 command == object->other ? "call Ar TASK" :
		 line_path(object, command, path));
	check_has("the manual page", page, entry);
}

TEST(the_manual_page_has_all_of_the_table)
{
	char *page = contents("../docs/man/sluice.8"), entry[64];
	const struct cli_object *object;
	const struct cli_command *command;
	const struct cli_option *option;

	for (object = cli_objects; object->name; object++)
		for (command = object->commands; command->run; command++) {
			check_entry(page, object, command);
			option = command->options;
			for (; option && option->name; option++) {
				snprintf(entry, sizeof(entry), "%s%s",
					 option->plain ? "Cm " : "Fl -",
					 option->name);
				check_has("the manual page", page, entry);
			}
		}
	for (option = cli_globals; option->help; option++) {
		snprintf(entry, sizeof(entry), "Fl %c , -%s", option->letter,
			 option->name);
		check_has("the manual page", page, entry);
	}
	free(page);
}

TEST(the_completion_has_all_of_the_table)
{
	char *text = contents("../agent/completion/sluice"), name[64];
	const struct cli_object *object;
	const struct cli_command *command;
	const struct cli_option *option;

	for (object = cli_objects; object->name; object++) {
		check_has("the completion", text, object->name);
		for (command = object->commands; command->run; command++) {
			if (command->name)
				check_has("the completion", text, command->name);
			option = command->options;
			for (; option && option->name; option++) {
				snprintf(name, sizeof(name), "%s%s",
					 option->plain ? "" : "--",
					 option->name);
				check_has("the completion", text, name);
			}
		}
	}
	for (option = cli_globals; option->help; option++) {
		snprintf(name, sizeof(name), "--%s", option->name);
		check_has("the completion", text, name);
	}
	free(text);
}
