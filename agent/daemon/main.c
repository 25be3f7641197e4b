// SPDX-License-Identifier: GPL-2.0-only
/* sluiced: provisions environments for the module's calls. */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "envs.h"
#include "sandbox.h"
#include "tasks.h"
#include "usage.h"

#define CONFIG_DIR	"/etc/sluice"
#define INIT_PATH	"/usr/lib/sluice/sluice-init"

static int read_counter(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	struct nlattr *counter[SLUICE_A_COUNTER_MAX + 1];

	(void)cmd;
	if (attrs[SLUICE_A_STATS_COUNTER] &&
	    !nla_parse_nested(counter, SLUICE_A_COUNTER_MAX,
			      attrs[SLUICE_A_STATS_COUNTER], NULL))
		*(uint64_t *)arg = snl_u64(counter, SLUICE_A_COUNTER_VALUE);
	return 0;
}

static int set_budget(struct agent *agent, const struct taskfile_need *need)
{
	struct nl_msg *msg = snl_request(agent->control,
					 SLUICE_CMD_BUDGET_SET, false);

	if (msg) {
		nla_put_string(msg, SLUICE_A_BUDGET_RESOURCE, need->resource);
		nla_put_u64(msg, SLUICE_A_BUDGET_BUDGET, need->amount);
	}
	return snl_send(agent->control, msg, NULL, NULL);
}

static int set_reserve(struct agent *agent)
{
	struct nl_msg *msg;

	if (!agent->conf.has_memory_reserve)
		return 0;
	msg = snl_request(agent->control, SLUICE_CMD_BUDGET_SET, false);
	if (msg) {
		nla_put_string(msg, SLUICE_A_BUDGET_RESOURCE, "memory");
		nla_put_u64(msg, SLUICE_A_BUDGET_RESERVE,
			    agent->conf.memory_reserve);
	}
	return snl_send(agent->control, msg, NULL, NULL);
}

/*
 * The budget of the configuration is for a module that nobody has set one for:
 * an agent that is started again does not undo what the operator did since.
 */
static int apply_budget(struct agent *agent)
{
	struct nl_msg *msg = snl_request(agent->control, SLUICE_CMD_STATS_GET,
					 false);
	uint64_t changes = 0;
	size_t i;
	int ret;

	if (msg)
		nla_put_string(msg, SLUICE_A_STATS_ONLY, "budget_set");
	ret = snl_send(agent->control, msg, read_counter, &changes);
	if (!ret && !changes)
		ret = set_reserve(agent);
	if (ret)
		say_error("memory-reserve: %s", snl_error(agent->control));
	for (i = 0; !ret && !changes && i < agent->conf.budget_count; i++) {
		ret = set_budget(agent, &agent->conf.budget[i]);
		if (ret)
			say_error("budget of %s: %s",
				  agent->conf.budget[i].resource,
				  snl_error(agent->control));
	}
	return ret;
}

static int become_agent(struct agent *agent)
{
	struct nl_msg *msg = snl_request(agent->control, SLUICE_CMD_AGENT_SET,
					 false);
	int ret;

	if (msg) {
		nla_put_u32(msg, SLUICE_A_AGENT_PID, (uint32_t)getpid());
		nla_put_u32(msg, SLUICE_A_AGENT_WAIT_SOURCE,
			    usage_is_ebpf(agent));
	}
	ret = snl_send(agent->control, msg, NULL, NULL);
	if (ret)
		say_error("becoming the agent: %s", snl_error(agent->control));
	return ret;
}

static int open_module(struct snl_conn **conn)
{
	int ret = snl_open(conn);

	if (ret)
		say_error("%s", snl_error(*conn));
	return ret;
}

