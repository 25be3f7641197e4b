// SPDX-License-Identifier: GPL-2.0-only
#include "peers.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/can.h>
#include <linux/can/raw.h>
#include <stdio.h>
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
	uint32_t env;
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

/* The place of the first socket of that address: the pair of interfaces is named by it. */
static size_t first_of(const struct taskfile *task, size_t i)
{
	size_t first = 0;

	while (strcmp(task->sockets[first].address, task->sockets[i].address))
		first++;
	return first;
}

/* To which interface its bus is tied: a number that no other ever has. 0: to none. */
static int interface_of(const struct peers *peers, size_t i)
{
	char path[80], name[16], alias[80] = "";
	int index = 0;
	FILE *file;

	snprintf(name, sizeof(name), ORDER_CAN_NAME, peers->env,
		 (unsigned char)first_of(peers->task, i));
	snprintf(path, sizeof(path), "/sys/class/net/%s/ifalias", name);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (!fgets(alias, sizeof(alias), file) ||
	    sscanf(alias, "sluice: %*s %d", &index) != 1)
		index = 0;
	fclose(file);
	return index;
}

/*
 * The program's own is bound to an interface that stays. One of ours, that receives
 * nothing, hears when the gateway's goes, or that it has gone.
 */
static int open_bus(int index)
{
	const struct sockaddr_can address = { .can_family = AF_CAN,
					      .can_ifindex = index };
	int fd = socket(AF_CAN, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, CAN_RAW);

	if (fd < 0 ||
	    setsockopt(fd, SOL_CAN_RAW, CAN_RAW_FILTER, NULL, 0) ||
	    (bind(fd, (const struct sockaddr *)&address, sizeof(address)) &&
	     errno != ENODEV)) {
		index = -errno;
		if (fd >= 0)
			close(fd);
		return index;
	}
	return fd;
}

static int open_one(const struct peers *peers, int pidfd, size_t i)
{
	int fd, index = 0;

	if (!strncmp(peers->task->sockets[i].address, "can:", 4))
		index = interface_of(peers, i);
	if (index)
		return open_bus(index);
	/* Also the bus of an environment of an earlier version. */
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, ORDER_ENV_SOCKETS + i, 0);
	return fd < 0 ? -errno : fd;
}

static int watch_one(struct peers *peers, sd_event *event, int pidfd, size_t i)
{
	int fd, ret;

	fd = open_one(peers, pidfd, i);
	if (fd < 0)
		return fd;
	ret = sd_event_add_io(event, &peers->sources[i], fd,
			      EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLET,
			      closed, peers);
	if (ret < 0) {
		close(fd);
		return ret;
	}
	sd_event_source_set_io_fd_own(peers->sources[i], true);
	if (peer_gone(fd))
		closed(peers->sources[i], fd, 0, peers);
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

struct peers *peers_watch(sd_event *event, pid_t pid, uint32_t env,
			  const struct taskfile *task, peers_closed_fn fn, void *arg)
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
		*peers = (struct peers){ .task = task, .env = env,
					 .fn = fn, .arg = arg };
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
