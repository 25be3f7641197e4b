// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/lib/libsluice.c ../../agent/lib/next.c -D_GNU_SOURCE -Wl,--wrap=ioctl
/* libsluice over a device that is played: signals, what a served call brings, and every name. */
#include "ktap.h"
#include "sluice.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

/* What the device does next: how often a signal comes first, and when. */
static struct {
	unsigned int requests;
	unsigned int interrupted;
	bool	accepted;	/* before the signal */
	int	refused;	/* errno, afterwards */
	unsigned int reaps;
} device;

static int interrupt(struct sluice_submit *submit)
{
	device.interrupted--;
	submit->id = device.accepted ? 7 : 0;
	errno = EINTR;
	return -1;
}

static int play_submit(struct sluice_submit *submit)
{
	CHECK_EQ(submit->id, 0);
	if (device.interrupted)
		return interrupt(submit);
	if (device.refused) {
		submit->refusal = SLUICE_REFUSAL_DRAINING;
		errno = device.refused;
		return -1;
	}
	submit->id = 7;
	return 0;
}

/* One call, and then the end. */
static int play_next(struct sluice_next *next)
{
	if (next->flags & SLUICE_NEXT_ANSWER) {
		CHECK_EQ(next->reason, SLUICE_REASON_ANSWERED);
		errno = ESHUTDOWN;
		return -1;
	}
	next->id = 7;
	next->attempts = 3;
	memset(next->trace_id, 0xab, sizeof(next->trace_id));
	next->input_len = 0;
	next->output_max = 16;
	return 0;
}

int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	struct sluice_call_args *call;
	struct sluice_reap *reap;
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	CHECK_EQ(fd, 5);
	device.requests++;
	switch (request) {
	case SLUICE_IOC_SUBMIT:
		return play_submit(arg);
	case SLUICE_IOC_CALL:
		call = arg;
		return play_submit((void *)(uintptr_t)call->submit);
	case SLUICE_IOC_REAP:
		reap = arg;
		CHECK_EQ(reap->id, 7);
		device.reaps++;
		return 0;
	case SLUICE_IOC_NEXT:
		return play_next(arg);
	default:
		errno = ENOTTY;
		return -1;
	}
}

TEST(a_signal_while_there_is_no_room)
{
	struct sluice_submit submit;
	struct sluice_reap result;

	sluice_submit_init(&submit, "task", NULL, 0);
	/* Left over from a call before. */
	submit.id = 4711;
	device.interrupted = 3;
	CHECK_EQ(sluice_submit(5, &submit), 0);
	CHECK_EQ(submit.id, 7);
	CHECK_EQ(device.requests, 4);
	device.requests = 0;
	device.interrupted = 2;
	CHECK_EQ(sluice_call(5, "task", NULL, 0, NULL, 0, &result), 0);
	CHECK_EQ(device.requests, 3);
	CHECK_EQ(device.reaps, 0);
	device.interrupted = 1;
	device.refused = ESHUTDOWN;
	sluice_submit_init(&submit, "task", NULL, 0);
	CHECK_EQ(sluice_submit(5, &submit), -ESHUTDOWN);
	CHECK_EQ(submit.refusal, SLUICE_REFUSAL_DRAINING);
	device.interrupted = 1;
	CHECK_EQ(sluice_call(5, "task", NULL, 0, NULL, 0, &result), -ESHUTDOWN);
}

/* A call that was accepted is not submitted a second time. */
TEST(a_signal_while_it_runs)
{
	struct sluice_reap result;

	device.interrupted = 1;
	device.accepted = true;
	CHECK_EQ(sluice_call(5, "task", NULL, 0, NULL, 0, &result), 0);
	CHECK_EQ(device.reaps, 1);
	CHECK_EQ(device.requests, 2);
}

static int look(struct sluice_work *work, void *user)
{
	size_t i;

	for (i = 0; i < sizeof(work->trace_id); i++)
		CHECK_EQ(work->trace_id[i], 0xab);
	CHECK_EQ(work->attempts, 3);
	CHECK_EQ(work->id, 7);
	*(int *)user += 1;
	return 0;
}

TEST(what_a_served_call_brings)
{
	int looked = 0;

	setenv("SLUICE_DOOR", "5", 1);
	CHECK_EQ(sluice_serve(look, &looked), 0);
	CHECK_EQ(looked, 1);
}

