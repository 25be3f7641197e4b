// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memfile.h"

/* It keeps the file systems busy that it is made of: not for long, where it is of no use. */
#define UNUSED_USEC	30000000ULL
#define ACCURACY_USEC	5000000ULL

/**
 * struct tree - one that is being made
 * @pid: who makes it
 * @child: until he has ended
 * @uid: the task's user
 * @made: of what, as he says
 * @watch: an inotify of its layers
 * @status: from him
 * @go: he ends when we close it
 * @error: what he said before he died
 */
struct tree {
	struct recipe *recipe;
	tree_fn	fn;
	void	*arg;
	pid_t	pid;
	sd_event_source *child;
	uid_t	uid;
	int	made;
	int	watch;
	int	status;
	int	go;
	char	error[ERROR_SIZE];
	size_t	error_len;
	bool	lacked;
	sd_event_source *reader;
};

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void tree_cancel(struct tree *tree)
{
	if (!tree)
		return;
	sd_event_source_disable_unref(tree->reader);
	/* It goes on without us, until he is reaped. */
	if (tree->child) {
		kill(tree->pid, SIGKILL);
		sd_event_source_set_userdata(tree->child, NULL);
	}
	close_fd(tree->made);
	close_fd(tree->watch);
	close_fd(tree->status);
	close_fd(tree->go);
	free(tree);
}

static void over(struct tree *tree, const char *why, bool lacked)
{
	tree_fn fn = tree->fn;
	void *arg = tree->arg;
	char text[ERROR_SIZE];

	if (why)
		snprintf(text, sizeof(text), "%s", why);
	tree_cancel(tree);
	fn(why ? text : NULL, lacked, arg);
}

/*
 * Those that are there
 */

