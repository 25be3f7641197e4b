// SPDX-License-Identifier: GPL-2.0-only
#include "register.h"

#include <errno.h>
#include <string.h>

#include "syscalls.h"

/*
 * What an environment takes of the kernel's memory that its cgroup is not charged:
 * env-unseen and env-others of docs/performance.md. Most of it is a network namespace,
 * unless all environments have one together (first/network.c).
 */
#define OVERHEAD	(160 << 10)
#define OVERHEAD_NETWORK (128 << 10)

static uint64_t overhead_of(const struct taskfile *task)
{
	size_t i;

	if (task->filter != SYSCALLS_STRICT)
		return OVERHEAD + OVERHEAD_NETWORK;
	for (i = 0; i < task->sockets_count; i++)
		if (!strncmp(task->sockets[i].address, "can:", 4))
			return OVERHEAD + OVERHEAD_NETWORK;
	return OVERHEAD;
}

static void put_queue(struct nl_msg *msg, const struct taskfile *task)
{
	nla_put_string(msg, SLUICE_A_TASK_CLASS, task->class);
	nla_put_u32(msg, SLUICE_A_TASK_PRIORITY, task->priority);
	nla_put_u32(msg, SLUICE_A_TASK_PRIORITY_MAX, task->priority_max);
	nla_put_u32(msg, SLUICE_A_TASK_WEIGHT, task->weight);
	nla_put_u64(msg, SLUICE_A_TASK_RUNTIME, task->runtime);
	nla_put_u64(msg, SLUICE_A_TASK_DEADLINE, task->deadline);
	nla_put_u64(msg, SLUICE_A_TASK_PATIENCE, task->patience);
	nla_put_u32(msg, SLUICE_A_TASK_QUEUE_MAX, task->queue_max);
	nla_put_u64(msg, SLUICE_A_TASK_QUEUE_BYTES, task->queue_bytes);
	nla_put_u32(msg, SLUICE_A_TASK_OVERFLOW, task->overflow);
	nla_put_u32(msg, SLUICE_A_TASK_KEYS, task->keys);
	nla_put_u32(msg, SLUICE_A_TASK_INPUT_MAX, task->input_max);
}

static void put_run(struct nl_msg *msg, const struct taskfile *task)
{
	nla_put_u32(msg, SLUICE_A_TASK_KIND, task->kind);
	nla_put_u64(msg, SLUICE_A_TASK_TIMEOUT, task->timeout);
	nla_put_u64(msg, SLUICE_A_TASK_IDLE, task->idle);
	nla_put_u32(msg, SLUICE_A_TASK_OUTPUT_MAX, task->output_max);
	nla_put_u32(msg, SLUICE_A_TASK_ENVS_MAX, task->envs_max);
	nla_put_u32(msg, SLUICE_A_TASK_RUNNING_MAX, task->running_max);
	nla_put_u32(msg, SLUICE_A_TASK_RETRIES, task->retries);
	nla_put_u64(msg, SLUICE_A_TASK_BACKOFF, task->backoff);
	nla_put_u32(msg, SLUICE_A_TASK_QUARANTINE_AFTER,
		    task->quarantine_after);
	nla_put_u64(msg, SLUICE_A_TASK_QUARANTINE, task->quarantine);
	nla_put_u64(msg, SLUICE_A_TASK_START_TIMEOUT, task->start_timeout);
	nla_put_u64(msg, SLUICE_A_TASK_GRACE, task->grace);
	nla_put_u64(msg, SLUICE_A_TASK_OVERHEAD, overhead_of(task));
}

/*
 * All that a file can say, always: a key that was taken out goes back to its
 * default. Never the mode: that is the operator's, and outlives a changed file.
 */
static int write_task(struct snl_conn *conn, uint8_t cmd,
		      const struct taskfile *task)
{
	struct nl_msg *msg = snl_request(conn, cmd, false);
	size_t i;

	if (!msg)
		return -ENOMEM;
	nla_put_string(msg, SLUICE_A_TASK_NAME, task->name);
	put_queue(msg, task);
	put_run(msg, task);
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
