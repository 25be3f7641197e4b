// SPDX-License-Identifier: GPL-2.0-only
#include "hold.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "module.h"
#include "place.h"

#define LOOK_USEC	50000

/* What ends already has its time: asked once more it would be killed. */
static bool end_some(struct module *module)
{
	struct module_envs *envs;
	size_t i, count;

	if (module_list_envs(module, &envs)) {
		say_error("asking for environments: %s", module_error(module));
		return false;
	}
	count = envs->count;
	for (i = 0; i < count; i++)
		if (envs->env[i].state != SLUICE_ENV_STATE_RETIRING)
			module_delete_env(module, envs->env[i].id);
	free(envs);
	return count;
}

/*
 * Their programs get SIGTERM, and SIGKILL when the task's grace is over, by the module;
 * how long we wait for that is up to who has asked us to end.
 */
static void end_all(void)
{
	struct module *module;

	if (!module_open(&module))
		while (end_some(module))
			usleep(LOOK_USEC);
	module_close(module);
}

int hold_main(void)
{
	char error[ERROR_SIZE];
	sigset_t ends;
	int signal;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	mkdir("/run/sluice", 0755);
	if (place_hold(error)) {
		say_error("%s", error);
		return 1;
	}
	sd_notify(0, "READY=1\nSTATUS=holding the place of environments");
	sigwait(&ends, &signal);
	sd_notify(0, "STOPPING=1\nSTATUS=ending environments");
	end_all();
	place_let_go();
	return 0;
}
