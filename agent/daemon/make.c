// SPDX-License-Identifier: GPL-2.0-only
#include "make.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sluice.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buses.h"
#include "devices.h"
#include "launch.h"
#include "say.h"
#include "tree.h"

/**
 * struct make - an environment in the making
 * @pid: its first process
 * @cgroup: its cgroup, open
 * @door: the file of /dev/sluice that becomes its door, when it is wanted; -1 before
 * @status: from the first process, see lib/order.h
 * @go: to the first process
 * @tree: it makes that for all of its task
 * @next: of those that wait for another one's
 * @used: the tree that it was given, the how manieth of its recipe; 0: none
 * @mapped: its user namespace has its user already
 * @attached: it has its user and its door
 * @error: what it said before it died
 * @lacked: it said that the gateway is short of something
 * @reader: of @status
 *
 * How long it may take is the module's to say (the task's start-timeout): then the
 * environment is not wanted any more.
 */
struct make {
	struct maker *maker;
	struct recipe *recipe;
	struct tree *tree;
	struct make *next;
	uint32_t used;
	uint32_t id;
	uid_t	uid;
	const struct make_ops *ops;
	void	*arg;
	pid_t	pid;
	int	cgroup;
	int	door;
	int	status;
	int	go;
	bool	mapped;
	bool	attached;
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

static void finish(struct make *make)
{
	sd_event_source_disable_unref(make->reader);
	close_fd(make->cgroup);
	close_fd(make->door);
	close_fd(make->status);
	close_fd(make->go);
	recipe_put(make->recipe);
	free(make);
}

static void leave_tree(struct make *make);

void make_cancel(struct make *make)
{
	if (!make)
		return;
	cgroup_kill(make->maker->place, make->id);
	leave_tree(make);
	finish(make);
}

/*
 * Is it the gateway that is short of files, memory or processes? A negative errno of
 * what the agent itself does: nothing of it is limited by the task.
 */
static bool gateway_lacks(int err)
{
	return err == -ENFILE || err == -EMFILE || err == -ENOMEM ||
	       err == -ENOBUFS || err == -EAGAIN || err == -ENOSPC;
}

static void fail(struct make *make, const char *why, bool lacked)
{
	const struct make_ops *ops = make->ops;
	char text[ERROR_SIZE];
	void *arg = make->arg;

	snprintf(text, sizeof(text), "%s", why);
	make_cancel(make);
	ops->failed(text, lacked, arg);
}

/*
 * The first process
 */

/* If there is one: with its door. Of one that has died we hear otherwise. */
static void tell_wanted(const struct make *make)
{
	char wanted = 'w', room[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec part = { .iov_base = &wanted, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1,
				  .msg_control = room,
				  .msg_controllen = sizeof(room) };
	struct cmsghdr *rights = (struct cmsghdr *)room;

	if (make->go < 0 || make->door < 0)
		return;
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(rights), &make->door, sizeof(int));
	sendmsg(make->go, &message, MSG_NOSIGNAL);
}

static int start_once(struct make *make, char error[ERROR_SIZE])
{
	struct zygote *zygote = &make->maker->zygote;
	char env[16], *words[] = { env, NULL };
	struct launch launch = { .first = zygote->program, .cgroup = make->cgroup,
				 .way = ORDER_WAY_MAKE, .number = make->uid,
				 .words = words,
				 .no_ipc = make->recipe->file->filter == SYSCALLS_STRICT };
	int status[2] = { -1, -1 }, go[2] = { -1, -1 }, ret = 0;

	snprintf(env, sizeof(env), "%u", make->id);
	if (pipe2(status, O_CLOEXEC | O_NONBLOCK) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, go)) {
		ret = -errno;
		snprintf(error, ERROR_SIZE, "pipes: %s", strerror(errno));
	} else {
		int used = tree_use(make->recipe);

		make->used = used < 0 ? 0 : make->recipe->trees;
		/* With uid-base it may be another one's, see life.h. */
		make->mapped = make->used && make->recipe->uid == make->uid;
		memcpy(launch.given, (int[]){ make->recipe->order,
					      make->recipe->filter, -1,
					      status[1], go[0], used,
					      make->recipe->made,
					      make->mapped ?
					      make->recipe->user : -1, -1, -1,
					      -1, -1 },
		       sizeof(launch.given));
		make->go = go[1];
		/* The word is there before it: then it need not wait for it. */
		tell_wanted(make);
		make->pid = zygote_launch(zygote, &launch);
		if (make->pid < 0) {
			ret = -errno;
			snprintf(error, ERROR_SIZE, "clone3: %s",
				 strerror(errno));
		}
	}
	close_fd(status[1]);
	close_fd(go[0]);
	make->status = status[0];
	make->go = go[1];
	return ret;
}

