// SPDX-License-Identifier: GPL-2.0-only
#include "nodes.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"
#include "trail.h"

#define DEV		"/dev"
#define WATCHES		(TASKFILE_ITEMS * 2UL)

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
	struct {
		char	*path;
		sd_event_source *source;
	} folders[WATCHES];
	size_t	folders_count;
};

static int look_again(sd_event_source *source, const struct inotify_event *event,
		      void *userdata);

static void watch_folder(const char *folder, void *arg)
{
	struct nodes *nodes = arg;
	size_t i, n = nodes->folders_count;
	char *path;
	int ret;

	for (i = 0; i < n; i++)
		if (!strcmp(nodes->folders[i].path, folder))
			return;
	path = n < WATCHES ? strdup(folder) : NULL;
	ret = -ENOMEM;
	if (path)
		ret = sd_event_add_inotify(nodes->event,
					   &nodes->folders[n].source, folder,
					   IN_CREATE | IN_DELETE | IN_MOVE |
					   IN_ONLYDIR, look_again, nodes);
	if (ret >= 0) {
		nodes->folders[nodes->folders_count++].path = path;
		return;
	}
	free(path);
	if (ret != -ENOENT)
		say_warning("changes in %s are not seen: %s", folder,
			    strerror(-ret));
}

static bool is_ours(const struct taskfile_mount *device)
{
	return !strncmp(device->source, DEV "/", strlen(DEV "/"));
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
		if (!trail_walk(task->devices[i].source, DEV,
				watch ? watch_folder : NULL, nodes, &st))
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
	while (nodes->folders_count--) {
		sd_event_source_disable_unref(
			nodes->folders[nodes->folders_count].source);
		free(nodes->folders[nodes->folders_count].path);
	}
	free(nodes);
}
