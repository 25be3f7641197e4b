/* SPDX-License-Identifier: GPL-2.0-only */
/* A program of the gateway that does a piece of our work, found where root has its own. */
#ifndef SLUICE_TOOL_H
#define SLUICE_TOOL_H

#define TOOL_ABSENT	127

/*
 * Until it has ended; what it says goes where ours goes. @argv: begins with its name. Its
 * exit status, TOOL_ABSENT where it is not installed, -ECHILD: it was killed, or another
 * negative errno.
 */
int tool_run(char *const argv[]);

#endif /* SLUICE_TOOL_H */
