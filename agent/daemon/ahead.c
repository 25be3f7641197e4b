// SPDX-License-Identifier: GPL-2.0-only
#include "ahead.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tree.h"

#define TASKS	4
/* As long as what they are made of is kept, see tree.c. */
#define UNUSED_USEC	30000000ULL
/*
 * Where calls come without a pause the gateway has something better to do: what is made before
 * is not made with less, but at another time.
 */
#define QUIET_USEC	10000
#define LOOK_USEC	1000000
#define ACCURACY_USEC	1000
/* After it was short of memory, which is when all waited for it 100 ms of 2 s. */
#define SHORT_USEC	10000000
#define PRESSURE	"/proc/pressure/memory"
#define TRIGGER		"some 100000 2000000"
/* Milliseconds until what was killed has ended. */
#define END_MS	100

/**
 * struct slot - of a task
 * @task: its name; empty: of none
 * @user: its user
 * @id: that its next environment has
 * @made: when the last one was, in usec
 * @often: and the one before was not long before
 * @make: what there is; NULL: nothing
 * @trees: the tree that it has, see recipe.h
 */
struct slot {
	struct ahead *ahead;
	char	task[SLUICE_NAME_SIZE];
	struct recipe *recipe;
	uid_t	user;
	uint32_t id;
	uint64_t made;
	bool	often;
	struct make *make;
	uint32_t trees;
};

struct ahead {
	sd_event *event;
	struct module *module;
	struct maker *maker;
	const struct ahead_ops *ops;
	void	*arg;
	struct slot slots[TASKS];
	uint64_t short_until;
	int	pressure;
	sd_event_source *timer;
	sd_event_source *memory;
};

static uint64_t now_of(const struct ahead *ahead)
{
	uint64_t now = 0;

	sd_event_now(ahead->event, CLOCK_MONOTONIC, &now);
	return now;
}

/* Its number stays the task's next one: what comes of that number waits for the end of this. */
static void end(struct slot *slot)
{
	struct make *make = slot->make;

	if (!make)
		return;
	slot->make = NULL;
	make_cancel(make);
	slot->ahead->ops->left(slot->id, slot->ahead->arg);
}

static void clear(struct slot *slot)
{
	end(slot);
	recipe_put(slot->recipe);
	*slot = (struct slot){ .ahead = slot->ahead };
}

static void look_within(struct ahead *ahead, uint64_t usec)
{
	sd_event_source_set_time_relative(ahead->timer, usec);
	sd_event_source_set_enabled(ahead->timer, SD_EVENT_ONESHOT);
}

/*
 * What is told of them, until somebody wants them
 */

static void moved(pid_t pid, void *arg)
{
	(void)pid;
	(void)arg;
}

static void attached(uint64_t cgroup, void *arg)
{
	(void)cgroup;
	(void)arg;
}

static void made(pid_t pid, void *arg)
{
	(void)pid;
	(void)arg;
}

/* Who wants one will hear of it. */
static void failed(const char *why, bool lacked, void *arg)
{
	struct slot *slot = arg;
	struct ahead *ahead = slot->ahead;

	(void)why;
	slot->make = NULL;
	slot->often = false;
	ahead->ops->left(slot->id, ahead->arg);
	if (lacked)
		ahead_give_way(ahead);
}

static const struct make_ops make_ops = { moved, attached, made, failed };

/*
 * Make
 */

static void make(struct slot *slot)
{
	struct ahead *ahead = slot->ahead;
	char error[ERROR_SIZE];
	bool lacked;

	slot->often = !module_next_env(ahead->module, slot->task, &slot->id);
	if (!slot->often || ahead->ops->ends(slot->id, ahead->arg))
		return;
	slot->trees = slot->recipe->trees;
	slot->make = make_start(ahead->maker, slot->recipe, slot->id, slot->user,
				NULL, &make_ops, slot, error, &lacked);
	if (!slot->make)
		failed(error, lacked, slot);
}

static bool is_good(const struct slot *slot)
{
	tree_check(slot->recipe);
	return slot->make && slot->recipe->tree >= 0 &&
	       slot->trees == slot->recipe->trees;
}

/* Is there something to look at again? */
static bool look_at(struct slot *slot, uint64_t now)
{
	if (!slot->recipe)
		return false;
	tree_check(slot->recipe);
	if (now >= slot->made + UNUSED_USEC || slot->recipe->tree < 0) {
		clear(slot);
		return false;
	}
	if (slot->make && !is_good(slot))
		end(slot);
	if (!slot->make && slot->often && now >= slot->made + QUIET_USEC &&
	    now >= slot->ahead->short_until)
		make(slot);
	return true;
}

static int look(sd_event_source *source, uint64_t time, void *userdata)
{
	struct ahead *ahead = userdata;
	uint64_t now = now_of(ahead);
	bool again = false;
	int i;

	(void)source;
	(void)time;
	for (i = 0; i < TASKS; i++)
		again |= look_at(&ahead->slots[i], now);
	if (again)
		look_within(ahead, LOOK_USEC);
	return 0;
}