/*
 * A zygote that did not answer may have made one all the same: all that is in there ends,
 * and with pipes that nobody has the next zygote makes one.
 */
static int start_first(struct make *make, char error[ERROR_SIZE])
{
	int ret = start_once(make, error);

	if (ret != -EAGAIN)
		return ret;
	cgroup_kill(make->maker->place, make->id);
	close_fd(make->status);
	close_fd(make->go);
	return start_once(make, error);
}

/*
 * What it says
 */

/* It has no other nodes: this holds where one comes to it in spite of that. */
static int confine(const struct make *make)
{
	static bool said;
	int ret = devices_confine(make->cgroup, make->recipe->file);

	if (ret != -ENOSYS)
		return ret;
	if (!said)
		say_warning("eBPF: this kernel knows no programs for devices of a cgroup: environments have no other nodes, and that is all");
	said = true;
	return 0;
}

/* It waits for its user and its door. */
static int attach(struct make *make)
{
	struct sluice_attach attach = {
		.size = sizeof(attach), .env = make->id,
		.cgroup_fd = make->cgroup, .pid = make->pid,
	};
	char buses[BUSES_SIZE];
	int ret = !make->mapped ? launch_map(make->pid, make->uid) : 0;

	buses_of(make->recipe->file, buses);
	if (*buses)
		attach.flags = SLUICE_ATTACH_RETURNS;
	/* The place was made at full speed; the task gets what it asked for. */
	if (!ret)
		ret = cgroup_limit_cpu(make->cgroup, &make->recipe->limits);
	/* Its place is made, which takes devices that are not for its program. */
	if (!ret)
		ret = confine(make);
	if (!ret && ioctl(make->door, SLUICE_IOC_ATTACH, &attach))
		ret = -errno;
	return ret;
}

/* False: there is nothing left of it. */
static bool handle_ready(struct make *make)
{
	char why[ERROR_SIZE];
	int ret = attach(make);

	if (!ret) {
		make->attached = true;
		make->ops->attached(cgroup_id(make->cgroup), make->arg);
		if (send(make->go, "g", 1, MSG_NOSIGNAL) != 1)
			ret = -errno;
	}
	if (!ret)
		return true;
	snprintf(why, sizeof(why), "attaching: %s", strerror(-ret));
	fail(make, why, gateway_lacks(ret));
	return false;
}

static void handle_text(struct make *make, const char *text, size_t len)
{
	for (; len && *text == ORDER_MOVED; text++, len--)
		make->ops->moved(make->pid, make->arg);
	/* It makes one for itself, or ends and is begun anew; the next one makes one for all. */
	if (len && *text == ORDER_STALE) {
		if (make->recipe->trees == make->used)
			recipe_drop_tree(make->recipe);
		text++;
		len--;
	}
	if (len && *text == ORDER_READY) {
		if (!handle_ready(make))
			return;
		text++;
		len--;
	}
	if (len && *text == ORDER_LACKED) {
		make->lacked = true;
		text++;
		len--;
	}
	if (len > sizeof(make->error) - 1 - make->error_len)
		len = sizeof(make->error) - 1 - make->error_len;
	memcpy(make->error + make->error_len, text, len);
	make->error_len += len;
}

