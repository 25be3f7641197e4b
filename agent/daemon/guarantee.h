/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps the budget of cpu guaranteed: however many others run on the gateway that give
 * way, environments get it. By the weight of sluice.slice, or where no systemd is of the
 * environments' own place; and what it guarantees in truth is what the module is told.
 */
#ifndef SLUICE_GUARANTEE_H
#define SLUICE_GUARANTEE_H

#include <systemd/sd-event.h>

#include "module.h"

struct guarantee;

/* @place: of environments, open. Looks by itself when anything changes that it hangs on. */
int guarantee_start(sd_event *event, struct module *module, int place,
		    struct guarantee **ret_guarantee);
/* What is guaranteed stays. NULL is allowed. */
void guarantee_stop(struct guarantee *guarantee);

#endif /* SLUICE_GUARANTEE_H */
