// SPDX-License-Identifier: GPL-2.0-only
/* sluice call: submit, show, collect, change and cancel calls. */
#include "cli.h"

#include <errno.h>
#include <string.h>

#include "fail.h"
#include "line.h"
#include "request.h"
#include "show.h"
#include "sluice.h"
#include "submit.h"
#include "take.h"
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
	{ "read_bytes", "read", OUT_SIZE },
	{ "written_bytes", "written", OUT_SIZE },
	{ "received_bytes", "received", OUT_SIZE },
	{ "sent_bytes", "sent", OUT_SIZE },
	{ "page_faults", "page faults", OUT_PLAIN },
	{ "processes", "processes", OUT_PLAIN },
	{ "syscalls_refused", "system calls refused", OUT_PLAIN },
	{ "oom_kills", "ended for memory", OUT_PLAIN },
};

static void add_text(struct json_object *call)
{
	char text[TEXT_SIZE];

	if (*text_call(call, out_now(), text))
		out_add_string(call, "text", text);
}

int call_show(const struct cli_line *line)
{
	static const struct show calls = {
		.cmd = SLUICE_CMD_CALL_GET,
		.attr = SLUICE_A_CALL_ID,
		.by = SHOW_ID,
		.list = SHOW_COLUMNS(list_columns),
		.one = SHOW_COLUMNS(one_columns),
		.complete = add_text,
	};

	return show(&calls, line);
}

int call_run(const struct cli_line *line)
{
	return submit_call(line);
}

int call_reap(const struct cli_line *line)
{
	uint64_t id;
	int ret = take_id(line, &id);

	if (ret)
		return ret;
	return submit_reap(id, line_has(line, "raw"), line_has(line, "quiet"));
}

/* One's own calls through the device; those of others take an administrator. */
int call_cancel(const struct cli_line *line)
{
	struct snl_conn *conn;
	uint64_t id;
	int ret = take_id(line, &id);

	if (!ret && !submit_cancel(id))
		return CLI_OK;
	if (!ret)
		ret = request_open(&conn);
	if (ret)
		return ret;
	return request_finish(conn, request_id(conn, SLUICE_CMD_CALL_DEL,
					       SLUICE_A_CALL_ID, id));
}

static int refused(const struct sluice_change *change, int err)
{
	struct json_object *about = fail_errno(err);
	char asked[UNITS_TEXT], limit[UNITS_TEXT];

	if (change->refusal)
		out_add_string(about, "refusal",
			       sluice_refusal_name(change->refusal));
	if (change->refusal == SLUICE_REFUSAL_NO_DEADLINE)
		fail(about, "its class is deadline: it needs one");
	else if (change->refusal == SLUICE_REFUSAL_OVER_PRIORITY)
		fail(about, "a priority of %ju is more than its task gives (%ju): raise priority-max in the task file; more takes root",
		     (uintmax_t)change->asked, (uintmax_t)change->limit);
	else if (change->refusal != SLUICE_REFUSAL_UNSCHEDULABLE)
		fail(about, "the call cannot be changed so: %s",
		     strerror(-err));
	else if (*change->resource)
		fail(about, "deadlines would take %s CPUs of a budget of %s",
		     units_amount("cpu", change->asked, asked),
		     units_amount("cpu", change->limit, limit));
	else
		fail(about, "it runs for %s, which is longer than %s",
		     units_duration(change->asked, asked),
		     units_duration(change->limit, limit));
	return CLI_REFUSED;
}

/* Any call, which takes an administrator. */
static int change_any(const struct sluice_change *change)
{
	struct snl_conn *conn;
	struct nl_msg *msg;
	int ret = request_open(&conn);

	if (ret)
		return ret;
	msg = request_id(conn, SLUICE_CMD_CALL_SET, SLUICE_A_CALL_ID,
			 change->id);
	if (msg && change->flags & SLUICE_CHANGE_PRIORITY)
		nla_put_u32(msg, SLUICE_A_CALL_PRIORITY, change->priority);
	if (msg && change->flags & SLUICE_CHANGE_DEADLINE)
		nla_put_u64(msg, SLUICE_A_CALL_DEADLINE, change->deadline);
	return request_finish(conn, msg);
}

/* One's own calls through the device; else as an administrator. */
static int change(struct sluice_change *what)
{
	int ret = submit_change(what);

	switch (ret) {
	case 0:
		return CLI_OK;
	case -EALREADY:
		fail(fail_errno(ret), "the call does not wait any more");
		return CLI_REFUSED;
	case -EBUSY:
	case -EACCES:
	case -EINVAL:
		return refused(what, ret);
	default:
		return change_any(what);
	}
}

int call_priority(const struct cli_line *line)
{
	struct sluice_change what = { .flags = SLUICE_CHANGE_PRIORITY };
	uint64_t id;
	int ret = take_id(line, &id);

	if (!ret)
		ret = take_priority(line->words[1], &what.priority);
	if (ret)
		return ret;
	what.id = id;
	return change(&what);
}

int call_set(const struct cli_line *line)
{
	const char *priority = line_value(line, "priority");
	const char *deadline = line_value(line, "deadline");
	struct sluice_change what = { 0 };
	uint64_t id, time = 0;
	int ret = take_id(line, &id);

	if (ret)
		return ret;
	what.id = id;
	if (priority && deadline)
		return fail_usage("one at a time: priority or deadline");
	if (priority) {
		what.flags = SLUICE_CHANGE_PRIORITY;
		ret = take_priority(priority, &what.priority);
	} else if (deadline) {
		what.flags = SLUICE_CHANGE_DEADLINE;
		ret = take_deadline(deadline, &time);
		what.deadline = time;
	} else {
		ret = fail_usage("what of the call is missing: priority or deadline");
	}
	return ret ? ret : change(&what);
}
