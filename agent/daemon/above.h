/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits of memory and pids of the cgroups above environments. The module reads memory
 * itself, but not what of it is cache that the kernel would drop, nor anything of pids:
 * these it is told, where there is a limit at all.
 */
#ifndef SLUICE_ABOVE_H
#define SLUICE_ABOVE_H

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "levels.h"
#include "module.h"

struct above;

/* @place: of environments, open. @levels: live as long as this does. */
int above_start(sd_event *event, struct module *module, int place,
		const struct levels *levels, struct above **ret_above);
/* NULL is allowed. */
void above_stop(struct above *above);
/* Some limit may be another one; @wanted: a call waits for any of it. NULL is allowed. */
void above_look(struct above *above, bool wanted);

#endif /* SLUICE_ABOVE_H */
