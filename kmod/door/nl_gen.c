// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	docs/netlink/sluice.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "door/nl_gen.h"

#include <linux/sluice_netlink.h>

/* Common nested types */
const struct nla_policy sluice_above_nl_policy[SLUICE_A_ABOVE_PAD + 1] = {
	[SLUICE_A_ABOVE_ID] = { .type = NLA_U64, },
	[SLUICE_A_ABOVE_USED] = { .type = NLA_U64, },
	[SLUICE_A_ABOVE_CACHE] = { .type = NLA_U64, },
};

const struct nla_policy sluice_amount_nl_policy[SLUICE_A_AMOUNT_PAD + 1] = {
	[SLUICE_A_AMOUNT_RESOURCE] = { .type = NLA_NUL_STRING, .len = SLUICE_NAME_MAX, },
	[SLUICE_A_AMOUNT_AMOUNT] = { .type = NLA_U64, },
};

/* SLUICE_CMD_TASK_NEW - do */
const struct nla_policy sluice_task_new_nl_policy[SLUICE_A_TASK_OVERHEAD + 1] = {
	[SLUICE_A_TASK_NAME] = { .type = NLA_NUL_STRING, .len = SLUICE_NAME_MAX, },
	[SLUICE_A_TASK_KIND] = NLA_POLICY_MAX(NLA_U32, 1),
	[SLUICE_A_TASK_CLASS] = { .type = NLA_NUL_STRING, .len = SLUICE_NAME_MAX, },
	[SLUICE_A_TASK_PRIORITY] = NLA_POLICY_MAX(NLA_U32, 99),
	[SLUICE_A_TASK_TIMEOUT] = { .type = NLA_U64, },
	[SLUICE_A_TASK_IDLE] = { .type = NLA_U64, },
	[SLUICE_A_TASK_QUEUE_MAX] = { .type = NLA_U32, },
	[SLUICE_A_TASK_QUEUE_BYTES] = { .type = NLA_U64, },
	[SLUICE_A_TASK_INPUT_MAX] = { .type = NLA_U32, },
	[SLUICE_A_TASK_OUTPUT_MAX] = { .type = NLA_U32, },
	[SLUICE_A_TASK_ENVS_MAX] = { .type = NLA_U32, },
	[SLUICE_A_TASK_REQUEST] = NLA_POLICY_NESTED(sluice_amount_nl_policy),
	[SLUICE_A_TASK_WEIGHT] = NLA_POLICY_MAX(NLA_U32, 10000),
	[SLUICE_A_TASK_RUNTIME] = { .type = NLA_U64, },
	[SLUICE_A_TASK_DEADLINE] = { .type = NLA_U64, },
	[SLUICE_A_TASK_PATIENCE] = { .type = NLA_U64, },
	[SLUICE_A_TASK_RUNNING_MAX] = { .type = NLA_U32, },
	[SLUICE_A_TASK_OVERFLOW] = NLA_POLICY_MAX(NLA_U32, 2),
	[SLUICE_A_TASK_RETRIES] = { .type = NLA_U32, },
	[SLUICE_A_TASK_BACKOFF] = { .type = NLA_U64, },
	[SLUICE_A_TASK_QUARANTINE_AFTER] = { .type = NLA_U32, },
	[SLUICE_A_TASK_QUARANTINE] = { .type = NLA_U64, },
	[SLUICE_A_TASK_MODE] = NLA_POLICY_MAX(NLA_U32, 3),
	[SLUICE_A_TASK_START_TIMEOUT] = { .type = NLA_U64, },
	[SLUICE_A_TASK_GRACE] = { .type = NLA_U64, },
	[SLUICE_A_TASK_PRIORITY_MAX] = NLA_POLICY_MAX(NLA_U32, 99),
	[SLUICE_A_TASK_KEYS] = NLA_POLICY_MAX(NLA_U32, 1),
	[SLUICE_A_TASK_OVERHEAD] = { .type = NLA_U64, },
};

