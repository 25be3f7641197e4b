// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/lib/units.c -I../../agent/lib -lm
/* Sizes, durations, CPUs and trace ids as people write them. */
#include "ktap.h"
#include "random.h"
#include "units.h"

#include <inttypes.h>
#include <math.h>

static void good(int (*parse)(const char *, uint64_t *), const char *text,
		 uint64_t expected)
{
	uint64_t value = ~expected;
	int ret = parse(text, &value);

	if (ret || value != expected)
		ktap_fail("'%s' gave %d and %" PRIu64 ", not %" PRIu64, text,
			  ret, value, expected);
}

static void bad(int (*parse)(const char *, uint64_t *), const char *text,
		int expected)
{
	uint64_t value;
	int ret = parse(text, &value);

	if (ret != expected)
		ktap_fail("'%s' gave %d, not %d", text, ret, expected);
}

TEST(sizes)
{
	good(units_parse_size, "0", 0);
	good(units_parse_size, "4096", 4096);
	good(units_parse_size, "64K", 64 << 10);
	good(units_parse_size, "16M", 16 << 20);
	good(units_parse_size, "3G", 3ULL << 30);
	good(units_parse_size, "2T", 2ULL << 40);
	good(units_parse_size, "18446744073709551615", UINT64_MAX);
	good(units_parse_size, "16777215T", 16777215ULL << 40);
	bad(units_parse_size, "18446744073709551616", -ERANGE);
	bad(units_parse_size, "16777216T", -ERANGE);
	bad(units_parse_size, "", -EINVAL);
	bad(units_parse_size, "K", -EINVAL);
	bad(units_parse_size, "-1", -EINVAL);
	bad(units_parse_size, "+1", -EINVAL);
	bad(units_parse_size, " 1", -EINVAL);
	bad(units_parse_size, "1 ", -EINVAL);
	bad(units_parse_size, "1k", -EINVAL);
	bad(units_parse_size, "1KB", -EINVAL);
	bad(units_parse_size, "1.5M", -EINVAL);
	bad(units_parse_size, "0x10", -EINVAL);
	bad(units_parse_size, "1M2", -EINVAL);
	bad(units_parse_size, "1MM", -EINVAL);
	bad(units_parse_size, "1P", -EINVAL);
	bad(units_parse_size, "\xc2\xb2", -EINVAL);
	good(units_parse_size, "0T", 0);
	good(units_parse_size, "0007K", 7 << 10);
	good(units_parse_size, "18014398509481983K", UINT64_MAX - 1023);
	bad(units_parse_size, "18014398509481984K", -ERANGE);
	bad(units_parse_size, "99999999999999999999999999999999", -ERANGE);
}

TEST(durations)
{
	good(units_parse_duration, "10ns", 10);
	good(units_parse_duration, "5us", 5000);
	good(units_parse_duration, "200ms", 200000000);
	good(units_parse_duration, "30s", 30000000000ULL);
	good(units_parse_duration, "5m", 300000000000ULL);
	good(units_parse_duration, "1h", 3600000000000ULL);
	good(units_parse_duration, "none", 0);
	good(units_parse_duration, "0s", 0);
	bad(units_parse_duration, "5124096h", -ERANGE);
	bad(units_parse_duration, "30", -EINVAL);
	bad(units_parse_duration, "s", -EINVAL);
	bad(units_parse_duration, "1d", -EINVAL);
	bad(units_parse_duration, "1 s", -EINVAL);
	bad(units_parse_duration, "None", -EINVAL);
	bad(units_parse_duration, "nones", -EINVAL);
	bad(units_parse_duration, "", -EINVAL);
	bad(units_parse_duration, "-1s", -EINVAL);
	bad(units_parse_duration, "1.5s", -EINVAL);
	bad(units_parse_duration, "1sec", -EINVAL);
	bad(units_parse_duration, "1m30s", -EINVAL);
	/* To the last of each unit. */
	good(units_parse_duration, "18446744073709551615ns", UINT64_MAX);
	bad(units_parse_duration, "18446744073709551616ns", -ERANGE);
	good(units_parse_duration, "18446744073709551us",
	     18446744073709551000ULL);
	bad(units_parse_duration, "18446744073709552us", -ERANGE);
	bad(units_parse_duration, "18446744073710ms", -ERANGE);
	good(units_parse_duration, "18446744073s", 18446744073000000000ULL);
	bad(units_parse_duration, "18446744074s", -ERANGE);
	bad(units_parse_duration, "307445735m", -ERANGE);
	good(units_parse_duration, "5124095h", 18446742000000000000ULL);
}

