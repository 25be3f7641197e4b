// SPDX-License-Identifier: GPL-2.0-only
/* sluiced: provisions environments for the module's calls. One thread, one loop. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "budget.h"
#include "cgroup.h"
#include "collect.h"
#include "enforce.h"
#include "files.h"
#include "guarantee.h"
#include "hold.h"
#include "launch.h"
#include "life.h"
#include "make.h"
#include "module.h"
#include "place.h"
#include "program.h"
#include "say.h"
#include "tasks.h"
#include "users.h"
#include "watch.h"

#define CONFIG_DIR	"/etc/sluice"
#define STATE_DIR	"/var/lib/sluice"

/**
 * struct agent - what there is of it
 * @config_dir: task files and sluice.conf
 * @init_path: of sluice-init
 * @cgroup_dir: of the command line; NULL: our own
 * @held: the one that is held
 * @check: only look whether the configuration can be read
 * @hold: only hold a place, see hold.h
 */
struct agent {
	const char *config_dir;
	const char *init_path;
	const char *cgroup_dir;
	bool	held;
	bool	check;
	bool	hold;
	char	folder[PATH_MAX];
	struct taskconf conf;
	sd_event *event;
	sd_event_source *collector;
	sd_event_source *collector_again;
	bool	collector_failed;
	struct module_watch *module_watch;
	struct module *module;
	struct program *program;
	struct enforce *enforce;
	struct tasks *tasks;
	struct watch *watch;
	struct maker maker;
	struct users *users;
	struct life *life;
	struct guarantee *guarantee;
};

/*
 * Start
 */

static int open_program(struct agent *agent)
{
	int fd = open(agent->init_path, O_RDONLY | O_CLOEXEC), ret = -errno;

	agent->maker.zygote.program = fd;
	if (fd >= 0)
		return 0;
	say_error("%s: %s", agent->init_path, strerror(errno));
	return ret;
}

static int make_folders(void)
{
	mkdir("/run/sluice", 0755);
	if (!mkdir(ORDER_ROOT, 0755) || errno == EEXIST)
		return 0;
	say_error(ORDER_ROOT ": %s", strerror(errno));
	return -errno;
}

/* What was known stays when it cannot be read. */
static int read_config(struct agent *agent)
{
	char path[PATH_MAX], error[TASKFILE_ERROR];
	struct taskconf conf = { 0 };
	int ret;

	snprintf(path, sizeof(path), "%s/sluice.conf", agent->config_dir);
	snprintf(agent->folder, sizeof(agent->folder), "%s/tasks",
		 agent->config_dir);
	ret = taskconf_load(path, &conf, error);
	if (ret) {
		say_error("%s", error);
		return ret;
	}
	taskconf_free(&agent->conf);
	agent->conf = conf;
	return 0;
}

static int place_lost(sd_event_source *source, int fd, uint32_t events,
		      void *userdata)
{
	struct agent *agent = userdata;

	(void)source;
	(void)fd;
	(void)events;
	say_error("who held the place of environments has ended");
	return sd_event_exit(agent->event, -ESRCH);
}

/* Without it no environment can be made: calls wait for the next agent, and its place. */
static int watch_holder(struct agent *agent, pid_t holder)
{
	int fd = (int)syscall(SYS_pidfd_open, holder, 0);
	int ret = fd < 0 ? -errno :
		  sd_event_add_io(agent->event, NULL, fd, EPOLLIN, place_lost,
				  agent);

	if (ret < 0)
		say_error("who holds the place of environments: %s",
			  strerror(-ret));
	return ret < 0 ? ret : 0;
}

/*
 * The collector of who holds the place; where nobody does, one that we have started,
 * or an agent before us, and that outlives us.
 */

static int collect(sd_event_source *timer, uint64_t usec, void *userdata);

static int collect_again(struct agent *agent)
{
	return sd_event_add_time_relative(agent->event, &agent->collector_again,
					  CLOCK_MONOTONIC, 1000000, 0, collect,
					  agent);
}

static int collector_ended(sd_event_source *source, int fd, uint32_t events,
			   void *userdata)
{
	struct agent *agent = userdata;

	(void)fd;
	(void)events;
	say_warning(COLLECT_ENDED);
	sd_event_source_disable_unref(source);
	agent->collector = NULL;
	return collect_again(agent);
}

/* Environments are made without it, too. That it failed is said once. */
static int collect(sd_event_source *timer, uint64_t usec, void *userdata)
{
	struct agent *agent = userdata;
	char error[ERROR_SIZE];
	bool failed = agent->collector_failed;
	int fd;

	(void)timer;
	(void)usec;
	agent->collector_again = sd_event_source_unref(agent->collector_again);
	fd = collect_join(error);
	agent->collector_failed = fd < 0;
	if (fd < 0) {
		if (!failed)
			say_warning(COLLECT_FAILED, error);
		return collect_again(agent);
	}
	if (sd_event_add_io(agent->event, &agent->collector, fd, EPOLLIN,
			    collector_ended, agent) < 0)
		close(fd);
	else
		sd_event_source_set_io_fd_own(agent->collector, true);
	return 0;
}