/* SLUICE_CMD_TASK_SET - do */
const struct nla_policy sluice_task_set_nl_policy[SLUICE_A_TASK_OVERHEAD + 1] = {
	[SLUICE_A_TASK_NAME] = { .type = NLA_NUL_STRING, .len = SLUICE_NAME_MAX, },
	[SLUICE_A_TASK_KIND] = NLA_POLICY_MAX(NLA_U32, 1),
	[SLUICE_A_TASK_CLASS] = { .type = NLA_NUL_STRING, .len = SLUICE_NAME_MAX, },
	[SLUICE_A_TASK_PRIORITY] = NLA_POLICY_MAX(NLA_U32, 99),
	[SLUICE_A_TASK_TIMEOUT] = { .type = NLA_U64, },
	[SLUICE_A_TASK_IDLE] = { .type = NLA_U64, },
	[SLUICE_A_TASK_QUEUE_MAX] = { .type = NLA_U32, },
	[SLUICE_A_TASK_QUEUE_BYTES] = { .type = NLA_U64, },
	[SLUICE_A_TASK_INPUT_MAX] = { .type = NLA_U32, },
	[SLUICE_A_TASK_OUTPUT_MAX] = { .type = NLA_U32, },
	[SLUICE_A_TASK_ENVS_MAX] = { .type = NLA_U32, },
	[SLUICE_A_TASK_REQUEST] = NLA_POLICY_NESTED(sluice_amount_nl_policy),
	[SLUICE_A_TASK_WEIGHT] = NLA_POLICY_MAX(NLA_U32, 10000),
	[SLUICE_A_TASK_RUNTIME] = { .type = NLA_U64, },
	[SLUICE_A_TASK_DEADLINE] = { .type = NLA_U64, },
	[SLUICE_A_TASK_PATIENCE] = { .type = NLA_U64, },
	[SLUICE_A_TASK_RUNNING_MAX] = { .type = NLA_U32, },
	[SLUICE_A_TASK_OVERFLOW] = NLA_POLICY_MAX(NLA_U32, 2),
	[SLUICE_A_TASK_RETRIES] = { .type = NLA_U32, },
	[SLUICE_A_TASK_BACKOFF] = { .type = NLA_U64, },
	[SLUICE_A_TASK_QUARANTINE_AFTER] = { .type = NLA_U32, },
	[SLUICE_A_TASK_QUARANTINE] = { .type = NLA_U64, },
	[SLUICE_A_TASK_MODE] = NLA_POLICY_MAX(NLA_U32, 3),
	[SLUICE_A_TASK_START_TIMEOUT] = { .type = NLA_U64, },
	[SLUICE_A_TASK_GRACE] = { .type = NLA_U64, },
	[SLUICE_A_TASK_PRIORITY_MAX] = NLA_POLICY_MAX(NLA_U32, 99),
	[SLUICE_A_TASK_KEYS] = NLA_POLICY_MAX(NLA_U32, 1),
	[SLUICE_A_TASK_OVERHEAD] = { .type = NLA_U64, },
};

/* SLUICE_CMD_TASK_DEL - do */
const struct nla_policy sluice_task_del_nl_policy[SLUICE_A_TASK_NAME + 1] = {
	[SLUICE_A_TASK_NAME] = { .type = NLA_NUL_STRING, .len = SLUICE_NAME_MAX, },
};

/* SLUICE_CMD_TASK_GET - do */
const struct nla_policy sluice_task_get_nl_policy[SLUICE_A_TASK_NAME + 1] = {
	[SLUICE_A_TASK_NAME] = { .type = NLA_NUL_STRING, .len = SLUICE_NAME_MAX, },
};