TEST(cpus)
{
	good(units_parse_cpu, "0", 0);
	good(units_parse_cpu, "1", 1000);
	good(units_parse_cpu, "0.2", 200);
	good(units_parse_cpu, "1.25", 1250);
	good(units_parse_cpu, "0.125", 125);
	good(units_parse_cpu, "200m", 200);
	bad(units_parse_cpu, "0.1255", -EINVAL);
	bad(units_parse_cpu, ".5", -EINVAL);
	bad(units_parse_cpu, "1.", -EINVAL);
	bad(units_parse_cpu, "1.5m", -EINVAL);
	bad(units_parse_cpu, "half", -EINVAL);
	bad(units_parse_cpu, "18446744073709551", -ERANGE);
	good(units_parse_cpu, "0.001", 1);
	good(units_parse_cpu, "1.050", 1050);
	good(units_parse_cpu, "18446744073709550.999",
	     18446744073709550999ULL);
	good(units_parse_cpu, "18446744073709551615m", UINT64_MAX);
	bad(units_parse_cpu, "18446744073709551616m", -ERANGE);
	bad(units_parse_cpu, "18446744073709551616", -ERANGE);
	bad(units_parse_cpu, "0.0000", -EINVAL);
	bad(units_parse_cpu, "1.5.5", -EINVAL);
	bad(units_parse_cpu, "1,5", -EINVAL);
	bad(units_parse_cpu, "-1", -EINVAL);
	bad(units_parse_cpu, "m", -EINVAL);
	bad(units_parse_cpu, "", -EINVAL);
}

TEST(counts_and_amounts)
{
	uint64_t value;

	good(units_parse_count, "7", 7);
	bad(units_parse_count, "7K", -EINVAL);
	bad(units_parse_count, "", -EINVAL);
	bad(units_parse_count, "-7", -EINVAL);
	bad(units_parse_count, "7 ", -EINVAL);
	bad(units_parse_count, "7.0", -EINVAL);
	good(units_parse_count, "18446744073709551615", UINT64_MAX);
	bad(units_parse_count, "18446744073709551616", -ERANGE);
	bad(units_parse_count, "28446744073709551615", -ERANGE);
	CHECK(!units_parse_amount("memory", "1K", &value) && value == 1024);
	CHECK(!units_parse_amount("cpu", "1", &value) && value == 1000);
	CHECK(!units_parse_amount("crane", "1", &value) && value == 1);
	CHECK(units_parse_amount("crane", "1K", &value) == -EINVAL);
	CHECK(!units_parse_amount("pids", "3", &value) && value == 3);
	CHECK(units_parse_amount("pids", "3m", &value) == -EINVAL);
	/* A name is known as a whole. */
	CHECK(units_parse_amount("memory2", "1K", &value) == -EINVAL);
	CHECK(units_parse_amount("cp", "200m", &value) == -EINVAL);
	CHECK(units_parse_amount("memory", "99T99", &value) == -EINVAL);
	CHECK(units_parse_amount("memory", "99999999T", &value) == -ERANGE);
}

static void bad_trace(const char *text)
{
	uint8_t id[SLUICE_TRACE_ID_LEN];
	int ret = units_parse_trace(text, id);

	if (ret != -EINVAL)
		ktap_fail("'%s' gave %d", text, ret);
}