/* Nobody holds the other end any more: sluice-init runs, or all is over. */
static void handle_end(struct make *make)
{
	const struct make_ops *ops = make->ops;
	pid_t pid = make->pid;
	void *arg = make->arg;

	if (make->error_len) {
		fail(make, make->error, make->lacked);
	} else if (!make->attached) {
		fail(make, "its first process died", false);
	} else {
		finish(make);
		ops->made(pid, arg);
	}
}

static int heard(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct make *make = userdata;
	char text[ERROR_SIZE];
	ssize_t n = read(fd, text, sizeof(text));

	(void)source;
	(void)events;
	if (n > 0)
		handle_text(make, text, (size_t)n);
	else if (!n || (errno != EAGAIN && errno != EINTR))
		handle_end(make);
	return 0;
}

/*
 * Reap it, when all that it said has been heard: as long as we may attach it, its number
 * is nobody else's.
 */
static int ended(sd_event_source *source, const siginfo_t *info, void *userdata)
{
	(void)info;
	(void)userdata;
	sd_event_source_unref(source);
	return 0;
}

static int listen_to(struct make *make)
{
	sd_event *event = make->maker->event;
	sd_event_source *child;
	int ret;

	ret = sd_event_add_child(event, &child, make->pid, WEXITED, ended, NULL);
	if (ret >= 0)
		ret = sd_event_source_set_priority(child, SD_EVENT_PRIORITY_IDLE);
	if (ret >= 0)
		ret = sd_event_add_io(event, &make->reader, make->status,
				      EPOLLIN, heard, make);
	return ret < 0 ? ret : 0;
}

/*
 * Begin
 */

/* What of disks it was promised is counted in any case: that nobody keeps it to that is said. */
static int limit_disk(const struct make *make)
{
	static bool said;
	int ret = cgroup_limit_disk(make->cgroup, &make->recipe->limits);

	if (ret != -ENOENT && ret != -ENODEV)
		return ret;
	if (!said)
		say_warning("disk: environments are not kept to what their tasks ask for: %s",
			    ret == -ENOENT ? "there is no io.max" :
			    "what is below /var/lib/sluice is no disk");
	said = true;
	return 0;
}

static int make_place(struct make *make, char error[ERROR_SIZE])
{
	const char *which;
	int ret;

	make->cgroup = cgroup_make(make->maker->place, make->id);
	if (make->cgroup < 0) {
		snprintf(error, ERROR_SIZE, "making cgroup env-%u: %s", make->id,
			 strerror(-make->cgroup));
		return make->cgroup;
	}
	ret = cgroup_limit(make->cgroup, &make->recipe->limits, &which);
	if (!ret) {
		which = "io.max";
		ret = limit_disk(make);
	}
	if (ret)
		snprintf(error, ERROR_SIZE, "setting %s: %s", which,
			 strerror(-ret));
	return ret;
}

static int run_first(struct make *make, char error[ERROR_SIZE])
{
	int ret = start_first(make, error);

	if (ret)
		return ret;
	ret = listen_to(make);
	if (ret)
		snprintf(error, ERROR_SIZE, "the agent's event loop: %s",
			 strerror(-ret));
	return ret;
}

/*
 * What all environments of the task begin with: the first one makes it, and the others
 * wait for that.
 */

static bool needs_tree(const struct make *make)
{
	struct recipe *recipe = make->recipe;

	tree_check(recipe);
	return !recipe->alone && recipe->tree < 0;
}

static void tree_made(const char *why, bool lacked, void *arg);

static struct tree *start_tree(struct make *make, char error[ERROR_SIZE])
{
	return tree_start(make->maker->event, &make->maker->zygote, make->cgroup,
			  make->recipe, make->uid, tree_made, make, error);
}

/* 0 or a negative errno: it is made, or somebody makes it. */
static int want_tree(struct make *make, char error[ERROR_SIZE])
{
	struct maker *maker = make->maker;

	if (!make->recipe->busy) {
		make->tree = start_tree(make, error);
		/* As with a first process. */
		if (!make->tree) {
			cgroup_kill(maker->place, make->id);
			make->tree = start_tree(make, error);
		}
		make->recipe->busy = make->tree;
		return make->tree ? 0 : -EAGAIN;
	}
	make->next = maker->waiting;
	maker->waiting = make;
	return 0;
}

