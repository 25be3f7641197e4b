// SPDX-License-Identifier: GPL-2.0-only
/* sluice logs: what programs of environments said. */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clean.h"
#include "fail.h"
#include "line.h"
#include "logid.h"
#include "logs.h"
#include "out.h"
#include "take.h"
#include "units.h"

#define USEC	1000000ULL

static bool has_trace(const struct ring_line *line)
{
	static const uint8_t none[SLUICE_TRACE_ID_LEN];

	return memcmp(line->trace_id, none, sizeof(none)) != 0;
}

static void print_json(const char *task, const struct ring_line *line)
{
	struct json_object *object = json_object_new_object();
	char trace[UNITS_TEXT];

	out_add_number(object, "time", line->time * 1000);
	out_add_string(object, "task", task);
	if (line->call)
		out_add_number(object, "call", line->call);
	if (line->env)
		out_add_number(object, "env", line->env);
	if (has_trace(line))
		out_add_string(object, "trace_id",
			       units_trace(line->trace_id, trace));
	out_add_number(object, "priority", (uint64_t)line->priority);
	json_object_object_add(object, "message",
			       json_object_new_string_len(line->text,
							  (int)line->len));
	out_print_json(object);
}

static void print_text(const char *task, const struct ring_line *line)
{
	char *text = clean_text(line->text, line->len, CLEAN_ANSWER);
	time_t seconds = (time_t)(line->time / USEC);
	char when[32] = "", call[24] = "-";
	struct tm broken;

	if (localtime_r(&seconds, &broken))
		strftime(when, sizeof(when), "%F %T", &broken);
	if (line->call)
		snprintf(call, sizeof(call), "%ju", (uintmax_t)line->call);
	out_part("%s.%03u %s %s ", when,
		 (unsigned int)(line->time % USEC / 1000), task, call);
	puts(text ? text : "");
	free(text);
}

static bool print(const char *task, const struct ring_line *line)
{
	if (out_json)
		print_json(task, line);
	else
		print_text(task, line);
	/* Who follows sees it now. */
	fflush(stdout);
	return !ferror(stdout);
}

static int take_since(const struct cli_line *line, struct logs_query *query)
{
	const char *word = line_value(line, "since");
	struct timespec now;
	uint64_t ago;
	int ret;

	if (!word)
		return CLI_OK;
	ret = take_time("since", word, &ago);
	if (ret)
		return ret;
	clock_gettime(CLOCK_REALTIME, &now);
	query->since = (uint64_t)now.tv_sec * USEC + (uint64_t)now.tv_nsec / 1000;
	query->since -= ago / 1000 < query->since ? ago / 1000 : query->since - 1;
	return CLI_OK;
}

/* A number is a call, unless a task of that name has said something. */
static void take_word(const char *word, bool journal, struct logs_query *query)
{
	bool is_task = !word || units_parse_count(word, &query->call) ||
		       !query->call ||
		       (journal ? logs_journal_of(word) : logs_ring_of(word));

	if (!is_task)
		return;
	query->call = 0;
	query->task = word;
}

static int refused(int ret, bool journal)
{
	if (ret == -EACCES && journal)
		fail(fail_errno(ret), "what programs say is in the journal, which this user may not read: be root, or of the group systemd-journal or adm");
	else if (ret == -EACCES)
		fail(fail_errno(ret), "what programs say is in " RING_FOLDER ", which is for root to read");
	else
		fail(fail_errno(ret), "reading what programs say: %s",
		     strerror(-ret));
	return CLI_REFUSED;
}

int logs_run(const struct cli_line *line)
{
	bool journal = !access(LOG_JOURNAL, F_OK);
	struct logs_query query = { .follow = line_has(line, "follow") };
	int ret = take_since(line, &query);

	if (ret)
		return ret;
	take_word(line->words[0], journal, &query);
	ret = journal ? logs_from_journal(&query, print) :
			logs_from_rings(&query, print);
	return ret ? refused(ret, journal) : CLI_OK;
}
