// SPDX-License-Identifier: GPL-2.0-only
#include "names.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "say.h"
#include "trail.h"

/* What a file is replaced with is there in one step, or soon after. */
#define SETTLE_USEC	50000
/* Files of the process that looks. */
#define LOOK_INOTIFY	3
#define LOOK_STATUS	4
#define EVENTS	(IN_CREATE | IN_MOVED_TO | IN_ONLYDIR | IN_MASK_ADD)
/* Folders of one environment; more are there by somebody's intent. */
#define PLACES_MAX	128

enum what {
	PLACE,		/* it watches that folder now */
	BLIND,		/* it cannot: for that reason */
	OTHER,		/* that data is another file now; the last that is said */
	MANY,		/* there would be too many places, by that data; the last */
	ALL,		/* it has told of all places that there are; the last */
};

/**
 * struct said - what a process that looks tells
 * @number: of the watch; of the data; errno
 * @name: of what is looked for in the folder
 */
struct said {
	enum what what;
	int	number;
	char	name[NAME_MAX + 1];
};

/* A folder and what is looked for in it. */
struct place {
	struct place *next;
	int	wd;
	char	name[];
};

/**
 * struct names_env - the files of one environment
 * @pid: of its pid 1
 * @places: where it was looked last
 * @seen: where it is looked now, so far
 * @child: who looks, as a pidfd; -1 for nobody
 * @status: from him
 * @timer: until somebody looks again
 * @again: something has changed while somebody looked
 */
struct names_env {
	struct names *names;
	struct names_env *next;
	pid_t	pid;
	const struct taskfile *task;
	names_changed_fn fn;
	void	*arg;
	struct place *places;
	struct place *seen;
	int	child;
	int	status;
	sd_event_source *reader;
	sd_event_source *timer;
	bool	again;
};

/**
 * struct names - one file of inotify for all, of which a user can have few
 * @lookers: who look, or have not been reaped
 * @lost: one of them was ended, and may have watched what nobody knows
 * @many: the task of which was said last that it has too many places
 */
struct names {
	sd_event *event;
	int	inotify;
	sd_event_source *source;
	struct names_env *envs;
	unsigned int lookers;
	bool	lost;
	char	many[SLUICE_NAME_SIZE];
};

/*
 * The process that looks
 */

static void tell(enum what what, int number, const char *name)
{
	struct said said = { .what = what, .number = number };

	snprintf(said.name, sizeof(said.name), "%s", name);
	if (write(LOOK_STATUS, &said, sizeof(said)) != sizeof(said))
		_exit(1);
	if (what == OTHER || what == MANY)
		_exit(0);
}

static void watch_folder(const char *folder, const char *name, void *arg)
{
	static unsigned int count;
	static bool blind;
	int wd;

	if (++count > PLACES_MAX)
		tell(MANY, *(int *)arg, "");
	wd = inotify_add_watch(LOOK_INOTIFY, folder, EVENTS);
	if (wd >= 0) {
		tell(PLACE, wd, name);
	} else if (!blind && (errno == ENOSPC || errno == ENOMEM)) {
		blind = true;
		tell(BLIND, errno, "");
	}
}

/* What the environment has there. */
static bool find_inside(pid_t pid, const char *target, struct stat *st)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT };
	char path[32];
	int root, fd;

	snprintf(path, sizeof(path), "/proc/%d/root", pid);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	fd = (int)syscall(SYS_openat2, root, target, &how, sizeof(how));
	return fd >= 0 && !fstat(fd, st);
}

static void look(const struct names_env *env)
{
	const struct taskfile *task = env->task;
	struct stat now, was;
	int i;

	for (i = 0; i < (int)task->data_count; i++) {
		const struct taskfile_mount *data = &task->data[i];

		/* A folder is one, whatever happens in it. What is missing may come. */
		if (!trail_walk(data->source, NULL, NULL, NULL, &now) &&
		    S_ISDIR(now.st_mode))
			continue;
		/* First watched, then looked at: no change is missed in between. */
		if (!trail_walk(data->source, NULL, watch_folder, &i, &now) &&
		    find_inside(env->pid, data->target, &was) &&
		    (now.st_dev != was.st_dev || now.st_ino != was.st_ino))
			tell(OTHER, i, "");
	}
}

/* Nothing of the agent's may be held by one who waits for long. */
static void become_looker(const struct names_env *env, int status)
{
	const int high = LOOK_STATUS + 1;
	int inotify = fcntl(env->names->inotify, F_DUPFD, high);

	status = fcntl(status, F_DUPFD, high);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(inotify, LOOK_INOTIFY) < 0 || dup2(status, LOOK_STATUS) < 0 ||
	    syscall(SYS_close_range, high, ~0U, 0))
		_exit(1);
	look(env);
	tell(ALL, 0, "");
	_exit(0);
}

