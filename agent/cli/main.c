// SPDX-License-Identifier: GPL-2.0-only
/* sluice: control and observe Sluice. */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "out.h"
#include "units.h"

static const char help[] =
"usage: sluice [-j[p]] OBJECT COMMAND ...\n"
"  task    show [NAME] | add FILE | del NAME | check FILE\n"
"          pause NAME [wait] | resume NAME | drain NAME [keep] [wait]\n"
"  call    TASK [--data TEXT | --file PATH] [--async] [--nonblock]\n"
"               [--priority N] [--timeout TIME] [--runtime TIME]\n"
"               [--deadline TIME] [--key KEY] [--trace HEX]\n"
"          show [ID] | reap ID | cancel ID | run TASK ...\n"
"          set ID priority N | set ID deadline TIME | priority ID N\n"
"  env     show [ID] | del ID\n"
"  budget  show [RESOURCE] | set RESOURCE AMOUNT [reserve AMOUNT] | del TOKEN\n"
"  why     CALL        why a call waits, or how it ended\n"
"  monitor [TASK...]   what happens, as it happens\n"
"  stats   [COUNTER]\n"
"  doctor              is everything there that Sluice needs?\n"
"  -j JSON, -p pretty JSON, -V version, -h this\n"
"Words may be shortened. TIME is 200ms, 30s, 5m, 1h; AMOUNT is 256M of memory,\n"
"1.5 or 200m of CPU, a count of anything else. Exit status: 0, 1 wrong usage or\n"
"file, 2 refused, 3 a call ended as anything but done, 4 the module is missing.\n";

static const struct cli_command objects[] = {
	{ "task", cmd_task },
	{ "call", cmd_call },
	{ "env", cmd_env },
	{ "budget", cmd_budget },
	{ "why", cmd_why },
	{ "monitor", cmd_monitor },
	{ "stats", cmd_stats },
	{ "doctor", cmd_doctor },
	{ NULL, NULL }
};

void cli_error(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("sluice: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

int cli_usage(const char *format, ...)
{
	va_list args;

	fputs("sluice: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("; see sluice -h\n", stderr);
	return CLI_USAGE;
}

const struct cli_command *cli_find(const struct cli_command *commands,
				   const char *word)
{
	const struct cli_command *c;

	for (c = commands; c->name; c++)
		if (!strncmp(c->name, word, strlen(word)))
			return c;
	return NULL;
}

int cli_run(const char *object, const struct cli_command *commands,
	    char **words)
{
	const struct cli_command *command;

	if (!words[0])
		return commands->run(words);
	command = *words[0] ? cli_find(commands, words[0]) : NULL;
	if (!command)
		return cli_usage("%s has no command '%s'", object, words[0]);
	return command->run(words + 1);
}

int cli_status(int ret)
{
	if (!ret)
		return CLI_OK;
	return ret == -EINVAL || ret == -ERANGE ? CLI_USAGE : CLI_REFUSED;
}

int cli_open(struct snl_conn **ret_conn)
{
	int ret = snl_open(ret_conn);

	if (!ret)
		return CLI_OK;
	cli_error("%s", snl_error(*ret_conn));
	snl_close(*ret_conn);
	return ret == -ENOENT ? CLI_ABSENT : CLI_REFUSED;
}

int cli_send(struct snl_conn *conn, struct nl_msg *msg)
{
	int ret = snl_send(conn, msg, NULL, NULL);

	if (ret)
		cli_error("%s%s", snl_error(conn),
			  ret == -EPERM ? ": this needs root" : "");
	snl_close(conn);
	return cli_status(ret);
}

int cli_end(char **words)
{
	return words[0] ? cli_usage("'%s' is too much", words[0]) : CLI_OK;
}

int cli_number(const char *what, const char *word, uint64_t *number)
{
	if (!word)
		return cli_usage("%s is missing", what);
	if (units_parse_count(word, number))
		return cli_usage("%s '%s' is not a number", what, word);
	return CLI_OK;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "pretty", no_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ "Version", no_argument, NULL, 'V' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	const struct cli_command *object;
	int option;

	/* +: what follows the object is the command's own. */
	while ((option = getopt_long(argc, argv, "+jphV", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			out_json = true;
			break;
		case 'p':
			out_json = out_pretty = true;
			break;
		case 'V':
			puts("sluice " SLUICE_VERSION);
			return CLI_OK;
		case 'h':
			fputs(help, stdout);
			return CLI_OK;
		default:
			fputs(help, stderr);
			return CLI_USAGE;
		}
	}
	if (!argv[optind]) {
		fputs(help, stderr);
		return CLI_USAGE;
	}
	if (!strcmp(argv[optind], "help")) {
		fputs(help, stdout);
		return CLI_OK;
	}
	object = *argv[optind] ? cli_find(objects, argv[optind]) : NULL;
	if (!object)
		return cli_usage("there is no object '%s'", argv[optind]);
	return object->run(argv + optind + 1);
}
