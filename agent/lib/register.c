// SPDX-License-Identifier: GPL-2.0-only
#include "register.h"

#include <errno.h>

static int write_task(struct snl_conn *conn, uint8_t cmd,
		      const struct taskfile *task)
{
	struct nl_msg *msg = snl_request(conn, cmd, false);
	size_t i;

	if (!msg)
		return -ENOMEM;
	nla_put_string(msg, SLUICE_A_TASK_NAME, task->name);
	nla_put_u32(msg, SLUICE_A_TASK_KIND, task->kind);
	nla_put_string(msg, SLUICE_A_TASK_CLASS, task->class);
	nla_put_u32(msg, SLUICE_A_TASK_PRIORITY, task->priority);
	nla_put_u64(msg, SLUICE_A_TASK_TIMEOUT, task->timeout);
	nla_put_u64(msg, SLUICE_A_TASK_IDLE, task->idle);
	nla_put_u32(msg, SLUICE_A_TASK_QUEUE_MAX, task->queue_max);
	nla_put_u64(msg, SLUICE_A_TASK_QUEUE_BYTES, task->queue_bytes);
	nla_put_u32(msg, SLUICE_A_TASK_INPUT_MAX, task->input_max);
	nla_put_u32(msg, SLUICE_A_TASK_OUTPUT_MAX, task->output_max);
	nla_put_u32(msg, SLUICE_A_TASK_ENVS_MAX, task->envs_max);
	for (i = 0; i < task->needs_count; i++)
		snl_put_amount(msg, SLUICE_A_TASK_REQUEST,
			       task->needs[i].resource, task->needs[i].amount);
	return snl_send(conn, msg, NULL, NULL);
}

int register_task(struct snl_conn *conn, const struct taskfile *task)
{
	int ret = write_task(conn, SLUICE_CMD_TASK_NEW, task);

	if (ret == -EEXIST)
		ret = write_task(conn, SLUICE_CMD_TASK_SET, task);
	return ret;
}

int unregister_task(struct snl_conn *conn, const char *name)
{
	struct nl_msg *msg = snl_request(conn, SLUICE_CMD_TASK_DEL, false);

	if (!msg)
		return -ENOMEM;
	nla_put_string(msg, SLUICE_A_TASK_NAME, name);
	return snl_send(conn, msg, NULL, NULL);
}
