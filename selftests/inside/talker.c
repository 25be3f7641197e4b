// SPDX-License-Identifier: GPL-2.0-only
/*
 * talker: a program of kind serve that says each input on stderr and on stdout, and
 * answers with it. "end" is said, and is the last. It goes on when what it said has been
 * read, so that it is clear of which call that is.
 */
#include <sluice.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void until_read(void)
{
	int left;

	fflush(stdout);
	while (!ioctl(STDERR_FILENO, FIONREAD, &left) && left)
		usleep(1000);
}

static int talk(struct sluice_work *work, void *user)
{
	(void)user;
	fprintf(stderr, "said %.*s\n", (int)work->input_len,
		(const char *)work->input);
	printf("printed %.*s\n", (int)work->input_len, (const char *)work->input);
	until_read();
	if (work->input_len == 3 && !memcmp(work->input, "end", 3))
		exit(9);
	if (work->input_len > work->output_cap)
		return 1;
	memcpy(work->output, work->input, work->input_len);
	work->output_len = work->input_len;
	return 0;
}

int main(void)
{
	fprintf(stderr, "ready\n");
	until_read();
	return sluice_serve(talk, NULL) ? 1 : 0;
}
