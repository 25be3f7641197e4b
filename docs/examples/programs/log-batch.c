// SPDX-License-Identifier: GPL-2.0-only
/*
 * Task log-batch, kind exec: sorts a batch of log records by time and prints how
 * many there were. The records are made up, the memory and CPU are not.
 *
 * usage: log-batch MEBIBYTES
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct record {
	uint64_t time;
	uint64_t value;
};

static int by_time(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	return (x->time > y->time) - (x->time < y->time);
}

int main(int argc, char **argv)
{
	size_t count, i, slice;
	struct record *records;
	uint64_t random = 88172645463325252ULL;

	if (argc != 2)
		return 2;
	count = (size_t)atoi(argv[1]) * (1 << 20) / sizeof(*records);
	records = malloc(count * sizeof(*records));
	if (!count || !records) {
		fprintf(stderr, "no memory for %s MiB of records\n", argv[1]);
		return 1;
	}
	for (i = 0; i < count; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		records[i] = (struct record){ random % 86400000, i };
	}
	/* Hour by hour: what is sorted is looked at soon after. */
	slice = count / 4096 + 1;
	for (i = 0; i < count; i += slice)
		qsort(records + i, i + slice > count ? count - i : slice,
		      sizeof(*records), by_time);
	printf("%zu records, the first at %.3f s\n", count,
	       (double)records[0].time / 1000);
	free(records);
	return 0;
}
