// SPDX-License-Identifier: GPL-2.0-only
/*
 * The worker of a task of kind serve: the program itself takes the calls, through
 * the door that it inherits. We stay to reap, to pass on what it says, and to say why
 * it ended.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jot.h"
#include "log.h"

/* @said: where it says something; -1: nobody listens. */
static void child(const struct init *init, int status, int said)
{
	char variable[32];
	struct jot jot = jot_in(variable, sizeof(variable));
	sigset_t none;
	int failed;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	/* No session: see exec.c. */
	setpgid(0, 0);
	if (said >= 0) {
		dup2(said, 1);
		dup2(said, 2);
	}
	fcntl(init->door, F_SETFD, 0);
	jot_put(&jot, "SLUICE_DOOR=");
	jot_number(&jot, (uint64_t)init->door, 10);
	variables_set(init->variables, variable);
	execve(init->argv[0], init->argv, init->variables);
	failed = errno;
	if (write(status, &failed, sizeof(failed)) < 0)
		_exit(126);
	_exit(127);
}

/*
 * The call that the program ran gets the reason. One that it did not take is the
 * kernel's to give to another environment, unless the program cannot start at all.
 */
static void answer(int door, const struct outcome *outcome)
{
	struct sluice_next next = {
		.size = sizeof(next),
		.flags = SLUICE_NEXT_TAKE | SLUICE_NEXT_NONBLOCK,
	};
	char *input = NULL;
	int ret;

	/* EBUSY says which call runs; without room for input none is taken. */
	ret = ioctl(door, SLUICE_IOC_NEXT, &next);
	if (ret && errno == EMSGSIZE &&
	    outcome->reason == SLUICE_REASON_NOT_STARTED) {
		input = malloc(next.input_len);
		next.input = (unsigned long)input;
		next.input_cap = input ? next.input_len : 0;
		ret = ioctl(door, SLUICE_IOC_NEXT, &next);
	}
	free(input);
	if (ret && errno != EBUSY)
		return;
	next.flags = SLUICE_NEXT_ANSWER;
	next.reason = outcome->reason;
	next.status = outcome->status;
	next.output_len = 0;
	memcpy(next.message, outcome->message, sizeof(next.message));
	ioctl(door, SLUICE_IOC_NEXT, &next);
}

/* Why the program could not be started; 0: it was. Waits until that is clear. */
static int exec_errno(int status)
{
	int failed = 0;
	ssize_t n;

	do {
		n = read(status, &failed, sizeof(failed));
	} while (n < 0 && errno == EINTR);
	close(status);
	return n == sizeof(failed) ? failed : 0;
}

static void describe(int status, int failed, const char *program,
		     struct outcome *outcome)
{
	describe_end(status, program, outcome);
	if (failed) {
		outcome->reason = SLUICE_REASON_NOT_STARTED;
		outcome->status = failed;
		snprintf(outcome->message, sizeof(outcome->message),
			 "cannot start %.64s: %s", program, strerror(failed));
	} else if (outcome->reason != SLUICE_REASON_SIGNALLED) {
		outcome->reason = SLUICE_REASON_WORKER_DIED;
		snprintf(outcome->message, sizeof(outcome->message),
			 "%.64s ended with status %d", program,
			 outcome->status);
	}
}

/*
 * The program does not tell us which call it says something of: it is taken to be the
 * last that it took when we were told that something is there. Closed at its end.
 */
static void pass_on(int door, int *said)
{
	struct sluice_next next = { .size = sizeof(next),
				    .flags = SLUICE_NEXT_TELL };
	static char data[16384];
	ssize_t n;

	/* Before it is read, as the program may go on to the next when it is. */
	if (!ioctl(door, SLUICE_IOC_NEXT, &next))
		log_call(next.id, next.trace_id);
	n = read(*said, data, sizeof(data));
	if (n > 0) {
		log_text(data, (size_t)n);
	} else if (!n || (errno != EAGAIN && errno != EINTR)) {
		close(*said);
		*said = -1;
	}
}

/* What it said before it ended. */
static void pass_on_rest(int door, int said)
{
	int ready;

	while (said >= 0 && !ioctl(said, FIONREAD, &ready) && ready)
		pass_on(door, &said);
	if (said >= 0)
		close(said);
	log_end();
}

/*
 * Until the program has ended. Is its call taken away, it is asked to. @said is changed
 * when nobody says anything any more.
 */
static int wait_for(pid_t pid, const struct init *init, int signals, int *said)
{
	int door = init->door;
	struct signalfd_siginfo info;
	int status = 0, rest;
	pid_t ended;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = signals, .events = POLLIN },
			{ .fd = door },
			{ .fd = *said, .events = POLLIN },
			{ .fd = log_waits() ? log_fd() : -1,
			  .events = POLLOUT },
		};

		while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
			if (ended == pid)
				return status;
		/* Without a way to be told there is one that waits. */
		rest = log_rest();
		if (poll(fds, 4, signals < 0 ? 100 : rest) < 0)
			continue;
		if (fds[2].revents)
			pass_on(init->door, said);
		if (fds[3].revents || rest >= 0)
			log_try();
		if (fds[0].revents &&
		    read(signals, &info, sizeof(info)) < 0 && errno != EAGAIN)
			signals = -1;
		if (ask_to_end(fds[1].revents))
			door = -1;
	}
}

int serve_main(const struct init *init)
{
	struct outcome outcome = { 0 };
	int pipe[2], said[2] = { -1, -1 }, status, failed;
	sigset_t set;
	pid_t pid;

	if (pipe2(pipe, O_CLOEXEC) ||
	    (log_fd() >= 0 && pipe2(said, O_CLOEXEC)))
		return 1;
	pid = fork();
	if (!pid)
		child(init, pipe[1], said[1]);
	close(pipe[1]);
	close(said[1]);
	if (pid < 0)
		return 1;
	fcntl(said[0], F_SETFL, O_NONBLOCK);
	failed = exec_errno(pipe[0]);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	status = wait_for(pid, init,
			  signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
			  &said[0]);
	describe(status, failed, init->argv[0], &outcome);
	kill(-1, SIGKILL);
	pass_on_rest(init->door, said[0]);
	answer(init->door, &outcome);
	return 0;
}
