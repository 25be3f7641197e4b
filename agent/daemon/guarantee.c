// SPDX-License-Identifier: GPL-2.0-only
#include "guarantee.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "above.h"
#include "cgroup.h"
#include "levels.h"
#include "place.h"
#include "say.h"
#include "slice.h"
#include "weights.h"

/* One more below the environments' place: they, and whoever holds it. */
#define ALL_LEVELS	(LEVELS_MAX + 1)
/* Siblings come and go several at a time. */
#define SOON_USEC	50000
/* It could not be set, or be told. */
#define AGAIN_USEC	10000000
/* A weight that is needed no more stays while it is not more than this many times as much. */
#define TOO_MUCH	2

struct watched {
	struct watched *next;
	sd_event_source *source;
};

/**
 * struct guarantee - what it hangs on, and what there is of it
 * @levels: from the root to the environments' place
 * @ours: the level whose weight is ours to set; -1: none is
 * @above: other limits of theirs
 * @watched: folders that tell when anything changes
 * @review: looks at all of it; off when nothing has changed
 * @slice: that was asked
 * @answered: and has answered: its connection is of no use any more
 * @told: guarantee that the module knows; -1: nothing
 * @cap: limit that it knows
 * @said: error that was said last
 */
struct guarantee {
	sd_event *event;
	struct module *module;
	struct levels levels;
	ssize_t	ours;
	struct above *above;
	struct watched *watched;
	sd_event_source *review;
	struct slice *slice;
	bool	answered;
	int64_t	told;
	uint64_t cap;
	char	said[ERROR_SIZE];
};

static void review_within(struct guarantee *guarantee, uint64_t usec)
{
	sd_event_source_set_time_relative(guarantee->review, usec);
	sd_event_source_set_enabled(guarantee->review, SD_EVENT_ONESHOT);
}

/* Once, until there is another one, or none. */
static void say_once(struct guarantee *guarantee, const char *error)
{
	if (*error && strcmp(error, guarantee->said))
		say_warning("%s", error);
	snprintf(guarantee->said, sizeof(guarantee->said), "%s", error);
}

/*
 * Reading the tree
 */

/* Of a cgroup in which nothing runs, nobody wants any time. 0 where it has no weight, too. */
static uint64_t weight_of_sibling(int parent, const char *name)
{
	uint64_t weight = 0, populated = 0;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (!levels_read(fd, "cgroup.events", "populated %ju", &populated) &&
	    populated)
		levels_read(fd, "cpu.weight", "%ju", &weight);
	close(fd);
	return weight;
}

static void add_weight(int parent, const char *name, void *arg)
{
	uint64_t *sum = arg;

	*sum += weight_of_sibling(parent, name);
}

/* A bit for each in a list as 0-3,8. */
static uint64_t count_cpus(const char *list)
{
	uint64_t count = 0;
	unsigned int first, last;
	int len;

	while (sscanf(list, "%u%n", &first, &len) == 1) {
		list += len;
		last = first;
		if (*list == '-' && sscanf(list, "-%u%n", &last, &len) == 1)
			list += len;
		count += last - first + 1;
		list += *list == ',';
	}
	return count;
}

/* What a cgroup may have at most, by cpu.max and by the CPUs it may run on. */
static uint64_t cap_of(int fd)
{
	uint64_t quota, period, cap = WEIGHTS_NO_CAP, cpus;
	char text[CGROUP_TEXT];

	if (!levels_read(fd, "cpu.max", "%ju", &quota) &&
	    quota != LEVELS_NO_LIMIT &&
	    !levels_read(fd, "cpu.max", "%*u %ju", &period) && period)
		cap = quota * 1000 / period;
	/* Not there where nobody has asked for the controller. */
	if (!cgroup_text(fd, "cpuset.cpus.effective", text)) {
		cpus = count_cpus(text) * 1000;
		if (cpus && cpus < cap)
			cap = cpus;
	}
	return cap;
}

static int read_level(const struct guarantee *guarantee, size_t n,
		      struct weights_level *level)
{
	int fd = levels_open(&guarantee->levels, n), ret;
	char path[PATH_MAX], name[NAME_MAX + 1];

	if (fd < 0)
		return fd;
	ret = levels_read(fd, "cpu.weight", "%ju", &level->ours);
	level->cap = cap_of(fd);
	level->others = 0;
	close(fd);
	levels_parent(&guarantee->levels, n, path, name);
	return ret ? ret : levels_each(path, name, add_weight, &level->others);
}

/* One of more than there is, is one of all. */
static uint64_t budget_of(const struct module_box *box)
{
	return box->cpu_budget < box->cpu ? box->cpu_budget : box->cpu;
}

/*
 * In the root also threads have weights: what the module has seen, and what the kernel's
 * own may want at any time. The last level are environments, each by what it is promised,
 * beside whoever holds their place.
 */