/* SLUICE_CMD_ENV_SET - do */
const struct nla_policy sluice_env_set_nl_policy[SLUICE_A_ENV_SYSCALLS_REFUSED + 1] = {
	[SLUICE_A_ENV_ID] = { .type = NLA_U32, },
	[SLUICE_A_ENV_STATE] = NLA_POLICY_MAX(NLA_U32, 5),
	[SLUICE_A_ENV_MESSAGE] = { .type = NLA_NUL_STRING, .len = SLUICE_MESSAGE_MAX, },
	[SLUICE_A_ENV_PIDS] = { .type = NLA_U32, },
	[SLUICE_A_ENV_LACKED] = { .type = NLA_U32, },
	[SLUICE_A_ENV_STATE_SIZE] = { .type = NLA_U64, },
	[SLUICE_A_ENV_STATE_USED] = { .type = NLA_U64, },
	[SLUICE_A_ENV_PEERS_REFUSED] = { .type = NLA_U64, },
	[SLUICE_A_ENV_CPU_WAIT] = { .type = NLA_U64, },
	[SLUICE_A_ENV_READ_BYTES] = { .type = NLA_U64, },
	[SLUICE_A_ENV_WRITTEN_BYTES] = { .type = NLA_U64, },
	[SLUICE_A_ENV_RECEIVED_BYTES] = { .type = NLA_U64, },
	[SLUICE_A_ENV_SENT_BYTES] = { .type = NLA_U64, },
	[SLUICE_A_ENV_PAGE_FAULTS] = { .type = NLA_U64, },
	[SLUICE_A_ENV_PROCESSES] = { .type = NLA_U64, },
	[SLUICE_A_ENV_SYSCALLS_REFUSED] = { .type = NLA_U64, },
};

/* SLUICE_CMD_ENV_DEL - do */
const struct nla_policy sluice_env_del_nl_policy[SLUICE_A_ENV_ID + 1] = {
	[SLUICE_A_ENV_ID] = { .type = NLA_U32, },
};

/* SLUICE_CMD_ENV_GET - do */
const struct nla_policy sluice_env_get_nl_policy[SLUICE_A_ENV_ID + 1] = {
	[SLUICE_A_ENV_ID] = { .type = NLA_U32, },
};

/* SLUICE_CMD_CALL_NEW - do */
const struct nla_policy sluice_call_new_nl_policy[SLUICE_A_CALL_RUNTIME + 1] = {
	[SLUICE_A_CALL_TASK] = { .type = NLA_NUL_STRING, .len = SLUICE_NAME_MAX, },
	[SLUICE_A_CALL_PRIORITY] = NLA_POLICY_MAX(NLA_U32, 99),
	[SLUICE_A_CALL_TIMEOUT] = { .type = NLA_U64, },
	[SLUICE_A_CALL_DEADLINE] = { .type = NLA_U64, },
	[SLUICE_A_CALL_INPUT] = { .type = NLA_BINARY, },
	[SLUICE_A_CALL_TRACE_ID] = NLA_POLICY_EXACT_LEN(16),
	[SLUICE_A_CALL_KEY] = { .type = NLA_NUL_STRING, .len = SLUICE_KEY_MAX, },
	[SLUICE_A_CALL_RUNTIME] = { .type = NLA_U64, },
};

/* SLUICE_CMD_CALL_SET - do */
const struct nla_policy sluice_call_set_nl_policy[SLUICE_A_CALL_DEADLINE + 1] = {
	[SLUICE_A_CALL_ID] = { .type = NLA_U64, },
	[SLUICE_A_CALL_PRIORITY] = NLA_POLICY_MAX(NLA_U32, 99),
	[SLUICE_A_CALL_DEADLINE] = { .type = NLA_U64, },
};

/* SLUICE_CMD_CALL_DEL - do */
const struct nla_policy sluice_call_del_nl_policy[SLUICE_A_CALL_ID + 1] = {
	[SLUICE_A_CALL_ID] = { .type = NLA_U64, },
};

/* SLUICE_CMD_CALL_GET - do */
const struct nla_policy sluice_call_get_nl_policy[SLUICE_A_CALL_ID + 1] = {
	[SLUICE_A_CALL_ID] = { .type = NLA_U64, },
};

/* SLUICE_CMD_BUDGET_SET - do */
const struct nla_policy sluice_budget_set_nl_policy[SLUICE_A_BUDGET_RESERVE + 1] = {
	[SLUICE_A_BUDGET_RESOURCE] = { .type = NLA_NUL_STRING, .len = SLUICE_NAME_MAX, },
	[SLUICE_A_BUDGET_BUDGET] = { .type = NLA_U64, },
	[SLUICE_A_BUDGET_RESERVE] = { .type = NLA_U64, },
};

