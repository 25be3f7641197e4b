// SPDX-License-Identifier: GPL-2.0-only
#include "objects.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "out.h"
#include "request.h"
#include "sluice.h"
#include "units.h"

enum type { U32, U64, S32, TEXT, AMOUNTS, STATE, ENV_STATE, HOLD, REASON,
	    KIND, REFUSAL, OVERFLOW, MODE, KEYS, FLAG, TRACE };

struct field {
	int	attr;
	const char *key;
	enum type type;
};

static const struct field task_fields[] = {
	{ SLUICE_A_TASK_NAME, "name", TEXT },
	{ SLUICE_A_TASK_KIND, "kind", KIND },
	{ SLUICE_A_TASK_CLASS, "class", TEXT },
	{ SLUICE_A_TASK_PRIORITY, "priority", U32 },
	{ SLUICE_A_TASK_TIMEOUT, "timeout", U64 },
	{ SLUICE_A_TASK_IDLE, "idle", U64 },
	{ SLUICE_A_TASK_QUEUE_MAX, "queue_max", U32 },
	{ SLUICE_A_TASK_QUEUE_BYTES, "queue_bytes", U64 },
	{ SLUICE_A_TASK_INPUT_MAX, "input_max", U32 },
	{ SLUICE_A_TASK_OUTPUT_MAX, "output_max", U32 },
	{ SLUICE_A_TASK_ENVS_MAX, "envs_max", U32 },
	{ SLUICE_A_TASK_REQUEST, "request", AMOUNTS },
	{ SLUICE_A_TASK_QUEUED, "queued", U32 },
	{ SLUICE_A_TASK_RUNNING, "running", U32 },
	{ SLUICE_A_TASK_ENVS, "envs", U32 },
	{ SLUICE_A_TASK_BYTES, "bytes", U64 },
	{ SLUICE_A_TASK_SUBMITTED, "submitted", U64 },
	{ SLUICE_A_TASK_ENDED, "ended", U64 },
	{ SLUICE_A_TASK_WEIGHT, "weight", U32 },
	{ SLUICE_A_TASK_RUNTIME, "runtime", U64 },
	{ SLUICE_A_TASK_DEADLINE, "deadline", U64 },
	{ SLUICE_A_TASK_PATIENCE, "patience", U64 },
	{ SLUICE_A_TASK_RUNNING_MAX, "running_max", U32 },
	{ SLUICE_A_TASK_OVERFLOW, "overflow", OVERFLOW },
	{ SLUICE_A_TASK_RETRIES, "retries", U32 },
	{ SLUICE_A_TASK_BACKOFF, "backoff", U64 },
	{ SLUICE_A_TASK_QUARANTINE_AFTER, "quarantine_after", U32 },
	{ SLUICE_A_TASK_QUARANTINE, "quarantine", U64 },
	{ SLUICE_A_TASK_MODE, "mode", MODE },
	{ SLUICE_A_TASK_RUN_MEDIAN, "run_median", U64 },
	{ SLUICE_A_TASK_RUN_P95, "run_p95", U64 },
	{ SLUICE_A_TASK_DELAYED, "delayed", U32 },
	{ SLUICE_A_TASK_FAILURES, "failures", U32 },
	{ SLUICE_A_TASK_QUARANTINED_UNTIL, "quarantined_until", U64 },
	{ SLUICE_A_TASK_CLAIMS, "claims", U32 },
	{ SLUICE_A_TASK_REFUSED, "refused", U64 },
	{ SLUICE_A_TASK_RETRIED, "retried", U64 },
	{ SLUICE_A_TASK_SUPERSEDED, "superseded", U64 },
	{ SLUICE_A_TASK_DROPPED, "dropped", U64 },
	{ SLUICE_A_TASK_LATE, "late", U64 },
	{ SLUICE_A_TASK_START_TIMEOUT, "start_timeout", U64 },
	{ SLUICE_A_TASK_GRACE, "grace", U64 },
	{ SLUICE_A_TASK_PRIORITY_MAX, "priority_max", U32 },
	{ SLUICE_A_TASK_KEYS, "keys", KEYS },
	{ SLUICE_A_TASK_PEERS_REFUSED, "peers_refused", U64 },
	{ SLUICE_A_TASK_OVERHEAD, "overhead", U64 },
	{ SLUICE_A_TASK_MEMORY_MEDIAN, "memory_median", U64 },
	{ SLUICE_A_TASK_MEMORY_P95, "memory_p95", U64 },
	{ SLUICE_A_TASK_CPU_MEDIAN, "cpu_median", U64 },
	{ SLUICE_A_TASK_CPU_P95, "cpu_p95", U64 },
	{ 0 }
};