static int read_levels(struct guarantee *guarantee, const struct module_box *box,
		       struct weights_level levels[ALL_LEVELS])
{
	char error[ERROR_SIZE], path[PATH_MAX];
	size_t n;
	int ret;

	if (!guarantee->levels.count)
		return -ENOENT;
	for (n = 0; n < guarantee->levels.count; n++) {
		ret = read_level(guarantee, n, &levels[n]);
		if (!ret)
			continue;
		levels_path(&guarantee->levels, n, path);
		snprintf(error, sizeof(error), "weight of CPU of %.400s: %s: nothing is guaranteed to environments",
			 path, strerror(-ret));
		say_once(guarantee, error);
		return ret;
	}
	levels[0].others += box->rivals + box->cpu * WEIGHTS_DEFAULT / 1000;
	levels[n] = (struct weights_level){
		.ours = budget_of(box), .others = PLACE_LEAF_WEIGHT,
		.cap = WEIGHTS_NO_CAP,
	};
	return 0;
}

/*
 * Setting it
 */

static void slice_answered(const char *error, void *arg)
{
	struct guarantee *guarantee = arg;
	char text[ERROR_SIZE] = "";

	if (error)
		snprintf(text, sizeof(text), SLICE_UNIT ": setting its CPUWeight: %s",
			 error);
	say_once(guarantee, text);
	guarantee->answered = true;
	/* What came of it is told by who watches the file. If it is not, it is asked again. */
	review_within(guarantee, AGAIN_USEC);
}

static int write_weight(const struct guarantee *guarantee, uint64_t weight)
{
	int dir = levels_open(&guarantee->levels, (size_t)guarantee->ours);
	int fd, len, ret = 0;
	char text[24];

	if (dir < 0)
		return dir;
	len = snprintf(text, sizeof(text), "%ju", (uintmax_t)weight);
	fd = openat(dir, "cpu.weight", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, (size_t)len) != len)
		ret = -errno;
	if (fd >= 0)
		close(fd);
	close(dir);
	return ret;
}

static void set_weight(struct guarantee *guarantee, uint64_t weight)
{
	char error[ERROR_SIZE] = "";
	int ret;

	guarantee->answered = false;
	if (slice_managed())
		ret = slice_set_weight(guarantee->event, weight, slice_answered,
				       guarantee, &guarantee->slice);
	else
		ret = write_weight(guarantee, weight);
	/* What systemd says comes later. */
	if (!ret && slice_managed())
		return;
	if (ret)
		snprintf(error, sizeof(error), "setting the weight of the environments' place: %s",
			 strerror(-ret));
	say_once(guarantee, error);
	if (ret)
		review_within(guarantee, AGAIN_USEC);
}

/*
 * A tenth more than the budget, as interrupts take from all. Less than there is only when
 * it is much less: others come and go.
 */
static void keep_weight(struct guarantee *guarantee, const struct module_box *box,
			struct weights_level levels[ALL_LEVELS])
{
	struct weights_level *level;
	uint64_t weight;

	if (guarantee->ours < 0)
		return;
	level = &levels[guarantee->ours];
	weight = weights_needed(levels, guarantee->levels.count + 1,
				(size_t)guarantee->ours, box->cpu,
				budget_of(box) + budget_of(box) / 10);
	if (weight <= level->ours && weight * TOO_MUCH > level->ours)
		return;
	set_weight(guarantee, weight);
	if (!slice_managed())
		level->ours = weight;
}

/*
 * When
 */

static void watch_all(struct guarantee *guarantee);

static void tell(struct guarantee *guarantee, uint64_t sure, uint64_t cap)
{
	if ((int64_t)sure != guarantee->told &&
	    !module_set_guaranteed(guarantee->module, sure))
		guarantee->told = (int64_t)sure;
	if (cap != guarantee->cap &&
	    !module_set_cpu_limit(guarantee->module, cap))
		guarantee->cap = cap;
}

static int review(sd_event_source *source, uint64_t now, void *userdata)
{
	struct guarantee *guarantee = userdata;
	struct weights_level levels[ALL_LEVELS];
	size_t count = guarantee->levels.count + 1;
	struct module_box box;
	uint64_t cap;

	(void)source;
	(void)now;
	if (guarantee->answered) {
		slice_free(guarantee->slice);
		guarantee->slice = NULL;
		guarantee->answered = false;
	}
	if (!guarantee->watched)
		watch_all(guarantee);
	if (module_box(guarantee->module, &box)) {
		review_within(guarantee, AGAIN_USEC);
		return 0;
	}
	if (read_levels(guarantee, &box, levels)) {
		tell(guarantee, 0, guarantee->cap);
	} else {
		keep_weight(guarantee, &box, levels);
		cap = weights_cap(levels, count);
		/* All that there is, is no limit. */
		tell(guarantee, weights_guarantee(levels, count, box.cpu),
		     cap < box.cpu ? cap : WEIGHTS_NO_CAP);
	}
	above_look(guarantee->above, box.memory_wanted);
	return 0;
}

