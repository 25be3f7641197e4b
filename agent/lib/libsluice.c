// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sluice.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "next.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
/*
 * Structures belong to the program, and may be those of the first release: functions
 * from then leave alone what came later, which is for functions that came with it.
 */
#define SUBMIT_FIRST	offsetof(struct sluice_submit, words)
#define REAP_FIRST	offsetof(struct sluice_reap, log)
#define REAP_LOG	offsetof(struct sluice_reap, cpu_wait)

int sluice_open(void)
{
	int fd = open(SLUICE_DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

void sluice_submit_init(struct sluice_submit *submit, const char *task,
			const void *input, size_t input_len)
{
	memset(submit, 0, SUBMIT_FIRST);
	submit->size = SUBMIT_FIRST;
	/* A longer name is no task's: let the kernel say so. */
	snprintf(submit->task, sizeof(submit->task), "%s", task);
	submit->input = (uintptr_t)input;
	submit->input_len = input_len > UINT32_MAX ? UINT32_MAX :
			    (uint32_t)input_len;
	submit->priority = SLUICE_PRIORITY_TASK;
}

int sluice_submit_words(struct sluice_submit *submit,
			const char *const words[], void *room, size_t size)
{
	size_t len = 0, count, word;

	for (count = 0; words[count]; count++) {
		word = strlen(words[count]) + 1;
		if (count == SLUICE_WORDS_MAX || word > size - len ||
		    word > SLUICE_WORDS_SIZE - len)
			return -EMSGSIZE;
		memcpy((char *)room + len, words[count], word);
		len += word;
	}
	submit->size = sizeof(*submit);
	submit->words = (uintptr_t)room;
	submit->words_len = (uint32_t)len;
	submit->reserved2 = 0;
	return 0;
}

/* A signal while it waited for room in the queue: nothing was accepted. */
static bool no_room_yet(const struct sluice_submit *submit)
{
	return errno == EINTR && !submit->id;
}

int sluice_submit(int fd, struct sluice_submit *submit)
{
	submit->id = 0;
	while (ioctl(fd, SLUICE_IOC_SUBMIT, submit))
		if (!no_room_yet(submit))
			return -errno;
	return 0;
}

/* As much of an answer as the ABI can say. */
static uint32_t room_for(const void *data, size_t cap)
{
	return !data ? 0 : cap > UINT32_MAX ? UINT32_MAX : (uint32_t)cap;
}

static void reap_init(struct sluice_reap *result, size_t size, void *output,
		      size_t output_cap)
{
	memset(result, 0, size);
	result->size = (uint32_t)size;
	result->output = (uintptr_t)output;
	result->output_cap = room_for(output, output_cap);
}

int sluice_reap(int fd, uint64_t id, uint32_t flags, void *output,
		size_t output_cap, struct sluice_reap *result)
{
	int ret;

	do {
		reap_init(result, REAP_FIRST, output, output_cap);
		result->flags = flags;
		result->id = id;
		ret = ioctl(fd, SLUICE_IOC_REAP, result) ? -errno : 0;
	} while (ret == -EINTR);
	return ret;
}

static int reap_with_log(int fd, uint64_t id, uint32_t flags, void *output,
			 size_t output_cap, void *log, size_t log_cap,
			 struct sluice_reap *result, size_t size)
{
	int ret;

	do {
		reap_init(result, size, output, output_cap);
		result->flags = flags;
		result->id = id;
		result->log = (uintptr_t)log;
		result->log_cap = room_for(log, log_cap);
		ret = ioctl(fd, SLUICE_IOC_REAP, result) ? -errno : 0;
	} while (ret == -EINTR);
	return ret;
}

int sluice_reap_log(int fd, uint64_t id, uint32_t flags, void *output,
		    size_t output_cap, void *log, size_t log_cap,
		    struct sluice_reap *result)
{
	int ret = reap_with_log(fd, id, flags, output, output_cap, log, log_cap,
				result, REAP_LOG);

	if (ret != -E2BIG)
		return ret;
	/* A module that knows no logs. */
	result->log_len = 0;
	return sluice_reap(fd, id, flags, output, output_cap, result);
}

int sluice_reap_bill(int fd, uint64_t id, uint32_t flags, void *output,
		     size_t output_cap, void *log, size_t log_cap,
		     struct sluice_reap *result)
{
	int ret = reap_with_log(fd, id, flags, output, output_cap, log, log_cap,
				result, sizeof(*result));

	if (ret != -E2BIG)
		return ret;
	/* A module that knows no logs: the one before it clears what it does not know. */
	memset((char *)result + REAP_LOG, 0, sizeof(*result) - REAP_LOG);
	return sluice_reap_log(fd, id, flags, output, output_cap, log, log_cap,
			       result);
}

int sluice_cancel(int fd, uint64_t id)
{
	struct sluice_cancel cancel = { .size = sizeof(cancel), .id = id };

	return ioctl(fd, SLUICE_IOC_CANCEL, &cancel) ? -errno : 0;
}

int sluice_change(int fd, struct sluice_change *change)
{
	change->size = sizeof(*change);
	return ioctl(fd, SLUICE_IOC_CHANGE, change) ? -errno : 0;
}

int sluice_call(int fd, const char *task, const void *input, size_t input_len,
		void *output, size_t output_cap, struct sluice_reap *result)
{
	struct sluice_call_args call = { .size = sizeof(call) };
	struct sluice_submit submit;

	sluice_submit_init(&submit, task, input, input_len);
	reap_init(result, REAP_FIRST, output, output_cap);
	call.submit = (uintptr_t)&submit;
	call.reap = (uintptr_t)result;
	while (ioctl(fd, SLUICE_IOC_CALL, &call)) {
		/* A signal: the call goes on, and so do we. */
		if (errno == EINTR && submit.id)
			return sluice_reap(fd, submit.id, 0, output,
					   output_cap, result);
		if (!no_room_yet(&submit))
			return -errno;
	}
	return 0;
}

/*
 * Serving
 */

static int door(void)
{
	const char *text = getenv("SLUICE_DOOR");
	char *end;
	long fd;

	if (!text || !*text)
		return -ENOENT;
	fd = strtol(text, &end, 10);
	return *end || fd < 0 || fd > 65535 ? -EINVAL : (int)fd;
}

static void refuse_words(struct sluice_next *next)
{
	next->flags = SLUICE_NEXT_ANSWER | SLUICE_NEXT_TAKE;
	next->reason = SLUICE_REASON_EXITED;
	next->status = EOPNOTSUPP;
	next->output_len = 0;
	snprintf(next->message, sizeof(next->message),
		 "only a task of kind exec takes words");
}

static int handle(struct sluice_next *next, const void *input, void **output,
		  uint32_t *output_cap, sluice_handler handler, void *user)
{
	struct sluice_work work = { .id = next->id, .input = input,
				    .input_len = next->input_len,
				    .attempts = next->attempts };
	void *larger;
	int ret;

	/* Only where the kind of its task has changed while the call waited. */
	if (next->words_len) {
		refuse_words(next);
		return 0;
	}
	if (next->output_max > *output_cap) {
		larger = realloc(*output, next->output_max);
		if (!larger)
			return -ENOMEM;
		*output = larger;
		*output_cap = next->output_max;
	}
	work.output = *output;
	work.output_cap = next->output_max;
	memcpy(work.trace_id, next->trace_id, sizeof(work.trace_id));
	ret = handler(&work, user);
	next->flags = SLUICE_NEXT_ANSWER | SLUICE_NEXT_TAKE;
	next->reason = ret ? SLUICE_REASON_EXITED : SLUICE_REASON_ANSWERED;
	next->status = ret;
	next->output = (uintptr_t)*output;
	next->output_len = work.output_len > work.output_cap ?
			   (uint32_t)work.output_cap :
			   (uint32_t)work.output_len;
	memcpy(next->message, work.message, sizeof(next->message));
	return 0;
}

int sluice_serve(sluice_handler handler, void *user)
{
	struct sluice_next next = { .size = sizeof(next),
				    .flags = SLUICE_NEXT_TAKE };
	struct next_input input = { 0 };
	void *output = NULL;
	uint32_t output_cap = 0;
	int fd = door(), ret = 0;

	if (fd < 0)
		return fd;
	while (!ret) {
		ret = sluice_next_call(fd, &next, &input);
		if (!ret)
			ret = handle(&next, input.data, &output, &output_cap,
				     handler, user);
	}
	free(input.data);
	free(output);
	return ret == -ESHUTDOWN ? 0 : ret;
}

int sluice_socket(const char *name)
{
	char variable[16 + SLUICE_NAME_SIZE] = "SLUICE_SOCKET_";
	size_t len = strlen(variable);
	const char *text;
	char *end;
	long fd;

	for (; *name && len + 1 < sizeof(variable); name++)
		variable[len++] = *name == '-' ? '_' :
				  (char)toupper((unsigned char)*name);
	variable[len] = '\0';
	text = getenv(variable);
	if (!text || !*text)
		return -ENOENT;
	fd = strtol(text, &end, 10);
	return *end || fd < 0 || fd > 65535 ? -EINVAL : (int)fd;
}

/*
 * Names
 */

const char *sluice_state_name(enum sluice_call_state state)
{
	static const char * const names[] = {
		"queued", "starting", "running", "done", "failed", "timed-out",
		"cancelled", "expired", "refused", "superseded", "dropped",
	};

	return (size_t)state < COUNT(names) ? names[state] : "unknown";
}

const char *sluice_reason_name(enum sluice_reason reason)
{
	static const char * const names[] = {
		"none", "answered", "exited", "signalled", "not-started",
		"output-size", "worker-died", "env-failed", "timeout",
		"deadline", "cancelled", "task-removed", "env-retired",
		"superseded", "dropped", "submitter-memory", "start-timeout",
		"runtime", "gateway-short", "out-of-memory",
	};

	return (size_t)reason < COUNT(names) ? names[reason] : "unknown";
}

const char *sluice_refusal_name(enum sluice_refusal refusal)
{
	static const char * const names[] = {
		"none", "no-task", "input-size", "priority", "over-budget",
		"queue-full", "queue-bytes", "total-full", "total-bytes",
		"closing", "memory", "input-fault", "file-full", "draining",
		"no-deadline", "unschedulable", "unread", "over-priority",
		"over-timeout", "over-runtime", "words", "words-size",
		"words-kind",
	};

	return (size_t)refusal < COUNT(names) ? names[refusal] : "unknown";
}

static void duration(unsigned long long ns, char text[32])
{
	if (ns < 1000000)
		snprintf(text, 32, "%.0fus", (double)ns / 1e3);
	else if (ns < 1000000000)
		snprintf(text, 32, "%.1fms", (double)ns / 1e6);
	else
		snprintf(text, 32, "%.2fs", (double)ns / 1e9);
}

/* With a resource it is the load of all, without one the call itself. */
static void explain_unschedulable(const struct sluice_submit *submit,
				  char *text, size_t size)
{
	unsigned long long asked = submit->asked, limit = submit->limit;
	char runtime[32], deadline[32];

	if (*submit->resource) {
		snprintf(text, size,
			 "with this call to %s, deadlines would take %llu.%03llu CPUs of a budget of %llu.%03llu: try later, give a longer deadline, or raise the budget (sluice budget set %s)",
			 submit->task, asked / 1000, asked % 1000,
			 limit / 1000, limit % 1000, submit->resource);
		return;
	}
	duration(asked, runtime);
	duration(limit, deadline);
	snprintf(text, size,
		 "a call to %s that runs longer than its deadline (%s, and %s) could never end in time: give a shorter runtime or a longer deadline",
		 submit->task, runtime, deadline);
}

static void explain_too_long(const struct sluice_submit *submit, char *text,
			     size_t size)
{
	const char *what = submit->refusal == SLUICE_REFUSAL_OVER_TIMEOUT ?
			   "timeout" : "runtime";
	char asked[32], limit[32];

	duration(submit->asked, asked);
	duration(submit->limit, limit);
	snprintf(text, size,
		 "a %s of %s is more than %s gives (%s): raise %s in its task file; more takes root",
		 what, asked, submit->task, limit, what);
}

static void explain_words_size(const struct sluice_submit *submit,
			       char *text, size_t size)
{
	unsigned long long asked = submit->asked, limit = submit->limit;

	if (limit == SLUICE_WORDS_MAX)
		snprintf(text, size,
			 "%llu words are more than a call takes (%llu): hand them in as input",
			 asked, limit);
	else
		snprintf(text, size,
			 "%llu bytes of words are more than a call takes (%llu): hand them in as input",
			 asked, limit);
}

char *sluice_explain(const struct sluice_submit *submit, char *text,
		     size_t size)
{
	unsigned long long asked = submit->asked, limit = submit->limit;
	const char *task = submit->task;

	switch (submit->refusal) {
	case SLUICE_REFUSAL_NO_TASK:
		snprintf(text, size, "there is no task %s: see sluice task show",
			 task);
		break;
	case SLUICE_REFUSAL_INPUT_SIZE:
		snprintf(text, size,
			 "an input of %llu bytes is more than %s takes (%llu): raise input in its task file",
			 asked, task, limit);
		break;
	case SLUICE_REFUSAL_WORDS:
		snprintf(text, size,
			 "the words are no list of strings that each end with NUL");
		break;
	case SLUICE_REFUSAL_WORDS_SIZE:
		explain_words_size(submit, text, size);
		break;
	case SLUICE_REFUSAL_WORDS_KIND:
		snprintf(text, size,
			 "%s takes no words, as its kind is serve: only exec tasks take words. Hand them in as input",
			 task);
		break;
	case SLUICE_REFUSAL_PRIORITY:
		snprintf(text, size, "a priority is 0 to %d",
			 SLUICE_PRIORITY_MAX);
		break;
	case SLUICE_REFUSAL_OVER_PRIORITY:
		snprintf(text, size,
			 "a priority of %llu is more than %s gives (%llu): raise priority-max in its task file; more takes root",
			 asked, task, limit);
		break;
	case SLUICE_REFUSAL_OVER_TIMEOUT:
	case SLUICE_REFUSAL_OVER_RUNTIME:
		explain_too_long(submit, text, size);
		break;
	case SLUICE_REFUSAL_OVER_BUDGET:
		snprintf(text, size,
			 "%s needs %llu of %s and the budget is %llu: it could never start. Raise the budget (sluice budget set %s) or ask for less in its task file",
			 task, asked, submit->resource, limit,
			 submit->resource);
		break;
	case SLUICE_REFUSAL_QUEUE_FULL:
		snprintf(text, size,
			 "the queue of %s is full (%llu calls): try later, or raise queue in its task file",
			 task, limit);
		break;
	case SLUICE_REFUSAL_QUEUE_BYTES:
		snprintf(text, size,
			 "the queue of %s holds too many bytes (limit %llu): try later, or raise queue-bytes in its task file",
			 task, limit);
		break;
	case SLUICE_REFUSAL_TOTAL_FULL:
		snprintf(text, size,
			 "too many calls of this user wait (limit %llu): try later, or raise the module parameter max_calls",
			 limit);
		break;
	case SLUICE_REFUSAL_TOTAL_BYTES:
		snprintf(text, size,
			 "too many bytes of this user wait (limit %llu): try later, or raise the module parameter max_bytes",
			 limit);
		break;
	case SLUICE_REFUSAL_CLOSING:
		snprintf(text, size, "task %s is being removed", task);
		break;
	case SLUICE_REFUSAL_DRAINING:
		snprintf(text, size,
			 "task %s is being drained: try later, or end that (sluice task resume %s)",
			 task, task);
		break;
	case SLUICE_REFUSAL_NO_DEADLINE:
		snprintf(text, size,
			 "a call to %s needs a runtime and a deadline, as its class is deadline: give them with the call, or write them into its task file",
			 task);
		break;
	case SLUICE_REFUSAL_UNSCHEDULABLE:
		explain_unschedulable(submit, text, size);
		break;
	case SLUICE_REFUSAL_MEMORY:
		snprintf(text, size,
			 "no memory for the call: the box, or the submitter's memory cgroup, is full");
		break;
	case SLUICE_REFUSAL_FILE_FULL:
		snprintf(text, size,
			 "%llu calls of this program were not reaped: reap them, or raise the module parameter max_file_calls",
			 limit);
		break;
	case SLUICE_REFUSAL_UNREAD:
		snprintf(text, size,
			 "too many bytes of answers were not reaped (limit %llu): reap them, or raise the module parameters max_file_unread and max_unread",
			 limit);
		break;
	default:
		snprintf(text, size, "refused: %s",
			 sluice_refusal_name(submit->refusal));
	}
	return text;
}
