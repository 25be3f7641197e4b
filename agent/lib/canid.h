/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which frames of a CAN bus: ID or ID/MASK in hexadecimal digits, of each three for 11
 * bits or eight for 29, as candump(1) has it.
 */
#ifndef SLUICE_CANID_H
#define SLUICE_CANID_H

#include <linux/can.h>
#include <stdbool.h>

#define CANID_MAX	16

/* False: @text is no such thing. */
bool canid_read(const char *text, struct can_filter *filter);
/* Is there a frame that both have? */
bool canid_overlap(const struct can_filter *a, const struct can_filter *b);

#endif /* SLUICE_CANID_H */
