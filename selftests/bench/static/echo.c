// SPDX-License-Identifier: GPL-2.0-only
/* A task of kind serve whose answer is its input. */
#include <sluice.h>
#include <string.h>

static int echo(struct sluice_work *work, void *user)
{
	(void)user;
	memcpy(work->output, work->input, work->input_len);
	work->output_len = work->input_len;
	return 0;
}

int main(void)
{
	return sluice_serve(echo, NULL) ? 1 : 0;
}