static int pressed(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	(void)source;
	(void)fd;
	(void)events;
	ahead_give_way(userdata);
	return 0;
}

/* A kernel without it: then only what fails says so. */
static void watch_memory(struct ahead *ahead)
{
	ahead->pressure = open(PRESSURE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (ahead->pressure >= 0 &&
	    write(ahead->pressure, TRIGGER, sizeof(TRIGGER)) == sizeof(TRIGGER))
		sd_event_add_io(ahead->event, &ahead->memory, ahead->pressure,
				EPOLLPRI, pressed, ahead);
}

/*
 * What others say
 */

static struct slot *find(struct ahead *ahead, const char *task)
{
	int i;

	for (i = 0; i < TASKS; i++)
		if (ahead->slots[i].recipe && !strcmp(ahead->slots[i].task, task))
			return &ahead->slots[i];
	return NULL;
}

/* Of none, or of who has not had one for the longest time. */
static struct slot *oldest(struct ahead *ahead)
{
	struct slot *slot = &ahead->slots[0];
	int i;

	for (i = 1; i < TASKS; i++)
		if (ahead->slots[i].made < slot->made)
			slot = &ahead->slots[i];
	return slot;
}

/* Its number was the next one: of a later one's task it is lost. */
static bool is_passed(const struct slot *slot, uint32_t id)
{
	return slot->make && (int32_t)(id - slot->id) > 0;
}

void ahead_note(struct ahead *ahead, const char *task, uint32_t id,
		struct recipe *recipe, uid_t user)
{
	struct slot *slot = find(ahead, task);

	if (recipe->tree < 0)
		return;
	if (slot && (slot->recipe != recipe || is_passed(slot, id)))
		clear(slot);
	if (!slot || !slot->recipe) {
		slot = slot ? slot : oldest(ahead);
		clear(slot);
		snprintf(slot->task, sizeof(slot->task), "%s", task);
		slot->recipe = recipe_get(recipe);
	} else {
		slot->often = true;
	}
	slot->user = user;
	slot->made = now_of(ahead);
	look_within(ahead, QUIET_USEC);
}

struct make *ahead_take(struct ahead *ahead, uint32_t id, const struct recipe *recipe)
{
	struct make *make;
	struct slot *slot;
	int i;

	for (i = 0; i < TASKS; i++) {
		slot = &ahead->slots[i];
		if (!slot->make || slot->id != id)
			continue;
		if (slot->recipe != recipe || !is_good(slot)) {
			end(slot);
			return NULL;
		}
		make = slot->make;
		slot->make = NULL;
		return make;
	}
	return NULL;
}

bool ahead_has(const struct ahead *ahead, uint32_t id)
{
	int i;

	for (i = 0; i < TASKS; i++)
		if (ahead->slots[i].make && ahead->slots[i].id == id)
			return true;
	return false;
}

void ahead_forget(struct ahead *ahead, const char *task)
{
	struct slot *slot = find(ahead, task);

	if (slot)
		clear(slot);
}

void ahead_give_way(struct ahead *ahead)
{
	int i;

	if (!ahead)
		return;
	ahead->short_until = now_of(ahead) + SHORT_USEC;
	for (i = 0; i < TASKS; i++)
		end(&ahead->slots[i]);
}

int ahead_new(sd_event *event, struct module *module, struct maker *maker,
	      const struct ahead_ops *ops, void *arg, struct ahead **ret_ahead)
{
	struct ahead *ahead = calloc(1, sizeof(*ahead));
	int i, ret;

	*ret_ahead = ahead;
	if (!ahead)
		return -ENOMEM;
	*ahead = (struct ahead){ .event = event, .module = module, .maker = maker,
				 .ops = ops, .arg = arg, .pressure = -1 };
	for (i = 0; i < TASKS; i++)
		ahead->slots[i].ahead = ahead;
	ret = sd_event_add_time_relative(event, &ahead->timer, CLOCK_MONOTONIC,
					 LOOK_USEC, ACCURACY_USEC, look, ahead);
	if (ret < 0)
		return ret;
	watch_memory(ahead);
	return 0;
}

/* The next agent would find its cgroup, and wonder. */
static void end_at_once(struct slot *slot)
{
	int place = slot->ahead->maker->place, tries;
	struct make *make = slot->make;

	slot->make = NULL;
	make_cancel(make);
	for (tries = 0; make && tries < END_MS; tries++) {
		if (cgroup_remove(place, slot->id) != -EBUSY)
			return;
		usleep(1000);
	}
}

void ahead_free(struct ahead *ahead)
{
	int i;

	if (!ahead)
		return;
	for (i = 0; i < TASKS; i++) {
		end_at_once(&ahead->slots[i]);
		clear(&ahead->slots[i]);
	}
	sd_event_source_disable_unref(ahead->timer);
	sd_event_source_disable_unref(ahead->memory);
	if (ahead->pressure >= 0)
		close(ahead->pressure);
	free(ahead);
}