/* SLUICE_CMD_BUDGET_DEL - do */
const struct nla_policy sluice_budget_del_nl_policy[SLUICE_A_BUDGET_RESOURCE + 1] = {
	[SLUICE_A_BUDGET_RESOURCE] = { .type = NLA_NUL_STRING, .len = SLUICE_NAME_MAX, },
};

/* SLUICE_CMD_BUDGET_GET - do */
const struct nla_policy sluice_budget_get_nl_policy[SLUICE_A_BUDGET_RESOURCE + 1] = {
	[SLUICE_A_BUDGET_RESOURCE] = { .type = NLA_NUL_STRING, .len = SLUICE_NAME_MAX, },
};

/* SLUICE_CMD_STATS_GET - do */
const struct nla_policy sluice_stats_get_nl_policy[SLUICE_A_STATS_ONLY + 1] = {
	[SLUICE_A_STATS_ONLY] = { .type = NLA_NUL_STRING, .len = SLUICE_NAME_MAX, },
};

/* SLUICE_CMD_AGENT_SET - do */
const struct nla_policy sluice_agent_set_nl_policy[SLUICE_A_AGENT_WAIT_SOURCE + 1] = {
	[SLUICE_A_AGENT_PID] = { .type = NLA_U32, },
	[SLUICE_A_AGENT_WAIT_SOURCE] = { .type = NLA_U32, },
};

/* SLUICE_CMD_ENV_NEXT - do */
const struct nla_policy sluice_env_next_nl_policy[SLUICE_A_ENV_TASK + 1] = {
	[SLUICE_A_ENV_TASK] = { .type = NLA_NUL_STRING, },
};

/* SLUICE_CMD_BOX_SET - do */
const struct nla_policy sluice_box_set_nl_policy[SLUICE_A_BOX_ABOVE + 1] = {
	[SLUICE_A_BOX_CPU_GUARANTEED] = { .type = NLA_U64, },
	[SLUICE_A_BOX_CPU_REALTIME] = { .type = NLA_U64, },
	[SLUICE_A_BOX_CPU_LIMIT] = { .type = NLA_U64, },
	[SLUICE_A_BOX_PIDS_LIMIT] = { .type = NLA_U64, },
	[SLUICE_A_BOX_PLACE] = { .type = NLA_U32, },
	[SLUICE_A_BOX_ABOVE] = NLA_POLICY_NESTED(sluice_above_nl_policy),
};

/* SLUICE_CMD_BOX_GET - do */
const struct nla_policy sluice_box_get_nl_policy[SLUICE_A_BOX_PAD + 1] = {
};

/* SLUICE_CMD_CALL_TRY - do */
const struct nla_policy sluice_call_try_nl_policy[SLUICE_A_CALL_TASK + 1] = {
	[SLUICE_A_CALL_TASK] = { .type = NLA_NUL_STRING, .len = SLUICE_NAME_MAX, },
};

