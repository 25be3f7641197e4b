/* SPDX-License-Identifier: GPL-2.0-only */
/* sluice task pause|resume|drain: commands of a task, see struct cli_command. */
#ifndef SLUICE_CLI_MODE_H
#define SLUICE_CLI_MODE_H

int mode_pause(char **words);
int mode_resume(char **words);
int mode_drain(char **words);

#endif /* SLUICE_CLI_MODE_H */
