// SPDX-License-Identifier: GPL-2.0-only
#include "series.h"

#include "count.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The first ones pay for pages and caches that all others use. */
#define WARM		2
/* Longer than anything that is put off by a moment; and than anything is kept for the next one. */
#define SETTLE		400
#define FORGET		40000
/*
 * A box is quiet when it does hardly more than before in so many windows of so many ms in a
 * row; and how often that is waited for.
 */
#define WINDOW		50
#define WINDOWS		3
#define AT_MOST		200

static void sleep_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static int by_size(const void *a, const void *b)
{
	const uint64_t *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

static uint64_t median(uint64_t *values, unsigned int count)
{
	qsort(values, count, sizeof(*values), by_size);
	return values[count / 2];
}

static void print(const char *name, uint64_t value)
{
	printf("%s: %llu\n", name, (unsigned long long)value);
}

/* How many there are: nobody may leave one behind. */
static unsigned long cgroups(void)
{
	FILE *file = fopen("/sys/fs/cgroup/cgroup.stat", "re");
	unsigned long count;

	if (!file || fscanf(file, "nr_descendants %lu", &count) != 1) {
		perror("cgroup.stat");
		exit(1);
	}
	fclose(file);
	return count;
}

static void warm_up(series_once once, void *arg)
{
	int i;

	for (i = 0; i < WARM; i++)
		once(arg);
	sleep_ms(SETTLE);
}

void series_each(const char *name, series_once once, void *arg, unsigned int count)
{
	uint64_t busy[count];
	unsigned int i;

	warm_up(once, arg);
	for (i = 0; i < count; i++) {
		count_begin();
		once(arg);
		busy[i] = count_end();
		sleep_ms(SETTLE);
	}
	print(name, median(busy, count));
}

void series_row(const char *name, series_once once, void *arg, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count / 10; i++)
		once(arg);
	count_begin();
	for (i = 0; i < count; i++)
		once(arg);
	print(name, count_end() / count);
}

static uint64_t window(void)
{
	uint64_t before = count_look();

	sleep_ms(WINDOW);
	return count_look() - before;
}

/* The most that a box does in a window on which nothing is asked of it. */
static uint64_t at_rest(void)
{
	uint64_t most = 0, busy;
	int i;

	count_begin();
	for (i = 0; i < 2 * WINDOWS; i++) {
		busy = window();
		if (busy > most)
			most = busy;
	}
	count_end();
	return most;
}

/* Returns what had been counted when the box became quiet. */
static uint64_t until_quiet(const char *name, uint64_t rest)
{
	uint64_t quiet = count_look(), busy = 0;
	int in_a_row = 0, i;

	for (i = 0; i < AT_MOST; i++) {
		busy = window();
		if (busy > 2 * rest) {
			in_a_row = 0;
			quiet = count_look();
		} else if (++in_a_row == WINDOWS) {
			return quiet;
		}
	}
	fprintf(stderr, "%s: the box does not come to rest: %llu instructions in %d ms, before %llu\n",
		name, (unsigned long long)busy, WINDOW, (unsigned long long)rest);
	exit(1);
}

void series_drained(const char *name, series_once once, void *arg, unsigned int count)
{
	unsigned long before;
	uint64_t total, rest;
	unsigned int i;

	warm_up(once, arg);
	sleep_ms(FORGET);
	before = cgroups();
	rest = at_rest();
	count_begin();
	for (i = 0; i < count; i++)
		once(arg);
	total = until_quiet(name, rest);
	count_end();
	sleep_ms(FORGET);
	if (cgroups() > before) {
		fprintf(stderr, "%s: a cgroup was left behind\n", name);
		exit(1);
	}
	print(name, total / count);
}

void series(const char *way, const char *name, series_once once, void *arg,
	    unsigned int count)
{
	count_open();
	if (!strcmp(way, "each")) {
		series_each(name, once, arg, count);
	} else if (!strcmp(way, "row")) {
		series_row(name, once, arg, count);
	} else if (!strcmp(way, "drained")) {
		series_drained(name, once, arg, count);
	} else {
		fprintf(stderr, "way '%s': expected each, row or drained\n", way);
		exit(2);
	}
}
