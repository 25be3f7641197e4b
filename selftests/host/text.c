// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/cli/text.c ../../agent/cli/out.c ../../agent/cli/clean.c ../../agent/lib/units.c
// build: -I../../agent/cli -I../../agent/lib -D_GNU_SOURCE -ljson-c
/* What the CLI says of calls and tasks: why they wait, how they ended, what stops them. */
#include "ktap.h"
#include "out.h"
#include "text.h"

#define SECOND	1000000000ULL
/* What the clock says, all the time. */
#define NOW	(5 * SECOND)

static struct json_object *parse(const char *json)
{
	struct json_object *object = json_tokener_parse(json);

	if (!object)
		ktap_fail("no JSON: %s", json);
	return object;
}

static void says(char *(*words)(struct json_object *, uint64_t, char *),
		 const char *json, const char *expected)
{
	struct json_object *object = parse(json);
	char text[TEXT_SIZE] = "left over";

	CHECK(words(object, NOW, text) == text);
	if (strcmp(text, expected))
		ktap_fail("'%s', not '%s'", text, expected);
	json_object_put(object);
}

static void waits(const char *members, const char *expected)
{
	char json[512];

	snprintf(json, sizeof(json),
		 "{\"state\":\"queued\",\"task\":\"meter\",\"class\":\"batch\",%s}",
		 members);
	says(text_call, json, expected);
}

TEST(holds)
{
	waits("\"hold\":\"resource\",\"hold_resource\":\"memory\",\"need\":157286400,\"missing\":46137344",
	      "waits for memory: needs 150M, 44M missing");
	waits("\"hold\":\"resource\",\"hold_resource\":\"crane\",\"need\":2,\"missing\":1",
	      "waits for crane: needs 2, 1 missing");
	waits("\"hold\":\"behind\",\"position\":3",
	      "waits behind 3 calls of its task");
	waits("\"hold\":\"behind\",\"position\":0", "");
	waits("\"hold\":\"environments\"",
	      "waits for an environment: the limit of all is reached");
	waits("\"hold\":\"concurrency\"",
	      "waits: its task's limit is reached (environments or concurrent in its task file)");
	waits("\"hold\":\"agent\"",
	      "waits for an agent: none runs that could make its environment");
	waits("\"hold\":\"memory\"",
	      "waits: the kernel had no memory for its environment");
	waits("\"hold\":\"claim\",\"claim_call\":12",
	      "fits, but would delay call 12, which has waited longer than its patience");
	waits("\"hold\":\"order\"",
	      "its class batch starts when no call of a higher class waits for what both could use");
	waits("\"hold\":\"never\",\"hold_resource\":\"memory\",\"need\":157286400,\"missing\":52428800",
	      "never: needs 150M, budget 100M of memory");
	waits("\"hold\":\"none\"", "");
	waits("\"hold\":\"stopped\"",
	      "its task is paused or drained: sluice task resume meter");
	waits("\"hold\":\"quarantine\"",
	      "its task failed too often in a row: waits until it is let out");
	waits("\"hold\":\"backoff\",\"attempts\":2,\"ready_at\":5000000000",
	      "failed 2 times, runs again now");
	waits("\"hold\":\"of a newer kernel\"", "waits to be looked at");
}

TEST(how_it_goes_on)
{
	waits("\"hold\":\"backoff\",\"attempts\":1,\"ready_at\":1005000000000",
	      "failed 1 times, runs again in 1000.00s");
	waits("\"hold\":\"backoff\",\"attempts\":1,\"ready_at\":5000000001",
	      "failed 1 times, runs again in 1ns");
	waits("\"hold\":\"agent\",\"claims\":1,\"expected_start\":1005000000000",
	      "waits for an agent: none runs that could make its environment; expected to start in 1000.00s; holds a claim");
	waits("\"hold\":\"behind\",\"position\":0,\"expected_start\":4999999999",
	      "expected to start now");
	waits("\"hold\":\"behind\",\"position\":1,\"claims\":0",
	      "waits behind 1 calls of its task");
	says(text_hold, "{\"hold\":\"order\",\"class\":\"batch\",\"claims\":1}",
	     "its class batch starts when no call of a higher class waits for what both could use");
}

TEST(ends)
{
	says(text_call, "{\"state\":\"done\",\"reason\":\"answered\"}",
	     "answered");
	says(text_call,
	     "{\"state\":\"failed\",\"reason\":\"exited\",\"status\":2,\"message\":\"no bus\"}",
	     "exited with status 2: no bus");
	says(text_call,
	     "{\"state\":\"failed\",\"reason\":\"exited\",\"status\":-2}",
	     "exited with status -2");
	says(text_call,
	     "{\"state\":\"failed\",\"reason\":\"signalled\",\"status\":9}",
	     "ended by signal 9 (Killed)");
	says(text_call,
	     "{\"state\":\"failed\",\"reason\":\"not-started\",\"status\":2}",
	     "could not be started: No such file or directory");
	says(text_call, "{\"state\":\"superseded\",\"reason\":\"superseded\"}",
	     "a newer call with the same key took its place");
	says(text_call, "{\"state\":\"dropped\",\"reason\":\"dropped\"}",
	     "the queue was full, and it was the oldest");
	says(text_call, "{\"state\":\"expired\",\"reason\":\"deadline\"}",
	     "deadline");
	says(text_call, "{\"state\":\"running\",\"env\":4}",
	     "in environment 4");
	says(text_call, "{\"state\":\"starting\"}", "");
}

/* However long the message is, it ends in time. */
TEST(too_long)
{
	char json[1024], message[600], text[TEXT_SIZE];
	struct json_object *call;

	memset(message, 'x', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	snprintf(json, sizeof(json),
		 "{\"state\":\"failed\",\"reason\":\"exited\",\"message\":\"%s\"}",
		 message);
	call = parse(json);
	text_call(call, NOW, text);
	CHECK_EQ(strlen(text), TEXT_SIZE - 1);
	json_object_put(call);
	snprintf(json, sizeof(json),
		 "{\"state\":\"queued\",\"hold\":\"stopped\",\"task\":\"%s\",\"claims\":1,\"expected_start\":1}",
		 message);
	call = parse(json);
	text_call(call, NOW, text);
	CHECK_EQ(strlen(text), TEXT_SIZE - 1);
	json_object_put(call);
}

TEST(tasks)
{
	says(text_task, "{\"mode\":\"run\",\"failures\":3}", "");
	says(text_task, "{\"mode\":\"pause\"}", "paused");
	says(text_task, "{\"mode\":\"drain\"}", "drained");
	says(text_task, "{\"mode\":\"drain-keep\"}",
	     "drained, keeps new calls");
	says(text_task,
	     "{\"mode\":\"run\",\"failures\":10,\"quarantined_until\":18446744073709551615}",
	     "quarantined until resumed after 10 failures");
	says(text_task,
	     "{\"mode\":\"pause\",\"failures\":10,\"quarantined_until\":1005000000000}",
	     "paused, quarantined for 1000.00s after 10 failures");
	says(text_task,
	     "{\"mode\":\"run\",\"failures\":1,\"quarantined_until\":4999999999}",
	     "quarantined for 0ns after 1 failures");
}