TEST(trace_ids)
{
#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"
	static const char * const same[] = {
		TRACE, "4BF92F3577B34DA6A3CE929D0E0E4736",
		"00-" TRACE "-" PARENT "-01", "00-" TRACE "-" PARENT "-00",
	};
	uint8_t id[SLUICE_TRACE_ID_LEN];
	char text[UNITS_TEXT];
	size_t i;

	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		memset(id, 0, sizeof(id));
		CHECK_EQ(units_parse_trace(same[i], id), 0);
		CHECK(id[0] == 0x4b && id[15] == 0x36);
		CHECK(units_trace(id, text) == text && !strcmp(text, TRACE));
	}
	CHECK(!units_parse_trace("00000000000000000000000000000001", id));
	bad_trace("00000000000000000000000000000000");
	bad_trace("00-00000000000000000000000000000000-" PARENT "-01");
	bad_trace("");
	bad_trace("00-");
	bad_trace(TRACE "0");
	bad_trace("4bf92f3577b34da6a3ce929d0e0e473");
	bad_trace("4bf92f3577b34da6a3ce929d0e0e473g");
	bad_trace("01-" TRACE "-" PARENT "-01");
	bad_trace("00-" TRACE "-" PARENT "-1");
	bad_trace("00-" TRACE "-" PARENT "-01-");
	bad_trace("00-" TRACE "-" PARENT);
	bad_trace("00-" TRACE "0-" PARENT "-01");
	bad_trace("00-" TRACE "-0" PARENT "-01");
	bad_trace("00-" TRACE);
	bad_trace(TRACE "-" PARENT "-01");
#undef TRACE
#undef PARENT
}

static void prints(const char *got, const char *expected)
{
	if (strcmp(got, expected))
		ktap_fail("printed '%s', not '%s'", got, expected);
}

TEST(printed)
{
	char text[UNITS_TEXT];

	prints(units_size(0, text), "0");
	prints(units_size(1023, text), "1023");
	prints(units_size(1024, text), "1.0K");
	prints(units_size(1536, text), "1.5K");
	prints(units_size(10 << 10, text), "10K");
	prints(units_size(150ULL << 20, text), "150M");
	prints(units_size(UINT64_MAX, text), "16777216T");
	prints(units_duration(999, text), "999ns");
	prints(units_duration(0, text), "0ns");
	prints(units_duration(1000, text), "1us");
	prints(units_duration(1000000, text), "1.0ms");
	prints(units_duration(1500000, text), "1.5ms");
	prints(units_duration(1000000000, text), "1.00s");
	prints(units_duration(2500000000ULL, text), "2.50s");
	prints(units_cpu(1050, text), "1.050");
	prints(units_amount("crane", 3, text), "3");
	/* The longest of each fits. */
	CHECK(strlen(units_duration(UINT64_MAX, text)) < UNITS_TEXT);
	CHECK(strlen(units_cpu(UINT64_MAX, text)) < UNITS_TEXT);
}

TEST(cpu_there_and_back)
{
	char text[UNITS_TEXT];
	uint64_t i, value;

	for (i = 0; i < 5000; i++)
		CHECK(!units_parse_cpu(units_cpu(i, text), &value) &&
		      value == i);
}

/*
 * By the test's own reading: @text is digits, perhaps @decimals of them behind a
 * point, and one of @units; -1 for anything else, and for what is too large.
 */
static __int128 read_as(const char *text, int decimals,
			const char *const *names, const uint64_t *factors)
{
	size_t digits = strspn(text, "0123456789"), i;
	__int128 value = 0, limit = UINT64_MAX;

	if (!digits)
		return -1;
	for (i = 0; i < digits; i++)
		if (value <= limit)
			value = value * 10 + (text[i] - '0');
	text += digits;
	if (decimals && *text == '.') {
		digits = strspn(++text, "0123456789");
		if (!digits || digits > (size_t)decimals || text[digits])
			return -1;
		for (i = 0; i < (size_t)decimals; i++)
			value = value * 10 + (i < digits ? text[i] - '0' : 0);
		return value <= limit ? value : -1;
	}
	for (i = 0; names[i]; i++)
		if (!strcmp(names[i], text))
			return value <= limit && value * factors[i] <= limit ?
			       value * factors[i] : -1;
	return -1;
}

