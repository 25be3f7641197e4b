// SPDX-License-Identifier: GPL-2.0-only
/* sluice task suggest: what a task file could ask for, by what calls of the task used. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "learned.h"
#include "line.h"
#include "objects.h"
#include "out.h"
#include "request.h"
#include "suggest.h"
#include "units.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char * const resources[] = { "memory", "cpu" };

static struct learned learned_of(struct json_object *task, const char *resource)
{
	struct json_object *request = NULL;
	char median[32], p95[32];

	snprintf(median, sizeof(median), "%s_median", resource);
	snprintf(p95, sizeof(p95), "%s_p95", resource);
	json_object_object_get_ex(task, "request", &request);
	return (struct learned){
		.resource = resource,
		.asked = request ? out_number(request, resource) : 0,
		.median = out_number(task, median),
		.p95 = out_number(task, p95),
	};
}

void suggest_add_use(struct json_object *task)
{
	char key[32], text[LEARNED_SIZE];
	struct learned learned;
	size_t i;

	for (i = 0; i < COUNT(resources); i++) {
		learned = learned_of(task, resources[i]);
		learned_text(&learned, text);
		snprintf(key, sizeof(key), "%s_use", resources[i]);
		if (*text)
			out_add_string(task, key, text);
	}
}

/* As lines of a task file, so that they can be put there as they are. */
static void print(struct json_object *task)
{
	char amount[UNITS_TEXT], text[LEARNED_SIZE];
	struct learned learned;
	size_t i;

	out_line("[needs]");
	for (i = 0; i < COUNT(resources); i++) {
		learned = learned_of(task, resources[i]);
		if (!learned.p95)
			continue;
		learned_text(&learned, text);
		out_line("# %s", text);
		if (!strcmp(resources[i], "memory"))
			out_line("memory = %juM",
				 (uintmax_t)learned_suggest(&learned) >> 20);
		else
			out_line("%s = %s", resources[i],
				 units_amount(resources[i],
					      learned_suggest(&learned), amount));
	}
}

static struct json_object *suggested(struct json_object *task)
{
	struct json_object *object = json_object_new_object();
	struct learned learned;
	size_t i;

	out_add_string(object, "task", out_string(task, "name"));
	for (i = 0; i < COUNT(resources); i++) {
		learned = learned_of(task, resources[i]);
		if (learned.p95)
			out_add_number(object, resources[i],
				       learned_suggest(&learned));
	}
	return object;
}

int task_suggest(const struct cli_line *line)
{
	const char *name = line->words[0];
	struct json_object *task;
	struct snl_conn *conn;
	int ret = request_open(&conn);

	if (ret)
		return ret;
	task = object_one(conn, request_name(conn, SLUICE_CMD_TASK_GET,
					     SLUICE_A_TASK_NAME, name), &ret);
	if (!task)
		ret = request_failed(conn, ret, name);
	snl_close(conn);
	if (!task)
		return ret;
	ret = CLI_OK;
	if (!learned_of(task, "memory").p95 && !learned_of(task, "cpu").p95) {
		fail(NULL, "no call of %s was measured yet", name);
		ret = CLI_REFUSED;
	} else if (out_json) {
		out_print_json(suggested(task));
	} else {
		print(task);
	}
	json_object_put(task);
	return ret;
}
