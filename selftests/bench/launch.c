// SPDX-License-Identifier: GPL-2.0-only
// build: lib/count.c lib/series.c -Ilib -D_GNU_SOURCE
/*
 * usage: launch each|row|drained NAME COUNT [--fork] [--rewind FD] COMMAND...
 * What it takes to run a program, from vfork (or fork) and exec to its end. --rewind: it
 * reads an open file, from the beginning each time.
 */
#include "series.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct launch {
	char	**command;
	bool	fork;
	int	rewind;
};

static void run(void *arg)
{
	const struct launch *launch = arg;
	pid_t child;
	int status;

	if (launch->rewind >= 0)
		lseek(launch->rewind, 0, SEEK_SET);
	child = launch->fork ? fork() : vfork();
	if (!child) {
		execv(launch->command[0], launch->command);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status) {
		fprintf(stderr, "%s: cannot be run, or fails\n", launch->command[0]);
		exit(1);
	}
}

static char **options(struct launch *launch, char **words)
{
	launch->rewind = -1;
	for (; *words; words++) {
		if (!strcmp(*words, "--fork"))
			launch->fork = true;
		else if (!strcmp(*words, "--rewind") && words[1])
			launch->rewind = atoi(*++words);
		else
			break;
	}
	return words;
}

int main(int argc, char **argv)
{
	struct launch launch = { 0 };

	if (argc > 4)
		launch.command = options(&launch, argv + 4);
	if (argc < 5 || !launch.command[0]) {
		fprintf(stderr, "usage: launch each|row|drained NAME COUNT [--fork] [--rewind FD] COMMAND...\n");
		return 2;
	}
	series(argv[1], argv[2], run, &launch, (unsigned int)atoi(argv[3]));
	return 0;
}
