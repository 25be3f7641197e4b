// SPDX-License-Identifier: GPL-2.0-only
#include "guarantee.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "place.h"
#include "say.h"
#include "slice.h"
#include "weights.h"

/* From the root to the environments' place. */
#define LEVELS_MAX	16
/* One more below it: environments, and whoever holds the place. */
#define LEVELS		(LEVELS_MAX + 1)
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
 * @place: path of the environments' place, below the root of cgroups
 * @ours: the level whose weight is ours to set; -1: none is
 * @ends: in @place, where the name of each level ends
 * @depth: how many levels
 * @unread: a level that could not be read; it was said
 * @watched: folders that tell when anything changes
 * @review: looks at all of it; off when nothing has changed
 * @slice: being asked
 * @told: guarantee that the module knows; -1: nothing
 * @said: error that was said last
 */
struct guarantee {
	sd_event *event;
	struct module *module;
	char	place[PATH_MAX];
	size_t	ends[LEVELS_MAX];
	size_t	depth;
	ssize_t	ours;
	struct watched *watched;
	sd_event_source *review;
	struct slice *slice;
	int64_t	told;
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

static int read_number(int dir, const char *name, const char *format,
		       uint64_t *number)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	char text[128];
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return sscanf(text, format, number) == 1 ? 0 : -EBADMSG;
}

/* Of a cgroup in which nothing runs, nobody wants any time. 0 where it has no weight, too. */
static uint64_t weight_of_sibling(int parent, const char *name)
{
	uint64_t weight = 0, populated = 0;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (!read_number(fd, "cgroup.events", "populated %ju", &populated) &&
	    populated)
		read_number(fd, "cpu.weight", "%ju", &weight);
	close(fd);
	return weight;
}

/* The path of the folder in which level @n is; and the name that ours has there. */
static void level_path(const struct guarantee *guarantee, size_t n,
		       char path[PATH_MAX], char name[NAME_MAX + 1])
{
	size_t begin = n ? guarantee->ends[n - 1] : 0;

	snprintf(path, PATH_MAX, PLACE_ROOT "%.*s", (int)begin, guarantee->place);
	snprintf(name, NAME_MAX + 1, "%.*s",
		 (int)(guarantee->ends[n] - begin - 1),
		 guarantee->place + begin + 1);
}

typedef void (*sibling_fn)(int parent, const char *name, void *arg);

/* All cgroups in a folder but @name. A negative errno. */
static int each_sibling(const char *path, const char *name, sibling_fn fn,
			void *arg)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		if (entry->d_type == DT_DIR && *entry->d_name != '.' &&
		    strcmp(entry->d_name, name))
			fn(dirfd(dir), entry->d_name, arg);
	closedir(dir);
	return 0;
}

static void add_weight(int parent, const char *name, void *arg)
{
	uint64_t *sum = arg;

	*sum += weight_of_sibling(parent, name);
}

static int read_level(const struct guarantee *guarantee, size_t n,
		      struct weights_level *level)
{
	char path[PATH_MAX], name[NAME_MAX + 1];
	int dir, fd, ret;

	level_path(guarantee, n, path, name);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = dir < 0 ? -1 : openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ret = fd < 0 ? -errno : read_number(fd, "cpu.weight", "%ju", &level->ours);
	level->others = 0;
	if (!ret)
		ret = each_sibling(path, name, add_weight, &level->others);
	if (fd >= 0)
		close(fd);
	if (dir >= 0)
		close(dir);
	return ret;
}

/*
 * In the root also threads have weights: what the module has seen, and what the kernel's
 * own may want at any time. The last level are environments, each by what it is promised,
 * beside whoever holds their place.
 */
static int read_levels(struct guarantee *guarantee, const struct module_box *box,
		       struct weights_level levels[LEVELS])
{
	char error[ERROR_SIZE];
	size_t n;
	int ret;

	for (n = 0; n < guarantee->depth; n++) {
		ret = read_level(guarantee, n, &levels[n]);
		if (!ret)
			continue;
		snprintf(error, sizeof(error), "weights of CPU at " PLACE_ROOT "%.*s: %s: nothing is guaranteed to environments",
			 (int)guarantee->ends[n], guarantee->place, strerror(-ret));
		say_once(guarantee, error);
		return ret;
	}
	levels[0].others += box->rivals + box->cpu * WEIGHTS_DEFAULT / 1000;
	levels[n].ours = box->cpu_budget;
	levels[n].others = PLACE_LEAF_WEIGHT;
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
	/* What came of it is read, not believed. */
	review_within(guarantee, error ? AGAIN_USEC : SOON_USEC);
}

