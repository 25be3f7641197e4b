/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests to the module that name one object. */
#ifndef SLUICE_CLI_REQUEST_H
#define SLUICE_CLI_REQUEST_H

#include "snl.h"

/* CLI_OK, or an exit status, and why was said. */
int request_open(struct snl_conn **ret_conn);

/* NULL: no memory, which snl_send() says. */
struct nl_msg *request_name(struct snl_conn *conn, uint8_t cmd, int attr,
			    const char *name);
struct nl_msg *request_id(struct snl_conn *conn, uint8_t cmd, int attr,
			  uint64_t id);
struct nl_msg *request_id32(struct snl_conn *conn, uint8_t cmd, int attr,
			    uint64_t id);

/* Send what takes root. An exit status; the module's reason was said. */
int request_send(struct snl_conn *conn, struct nl_msg *msg);
/* The same, and close. */
int request_finish(struct snl_conn *conn, struct nl_msg *msg);
/* What an snl_ function met, behind @about if that is not NULL. An exit status. */
int request_failed(const struct snl_conn *conn, int ret, const char *about);

#endif /* SLUICE_CLI_REQUEST_H */
