// SPDX-License-Identifier: GPL-2.0-only
#include "submit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clean.h"
#include "cli.h"
#include "fail.h"
#include "line.h"
#include "out.h"
#include "sluice.h"
#include "take.h"
#include "text.h"
#include "units.h"

/* What the buffer for an answer starts with; it grows when that is short. */
#define OUTPUT_START	65536
/* The largest input that can be asked for at all. */
#define INPUT_MAX	(1UL << 30)

/* How a result is to be printed. */
struct form {
	bool	raw;
	bool	quiet;
};

/* A call that has ended. */
struct ended {
	struct sluice_reap result;
	char	*output;
	char	log[SLUICE_LOG_MAX];
};

struct options {
	const char *task;
	const char *const *words;	/* of the call; the last is NULL */
	char	*input;		/* to be freed */
	size_t	input_len;
	bool	has_input;
	bool	async;
	bool	nonblock;
	struct form form;
	uint32_t priority;
	uint64_t timeout;
	uint64_t deadline;
	uint64_t runtime;
	const char *key;	/* "" for none */
	uint8_t	trace_id[SLUICE_TRACE_ID_LEN];
};

static volatile sig_atomic_t interrupted;

static void interrupt(int sig)
{
	interrupted = sig;
}

/*
 * Options
 */

/* As read(), but waits, also where whoever gave us stdin does not want to. */
static ssize_t read_some(int fd, char *data, size_t len)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	ssize_t got;

	while ((got = read(fd, data, len)) < 0 && errno == EAGAIN)
		poll(&poll_fd, 1, -1);
	return got;
}

static int read_all(int fd, const char *path, struct options *options)
{
	size_t cap = 65536, len = 0;
	char *data = malloc(cap);
	ssize_t got;

	while (data && (got = read_some(fd, data + len, cap - len)) != 0) {
		char *larger;

		if (got < 0) {
			fail(fail_errno(errno), "%s: %s", path,
			     strerror(errno));
			free(data);
			return CLI_USAGE;
		}
		len += (size_t)got;
		if (len < cap)
			continue;
		larger = cap < INPUT_MAX ? realloc(data, cap * 2) : NULL;
		if (!larger)
			free(data);
		data = larger;
		cap *= 2;
	}
	if (!data) {
		fail(NULL, "%s is too large for a call", path);
		return CLI_USAGE;
	}
	options->input = data;
	options->input_len = len;
	return CLI_OK;
}

static int take_file(const char *path, struct options *options)
{
	int fd, ret;

	if (!strcmp(path, "-"))
		return read_all(STDIN_FILENO, "stdin", options);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fail(fail_errno(errno), "%s: %s", path, strerror(errno));
		return CLI_USAGE;
	}
	ret = read_all(fd, path, options);
	close(fd);
	return ret;
}

static int take_input(const char *option, const char *value,
		      struct options *options)
{
	if (options->has_input)
		return fail_usage("data or file may be given once");
	options->has_input = true;
	if (!strcmp(option, "file"))
		return take_file(value, options);
	options->input = strdup(value);
	options->input_len = strlen(value);
	return options->input ? CLI_OK : -ENOMEM;
}

/*
 * Where nothing else is the input, and nobody sits there to type it. That stdin is
 * closed, or was not opened for reading, is as good as an empty one.
 */
static int take_stdin(struct options *options)
{
	int flags = fcntl(STDIN_FILENO, F_GETFL);

	if (flags < 0 || (flags & O_ACCMODE) == O_WRONLY || isatty(STDIN_FILENO))
		return CLI_OK;
	return read_all(STDIN_FILENO, "stdin", options);
}

static int take_key(const char *value, struct options *options)
{
	if (!*value || strlen(value) > SLUICE_KEY_MAX)
		return fail_usage("key '%s': expected 1 to %d characters",
				  value, SLUICE_KEY_MAX);
	options->key = value;
	return CLI_OK;
}

