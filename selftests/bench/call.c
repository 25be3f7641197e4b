// SPDX-License-Identifier: GPL-2.0-only
// build: lib/count.c lib/series.c -Ilib -D_GNU_SOURCE
/*
 * usage: call each|row|drained NAME COUNT TASK [BYTES]
 * What a call takes, from its submission to its answer, with so many bytes of input.
 */
#include "series.h"

#include <sluice.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct caller {
	int	fd;
	const char *task;
	size_t	bytes;
	char	input[4096], output[4096];
};

static void call(void *arg)
{
	struct caller *caller = arg;
	struct sluice_reap result = { .size = sizeof(result) };
	int error = sluice_call(caller->fd, caller->task, caller->input, caller->bytes,
				caller->output, sizeof(caller->output), &result);

	if (error || result.state != SLUICE_CALL_STATE_DONE ||
	    (caller->bytes && result.output_len != caller->bytes)) {
		fprintf(stderr, "a call to %s: %s %s\n", caller->task,
			error ? strerror(-error) : sluice_state_name(result.state),
			error ? "" : sluice_reason_name(result.reason));
		exit(1);
	}
}

int main(int argc, char **argv)
{
	struct caller caller = { 0 };

	if (argc < 5) {
		fprintf(stderr, "usage: call each|row|drained NAME COUNT TASK [BYTES]\n");
		return 2;
	}
	caller.fd = sluice_open();
	caller.task = argv[4];
	caller.bytes = argc > 5 ? (size_t)atoi(argv[5]) : 0;
	if (caller.fd < 0 || caller.bytes > sizeof(caller.input)) {
		fprintf(stderr, "no device, or more than %zu bytes\n", sizeof(caller.input));
		return 1;
	}
	memset(caller.input, 'x', sizeof(caller.input));
	series(argv[1], argv[2], call, &caller, (unsigned int)atoi(argv[3]));
	return 0;
}
