/* SPDX-License-Identifier: GPL-2.0-only */
/* What somebody who looks around inside has: a session of his own, if he has a terminal. */
#ifndef SLUICE_SESSION_H
#define SLUICE_SESSION_H

/*
 * Become the program that @words begin with, which is looked for in the PATH that it
 * gets. stdin is the terminal, where it is one. Returns when it cannot be started: the
 * exit status that says so, and why has been said.
 */
int session_run(char *const *words, char *const *variables);
/* The exit status of a shell for what waitpid() said. */
int session_status(int status);

#endif /* SLUICE_SESSION_H */
