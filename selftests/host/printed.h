/* SPDX-License-Identifier: GPL-2.0-only */
/* What a function prints. */
#ifndef SLUICE_PRINTED_H
#define SLUICE_PRINTED_H

#include "ktap.h"

/* All that @run wrote to @fd, which is 1 or 2. To be freed. */
static inline char *printed_on(int fd, void (*run)(void))
{
	int before = dup(fd);
	FILE *file = tmpfile();
	char *text;
	long len;

	CHECK(file && before >= 0);
	fflush(stdout);
	dup2(fileno(file), fd);
	run();
	fflush(stdout);
	dup2(before, fd);
	close(before);
	len = lseek(fileno(file), 0, SEEK_END);
	text = calloc(1, (size_t)len + 1);
	CHECK(text && pread(fileno(file), text, (size_t)len, 0) == len);
	fclose(file);
	return text;
}

static inline void prints(void (*run)(void), const char *expected)
{
	char *text = printed_on(STDOUT_FILENO, run);

	if (strcmp(text, expected))
		ktap_fail("printed '%s', not '%s'", text, expected);
	free(text);
}

#endif /* SLUICE_PRINTED_H */
