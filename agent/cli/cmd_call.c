// SPDX-License-Identifier: GPL-2.0-only
/* sluice call: submit, show, collect, change and cancel calls. */
#include "cli.h"

#include <errno.h>
#include <string.h>

#include "objects.h"
#include "out.h"
#include "sluice.h"
#include "submit.h"
#include "text.h"
#include "units.h"

static const struct out_column list_columns[] = {
	{ "id", "CALL", OUT_PLAIN },
	{ "task", "TASK", OUT_PLAIN },
	{ "state", "STATE", OUT_PLAIN },
	{ "priority", "PRIO", OUT_PLAIN },
	{ "env", "ENV", OUT_PLAIN },
	{ "wait_time", "WAITED", OUT_DURATION },
	{ "run_time", "RAN", OUT_DURATION },
	{ "cpu_time", "CPU", OUT_DURATION },
	{ "memory_peak", "PEAK", OUT_SIZE },
	{ "text", "WHY", OUT_PLAIN },
};

static const struct out_column one_columns[] = {
	{ "id", "call", OUT_PLAIN },
	{ "task", "task", OUT_PLAIN },
	{ "state", "state", OUT_PLAIN },
	{ "text", "why", OUT_PLAIN },
	{ "class", "class", OUT_PLAIN },
	{ "priority", "priority", OUT_PLAIN },
	{ "position", "calls before", OUT_PLAIN },
	{ "tasks_before", "tasks before", OUT_PLAIN },
	{ "claims", "claims", OUT_PLAIN },
	{ "expected_start", "expected start", OUT_MOMENT },
	{ "attempts", "failed before", OUT_PLAIN },
	{ "ready_at", "runs again", OUT_MOMENT },
	{ "key", "key", OUT_PLAIN },
	{ "trace_id", "trace", OUT_PLAIN },
	{ "env", "environment", OUT_PLAIN },
	{ "origin_pid", "from process", OUT_PLAIN },
	{ "origin_uid", "from user", OUT_PLAIN },
	{ "input_len", "input", OUT_SIZE },
	{ "output_len", "answer", OUT_SIZE },
	{ "timeout", "timeout", OUT_LIMIT },
	{ "runtime", "runtime", OUT_LIMIT },
	{ "deadline", "deadline", OUT_MOMENT },
	{ "wait_time", "waited", OUT_DURATION },
	{ "run_time", "ran", OUT_DURATION },
	{ "cpu_time", "cpu", OUT_DURATION },
	{ "cpu_wait", "waited for a CPU", OUT_DURATION },
	{ "memory_peak", "peak", OUT_SIZE },
};

static struct nl_msg *request(struct snl_conn *conn, uint8_t cmd, uint64_t id)
{
	struct nl_msg *msg = snl_request(conn, cmd, false);

	if (msg)
		nla_put_u64(msg, SLUICE_A_CALL_ID, id);
	return msg;
}

static void add_text(struct json_object *call)
{
	char text[TEXT_SIZE];

	if (*text_call(call, out_now(), text))
		out_add_string(call, "text", text);
}

static int show_all(struct snl_conn *conn)
{
	struct json_object *array;
	size_t i;
	int ret;

	array = object_all(conn, SLUICE_CMD_CALL_GET, &ret);
	if (!array)
		return ret;
	for (i = 0; i < json_object_array_length(array); i++)
		add_text(json_object_array_get_idx(array, i));
	out_table(array, list_columns,
		  sizeof(list_columns) / sizeof(list_columns[0]));
	return 0;
}

static int show(char **words)
{
	struct json_object *call;
	struct snl_conn *conn;
	uint64_t id = 0;
	int ret = words[0] ? cli_number("a call's id", words[0], &id) : CLI_OK;

	if (!ret)
		ret = cli_open(&conn);
	if (ret)
		return ret;
	if (words[0]) {
		call = object_one(conn, request(conn, SLUICE_CMD_CALL_GET, id),
				  &ret);
		if (call) {
			add_text(call);
			out_lines(call, one_columns,
				  sizeof(one_columns) / sizeof(one_columns[0]));
		}
	} else {
		ret = show_all(conn);
	}
	snl_close(conn);
	return cli_status(ret);
}

static int reap(char **words)
{
	uint64_t id;
	int ret = cli_number("a call's id", words[0], &id);

	if (!ret)
		ret = cli_end(words + 1);
	return ret ? ret : submit_reap(id);
}

/* One's own calls through the device; those of others take an administrator. */
static int cancel(char **words)
{
	struct snl_conn *conn;
	uint64_t id;
	int ret = cli_number("a call's id", words[0], &id);

	if (!ret)
		ret = cli_end(words + 1);
	if (!ret && !submit_cancel(id))
		return CLI_OK;
	if (!ret)
		ret = cli_open(&conn);
	if (ret)
		return ret;
	return cli_send(conn, request(conn, SLUICE_CMD_CALL_DEL, id));
}

