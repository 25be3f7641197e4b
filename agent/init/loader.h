/* SPDX-License-Identifier: GPL-2.0-only */
/* Ask a program's own loader which libraries it does not find. */
#ifndef SLUICE_LOADER_H
#define SLUICE_LOADER_H

/* What is lacking, in words. */
typedef void (*loader_fn)(const char *what, void *arg);

/*
 * Those of glibc and musl can be asked, without the program being run; of another one
 * nothing is said.
 */
void loader_ask(const char *loader, const char *program, loader_fn fn, void *arg);

#endif /* SLUICE_LOADER_H */
