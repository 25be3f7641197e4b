// SPDX-License-Identifier: GPL-2.0-only
#include "init.h"

#include <stdlib.h>
#include <string.h>

void variables_set(char **variables, char *text)
{
	size_t len = strcspn(text, "=") + 1;

	while (*variables && strncmp(*variables, text, len))
		variables++;
	if (!*variables)
		variables[1] = NULL;
	*variables = text;
}

char **words_append(char **argv, char *words, size_t len)
{
	size_t count = 0, more = 0, i;
	char **all;

	if (!len)
		return argv;
	while (argv[count])
		count++;
	for (i = 0; i < len; i++)
		more += !words[i];
	all = calloc(count + more + 1, sizeof(*all));
	if (!all)
		return NULL;
	memcpy(all, argv, count * sizeof(*all));
	for (i = 0; i < len; i += strlen(words + i) + 1)
		all[count++] = words + i;
	return all;
}
