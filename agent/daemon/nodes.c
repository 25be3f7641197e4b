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

#define DEV		"/dev/"
/* Links that one name leads through. */
#define HOPS		8
#define WATCHES		(TASKFILE_ITEMS * 2)

/**
 * struct nodes - the devices of one environment
 * @are: what they were
 * @folders: the folders that say when one of them changes
 */
struct nodes {
	sd_event *event;
	const struct taskfile *task;
	nodes_changed_fn fn;
	void	*arg;
	char	are[NODES_SIZE];
	sd_event_source *folders[WATCHES];
	size_t	folders_count;
};

static int look_again(sd_event_source *source, const struct inotify_event *event,
		      void *userdata);

static void watch_folder(struct nodes *nodes, const char *folder)
{
	sd_event_source **at = &nodes->folders[nodes->folders_count];
	int ret = -ENOSPC;

	if (nodes->folders_count < WATCHES)
		ret = sd_event_add_inotify(nodes->event, at, folder,
					   IN_CREATE | IN_DELETE | IN_MOVE |
					   IN_ONLYDIR, look_again, nodes);
	if (ret >= 0)
		nodes->folders_count++;
	else if (ret != -ENOENT)
		say_warning("changes in %s are not seen: %s", folder,
			    strerror(-ret));
}

/*
 * Where a name leads, link by link, each in a folder that is watched if @watch. False:
 * nowhere, or out of /dev.
 */
static bool follow(struct nodes *nodes, bool watch, const char *path,
		   struct stat *st)
{
	char at[PATH_MAX], target[PATH_MAX], *name;
	ssize_t len;
	int hop;

	snprintf(at, sizeof(at), "%s", path);
	for (hop = 0; hop < HOPS && !strncmp(at, DEV, strlen(DEV)); hop++) {
		name = strrchr(at, '/') + 1;
		if (watch) {
			name[-1] = '\0';
			watch_folder(nodes, at);
			name[-1] = '/';
		}
		if (lstat(at, st))
			return false;
		if (!S_ISLNK(st->st_mode))
			return true;
		len = readlink(at, target, sizeof(target) - 1);
		if (len < 0)
			return false;
		target[len] = '\0';
		if (*target == '/')
			name = at;
		if (strlen(target) >= sizeof(at) - (size_t)(name - at))
			return false;
		strcpy(name, target);
	}
	return false;
}

static bool is_ours(const struct taskfile_mount *device)
{
	return !strncmp(device->source, DEV, strlen(DEV));
}

/* A node that went and came back has another inode. */
static void describe(struct nodes *nodes, bool watch, char text[NODES_SIZE])
{
	const struct taskfile *task = nodes->task;
	struct stat st;
	size_t len = 0, i;

	text[0] = '\0';
	for (i = 0; i < task->devices_count && len < NODES_SIZE; i++) {
		if (!is_ours(&task->devices[i]))
			continue;
		if (follow(nodes, watch, task->devices[i].source, &st))
			len += (size_t)snprintf(text + len, NODES_SIZE - len,
						"%jx.%jx ",
						(uintmax_t)st.st_rdev,
						(uintmax_t)st.st_ino);
		else
			len += (size_t)snprintf(text + len, NODES_SIZE - len,
						"none ");
	}
}

/* Which one is not what it was, by its place in both. */
static const char *differs(const struct nodes *nodes, const char *now)
{
	const struct taskfile *task = nodes->task;
	const char *was = nodes->are;
	size_t i;

	for (i = 0; i < task->devices_count; i++) {
		size_t len;

		if (!is_ours(&task->devices[i]))
			continue;
		len = strcspn(was, " ") + 1;
		if (strncmp(was, now, len))
			return task->devices[i].source;
		was += len;
		now += len;
	}
	return NULL;
}

static int look_again(sd_event_source *source, const struct inotify_event *event,
		      void *userdata)
{
	struct nodes *nodes = userdata;
	char now[NODES_SIZE];
	const char *which;

	(void)source;
	(void)event;
	describe(nodes, false, now);
	which = differs(nodes, now);
	if (which)
		nodes->fn(which, nodes->arg);
	return 0;
}

struct nodes *nodes_watch(sd_event *event, const struct taskfile *task,
			  nodes_changed_fn fn, void *arg)
{
	struct nodes *nodes;
	size_t i;

	for (i = 0; i < task->devices_count && !is_ours(&task->devices[i]); i++)
		;
	if (i == task->devices_count)
		return NULL;
	nodes = calloc(1, sizeof(*nodes));
	if (!nodes) {
		say_warning("devices of %s are not watched: %s", task->name,
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
	while (nodes->folders_count)
		sd_event_source_disable_unref(
			nodes->folders[--nodes->folders_count]);
	free(nodes);
}
