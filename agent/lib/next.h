/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one loop that takes calls at a door: of sluice-init, and of libsluice. */
#ifndef SLUICE_NEXT_H
#define SLUICE_NEXT_H

#include <linux/sluice.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct next_input - room for a call's input and words; it grows with what comes
 * @data: free() it, unless it is lent
 * @cap: bytes
 * @lent: by whoever called, until that is too little
 */
struct next_input {
	char	*data;
	uint32_t cap;
	bool	lent;
};

/*
 * Answer what @next says, and take the next call, as its flags say. 0, or a negative
 * errno: -ESHUTDOWN: none will come any more. An answer that nobody waits for any more,
 * or is too long by now, is no error.
 */
int sluice_next_call(int door, struct sluice_next *next, struct next_input *input);

#endif /* SLUICE_NEXT_H */