static int look_at(sd_event_source *timer, uint64_t now, void *userdata)
{
	struct recipe *recipe = userdata;

	if (now >= recipe->used + UNUSED_USEC) {
		recipe_drop_tree(recipe);
		return 0;
	}
	sd_event_source_set_time(timer, recipe->used + UNUSED_USEC);
	return sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

/*
 * What is together in one file system (overlay) is as it was when it was looked at first,
 * whatever happens to the folders that it is made of: so a change there, which the inotify has
 * heard of when it is done, ends it. Of other changes the first process finds out.
 */
void tree_check(struct recipe *recipe)
{
	int heard = 0;

	if (recipe->watch >= 0 && (ioctl(recipe->watch, FIONREAD, &heard) || heard))
		recipe_drop_tree(recipe);
}

int tree_use(struct recipe *recipe)
{
	if (recipe->timer)
		sd_event_now(sd_event_source_get_event(recipe->timer),
			     CLOCK_MONOTONIC, &recipe->used);
	return recipe->tree;
}

static int open_namespace(const struct tree *tree, const char *name)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", tree->pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* They live by our files of them, and whoever has them. */
static void take(struct tree *tree)
{
	sd_event *event = sd_event_source_get_event(tree->reader);
	struct recipe *recipe = tree->recipe;

	recipe->tree = open_namespace(tree, "mnt");
	recipe->trees++;
	recipe->uid = tree->uid;
	recipe->user = open_namespace(tree, "user");
	recipe->made = tree->made;
	recipe->watch = tree->watch;
	tree->made = -1;
	tree->watch = -1;
	if ((recipe->tree < 0 || recipe->user < 0) && (errno == EACCES || errno == EPERM)) {
		/* A unit of somebody's own may leave us without CAP_SYS_PTRACE. */
		recipe_drop_tree(recipe);
		recipe->alone = true;
		over(tree, NULL, false);
		return;
	}
	if (recipe->tree < 0 || recipe->user < 0 || launch_map(tree->pid, tree->uid)) {
		recipe_drop_tree(recipe);
		over(tree, "its namespaces are not there", false);
		return;
	}
	/* Without it, it is kept for as long as the recipe is. */
	sd_event_add_time_relative(event, &recipe->timer, CLOCK_MONOTONIC, UNUSED_USEC,
				   ACCURACY_USEC, look_at, recipe);
	over(tree, NULL, false);
}

static void handle_text(struct tree *tree, const char *text, size_t len)
{
	if (*text == ORDER_READY) {
		take(tree);
		return;
	}
	if (*text == ORDER_STALE) {
		tree->recipe->alone = true;
		over(tree, NULL, false);
		return;
	}
	if (*text == ORDER_LACKED) {
		tree->lacked = true;
		text++;
		len--;
	}
	if (len > sizeof(tree->error) - 1 - tree->error_len)
		len = sizeof(tree->error) - 1 - tree->error_len;
	memcpy(tree->error + tree->error_len, text, len);
	tree->error_len += len;
}

static int heard(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct tree *tree = userdata;
	char text[ERROR_SIZE];
	ssize_t n = read(fd, text, sizeof(text));

	(void)source;
	(void)events;
	if (n > 0)
		handle_text(tree, text, (size_t)n);
	else if (!n || (errno != EAGAIN && errno != EINTR))
		over(tree, tree->error_len ? tree->error :
		     "who made its mounts died", tree->lacked);
	return 0;
}

static int ended(sd_event_source *source, const siginfo_t *info, void *userdata)
{
	struct tree *tree = userdata;

	(void)info;
	if (tree)
		tree->child = NULL;
	sd_event_source_unref(source);
	return 0;
}

static int start(struct tree *tree, sd_event *event, struct zygote *zygote, int cgroup,
		 uid_t user)
{
	struct launch launch = { .first = zygote->program, .cgroup = cgroup,
				 .way = ORDER_WAY_TREE, .number = user };
	int status[2] = { -1, -1 }, go[2] = { -1, -1 }, i, ret = 0;

	for (i = 0; i < ORDER_FDS - ORDER_FD; i++)
		launch.given[i] = -1;
	if (pipe2(status, O_CLOEXEC | O_NONBLOCK) || pipe2(go, O_CLOEXEC)) {
		ret = -errno;
	} else {
		launch.given[0] = tree->recipe->order;
		launch.given[ORDER_FD_STATUS - ORDER_FD] = status[1];
		launch.given[ORDER_FD_GO - ORDER_FD] = go[0];
		launch.given[ORDER_FD_MADE - ORDER_FD] = tree->made;
		launch.given[ORDER_FD_WATCH - ORDER_FD] = tree->watch;
		tree->pid = zygote_launch(zygote, &launch);
		if (tree->pid < 0)
			ret = -errno;
	}
	close_fd(status[1]);
	close_fd(go[0]);
	tree->status = status[0];
	tree->go = go[1];
	if (ret)
		return ret;
	ret = sd_event_add_child(event, &tree->child, tree->pid, WEXITED, ended, tree);
	/* When all that it said was heard: until then its number is nobody else's. */
	if (ret >= 0)
		ret = sd_event_source_set_priority(tree->child, SD_EVENT_PRIORITY_IDLE);
	if (ret >= 0)
		ret = sd_event_add_io(event, &tree->reader, tree->status, EPOLLIN,
				      heard, tree);
	return ret < 0 ? ret : 0;
}

struct tree *tree_start(sd_event *event, struct zygote *zygote, int cgroup,
			struct recipe *recipe, uid_t user, tree_fn fn, void *arg,
			char error[ERROR_SIZE])
{
	struct tree *tree = calloc(1, sizeof(*tree));
	int ret = tree ? 0 : -ENOMEM;

	if (tree) {
		*tree = (struct tree){ .recipe = recipe, .uid = user, .fn = fn, .arg = arg,
				       .made = memfile("made"), .status = -1,
				       .go = -1,
				       .watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK) };
		ret = tree->made < 0 || tree->watch < 0 ? -errno :
		      start(tree, event, zygote, cgroup, user);
	}
	if (!ret)
		return tree;
	snprintf(error, ERROR_SIZE, "making its mounts: %s", strerror(-ret));
	tree_cancel(tree);
	return NULL;
}
