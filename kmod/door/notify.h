/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLUICE_NOTIFY_H
#define SLUICE_NOTIFY_H

#include "base/event.h"

struct genl_family;

extern const struct sluice_sink sluice_notify_sink;

void sluice_notify_family(const struct genl_family *family);

#endif /* SLUICE_NOTIFY_H */
