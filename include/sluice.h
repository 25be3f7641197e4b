/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsluice: submit calls to tasks, and serve them.
 *
 * Functions that can fail return a negative errno. A submission that was refused
 * says why in sluice_submit.refusal; sluice_explain() puts that into words.
 *
 *	struct sluice_reap result;
 *	char answer[4096];
 *	int fd = sluice_open();
 *	int ret = sluice_call(fd, "set-valve", "40", 2, answer, sizeof(answer),
 *			      &result);
 *
 * A task of kind serve is a program that calls sluice_serve().
 */
#ifndef SLUICE_H
#define SLUICE_H

#include <linux/sluice.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A file of /dev/sluice, closed by close(). Can be polled for calls that ended. */
int sluice_open(void);

/*
 * Fill in the sizes and defaults; then set what differs. Nothing is said of words:
 * sluice_submit_words() does.
 */
void sluice_submit_init(struct sluice_submit *submit, const char *task,
			const void *input, size_t input_len);

/*
 * Words behind those of the task's command, for this call only; the last of @words is
 * NULL. They are laid into @room, which must stay until the call was submitted;
 * SLUICE_WORDS_SIZE bytes are always enough. -EMSGSIZE: they are too many, or too long.
 */
int sluice_submit_words(struct sluice_submit *submit,
			const char *const words[], void *room, size_t size);

/* Hand in a call and do not wait. 0: submit->id is the call's. */
int sluice_submit(int fd, struct sluice_submit *submit);

/*
 * Collect a result: of call @id, or with 0 of the next that ends. Waits, also
 * through signals, unless @flags has SLUICE_REAP_NONBLOCK. @output may be NULL.
 */
int sluice_reap(int fd, uint64_t id, uint32_t flags, void *output,
		size_t output_cap, struct sluice_reap *result);

/*
 * The same, with the last of what the program said on stderr: @log_cap bytes, of the
 * result->log_len that there are; SLUICE_LOG_MAX is always enough. Other functions say
 * nothing of log, log_cap and log_len.
 */
int sluice_reap_log(int fd, uint64_t id, uint32_t flags, void *output,
		    size_t output_cap, void *log, size_t log_cap,
		    struct sluice_reap *result);

/*
 * The same, with all of the bill: from result->cpu_wait on, of which other functions say
 * nothing.
 */
int sluice_reap_bill(int fd, uint64_t id, uint32_t flags, void *output,
		     size_t output_cap, void *log, size_t log_cap,
		     struct sluice_reap *result);

int sluice_cancel(int fd, uint64_t id);

/*
 * Give a waiting call another priority or deadline: what change->flags names. Its
 * size is filled in. With -EINVAL and -EBUSY change->refusal says more.
 */
int sluice_change(int fd, struct sluice_change *change);

/*
 * Submit and wait. 0 when the call reached a final state: result->state says
 * which. A negative errno when it was refused.
 */
int sluice_call(int fd, const char *task, const void *input, size_t input_len,
		void *output, size_t output_cap, struct sluice_reap *result);

/* One call that a task of kind serve is to do. */
struct sluice_work {
	uint64_t id;
	const void *input;
	size_t	input_len;
	/* Where the answer goes; set output_len. */
	void	*output;
	size_t	output_cap;
	size_t	output_len;
	/* For people, when it fails. */
	char	message[SLUICE_MESSAGE_SIZE];
	/* Identity of the call towards tracing outside of Sluice. */
	uint8_t	trace_id[SLUICE_TRACE_ID_LEN];
	/* How often it ran and failed before. */
	uint32_t attempts;
};

/*
 * Take calls until the environment is retired: returns 0 then. The handler
 * returns 0 for done, or a status that the failed call shows.
 */
typedef int (*sluice_handler)(struct sluice_work *work, void *user);
int sluice_serve(sluice_handler handler, void *user);

/* The socket that the task file calls @name: a file descriptor, or -ENOENT. */
int sluice_socket(const char *name);

const char *sluice_state_name(enum sluice_call_state state);
const char *sluice_reason_name(enum sluice_reason reason);
const char *sluice_refusal_name(enum sluice_refusal refusal);
/* A sentence that says what was refused and what to do, in @text. */
char *sluice_explain(const struct sluice_submit *submit, char *text,
		     size_t size);

#ifdef __cplusplus
}
#endif

#endif /* SLUICE_H */
