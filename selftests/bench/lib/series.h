/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The same thing done again and again, and counted in one of three ways. Each prints lines
 * "name: value", of instructions for one of them.
 */
#ifndef BENCH_SERIES_H
#define BENCH_SERIES_H

/* Ends the program with a message when it could not be done. */
typedef void (*series_once)(void *arg);

/* Each alone, from its beginning to its end, on a box that is quiet: the median. */
void series_each(const char *name, series_once once, void *arg, unsigned int count);
/* One right after the other: the mean. */
void series_row(const char *name, series_once once, void *arg, unsigned int count);
/* The same, with all that is done later about them, until the box is quiet again. */
void series_drained(const char *name, series_once once, void *arg, unsigned int count);
/* By the name of the way: each, row or drained; others end the program. */
void series(const char *way, const char *name, series_once once, void *arg,
	    unsigned int count);

#endif /* BENCH_SERIES_H */
