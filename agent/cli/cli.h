/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands of the CLI share. */
#ifndef SLUICE_CLI_CLI_H
#define SLUICE_CLI_CLI_H

#include <stddef.h>
#include <stdint.h>

#include "snl.h"

enum cli_status {
	CLI_OK,
	CLI_USAGE,	/* the command line or a file is wrong */
	CLI_REFUSED,	/* the kernel or the system refused */
	CLI_CALL,	/* a call ended as anything but done */
	CLI_ABSENT,	/* the module is not loaded */
};

/* @words: what follows the command's name; ends with NULL. */
struct cli_command {
	const char *name;
	int (*run)(char **words);
};

/* The command that @word is, or begins; the first of several. NULL: none. */
const struct cli_command *cli_find(const struct cli_command *commands,
				   const char *word);
/* Run the command of @object that the first word names; none: the first. */
int cli_run(const char *object, const struct cli_command *commands,
	    char **words);

/* "sluice: ..." on stderr */
__attribute__((format(printf, 1, 2)))
void cli_error(const char *format, ...);
/* The same, and CLI_USAGE. */
__attribute__((format(printf, 1, 2)))
int cli_usage(const char *format, ...);

/* CLI_OK, or an error was printed. */
int cli_open(struct snl_conn **ret_conn);
/* The exit status for what an snl_ function or errno returned. */
int cli_status(int ret);
/* Send, print the kernel's reason if it refused, and close. */
int cli_send(struct snl_conn *conn, struct nl_msg *msg);
/* No further words, or CLI_USAGE. */
int cli_end(char **words);
int cli_number(const char *what, const char *word, uint64_t *number);

int cmd_task(char **words);
int cmd_call(char **words);
int cmd_env(char **words);
int cmd_budget(char **words);
int cmd_monitor(char **words);
int cmd_why(char **words);
int cmd_stats(char **words);
int cmd_doctor(char **words);

#endif /* SLUICE_CLI_CLI_H */