static int take_trace(const char *value, struct options *options)
{
	if (units_parse_trace(value, options->trace_id))
		return fail_usage("trace '%s': expected 32 hexadecimal digits, not all 0, or a traceparent",
				  value);
	return CLI_OK;
}

/* Those that have a value. */
static int take_option(const char *option, const char *value,
		       struct options *options)
{
	if (!strcmp(option, "data") || !strcmp(option, "file"))
		return take_input(option, value, options);
	if (!strcmp(option, "timeout"))
		return take_time(option, value, &options->timeout);
	if (!strcmp(option, "deadline"))
		return take_time(option, value, &options->deadline);
	if (!strcmp(option, "runtime"))
		return take_time(option, value, &options->runtime);
	if (!strcmp(option, "key"))
		return take_key(value, options);
	if (!strcmp(option, "trace"))
		return take_trace(value, options);
	return take_priority(value, &options->priority);
}

static int take_options(const struct cli_line *line, struct options *options)
{
	const struct cli_given *given = line->given;
	int ret = CLI_OK;
	size_t i;

	memset(options, 0, sizeof(*options));
	options->priority = (uint32_t)SLUICE_PRIORITY_TASK;
	options->key = "";
	options->task = line->words[0];
	options->words = line->words + 1;
	options->async = line_has(line, "async");
	options->nonblock = line_has(line, "nonblock");
	options->form.raw = line_has(line, "raw");
	options->form.quiet = line_has(line, "quiet");
	for (i = 0; i < line->given_count && !ret; i++)
		if (given[i].value)
			ret = take_option(given[i].option->name,
					  given[i].value, options);
	if (!ret && !options->has_input)
		ret = take_stdin(options);
	return ret;
}

/*
 * Results
 */