static void unwatch_all(struct guarantee *guarantee)
{
	struct watched *watched = guarantee->watched, *next;

	for (; watched; watched = next) {
		next = watched->next;
		sd_event_source_disable_unref(watched->source);
		free(watched);
	}
	guarantee->watched = NULL;
}

static bool is_of_interest(const struct inotify_event *event)
{
	static const char * const names[] = {
		"cpu.weight", "cpu.weight.nice", "cpu.idle", "cgroup.events",
		"cpu.max", "cpuset.cpus", "memory.max", "memory.high", "pids.max",
	};
	size_t i;

	for (i = 0; event->len && i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(event->name, names[i]))
			return true;
	return false;
}

/* Siblings that have come or gone make other folders to be watched. */
static int changed(sd_event_source *source, const struct inotify_event *event,
		   void *userdata)
{
	struct guarantee *guarantee = userdata;

	(void)source;
	if (event->mask & ~(IN_MODIFY | IN_ISDIR))
		unwatch_all(guarantee);
	else if (!is_of_interest(event))
		return 0;
	review_within(guarantee, SOON_USEC);
	return 0;
}

static void watch_folder(struct guarantee *guarantee, const char *path,
			 uint32_t mask)
{
	struct watched *watched = calloc(1, sizeof(*watched));

	if (!watched)
		return;
	/* One that has just gone tells its parent's watch. */
	if (sd_event_add_inotify(guarantee->event, &watched->source, path,
				 mask | IN_ONLYDIR, changed, guarantee) < 0) {
		free(watched);
		return;
	}
	watched->next = guarantee->watched;
	guarantee->watched = watched;
}

struct watching {
	struct guarantee *guarantee;
	const char *path;
};

static void watch_one(int parent, const char *name, void *arg)
{
	const struct watching *watching = arg;
	char path[PATH_MAX];

	(void)parent;
	if (snprintf(path, sizeof(path), "%s/%s", watching->path, name) <
	    (int)sizeof(path))
		watch_folder(watching->guarantee, path, IN_MODIFY);
}

/* Before they are read, so that nothing falls in between. */
static void watch_all(struct guarantee *guarantee)
{
	char path[PATH_MAX], name[NAME_MAX + 1];
	struct watching watching = { guarantee, path };
	size_t n;

	for (n = 0; n < guarantee->levels.count; n++) {
		levels_parent(&guarantee->levels, n, path, name);
		watch_folder(guarantee, path, IN_CREATE | IN_DELETE);
		/* No sibling has that name: ours is among them. */
		levels_each(path, "", watch_one, &watching);
	}
}

static void box_changed(void *arg)
{
	review_within(arg, 0);
}

/*
 * Begin and end
 */

/* Which level is ours to set: the slice's, which systemd sets; else the place's own. */
static ssize_t find_ours(const struct levels *levels)
{
	char path[PATH_MAX], name[NAME_MAX + 1];
	size_t n;

	if (!slice_managed())
		return (ssize_t)levels->count - 1;
	for (n = 0; n < levels->count; n++) {
		levels_parent(levels, n, path, name);
		if (!strcmp(name, SLICE_UNIT))
			return (ssize_t)n;
	}
	say_info("the environments' place is not in " SLICE_UNIT ": what it gets of the CPUs beside others is not ours to set");
	return -1;
}

int guarantee_start(sd_event *event, struct module *module, int place,
		    struct guarantee **ret_guarantee)
{
	struct guarantee *guarantee = calloc(1, sizeof(*guarantee));
	int ret;

	*ret_guarantee = guarantee;
	if (!guarantee)
		return -ENOMEM;
	guarantee->event = event;
	guarantee->module = module;
	guarantee->told = -1;
	guarantee->cap = WEIGHTS_NO_CAP;
	ret = levels_find(place, &guarantee->levels);
	if (ret) {
		/* Then whatever runs on the gateway counts as outside: that is no reason not to work. */
		say_warning("weights of CPU: the environments' place is nowhere below " PLACE_ROOT ": %s",
			    strerror(-ret));
		return 0;
	}
	guarantee->ours = find_ours(&guarantee->levels);
	ret = above_start(event, module, place, &guarantee->levels,
			  &guarantee->above);
	if (ret)
		return ret;
	module_on_box(module, box_changed, guarantee);
	ret = sd_event_add_time_relative(event, &guarantee->review,
					 CLOCK_MONOTONIC, 0, 0, review,
					 guarantee);
	return ret < 0 ? ret : 0;
}

void guarantee_stop(struct guarantee *guarantee)
{
	if (!guarantee)
		return;
	module_on_box(guarantee->module, NULL, NULL);
	unwatch_all(guarantee);
	slice_free(guarantee->slice);
	above_stop(guarantee->above);
	sd_event_source_disable_unref(guarantee->review);
	free(guarantee);
}
