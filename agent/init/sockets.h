/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sockets of a task between two of its calls: the next one has them as the first one
 * had, or not at all.
 */
#ifndef SLUICE_SOCKETS_H
#define SLUICE_SOCKETS_H

#include <stdbool.h>

#include "init.h"

/* Before the first call: how they are. */
void sockets_note(const struct init *init);
/* After each: they are that again. False: one of them cannot be, or has not sent all. */
bool sockets_undo(const struct init *init);
/* Before another: messages and errors that came for nobody go. */
void sockets_drain(const struct init *init);

#endif /* SLUICE_SOCKETS_H */
