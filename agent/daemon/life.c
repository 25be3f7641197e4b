// SPDX-License-Identifier: GPL-2.0-only
#include "life.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ahead.h"
#include "buses.h"
#include "cgroup.h"
#include "measure.h"
#include "names.h"
#include "netns.h"
#include "nodes.h"
#include "peers.h"
#include "say.h"

#define REMOVE_SOON_USEC	1000
#define REMOVE_USEC	50000
#define REMOVE_LATE_USEC 1000000
#define REMOVALS_MAX	100
/* An interface is back at once, by the kernel within a second; one that was unplugged never is. */
#define RETURN_USEC	10000
#define RETURNS_MAX	1000
/* When a recipe is being written, or a cgroup of that number is still there. */
#define AGAIN_USEC	10000
/* News may get lost on the way, or an answer to them. */
#define LOOK_USEC	10000000
#define LOOK_SOON_USEC	1000000
#define MEASURE_USEC	1000000
/* When nothing has run in any of them. */
#define MEASURE_IDLE_USEC 2000000
/* 0 would be a quarter of a second. */
#define ACCURACY_USEC	1000

/**
 * struct env - an environment that we make, made, or adopted
 * @slot: of its counter
 * @task: name
 * @recipe: that it is or was made of; NULL: not known
 * @user: who it is, when it is being made
 * @old: its task has another recipe now
 * @taken: it was begun before it was wanted
 * @cgroup: what eBPF programs know it by; 0 until there is one
 * @cpu_time: what it had used when it was measured
 * @counted: what all that have had its slot have done, as the module was told
 * @pids: how many processes it has, as the module was told
 * @tries: how often it tried what is refused, as the module was told
 * @state: where its task keeps files; -1 where it keeps none
 * @kept: how much that is, as the module was told
 * @make: while it is being made
 * @peers: its connections
 * @nodes: its devices and secrets
 * @names: its data
 * @timer: of the one thing that it waits for, see the functions that set it
 * @why: it could not be made
 * @lacked: for want of something that the gateway is short of
 * @adopted: an earlier agent made it
 * @ending: the module does not know it any more
 * @removals: tries to remove its cgroup
 * @buses: interfaces that it has for itself, see buses.h
 * @moved: it has one of them
 * @returns: how often we looked whether they are back
 */
struct env {
	struct life *life;
	struct env *next;
	uint32_t id;
	uint32_t slot;
	char	task[SLUICE_NAME_SIZE];
	struct recipe *recipe;
	uid_t	user;
	bool	old;
	bool	taken;
	uint64_t cgroup;
	uint64_t cpu_time;
	uint32_t pids;
	uint64_t counted[SUMS_COUNTS];
	uint64_t tries;
	int	state;
	uint64_t kept;
	struct make *make;
	struct peers *peers;
	struct nodes *nodes;
	struct names_env *names;
	sd_event_source *timer;
	char	why[ERROR_SIZE];
	bool	lacked;
	bool	adopted;
	bool	ending;
	int	removals;
	char	buses[BUSES_SIZE];
	bool	moved;
	int	returns;
};

struct life {
	struct life_parts parts;
	struct names *names;
	struct ahead *ahead;
	struct env *envs;
	sd_event_source *look;
	sd_event_source *measure;
	struct measure_realtime realtime;
};

static struct env *find(const struct life *life, uint32_t id, bool ending)
{
	struct env *env;

	for (env = life->envs; env; env = env->next)
		if (env->id == id && env->ending == ending)
			break;
	return env;
}

static struct env *add(struct life *life, const struct module_env *said)
{
	struct env *env = calloc(1, sizeof(*env));

	if (!env)
		return NULL;
	env->life = life;
	env->id = said->id;
	env->slot = said->slot;
	env->state = -1;
	memcpy(env->task, said->task, sizeof(env->task));
	env->next = life->envs;
	life->envs = env;
	return env;
}

static int place_of(const struct env *env)
{
	return env->life->parts.maker->place;
}