static void start_collector(struct agent *agent, bool held)
{
	if (!held)
		collect(NULL, 0, agent);
	else if (!collect_there())
		say_warning(COLLECT_FAILED,
			    "nobody collects it: systemctl restart sluice-environments");
}

/*
 * A range that was chosen for each environment of an earlier version to have another
 * user stays in force, but then nothing that a task keeps can be its own.
 */
static int open_users(struct agent *agent)
{
	int ret;

	if (agent->conf.uid_base)
		say_warning("sluice.conf: uid-base: environments of a task have different users by turns; without it each task has its own");
	mkdir(STATE_DIR, 0755);
	ret = users_open(USERS_PATH, &agent->users);
	if (ret)
		say_error(USERS_PATH ": %s", ret == -EBADMSG ?
			  "expected TASK NUMBER in each line, of each one, from 1879048192 to 2147352575" :
			  strerror(-ret));
	return ret;
}

/* What there is without the module. */
static int prepare(struct agent *agent)
{
	const char *asked = agent->conf.cgroup ? agent->conf.cgroup :
			    agent->cgroup_dir;
	char error[ERROR_SIZE];
	int ret;

	pid_t holder = 0;

	agent->maker.place = !asked && agent->held ?
			     place_open_held(&holder, error) :
			     place_open(asked, error);
	if (agent->maker.place < 0) {
		say_error("%s", error);
		return agent->maker.place;
	}
	if (holder && watch_holder(agent, holder))
		return -ESRCH;
	ret = open_program(agent);
	if (!ret)
		ret = make_folders();
	if (ret)
		return ret;
	ret = cgroup_note_place(agent->maker.place);
	if (ret)
		say_warning("noting the place of environments: %s: sluice task run does not find it",
			    strerror(-ret));
	start_collector(agent, holder);
	return open_users(agent);
}

static int open_module(struct agent *agent)
{
	int ret = module_open(&agent->module);

	if (ret)
		say_error("%s", module_error(agent->module));
	return ret;
}

static enum module_source source_of(const struct program *program, int place)
{
	if (!program_counts_waits(program))
		return files_tell_waits(place) ? MODULE_SOURCE_FILES :
						 MODULE_SOURCE_NONE;
	return program_counts_for_us(program) ? MODULE_SOURCE_MAPS :
						MODULE_SOURCE_EBPF;
}

static int become_agent(struct agent *agent)
{
	int ret = module_become_agent(agent->module,
				      source_of(agent->program,
						agent->maker.place));

	if (ret)
		say_error("becoming the agent: %s", module_error(agent->module));
	return ret;
}

static void task_changed(const char *task, void *arg)
{
	struct agent *agent = arg;
	uint32_t user;

	/* Who looks inside before any call is the same; if it cannot be, a call is told. */
	if (agent->users && tasks_find(agent->tasks, task))
		users_of(agent->users, task, &user);
	if (agent->life)
		life_task_changed(agent->life, task);
}

static int start_tasks(struct agent *agent)
{
	agent->tasks = tasks_new(agent->module);
	if (!agent->tasks)
		return -ENOMEM;
	return watch_start(agent->event, agent->folder, agent->tasks,
			   task_changed, agent, &agent->watch);
}

static int start_life(struct agent *agent)
{
	const struct life_parts parts = {
		.event = agent->event, .module = agent->module,
		.watch = agent->watch, .maker = &agent->maker,
		.program = agent->program, .enforce = agent->enforce,
		.users = agent->users,
		.uid_base = agent->conf.uid_base,
	};
	int ret = life_start(&parts, &agent->life);

	if (ret)
		say_error("environments: %s", module_error(agent->module));
	return ret;
}

/*
 * In this order: nothing is touched until the module has made sure that no other
 * agent runs, and what it then tells us is looked at when all else is there.
 */
static int start(struct agent *agent)
{
	int ret = open_module(agent);

	if (!ret)
		ret = become_agent(agent);
	if (ret)
		return ret;
	agent->enforce = enforce_start(agent->maker.place);
	agent->program = program_start(agent->maker.place,
				       module_has_btf(agent->module));
	/* Whether it counts is known only now. */
	if (agent->program)
		ret = become_agent(agent);
	if (!ret)
		ret = budget_apply(agent->module, &agent->conf);
	if (!ret)
		ret = start_tasks(agent);
	if (!ret)
		ret = start_life(agent);
	/* Its news come with those of environments. */
	return ret ? ret : guarantee_start(agent->event, agent->module,
					   agent->maker.place,
					   &agent->guarantee);
}

/* In good order: the module is told that nobody counts any more. */
static void leave(struct agent *agent)
{
	guarantee_stop(agent->guarantee);
	agent->guarantee = NULL;
	life_stop(agent->life);
	agent->life = NULL;
	program_stop(agent->program);
	agent->program = NULL;
	if (agent->module)
		become_agent(agent);
}