/*
 * The agent's side
 */

static void start(struct names_env *env);

static bool has(const struct place *place, int wd, const char *name)
{
	for (; place; place = place->next)
		if (place->wd == wd && (!name || !strcmp(place->name, name)))
			return true;
	return false;
}

static bool has_place(const struct names_env *env, int wd, const char *name)
{
	return has(env->places, wd, name) || has(env->seen, wd, name);
}

static void add_seen(struct names_env *env, const struct said *said)
{
	struct place *place;

	if (has(env->seen, said->number, said->name))
		return;
	place = malloc(sizeof(*place) + strlen(said->name) + 1);
	if (!place)
		return;
	place->wd = said->number;
	strcpy(place->name, said->name);
	place->next = env->seen;
	env->seen = place;
}

static bool is_watched(const struct names *names, int wd)
{
	const struct names_env *env;

	for (env = names->envs; env; env = env->next)
		if (has_place(env, wd, NULL))
			return true;
	return false;
}

/* Somebody may be about to say that he watches just that: he looks again. */
static void stop_watching(struct names *names, int wd)
{
	struct names_env *env;

	inotify_rm_watch(names->inotify, wd);
	for (env = names->envs; env; env = env->next)
		env->again = env->again || env->child >= 0;
}

/* What was somebody's, and maybe is somebody else's. */
static void drop_places(struct names *names, struct place *places)
{
	struct place *place;

	while ((place = places)) {
		places = place->next;
		if (!has(places, place->wd, NULL) && !is_watched(names, place->wd))
			stop_watching(names, place->wd);
		free(place);
	}
}

/* The watches that there are, whoever made them. */
static void drop_lost(struct names *names)
{
	char path[64], line[512];
	FILE *file;
	int wd;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", names->inotify);
	file = fopen(path, "re");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "inotify wd:%x", (unsigned int *)&wd) == 1 &&
		    !is_watched(names, wd))
			stop_watching(names, wd);
	fclose(file);
}

static void end_look(struct names_env *env)
{
	if (env->child < 0)
		return;
	env->reader = sd_event_source_disable_unref(env->reader);
	close(env->status);
	/* He may have ended, and been reaped: not by his number. */
	syscall(SYS_pidfd_send_signal, env->child, SIGKILL, NULL, 0);
	close(env->child);
	env->child = -1;
}

/* Where it is looked from now on. */
static void settle(struct names_env *env)
{
	struct place *was = env->places;

	env->places = env->seen;
	env->seen = NULL;
	drop_places(env->names, was);
	if (env->again)
		start(env);
}

/* It is looked where it was before. */
static void break_off(struct names_env *env)
{
	struct place *seen = env->seen;

	env->names->lost = true;
	env->seen = NULL;
	drop_places(env->names, seen);
	say_warning("changes of the data of %s may not be seen: who looks there ended",
		    env->task->name);
	if (env->again)
		start(env);
}

static void say_many(struct names_env *env, const char *which)
{
	struct names *names = env->names;

	if (!strcmp(names->many, env->task->name))
		return;
	snprintf(names->many, sizeof(names->many), "%s", env->task->name);
	say_warning("%s: %s and the data before it lead through more than %d folders, which are not watched: each call gets a new environment",
		    names->many, which, PLACES_MAX);
}

static void take(struct names_env *env, const struct said *said)
{
	const char *which = said->what == OTHER || said->what == MANY ?
			    env->task->data[said->number].source : NULL;

	if (said->what == PLACE) {
		add_seen(env, said);
		return;
	}
	if (said->what == BLIND) {
		say_warning("changes of the data of %s are not seen: %s",
			    env->task->name, strerror(said->number));
		return;
	}
	end_look(env);
	if (!which) {
		settle(env);
		return;
	}
	if (said->what == MANY)
		say_many(env, which);
	env->fn(which, env->arg);
}

static int heard(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct names_env *env = userdata;
	struct said said;
	ssize_t n = read(fd, &said, sizeof(said));

	(void)source;
	(void)events;
	if (n == sizeof(said)) {
		take(env, &said);
	} else if (n >= 0 || (errno != EAGAIN && errno != EINTR)) {
		end_look(env);
		break_off(env);
	}
	return 0;
}

/* Reap it, whenever that is: now it watches nothing more. */
static int ended(sd_event_source *source, const siginfo_t *info, void *userdata)
{
	struct names *names = userdata;

	(void)info;
	names->lookers--;
	if (names->lost)
		drop_lost(names);
	names->lost = names->lost && names->lookers;
	sd_event_source_unref(source);
	return 0;
}

