// SPDX-License-Identifier: GPL-2.0-only
/* sluice: control and observe Sluice. */
#include <stdio.h>

#include "cli.h"
#include "fail.h"
#include "help.h"
#include "line.h"
#include "out.h"

/* Where help says how it would be right. */
static void see(const struct cli_line *line)
{
	char path[LINE_PATH];

	if (line->object)
		fail_see(line_path(line->object, line->command, path));
}

static int obey(const struct cli_line *line)
{
	if (line->version) {
		puts("sluice " SLUICE_VERSION);
		return CLI_OK;
	}
	if (line->help && !line->lost) {
		help_of(line);
		return CLI_OK;
	}
	see(line);
	if (*line->error)
		return fail_meant(line->error, line->meant);
	return line->command->run(line);
}

int main(int argc, char **argv)
{
	struct cli_line line;
	int ret;

	out_begin();
	if (argc < 2) {
		help_all(stderr);
		return CLI_USAGE;
	}
	line_parse(&line, argc, argv);
	out_json = line.json;
	out_pretty = line.pretty;
	ret = obey(&line);
	line_free(&line);
	return out_end(ret);
}
