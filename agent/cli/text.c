// SPDX-License-Identifier: GPL-2.0-only
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "out.h"
#include "units.h"

/* One more part, behind @between if it is not the first. */
__attribute__((format(printf, 3, 4)))
static void add(char *text, const char *between, const char *format, ...)
{
	size_t len = strlen(text);
	va_list args;

	if (len)
		len += (size_t)snprintf(text + len, TEXT_SIZE - len, "%s",
					between);
	if (len >= TEXT_SIZE)
		return;
	va_start(args, format);
	vsnprintf(text + len, TEXT_SIZE - len, format, args);
	va_end(args);
}

char *text_soon(uint64_t at, uint64_t now, char text[TEXT_SIZE])
{
	char time[UNITS_TEXT];

	if (at > now)
		snprintf(text, TEXT_SIZE, "in %s",
			 units_duration(at - now, time));
	else
		strcpy(text, "now");
	return text;
}

/*
 * Waiting
 */

static const struct {
	const char *hold;
	const char *text;
} plain_holds[] = {
	{ "environments",
	  "waits for an environment: the limit of all is reached" },
	{ "concurrency",
	  "waits: its task's limit is reached (environments or concurrent in its task file)" },
	{ "agent",
	  "waits for an agent: none runs that could make its environment" },
	{ "cpu-pressure",
	  "waits, with its class: environments do not get the CPU that they were promised" },
	{ "memory", "waits: the kernel had no memory for its environment" },
	{ "quarantine",
	  "its task failed too often in a row: waits until it is let out" },
};

static const char *plain_hold(const char *why)
{
	size_t i;

	for (i = 0; i < sizeof(plain_holds) / sizeof(plain_holds[0]); i++)
		if (!strcmp(plain_holds[i].hold, why))
			return plain_holds[i].text;
	return "waits to be looked at";
}

static void short_of(struct json_object *call, char *text)
{
	const char *resource = out_string(call, "hold_resource");
	char need[UNITS_TEXT], missing[UNITS_TEXT];

	units_amount(resource, out_number(call, "need"), need);
	units_amount(resource, out_number(call, "missing"), missing);
	add(text, "", "waits for %s: needs %s, %s missing", resource, need,
	    missing);
}

static void over_budget(struct json_object *call, char *text)
{
	const char *resource = out_string(call, "hold_resource");
	uint64_t need = out_number(call, "need");
	char needs[UNITS_TEXT], budget[UNITS_TEXT];

	units_amount(resource, need, needs);
	units_amount(resource, need - out_number(call, "missing"), budget);
	add(text, "", "never: needs %s, budget %s of %s", needs, budget,
	    resource);
}

char *text_hold(struct json_object *call, uint64_t now, char text[TEXT_SIZE])
{
	uintmax_t position = out_number(call, "position");
	const char *why = out_string(call, "hold");
	char soon[TEXT_SIZE];

	text[0] = '\0';
	if (!strcmp(why, "resource"))
		short_of(call, text);
	else if (!strcmp(why, "never"))
		over_budget(call, text);
	else if (!strcmp(why, "behind") && position)
		add(text, "", "waits behind %ju calls of its task", position);
	else if (!strcmp(why, "claim"))
		add(text, "",
		    "fits, but would delay call %ju, which has waited longer than its patience",
		    (uintmax_t)out_number(call, "claim_call"));
	else if (!strcmp(why, "order"))
		add(text, "",
		    "its class %s starts when no call of a higher class waits for what both could use",
		    out_string(call, "class"));
	else if (!strcmp(why, "stopped"))
		add(text, "",
		    "its task is paused or drained: sluice task resume %s",
		    out_string(call, "task"));
	else if (!strcmp(why, "backoff"))
		add(text, "", "failed %ju times, runs again %s",
		    (uintmax_t)out_number(call, "attempts"),
		    text_soon(out_number(call, "ready_at"), now, soon));
	else if (strcmp(why, "behind") != 0 && strcmp(why, "none") != 0)
		add(text, "", "%s", plain_hold(why));
	/* None, or behind nobody: it has just come, and the gate is asked next. */
	return text;
}

static void waiting(struct json_object *call, uint64_t now, char *text)
{
	char soon[TEXT_SIZE];

	text_hold(call, now, text);
	if (out_has(call, "expected_start"))
		add(text, "; ", "expected to start %s",
		    text_soon(out_number(call, "expected_start"), now, soon));
	if (out_number(call, "claims"))
		add(text, "; ", "holds a claim");
}

/*
 * Ended
 */

static void ended(struct json_object *call, char *text)
{
	const char *reason = out_string(call, "reason");
	const char *message = out_string(call, "message");
	struct json_object *value;
	int status = 0;

	if (json_object_object_get_ex(call, "status", &value))
		status = json_object_get_int(value);
	if (!strcmp(reason, "exited"))
		add(text, "", "exited with status %d", status);
	else if (!strcmp(reason, "signalled"))
		add(text, "", "ended by signal %d (%s)", status,
		    strsignal(status));
	else if (!strcmp(reason, "not-started"))
		add(text, "", "could not be started: %s", strerror(status));
	else if (!strcmp(reason, "superseded"))
		add(text, "", "a newer call with the same key took its place");
	else if (!strcmp(reason, "dropped"))
		add(text, "", "the queue was full, and it was the oldest");
	else if (!strcmp(reason, "start-timeout"))
		add(text, "", "no worker took it in time");
	else
		add(text, "", "%s", reason);
	if (*message)
		add(text, ": ", "%s", message);
}

char *text_call(struct json_object *call, uint64_t now, char text[TEXT_SIZE])
{
	text[0] = '\0';
	if (!strcmp(out_string(call, "state"), "queued"))
		waiting(call, now, text);
	else if (out_has(call, "reason"))
		ended(call, text);
	else if (out_has(call, "env"))
		add(text, "", "in environment %ju",
		    (uintmax_t)out_number(call, "env"));
	return text;
}

/*
 * Tasks
 */

char *text_task(struct json_object *task, uint64_t now, char text[TEXT_SIZE])
{
	uintmax_t failures = out_number(task, "failures");
	uint64_t until = out_number(task, "quarantined_until");
	const char *mode = out_string(task, "mode");
	char time[UNITS_TEXT];

	text[0] = '\0';
	if (!strcmp(mode, "pause"))
		add(text, "", "paused");
	else if (!strcmp(mode, "drain"))
		add(text, "", "drained");
	else if (!strcmp(mode, "drain-keep"))
		add(text, "", "drained, keeps new calls");
	if (until == UINT64_MAX)
		add(text, ", ", "quarantined until resumed after %ju failures",
		    failures);
	else if (until)
		add(text, ", ", "quarantined for %s after %ju failures",
		    units_duration(until > now ? until - now : 0, time),
		    failures);
	return text;
}
