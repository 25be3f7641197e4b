// SPDX-License-Identifier: GPL-2.0-only
#include "files.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"

/* The number behind each @key: their sum. */
static uint64_t sum_of(const char *text, const char *key)
{
	uint64_t sum = 0, value;

	while ((text = strstr(text, key))) {
		text += strlen(key);
		if (sscanf(text, "%" SCNu64, &value) == 1)
			sum += value;
	}
	return sum;
}

bool files_tell_waits(int place)
{
	return !faccessat(place, "cpu.pressure", R_OK, AT_EACCESS);
}

void files_counts(int cgroup, uint64_t counts[SUMS_COUNTS])
{
	char text[CGROUP_TEXT];

	/* "some avg10=... total=MICROSECONDS", and another line for "full". */
	if (!cgroup_text(cgroup, "cpu.pressure", text)) {
		text[strcspn(text, "\n")] = '\0';
		counts[SUMS_WAITED] = sum_of(text, " total=") * 1000;
	}
	if (!cgroup_text(cgroup, "io.stat", text)) {
		counts[SUMS_READ] = sum_of(text, " rbytes=");
		counts[SUMS_WRITTEN] = sum_of(text, " wbytes=");
	}
	if (!cgroup_text(cgroup, "memory.stat", text))
		counts[SUMS_FAULTS] = sum_of(text, "\npgfault ");
}
