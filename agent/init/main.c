// SPDX-License-Identifier: GPL-2.0-only
#include "init.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "inside.h"
#include "log.h"
#include "tasktypes.h"

static bool is_worker(const char *way)
{
	return !strcmp(way, "exec") || !strcmp(way, "serve");
}

static int run(const char *way, const struct init *init)
{
	if (!strcmp(way, "serve"))
		return serve_main(init);
	if (!strcmp(way, "show"))
		return show_main(init);
	if (!strcmp(way, "look"))
		return look_main(init);
	return runner_main(init);
}

int inside(int argc, char **argv)
{
	struct init init;
	int log, reuse;
	sigset_t set;

	if (argc < 7)
		return 2;
	init = (struct init){ .door = atoi(argv[2]), .sockets = atoi(argv[3]),
			      .argv = argv + 6 };
	log = atoi(argv[4]);
	reuse = atoi(argv[5]);
	init.keep = reuse == TASKFILE_REUSE_ALWAYS;
	init.once = reuse == TASKFILE_REUSE_NEVER;
	init.no_failed = reuse == TASKFILE_REUSE_AFTER_SUCCESS;
	if (init.sockets < 0 || init.sockets > INIT_SOCKETS)
		return 2;
	prctl(PR_SET_NAME, "sluice-init");
	/* So that no program of ours can look into us, or take our door. */
	prctl(PR_SET_DUMPABLE, 0);
	/* We are attached: from here on we outlive the agent, but no operator. */
	if (is_worker(argv[1]))
		prctl(PR_SET_PDEATHSIG, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	fcntl(init.door, F_SETFD, FD_CLOEXEC);
	if (log >= 0)
		fcntl(log, F_SETFD, FD_CLOEXEC);
	log_begin(log);
	return run(argv[1], &init);
}