/* All that we have of it, but its place in the list. */
static void let_go(struct env *env)
{
	make_cancel(env->make);
	env->make = NULL;
	peers_free(env->peers, env->ending);
	env->peers = NULL;
	nodes_free(env->nodes);
	env->nodes = NULL;
	names_env_free(env->names);
	env->names = NULL;
	if (env->state >= 0)
		close(env->state);
	env->state = -1;
	env->timer = sd_event_source_disable_unref(env->timer);
	program_remove(env->life->parts.program, env->cgroup);
	/* What lives is counted on by the next agent. */
	if (env->ending)
		enforce_remove(env->life->parts.enforce, env->cgroup);
}

static void free_env(struct env *env)
{
	let_go(env);
	recipe_put(env->recipe);
	free(env);
}

static void forget(struct env *env)
{
	struct env **at;

	for (at = &env->life->envs; *at != env; at = &(*at)->next)
		;
	*at = env->next;
	free_env(env);
}

static bool after(struct env *env, uint64_t usec, sd_event_time_handler_t fn)
{
	env->timer = sd_event_source_disable_unref(env->timer);
	return sd_event_add_time_relative(env->life->parts.event, &env->timer,
					  CLOCK_MONOTONIC, usec,
					  ACCURACY_USEC, fn, env) >= 0;
}

/*
 * The end
 */

/*
 * Nothing of it runs any more. Its network may live on by a socket that it gave away. No
 * longer than it takes: one that was unplugged does not come back.
 */
static bool has_returned(struct env *env)
{
	if (*env->buses && netns_empty_kept(env->id))
		say_warning("environment %u of %s: %s: to come back with its network",
			    env->id, env->task, env->buses + 1);
	if (*env->buses && !buses_are_back(env->buses)) {
		if (env->returns++ < RETURNS_MAX)
			return false;
		say_warning("environment %u of %s: %s: has not come back",
			    env->id, env->task, env->buses + 1);
	}
	/* From now on it may be in the next one. */
	env->buses[0] = '\0';
	return true;
}

static int give_back_again(sd_event_source *source, uint64_t now, void *userdata);

/* The module waits for us before it counts on what was held. */
static void give_back(struct env *env)
{
	/* Where the network was not kept its end gives back, and we have its sockets. */
	peers_free(env->peers, true);
	env->peers = NULL;
	if ((!cgroup_is_empty(place_of(env), env->id) || !has_returned(env)) &&
	    after(env, RETURN_USEC, give_back_again))
		return;
	module_env_returned(env->life->parts.module, env->id);
}

static int give_back_again(sd_event_source *source, uint64_t now, void *userdata)
{
	(void)source;
	(void)now;
	give_back(userdata);
	return 0;
}

/* Soon it is only ending, later it is in the kernel for good. */
static uint64_t until_next_try(struct env *env)
{
	int tries = env->removals++;

	if (!tries)
		return REMOVE_SOON_USEC;
	return tries < REMOVALS_MAX ? REMOVE_USEC : REMOVE_LATE_USEC;
}

static int remove_again(sd_event_source *source, uint64_t now, void *userdata);

/*
 * Its cgroup goes, if not now then soon: the last process may still be ending. What it
 * had stands there, for the next agent: so it goes last.
 */
static void clean_up(struct env *env)
{
	env->ending = true;
	let_go(env);
	if (cgroup_is_empty(place_of(env), env->id)) {
		if (!has_returned(env) && after(env, RETURN_USEC, remove_again))
			return;
		if (cgroup_remove(place_of(env), env->id) != -EBUSY) {
			forget(env);
			return;
		}
	}
	if (env->removals > REMOVALS_MAX) {
		forget(env);
		return;
	}
	cgroup_kill(place_of(env), env->id);
	if (!after(env, until_next_try(env), remove_again))
		forget(env);
}

static int remove_again(sd_event_source *source, uint64_t now, void *userdata)
{
	(void)source;
	(void)now;
	clean_up(userdata);
	return 0;
}

/*
 * The beginning
 */

static int give_up_again(sd_event_source *source, uint64_t now, void *userdata);

/*
 * It will not be attached. The module is told when nothing of it is left: until then
 * it has what it was given.
 */
static void give_up(struct env *env)
{
	bool empty = cgroup_is_empty(place_of(env), env->id);

	env->timer = sd_event_source_disable_unref(env->timer);
	if (empty && !has_returned(env) && after(env, RETURN_USEC, give_up_again))
		return;
	if (!empty || cgroup_remove(place_of(env), env->id) == -EBUSY) {
		cgroup_kill(place_of(env), env->id);
		if (after(env, until_next_try(env), give_up_again))
			return;
	}
	module_env_failed(env->life->parts.module, env->id, env->why,
			  env->lacked);
}

