// SPDX-License-Identifier: GPL-2.0-only
#include "collect.h"

#include <errno.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "book.h"
#include "logwire.h"
#include "rate.h"

/* As many as there may be environments, and agents. */
#define SOURCES		1100
/* Until somebody looks at what was left out. */
#define LOOK_USEC	RATE_TIME
/* How long collect_leave() waits. */
#define LEAVE_MS	2000

/**
 * struct source - a connection
 * @book: of the task that it said it is; NULL: it has not said so yet
 * @data: what is no whole line yet, @len bytes
 */
struct source {
	sd_event_source *io;
	struct book *book;
	uint32_t env;
	size_t	len;
	char	data[8192];
};

static struct {
	sd_event *event;
	sd_event_source *timer;
	size_t	sources;
} here;

static const struct sockaddr_un address = {
	.sun_family = AF_UNIX, .sun_path = LOGWIRE_SOCKET,
};

/* What was left out is said when the interval is over, also where nothing comes then. */
static void look_later(void)
{
	int on = SD_EVENT_OFF;

	sd_event_source_get_enabled(here.timer, &on);
	if (on != SD_EVENT_OFF)
		return;
	sd_event_source_set_time_relative(here.timer, LOOK_USEC);
	sd_event_source_set_enabled(here.timer, SD_EVENT_ONESHOT);
}

static int look(sd_event_source *timer, uint64_t usec, void *userdata)
{
	(void)timer;
	(void)usec;
	(void)userdata;
	if (book_look())
		look_later();
	return 0;
}

/*
 * A connection
 */

/* The last one ends us; who comes at this moment finds that nobody listens. */
static void drop(struct source *source)
{
	if (source->book)
		book_put(source->book);
	sd_event_source_disable_unref(source->io);
	free(source);
	if (!--here.sources)
		sd_event_exit(here.event, 0);
}

/* How many bytes it was; 0: there have to be more; -1: nonsense. */
static ssize_t take_hello(struct source *source)
{
	struct logwire_hello hello;

	if (source->len < sizeof(hello))
		return 0;
	memcpy(&hello, source->data, sizeof(hello));
	if (hello.version != LOGWIRE_VERSION || !*hello.task ||
	    !memchr(hello.task, '\0', sizeof(hello.task)) ||
	    strchr(hello.task, '/'))
		return -1;
	source->env = hello.env;
	source->book = book_get(hello.task);
	return source->book ? (ssize_t)sizeof(hello) : -1;
}

/* False: it is to be said later. */
static bool take_missed(struct source *source, const struct logwire_head *head)
{
	if (!(head->flags & LOGWIRE_LEFT_OUT))
		return book_lost(source->book, source->env, head->lost);
	book_left_out(source->book, head->lost);
	return false;
}

static ssize_t take_line(struct source *source, const char *data, size_t len)
{
	struct logwire_head head;

	if (len < sizeof(head))
		return 0;
	memcpy(&head, data, sizeof(head));
	if (head.len > LOGWIRE_LINE || memchr(data + sizeof(head), '\n',
		    len - sizeof(head) < head.len ? len - sizeof(head) : head.len))
		return -1;
	if (len < sizeof(head) + head.len)
		return 0;
	if (head.lost && !take_missed(source, &head))
		look_later();
	if (head.len && !book_line(source->book, source->env, &head,
				   data + sizeof(head)))
		look_later();
	return (ssize_t)(sizeof(head) + head.len);
}

/* False: it is no environment's. */
static bool take_all(struct source *source)
{
	size_t done = 0;
	ssize_t n;

	do {
		n = source->book ? take_line(source, source->data + done,
					     source->len - done) :
				   take_hello(source);
		if (n > 0)
			done += (size_t)n;
	} while (n > 0);
	source->len -= done;
	memmove(source->data, source->data + done, source->len);
	return !n;
}

