// SPDX-License-Identifier: GPL-2.0-only
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "fail.h"

static const int heard[] = { SIGCHLD, SIGWINCH, SIGHUP, SIGINT, SIGQUIT, SIGTERM };

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static bool hear_signals(struct relay *relay)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(heard) / sizeof(heard[0]); i++)
		sigaddset(&set, heard[i]);
	sigprocmask(SIG_BLOCK, &set, &relay->mask);
	/* nohup has it ignored, and then we would never be told. */
	signal(SIGCHLD, SIG_DFL);
	relay->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return relay->signals >= 0;
}

static void copy_size(const struct relay *relay)
{
	struct winsize size;

	if (relay->terminal && !ioctl(STDIN_FILENO, TIOCGWINSZ, &size))
		ioctl(relay->to, TIOCSWINSZ, &size);
}

/* By its number a terminal could be another's in there: its other end is had from this one. */
static bool open_terminal(struct relay *relay)
{
	int end;

	relay->to = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (relay->to < 0 || unlockpt(relay->to))
		return false;
	relay->from[0] = fcntl(relay->to, F_DUPFD_CLOEXEC, 0);
	end = ioctl(relay->to, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	relay->given[0] = end;
	if (end >= 0) {
		relay->given[1] = fcntl(end, F_DUPFD_CLOEXEC, 0);
		relay->given[2] = fcntl(end, F_DUPFD_CLOEXEC, 0);
		tcsetattr(end, TCSANOW, &relay->before);
	}
	copy_size(relay);
	return relay->from[0] >= 0 && end >= 0 && relay->given[1] >= 0 &&
	       relay->given[2] >= 0;
}

static bool open_pipes(struct relay *relay)
{
	int ends[2], i;

	if (pipe2(ends, O_CLOEXEC))
		return false;
	relay->given[0] = ends[0];
	relay->to = ends[1];
	fcntl(relay->to, F_SETFL, O_NONBLOCK);
	for (i = 0; i < 2; i++) {
		if (pipe2(ends, O_CLOEXEC))
			return false;
		relay->from[i] = ends[0];
		relay->given[1 + i] = ends[1];
		fcntl(relay->from[i], F_SETFL, O_NONBLOCK);
	}
	/* Whoever reads the answer may want the keys himself, as less does. */
	relay->silent = isatty(STDIN_FILENO);
	if (relay->silent)
		close_end(&relay->to);
	return true;
}

int relay_open(struct relay *relay)
{
	bool good;

	*relay = (struct relay){ .given = { -1, -1, -1 }, .signals = -1,
				 .to = -1, .from = { -1, -1 } };
	relay->terminal = isatty(STDOUT_FILENO) &&
			  !tcgetattr(STDIN_FILENO, &relay->before);
	good = hear_signals(relay);
	/* Who went while we write to him is seen by what write() says. */
	signal(SIGPIPE, SIG_IGN);
	if (good)
		good = relay->terminal ? open_terminal(relay) : open_pipes(relay);
	if (good)
		return CLI_OK;
	fail(fail_errno(errno), "%s: %s", relay->terminal ? "a terminal" : "pipes",
	     strerror(errno));
	return CLI_REFUSED;
}

void relay_given(struct relay *relay)
{
	int i;

	for (i = 0; i < 3; i++)
		close_end(&relay->given[i]);
}

void relay_take_signal(struct relay *relay)
{
	struct signalfd_siginfo info;

	while (read(relay->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGWINCH)
			copy_size(relay);
		else if (info.ssi_signo != SIGCHLD)
			relay->ended_by = (int)info.ssi_signo;
	}
}

/*
 * Both ways
 */

static void take_input(struct relay *relay)
{
	ssize_t n = read(STDIN_FILENO, relay->data, sizeof(relay->data));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	relay->at = 0;
	relay->len = n > 0 ? (size_t)n : 0;
	relay->silent = n <= 0;
	if (relay->silent && !relay->terminal)
		close_end(&relay->to);
}

static void pass_input(struct relay *relay)
{
	ssize_t n = write(relay->to, relay->data + relay->at,
			  relay->len - relay->at);

	if (n > 0)
		relay->at += (size_t)n;
	if (n >= 0 || errno == EAGAIN || errno == EINTR)
		return;
	/* It reads no more. */
	relay->silent = true;
	relay->at = relay->len;
	if (!relay->terminal)
		close_end(&relay->to);
}

static bool write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);
		struct pollfd room = { .fd = fd, .events = POLLOUT };

		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return false;
		if (n < 0) {
			poll(&room, 1, -1);
			continue;
		}
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* What there is; at its end, or where nobody wants it, no more. */
static void pass_output(struct relay *relay, int which)
{
	int *fd = &relay->from[which];
	char data[4096];
	ssize_t n;

	while (*fd >= 0) {
		n = read(*fd, data, sizeof(data));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0 || !write_all(STDOUT_FILENO + which, data, (size_t)n))
			close_end(fd);
	}
}

static void pass(struct relay *relay)
{
	bool waiting = relay->at < relay->len;
	struct pollfd fds[] = {
		{ .fd = relay->signals, .events = POLLIN },
		{ .fd = relay->silent || waiting ? -1 : STDIN_FILENO,
		  .events = POLLIN },
		{ .fd = waiting ? relay->to : -1, .events = POLLOUT },
		{ .fd = relay->from[0], .events = POLLIN },
		{ .fd = relay->from[1], .events = POLLIN },
	};

	if (poll(fds, sizeof(fds) / sizeof(fds[0]), -1) < 0)
		return;
	if (fds[0].revents)
		relay_take_signal(relay);
	if (fds[1].revents)
		take_input(relay);
	if (fds[2].revents)
		pass_input(relay);
	if (fds[3].revents)
		pass_output(relay, 0);
	if (fds[4].revents)
		pass_output(relay, 1);
}

static void make_raw(struct relay *relay)
{
	struct termios raw = relay->before;

	if (!relay->terminal)
		return;
	cfmakeraw(&raw);
	relay->raw = !tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

int relay_run(struct relay *relay, pid_t pid, int ending)
{
	int status = 0;

	make_raw(relay);
	while (!waitpid(pid, &status, WNOHANG)) {
		pass(relay);
		if (relay->ended_by)
			kill(pid, ending);
	}
	/* What it said last. */
	pass_output(relay, 0);
	pass_output(relay, 1);
	return status;
}

void relay_close(struct relay *relay)
{
	int i;

	if (relay->raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &relay->before);
	relay_given(relay);
	close_end(&relay->to);
	for (i = 0; i < 2; i++)
		close_end(&relay->from[i]);
	close_end(&relay->signals);
	sigprocmask(SIG_SETMASK, &relay->mask, NULL);
}
