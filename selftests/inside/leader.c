// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program of a task of kind serve that opens the terminal which a call names, and
 * answers whether that has become its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <sluice.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int handle(struct sluice_work *work, void *user)
{
	const char *said = "own";
	char path[128];
	int terminal, own;

	(void)user;
	snprintf(path, sizeof(path), "%.*s", (int)work->input_len,
		 (const char *)work->input);
	terminal = open(path, O_RDONLY | O_NONBLOCK);
	if (terminal < 0)
		said = strerror(errno);
	own = open("/dev/tty", O_RDONLY | O_NONBLOCK);
	if (own < 0 && terminal >= 0)
		said = errno == ENXIO ? "none" : strerror(errno);
	close(own);
	close(terminal);
	work->output_len = (size_t)snprintf(work->output, work->output_cap, "%s",
					    said);
	return 0;
}

int main(void)
{
	return sluice_serve(handle, NULL) ? 1 : 0;
}
