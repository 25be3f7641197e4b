/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the lines of a task go: the journal, or a ring file where there is none. Only
 * the collector has it, as the journal may be slow to take them.
 */
#ifndef SLUICE_BOOK_H
#define SLUICE_BOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "logwire.h"

struct book;

/* Of a task, or NULL. Each environment of it has one reference. */
struct book *book_get(const char *task);
void book_put(struct book *book);
/* One line, as it came. False: it was too much, and is counted. */
bool book_line(struct book *book, uint32_t env, const struct logwire_head *head,
	       const char *text);
/* So many did not even come. False: that is counted, too, instead of being said now. */
bool book_lost(struct book *book, uint32_t env, uint32_t count);
/* Nor did these, as there were too many. */
void book_left_out(struct book *book, uint32_t count);
/* Say what was left out, of all tasks, where it is time. True: there is more to say. */
bool book_look(void);

#endif /* SLUICE_BOOK_H */
