// SPDX-License-Identifier: GPL-2.0-only
/*
 * sluice task run, sluice env enter: look inside. What is found there is what a call
 * finds, as it is made by the same program; and no program in there finds anything of
 * who looks.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "buses.h"
#include "fail.h"
#include "line.h"
#include "netns.h"
#include "objects.h"
#include "out.h"
#include "relay.h"
#include "request.h"
#include "stage.h"
#include "take.h"
#include "taskopen.h"
#include "users.h"

#define CONFIG	"/etc/sluice/sluice.conf"
#define CGROUPS	"/sys/fs/cgroup"
#define SHELL	"/bin/sh"
#define PATH_SIZE (sizeof(TASKFILE_DIR) + SLUICE_NAME_SIZE + 16)
/* What a shell says of one that was ended by it. */
#define KILLED	(128 + SIGKILL)
/* Until a first process is gone whose namespace is being emptied. */
#define GONE_MS	1000
/* How long an interface takes to come back, and more. */
#define RETURN_LOOKS	1000
#define RETURN_LOOK_USEC 10000

/* Behind all that has a meaning for us; @own before them. NULL: too many. */
static char *const *words_of(const struct cli_line *line, char *const *own,
			     size_t given)
{
	static char *words[ORDER_WORDS];
	size_t count = 0, i;

	for (i = 0; own[i] && count < ORDER_WORDS; i++)
		words[count++] = own[i];
	for (i = given; i < line->word_count && count < ORDER_WORDS; i++)
		words[count++] = (char *)line->words[i];
	if (count < ORDER_WORDS)
		return words;
	fail_usage("more than %d words", ORDER_WORDS - 1);
	return NULL;
}

static char *const shell[] = { SHELL, NULL };
static char *const nothing[] = { NULL };