static const struct field env_fields[] = {
	{ SLUICE_A_ENV_ID, "id", U32 },
	{ SLUICE_A_ENV_TASK, "task", TEXT },
	{ SLUICE_A_ENV_STATE, "state", ENV_STATE },
	{ SLUICE_A_ENV_SLOT, "slot", U32 },
	{ SLUICE_A_ENV_CALL, "call", U64 },
	{ SLUICE_A_ENV_PID, "pid", U32 },
	{ SLUICE_A_ENV_RESERVED, "reserved", AMOUNTS },
	{ SLUICE_A_ENV_MEASURED, "measured", AMOUNTS },
	{ SLUICE_A_ENV_CPU_TIME, "cpu_time", U64 },
	{ SLUICE_A_ENV_CPU_WAIT, "cpu_wait", U64 },
	{ SLUICE_A_ENV_PIDS, "pids", U32 },
	{ SLUICE_A_ENV_CALLS, "calls", U64 },
	{ SLUICE_A_ENV_MESSAGE, "message", TEXT },
	{ SLUICE_A_ENV_STATE_SIZE, "state_size", U64 },
	{ SLUICE_A_ENV_STATE_USED, "state_used", U64 },
	{ SLUICE_A_ENV_PEERS_REFUSED, "peers_refused", U64 },
	{ SLUICE_A_ENV_READ_BYTES, "read_bytes", U64 },
	{ SLUICE_A_ENV_WRITTEN_BYTES, "written_bytes", U64 },
	{ SLUICE_A_ENV_RECEIVED_BYTES, "received_bytes", U64 },
	{ SLUICE_A_ENV_SENT_BYTES, "sent_bytes", U64 },
	{ SLUICE_A_ENV_PAGE_FAULTS, "page_faults", U64 },
	{ SLUICE_A_ENV_PROCESSES, "processes", U64 },
	{ SLUICE_A_ENV_SYSCALLS_REFUSED, "syscalls_refused", U64 },
	{ SLUICE_A_ENV_OOM_KILLS, "oom_kills", U64 },
	{ SLUICE_A_ENV_COUNTED_AT, "counted_at", U64 },
	{ 0 }
};

