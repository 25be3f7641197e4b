// SPDX-License-Identifier: GPL-2.0-only
/* No call, no worker: one program, with the terminal or the pipes of an operator. */
#include "init.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session.h"

int show_main(const struct init *init)
{
	pid_t program = fork(), pid;
	int status = 0, fd;

	if (!program)
		_exit(session_run(init->argv, init->variables));
	if (program < 0) {
		dprintf(STDERR_FILENO, "%s: %s\n", init->argv[0], strerror(errno));
		return 1;
	}
	/* Their end is that of those who use them. */
	for (fd = 0; fd < init->door; fd++)
		close(fd);
	do {
		pid = wait(&status);
	} while (pid != program && (pid > 0 || errno == EINTR));
	return session_status(status);
}
