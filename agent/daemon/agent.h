/* SPDX-License-Identifier: GPL-2.0-only */
/* sluiced: what its parts share. One thread, one event loop. */
#ifndef SLUICE_AGENT_H
#define SLUICE_AGENT_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "snl.h"
#include "taskfile.h"

/* Messages go to stderr with the journal's level in front. */
#define say(level, format, ...) \
	fprintf(stderr, level format "\n", ##__VA_ARGS__)
#define say_error(format, ...)	say(SD_ERR, format, ##__VA_ARGS__)
#define say_warning(format, ...) say(SD_WARNING, format, ##__VA_ARGS__)
#define say_info(format, ...)	say(SD_INFO, format, ##__VA_ARGS__)

#define ERROR_SIZE	512

struct task;
struct env;
struct usage;

struct agent {
	sd_event *event;
	/* Requests; the module knows the agent by this socket. */
	struct snl_conn *control;
	/* What environments are to be made and unmade. */
	struct snl_conn *news;
	const char *config_dir;
	/* Of the command line; NULL: our own. */
	const char *cgroup_dir;
	struct taskconf conf;
	struct task *tasks;
	/* Called when a task that was known has become another. */
	void	(*task_changed)(struct agent *agent, const char *task);
	struct env *envs;
	/* Set when they are to be looked at again, as the last time failed. */
	sd_event_source *look;
	struct usage *usage;
	/* The directory that holds the environments' cgroups, open. */
	int	cgroup;
	char	cgroup_path[512];
	/* sluice-init, open. */
	int	init;
	const char *init_path;
};

#endif /* SLUICE_AGENT_H */