static void same(int (*parse)(const char *, uint64_t *), const char *text,
		 __int128 expected)
{
	uint64_t value = 0;
	int ret = parse(text, &value);

	if (!ret != (expected >= 0) || (!ret && value != expected))
		ktap_fail("'%s' gave %d and %" PRIu64, text, ret, value);
	CHECK(!ret || ret == -EINVAL || ret == -ERANGE);
}

/* Text that looks like numbers is taken or refused as the test reads it. */
TEST(any_text)
{
	static const char *const sizes[] = { "", "K", "M", "G", "T", NULL };
	static const char *const times[] = { "ns", "us", "ms", "s", "m", "h",
					     NULL };
	static const char *const cpus[] = { "", "m", NULL };
	static const uint64_t bytes[] = { 1, 1ULL << 10, 1ULL << 20,
					  1ULL << 30, 1ULL << 40 };
	static const uint64_t ns[] = { 1, 1000, 1000000, 1000000000,
				       60000000000, 3600000000000 };
	static const uint64_t thousandths[] = { 1000, 1 };
	static const char letters[] = "00112345678999.KMGTnumsh -";
	char text[32];
	int i, taken = 0;
	uint64_t value;

	random_start();
	for (i = 0; i < 200000; i++) {
		size_t digits = random_below(22), more = random_below(4), at;

		for (at = 0; at < digits; at++)
			text[at] = (char)('0' + random_below(10));
		for (; at < digits + more; at++)
			text[at] = letters[random_below(sizeof(letters) - 1)];
		text[at] = '\0';
		taken += !units_parse_duration(text, &value);
		same(units_parse_size, text, read_as(text, 0, sizes, bytes));
		same(units_parse_duration, text, read_as(text, 0, times, ns));
		/* The last thousand of 64 bits is not worth a CPU's trouble. */
		if (digits < 17)
			same(units_parse_cpu, text,
			     read_as(text, 3, cpus, thousandths));
	}
	CHECK(taken > 1000);
}

/* What is printed stands for the value, to half of its last digit. */
static void close_to(const char *text, uint64_t value, const char *const *names,
		     const uint64_t *factors)
{
	const char *point = strchr(text, '.');
	char *end;
	double number = strtod(text, &end), unit, off;
	int i;

	for (i = 0; names[i] && strcmp(names[i], end); i++)
		;
	if (end == text || !names[i])
		ktap_fail("%" PRIu64 " is printed '%s'", value, text);
	unit = (double)factors[i];
	off = fabs(number * unit - (double)value);
	if (point)
		unit /= pow(10, (double)(end - point - 1));
	if (off > unit / 2 + (double)value / 1e12)
		ktap_fail("%" PRIu64 " is printed '%s'", value, text);
}

TEST(any_value_printed)
{
	static const char *const sizes[] = { "", "K", "M", "G", "T", NULL };
	static const char *const times[] = { "ns", "us", "ms", "s", NULL };
	static const uint64_t bytes[] = { 1, 1ULL << 10, 1ULL << 20,
					  1ULL << 30, 1ULL << 40 };
	static const uint64_t ns[] = { 1, 1000, 1000000, 1000000000 };
	char text[UNITS_TEXT];
	uint64_t value, back;
	int i;

	random_start();
	for (i = 0; i < 100000; i++) {
		value = random_bits() >> random_below(64);
		CHECK(units_size(value, text) == text);
		close_to(text, value, sizes, bytes);
		/* What has no fraction can be given back. */
		CHECK(strchr(text, '.') || !units_parse_size(text, &back) ||
		      value >= 16777215ULL << 40);
		CHECK(units_duration(value, text) == text);
		close_to(text, value, times, ns);
		CHECK(!units_parse_cpu(units_cpu(value, text), &back) &&
		      back == value);
		CHECK(!units_parse_amount("crane", units_amount("crane", value,
								text), &back) &&
		      back == value);
		prints(units_amount("memory", value, (char[UNITS_TEXT]){ "" }),
		       units_size(value, text));
		prints(units_amount("cpu", value, (char[UNITS_TEXT]){ "" }),
		       units_cpu(value, text));
	}
}