/* Bytes that are no text come as hexadecimal digits. */
static void add_output(struct json_object *object, const unsigned char *data,
		       size_t len)
{
	char *hex;
	size_t i;

	if (clean_is_text(data, len)) {
		json_object_object_add(object, "output",
			json_object_new_string_len((const char *)data,
						   (int)len));
		return;
	}
	hex = malloc(2 * len + 1);
	if (!hex)
		return;
	for (i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02x", data[i]);
	out_add_string(object, "output_hex", hex);
	free(hex);
}

/* As it is where a part was cut off in the middle of a character: JSON is made clean. */
static void add_log(struct json_object *object, const char *log, size_t len)
{
	if (len)
		json_object_object_add(object, "log",
			json_object_new_string_len(log, (int)len));
}

static struct json_object *result_object(const struct sluice_reap *result)
{
	struct json_object *object = json_object_new_object();
	char trace[UNITS_TEXT];

	out_add_number(object, "id", result->id);
	out_add_string(object, "state", sluice_state_name(result->state));
	out_add_string(object, "reason", sluice_reason_name(result->reason));
	json_object_object_add(object, "status",
			       json_object_new_int(result->status));
	out_add_number(object, "env", result->env);
	out_add_number(object, "wait_time", result->wait_time);
	out_add_number(object, "run_time", result->run_time);
	out_add_number(object, "cpu_time", result->cpu_time);
	out_add_number(object, "memory_peak", result->memory_peak);
	out_add_number(object, "attempts", result->attempts);
	out_add_string(object, "trace_id",
		       units_trace(result->trace_id, trace));
	if (*result->message)
		out_add_string(object, "message", result->message);
	return object;
}

/* A terminal is not to obey what a program says, unless its user wants that. */
static int print_said(FILE *file, const void *data, size_t len, bool raw)
{
	char *clean;

	if (raw || !isatty(fileno(file))) {
		fwrite(data, 1, len, file);
		return 0;
	}
	clean = clean_text(data, len, CLEAN_ANSWER);
	if (!clean)
		return -ENOMEM;
	fputs(clean, file);
	free(clean);
	return 0;
}

/* What was said last is the message of a call that failed: not again, then. */
static bool ends_with_message(const struct ended *ended)
{
	const char *message = ended->result.message;
	size_t end = ended->result.log_len, len = strlen(message), begin;

	while (end && ended->log[end - 1] == '\n')
		end--;
	for (begin = end; begin && ended->log[begin - 1] != '\n'; begin--)
		;
	return end - begin >= len && !memcmp(ended->log + begin, message, len) &&
	       (end - begin == len || len == SLUICE_MESSAGE_MAX);
}

/* The line that says that it failed begins where a line does. */
static void say_failure(const struct ended *ended, struct json_object *object)
{
	const struct sluice_reap *result = &ended->result;
	char text[TEXT_SIZE];

	if (result->log_len && ended->log[result->log_len - 1] != '\n')
		fputc('\n', stderr);
	if (result->log_len && ends_with_message(ended))
		json_object_object_del(object, "message");
	fail(NULL, "call %llu %s: %s", (unsigned long long)result->id,
	     sluice_state_name(result->state),
	     text_call(object, out_now(), text));
}

static int print_lines(const struct ended *ended, struct json_object *object,
		       bool raw)
{
	const struct sluice_reap *result = &ended->result;
	int ret = print_said(stdout, ended->output, result->output_len, raw);

	/* Where both are the same file, the one does not get into the other. */
	if (result->log_len)
		fflush(stdout);
	if (!ret)
		ret = print_said(stderr, ended->log, result->log_len, raw);
	if (result->state != SLUICE_CALL_STATE_DONE)
		say_failure(ended, object);
	return ret;
}

static int print_result(const struct ended *ended, bool raw)
{
	const struct sluice_reap *result = &ended->result;
	struct json_object *object = result_object(result);
	int ret = 0;

	if (out_json) {
		add_output(object, (const unsigned char *)ended->output,
			   result->output_len);
		add_log(object, ended->log, result->log_len);
		out_print_json(json_object_get(object));
	} else {
		ret = print_lines(ended, object, raw);
	}
	json_object_put(object);
	if (ret)
		return ret;
	return result->state == SLUICE_CALL_STATE_DONE ? CLI_OK : CLI_CALL;
}

/* Collect call @id of @fd, with a buffer as large as it takes. */
static int reap(int fd, uint64_t id, uint32_t flags, const struct form *form)
{
	struct ended ended;
	size_t cap = OUTPUT_START;
	int ret;

	do {
		ended.output = malloc(cap);
		if (!ended.output)
			return -ENOMEM;
		ret = sluice_reap_log(fd, id, flags, ended.output, cap,
				      ended.log, sizeof(ended.log),
				      &ended.result);
		if (form->quiet)
			ended.result.log_len = 0;
		if (!ret)
			ret = print_result(&ended, form->raw);
		free(ended.output);
		cap = ended.result.output_len;
	} while (ret == -EMSGSIZE);
	return ret;
}

/* Wait for a call of our own; Control-C cancels it. */
static int wait_for(int fd, uint64_t id, const struct form *form)
{
	struct sigaction action = { .sa_handler = interrupt };
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	sigset_t blocked, open;
	int ret;

	/* Delivered in ppoll() only, so that none is missed before it. */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &open);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	do {
		ret = reap(fd, id, SLUICE_REAP_NONBLOCK, form);
		if (ret == -EAGAIN)
			ppoll(&poll_fd, 1, NULL, &open);
		if (interrupted) {
			sluice_cancel(fd, id);
			interrupted = 0;
		}
	} while (ret == -EAGAIN);
	return ret;
}

static int open_device(void)
{
	int fd = sluice_open();

	if (fd < 0)
		fail(fail_errno(fd), SLUICE_DEVICE ": %s%s", strerror(-fd),
		     fd == -ENOENT || fd == -ENODEV || fd == -ENXIO ?
		     ": the module is not loaded (modprobe sluice)" :
		     fd == -EACCES ? ": be root or in the group sluice" : "");
	return fd;
}

