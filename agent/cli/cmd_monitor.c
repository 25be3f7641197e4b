// SPDX-License-Identifier: GPL-2.0-only
/* sluice monitor: print what happens as it happens. */
#include "cli.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "line.h"
#include "objects.h"
#include "out.h"
#include "request.h"
#include "text.h"
#include "units.h"

struct monitor {
	const char *const *tasks;	/* only these; none: all */
};

static bool wanted(const struct monitor *monitor, struct json_object *object)
{
	const char *task = out_string(object, "task");
	const char *const *t;

	if (!*monitor->tasks)
		return true;
	if (!*task)
		task = out_string(object, "name");
	for (t = monitor->tasks; *t; t++)
		if (!strcmp(*t, task))
			return true;
	return false;
}

static void print_call(struct json_object *call, uint64_t now)
{
	char text[TEXT_SIZE], wait[UNITS_TEXT], run[UNITS_TEXT],
	     cpu[UNITS_TEXT], peak[UNITS_TEXT];

	if (out_has(call, "refusal")) {
		out_part("call to %s refused: %s", out_string(call, "task"),
			 out_string(call, "refusal"));
		return;
	}
	out_part("call %ju %s %s", (uintmax_t)out_number(call, "id"),
		 out_string(call, "task"), out_string(call, "state"));
	if (*text_call(call, now, text))
		out_part(": %s", text);
	if (out_has(call, "reason"))
		out_part(" (waited %s, ran %s, cpu %s, peak %s)",
			 units_duration(out_number(call, "wait_time"), wait),
			 units_duration(out_number(call, "run_time"), run),
			 units_duration(out_number(call, "cpu_time"), cpu),
			 units_size(out_number(call, "memory_peak"), peak));
}

static void print_text(uint8_t cmd, struct json_object *object)
{
	char budget[UNITS_TEXT], text[TEXT_SIZE];
	uint64_t now = out_now();

	out_part("%ju.%06ju ", (uintmax_t)(now / 1000000000),
		 (uintmax_t)(now / 1000 % 1000000));
	switch (cmd) {
	case SLUICE_CMD_CALL_NTF:
		print_call(object, now);
		break;
	case SLUICE_CMD_ENV_NTF:
		out_part("env %ju %s %s", (uintmax_t)out_number(object, "id"),
			 out_string(object, "task"),
			 out_string(object, "state"));
		if (out_has(object, "call"))
			out_part(": call %ju",
				 (uintmax_t)out_number(object, "call"));
		if (out_has(object, "message"))
			out_part(": %s", out_string(object, "message"));
		if (out_has(object, "state_size") &&
		    out_number(object, "state_used") >=
		    out_number(object, "state_size"))
			out_part(": what its task keeps is full");
		if (out_has(object, "peers_refused"))
			out_part(": tried %ju times what is not its peer",
				 (uintmax_t)out_number(object, "peers_refused"));
		break;
	case SLUICE_CMD_TASK_NTF:
		out_part("task %s%s%s%s", out_string(object, "name"),
			 *text_task(object, now, text) ? " " : "", text,
			 out_number(object, "claims") ?
			 ": its best call holds a claim" : "");
		break;
	case SLUICE_CMD_BUDGET_NTF:
		out_part("budget %s %s", out_string(object, "resource"),
			 units_amount(out_string(object, "resource"),
				      out_number(object, "budget"), budget));
		break;
	default:
		out_part("agent %s", out_number(object, "present") ?
			 "came" : "went");
	}
	putchar('\n');
}

static const char *event_name(uint8_t cmd)
{
	switch (cmd) {
	case SLUICE_CMD_CALL_NTF:
		return "call";
	case SLUICE_CMD_ENV_NTF:
		return "env";
	case SLUICE_CMD_TASK_NTF:
		return "task";
	case SLUICE_CMD_BUDGET_NTF:
		return "budget";
	default:
		return "agent";
	}
}

static int print(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	const struct monitor *monitor = arg;
	struct json_object *object = object_from(cmd, attrs);
	const char *what = event_name(cmd);

	if (!object)
		return 0;
	if (wanted(monitor, object)) {
		if (out_json) {
			out_add_string(object, "event", what);
			out_print_json(json_object_get(object));
		} else {
			print_text(cmd, object);
		}
		fflush(stdout);
	}
	json_object_put(object);
	return 0;
}

static int watch(struct snl_conn *conn, struct monitor *monitor)
{
	struct pollfd poll_fd = { .fd = snl_fd(conn), .events = POLLIN };
	int ret;

	for (;;) {
		ret = snl_receive(conn, print, monitor);
		if (ret == -ENOBUFS)
			fail(fail_errno(ret), "events were lost: this program was too slow");
		else if (ret == -EAGAIN)
			poll(&poll_fd, 1, -1);
		else if (ret < 0)
			return ret;
		if (ferror(stdout))
			return 0;
	}
}

int monitor_run(const struct cli_line *line)
{
	struct monitor monitor = { .tasks = line->words };
	struct snl_conn *conn;
	int ret = request_open(&conn);

	if (ret)
		return ret;
	/* Who may not know all gets what anybody may know. */
	ret = snl_listen(conn, SLUICE_MCGRP_EVENTS);
	if (ret == -EPERM)
		ret = snl_listen(conn, SLUICE_MCGRP_STATES);
	if (!ret)
		ret = watch(conn, &monitor);
	ret = ret ? request_failed(conn, ret, NULL) : CLI_OK;
	snl_close(conn);
	return ret;
}
