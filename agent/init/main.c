// SPDX-License-Identifier: GPL-2.0-only
/* sluice-init exec|serve DOOR PROGRAM [ARGUMENT...] */
#include "init.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	sigset_t set;
	int door;

	if (argc < 4)
		return 2;
	/* We were started by file descriptor, which gives no name. */
	prctl(PR_SET_NAME, "sluice-init");
	/* So that no program of ours can look into us, or take our door. */
	prctl(PR_SET_DUMPABLE, 0);
	/* We are attached: from here on we outlive the agent. */
	prctl(PR_SET_PDEATHSIG, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	door = atoi(argv[2]);
	fcntl(door, F_SETFD, FD_CLOEXEC);
	if (!strcmp(argv[1], "serve"))
		return serve_run(door, argv + 3);
	return exec_serve(door, argv + 3);
}