static int heard(sd_event_source *io, int fd, uint32_t events, void *userdata)
{
	struct source *source = userdata;
	ssize_t n = recv(fd, source->data + source->len,
			 sizeof(source->data) - source->len, MSG_DONTWAIT);

	(void)io;
	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n > 0) {
		source->len += (size_t)n;
		if (take_all(source))
			return 0;
	}
	drop(source);
	return 0;
}

/* Only root may say which task it is. */
static bool trusted(int fd)
{
	struct ucred who;
	socklen_t size = sizeof(who);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) && !who.uid;
}

static int came(sd_event_source *io, int fd, uint32_t events, void *userdata)
{
	int one = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct source *source;

	(void)io;
	(void)events;
	(void)userdata;
	/* Short of files or memory: not again at once. */
	if (one < 0) {
		if (errno != EAGAIN && errno != ECONNABORTED)
			usleep(10000);
		return 0;
	}
	source = trusted(one) && here.sources < SOURCES ?
		 calloc(1, sizeof(*source)) : NULL;
	if (!source || sd_event_add_io(here.event, &source->io, one, EPOLLIN,
				       heard, source) < 0) {
		free(source);
		close(one);
		return 0;
	}
	sd_event_source_set_io_fd_own(source->io, true);
	here.sources++;
	return 0;
}

/*
 * The process
 */

static void be_collector(int listener)
{
	const struct rlimit files = { SOURCES + 200, SOURCES + 200 };
	sigset_t none;

	syscall(SYS_close_range, 3, listener - 1, 0);
	syscall(SYS_close_range, listener + 1, ~0U, 0);
	prctl(PR_SET_NAME, "sluice-log");
	/* They are meant for who has started us. */
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	setrlimit(RLIMIT_NOFILE, &files);
}

static int collect(int listener)
{
	int ret;

	be_collector(listener);
	ret = sd_event_new(&here.event);
	if (ret >= 0)
		ret = sd_event_add_io(here.event, NULL, listener, EPOLLIN, came,
				      NULL);
	if (ret >= 0)
		ret = sd_event_add_time(here.event, &here.timer,
					CLOCK_MONOTONIC, 0, 0, look, NULL);
	if (ret >= 0)
		ret = sd_event_source_set_enabled(here.timer, SD_EVENT_OFF);
	return ret < 0 ? ret : sd_event_loop(here.event);
}

/* Nobody's child: whoever has started us need not wait for our end. */
static int start(int listener)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		pid = fork();
		if (pid)
			_exit(pid < 0);
		_exit(collect(listener) < 0);
	}
	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status ? -EAGAIN : 0;
}

static int make_listener(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask;
	int ret;

	if (fd < 0)
		return -errno;
	unlink(LOGWIRE_SOCKET);
	mask = umask(0177);
	ret = bind(fd, (const struct sockaddr *)&address, sizeof(address)) ||
	      listen(fd, SOMAXCONN) ? -errno : 0;
	umask(mask);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

/*
 * Its other end
 */

static int join(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int ret;

	if (fd < 0)
		return -errno;
	if (!connect(fd, (const struct sockaddr *)&address, sizeof(address)))
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

bool collect_there(void)
{
	int fd = join();

	if (fd >= 0)
		close(fd);
	return fd >= 0 || fd == -EAGAIN;
}

/* Before it looks, as the first connection is what keeps it. */
static int start_and_join(void)
{
	int listener = make_listener(), fd, ret;

	if (listener < 0)
		return listener;
	fd = join();
	ret = fd < 0 ? fd : start(listener);
	close(listener);
	if (!ret)
		return fd;
	if (fd >= 0)
		close(fd);
	return ret;
}

int collect_join(char error[ERROR_SIZE])
{
	int fd = join();

	/* Nobody listens. */
	if (fd < 0 && fd != -EAGAIN)
		fd = start_and_join();
	if (fd < 0)
		snprintf(error, ERROR_SIZE, LOGWIRE_SOCKET ": %s", strerror(-fd));
	return fd;
}

void collect_leave(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };

	if (fd < 0)
		return;
	shutdown(fd, SHUT_WR);
	poll(&poller, 1, LEAVE_MS);
	close(fd);
}
