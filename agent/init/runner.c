// SPDX-License-Identifier: GPL-2.0-only
/* The worker of a task of kind exec: one process per call. */
#include "init.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "log.h"
#include "next.h"
#include "peer.h"
#include "sockets.h"

/* What most have at most; it takes no memory before it is needed. */
#define FIRST_INPUT	4096

/**
 * struct runner - what is known of the calls before
 * @calls: how many began
 */
struct runner {
	unsigned long calls;
};

static bool any_gone(const struct init *init)
{
	int i;

	for (i = 0; i < init->sockets; i++)
		if (peer_gone(init->door + 1 + i))
			return true;
	return false;
}

/*
 * Bytes that came in a connection are of an answer to somebody: the next call would take
 * them for its own. What the first one finds it was meant to.
 */
static bool any_unread(const struct init *init, const struct runner *runner)
{
	int i, ready;

	for (i = 0; runner->calls && !init->keep && i < init->sockets; i++) {
		int fd = init->door + 1 + i;

		ready = 0;
		if (peer_is_stream(fd) && !ioctl(fd, FIONREAD, &ready) && ready)
			return true;
	}
	return false;
}

/* A call begins with connections as the first one had them, and to which nothing came. */
static void clean_up(const struct init *init, struct runner *runner)
{
	if (!init->keep && runner->calls)
		sockets_drain(init);
	else if (!init->keep)
		sockets_note(init);
	runner->calls++;
}

static void settle(const struct init *init)
{
	int i;

	for (i = 0; i < init->sockets; i++)
		peer_settle(init->door + 1 + i);
}

/*
 * Until the door has something to say, of which NEXT says what, or a connection is gone:
 * false. Meanwhile what could not be said goes out.
 */
static bool wait_for_call(const struct init *init, const struct runner *runner)
{
	const short late = runner->calls && !init->keep ? POLLIN : 0;
	struct pollfd fds[1 + INIT_SOCKETS + 1], *log;
	int i;

	fds[0] = (struct pollfd){ .fd = init->door, .events = POLLIN };
	log = &fds[1 + init->sockets];
	for (i = 0; i < init->sockets; i++)
		fds[1 + i] = (struct pollfd){ .fd = init->door + 1 + i,
					      .events = POLLRDHUP | late };
	while (!fds[0].revents) {
		*log = (struct pollfd){ .fd = log_waits() ? log_fd() : -1,
					.events = POLLOUT };
		if (poll(fds, 2 + (nfds_t)init->sockets, -1) < 0 &&
		    errno != EINTR)
			return false;
		if (log->revents)
			log_try();
		if (any_gone(init) || any_unread(init, runner))
			return false;
		/* What else it has to say is of no interest here. */
		for (i = 0; i < init->sockets; i++)
			if (fds[1 + i].revents)
				fds[1 + i].fd = -1;
	}
	return true;
}

/*
 * Where there are connections it is not the next call that finds out that one was closed
 * meanwhile: it is for another environment then. What is still to be said does not wait
 * for a call either.
 */
static bool take_and_watch(const struct init *init, const struct runner *runner,
			   struct sluice_next *next, struct next_input *input)
{
	int ret = 0;

	/* The answer goes out at once: the next call may be long in coming. */
	if (next->flags)
		ret = sluice_next_call(init->door, next, input);
	while (!ret && !any_gone(init) && !any_unread(init, runner)) {
		settle(init);
		/* Asked for first, as that also says that we are ready. */
		next->flags = SLUICE_NEXT_TAKE | SLUICE_NEXT_NONBLOCK;
		ret = sluice_next_call(init->door, next, input);
		if (!ret)
			return true;
		if (ret == -EAGAIN && wait_for_call(init, runner))
			ret = 0;
	}
	return false;
}

static bool take(const struct init *init, const struct runner *runner,
		 struct sluice_next *next, struct next_input *input)
{
	if (init->sockets || log_waits())
		return take_and_watch(init, runner, next, input);
	next->flags |= SLUICE_NEXT_TAKE;
	return !sluice_next_call(init->door, next, input);
}

static void put_answer(const struct outcome *outcome, struct sluice_next *next)
{
	next->flags = SLUICE_NEXT_ANSWER;
	next->reason = outcome->reason;
	next->status = outcome->status;
	next->output = (uintptr_t)outcome->output;
	next->output_len = (uint32_t)outcome->output_len;
	next->log = outcome->log_len ? (uintptr_t)outcome->log : 0;
	next->log_len = (uint32_t)outcome->log_len;
	memcpy(next->message, outcome->message, sizeof(next->message));
}

/* Is what it leaves fit for another call? All of it is looked at, whatever is found. */
static bool can_go_on(const struct init *init, const struct runner *runner,
		      const struct outcome *outcome)
{
	bool good;

	if (init->once)
		return false;
	good = left_remove();
	if (init->no_failed && outcome->reason != SLUICE_REASON_ANSWERED)
		return false;
	/* What cannot start here is not tried here again. */
	return good && outcome->reason != SLUICE_REASON_NOT_STARTED &&
	       !any_unread(init, runner) && (init->keep || sockets_undo(init));
}

int runner_main(const struct init *init)
{
	struct sluice_next next = { .size = sizeof(next) };
	static char first_input[FIRST_INPUT];
	struct next_input input = { .data = first_input, .cap = sizeof(first_input),
				    .lent = true };
	struct outcome outcome = { 0 };
	struct runner runner = { 0 };
	struct exec exec = { .init = init, .signals = -1 };

	while (take(init, &runner, &next, &input)) {
		clean_up(init, &runner);
		exec_call(&exec, &next, input.data, &outcome);
		put_answer(&outcome, &next);
		if (can_go_on(init, &runner, &outcome))
			continue;
		next.flags |= SLUICE_NEXT_LAST;
		return sluice_next_call(init->door, &next, &input) != 0;
	}
	return 0;
}
