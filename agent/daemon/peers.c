// SPDX-License-Identifier: GPL-2.0-only
#include "peers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "order.h"
#include "peer.h"
#include "say.h"

struct peers {
	const struct taskfile *task;
	peers_closed_fn fn;
	void	*arg;
	sd_event_source *sources[TASKFILE_ITEMS];
};

/* It can lose its other side. */
static bool is_connection(const struct taskfile_socket *socket)
{
	return !strncmp(socket->address, "tcp:", 4) ||
	       !strncmp(socket->address, "unix:", 5) ||
	       !strncmp(socket->address, "can:", 4);
}

/*
 * It may be the last one that is open, and a program that has gone may have asked for
 * its close to wait until a peer has taken all that was sent.
 */
static void drop(sd_event_source *source, bool last)
{
	const struct linger none = { 0 };

	if (!source)
		return;
	if (last)
		setsockopt(sd_event_source_get_io_fd(source), SOL_SOCKET,
			   SO_LINGER, &none, sizeof(none));
	sd_event_source_disable_unref(source);
}

void peers_free(struct peers *peers, bool gone)
{
	size_t i;

	if (!peers)
		return;
	for (i = 0; i < TASKFILE_ITEMS; i++)
		drop(peers->sources[i], gone);
	free(peers);
}

static int closed(sd_event_source *source, int fd, uint32_t events,
		  void *userdata)
{
	struct peers *peers = userdata;
	size_t i;

	(void)events;
	if (!peer_gone(fd))
		return 0;
	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	for (i = 0; i < peers->task->sockets_count; i++)
		if (peers->sources[i] == source)
			break;
	peers->fn(peers->task->sockets[i].name, peers->arg);
	return 0;
}

static int watch_one(struct peers *peers, sd_event *event, int pidfd, size_t i)
{
	int fd, ret;

	fd = (int)syscall(SYS_pidfd_getfd, pidfd, ORDER_ENV_SOCKETS + i, 0);
	if (fd < 0)
		return -errno;
	ret = sd_event_add_io(event, &peers->sources[i], fd,
			      EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLET,
			      closed, peers);
	if (ret < 0) {
		close(fd);
		return ret;
	}
	sd_event_source_set_io_fd_own(peers->sources[i], true);
	return 0;
}

static int watch_all(struct peers *peers, sd_event *event, int pidfd)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < peers->task->sockets_count && !ret; i++)
		if (is_connection(&peers->task->sockets[i]))
			ret = watch_one(peers, event, pidfd, i);
	return ret;
}

struct peers *peers_watch(sd_event *event, pid_t pid, const struct taskfile *task,
			  peers_closed_fn fn, void *arg)
{
	struct peers *peers;
	int pidfd, ret;
	size_t i;

	for (i = 0; i < task->sockets_count; i++)
		if (is_connection(&task->sockets[i]))
			break;
	if (i == task->sockets_count)
		return NULL;
	peers = calloc(1, sizeof(*peers));
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	ret = pidfd < 0 ? -errno : -ENOMEM;
	if (peers && pidfd >= 0) {
		*peers = (struct peers){ .task = task, .fn = fn, .arg = arg };
		ret = watch_all(peers, event, pidfd);
	}
	if (pidfd >= 0)
		close(pidfd);
	if (!ret)
		return peers;
	/* It ended: then there is nothing to watch. */
	if (ret != -ESRCH)
		say_warning("connections of %s are not watched: %s", task->name,
			    strerror(-ret));
	peers_free(peers, false);
	return NULL;
}
