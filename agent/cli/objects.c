// SPDX-License-Identifier: GPL-2.0-only
#include "objects.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "out.h"
#include "sluice.h"
#include "units.h"

enum type { U32, U64, S32, TEXT, AMOUNTS, STATE, ENV_STATE, HOLD, REASON,
	    KIND, REFUSAL, FLAG };

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
	{ SLUICE_A_ENV_PIDS, "pids", U32 },
	{ SLUICE_A_ENV_CALLS, "calls", U64 },
	{ SLUICE_A_ENV_MESSAGE, "message", TEXT },
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
	{ SLUICE_A_CALL_MEMORY_PEAK, "memory_peak", U64 },
	{ SLUICE_A_CALL_REASON, "reason", REASON },
	{ SLUICE_A_CALL_STATUS, "status", S32 },
	{ SLUICE_A_CALL_MESSAGE, "message", TEXT },
	{ SLUICE_A_CALL_INPUT_LEN, "input_len", U32 },
	{ SLUICE_A_CALL_OUTPUT_LEN, "output_len", U32 },
	{ SLUICE_A_CALL_REFUSAL, "refusal", REFUSAL },
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
	{ 0 }
};

static const struct field stats_fields[] = {
	{ SLUICE_A_STATS_CALLS_WAITING, "calls_waiting", U32 },
	{ SLUICE_A_STATS_CALLS_RUNNING, "calls_running", U32 },
	{ SLUICE_A_STATS_BYTES_WAITING, "bytes_waiting", U64 },
	{ SLUICE_A_STATS_ENVS, "envs", U32 },
	{ SLUICE_A_STATS_TASKS, "tasks", U32 },
	{ SLUICE_A_STATS_CPU_SOURCE, "cpu_source", TEXT },
	{ SLUICE_A_STATS_MODULE_BTF, "module_btf", FLAG },
	{ SLUICE_A_STATS_AGENT_PID, "agent_pid", U32 },
	{ SLUICE_A_STATS_COUNTER, "counters", AMOUNTS },
	{ 0 }
};

static const struct field agent_fields[] = {
	{ SLUICE_A_AGENT_PID, "pid", U32 },
	{ SLUICE_A_AGENT_CPU_SOURCE, "ebpf", FLAG },
	{ SLUICE_A_AGENT_PRESENT, "present", FLAG },
	{ 0 }
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *env_state(uint32_t state)
{
	static const char * const names[] = { "wanted", "idle", "busy",
					      "retiring", "gone", "failed" };

	return state < COUNT(names) ? names[state] : "unknown";
}

static const char *hold(uint32_t value)
{
	static const char * const names[] = { "none", "behind", "resource",
					      "environments", "concurrency",
					      "agent", "memory" };

	return value < COUNT(names) ? names[value] : "unknown";
}

static const char *enum_name(enum type type, uint32_t value)
{
	switch (type) {
	case STATE:
		return sluice_state_name(value);
	case ENV_STATE:
		return env_state(value);
	case HOLD:
		return hold(value);
	case REASON:
		return sluice_reason_name(value);
	case REFUSAL:
		return sluice_refusal_name(value);
	default:
		return value == SLUICE_KIND_SERVE ? "serve" : "exec";
	}
}

static void add_amount(const char *resource, uint64_t amount, void *arg)
{
	out_add_number(arg, resource, amount);
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
		return call_fields;
	case SLUICE_CMD_BUDGET_GET:
	case SLUICE_CMD_BUDGET_NTF:
		return budget_fields;
	case SLUICE_CMD_STATS_GET:
		return stats_fields;
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
 * In words
 */

static void waiting_text(struct json_object *call, char *text)
{
	const char *why = out_string(call, "hold");
	const char *resource = out_string(call, "hold_resource");
	char need[UNITS_TEXT], missing[UNITS_TEXT];

	if (!strcmp(why, "resource")) {
		units_amount(resource, out_number(call, "need"), need);
		units_amount(resource, out_number(call, "missing"), missing);
		snprintf(text, OBJECT_TEXT, "waits for %s: needs %s, %s missing",
			 resource, need, missing);
	} else if (!strcmp(why, "behind") && !out_number(call, "position")) {
		/* It has just come: the gate is asked next. */
		text[0] = '\0';
	} else if (!strcmp(why, "behind")) {
		snprintf(text, OBJECT_TEXT, "waits behind %ju calls of its task",
			 (uintmax_t)out_number(call, "position"));
	} else if (!strcmp(why, "environments")) {
		snprintf(text, OBJECT_TEXT,
			 "waits for an environment: the limit of all is reached");
	} else if (!strcmp(why, "concurrency")) {
		snprintf(text, OBJECT_TEXT,
			 "waits for an environment: its task's limit is reached");
	} else if (!strcmp(why, "agent")) {
		snprintf(text, OBJECT_TEXT,
			 "waits for an agent: none runs that could make its environment");
	} else if (!strcmp(why, "memory")) {
		snprintf(text, OBJECT_TEXT,
			 "waits: the kernel had no memory for its environment");
	} else {
		snprintf(text, OBJECT_TEXT, "waits to be looked at");
	}
}

static void ended_text(struct json_object *call, char *text)
{
	const char *reason = out_string(call, "reason");
	const char *message = out_string(call, "message");
	const char *colon = *message ? ": " : "";
	int status = (int)out_number(call, "status");
	struct json_object *value;

	if (json_object_object_get_ex(call, "status", &value))
		status = json_object_get_int(value);
	if (!strcmp(reason, "answered"))
		snprintf(text, OBJECT_TEXT, "answered%s%s", colon, message);
	else if (!strcmp(reason, "exited"))
		snprintf(text, OBJECT_TEXT, "exited with status %d%s%s",
			 status, colon, message);
	else if (!strcmp(reason, "signalled"))
		snprintf(text, OBJECT_TEXT, "ended by signal %d (%s)%s%s",
			 status, strsignal(status), colon, message);
	else if (!strcmp(reason, "not-started"))
		snprintf(text, OBJECT_TEXT, "could not be started: %s%s%s",
			 strerror(status), colon, message);
	else
		snprintf(text, OBJECT_TEXT, "%s%s%s", reason, colon, message);
}

char *object_call_text(struct json_object *call, char text[OBJECT_TEXT])
{
	const char *state = out_string(call, "state");

	text[0] = '\0';
	if (!strcmp(state, "queued"))
		waiting_text(call, text);
	else if (out_has(call, "reason"))
		ended_text(call, text);
	else if (out_has(call, "env"))
		snprintf(text, OBJECT_TEXT, "in environment %ju",
			 (uintmax_t)out_number(call, "env"));
	return text;
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
	cli_error("%s", snl_error(conn));
	json_object_put(array);
	return NULL;
}

struct json_object *object_one(struct snl_conn *conn, struct nl_msg *msg,
			       int *ret)
{
	struct json_object *array = json_object_new_array(), *object = NULL;

	*ret = snl_send(conn, msg, collect, array);
	if (*ret) {
		cli_error("%s", snl_error(conn));
	} else if (json_object_array_length(array)) {
		object = json_object_get(json_object_array_get_idx(array, 0));
	} else {
		*ret = -EBADMSG;
		cli_error("the module gave an empty answer");
	}
	json_object_put(array);
	return object;
}
