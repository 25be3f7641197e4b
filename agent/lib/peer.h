/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a socket of a task still leads to its device. */
#ifndef SLUICE_PEER_H
#define SLUICE_PEER_H

#include <stdbool.h>

/* Bytes in a row, rather than messages. */
bool peer_is_stream(int fd);
/*
 * Never again: its connection was closed, or its CAN interface has gone (one that comes
 * back is another). An interface that is down comes up again.
 */
bool peer_gone(int fd);
/*
 * An error that nobody was told of, of an interface that was down for a while or a
 * datagram that somebody refused, is not for the next call. Not while one runs.
 */
void peer_settle(int fd);

#endif /* SLUICE_PEER_H */
