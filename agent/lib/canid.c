// SPDX-License-Identifier: GPL-2.0-only
#include "canid.h"

#include <stdlib.h>
#include <string.h>

#define SHORT	3
#define LONG	8

static bool read_digits(const char *text, size_t digits, canid_t most,
			canid_t *value)
{
	char copy[LONG + 1] = "";

	if (strspn(text, "0123456789abcdefABCDEF") != digits)
		return false;
	memcpy(copy, text, digits);
	*value = (canid_t)strtoul(copy, NULL, 16);
	return *value <= most;
}

bool canid_read(const char *text, struct can_filter *filter)
{
	size_t digits = strcspn(text, "/");
	bool is_long = digits == LONG;
	canid_t most = is_long ? CAN_EFF_MASK : CAN_SFF_MASK;

	if ((digits != SHORT && !is_long) ||
	    !read_digits(text, digits, most, &filter->can_id))
		return false;
	filter->can_mask = most;
	if (text[digits] && (strlen(text) != 2 * digits + 1 ||
			     !read_digits(text + digits + 1, digits, most,
					  &filter->can_mask)))
		return false;
	/* Of one kind only; data or asked for. */
	filter->can_mask |= CAN_EFF_FLAG;
	if (is_long)
		filter->can_id |= CAN_EFF_FLAG;
	return true;
}

bool canid_overlap(const struct can_filter *a, const struct can_filter *b)
{
	return !((a->can_id ^ b->can_id) & a->can_mask & b->can_mask);
}
