// SPDX-License-Identifier: LGPL-2.1-or-later
#include "next.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#define ROOM_START	4096

static int grow(struct next_input *input, uint32_t need)
{
	char *larger = realloc(input->lent ? NULL : input->data, need);

	if (!larger)
		return -ENOMEM;
	input->data = larger;
	input->cap = need;
	input->lent = false;
	return 0;
}

int sluice_next_call(int door, struct sluice_next *next, struct next_input *input)
{
	int ret = input->data ? 0 : grow(input, ROOM_START);

	while (!ret) {
		next->input = (uintptr_t)input->data;
		next->input_cap = input->cap;
		if (!ioctl(door, SLUICE_IOC_NEXT, next))
			return 0;
		switch (errno) {
		case EINTR:
			break;
		case EMSGSIZE:
			if (!(next->flags & SLUICE_NEXT_ANSWER)) {
				ret = grow(input, next->input_len +
						  next->words_len);
				break;
			}
			/* The limit was lowered while the call ran. */
			next->reason = SLUICE_REASON_OUTPUT_SIZE;
			next->status = 0;
			next->output_len = 0;
			break;
		case E2BIG:
			/* A module that knows no logs. */
			if (!next->log)
				return -E2BIG;
			next->log = 0;
			next->log_len = 0;
			break;
		case EINVAL:
			/* A module that knows of no last call hears of our end. */
			if (!(next->flags & SLUICE_NEXT_LAST))
				return -EINVAL;
			next->flags &= ~SLUICE_NEXT_LAST;
			break;
		case ENOENT:
			/* The call was cut off: nobody waits for the answer. */
			next->flags &= ~(SLUICE_NEXT_ANSWER | SLUICE_NEXT_LAST);
			if (!next->flags)
				return 0;
			break;
		default:
			ret = -errno;
		}
	}
	return ret;
}
