/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects of the netlink family as JSON. The keys are the attributes' names in
 * docs/netlink/sluice.yaml, with _ for -.
 */
#ifndef SLUICE_CLI_OBJECTS_H
#define SLUICE_CLI_OBJECTS_H

#include <json-c/json.h>

#include "snl.h"

/* NULL: @cmd has no object that this program knows. */
struct json_object *object_from(uint8_t cmd, struct nlattr **attrs);

/*
 * Fetch all objects as an array, or the one that @msg asks for. On failure a
 * message is printed and NULL returned, with the negative errno in *@ret.
 */
struct json_object *object_all(struct snl_conn *conn, uint8_t cmd, int *ret);
struct json_object *object_one(struct snl_conn *conn, struct nl_msg *msg,
			       int *ret);
/* The same, and nothing is printed. */
struct json_object *object_ask(struct snl_conn *conn, struct nl_msg *msg,
			       int *ret);

#endif /* SLUICE_CLI_OBJECTS_H */