/* Its exit status is ours. */
static int status_of(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run(struct stage *stage, struct relay *relay, int ending, int *status)
{
	int ret = relay_open(relay);

	if (ret)
		return ret;
	stage->relay = relay;
	stage->launch.stdio = relay->given;
	ret = stage_start(stage);
	relay_given(relay);
	if (!ret)
		*status = relay_run(relay, stage->pid, ending);
	return ret;
}

/* As the shell has it: whoever is told to end says so by his end. */
static int say_end(const struct stage *stage, const struct relay *relay,
		   const char *name, int ret)
{
	if (relay->ended_by)
		return 128 + relay->ended_by;
	if (ret && *stage->error)
		fail(NULL, "%s: %s", name, stage->error);
	return ret;
}

/*
 * A place like an environment of the task
 */

static int read_file(const char *path, struct taskfile **task,
		     char error[TASKFILE_ERROR])
{
	struct stat st;
	FILE *file;
	int ret = taskopen(path, &file, &st, error);

	return ret ? ret : taskfile_read(file, path, task, error);
}

static int load(const char *name, struct taskfile **task)
{
	char path[PATH_SIZE], error[TASKFILE_ERROR], same[SLUICE_NAME_SIZE];
	int ret;

	snprintf(path, sizeof(path), "%s/%s%s", TASKFILE_DIR, name,
		 TASKFILE_SUFFIX);
	if (taskfile_name(path, same) || strcmp(same, name) != 0)
		return fail_usage("'%s' is not the name of a task", name);
	ret = read_file(path, task, error);
	if (!ret)
		return CLI_OK;
	fail(NULL, "%s", error);
	return ret == -ENOENT ? CLI_REFUSED : CLI_USAGE;
}

/* Nobody but the agent gives one. */
static int find_user(const char *name, unsigned int *user)
{
	struct users *users = NULL;
	struct taskconf conf = { 0 };
	char error[TASKFILE_ERROR];
	uint32_t base;
	int ret = taskconf_load(CONFIG, &conf, error);

	base = conf.uid_base;
	taskconf_free(&conf);
	if (ret) {
		fail(NULL, "%s", error);
		return CLI_USAGE;
	}
	if (base) {
		fail(NULL, "sluice.conf: uid-base: no task has a user of its own");
		return CLI_REFUSED;
	}
	ret = users_open(USERS_PATH, &users);
	if (!ret)
		ret = users_find(users, name, user);
	users_free(users);
	if (!ret)
		return CLI_OK;
	fail(fail_errno(ret), ret == -ENOENT ?
	     "%s has no user yet: sluiced gives it one when it sees its file" :
	     "%s: its user is not known: see " USERS_PATH, name);
	return CLI_REFUSED;
}

/* Of these its cgroup keeps it to its part, or nobody does. */
static bool is_quantity(const char *resource)
{
	static const char * const quantities[] = {
		"memory", "cpu", "pids", "disk", "network",
	};
	size_t i;

	for (i = 0; i < sizeof(quantities) / sizeof(quantities[0]); i++)
		if (!strcmp(quantities[i], resource))
			return true;
	return false;
}

/* No call, so none is kept out: whoever looks has to know. */
static void warn_of_tokens(const struct taskfile *task)
{
	size_t i;

	for (i = 0; i < task->needs_count; i++) {
		const char *resource = task->needs[i].resource;

		if (!is_quantity(resource))
			fprintf(stderr, "sluice: %s: takes no %s: a call may have it at the same time, see sluice task drain\n",
				task->name, resource);
	}
	fflush(stderr);
}

static int limit(struct stage *stage, int place, char name[CGROUP_VISIT])
{
	const char *which = "its cgroup";
	int ret;

	stage->launch.cgroup = cgroup_make_visit(place, name);
	ret = stage->launch.cgroup;
	if (ret >= 0)
		ret = cgroup_limit(stage->launch.cgroup, stage->limits, &which);
	if (ret >= 0) {
		/* Where nobody can keep it to that, the agent has said so. */
		cgroup_limit_disk(stage->launch.cgroup, stage->limits);
		return CLI_OK;
	}
	fail(fail_errno(ret), "%s: %s", which, strerror(-ret));
	return CLI_REFUSED;
}

/* As the agent does after a call. */
static void give_back(const struct taskfile *task, int network)
{
	char buses[BUSES_SIZE];
	int looks;

	buses_of(task, buses);
	if (network >= 0)
		netns_empty(network);
	for (looks = 0; !buses_are_back(buses); looks++) {
		if (looks == RETURN_LOOKS) {
			fail(NULL, "%s: has not come back: does a process that was started still run?",
			     buses + 1);
			return;
		}
		usleep(RETURN_LOOK_USEC);
	}
}

static int run_task(struct taskfile *task, char *const *words)
{
	const struct cgroup_limits limits = cgroup_limits_of(task);
	int place = cgroup_open_place(), status = 0, ret;
	char visit[CGROUP_VISIT] = "";
	struct relay relay;
	struct stage stage;

	if (place < 0) {
		fail(NULL, "there is no place for environments: sluiced makes it");
		return CLI_REFUSED;
	}
	ret = stage_open(&stage, ORDER_WAY_SHOW, task);
	stage.launch.words = words;
	stage.limits = &limits;
	if (!ret)
		ret = find_user(task->name, &stage.launch.number);
	if (!ret)
		ret = limit(&stage, place, visit);
	if (!ret) {
		warn_of_tokens(task);
		ret = run(&stage, &relay, SIGKILL, &status);
		relay_close(&relay);
		ret = say_end(&stage, &relay, task->name, ret);
	}
	if (*visit)
		cgroup_end_visit(place, visit);
	give_back(task, stage.network);
	stage_close(&stage);
	close(place);
	return ret ? ret : status_of(status);
}

int task_run(const struct cli_line *line)
{
	struct taskfile *task = NULL;
	char *const *words = NULL;
	int ret = stage_needs_root();

	if (!ret)
		ret = load(line->words[0], &task);
	if (ret)
		return ret;
	if (!line_has(line, "shell"))
		words = words_of(line, task->argv, 1);
	else
		words = words_of(line, line->word_count > 1 ? nothing : shell, 1);
	if (!line_has(line, "shell") && task->kind == SLUICE_KIND_SERVE)
		ret = fail_usage("%s serves calls, of which there is none here: look around with --shell",
				 task->name);
	else
		ret = words ? run_task(task, words) : CLI_USAGE;
	taskfile_free(task);
	return ret;
}

/*
 * An environment
 */

/**
 * struct there - the one that is entered
 * @task: its task as the file is now, or NULL: there is none that is good
 * @pid: its first process, and a pidfd of it
 */
struct there {
	uint64_t id;
	struct taskfile *task;
	pid_t	pid;
	int	pidfd;
};

static bool is_gone(const struct there *there, int patience)
{
	struct pollfd fds = { .fd = there->pidfd, .events = POLLIN };

	return poll(&fds, 1, patience) > 0;
}

static int not_there(const struct there *there, const char *why)
{
	fail(NULL, "environment %ju: %s", (uintmax_t)there->id, why);
	return CLI_REFUSED;
}

static int find(struct there *there)
{
	char path[PATH_SIZE], error[TASKFILE_ERROR];
	struct json_object *env;
	struct snl_conn *conn;
	int ret = request_open(&conn);

	if (ret)
		return ret;
	env = object_one(conn, request_id32(conn, SLUICE_CMD_ENV_GET,
					    SLUICE_A_ENV_ID, there->id), &ret);
	snl_close(conn);
	if (!env)
		return fail_status(ret);
	there->pid = (pid_t)out_number(env, "pid");
	snprintf(path, sizeof(path), "%s/%s%s", TASKFILE_DIR, out_string(env, "task"),
		 TASKFILE_SUFFIX);
	read_file(path, &there->task, error);
	json_object_put(env);
	if (there->pid > 0)
		there->pidfd = (int)syscall(SYS_pidfd_open, there->pid, 0);
	return there->pidfd >= 0 ? CLI_OK :
	       not_there(there, "has no process: it is not made yet, or has ended");
}

/* Its cgroup, which says that it is that one: the number may be another process's by now. */
static int open_cgroup(const struct there *there, int *cgroup)
{
	char path[PATH_MAX], line[PATH_MAX] = "", end[32];
	size_t len, end_len;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", there->pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file) && strncmp(line, "0::", 3))
		;
	if (file)
		fclose(file);
	len = strcspn(line, "\n");
	line[len] = '\0';
	end_len = (size_t)snprintf(end, sizeof(end), "/env-%ju",
				   (uintmax_t)there->id);
	if (len < 3 + end_len || strcmp(line + len - end_len, end) != 0 ||
	    is_gone(there, 0))
		return not_there(there, "has ended");
	snprintf(path, sizeof(path), CGROUPS "%.4000s", line + 3);
	*cgroup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *cgroup >= 0 ? CLI_OK : not_there(there, strerror(errno));
}

/* Who was killed in there did not mean to end. */
static int say_killed(const struct there *there, int status)
{
	if (status != KILLED)
		return status;
	if (is_gone(there, GONE_MS))
		fail(NULL, "environment %ju: has ended", (uintmax_t)there->id);
	else
		fail(NULL, "environment %ju: the program was killed; so is all in there when a call ends",
		     (uintmax_t)there->id);
	return status;
}

static int enter(struct there *there, char *const *words)
{
	struct relay relay = { 0 };
	struct stage stage;
	int status = 0, ret = stage_open(&stage, ORDER_WAY_ENTER, there->task);
	char name[32];

	stage.launch.number = (unsigned int)there->pid;
	stage.launch.words = words;
	stage.launch.given[ORDER_FD_DOOR - ORDER_FD] = dup(there->pidfd);
	if (!ret)
		ret = open_cgroup(there, &stage.launch.cgroup);
	if (!ret) {
		snprintf(name, sizeof(name), "environment %ju",
			 (uintmax_t)there->id);
		ret = run(&stage, &relay, SIGTERM, &status);
		relay_close(&relay);
		if (ret || relay.ended_by)
			ret = say_end(&stage, &relay, name, ret);
		else
			ret = say_killed(there, status_of(status));
	}
	stage_close(&stage);
	return ret;
}

int env_enter(const struct cli_line *line)
{
	struct there there = { .pidfd = -1 };
	char *const *words = words_of(line, line->word_count > 1 ? nothing : shell, 1);
	int ret = take_id32(line, &there.id);

	if (!ret && !words)
		ret = CLI_USAGE;
	if (!ret)
		ret = stage_needs_root();
	if (!ret)
		ret = find(&there);
	if (!ret)
		ret = enter(&there, words);
	if (there.pidfd >= 0)
		close(there.pidfd);
	taskfile_free(there.task);
	return ret;
}
