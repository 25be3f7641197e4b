// SPDX-License-Identifier: GPL-2.0-only
#include "above.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "place.h"
#include "say.h"

/* While a call waits for either; and else, for processes that come and go beside us. */
#define WANTED_USEC	100000
#define USEC		10000000

/**
 * struct above_level - one cgroup
 * @memory: it has a limit of memory
 * @pids: its limit of processes, or LEVELS_NO_LIMIT
 */
struct above_level {
	bool	memory;
	uint64_t pids;
};

/**
 * struct above - all of them
 * @place: of environments
 * @level: by the number of their level
 * @timer: reads what changes without telling; off where there is no limit
 * @wanted: a call waits for memory, or for processes
 * @pids: limit that the module knows
 */
struct above {
	sd_event *event;
	struct module *module;
	int	place;
	const struct levels *levels;
	struct above_level level[LEVELS_MAX];
	sd_event_source *timer;
	bool	wanted;
	uint64_t pids;
};

/*
 * Memory
 */

/* Of files, but what is still to be written, and what is locked. */
static uint64_t cache_in(const char *stat)
{
	static const struct {
		const char *key;
		int	sign;
	} parts[] = {
		{ "\nactive_file ", 1 }, { "\ninactive_file ", 1 },
		{ "\nfile_dirty ", -1 }, { "\nfile_writeback ", -1 },
	};
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *at = strstr(stat, parts[i].key);

		if (at)
			sum += parts[i].sign *
			       strtoll(at + strlen(parts[i].key), NULL, 10);
	}
	return sum > 0 ? (uint64_t)sum : 0;
}

static uint64_t cache_of(int dir)
{
	char text[CGROUP_TEXT];

	return cgroup_text(dir, "memory.stat", text) ? 0 : cache_in(text);
}

/* Of all environments in a place. */
struct sum {
	int	place;
	uint64_t of;
};

static void add_cache(uint32_t id, void *arg)
{
	struct sum *sum = arg;
	int fd = cgroup_open(sum->place, id);

	if (fd < 0)
		return;
	sum->of += cache_of(fd);
	close(fd);
}

/* What environments have cached counts as theirs: it is measured with all that they use. */
static uint64_t cache_of_envs(const struct above *above)
{
	struct sum sum = { .place = above->place };

	cgroup_each(above->place, add_cache, &sum);
	return sum.of;
}

static void read_memory(struct above *above)
{
	struct module_above now[LEVELS_MAX] = { 0 };
	uint64_t envs = cache_of_envs(above), cache;
	size_t n, count = 0;

	for (n = 0; n < above->levels->count; n++) {
		int fd = above->level[n].memory ?
			 levels_open(above->levels, n) : -1;

		if (fd < 0)
			continue;
		/* What it uses first: what is dropped in between is then no room. */
		levels_read(fd, "memory.current", "%ju", &now[count].used);
		cache = cache_of(fd);
		now[count].id = cgroup_id(fd);
		now[count++].cache = cache > envs ? cache - envs : 0;
		close(fd);
	}
	if (count)
		module_set_above(above->module, now, count);
}

/*
 * Processes
 */

static uint64_t pids_of(int dir)
{
	uint64_t pids;

	return levels_read(dir, "pids.current", "%ju", &pids) ? 0 : pids;
}

static uint64_t pids_in(int dir, const char *below)
{
	int fd = openat(dir, below, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint64_t pids = 0;

	if (fd < 0)
		return 0;
	pids = pids_of(fd);
	close(fd);
	return pids;
}

/* What is left of each limit by those that are not environments'. */
static void read_pids(struct above *above)
{
	uint64_t leaf = pids_in(above->place, PLACE_LEAF);
	uint64_t envs = pids_of(above->place);
	uint64_t most = LEVELS_NO_LIMIT, used, left;
	size_t n;
	int fd;

	envs = envs > leaf ? envs - leaf : 0;

	for (n = 0; n < above->levels->count; n++) {
		if (above->level[n].pids == LEVELS_NO_LIMIT)
			continue;
		fd = levels_open(above->levels, n);
		if (fd < 0)
			continue;
		used = pids_of(fd);
		close(fd);
		used = used > envs ? used - envs : 0;
		left = above->level[n].pids > used ?
		       above->level[n].pids - used : 0;
		if (left < most)
			most = left;
	}
	if (most != above->pids && !module_set_pids_limit(above->module, most))
		above->pids = most;
}

/*
 * When
 */

static void again(struct above *above, uint64_t usec)
{
	sd_event_source_set_time_relative(above->timer, usec);
	sd_event_source_set_enabled(above->timer, SD_EVENT_ONESHOT);
}

static void read_all(struct above *above, bool looked)
{
	bool memory = false, pids = above->pids != LEVELS_NO_LIMIT;
	size_t n;

	for (n = 0; n < above->levels->count; n++) {
		memory = memory || above->level[n].memory;
		pids = pids || above->level[n].pids != LEVELS_NO_LIMIT;
	}
	/* What of it is cache matters to who waits. */
	if (memory && (above->wanted || looked))
		read_memory(above);
	if (pids)
		read_pids(above);
	if ((memory && above->wanted) || pids)
		again(above, above->wanted ? WANTED_USEC : USEC);
}

static int rings(sd_event_source *source, uint64_t now, void *userdata)
{
	(void)source;
	(void)now;
	read_all(userdata, false);
	return 0;
}

static bool is_limited(int dir, const char *name)
{
	uint64_t limit;

	return !levels_read(dir, name, "%ju", &limit) && limit != LEVELS_NO_LIMIT;
}

void above_look(struct above *above, bool wanted)
{
	size_t n;

	if (!above)
		return;
	above->wanted = wanted;
	for (n = 0; n < above->levels->count; n++) {
		struct above_level *level = &above->level[n];
		int fd = levels_open(above->levels, n);

		level->memory = false;
		level->pids = LEVELS_NO_LIMIT;
		if (fd < 0)
			continue;
		level->memory = is_limited(fd, "memory.max") ||
				is_limited(fd, "memory.high");
		if (levels_read(fd, "pids.max", "%ju", &level->pids))
			level->pids = LEVELS_NO_LIMIT;
		close(fd);
	}
	read_all(above, true);
}

int above_start(sd_event *event, struct module *module, int place,
		const struct levels *levels, struct above **ret_above)
{
	struct above *above = calloc(1, sizeof(*above));
	size_t n;
	int ret;

	*ret_above = above;
	if (!above)
		return -ENOMEM;
	above->event = event;
	above->module = module;
	above->place = place;
	above->levels = levels;
	above->pids = LEVELS_NO_LIMIT;
	for (n = 0; n < LEVELS_MAX; n++)
		above->level[n].pids = LEVELS_NO_LIMIT;
	ret = sd_event_add_time_relative(event, &above->timer, CLOCK_MONOTONIC,
					 0, 0, rings, above);
	if (ret < 0)
		return ret;
	ret = module_set_place(module, place);
	if (ret)
		say_warning("cgroups above environments: %s: their limits of memory are not seen",
			    module_error(module));
	return 0;
}

void above_stop(struct above *above)
{
	if (!above)
		return;
	sd_event_source_disable_unref(above->timer);
	free(above);
}
