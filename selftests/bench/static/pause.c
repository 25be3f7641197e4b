// SPDX-License-Identifier: GPL-2.0-only
/* A call that lasts, so that others need environments of their own. */
#include <time.h>

int main(void)
{
	const struct timespec time = { .tv_sec = 2 };

	return nanosleep(&time, NULL) != 0;
}