/* Every value of the enums has a name of its own, and what is beyond has none. */
TEST(names)
{
	int i;

	for (i = 0; i <= SLUICE_CALL_STATE_DROPPED; i++)
		CHECK(strcmp(sluice_state_name(i), "unknown"));
	CHECK(!strcmp(sluice_state_name(i), "unknown"));
	CHECK(!strcmp(sluice_state_name(SLUICE_CALL_STATE_REFUSED), "refused"));
	CHECK(!strcmp(sluice_state_name(SLUICE_CALL_STATE_SUPERSEDED),
		      "superseded"));
	CHECK(!strcmp(sluice_state_name(SLUICE_CALL_STATE_DROPPED), "dropped"));
	for (i = 0; i <= SLUICE_REASON_GATEWAY_SHORT; i++)
		CHECK(strcmp(sluice_reason_name(i), "unknown"));
	CHECK(!strcmp(sluice_reason_name(i), "unknown"));
	CHECK(!strcmp(sluice_reason_name(SLUICE_REASON_ENV_RETIRED),
		      "env-retired"));
	CHECK(!strcmp(sluice_reason_name(SLUICE_REASON_DROPPED), "dropped"));
	CHECK(!strcmp(sluice_reason_name(SLUICE_REASON_START_TIMEOUT),
		      "start-timeout"));
	CHECK(!strcmp(sluice_reason_name(SLUICE_REASON_RUNTIME), "runtime"));
	CHECK(!strcmp(sluice_reason_name(SLUICE_REASON_GATEWAY_SHORT),
		      "gateway-short"));
	for (i = 0; i <= SLUICE_REFUSAL_OVER_RUNTIME; i++)
		CHECK(strcmp(sluice_refusal_name(i), "unknown"));
	CHECK(!strcmp(sluice_refusal_name(i), "unknown"));
	CHECK(!strcmp(sluice_refusal_name(SLUICE_REFUSAL_FILE_FULL),
		      "file-full"));
	CHECK(!strcmp(sluice_refusal_name(SLUICE_REFUSAL_NO_DEADLINE),
		      "no-deadline"));
	CHECK(!strcmp(sluice_refusal_name(SLUICE_REFUSAL_OVER_TIMEOUT),
		      "over-timeout"));
}

static void explains(const struct sluice_submit *submit, const char *part)
{
	char text[512];

	CHECK(sluice_explain(submit, text, sizeof(text)) == text);
	if (!strstr(text, part))
		ktap_fail("'%s' has no '%s'", text, part);
}

TEST(refusals_in_words)
{
	struct sluice_submit submit;

	sluice_submit_init(&submit, "meter", NULL, 0);
	submit.refusal = SLUICE_REFUSAL_DRAINING;
	explains(&submit, "sluice task resume meter");
	submit.asked = 61;
	submit.limit = 60;
	submit.refusal = SLUICE_REFUSAL_OVER_PRIORITY;
	explains(&submit, "a priority of 61 is more than meter gives (60)");
	submit.asked = 2000000000;
	submit.limit = 1000000;
	submit.refusal = SLUICE_REFUSAL_OVER_TIMEOUT;
	explains(&submit, "a timeout of 2.00s is more than meter gives (1.0ms): raise timeout");
	submit.refusal = SLUICE_REFUSAL_OVER_RUNTIME;
	explains(&submit, "a runtime of 2.00s");
	submit.refusal = SLUICE_REFUSAL_NO_DEADLINE;
	explains(&submit, "needs a runtime and a deadline");
	submit.refusal = SLUICE_REFUSAL_UNSCHEDULABLE;
	strcpy(submit.resource, "cpu");
	submit.asked = 1250;
	submit.limit = 1000;
	explains(&submit, "1.250 CPUs of a budget of 1.000");
	explains(&submit, "sluice budget set cpu");
	/* Without a resource it is the call alone. */
	*submit.resource = '\0';
	submit.asked = 5000000000;
	submit.limit = 200000000;
	explains(&submit, "longer than its deadline (5.00s, and 200.0ms)");
	submit.limit = 50000;
	explains(&submit, "50us");
	submit.refusal = 99;
	explains(&submit, "refused: unknown");
}
