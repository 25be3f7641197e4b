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

static struct module_envs *list(struct module *module)
{
	struct module_envs *envs;

	if (!module_list_envs(module, &envs))
		return envs;
	say_error("asking for environments: %s", module_error(module));
	return NULL;
}

static bool any_of(const struct module_envs *these, const struct module_envs *now)
{
	size_t i, j;

	for (i = 0; i < these->count; i++)
		for (j = 0; j < now->count; j++)
			if (these->env[i].id == now->env[j].id)
				return true;
	return false;
}

/*
 * Their programs get SIGTERM, and SIGKILL when the task's grace is over, by the module;
 * how long we wait for that is up to who has asked us to end. What an agent makes
 * meanwhile is not ours to end: its call would have been for nothing.
 */
static void end_those(struct module *module, const struct module_envs *these)
{
	struct module_envs *now;
	bool some = true;
	size_t i;

	for (i = 0; i < these->count; i++)
		module_delete_env(module, these->env[i].id);
	while (some) {
		usleep(LOOK_USEC);
		now = list(module);
		some = now && any_of(these, now);
		free(now);
	}
}

static void end_all(void)
{
	struct module_envs *these = NULL;
	struct module *module;

	if (!module_open(&module))
		these = list(module);
	if (these)
		end_those(module, these);
	free(these);
	module_close(module);
}

int hold_main(void)
{
	char error[ERROR_SIZE];
	sigset_t ends;
	int which;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	/* Meant for the agent, which has the same name. */
	signal(SIGHUP, SIG_IGN);
	mkdir("/run/sluice", 0755);
	if (place_hold(error)) {
		say_error("%s", error);
		return 1;
	}
	sd_notify(0, "READY=1\nSTATUS=holding the place of environments");
	sigwait(&ends, &which);
	sd_notify(0, "STOPPING=1\nSTATUS=ending environments");
	end_all();
	place_let_go();
	return 0;
}