static const struct field call_fields[] = {
	{ SLUICE_A_CALL_ID, "id", U64 },
	{ SLUICE_A_CALL_TASK, "task", TEXT },
	{ SLUICE_A_CALL_STATE, "state", STATE },
	{ SLUICE_A_CALL_ENV, "env", U32 },
	{ SLUICE_A_CALL_CLASS, "class", TEXT },
	{ SLUICE_A_CALL_PRIORITY, "priority", U32 },
	{ SLUICE_A_CALL_HOLD, "hold", HOLD },
	{ SLUICE_A_CALL_HOLD_RESOURCE, "hold_resource", TEXT },
	{ SLUICE_A_CALL_NEED, "need", U64 },
	{ SLUICE_A_CALL_MISSING, "missing", U64 },
	{ SLUICE_A_CALL_POSITION, "position", U32 },
	{ SLUICE_A_CALL_ORIGIN_PID, "origin_pid", U32 },
	{ SLUICE_A_CALL_ORIGIN_UID, "origin_uid", U32 },
	{ SLUICE_A_CALL_SUBMITTED, "submitted", U64 },
	{ SLUICE_A_CALL_TIMEOUT, "timeout", U64 },
	{ SLUICE_A_CALL_DEADLINE, "deadline", U64 },
	{ SLUICE_A_CALL_WAIT_TIME, "wait_time", U64 },
	{ SLUICE_A_CALL_RUN_TIME, "run_time", U64 },
	{ SLUICE_A_CALL_CPU_TIME, "cpu_time", U64 },
	{ SLUICE_A_CALL_CPU_WAIT, "cpu_wait", U64 },
	{ SLUICE_A_CALL_MEMORY_PEAK, "memory_peak", U64 },
	{ SLUICE_A_CALL_REASON, "reason", REASON },
	{ SLUICE_A_CALL_STATUS, "status", S32 },
	{ SLUICE_A_CALL_MESSAGE, "message", TEXT },
	{ SLUICE_A_CALL_INPUT_LEN, "input_len", U32 },
	{ SLUICE_A_CALL_OUTPUT_LEN, "output_len", U32 },
	{ SLUICE_A_CALL_REFUSAL, "refusal", REFUSAL },
	{ SLUICE_A_CALL_TRACE_ID, "trace_id", TRACE },
	{ SLUICE_A_CALL_KEY, "key", TEXT },
	{ SLUICE_A_CALL_RUNTIME, "runtime", U64 },
	{ SLUICE_A_CALL_ATTEMPTS, "attempts", U32 },
	{ SLUICE_A_CALL_READY_AT, "ready_at", U64 },
	{ SLUICE_A_CALL_TASKS_BEFORE, "tasks_before", U32 },
	{ SLUICE_A_CALL_CLAIMS, "claims", U32 },
	{ SLUICE_A_CALL_CLAIM_CALL, "claim_call", U64 },
	{ SLUICE_A_CALL_EXPECTED_START, "expected_start", U64 },
	{ SLUICE_A_CALL_RESTARTS, "restarts", U32 },
	{ SLUICE_A_CALL_READ_BYTES, "read_bytes", U64 },
	{ SLUICE_A_CALL_WRITTEN_BYTES, "written_bytes", U64 },
	{ SLUICE_A_CALL_RECEIVED_BYTES, "received_bytes", U64 },
	{ SLUICE_A_CALL_SENT_BYTES, "sent_bytes", U64 },
	{ SLUICE_A_CALL_PAGE_FAULTS, "page_faults", U64 },
	{ SLUICE_A_CALL_PROCESSES, "processes", U64 },
	{ SLUICE_A_CALL_SYSCALLS_REFUSED, "syscalls_refused", U64 },
	{ SLUICE_A_CALL_OOM_KILLS, "oom_kills", U64 },
	{ 0 }
};

static const struct field budget_fields[] = {
	{ SLUICE_A_BUDGET_RESOURCE, "resource", TEXT },
	{ SLUICE_A_BUDGET_BUDGET, "budget", U64 },
	{ SLUICE_A_BUDGET_RESERVE, "reserve", U64 },
	{ SLUICE_A_BUDGET_RESERVED, "reserved", U64 },
	{ SLUICE_A_BUDGET_PROMISED, "promised", U64 },
	{ SLUICE_A_BUDGET_MEASURED, "measured", U64 },
	{ SLUICE_A_BUDGET_PHYSICAL, "physical", U64 },
	{ SLUICE_A_BUDGET_OUTSIDE, "outside", U64 },
	{ SLUICE_A_BUDGET_AVAILABLE, "available", U64 },
	{ SLUICE_A_BUDGET_WAITING, "waiting", U32 },
	{ SLUICE_A_BUDGET_LIMIT, "limit", U64 },
	{ 0 }
};

