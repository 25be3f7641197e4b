// SPDX-License-Identifier: GPL-2.0-only
/* Lines of the system's journal. That they are root's nobody else can claim. */
#include "logs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "logid.h"
#include "units.h"

static int match(sd_journal *journal, const char *field, const char *value)
{
	char text[128];

	snprintf(text, sizeof(text), "%s=%s", field, value);
	return sd_journal_add_match(journal, text, 0);
}

static int match_all(sd_journal *journal, const struct logs_query *query)
{
	char call[24];
	int ret;

	snprintf(call, sizeof(call), "%ju", (uintmax_t)query->call);
	ret = match(journal, "MESSAGE_ID", LOG_ID);
	if (ret >= 0)
		ret = match(journal, "_UID", "0");
	if (ret >= 0 && query->task)
		ret = match(journal, "SLUICE_TASK", query->task);
	if (ret >= 0 && query->call)
		ret = match(journal, "SLUICE_CALL", call);
	return ret;
}

/* The value of a field, which may hold anything. NULL: there is none. */
static const char *get(sd_journal *journal, const char *field, size_t *len)
{
	size_t before = strlen(field) + 1;
	const void *data;

	if (sd_journal_get_data(journal, field, &data, len) < 0 || *len < before)
		return NULL;
	*len -= before;
	return (const char *)data + before;
}

static bool get_text(sd_journal *journal, const char *field, char *text,
		     size_t size)
{
	size_t len;
	const char *value = get(journal, field, &len);

	*text = '\0';
	if (!value || len >= size)
		return false;
	memcpy(text, value, len);
	text[len] = '\0';
	return true;
}

static uint64_t get_number(sd_journal *journal, const char *field)
{
	char text[32];

	return get_text(journal, field, text, sizeof(text)) ?
	       strtoull(text, NULL, 10) : 0;
}

static bool hand_out(sd_journal *journal, logs_fn fn)
{
	struct ring_line line = { 0 };
	char task[SLUICE_NAME_SIZE], trace[40];

	get_text(journal, "SLUICE_TASK", task, sizeof(task));
	if (get_text(journal, "SLUICE_TRACE_ID", trace, sizeof(trace)))
		units_parse_trace(trace, line.trace_id);
	sd_journal_get_realtime_usec(journal, &line.time);
	line.call = get_number(journal, "SLUICE_CALL");
	line.env = (uint32_t)get_number(journal, "SLUICE_ENV");
	line.priority = (int)get_number(journal, "PRIORITY");
	/* The last, as it is the journal's own until the next is asked for. */
	line.text = get(journal, "MESSAGE", &line.len);
	if (!line.text)
		return true;
	return fn(task, &line);
}

/* To before the first that is asked for. */
static int seek(sd_journal *journal, const struct logs_query *query)
{
	int ret;

	if (query->since)
		return sd_journal_seek_realtime_usec(journal, query->since);
	if (!query->follow)
		return sd_journal_seek_head(journal);
	ret = sd_journal_seek_tail(journal);
	if (ret >= 0)
		ret = sd_journal_previous_skip(journal, LOGS_BEFORE + 1);
	/* There are not as many. */
	if (ret >= 0 && ret <= LOGS_BEFORE)
		ret = sd_journal_seek_head(journal);
	return ret;
}

static int show(sd_journal *journal, const struct logs_query *query, logs_fn fn)
{
	int ret = seek(journal, query);

	while (ret >= 0) {
		ret = sd_journal_next(journal);
		if (ret > 0) {
			if (!hand_out(journal, fn))
				return 0;
		} else if (!ret) {
			if (!query->follow)
				return 0;
			ret = sd_journal_wait(journal, (uint64_t)-1);
		}
	}
	return ret;
}

/*
 * Opening what one may not read is no error, but an empty journal: is there a file that
 * is for us?
 */
static bool may_read(void)
{
	static const char *const folders[] = { "/var/log/journal",
					       "/run/log/journal" };
	char path[128], id[SD_ID128_STRING_MAX];
	sd_id128_t machine;
	size_t i;

	if (!geteuid() || sd_id128_get_machine(&machine) < 0)
		return true;
	sd_id128_to_string(machine, id);
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s/system.journal", folders[i],
			 id);
		if (!access(path, R_OK))
			return true;
	}
	return false;
}

static int open_journal(sd_journal **ret_journal, const struct logs_query *query)
{
	int ret = sd_journal_open(ret_journal, SD_JOURNAL_LOCAL_ONLY |
				  SD_JOURNAL_SYSTEM);

	if (ret < 0)
		return ret;
	/* All of a line, not only its start. */
	sd_journal_set_data_threshold(*ret_journal, 0);
	ret = match_all(*ret_journal, query);
	if (ret < 0)
		sd_journal_close(*ret_journal);
	return ret;
}

int logs_from_journal(const struct logs_query *query, logs_fn fn)
{
	sd_journal *journal;
	int ret;

	if (!may_read())
		return -EACCES;
	ret = open_journal(&journal, query);
	if (ret < 0)
		return ret;
	ret = show(journal, query, fn);
	sd_journal_close(journal);
	return ret < 0 ? ret : 0;
}

bool logs_journal_of(const char *task)
{
	const struct logs_query query = { .task = task };
	sd_journal *journal;
	bool is;

	if (open_journal(&journal, &query) < 0)
		return false;
	is = sd_journal_seek_head(journal) >= 0 && sd_journal_next(journal) > 0;
	sd_journal_close(journal);
	return is;
}