static int try_start(struct names_env *env)
{
	sd_event *event = env->names->event;
	int status[2], ret;
	pid_t pid;

	if (pipe2(status, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	pid = fork();
	if (!pid) {
		/* What it has to say it waits for us to read. */
		fcntl(status[1], F_SETFL, 0);
		become_looker(env, status[1]);
	}
	env->child = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
	ret = env->child < 0 ? -errno : 0;
	close(status[1]);
	if (pid > 0 &&
	    sd_event_add_child(event, NULL, pid, WEXITED, ended, env->names) >= 0)
		env->names->lookers++;
	/* With nobody to hear him he ends when he speaks. */
	if (ret) {
		env->names->lost = true;
		close(status[0]);
		return ret;
	}
	env->status = status[0];
	ret = sd_event_add_io(event, &env->reader, env->status, EPOLLIN, heard,
			      env);
	if (ret < 0) {
		env->names->lost = true;
		end_look(env);
	}
	return ret < 0 ? ret : 0;
}

static void start(struct names_env *env)
{
	int ret;

	env->again = false;
	ret = try_start(env);
	if (ret)
		say_warning("changes of the data of %s are not seen: %s",
			    env->task->name, strerror(-ret));
}

static int look_again(sd_event_source *source, uint64_t now, void *userdata)
{
	struct names_env *env = userdata;

	(void)source;
	(void)now;
	env->timer = sd_event_source_disable_unref(env->timer);
	if (env->child >= 0)
		env->again = true;
	else
		start(env);
	return 0;
}

static void look_soon(struct names_env *env)
{
	if (!env->timer)
		sd_event_add_time_relative(env->names->event, &env->timer,
					   CLOCK_MONOTONIC, SETTLE_USEC, 0,
					   look_again, env);
}

static void forget_folder(struct place **at, int wd)
{
	struct place *place;

	while ((place = *at)) {
		if (place->wd != wd) {
			at = &place->next;
			continue;
		}
		*at = place->next;
		free(place);
	}
}

static void handle(struct names *names, const struct inotify_event *event)
{
	struct names_env *env;

	for (env = names->envs; env; env = env->next) {
		/* Some were lost, or the folder has gone. */
		bool all = event->mask & (IN_Q_OVERFLOW | IN_IGNORED);

		if (event->mask & IN_Q_OVERFLOW || has_place(env, event->wd,
		    all ? NULL : event->len ? event->name : ""))
			look_soon(env);
		if (event->mask & IN_IGNORED) {
			forget_folder(&env->places, event->wd);
			forget_folder(&env->seen, event->wd);
		}
	}
}

static int changed(sd_event_source *source, int fd, uint32_t events,
		   void *userdata)
{
	struct names *names = userdata;
	_Alignas(struct inotify_event) char data[4096];
	ssize_t n = read(fd, data, sizeof(data));
	const struct inotify_event *event;
	char *at;

	(void)source;
	(void)events;
	for (at = data; n > 0 && at < data + n;
	     at += sizeof(*event) + event->len) {
		event = (const struct inotify_event *)at;
		handle(names, event);
	}
	return 0;
}

struct names_env *names_watch(struct names *names, pid_t pid,
			      const struct taskfile *task,
			      names_changed_fn fn, void *arg)
{
	struct names_env *env;

	if (!task->data_count)
		return NULL;
	env = calloc(1, sizeof(*env));
	if (!env) {
		say_warning("changes of the data of %s are not seen: %s",
			    task->name, strerror(ENOMEM));
		return NULL;
	}
	*env = (struct names_env){ .names = names, .pid = pid, .task = task,
				   .child = -1, .fn = fn, .arg = arg, .next = names->envs };
	names->envs = env;
	start(env);
	return env;
}

void names_env_free(struct names_env *env)
{
	struct names_env **at;
	struct names *names;

	if (!env)
		return;
	names = env->names;
	for (at = &names->envs; *at != env; at = &(*at)->next)
		;
	*at = env->next;
	names->lost = names->lost || env->child >= 0;
	end_look(env);
	sd_event_source_disable_unref(env->timer);
	drop_places(names, env->places);
	drop_places(names, env->seen);
	free(env);
}

int names_new(sd_event *event, struct names **ret_names)
{
	struct names *names = calloc(1, sizeof(*names));
	int ret;

	*ret_names = NULL;
	if (!names)
		return -ENOMEM;
	names->event = event;
	names->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	ret = names->inotify < 0 ? -errno :
	      sd_event_add_io(event, &names->source, names->inotify, EPOLLIN,
			      changed, names);
	if (ret < 0) {
		names_free(names);
		return ret;
	}
	*ret_names = names;
	return 0;
}

void names_free(struct names *names)
{
	if (!names)
		return;
	sd_event_source_disable_unref(names->source);
	if (names->inotify >= 0)
		close(names->inotify);
	free(names);
}
