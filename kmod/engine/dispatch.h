/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one engine: class -> gate -> environment. It asks the classes for the best
 * call and the gate about it, until nothing more may start. Whatever happens, in
 * submit.c, worker.c, operate.c and tick.c, ends with it.
 */
#ifndef SLUICE_DISPATCH_H
#define SLUICE_DISPATCH_H

/* Called with sluice.lock held. */
void sluice_dispatch(void);
/* See what the machine really uses; part of a dispatch, and of every tick. */
void sluice_dispatch_look(void);

#endif /* SLUICE_DISPATCH_H */
