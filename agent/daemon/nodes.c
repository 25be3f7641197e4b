// SPDX-License-Identifier: GPL-2.0-only
#include "nodes.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"
#include "secret.h"
#include "trail.h"

#define DEV		"/dev"
#define WATCHES		(TASKFILE_ITEMS * 3UL)

/**
 * struct nodes - the devices and secrets of one environment
 * @are: what they were
 * @folders: the folders that say when one of them changes
 */
struct nodes {
	sd_event *event;
	const struct taskfile *task;
	nodes_changed_fn fn;
	void	*arg;
	char	are[NODES_SIZE];
	struct {
		char	*path;
		sd_event_source *source;
	} folders[WATCHES];
	size_t	folders_count;
};

static int look_again(sd_event_source *source, const struct inotify_event *event,
		      void *userdata);

/* Where devices are written to all the time. */
static bool is_dev(const char *folder)
{
	return !strncmp(folder, DEV, strlen(DEV)) &&
	       (!folder[strlen(DEV)] || folder[strlen(DEV)] == '/');
}

static void watch_folder(const char *folder, const char *name, void *arg)
{
	struct nodes *nodes = arg;
	size_t i, n = nodes->folders_count;
	char *path;
	int ret;

	(void)name;
	for (i = 0; i < n; i++)
		if (!strcmp(nodes->folders[i].path, folder))
			return;
	path = n < WATCHES ? strdup(folder) : NULL;
	ret = -ENOMEM;
	if (path)
		ret = sd_event_add_inotify(nodes->event,
					   &nodes->folders[n].source, folder,
					   IN_CREATE | IN_DELETE | IN_MOVE |
					   IN_ONLYDIR |
					   (is_dev(folder) ? 0 : IN_CLOSE_WRITE),
					   look_again, nodes);
	if (ret >= 0) {
		nodes->folders[nodes->folders_count++].path = path;
		return;
	}
	free(path);
	if (ret != -ENOENT)
		say_warning("changes in %s are not seen: %s", folder,
			    strerror(-ret));
}

/* The one of that number, devices first: where it is, and in which folder it must be. */
struct place {
	char	path[PATH_MAX];
	const char *within;
};

static size_t count_all(const struct taskfile *task)
{
	return task->devices_count + task->secrets_count;
}

/* False: it is none that can be looked at. */
static bool place_of(const struct taskfile *task, size_t number,
		     struct place *place)
{
	if (number < task->devices_count) {
		snprintf(place->path, sizeof(place->path), "%s",
			 task->devices[number].source);
		place->within = DEV;
		return !strncmp(place->path, DEV "/", strlen(DEV "/"));
	}
	secret_path(task->credentials,
		    task->secrets[number - task->devices_count], place->path);
	place->within = NULL;
	return true;
}

/*
 * A node that went and came back has another inode; a secret may be written in place.
 */
static size_t say_one(char *text, size_t size, bool secret,
		      const struct stat *st)
{
	if (!secret)
		return (size_t)snprintf(text, size, "%jx.%jx ",
					(uintmax_t)st->st_rdev,
					(uintmax_t)st->st_ino);
	return (size_t)snprintf(text, size, "%jx.%jx.%lx ",
				(uintmax_t)st->st_ino,
				(uintmax_t)st->st_mtim.tv_sec,
				(unsigned long)st->st_mtim.tv_nsec);
}

static void describe(struct nodes *nodes, bool watch, char text[NODES_SIZE])
{
	const struct taskfile *task = nodes->task;
	struct place place;
	struct stat st;
	size_t len = 0, i;

	text[0] = '\0';
	for (i = 0; i < count_all(task) && len < NODES_SIZE; i++) {
		if (!place_of(task, i, &place))
			continue;
		if (!trail_walk(place.path, place.within,
				watch ? watch_folder : NULL, nodes, &st))
			len += say_one(text + len, NODES_SIZE - len,
				       i >= task->devices_count, &st);
		else
			len += (size_t)snprintf(text + len, NODES_SIZE - len,
						"none ");
	}
}

/* Which one is not what it was, by its place in both; "" for none. */
static void differs(const struct nodes *nodes, const char *now,
		    struct place *place)
{
	const char *was = nodes->are;
	size_t i;

	for (i = 0; i < count_all(nodes->task); i++) {
		size_t len;

		if (!place_of(nodes->task, i, place))
			continue;
		len = strcspn(was, " ") + 1;
		if (strncmp(was, now, len))
			return;
		was += len;
		now += len;
	}
	*place->path = '\0';
}

static int look_again(sd_event_source *source, const struct inotify_event *event,
		      void *userdata)
{
	struct nodes *nodes = userdata;
	char now[NODES_SIZE];
	struct place place;

	(void)source;
	(void)event;
	describe(nodes, false, now);
	differs(nodes, now, &place);
	if (*place.path)
		nodes->fn(place.path, nodes->arg);
	return 0;
}

struct nodes *nodes_watch(sd_event *event, const struct taskfile *task,
			  nodes_changed_fn fn, void *arg)
{
	struct nodes *nodes;
	struct place place;
	size_t i;

	for (i = 0; i < count_all(task) && !place_of(task, i, &place); i++)
		;
	if (i == count_all(task))
		return NULL;
	nodes = calloc(1, sizeof(*nodes));
	if (!nodes) {
		say_warning("devices and secrets of %s are not watched: %s", task->name,
			    strerror(ENOMEM));
		return NULL;
	}
	*nodes = (struct nodes){ .event = event, .task = task, .fn = fn,
				 .arg = arg };
	/* First watched, then looked at: no change is missed in between. */
	describe(nodes, true, nodes->are);
	describe(nodes, false, nodes->are);
	return nodes;
}

const char *nodes_are(const struct nodes *nodes)
{
	return nodes ? nodes->are : "";
}

void nodes_free(struct nodes *nodes)
{
	if (!nodes)
		return;
	while (nodes->folders_count--) {
		sd_event_source_disable_unref(
			nodes->folders[nodes->folders_count].source);
		free(nodes->folders[nodes->folders_count].path);
	}
	free(nodes);
}
