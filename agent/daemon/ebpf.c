// SPDX-License-Identifier: GPL-2.0-only
#include "ebpf.h"

#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>

#include "say.h"

static char first_words[ERROR_SIZE];

/* libbpf explains at length; the first line that it says is the reason. */
static int keep_words(enum libbpf_print_level level, const char *format,
		      va_list args)
{
	if (level == LIBBPF_WARN && !first_words[0])
		vsnprintf(first_words, sizeof(first_words), format, args);
	return 0;
}

void ebpf_begin(void)
{
	first_words[0] = '\0';
	libbpf_set_print(keep_words);
}

const char *ebpf_words(void)
{
	first_words[strcspn(first_words, "\n")] = '\0';
	return first_words;
}
