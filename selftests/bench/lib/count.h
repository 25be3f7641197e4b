/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions of the whole box, kernel and all processes, between two moments. For
 * machines of one CPU whose clock counts instructions (make bench has such ones): what
 * passes on it without the time in which nobody had anything to do.
 *
 * That time is what a process gets that runs when no other does, and counts. (The
 * scheduler at times gives it a moment though others could run; that does not count either.)
 */
#ifndef BENCH_COUNT_H
#define BENCH_COUNT_H

#include <stdint.h>

/* First of all, once. */
void count_open(void);
/* Nothing but what is to be counted stands between these two; the latter says how much. */
void count_begin(void);
uint64_t count_end(void);
/* As if it had ended now; it goes on. */
uint64_t count_look(void);

#endif /* BENCH_COUNT_H */
