/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How calls come in: checked, charged and queued, or refused at once with the
 * reason. Whatever door they come through.
 */
#ifndef SLUICE_SUBMIT_H
#define SLUICE_SUBMIT_H

#include "engine/admit.h"
#include "types.h"

/**
 * struct sluice_submission - a call as its submitter asks for it
 * @task: name of the task
 * @key: a waiting call with the same one makes way for it; empty for none
 * @trace_id: SLUICE_TRACE_ID_LEN bytes; all zero or NULL: one is made
 * @priority: SLUICE_PRIORITY_TASK takes the task's
 * @timeout: longest run; 0 takes the task's, here and below
 * @deadline: how long from its acceptance it may wait
 * @runtime: how long it will run
 * @input: of the call; by @fetch
 * @input_len: bytes
 * @words: behind its task's command; by @fetch
 * @words_len: bytes
 * @fetch: copies the input to @to and the words behind it, may sleep; 0 or -EFAULT
 * @user: to whom the call counts while it waits; the caller has a reference
 * @privileged: may the submitter have more than the task gives, as priority-max,
 *	timeout and runtime; called with sluice.lock held, must not sleep
 * @owner: who submits; NULL for nobody whose calls are told apart
 * @detached: the result does not go to @owner
 * @await: the submitter is going to wait for the call by its id; NULL: it is not
 * @block: wait for room where the task's overflow policy says so
 */
struct sluice_submission {
	const char *task;
	const char *key;
	const u8 *trace_id;
	s32	priority;
	u64	timeout;
	u64	deadline;
	u64	runtime;
	union {
		const void __user *user;
		const void *kernel;
	} input;
	u32	input_len;
	const void __user *words;
	u32	words_len;
	int	(*fetch)(const struct sluice_submission *submission, void *to);
	struct sluice_user *user;
	bool	(*privileged)(void);
	struct sluice_owner *owner;
	bool	detached;
	struct sluice_await *await;
	bool	block;
};

/**
 * struct sluice_submitted - what became of a submission
 * @id: of the call, when it was accepted
 * @trace_id: of the call
 * @call: with a reference, when it is awaited: sluice_owner_unawait()
 * @refused: why it was not accepted
 */
struct sluice_submitted {
	u64	id;
	u8	trace_id[SLUICE_TRACE_ID_LEN];
	struct sluice_call *call;
	struct sluice_refused refused;
};

int sluice_submit(const struct sluice_submission *submission,
		  struct sluice_submitted *submitted);

#endif /* SLUICE_SUBMIT_H */
