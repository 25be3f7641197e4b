// SPDX-License-Identifier: GPL-2.0-only
#include "hold.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "buses.h"
#include "cgroup.h"
#include "collect.h"
#include "module.h"
#include "netns.h"
#include "place.h"

#define LOOK_USEC	50000
/* An interface that is not back by then was unplugged. */
#define RETURN_LOOKS	200
/* Until another collector is started. */
#define AGAIN_MS	1000

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

/* What an agent does for one that has something of the gateway's. */
static void give_back(struct module *module, int place, uint32_t id, bool late)
{
	char buses[BUSES_SIZE];

	buses_noted(place, id, buses);
	if (!*buses)
		return;
	netns_empty_kept(id);
	if (buses_are_back(buses) || late)
		module_env_returned(module, id);
}

/* The agent has ended before us: what it would see to, while they end. */
static void look_after(struct module *module, int place,
		       const struct module_envs *these, bool late)
{
	size_t i;

	for (i = 0; i < these->count; i++) {
		uint32_t id = these->env[i].id;

		if (!cgroup_is_empty(place, id)) {
			if (!these->env[i].pid)
				cgroup_kill(place, id);
			continue;
		}
		give_back(module, place, id, late);
		if (!these->env[i].pid)
			module_env_failed(module, id, "the agent has ended",
					  false);
	}
}

/*
 * Their programs get SIGTERM, and SIGKILL when the task's grace is over, by the module;
 * how long we wait for that is up to who has asked us to end. What an agent makes
 * meanwhile is not ours to end: its call would have been for nothing.
 */
static void end_those(struct module *module, const struct module_envs *these)
{
	struct module_envs *now;
	int place = cgroup_open_place(), looks = 0;
	bool some = true;
	size_t i;

	for (i = 0; i < these->count; i++)
		module_delete_env(module, these->env[i].id);
	while (some) {
		usleep(LOOK_USEC);
		look_after(module, place, these, ++looks > RETURN_LOOKS);
		now = list(module);
		some = now && any_of(these, now);
		free(now);
	}
	if (place >= 0)
		close(place);
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

/* Said once, as it is tried again. */
static int join(void)
{
	static bool said;
	char error[ERROR_SIZE];
	int fd = collect_join(error);

	if (fd < 0 && !said)
		say_warning(COLLECT_FAILED, error);
	said = fd < 0;
	return fd;
}

/* Until we are to end, with somebody who collects what environments say: his end. */
static int wait_for(int signals, int collector)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = collector, .events = POLLIN },
	};

	do {
		if (fds[1].revents) {
			say_warning(COLLECT_ENDED);
			close(fds[1].fd);
			fds[1].fd = -1;
		} else if (fds[1].fd < 0) {
			fds[1].fd = join();
		}
		fds[1].revents = 0;
		poll(fds, 2, fds[1].fd < 0 ? AGAIN_MS : -1);
	} while (!fds[0].revents);
	return fds[1].fd;
}

int hold_main(void)
{
	char error[ERROR_SIZE];
	sigset_t ends;
	int signals, collector;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	/* Meant for the agent, which has the same name. */
	signal(SIGHUP, SIG_IGN);
	signals = signalfd(-1, &ends, SFD_CLOEXEC);
	if (signals < 0) {
		say_error("signalfd: %s", strerror(errno));
		return 1;
	}
	mkdir("/run/sluice", 0755);
	if (place_hold(error)) {
		say_error("%s", error);
		return 1;
	}
	/* Before the agent makes any. */
	collector = join();
	sd_notify(0, "READY=1\nSTATUS=holding the place of environments");
	collector = wait_for(signals, collector);
	sd_notify(0, "STOPPING=1\nSTATUS=ending environments");
	end_all();
	place_let_go();
	collect_leave(collector);
	return 0;
}