static int write_weight(const struct guarantee *guarantee, uint64_t weight)
{
	char path[PATH_MAX + 32], text[24];
	int fd, len, ret = 0;

	snprintf(path, sizeof(path), PLACE_ROOT "%.*s/cpu.weight",
		 (int)guarantee->ends[guarantee->ours], guarantee->place);
	len = snprintf(text, sizeof(text), "%ju", (uintmax_t)weight);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, (size_t)len) != len)
		ret = -errno;
	close(fd);
	return ret;
}

static void set_weight(struct guarantee *guarantee, uint64_t weight)
{
	char error[ERROR_SIZE] = "";
	int ret;

	if (slice_managed())
		ret = slice_set_weight(guarantee->event, weight, slice_answered,
				       guarantee, &guarantee->slice);
	else
		ret = write_weight(guarantee, weight);
	if (ret)
		snprintf(error, sizeof(error), "setting the weight of the environments' place: %s",
			 strerror(-ret));
	say_once(guarantee, error);
	if (ret)
		review_within(guarantee, AGAIN_USEC);
}

/* Less only when it is much less: others come and go. */
static void keep_weight(struct guarantee *guarantee, const struct module_box *box,
			struct weights_level levels[LEVELS])
{
	struct weights_level *level;
	uint64_t weight;

	if (guarantee->ours < 0)
		return;
	level = &levels[guarantee->ours];
	weight = weights_needed(levels, guarantee->depth + 1,
				(size_t)guarantee->ours, box->cpu,
				box->cpu_budget);
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

static int review(sd_event_source *source, uint64_t now, void *userdata)
{
	struct guarantee *guarantee = userdata;
	struct weights_level levels[LEVELS];
	struct module_box box;
	uint64_t sure = 0;

	(void)source;
	(void)now;
	if (!guarantee->watched)
		watch_all(guarantee);
	if (module_box(guarantee->module, &box)) {
		review_within(guarantee, AGAIN_USEC);
		return 0;
	}
	if (!read_levels(guarantee, &box, levels)) {
		keep_weight(guarantee, &box, levels);
		sure = weights_guarantee(levels, guarantee->depth + 1, box.cpu);
	}
	if ((int64_t)sure != guarantee->told &&
	    !module_set_guaranteed(guarantee->module, sure))
		guarantee->told = (int64_t)sure;
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

	for (n = 0; n < guarantee->depth; n++) {
		level_path(guarantee, n, path, name);
		watch_folder(guarantee, path, IN_CREATE | IN_DELETE);
		/* No sibling has that name: ours is among them. */
		each_sibling(path, "", watch_one, &watching);
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
static ssize_t find_ours(const struct guarantee *guarantee)
{
	char path[PATH_MAX], name[NAME_MAX + 1];
	size_t n;

	if (!slice_managed())
		return (ssize_t)guarantee->depth - 1;
	for (n = 0; n < guarantee->depth; n++) {
		level_path(guarantee, n, path, name);
		if (!strcmp(name, SLICE_UNIT))
			return (ssize_t)n;
	}
	say_info("the environments' place is not in " SLICE_UNIT ": what it gets of the CPUs beside others is not ours to set");
	return -1;
}

static int find_levels(struct guarantee *guarantee, int place)
{
	char link[32], path[PATH_MAX];
	const char *at;
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", place);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0)
		return -errno;
	path[len] = '\0';
	if (strncmp(path, PLACE_ROOT "/", strlen(PLACE_ROOT "/")))
		return -ENOENT;
	strcpy(guarantee->place, path + strlen(PLACE_ROOT));
	for (at = guarantee->place; at; at = strchr(at + 1, '/')) {
		if (at == guarantee->place)
			continue;
		if (guarantee->depth == LEVELS_MAX)
			return -E2BIG;
		guarantee->ends[guarantee->depth++] =
			(size_t)(at - guarantee->place);
	}
	if (guarantee->depth == LEVELS_MAX)
		return -E2BIG;
	guarantee->ends[guarantee->depth++] = strlen(guarantee->place);
	return 0;
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
	ret = find_levels(guarantee, place);
	if (ret) {
		/* Then whatever runs on the gateway counts as outside: that is no reason not to work. */
		say_warning("weights of CPU: the environments' place is nowhere below " PLACE_ROOT ": %s",
			    strerror(-ret));
		return 0;
	}
	guarantee->ours = find_ours(guarantee);
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
	sd_event_source_disable_unref(guarantee->review);
	free(guarantee);
}
