// SPDX-License-Identifier: GPL-2.0-only
/* One call: a process that gets its input, and whose output is the answer. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hex.h"
#include "jot.h"
#include "log.h"
#include "memfile.h"

#define CALL		"SLUICE_CALL="
#define ATTEMPTS	"SLUICE_ATTEMPTS="
#define TRACE_ID	"SLUICE_TRACE_ID="
/* Room for an answer, to begin with. */
#define FIRST_OUTPUT	4096

/*
 * The end of what the program says on stderr: the last SLUICE_LOG_MAX bytes of it at
 * least. Memory that is not used costs nothing.
 */
static char tail[2 * SLUICE_LOG_MAX];

/* What is read from the program while it runs. */
struct watch {
	pid_t	pid;
	int	status;
	bool	ended;
	int	door;
	int	out;
	int	err;
	int	signals;
	size_t	max;
	bool	too_much;
	size_t	tail_len;
	struct outcome *outcome;
};

static int input_file(const char *input, size_t len)
{
	int fd = memfile("input");
	size_t done = 0;

	while (fd >= 0 && done < len) {
		ssize_t n = write(fd, input + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			close(fd);
			return -1;
		}
		done += (size_t)n;
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

static void set_number(char **variables, char *text, size_t size, const char *name,
		       uint64_t number)
{
	struct jot jot = jot_in(text, size);

	jot_put(&jot, name);
	jot_number(&jot, number, 10);
	variables_set(variables, text);
}

/* What the program may know of its call: INSIDE_VARIABLES. */
static void set_variables(struct exec *exec, const struct sluice_next *next)
{
	char **variables = exec->init->variables;
	char trace[2 * SLUICE_TRACE_ID_LEN + 1];

	set_number(variables, exec->call, sizeof(exec->call), CALL, next->id);
	set_number(variables, exec->attempts, sizeof(exec->attempts), ATTEMPTS,
		   next->attempts);
	hex_put(trace, next->trace_id, SLUICE_TRACE_ID_LEN);
	jot_join(exec->trace, sizeof(exec->trace), TRACE_ID, trace);
	variables_set(variables, exec->trace);
}

/* The program's side. Returns where it cannot be started. */
static void become(char **argv, char **variables, const int fds[3])
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	/*
	 * A group, no session: who leads one has the first terminal that he opens as his
	 * own, and is ended by what a device sends or by its hanging up.
	 */
	setpgid(0, 0);
	if (dup2(fds[0], 0) == 0 && dup2(fds[1], 1) == 1 && dup2(fds[2], 2) == 2)
		execve(argv[0], argv, variables);
}

/*
 * Without a copy of our memory, which would cost more than all else: we stand still until
 * it is another program, or has left why not. (posix_spawn() would leave it signals that
 * are ignored.) 0 or an errno.
 */
static int start(pid_t *pid, char **argv, char **variables, const int fds[3])
{
	volatile int failed = 0;

	/* What is written is meant to be seen by both. NOLINTNEXTLINE(clang-analyzer-*) */
	*pid = vfork();
	if (*pid < 0)
		return errno;
	if (!*pid) {
		become(argv, variables, fds);
		failed = errno ? errno : ENOEXEC;
		_exit(127);
	}
	if (failed)
		waitpid(*pid, NULL, 0);
	return failed;
}

static void keep_tail(struct watch *watch, const char *data, size_t len)
{
	if (watch->tail_len + len > sizeof(tail)) {
		memmove(tail, tail + watch->tail_len - SLUICE_LOG_MAX,
			SLUICE_LOG_MAX);
		watch->tail_len = SLUICE_LOG_MAX;
	}
	memcpy(tail + watch->tail_len, data, len);
	watch->tail_len += len;
}

/* Is it more than is kept, it begins with a line, if there is one that is whole. */
static void put_log(const struct watch *watch)
{
	const char *end = tail + watch->tail_len, *begin = tail, *line;

	if (watch->tail_len > SLUICE_LOG_MAX) {
		begin = end - SLUICE_LOG_MAX;
		line = memchr(begin - 1, '\n', SLUICE_LOG_MAX);
		if (line)
			begin = line + 1;
	}
	watch->outcome->log = begin;
	watch->outcome->log_len = (size_t)(end - begin);
}

/* Twice as much each time, up to what an answer may have. No memory is our end, as any of us. */
static void make_room(struct watch *watch, size_t need)
{
	struct outcome *outcome = watch->outcome;
	size_t size = outcome->output_room ? outcome->output_room : FIRST_OUTPUT;
	char *larger;

	if (need <= outcome->output_room)
		return;
	while (size < need)
		size *= 2;
	if (size > watch->max)
		size = watch->max;
	larger = realloc(outcome->output, size);
	if (!larger)
		_exit(1);
	outcome->output = larger;
	outcome->output_room = size;
}

static void keep_output(struct watch *watch, const char *data, size_t len)
{
	struct outcome *outcome = watch->outcome;

	if (len > watch->max - outcome->output_len) {
		watch->too_much = true;
		kill(-1, SIGKILL);
		return;
	}
	make_room(watch, outcome->output_len + len);
	memcpy(outcome->output + outcome->output_len, data, len);
	outcome->output_len += len;
}

/* Read what there is; close at the end of it. */
static void drain(struct watch *watch, int *fd)
{
	/* On our stack it would be a page that is written, whatever there is to read. */
	static char data[4096];
	ssize_t n;

	while (*fd >= 0 && !watch->too_much) {
		n = read(*fd, data, sizeof(data));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close(*fd);
			*fd = -1;
		} else if (fd == &watch->out) {
			keep_output(watch, data, (size_t)n);
		} else {
			keep_tail(watch, data, (size_t)n);
			log_text(data, (size_t)n);
		}
	}
}

