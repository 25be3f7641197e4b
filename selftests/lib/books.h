/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must hold of the statistics, whatever happens meanwhile: they are told
 * under one lock.
 */
#ifndef SLUICE_BOOKS_H
#define SLUICE_BOOKS_H

#include "wire.h"

/* What is wrong with them at any moment; NULL for nothing, or no module. */
const char *books_wrong(struct wire *wire);
/* What is wrong if nothing waits, runs or lives any more. */
const char *books_not_idle(struct wire *wire);
/* A counter; 0 where there is no module. */
uint64_t books_counter(struct wire *wire, const char *name);

#endif /* SLUICE_BOOKS_H */