static int give_up_again(sd_event_source *source, uint64_t now, void *userdata)
{
	(void)source;
	(void)now;
	give_up(userdata);
	return 0;
}

static void cannot_make(struct env *env, const char *why, bool lacked)
{
	say_error("environment %u of %s: %s", env->id, env->task, why);
	snprintf(env->why, sizeof(env->why), "%s", why);
	env->lacked = lacked;
	give_up(env);
}

static void attached(uint64_t cgroup, void *arg)
{
	struct env *env = arg;
	const struct measure_counts of = {
		env->life->parts.program, place_of(env), env->id, env->slot,
	};

	env->cgroup = cgroup;
	program_add(env->life->parts.program, cgroup, env->slot);
	/* What was before we count is on no bill. */
	measure_counts_now(&of, env->counted);
	measure_counts(env->life->parts.module, &of, env->counted);
	enforce_add(env->life->parts.enforce, cgroup);
}

static void peer_closed(const char *which, void *arg)
{
	struct env *env = arg;

	say_info("environment %u of %s: the other side of %s has gone", env->id,
		 env->task, which);
	module_drain_env(env->life->parts.module, env->id);
}

static void node_changed(const char *which, void *arg)
{
	struct env *env = arg;

	say_info("environment %u of %s: %s is another one now", env->id,
		 env->task, which);
	nodes_free(env->nodes);
	env->nodes = NULL;
	/* Until it is attached it has no call that would be lost. */
	if (env->make && !env->cgroup)
		module_delete_env(env->life->parts.module, env->id);
	else
		module_drain_env(env->life->parts.module, env->id);
}

static void data_changed(const char *which, void *arg)
{
	struct env *env = arg;

	say_info("environment %u of %s: %s is another file now", env->id,
		 env->task, which);
	names_env_free(env->names);
	env->names = NULL;
	module_drain_env(env->life->parts.module, env->id);
}

/* What it is made of, to be noted for the next agent. */
static void describe(const struct env *env, char note[CGROUP_NOTE_SIZE])
{
	snprintf(note, CGROUP_NOTE_SIZE, "%s%s%s %s", env->recipe->version,
		 *env->buses ? BUSES_NOTE : "", env->buses,
		 nodes_are(env->nodes));
}

static void watch_nodes(struct env *env)
{
	env->nodes = nodes_watch(env->life->parts.event, env->recipe->file,
				 node_changed, env);
}

/* What can be seen when it is made. */
static void watch_made(struct env *env, pid_t pid)
{
	env->peers = peers_watch(env->life->parts.event, pid, env->id,
				 env->recipe->file, peer_closed, env);
	env->names = names_watch(env->life->names, pid, env->recipe->file,
				 data_changed, env);
	env->state = measure_open_state(pid, env->recipe->file);
}

/* Its user is that of its slot: see life.h. */
static bool is_of_slot(const struct env *env)
{
	return env->life->parts.uid_base && !env->recipe->file->state_size;
}

static void made(pid_t pid, void *arg)
{
	struct env *env = arg;

	env->make = NULL;
	watch_made(env, pid);
	/* Those of a slot are for whoever has it next. */
	if (!is_of_slot(env) && !env->old)
		ahead_note(env->life->ahead, env->task, env->id, env->recipe,
			   env->user);
}

static int make_again(sd_event_source *source, uint64_t now, void *userdata);

/* What was there before it was wanted may have ended just then: that is not its call's fault. */
static bool begin_again(struct env *env)
{
	if (!env->taken || env->cgroup || env->moved)
		return false;
	env->taken = false;
	nodes_free(env->nodes);
	env->nodes = NULL;
	recipe_put(env->recipe);
	env->recipe = NULL;
	return after(env, REMOVE_SOON_USEC, make_again);
}

static void failed(const char *why, bool lacked, void *arg)
{
	struct env *env = arg;

	env->make = NULL;
	if (begin_again(env))
		return;
	/* Somebody else may have what it did not get. */
	if (!env->moved)
		env->buses[0] = '\0';
	if (lacked)
		ahead_give_way(env->life->ahead);
	cannot_make(env, why, lacked);
}