/* Ops table for sluice */
const struct genl_ops sluice_nl_ops[20] = {
	{
		.cmd		= SLUICE_CMD_TASK_NEW,
		.doit		= sluice_nl_task_new_doit,
		.policy		= sluice_task_new_nl_policy,
		.maxattr	= SLUICE_A_TASK_OVERHEAD,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLUICE_CMD_TASK_SET,
		.doit		= sluice_nl_task_set_doit,
		.policy		= sluice_task_set_nl_policy,
		.maxattr	= SLUICE_A_TASK_OVERHEAD,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLUICE_CMD_TASK_DEL,
		.doit		= sluice_nl_task_del_doit,
		.policy		= sluice_task_del_nl_policy,
		.maxattr	= SLUICE_A_TASK_NAME,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLUICE_CMD_TASK_GET,
		.doit		= sluice_nl_task_get_doit,
		.dumpit		= sluice_nl_task_get_dumpit,
		.policy		= sluice_task_get_nl_policy,
		.maxattr	= SLUICE_A_TASK_NAME,
	},
	{
		.cmd		= SLUICE_CMD_ENV_SET,
		.doit		= sluice_nl_env_set_doit,
		.policy		= sluice_env_set_nl_policy,
		.maxattr	= SLUICE_A_ENV_SYSCALLS_REFUSED,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLUICE_CMD_ENV_DEL,
		.doit		= sluice_nl_env_del_doit,
		.policy		= sluice_env_del_nl_policy,
		.maxattr	= SLUICE_A_ENV_ID,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLUICE_CMD_ENV_GET,
		.doit		= sluice_nl_env_get_doit,
		.dumpit		= sluice_nl_env_get_dumpit,
		.policy		= sluice_env_get_nl_policy,
		.maxattr	= SLUICE_A_ENV_ID,
	},
	{
		.cmd		= SLUICE_CMD_CALL_NEW,
		.doit		= sluice_nl_call_new_doit,
		.policy		= sluice_call_new_nl_policy,
		.maxattr	= SLUICE_A_CALL_RUNTIME,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLUICE_CMD_CALL_SET,
		.doit		= sluice_nl_call_set_doit,
		.policy		= sluice_call_set_nl_policy,
		.maxattr	= SLUICE_A_CALL_DEADLINE,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLUICE_CMD_CALL_DEL,
		.doit		= sluice_nl_call_del_doit,
		.policy		= sluice_call_del_nl_policy,
		.maxattr	= SLUICE_A_CALL_ID,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLUICE_CMD_CALL_GET,
		.doit		= sluice_nl_call_get_doit,
		.dumpit		= sluice_nl_call_get_dumpit,
		.policy		= sluice_call_get_nl_policy,
		.maxattr	= SLUICE_A_CALL_ID,
	},
	{
		.cmd		= SLUICE_CMD_BUDGET_SET,
		.doit		= sluice_nl_budget_set_doit,
		.policy		= sluice_budget_set_nl_policy,
		.maxattr	= SLUICE_A_BUDGET_RESERVE,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLUICE_CMD_BUDGET_DEL,
		.doit		= sluice_nl_budget_del_doit,
		.policy		= sluice_budget_del_nl_policy,
		.maxattr	= SLUICE_A_BUDGET_RESOURCE,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLUICE_CMD_BUDGET_GET,
		.doit		= sluice_nl_budget_get_doit,
		.dumpit		= sluice_nl_budget_get_dumpit,
		.policy		= sluice_budget_get_nl_policy,
		.maxattr	= SLUICE_A_BUDGET_RESOURCE,
	},
	{
		.cmd		= SLUICE_CMD_STATS_GET,
		.doit		= sluice_nl_stats_get_doit,
		.policy		= sluice_stats_get_nl_policy,
		.maxattr	= SLUICE_A_STATS_ONLY,
	},
	{
		.cmd		= SLUICE_CMD_AGENT_SET,
		.doit		= sluice_nl_agent_set_doit,
		.policy		= sluice_agent_set_nl_policy,
		.maxattr	= SLUICE_A_AGENT_WAIT_SOURCE,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLUICE_CMD_ENV_NEXT,
		.doit		= sluice_nl_env_next_doit,
		.policy		= sluice_env_next_nl_policy,
		.maxattr	= SLUICE_A_ENV_TASK,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLUICE_CMD_BOX_SET,
		.doit		= sluice_nl_box_set_doit,
		.policy		= sluice_box_set_nl_policy,
		.maxattr	= SLUICE_A_BOX_ABOVE,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLUICE_CMD_BOX_GET,
		.doit		= sluice_nl_box_get_doit,
		.policy		= sluice_box_get_nl_policy,
		.maxattr	= SLUICE_A_BOX_PAD,
	},
	{
		.cmd		= SLUICE_CMD_CALL_TRY,
		.doit		= sluice_nl_call_try_doit,
		.policy		= sluice_call_try_nl_policy,
		.maxattr	= SLUICE_A_CALL_TASK,
	},
};