/* Environments and tasks stay as they are. */
static void end(struct agent *agent)
{
	guarantee_stop(agent->guarantee);
	agent->guarantee = NULL;
	life_stop(agent->life);
	agent->life = NULL;
	zygote_stop(&agent->maker.zygote);
	watch_stop(agent->watch);
	agent->watch = NULL;
	tasks_free(agent->tasks);
	agent->tasks = NULL;
	program_stop(agent->program);
	agent->program = NULL;
	enforce_stop(agent->enforce);
	agent->enforce = NULL;
	module_close(agent->module);
	agent->module = NULL;
}

#define AT_WORK "STATUS=provisioning environments"

/* One that is loaded again knows nothing of us, nor of any task. */
static void module_came_or_went(bool loaded, void *arg)
{
	struct agent *agent = arg;
	int ret;

	end(agent);
	if (!loaded) {
		say_warning("the module was unloaded: waiting for it");
		sd_notify(0, "STATUS=waiting for the module");
		return;
	}
	say_info("the module is loaded");
	ret = start(agent);
	if (ret)
		sd_event_exit(agent->event, ret);
	else
		sd_notify(0, AT_WORK);
}

/*
 * Signals
 */

static int stop(sd_event_source *source, const struct signalfd_siginfo *info,
		void *userdata)
{
	struct agent *agent = userdata;

	(void)source;
	(void)info;
	sd_notify(0, "STOPPING=1");
	return sd_event_exit(agent->event, 0);
}

static int reload(sd_event_source *source, const struct signalfd_siginfo *info,
		  void *userdata)
{
	struct agent *agent = userdata;
	uint64_t now = 0;

	(void)source;
	(void)info;
	sd_event_now(agent->event, CLOCK_MONOTONIC, &now);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%ju", (uintmax_t)now);
	if (!read_config(agent) && agent->module)
		budget_apply(agent->module, &agent->conf);
	if (agent->watch)
		watch_look(agent->watch);
	sd_notify(0, "READY=1");
	return 0;
}

static int prepare_loop(struct agent *agent)
{
	static const struct {
		int	signal;
		sd_event_signal_handler_t fn;
	} signals[] = {
		{ SIGTERM, stop }, { SIGINT, stop }, { SIGHUP, reload },
	};
	sigset_t set;
	size_t i;
	int ret;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i].signal);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* See taskopen_written(). */
	signal(SIGIO, SIG_IGN);
	ret = sd_event_default(&agent->event);
	for (i = 0; ret >= 0 && i < sizeof(signals) / sizeof(signals[0]); i++)
		ret = sd_event_add_signal(agent->event, NULL,
					  signals[i].signal, signals[i].fn,
					  agent);
	if (ret >= 0)
		ret = sd_event_set_watchdog(agent->event, true);
	return ret < 0 ? ret : 0;
}

/*
 * The command line
 */

static void usage(FILE *to)
{
	fprintf(to,
		"usage: sluiced [--config DIR] [--init PATH] [--cgroup DIR | --held]\n"
		"       sluiced [--config DIR] --check\n"
		"       sluiced --hold\n"
		"  --config DIR  task files and sluice.conf (" CONFIG_DIR ")\n"
		"  --init PATH   runner inside environments (" LAUNCH_INIT ")\n"
		"  --cgroup DIR  holds the environments' cgroups (cgroup in sluice.conf comes first)\n"
		"  --held        they are below the cgroup that sluiced --hold holds\n"
		"  --hold        hold that until SIGTERM, which ends all environments\n"
		"  --check       look whether sluice.conf and all task files can be read, and end\n");
}

static int parse(struct agent *agent, int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "init", required_argument, NULL, 'i' },
		{ "cgroup", required_argument, NULL, 'g' },
		{ "held", no_argument, NULL, 'd' },
		{ "hold", no_argument, NULL, 'o' },
		{ "check", no_argument, NULL, 'k' },
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
		case 'd':
			agent->held = true;
			break;
		case 'o':
			agent->hold = true;
			break;
		case 'k':
			agent->check = true;
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
		.config_dir = CONFIG_DIR, .init_path = LAUNCH_INIT,
		.maker = { .place = -1, .zygote = { -1, -1, 0 } },
	};
	int ret;

	setvbuf(stderr, NULL, _IOLBF, 0);
	if (parse(&agent, argc, argv))
		return 1;
	if (agent.hold)
		return hold_main();
	if (read_config(&agent))
		return 1;
	if (agent.check)
		return watch_check(agent.folder) ? 1 : 0;
	ret = prepare_loop(&agent);
	agent.maker.event = agent.event;
	if (!ret)
		ret = prepare(&agent);
	if (!ret)
		ret = module_watch(agent.event, module_came_or_went, &agent,
				   &agent.module_watch);
	if (!ret)
		ret = start(&agent);
	if (!ret) {
		sd_notify(0, "READY=1\n" AT_WORK);
		ret = sd_event_loop(agent.event);
		leave(&agent);
	}
	end(&agent);
	module_unwatch(agent.module_watch);
	sd_event_source_disable_unref(agent.collector);
	sd_event_source_disable_unref(agent.collector_again);
	users_free(agent.users);
	taskconf_free(&agent.conf);
	sd_event_unref(agent.event);
	return ret ? 1 : 0;
}
