// SPDX-License-Identifier: GPL-2.0-only
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "devices.h"
#include "fail.h"
#include "filter.h"
#include "machine.h"

#define FOLDER "/run/sluice"

static int *given(struct stage *stage, int number)
{
	return &stage->launch.given[number - ORDER_FD];
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int refuse(int err, const char *what)
{
	fail(fail_errno(err), "%s: %s", what, strerror(err < 0 ? -err : err));
	return CLI_REFUSED;
}

int stage_needs_root(void)
{
	if (!geteuid())
		return CLI_OK;
	fail(fail_errno(EPERM), "looking inside: this needs root");
	return CLI_REFUSED;
}

static int open_at(const char *path, int flags, int *fd)
{
	*fd = open(path, flags | O_CLOEXEC);
	return *fd < 0 ? refuse(errno, path) : CLI_OK;
}

static int open_order(struct stage *stage, struct taskfile *task)
{
	int *order = given(stage, ORDER_FD), ret;

	machine_complete(task);
	*order = order_write(task);
	if (*order < 0)
		return refuse(*order, "the order");
	ret = open_at("/dev/null", O_RDWR, given(stage, ORDER_FD_DOOR));
	if (ret)
		return ret;
	/* The agent's, which makes them as well. */
	mkdir(FOLDER, 0755);
	return !mkdir(ORDER_ROOT, 0755) || errno == EEXIST ? CLI_OK :
	       refuse(errno, ORDER_ROOT);
}

/* As calls have it; but the terminal is that of who looks. */
static int make_filter(const struct taskfile *task)
{
	struct filter filter = { .preset = SYSCALLS_DEFAULT };

	if (task)
		filter = filter_of(task);
	filter.terminal = true;
	return filter_make(&filter);
}

int stage_open(struct stage *stage, const char *way, struct taskfile *task)
{
	int *filter = given(stage, ORDER_FD_FILTER), i, ret;

	*stage = (struct stage){ .launch.cgroup = -1, .launch.first = -1,
				 .launch.way = way,
				 .patience = -1, .network = -1, .status = -1,
				 .go = -1,
				 .task = task };
	for (i = ORDER_FD; i < ORDER_FDS; i++)
		*given(stage, i) = -1;
	ret = open_at(LAUNCH_INIT, O_RDONLY,
		      &stage->launch.first);
	if (ret)
		return ret;
	*filter = make_filter(task);
	if (*filter < 0)
		return refuse(*filter, "system call filter");
	return strcmp(way, ORDER_WAY_ENTER) ? open_order(stage, task) : CLI_OK;
}

/*
 * What it says
 */

/* It waits for its user; who enters has one. */
static void handle_ready(struct stage *stage)
{
	int ret = 0;

	if (stage->go < 0)
		return;
	ret = launch_map(stage->pid, stage->launch.number);
	/* The place was made at full speed; the task gets what it asked for. */
	if (!ret && stage->limits)
		ret = cgroup_limit_cpu(stage->launch.cgroup, stage->limits);
	if (!ret && stage->limits)
		ret = devices_confine(stage->launch.cgroup, stage->task);
	if (ret == -ENOSYS)
		ret = 0;
	if (!ret && write(stage->go, "g", 1) == 1)
		return;
	snprintf(stage->error, sizeof(stage->error), "its user: %s",
		 strerror(ret ? -ret : errno));
	stage->error_len = strlen(stage->error);
	close_end(&stage->go);
}

static void keep_network(struct stage *stage)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", stage->pid);
	if (stage->network < 0)
		stage->network = open(path, O_RDONLY | O_CLOEXEC);
}

static void handle_text(struct stage *stage, const char *text, size_t len)
{
	size_t room = sizeof(stage->error) - 1 - stage->error_len;

	for (; len && *text == ORDER_MOVED; text++, len--)
		keep_network(stage);
	if (len && *text == ORDER_READY) {
		handle_ready(stage);
		text++;
		len--;
	}
	if (len && *text == ORDER_LACKED) {
		text++;
		len--;
	}
	if (len > room)
		len = room;
	memcpy(stage->error + stage->error_len, text, len);
	stage->error_len += len;
}

/* False: nothing more is to be heard. */
static bool hear(struct stage *stage)
{
	struct pollfd fds[] = {
		{ .fd = stage->status, .events = POLLIN },
		{ .fd = stage->relay ? stage->relay->signals : -1,
		  .events = POLLIN },
	};
	char text[STAGE_ERROR];
	ssize_t n;
	int ret = poll(fds, 2, stage->patience);

	if (!ret)
		snprintf(stage->error, sizeof(stage->error),
			 "making its place: takes too long");
	if (ret <= 0)
		return ret < 0 && errno == EINTR;
	if (fds[1].revents) {
		relay_take_signal(stage->relay);
		if (stage->relay->ended_by)
			return false;
	}
	if (!fds[0].revents)
		return true;
	n = read(stage->status, text, sizeof(text));
	if (n > 0)
		handle_text(stage, text, (size_t)n);
	return n > 0;
}

static void give_up(struct stage *stage)
{
	kill(stage->pid, SIGKILL);
	waitpid(stage->pid, NULL, 0);
	stage->pid = 0;
}

static void start(struct stage *stage)
{
	int status[2], go[2];

	if (pipe2(status, O_CLOEXEC))
		goto failed;
	stage->status = status[0];
	*given(stage, ORDER_FD_STATUS) = status[1];
	/* Who enters is what he is to be. */
	if (strcmp(stage->launch.way, ORDER_WAY_ENTER) != 0) {
		if (pipe2(go, O_CLOEXEC))
			goto failed;
		stage->go = go[1];
		*given(stage, ORDER_FD_GO) = go[0];
	}
	stage->pid = launch_first(&stage->launch);
	if (stage->pid > 0)
		return;
failed:
	stage->pid = 0;
	snprintf(stage->error, sizeof(stage->error), "starting sluice-init: %s%s",
		 strerror(errno), errno == EAGAIN && stage->launch.cgroup >= 0 ?
		 ": no room for another process (pids)" : "");
}

int stage_start(struct stage *stage)
{
	start(stage);
	close_end(given(stage, ORDER_FD_STATUS));
	close_end(given(stage, ORDER_FD_GO));
	if (!stage->pid)
		return CLI_REFUSED;
	while (hear(stage))
		;
	if (!*stage->error && (!stage->relay || !stage->relay->ended_by))
		return CLI_OK;
	give_up(stage);
	return CLI_REFUSED;
}

void stage_close(struct stage *stage)
{
	int i;

	for (i = ORDER_FD; i < ORDER_FDS; i++)
		close_end(given(stage, i));
	close_end(&stage->launch.first);
	close_end(&stage->launch.cgroup);
	close_end(&stage->network);
	close_end(&stage->status);
	close_end(&stage->go);
}