static const struct field stats_fields[] = {
	{ SLUICE_A_STATS_CALLS_WAITING, "calls_waiting", U32 },
	{ SLUICE_A_STATS_CALLS_RUNNING, "calls_running", U32 },
	{ SLUICE_A_STATS_BYTES_WAITING, "bytes_waiting", U64 },
	{ SLUICE_A_STATS_ENVS, "envs", U32 },
	{ SLUICE_A_STATS_TASKS, "tasks", U32 },
	{ SLUICE_A_STATS_WAIT_SOURCE, "wait_source", TEXT },
	{ SLUICE_A_STATS_MODULE_BTF, "module_btf", FLAG },
	{ SLUICE_A_STATS_AGENT_PID, "agent_pid", U32 },
	{ SLUICE_A_STATS_COUNTER, "counters", AMOUNTS },
	{ 0 }
};

static const struct field box_fields[] = {
	{ SLUICE_A_BOX_CPU, "cpu", U64 },
	{ SLUICE_A_BOX_CPU_BUDGET, "cpu_budget", U64 },
	{ SLUICE_A_BOX_CPU_GUARANTEED, "cpu_guaranteed", U64 },
	{ SLUICE_A_BOX_CPU_REALTIME, "cpu_realtime", U64 },
	{ SLUICE_A_BOX_CPU_INTERRUPTS, "cpu_interrupts", U64 },
	{ SLUICE_A_BOX_CPU_STOLEN, "cpu_stolen", U64 },
	{ SLUICE_A_BOX_CPU_YIELDING, "cpu_yielding", U64 },
	{ SLUICE_A_BOX_RIVALS, "rivals", U64 },
	{ SLUICE_A_BOX_CLOSED, "closed", U32 },
	{ SLUICE_A_BOX_CPU_LIMIT, "cpu_limit", U64 },
	{ SLUICE_A_BOX_PIDS_LIMIT, "pids_limit", U64 },
	{ SLUICE_A_BOX_MEMORY_LIMIT, "memory_limit", U64 },
	{ SLUICE_A_BOX_MEMORY_WANTED, "memory_wanted", FLAG },
	{ 0 }
};

