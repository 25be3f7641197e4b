/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The weight of sluice.slice, for as long as the gateway runs. Where systemd is, cgroups
 * are its own: it is asked, and writes the file.
 */
#ifndef SLUICE_SLICE_H
#define SLUICE_SLICE_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#define SLICE_UNIT	"sluice.slice"

struct slice;

/* NULL: it was set; else why not. */
typedef void (*slice_fn)(const char *error, void *arg);

/* Does systemd manage this gateway? */
bool slice_managed(void);

/*
 * Ask for it. One at a time: what was asked for before is not told any more. A negative
 * errno: it could not even be asked.
 */
int slice_set_weight(sd_event *event, uint64_t weight, slice_fn fn, void *arg,
		     struct slice **slice);
/* NULL is allowed. */
void slice_free(struct slice *slice);

#endif /* SLUICE_SLICE_H */
