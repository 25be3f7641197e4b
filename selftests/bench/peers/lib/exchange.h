/* SPDX-License-Identifier: GPL-2.0-only */
/* Two processes that send each other messages through a server, counted. */
#ifndef BENCH_EXCHANGE_H
#define BENCH_EXCHANGE_H

#include <stddef.h>

#define EXCHANGE_BYTES	128

/*
 * @answer: of the one that answers, in a process of its own; it never returns
 * @ask: sends a message and takes the answer, whose length it returns
 * Both open what they need by @open, which gets whether it is for the one that answers.
 */
struct exchange {
	void *(*open)(int answers);
	void (*answer)(void *end);
	size_t (*ask)(void *end, const char *message);
};

/* Prints the line of a series: how many instructions from a message to its answer. */
int exchange_run(const char *name, const struct exchange *exchange);
/* Ends the program, with what failed. */
_Noreturn void exchange_fail(const char *what);
/* A connection to a server's socket; all or nothing is sent and taken. */
int exchange_connect(const char *path);
void exchange_send(int fd, const void *data, size_t size);
/* A line, without its end. */
void exchange_line(int fd, char *line, size_t room);
void exchange_take(int fd, void *data, size_t size);

#endif /* BENCH_EXCHANGE_H */