/*
 * As pid 1 we are the parent of every orphan in here. Those that are left when the program
 * has ended are end_all()'s.
 */
static void reap(struct watch *watch)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	if (read(watch->signals, &info, sizeof(info)) < 0 && errno != EAGAIN)
		return;
	while (!watch->ended && (pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != watch->pid)
			continue;
		watch->status = status;
		watch->ended = true;
	}
}

bool ask_to_end(short revents)
{
	/* Hung up alone is an end without a call, which nobody need be asked for. */
	if (revents & POLLERR)
		kill(-1, SIGTERM);
	return revents;
}

/*
 * A program that has taken our right to wait for files gets its answer all the same: what
 * there is to read does not block.
 */
static void look_at_all(struct pollfd fds[4])
{
	usleep(10000);
	fds[0].revents = POLLIN;
	fds[1].revents = POLLIN;
	fds[2].revents = POLLIN;
	fds[3].revents = 0;
}

static void watch_child(struct watch *watch)
{
	while (!watch->ended) {
		struct pollfd fds[] = {
			{ .fd = watch->signals, .events = POLLIN },
			{ .fd = watch->too_much ? -1 : watch->out,
			  .events = POLLIN },
			{ .fd = watch->err, .events = POLLIN },
			{ .fd = watch->door },
		};

		if (poll(fds, 4, -1) < 0 && errno != EINTR)
			look_at_all(fds);
		if (ask_to_end(fds[3].revents))
			watch->door = -1;
		/* Also where it is only said to be hung up: what was written just before is read. */
		if (fds[1].revents)
			drain(watch, &watch->out);
		if (fds[2].revents)
			drain(watch, &watch->err);
		if (fds[0].revents)
			reap(watch);
	}
	drain(watch, &watch->out);
	drain(watch, &watch->err);
	log_end();
}