static int take_priority(const char *word, uint64_t *value)
{
	int ret = cli_number("a priority", word, value);

	if (!ret && *value > SLUICE_PRIORITY_MAX)
		ret = cli_usage("a priority is 0 to %d", SLUICE_PRIORITY_MAX);
	return ret;
}

/* From now on; none: it does not expire. */
static int take_deadline(const char *word, uint64_t *value)
{
	if (!word)
		return cli_usage("a deadline is missing");
	if (units_parse_duration(word, value) ||
	    (!*value && strcmp(word, "none") != 0))
		return cli_usage("deadline '%s': expected a time from now, as 200ms, 30s or 5m, or none",
				 word);
	return CLI_OK;
}

static int refused(const struct sluice_change *change, int err)
{
	char asked[UNITS_TEXT], limit[UNITS_TEXT];

	if (change->refusal == SLUICE_REFUSAL_NO_DEADLINE)
		cli_error("its class is deadline: it needs one");
	else if (change->refusal == SLUICE_REFUSAL_OVER_PRIORITY)
		cli_error("a priority of %ju is more than its task gives (%ju): raise priority-max in the task file; more takes root",
			  (uintmax_t)change->asked, (uintmax_t)change->limit);
	else if (change->refusal != SLUICE_REFUSAL_UNSCHEDULABLE)
		cli_error("the call cannot be changed so: %s", strerror(-err));
	else if (*change->resource)
		cli_error("deadlines would take %s CPUs of a budget of %s",
			  units_amount("cpu", change->asked, asked),
			  units_amount("cpu", change->limit, limit));
	else
		cli_error("it runs for %s, which is longer than %s",
			  units_duration(change->asked, asked),
			  units_duration(change->limit, limit));
	return CLI_REFUSED;
}

/* Any call, which takes an administrator. */
static int change_any(const struct sluice_change *change)
{
	struct snl_conn *conn;
	struct nl_msg *msg;
	int ret = cli_open(&conn);

	if (ret)
		return ret;
	msg = request(conn, SLUICE_CMD_CALL_SET, change->id);
	if (msg && change->flags & SLUICE_CHANGE_PRIORITY)
		nla_put_u32(msg, SLUICE_A_CALL_PRIORITY, change->priority);
	if (msg && change->flags & SLUICE_CHANGE_DEADLINE)
		nla_put_u64(msg, SLUICE_A_CALL_DEADLINE, change->deadline);
	return cli_send(conn, msg);
}

/* One's own calls through the device; else as an administrator. */
static int change(struct sluice_change *what)
{
	int ret = submit_change(what);

	switch (ret) {
	case 0:
		return CLI_OK;
	case -EALREADY:
		cli_error("the call does not wait any more");
		return CLI_REFUSED;
	case -EBUSY:
	case -EACCES:
	case -EINVAL:
		return refused(what, ret);
	default:
		return change_any(what);
	}
}

static int priority(char **words)
{
	struct sluice_change what = { .flags = SLUICE_CHANGE_PRIORITY };
	uint64_t id, value = 0;
	int ret = cli_number("a call's id", words[0], &id);

	if (!ret)
		ret = take_priority(words[1], &value);
	if (!ret)
		ret = cli_end(words + 2);
	what.id = id;
	what.priority = (uint32_t)value;
	return ret ? ret : change(&what);
}

/* ID priority N | deadline TIME */
static int set(char **words)
{
	struct sluice_change what = { 0 };
	uint64_t value = 0, id;
	int ret = cli_number("a call's id", words[0], &id);

	if (ret)
		return ret;
	what.id = id;
	if (!words[1] || !*words[1])
		return cli_usage("what of the call is missing: priority or deadline");
	if (!strncmp("priority", words[1], strlen(words[1]))) {
		what.flags = SLUICE_CHANGE_PRIORITY;
		ret = take_priority(words[2], &value);
		what.priority = (uint32_t)value;
	} else if (!strncmp("deadline", words[1], strlen(words[1]))) {
		what.flags = SLUICE_CHANGE_DEADLINE;
		ret = take_deadline(words[2], &value);
		what.deadline = value;
	} else {
		return cli_usage("'%s' of a call cannot be set: expected priority or deadline",
				 words[1]);
	}
	if (!ret)
		ret = cli_end(words + 3);
	return ret ? ret : change(&what);
}

static int run(char **words)
{
	return words[0] ? submit_task(words) :
	       cli_usage("the name of a task is missing");
}

/*
 * A command must be written out here: a word that only begins like one is the
 * name of a task. `call run TASK` reaches tasks that are called like a command.
 */
int cmd_call(char **words)
{
	static const struct cli_command commands[] = {
		{ "show", show },
		{ "list", show },
		{ "reap", reap },
		{ "cancel", cancel },
		{ "set", set },
		{ "priority", priority },
		{ "run", run },
		{ NULL, NULL }
	};
	const struct cli_command *command;

	if (!words[0])
		return show(words);
	for (command = commands; command->name; command++)
		if (!strcmp(command->name, words[0]))
			return command->run(words + 1);
	return submit_task(words);
}
