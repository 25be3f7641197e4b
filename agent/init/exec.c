// SPDX-License-Identifier: GPL-2.0-only
/* The worker of a task of kind exec: one process per call. */
#include "init.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define INPUT_START	4096

struct worker {
	int	door;
	char	*input;
	uint32_t input_cap;
	struct outcome outcome;
	size_t	output_cap;
};

static int grow(char **buffer, size_t need)
{
	char *larger = realloc(*buffer, need);

	if (!larger)
		return -1;
	*buffer = larger;
	return 0;
}

/* 0: there is a call. -1: there will be none any more. */
static int next_call(struct worker *worker, struct sluice_next *next)
{
	for (;;) {
		next->input = (uintptr_t)worker->input;
		next->input_cap = worker->input_cap;
		if (!ioctl(worker->door, SLUICE_IOC_NEXT, next))
			return 0;
		switch (errno) {
		case EINTR:
			break;
		case EMSGSIZE:
			/* The limit was lowered while the call ran. */
			if (next->flags & SLUICE_NEXT_ANSWER) {
				next->reason = SLUICE_REASON_OUTPUT_SIZE;
				next->status = 0;
				next->output_len = 0;
				break;
			}
			if (grow(&worker->input, next->input_len))
				return -1;
			worker->input_cap = next->input_len;
			break;
		case ENOENT:
			/* The call was cut off: nobody waits for the answer. */
			next->flags &= ~SLUICE_NEXT_ANSWER;
			break;
		default:
			return -1;
		}
	}
}

static void put_answer(struct worker *worker, struct sluice_next *next)
{
	const struct outcome *outcome = &worker->outcome;

	next->reason = outcome->reason;
	next->status = outcome->status;
	next->output = (uintptr_t)outcome->output;
	next->output_len = (uint32_t)outcome->output_len;
	memcpy(next->message, outcome->message, sizeof(next->message));
}

int exec_serve(int door, char **argv)
{
	struct sluice_next next = { .size = sizeof(next),
				    .flags = SLUICE_NEXT_TAKE };
	struct worker worker = { .door = door };
	bool broken = false;

	if (grow(&worker.input, INPUT_START))
		return 1;
	worker.input_cap = INPUT_START;
	while (!next_call(&worker, &next)) {
		if (broken)
			break;
		if (next.output_max > worker.output_cap) {
			if (grow(&worker.outcome.output, next.output_max))
				return 1;
			worker.output_cap = next.output_max;
		}
		run_call(door, argv, &next, worker.input, &worker.outcome);
		put_answer(&worker, &next);
		/* What cannot start here is not tried here again. */
		broken = next.reason == SLUICE_REASON_NOT_STARTED;
		next.flags = SLUICE_NEXT_ANSWER |
			     (broken ? 0 : SLUICE_NEXT_TAKE);
	}
	return 0;
}