static void moved(pid_t pid, void *arg)
{
	struct env *env = arg;
	int ret = env->moved ? 0 : netns_keep(env->id, pid);

	env->moved = true;
	if (ret)
		say_warning("environment %u of %s: keeping its network: %s",
			    env->id, env->task, strerror(-ret));
}

static const struct make_ops ops = { moved, attached, made, failed };

static const char *why_no_recipe(int ret)
{
	switch (ret) {
	case -ENOENT:
		return "the agent has no task file of that name";
	case -EINVAL:
		return "its task file has an error: see sluice task check, and the journal of sluiced";
	default:
		return "the agent has no memory";
	}
}

static bool find_user(struct env *env, char error[ERROR_SIZE])
{
	const struct life_parts *parts = &env->life->parts;
	int ret = 0;

	if (is_of_slot(env))
		env->user = parts->uid_base + env->slot;
	else
		ret = users_of(parts->users, env->task, &env->user);
	if (ret)
		snprintf(error, ERROR_SIZE, "noting its user: %s",
			 strerror(-ret));
	return !ret;
}

/* What it is to have an earlier one that the module has forgotten still has. */
static bool bus_is_coming(const struct env *env)
{
	const struct env *other;

	for (other = env->life->envs; other; other = other->next)
		if (other->ending && buses_meet(env->buses, other->buses))
			return true;
	return false;
}

/* What is there was made for it, or is left of an earlier one and ends first. 0 or -EAGAIN. */
static int make_room(struct env *env, const struct recipe *recipe)
{
	int place = place_of(env);

	if (bus_is_coming(env))
		return -EAGAIN;
	env->make = ahead_take(env->life->ahead, env->id, recipe);
	if (env->make)
		return 0;
	if (find(env->life, env->id, true))
		return -EAGAIN;
	if (!cgroup_remove(place, env->id))
		return 0;
	cgroup_kill(place, env->id);
	return -EAGAIN;
}

static bool begin(struct env *env, const char *note, char error[ERROR_SIZE],
		  bool *lacked)
{
	if (!find_user(env, error))
		return false;
	if (env->make) {
		env->taken = true;
		make_hand_over(env->make, &ops, env);
		return !make_want(env->make, note, error);
	}
	env->make = make_start(env->life->parts.maker, env->recipe, env->id,
			       env->user, note, &ops, env, error, lacked);
	return env->make;
}

static void make(struct env *env)
{
	const struct life_parts *parts = &env->life->parts;
	char error[ERROR_SIZE], note[CGROUP_NOTE_SIZE];
	struct recipe *recipe = NULL;
	bool lacked = true;
	int ret = watch_find(parts->watch, env->task, &recipe);

	if (!ret) {
		buses_of(recipe->file, env->buses);
		ret = make_room(env, recipe);
	}
	if (ret == -EAGAIN && after(env, AGAIN_USEC, make_again))
		return;
	if (ret) {
		cannot_make(env, why_no_recipe(ret),
			    ret != -ENOENT && ret != -EINVAL);
		return;
	}
	env->recipe = recipe_get(recipe);
	watch_nodes(env);
	describe(env, note);
	if (begin(env, note, error, &lacked))
		return;
	make_cancel(env->make);
	env->make = NULL;
	cannot_make(env, error, lacked);
}

static int make_again(sd_event_source *source, uint64_t now, void *userdata)
{
	struct env *env = userdata;

	(void)source;
	(void)now;
	env->timer = sd_event_source_disable_unref(env->timer);
	make(env);
	return 0;
}

/*
 * Is that what it would be made of now? Where nothing was noted it is; and where its file
 * has an error what was made of the last good one stays in force.
 */
static bool is_current(struct env *env, int cgroup)
{
	char was[CGROUP_NOTE_SIZE], now[CGROUP_NOTE_SIZE];
	int ret = watch_find(env->life->parts.watch, env->task, &env->recipe);

	if (ret)
		return ret == -EINVAL;
	recipe_get(env->recipe);
	watch_nodes(env);
	describe(env, now);
	return cgroup_noted(cgroup, was) || !strcmp(was, now);
}

