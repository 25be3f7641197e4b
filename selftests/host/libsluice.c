// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/lib/libsluice.c ../../agent/lib/next.c -D_GNU_SOURCE -Wl,--wrap=ioctl
/* libsluice over a device that is played: signals, what a served call brings, and every name. */
#include "ktap.h"
#include "sluice.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
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
	bool	knows_no_logs, knows_no_bills;
	uint32_t words;		/* of the call that is served */
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
		CHECK_EQ(next->reason, device.words ? SLUICE_REASON_EXITED :
					SLUICE_REASON_ANSWERED);
		CHECK(!device.words || strstr(next->message, "kind exec"));
		errno = ESHUTDOWN;
		return -1;
	}
	next->id = 7;
	next->attempts = 3;
	memset(next->trace_id, 0xab, sizeof(next->trace_id));
	next->input_len = 0;
	next->words_len = device.words;
	next->output_max = 16;
	return 0;
}

/* What came with logs belongs to a program only where it says so. */
static int play_reap(struct sluice_reap *reap)
{
	if (reap->size == offsetof(struct sluice_reap, log))
		return 0;
	if (reap->size == sizeof(*reap)) {
		if (device.knows_no_logs || device.knows_no_bills) {
			errno = E2BIG;
			return -1;
		}
		reap->oom_kills = 4;
	} else {
		CHECK_EQ(reap->size, offsetof(struct sluice_reap, cpu_wait));
	}
	if (device.knows_no_logs) {
		errno = E2BIG;
		return -1;
	}
	CHECK_EQ(reap->log_cap, 4);
	memcpy((void *)(uintptr_t)reap->log, "last", 4);
	reap->log_len = 9;
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
		return play_reap(reap);
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

/* They are not for it: it is not to run without them. */
TEST(a_served_call_has_no_words)
{
	int looked = 0;

	setenv("SLUICE_DOOR", "5", 1);
	device.words = 3;
	CHECK_EQ(sluice_serve(look, &looked), 0);
	CHECK_EQ(looked, 0);
}

/*
 * What came later
 */

/* A program from before there were words and logs has less room for its structures. */
TEST(structures_of_the_first_release)
{
	struct sluice_submit submit;
	struct sluice_reap result;

	memset(&submit, 0xff, sizeof(submit));
	sluice_submit_init(&submit, "task", NULL, 0);
	CHECK_EQ(submit.size, offsetof(struct sluice_submit, words));
	CHECK_EQ(submit.words, UINT64_MAX);
	CHECK_EQ(submit.reserved2, UINT32_MAX);
	memset(&result, 0xff, sizeof(result));
	CHECK_EQ(sluice_reap(5, 7, 0, NULL, 0, &result), 0);
	CHECK_EQ(result.log_len, UINT32_MAX);
	memset(&result, 0xff, sizeof(result));
	CHECK_EQ(sluice_call(5, "task", NULL, 0, NULL, 0, &result), 0);
	CHECK_EQ(result.log, UINT64_MAX);
	CHECK_EQ(result.log_len, UINT32_MAX);
}

static char room[SLUICE_WORDS_SIZE + 1];

TEST(words_are_laid_out)
{
	const char *words[] = { "one", "", "--two\n", NULL };
	struct sluice_submit submit;

	memset(&submit, 0xff, sizeof(submit));
	sluice_submit_init(&submit, "task", NULL, 0);
	CHECK_EQ(sluice_submit_words(&submit, words, room, 11), -EMSGSIZE);
	CHECK_EQ(submit.size, offsetof(struct sluice_submit, words));
	CHECK_EQ(sluice_submit_words(&submit, words, room, 12), 0);
	CHECK_EQ(submit.size, sizeof(submit));
	CHECK_EQ(submit.words, (uintptr_t)room);
	CHECK_EQ(submit.words_len, 12);
	CHECK_EQ(submit.reserved2, 0);
	CHECK(!memcmp(room, "one\0\0--two\n", 12));
	CHECK_EQ(sluice_submit_words(&submit, words + 3, room, 0), 0);
	CHECK_EQ(submit.words_len, 0);
}

TEST(more_words_than_a_call_takes)
{
	static const char *words[SLUICE_WORDS_MAX + 2];
	static char word[SLUICE_WORDS_SIZE + 1];
	struct sluice_submit submit;
	size_t i;

	sluice_submit_init(&submit, "task", NULL, 0);
	for (i = 0; i < SLUICE_WORDS_MAX; i++)
		words[i] = "";
	CHECK_EQ(sluice_submit_words(&submit, words, room, sizeof(room)), 0);
	CHECK_EQ(submit.words_len, SLUICE_WORDS_MAX);
	words[i] = "";
	CHECK_EQ(sluice_submit_words(&submit, words, room, sizeof(room)),
		 -EMSGSIZE);
	memset(word, 'x', SLUICE_WORDS_SIZE - 1);
	words[0] = word;
	words[1] = NULL;
	CHECK_EQ(sluice_submit_words(&submit, words, room, sizeof(room)), 0);
	CHECK_EQ(submit.words_len, SLUICE_WORDS_SIZE);
	word[SLUICE_WORDS_SIZE - 1] = 'x';
	CHECK_EQ(sluice_submit_words(&submit, words, room, sizeof(room)),
		 -EMSGSIZE);
}

TEST(a_log)
{
	struct sluice_reap result;
	char log[4];

	CHECK_EQ(sluice_reap_log(5, 7, 0, NULL, 0, log, sizeof(log), &result),
		 0);
	CHECK_EQ(result.log_len, 9);
	CHECK(!memcmp(log, "last", 4));
	/* A module from before there were logs. */
	device.knows_no_logs = true;
	device.reaps = 0;
	CHECK_EQ(sluice_reap_log(5, 7, 0, NULL, 0, log, sizeof(log), &result),
		 0);
	CHECK_EQ(device.reaps, 2);
	CHECK_EQ(result.log_len, 0);
}

/* What came with it belongs to no program that does not ask for it. */
TEST(a_bill)
{
	struct sluice_reap result;
	char log[4];

	result.oom_kills = 77;
	CHECK_EQ(sluice_reap_log(5, 7, 0, NULL, 0, log, sizeof(log), &result),
		 0);
	CHECK_EQ(result.oom_kills, 77);
	CHECK_EQ(sluice_reap_bill(5, 7, 0, NULL, 0, log, sizeof(log), &result),
		 0);
	CHECK_EQ(result.oom_kills, 4);
	CHECK_EQ(result.log_len, 9);
	/* Modules from before. */
	device.knows_no_bills = true;
	CHECK_EQ(sluice_reap_bill(5, 7, 0, NULL, 0, log, sizeof(log), &result),
		 0);
	CHECK_EQ(result.oom_kills, 0);
	CHECK_EQ(result.log_len, 9);
	device.knows_no_logs = true;
	CHECK_EQ(sluice_reap_bill(5, 7, 0, NULL, 0, log, sizeof(log), &result),
		 0);
	CHECK_EQ(result.log_len, 0);
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
	for (i = 0; i <= SLUICE_REASON_OUT_OF_MEMORY; i++)
		CHECK(strcmp(sluice_reason_name(i), "unknown"));
	CHECK(!strcmp(sluice_reason_name(i), "unknown"));
	CHECK(!strcmp(sluice_reason_name(SLUICE_REASON_ENV_RETIRED),
		      "env-retired"));
	CHECK(!strcmp(sluice_reason_name(SLUICE_REASON_DROPPED), "dropped"));
	CHECK(!strcmp(sluice_reason_name(SLUICE_REASON_START_TIMEOUT),
		      "start-timeout"));
	CHECK(!strcmp(sluice_reason_name(SLUICE_REASON_RUNTIME), "runtime"));
	CHECK(!strcmp(sluice_reason_name(SLUICE_REASON_OUT_OF_MEMORY),
		      "out-of-memory"));
	for (i = 0; i <= SLUICE_REFUSAL_WORDS_KIND; i++)
		CHECK(strcmp(sluice_refusal_name(i), "unknown"));
	CHECK(!strcmp(sluice_refusal_name(i), "unknown"));
	CHECK(!strcmp(sluice_refusal_name(SLUICE_REFUSAL_FILE_FULL),
		      "file-full"));
	CHECK(!strcmp(sluice_refusal_name(SLUICE_REFUSAL_NO_DEADLINE),
		      "no-deadline"));
	CHECK(!strcmp(sluice_refusal_name(SLUICE_REFUSAL_OVER_TIMEOUT),
		      "over-timeout"));
	CHECK(!strcmp(sluice_refusal_name(SLUICE_REFUSAL_WORDS), "words"));
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
	submit.refusal = SLUICE_REFUSAL_WORDS_KIND;
	explains(&submit, "meter takes no words, as its kind is serve: only exec tasks take words");
	submit.refusal = SLUICE_REFUSAL_WORDS_SIZE;
	submit.asked = 257;
	submit.limit = SLUICE_WORDS_MAX;
	explains(&submit, "257 words are more than a call takes (256)");
	submit.asked = 32769;
	submit.limit = SLUICE_WORDS_SIZE;
	explains(&submit, "32769 bytes of words are more than a call takes (32768)");
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
