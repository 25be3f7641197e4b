/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tasks keep, on the gateway: of each task a directory, or the image of a file
 * system. It is there until sluice task purge.
 */
#ifndef SLUICE_STATE_H
#define SLUICE_STATE_H

#include <linux/sluice.h>

#define STATE_FOLDER	"/var/lib/sluice/state"
/* In an environment: with the task's name behind it. */
#define STATE_INSIDE	"/var/lib"
#define STATE_PATH	(sizeof(STATE_FOLDER) + SLUICE_NAME_SIZE + 16)

/* Where they are, or would be: one of them at most is there. */
void state_paths(const char *task, char folder[STATE_PATH],
		 char image[STATE_PATH]);

#endif /* SLUICE_STATE_H */