/* What an earlier agent made goes on as ours, as long as its task is the same. */
static void adopt(struct env *env, pid_t pid)
{
	const struct life_parts *parts = &env->life->parts;
	int fd = cgroup_open(parts->maker->place, env->id);

	env->adopted = true;
	say_info("environment %u of %s adopted", env->id, env->task);
	if (fd >= 0 && is_current(env, fd)) {
		attached(cgroup_id(fd), env);
		if (env->recipe)
			watch_made(env, pid);
	} else {
		/* Another task's by now, or in another place. */
		module_drain_env(parts->module, env->id);
	}
	if (fd >= 0)
		close(fd);
}

static void tell_tries(struct env *env)
{
	const struct life_parts *parts = &env->life->parts;

	if (env->cgroup)
		measure_tries(parts->module, parts->enforce, env->cgroup,
			      env->id, &env->tries);
}

/*
 * What the module says
 */

static void handle(struct life *life, const struct module_env *said)
{
	bool over = said->state == SLUICE_ENV_STATE_GONE ||
		    said->state == SLUICE_ENV_STATE_FAILED;
	struct env *env = find(life, said->id, false);
	bool known = env;

	/* Of one that is over, with a cgroup that is being removed, that may be late. */
	if (!known && (over || (said->state == SLUICE_ENV_STATE_RETIRING &&
				find(life, said->id, true))))
		return;
	if (!known)
		env = add(life, said);
	if (!env)
		return;
	/* Made by an earlier agent. */
	if (!known)
		buses_noted(place_of(env), env->id, env->buses);
	if (over) {
		clean_up(env);
	} else if (said->state == SLUICE_ENV_STATE_RETIRING) {
		make_cancel(env->make);
		env->make = NULL;
		tell_tries(env);
		/* What is attached the module ends, when its grace is over. */
		if (!said->pid)
			give_up(env);
		else if (*env->buses)
			give_back(env);
	} else if (said->state == SLUICE_ENV_STATE_WANTED && !said->pid) {
		/* That it failed may have been lost; or this comes late. */
		if (!env->make && !env->timer && !env->cgroup)
			make(env);
	} else if (!known) {
		/* It was attached, and lives, or will. */
		adopt(env, said->pid);
	}
}

/* What of the module's list we look for a number in. */
struct looking {
	struct life *life;
	const struct module_envs *envs;
};

static bool listed(const struct module_envs *envs, uint32_t id)
{
	size_t i;

	for (i = 0; i < envs->count; i++)
		if (envs->env[i].id == id)
			return true;
	return false;
}

/* A cgroup that no environment of the module has: of an earlier life. */
static void end_unknown(uint32_t id, void *arg)
{
	const struct module_env said = { .id = id };
	const struct looking *looking = arg;
	struct env *env;

	if (listed(looking->envs, id) || find(looking->life, id, false) ||
	    find(looking->life, id, true) || ahead_has(looking->life->ahead, id))
		return;
	say_info("cleaning up after environment %u", id);
	cgroup_kill(looking->life->parts.maker->place, id);
	env = add(looking->life, &said);
	if (!env)
		return;
	buses_noted(place_of(env), id, env->buses);
	clean_up(env);
}

/* Of one that was made before it was wanted, and never is. */
static void end_unwanted(uint32_t id, void *arg)
{
	const struct module_env said = { .id = id };
	struct env *env = find(arg, id, true);

	if (env)
		return;
	env = add(arg, &said);
	/* Without memory somebody finds it later. */
	if (env)
		clean_up(env);
}

static bool ends(uint32_t id, void *arg)
{
	return find(arg, id, true);
}

static const struct ahead_ops ahead_ops = { end_unwanted, ends };

/* A network of one that has nothing else left. */
static void empty_unknown(uint32_t id, void *arg)
{
	const struct looking *looking = arg;

	if (!listed(looking->envs, id) && !find(looking->life, id, false) &&
	    !find(looking->life, id, true))
		netns_empty_kept(id);
}

/* Everything anew: at the start, at times, and when news were lost. */
static int look(struct life *life)
{
	struct module_envs *envs;
	struct looking looking;
	struct env *env, *next;
	size_t i;
	int ret = module_list_envs(life->parts.module, &envs);

	if (ret) {
		say_error("asking for environments: %s",
			  module_error(life->parts.module));
		return ret;
	}
	looking = (struct looking){ life, envs };
	cgroup_each(life->parts.maker->place, end_unknown, &looking);
	netns_each_kept(empty_unknown, &looking);
	for (env = life->envs; env; env = next) {
		next = env->next;
		if (!listed(envs, env->id) && !env->ending)
			clean_up(env);
	}
	for (i = 0; i < envs->count; i++)
		handle(life, &envs->env[i]);
	free(envs);
	return 0;
}

