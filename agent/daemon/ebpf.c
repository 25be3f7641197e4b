// SPDX-License-Identifier: GPL-2.0-only
#include "ebpf.h"

#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>

#include "say.h"

static char last_words[ERROR_SIZE];

/* libbpf explains at length; the last line that it says is the reason. */
static int keep_words(enum libbpf_print_level level, const char *format,
		      va_list args)
{
	if (level == LIBBPF_WARN)
		vsnprintf(last_words, sizeof(last_words), format, args);
	return 0;
}

void ebpf_begin(void)
{
	last_words[0] = '\0';
	libbpf_set_print(keep_words);
}

const char *ebpf_words(void)
{
	last_words[strcspn(last_words, "\n")] = '\0';
	return last_words;
}
