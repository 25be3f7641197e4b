/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLUICE_NOTIFY_H
#define SLUICE_NOTIFY_H

#include "base/event.h"

extern const struct sluice_sink sluice_notify_sink;

/* The netlink family is there (-ENOMEM); and it is about to go. */
int sluice_notify_start(void);
void sluice_notify_stop(void);

#endif /* SLUICE_NOTIFY_H */