static int open_all(struct agent *agent)
{
	char path[512], error[ERROR_SIZE];
	int ret;

	snprintf(path, sizeof(path), "%s/sluice.conf", agent->config_dir);
	ret = taskconf_load(path, &agent->conf, error);
	if (!ret)
		ret = cgroup_open_root(agent, error);
	if (ret) {
		say_error("%s", error);
		return ret;
	}
	agent->init = open(agent->init_path, O_RDONLY | O_CLOEXEC);
	if (agent->init < 0) {
		say_error("%s: %s", agent->init_path, strerror(errno));
		return -errno;
	}
	mkdir("/run/sluice", 0755);
	if (mkdir(SANDBOX_DIR, 0755) && errno != EEXIST) {
		say_error("%s: %s", SANDBOX_DIR, strerror(errno));
		return -errno;
	}
	ret = open_module(&agent->control);
	return ret ? ret : open_module(&agent->news);
}

/*
 * In this order: nothing is touched until the module has made sure that no other
 * agent runs, and what it then tells us is looked at when all else is there.
 */
static int start(struct agent *agent)
{
	int ret = open_all(agent);

	if (!ret)
		ret = become_agent(agent);
	if (!ret)
		ret = usage_start(agent) < 0 ? -ENOMEM : 0;
	/* Whether it counts is known only now. */
	if (!ret && usage_is_ebpf(agent))
		ret = become_agent(agent);
	if (!ret)
		ret = apply_budget(agent);
	if (!ret)
		ret = tasks_start(agent);
	if (!ret)
		ret = envs_start(agent);
	return ret;
}

static int stop(sd_event_source *source, const struct signalfd_siginfo *info,
		void *userdata)
{
	struct agent *agent = userdata;

	(void)source;
	(void)info;
	sd_notify(0, "STOPPING=1");
	usage_stop(agent);
	become_agent(agent);
	return sd_event_exit(agent->event, 0);
}

static int prepare_loop(struct agent *agent)
{
	static const int stops[] = { SIGTERM, SIGINT };
	sigset_t set;
	size_t i;
	int ret;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	ret = sd_event_default(&agent->event);
	for (i = 0; ret >= 0 && i < sizeof(stops) / sizeof(stops[0]); i++)
		ret = sd_event_add_signal(agent->event, NULL, stops[i], stop,
					  agent);
	if (ret >= 0)
		ret = sd_event_set_watchdog(agent->event, true);
	return ret < 0 ? ret : 0;
}

static void usage(FILE *to)
{
	fprintf(to,
		"usage: sluiced [--config DIR] [--init PATH] [--cgroup DIR]\n"
		"  --config DIR  task files and sluice.conf (" CONFIG_DIR ")\n"
		"  --init PATH   runner inside environments (" INIT_PATH ")\n"
		"  --cgroup DIR  holds the environments' cgroups (cgroup in sluice.conf comes first)\n");
}

static int parse(struct agent *agent, int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "init", required_argument, NULL, 'i' },
		{ "cgroup", required_argument, NULL, 'g' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "hV", options, NULL)) >= 0) {
		switch (option) {
		case 'c':
			agent->config_dir = optarg;
			break;
		case 'i':
			agent->init_path = optarg;
			break;
		case 'g':
			agent->cgroup_dir = optarg;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		case 'V':
			printf("sluiced %s\n", SLUICE_VERSION);
			exit(0);
		default:
			usage(stderr);
			return -EINVAL;
		}
	}
	if (optind == argc)
		return 0;
	usage(stderr);
	return -EINVAL;
}

int main(int argc, char **argv)
{
	struct agent agent = {
		.config_dir = CONFIG_DIR, .init_path = INIT_PATH, .cgroup = -1,
		.init = -1, .task_changed = envs_drain,
	};
	int ret;

	setvbuf(stderr, NULL, _IOLBF, 0);
	if (parse(&agent, argc, argv))
		return 1;
	ret = prepare_loop(&agent);
	if (!ret)
		ret = start(&agent);
	if (!ret) {
		sd_notify(0, "READY=1\nSTATUS=provisioning environments");
		ret = sd_event_loop(agent.event);
	}
	usage_stop(&agent);
	envs_stop(&agent);
	tasks_stop(&agent);
	snl_close(agent.control);
	snl_close(agent.news);
	taskconf_free(&agent.conf);
	sd_event_unref(agent.event);
	return ret ? 1 : 0;
}
