/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects of the netlink family in words. */
#ifndef SLUICE_CLI_TEXT_H
#define SLUICE_CLI_TEXT_H

#include <json-c/json.h>
#include <stdint.h>

/*
 * All fill @text and return it; it is empty where there is nothing to say. @now:
 * what out_now() says.
 */
#define TEXT_SIZE 320

/* Why a call waits and when it may start, or how it ended. */
char *text_call(struct json_object *call, uint64_t now, char text[TEXT_SIZE]);
/* Only why it waits. */
char *text_hold(struct json_object *call, uint64_t now, char text[TEXT_SIZE]);
/* Why no call of a task starts: its mode, and its quarantine. */
char *text_task(struct json_object *task, uint64_t now, char text[TEXT_SIZE]);
/* "in 1.20s", or "now" for what is past. */
char *text_soon(uint64_t at, uint64_t now, char text[TEXT_SIZE]);

#endif /* SLUICE_CLI_TEXT_H */
