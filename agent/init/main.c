// SPDX-License-Identifier: GPL-2.0-only
/* sluice-init exec|serve DOOR SOCKETS PROGRAM [ARGUMENT...] */
#include "init.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct init init;
	sigset_t set;

	if (argc < 5)
		return 2;
	init = (struct init){ .door = atoi(argv[2]), .sockets = atoi(argv[3]),
			      .argv = argv + 4 };
	if (init.sockets < 0 || init.sockets > INIT_SOCKETS)
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
	fcntl(init.door, F_SETFD, FD_CLOEXEC);
	return strcmp(argv[1], "serve") ? runner_main(&init) :
					  serve_main(&init);
}