static const struct field agent_fields[] = {
	{ SLUICE_A_AGENT_PID, "pid", U32 },
	{ SLUICE_A_AGENT_WAIT_SOURCE, "ebpf", FLAG },
	{ SLUICE_A_AGENT_PRESENT, "present", FLAG },
	{ 0 }
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* In the order of the enums of linux/sluice_netlink.h. */
static const char * const env_states[] = { "wanted", "idle", "busy", "retiring",
					   "gone", "failed" };
static const char * const holds[] = {
	"none", "behind", "resource", "environments", "concurrency", "agent",
	"memory", "claim", "order", "stopped", "quarantine", "backoff",
	"never", "cpu-pressure",
};
static const char * const overflows[] = { "refuse", "block", "drop-oldest" };
static const char * const modes[] = { "run", "pause", "drain", "drain-keep" };
static const char * const keys[] = { "user", "task" };
static const char * const kinds[] = { "exec", "serve" };

static const char *name_in(const char * const *names, size_t count,
			   uint32_t value)
{
	return value < count ? names[value] : "unknown";
}

static const char *enum_name(enum type type, uint32_t value)
{
	switch (type) {
	case STATE:
		return sluice_state_name(value);
	case ENV_STATE:
		return name_in(env_states, COUNT(env_states), value);
	case HOLD:
		return name_in(holds, COUNT(holds), value);
	case REASON:
		return sluice_reason_name(value);
	case REFUSAL:
		return sluice_refusal_name(value);
	case OVERFLOW:
		return name_in(overflows, COUNT(overflows), value);
	case KEYS:
		return name_in(keys, COUNT(keys), value);
	case MODE:
		return name_in(modes, COUNT(modes), value);
	default:
		return name_in(kinds, COUNT(kinds), value);
	}
}

static void add_amount(const char *resource, uint64_t amount, void *arg)
{
	out_add_number(arg, resource, amount);
}

/* A kernel's attribute that is too short for one is all 0. */
static struct json_object *trace_id(struct nlattr *attr)
{
	uint8_t id[SLUICE_TRACE_ID_LEN] = { 0 };
	char text[UNITS_TEXT];

	nla_memcpy(id, attr, sizeof(id));
	return json_object_new_string(units_trace(id, text));
}

static struct json_object *field_value(const struct field *field,
				       struct nlattr **attrs)
{
	struct json_object *value;

	switch (field->type) {
	case U32:
		return json_object_new_uint64(snl_u32(attrs, field->attr));
	case S32:
		return json_object_new_int((int)snl_u32(attrs, field->attr));
	case U64:
		return json_object_new_uint64(snl_u64(attrs, field->attr));
	case TEXT:
		return json_object_new_string(snl_string(attrs, field->attr));
	case FLAG:
		return json_object_new_boolean(snl_u32(attrs, field->attr));
	case TRACE:
		return trace_id(attrs[field->attr]);
	case AMOUNTS:
		value = json_object_new_object();
		snl_amounts(attrs, field->attr, add_amount, value);
		return value;
	default:
		return json_object_new_string(enum_name(field->type,
							snl_u32(attrs, field->attr)));
	}
}

static const struct field *fields_of(uint8_t cmd)
{
	switch (cmd) {
	case SLUICE_CMD_TASK_GET:
	case SLUICE_CMD_TASK_NTF:
		return task_fields;
	case SLUICE_CMD_ENV_GET:
	case SLUICE_CMD_ENV_NTF:
		return env_fields;
	case SLUICE_CMD_CALL_GET:
	case SLUICE_CMD_CALL_NTF:
	case SLUICE_CMD_CALL_TRY:
		return call_fields;
	case SLUICE_CMD_BUDGET_GET:
	case SLUICE_CMD_BUDGET_NTF:
		return budget_fields;
	case SLUICE_CMD_STATS_GET:
		return stats_fields;
	case SLUICE_CMD_BOX_GET:
		return box_fields;
	case SLUICE_CMD_AGENT_NTF:
		return agent_fields;
	default:
		return NULL;
	}
}

struct json_object *object_from(uint8_t cmd, struct nlattr **attrs)
{
	const struct field *field = fields_of(cmd);
	struct json_object *object;

	if (!field)
		return NULL;
	object = json_object_new_object();
	for (; field->key; field++)
		if (attrs[field->attr])
			json_object_object_add(object, field->key,
					       field_value(field, attrs));
	return object;
}

/*
 * Fetching
 */

static int collect(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	struct json_object *object = object_from(cmd, attrs);

	if (object)
		json_object_array_add(arg, object);
	return 0;
}

struct json_object *object_all(struct snl_conn *conn, uint8_t cmd, int *ret)
{
	struct json_object *array = json_object_new_array();

	*ret = snl_send(conn, snl_request(conn, cmd, true), collect, array);
	if (!*ret)
		return array;
	request_failed(conn, *ret, NULL);
	json_object_put(array);
	return NULL;
}

struct json_object *object_ask(struct snl_conn *conn, struct nl_msg *msg,
			       int *ret)
{
	struct json_object *array = json_object_new_array(), *object = NULL;

	*ret = snl_send(conn, msg, collect, array);
	if (!*ret && json_object_array_length(array))
		object = json_object_get(json_object_array_get_idx(array, 0));
	else if (!*ret)
		*ret = -EBADMSG;
	json_object_put(array);
	return object;
}

struct json_object *object_one(struct snl_conn *conn, struct nl_msg *msg,
			       int *ret)
{
	struct json_object *object = object_ask(conn, msg, ret);

	if (*ret == -EBADMSG)
		fail(fail_errno(*ret), "the module gave an empty answer");
	else if (!object)
		request_failed(conn, *ret, NULL);
	return object;
}