static int begin_root(struct make *make, char error[ERROR_SIZE])
{
	if (!needs_tree(make))
		return run_first(make, error);
	/* What nobody waits for is not what others wait for. */
	if (make->door < 0) {
		snprintf(error, ERROR_SIZE, "there is nothing to begin with");
		return -ESTALE;
	}
	return want_tree(make, error);
}

/* One that waits for a tree of that recipe, and does not any more. */
static struct make *take_waiting(struct maker *maker, const struct recipe *recipe)
{
	struct make **at = &maker->waiting, *make;

	while ((make = *at) && make->recipe != recipe)
		at = &make->next;
	if (make)
		*at = make->next;
	return make;
}

/* All go on: with the tree, or one of them makes it. */
static void wake_waiting(struct maker *maker, struct recipe *recipe)
{
	struct make *list = NULL, *make;
	char error[ERROR_SIZE];
	int ret;

	recipe_get(recipe);
	while ((make = take_waiting(maker, recipe))) {
		make->next = list;
		list = make;
	}
	while ((make = list)) {
		list = make->next;
		ret = begin_root(make, error);
		if (ret)
			fail(make, error, gateway_lacks(ret));
	}
	recipe_put(recipe);
}

static void leave_tree(struct make *make)
{
	struct make **at = &make->maker->waiting;

	while (*at && *at != make)
		at = &(*at)->next;
	if (*at)
		*at = make->next;
	if (!make->tree)
		return;
	tree_cancel(make->tree);
	make->tree = NULL;
	make->recipe->busy = false;
	wake_waiting(make->maker, make->recipe);
}

static void tree_made(const char *why, bool lacked, void *arg)
{
	struct make *make = arg;
	struct recipe *recipe = recipe_get(make->recipe);
	struct maker *maker = make->maker;
	char error[ERROR_SIZE];
	int ret = 0;

	make->tree = NULL;
	recipe->busy = false;
	if (!why) {
		ret = run_first(make, error);
		why = ret ? error : NULL;
		lacked = gateway_lacks(ret);
	}
	if (why)
		fail(make, why, lacked);
	wake_waiting(maker, recipe);
	recipe_put(recipe);
}

int make_want(struct make *make, const char *note, char error[ERROR_SIZE])
{
	int ret;

	make->door = open(SLUICE_DEVICE, O_RDWR | O_CLOEXEC);
	if (make->door < 0) {
		ret = -errno;
		snprintf(error, ERROR_SIZE, SLUICE_DEVICE ": %s",
			 strerror(errno));
		return ret;
	}
	cgroup_note(make->cgroup, note);
	tell_wanted(make);
	return 0;
}

static int begin(struct make *make, const char *note, char error[ERROR_SIZE])
{
	int ret = make_place(make, error);

	if (!ret && note)
		ret = make_want(make, note, error);
	return ret ? ret : begin_root(make, error);
}

struct make *make_start(struct maker *maker, struct recipe *recipe,
			uint32_t id, uid_t uid, const char *note,
			const struct make_ops *ops, void *arg,
			char error[ERROR_SIZE], bool *lacked)
{
	struct make *make = calloc(1, sizeof(*make));
	int ret;

	if (!make) {
		snprintf(error, ERROR_SIZE, "the agent has no memory");
		*lacked = true;
		return NULL;
	}
	*make = (struct make){
		.maker = maker, .recipe = recipe_get(recipe), .id = id,
		.uid = uid, .ops = ops, .arg = arg, .cgroup = -1, .door = -1,
		.status = -1, .go = -1,
	};
	ret = begin(make, note, error);
	if (!ret)
		return make;
	*lacked = gateway_lacks(ret);
	make_cancel(make);
	return NULL;
}

void make_hand_over(struct make *make, const struct make_ops *ops, void *arg)
{
	make->ops = ops;
	make->arg = arg;
}