/* What a script can tell a refusal by: all that the module said of it. */
static struct json_object *about_refusal(const struct sluice_submit *submit,
					 int err)
{
	struct json_object *about = fail_errno(err);

	if (!submit->refusal)
		return about;
	out_add_string(about, "refusal", sluice_refusal_name(submit->refusal));
	out_add_string(about, "task", submit->task);
	out_add_number(about, "asked", submit->asked);
	out_add_number(about, "limit", submit->limit);
	if (*submit->resource)
		out_add_string(about, "resource", submit->resource);
	return about;
}

static int refused(const struct sluice_submit *submit, int err)
{
	struct json_object *about = about_refusal(submit, err);
	char text[512];

	if (submit->refusal)
		fail(about, "%s", sluice_explain(submit, text, sizeof(text)));
	else if (err == -E2BIG)
		fail(about, "the module that is loaded is older than this program: it knows no words");
	else
		fail(about, "the call was refused: %s", strerror(-err));
	return CLI_REFUSED;
}

static void fill(struct sluice_submit *submit, const struct options *options)
{
	sluice_submit_init(submit, options->task, options->input,
			   options->input_len);
	submit->priority = options->priority;
	submit->timeout = options->timeout;
	submit->deadline = options->deadline;
	submit->runtime = options->runtime;
	snprintf(submit->key, sizeof(submit->key), "%s", options->key);
	memcpy(submit->trace_id, options->trace_id, sizeof(submit->trace_id));
	if (options->async)
		submit->flags |= SLUICE_SUBMIT_DETACHED;
	if (options->nonblock)
		submit->flags |= SLUICE_SUBMIT_NONBLOCK;
}

static void print_id(const struct sluice_submit *submit)
{
	struct json_object *object;
	char trace[UNITS_TEXT];

	if (!out_json) {
		printf("%llu\n", (unsigned long long)submit->id);
		return;
	}
	object = json_object_new_object();
	out_add_number(object, "id", submit->id);
	out_add_string(object, "trace_id",
		       units_trace(submit->trace_id, trace));
	out_print_json(object);
}

static int submit_with(const struct options *options)
{
	char room[SLUICE_WORDS_SIZE];
	struct sluice_submit submit;
	int fd, ret;

	fill(&submit, options);
	if (*options->words && sluice_submit_words(&submit, options->words,
						   room, sizeof(room)))
		return fail_usage("a call takes %d words, with %d bytes in all: hand in more as input",
				  SLUICE_WORDS_MAX, SLUICE_WORDS_SIZE);
	fd = open_device();
	if (fd < 0)
		return fd == -EACCES ? CLI_REFUSED : CLI_ABSENT;
	ret = sluice_submit(fd, &submit);
	if (ret)
		ret = refused(&submit, ret);
	else if (options->async)
		print_id(&submit);
	else
		ret = wait_for(fd, submit.id, &options->form);
	close(fd);
	return ret;
}

int submit_call(const struct cli_line *line)
{
	struct options options;
	int ret = take_options(line, &options);

	if (!ret)
		ret = submit_with(&options);
	free(options.input);
	if (ret >= 0)
		return ret;
	fail(fail_errno(ret), "%s", strerror(-ret));
	return CLI_REFUSED;
}

int submit_reap(uint64_t id, bool raw, bool quiet)
{
	const struct form form = { .raw = raw, .quiet = quiet };
	int fd = open_device(), ret;

	if (fd < 0)
		return fd == -EACCES ? CLI_REFUSED : CLI_ABSENT;
	ret = reap(fd, id, 0, &form);
	close(fd);
	if (ret >= 0)
		return ret;
	fail(fail_errno(ret), "call %ju: %s", (uintmax_t)id, ret == -ENOENT ?
	     "there is none of yours that was submitted with --async, or it ended too long ago" :
	     strerror(-ret));
	return CLI_REFUSED;
}

int submit_change(struct sluice_change *change)
{
	int fd = sluice_open(), ret;

	if (fd < 0)
		return fd;
	ret = sluice_change(fd, change);
	close(fd);
	return ret;
}

int submit_cancel(uint64_t id)
{
	int fd = sluice_open(), ret;

	if (fd < 0)
		return fd;
	ret = sluice_cancel(fd, id);
	close(fd);
	return ret;
}
