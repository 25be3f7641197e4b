/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the program says, on its way out. Nothing here ever waits: what nobody reads in
 * time is counted, and the number said later. So is what would be too much.
 */
#ifndef SLUICE_INIT_LOG_H
#define SLUICE_INIT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* @fd: the connection, see lib/logwire.h; -1 for none: then nothing is said. */
void log_begin(int fd);
/* To be told of what comes; -1: nobody listens. */
int log_fd(void);
/* Of which call the following is. */
void log_call(uint64_t id, const uint8_t *trace_id);
void log_text(const char *data, size_t len);
/* Lines have no part in what another call says. */
void log_end(void);
/* Something could not be sent: try it when log_fd() is ready for writing. */
bool log_waits(void);
void log_try(void);
/* For poll(): milliseconds until log_try() has something to say; -1: it has not. */
int log_rest(void);

#endif /* SLUICE_INIT_LOG_H */
