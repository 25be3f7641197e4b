// SPDX-License-Identifier: GPL-2.0-only
#include "session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* As shells have them. */
#define CANNOT_RUN	126
#define NOT_FOUND	127
#define SIGNALLED	128

int session_run(char *const *words, char *const *variables)
{
	sigset_t none;
	int err;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	/* Without a terminal none is to become his: see init/exec.c. */
	if (!isatty(0)) {
		setpgid(0, 0);
	} else {
		setsid();
		ioctl(0, TIOCSCTTY, 0);
	}
	/* Looked for by the PATH of our own variables. */
	environ = (char **)variables;
	execvp(words[0], words);
	err = errno;
	dprintf(2, "%s: %s\n", words[0], strerror(err));
	return err == ENOENT ? NOT_FOUND : CANNOT_RUN;
}

int session_status(int status)
{
	return WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) :
				     WEXITSTATUS(status);
}
