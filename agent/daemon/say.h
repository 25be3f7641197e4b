/* SPDX-License-Identifier: GPL-2.0-only */
/* What the agent says goes to stderr, with the journal's level in front. */
#ifndef SLUICE_SAY_H
#define SLUICE_SAY_H

#include <stdio.h>
#include <systemd/sd-daemon.h>

#define say(level, format, ...) \
	fprintf(stderr, level format "\n", ##__VA_ARGS__)
#define say_error(format, ...)	say(SD_ERR, format, ##__VA_ARGS__)
#define say_warning(format, ...) say(SD_WARNING, format, ##__VA_ARGS__)
#define say_info(format, ...)	say(SD_INFO, format, ##__VA_ARGS__)

/* Room for an error in words, with its end. */
#define ERROR_SIZE	512

#endif /* SLUICE_SAY_H */
