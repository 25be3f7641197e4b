/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a socket of a task still leads to its device. */
#ifndef SLUICE_PEER_H
#define SLUICE_PEER_H

#include <stdbool.h>

/*
 * Never again: its connection was closed, or its CAN interface has gone (one that comes
 * back is another). An interface that is down comes up again.
 */
bool peer_gone(int fd);

#endif /* SLUICE_PEER_H */