/* Nothing of a call outlives it. */
static void end_all(void)
{
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

void describe_end(int status, const char *program, struct outcome *outcome)
{
	if (WIFSIGNALED(status)) {
		outcome->reason = SLUICE_REASON_SIGNALLED;
		outcome->status = WTERMSIG(status);
		snprintf(outcome->message, sizeof(outcome->message),
			 "%.64s was ended by signal %d (%s)", program,
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	} else {
		outcome->status = WEXITSTATUS(status);
		outcome->reason = outcome->status ? SLUICE_REASON_EXITED :
				  SLUICE_REASON_ANSWERED;
	}
}

/* The last line that it said is the best reason that there is. */
static void put_last_words(const struct watch *watch)
{
	size_t end = watch->tail_len, begin;

	while (end && tail[end - 1] == '\n')
		end--;
	for (begin = end; begin && tail[begin - 1] != '\n'; begin--)
		;
	snprintf(watch->outcome->message, sizeof(watch->outcome->message),
		 "%.*s", (int)(end - begin), tail + begin);
}

static void describe(struct watch *watch, char **argv)
{
	struct outcome *outcome = watch->outcome;

	if (watch->too_much) {
		outcome->reason = SLUICE_REASON_OUTPUT_SIZE;
		outcome->status = 0;
		outcome->output_len = 0;
		snprintf(outcome->message, sizeof(outcome->message),
			 "more than %zu bytes of output", watch->max);
		return;
	}
	describe_end(watch->status, argv[0], outcome);
	if (outcome->reason == SLUICE_REASON_EXITED)
		put_last_words(watch);
}

static void not_started(struct outcome *outcome, int err, const char *what)
{
	outcome->reason = SLUICE_REASON_NOT_STARTED;
	outcome->status = err;
	snprintf(outcome->message, sizeof(outcome->message), "%.80s: %s", what,
		 strerror(err));
}

static void cannot_start(struct outcome *outcome, int err, const char *program)
{
	char what[80];

	snprintf(what, sizeof(what), "cannot start %.64s", program);
	not_started(outcome, err, what);
}

/* Until it has ended, with all that it started. */
static void stay(struct watch *watch, const struct sluice_next *next, char **argv)
{
	fcntl(watch->out, F_SETFL, O_NONBLOCK);
	fcntl(watch->err, F_SETFL, O_NONBLOCK);
	if (log_fd() >= 0)
		log_call(next->id, next->trace_id);
	watch_child(watch);
	end_all();
	describe(watch, argv);
	put_log(watch);
}

/* We hear of its end by a file; the signal itself is blocked. */
static int hear_ends(struct exec *exec)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	if (exec->signals < 0)
		exec->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return exec->signals;
}

void exec_call(struct exec *exec, const struct sluice_next *next, char *input,
	       struct outcome *outcome)
{
	const struct init *init = exec->init;
	int out[2] = { -1, -1 }, err[2] = { -1, -1 }, ret = -1;
	struct watch watch = { .outcome = outcome, .max = next->output_max,
			       .door = init->door, .signals = hear_ends(exec) };
	char **argv = words_append(init->argv, input + next->input_len,
				   next->words_len);
	int in = input_file(input, next->input_len);

	outcome->output_len = 0;
	outcome->log_len = 0;
	outcome->message[0] = '\0';
	if (!argv || in < 0 || watch.signals < 0 || pipe2(out, O_CLOEXEC) ||
	    pipe2(err, O_CLOEXEC)) {
		not_started(outcome, errno, "preparing the call");
	} else {
		set_variables(exec, next);
		ret = start(&watch.pid, argv, init->variables,
			    (int[]){ in, out[1], err[1] });
		if (ret)
			cannot_start(outcome, ret, argv[0]);
	}
	close(in);
	close(out[1]);
	close(err[1]);
	watch.out = out[0];
	watch.err = err[0];
	if (!ret)
		stay(&watch, next, init->argv);
	if (argv != init->argv)
		free(argv);
	if (watch.out >= 0)
		close(watch.out);
	if (watch.err >= 0)
		close(watch.err);
}
