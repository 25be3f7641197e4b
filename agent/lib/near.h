/* SPDX-License-Identifier: GPL-2.0-only */
/* Which of several names somebody meant who has mistyped it. */
#ifndef SLUICE_NEAR_H
#define SLUICE_NEAR_H

#include <stddef.h>

/**
 * struct near - a search
 * @name: the nearest so far; NULL: none is near
 */
struct near {
	const char *text;
	size_t	best;
	const char *name;
};

void near_begin(struct near *near, const char *text);
void near_offer(struct near *near, const char *name);

#endif /* SLUICE_NEAR_H */
