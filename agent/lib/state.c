// SPDX-License-Identifier: GPL-2.0-only
#include "state.h"

#include <stdio.h>

void state_paths(const char *task, char folder[STATE_PATH],
		 char image[STATE_PATH])
{
	snprintf(folder, STATE_PATH, STATE_FOLDER "/%s", task);
	/* No task's name has a dot. */
	snprintf(image, STATE_PATH, STATE_FOLDER "/%s.ext4", task);
}