static void look_within(struct life *life, uint64_t usec)
{
	sd_event_source_set_time_relative(life->look, usec);
	sd_event_source_set_enabled(life->look, SD_EVENT_ONESHOT);
}

static int look_again(sd_event_source *source, uint64_t now, void *userdata)
{
	struct life *life = userdata;

	(void)source;
	(void)now;
	look_within(life, look(life) ? LOOK_SOON_USEC : LOOK_USEC);
	return 0;
}

static void heard(const struct module_env *said, void *arg)
{
	struct life *life = arg;

	if (said)
		handle(life, said);
	else
		look_within(life, look(life) ? LOOK_SOON_USEC : LOOK_USEC);
}

/* Of one in which nothing has run since, all is as it was: one question tells which. */
static bool measure_those_that_ran(struct life *life)
{
	struct module_envs *envs;
	bool ran = false;
	struct env *env;
	size_t i;

	if (module_list_envs(life->parts.module, &envs))
		return false;
	for (i = 0; i < envs->count; i++) {
		env = find(life, envs->env[i].id, false);
		if (!env || env->cpu_time == envs->env[i].cpu_time)
			continue;
		env->cpu_time = envs->env[i].cpu_time;
		ran = true;
		if (env->cgroup)
			measure_env(life->parts.module, place_of(env), env->id,
				    &env->pids);
		measure_counts(life->parts.module, &(struct measure_counts){
			       life->parts.program, place_of(env), env->id,
			       env->slot }, env->counted);
		tell_tries(env);
	}
	free(envs);
	return ran;
}

static int measure(sd_event_source *source, uint64_t now, void *userdata)
{
	struct life *life = userdata;
	bool ran = measure_those_that_ran(life);
	struct env *env;

	(void)now;
	/* What a task keeps others of its environments have, too. */
	for (env = life->envs; ran && env; env = env->next)
		measure_state(life->parts.module, env->state, env->id, &env->kept);
	measure_realtime(life->parts.module, life->parts.program, &life->realtime);
	sd_event_source_set_time_relative(source, ran ? MEASURE_USEC : MEASURE_IDLE_USEC);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

void life_task_changed(struct life *life, const char *task)
{
	struct recipe *now = NULL;
	struct env *env;

	/* What is not made yet will be made of what it is then. */
	if (watch_find(life->parts.watch, task, &now))
		now = NULL;
	ahead_forget(life->ahead, task);
	for (env = life->envs; env; env = env->next)
		if (!env->ending && !strcmp(env->task, task) &&
		    env->recipe != now && (env->recipe || env->adopted)) {
			env->old = true;
			module_drain_env(life->parts.module, env->id);
		}
}

int life_start(const struct life_parts *parts, struct life **ret_life)
{
	struct life *life = calloc(1, sizeof(*life));
	int ret;

	*ret_life = life;
	if (!life)
		return -ENOMEM;
	life->parts = *parts;
	ret = names_new(parts->event, &life->names);
	if (ret >= 0)
		ret = ahead_new(parts->event, parts->module, parts->maker,
				&ahead_ops, life, &life->ahead);
	if (ret >= 0)
		ret = sd_event_add_time_relative(parts->event, &life->look,
						 CLOCK_MONOTONIC, LOOK_USEC, 0,
						 look_again, life);
	if (ret >= 0)
		ret = sd_event_add_time_relative(parts->event, &life->measure,
						 CLOCK_MONOTONIC, MEASURE_USEC,
						 0, measure, life);
	if (ret >= 0)
		ret = module_listen(parts->module, parts->event, heard, life);
	return ret < 0 ? ret : look(life);
}

void life_stop(struct life *life)
{
	struct env *env, *next;

	if (!life)
		return;
	ahead_free(life->ahead);
	life->ahead = NULL;
	for (env = life->envs; env; env = next) {
		next = env->next;
		free_env(env);
	}
	names_free(life->names);
	sd_event_source_disable_unref(life->look);
	sd_event_source_disable_unref(life->measure);
	free(life);
}
