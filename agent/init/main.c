// SPDX-License-Identifier: GPL-2.0-only
#include "init.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "inside.h"
#include "log.h"
#include "order.h"

_Static_assert(INIT_SOCKETS >= TASKFILE_ITEMS, "there is room for all sockets");

static int run(const struct inside *inside, const struct init *init)
{
	if (!inside->visit)
		return inside->kind == SLUICE_KIND_SERVE ? serve_main(init) :
							   runner_main(init);
	return strcmp(inside->visit, ORDER_WAY_LOOK) ? show_main(init) :
						       look_main(init);
}

int inside(const struct inside *inside)
{
	const struct init init = {
		.door = inside->door,
		.sockets = inside->sockets,
		.argv = inside->argv,
		.variables = inside->variables,
		.keep = inside->reuse == TASKFILE_REUSE_ALWAYS,
		.once = inside->reuse == TASKFILE_REUSE_NEVER,
		.no_failed = inside->reuse == TASKFILE_REUSE_AFTER_SUCCESS,
	};
	sigset_t set;

	if (!init.argv[0])
		return 2;
	/* So that no program of ours can look into us, or take our door. */
	prctl(PR_SET_DUMPABLE, 0);
	/* We are attached: from here on we outlive the agent, but no operator. */
	if (!inside->visit)
		prctl(PR_SET_PDEATHSIG, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	fcntl(init.door, F_SETFD, FD_CLOEXEC);
	if (inside->log >= 0)
		fcntl(inside->log, F_SETFD, FD_CLOEXEC);
	log_begin(inside->log);
	return run(inside, &init);
}
