// SPDX-License-Identifier: GPL-2.0-only
#include "request.h"

#include <errno.h>

#include "cli.h"
#include "fail.h"

int request_failed(const struct snl_conn *conn, int ret, const char *about)
{
	fail(fail_errno(ret), "%s%s%s%s", about ? about : "",
	     about ? ": " : "", snl_error(conn),
	     ret == -EPERM ? ": this needs root" : "");
	return fail_status(ret);
}

int request_open(struct snl_conn **ret_conn)
{
	int ret = snl_open(ret_conn);

	if (!ret)
		return CLI_OK;
	fail(fail_errno(ret), "%s", snl_error(*ret_conn));
	snl_close(*ret_conn);
	return ret == -ENOENT ? CLI_ABSENT : CLI_REFUSED;
}

struct nl_msg *request_name(struct snl_conn *conn, uint8_t cmd, int attr,
			    const char *name)
{
	struct nl_msg *msg = snl_request(conn, cmd, false);

	if (msg)
		nla_put_string(msg, attr, name);
	return msg;
}

struct nl_msg *request_id(struct snl_conn *conn, uint8_t cmd, int attr,
			  uint64_t id)
{
	struct nl_msg *msg = snl_request(conn, cmd, false);

	if (msg)
		nla_put_u64(msg, attr, id);
	return msg;
}

struct nl_msg *request_id32(struct snl_conn *conn, uint8_t cmd, int attr,
			    uint64_t id)
{
	struct nl_msg *msg = snl_request(conn, cmd, false);

	if (msg)
		nla_put_u32(msg, attr, (uint32_t)id);
	return msg;
}

int request_send(struct snl_conn *conn, struct nl_msg *msg)
{
	int ret = snl_send(conn, msg, NULL, NULL);

	return ret ? request_failed(conn, ret, NULL) : CLI_OK;
}

int request_finish(struct snl_conn *conn, struct nl_msg *msg)
{
	int ret = request_send(conn, msg);

	snl_close(conn);
	return ret;
}
