// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/lib/units.c -I../../agent/lib
/* Sizes, durations and CPUs as people write them. */
#include "ktap.h"
#include "units.h"

#include <inttypes.h>

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
}

TEST(counts_and_amounts)
{
	uint64_t value;

	good(units_parse_count, "7", 7);
	bad(units_parse_count, "7K", -EINVAL);
	bad(units_parse_count, "", -EINVAL);
	CHECK(!units_parse_amount("memory", "1K", &value) && value == 1024);
	CHECK(!units_parse_amount("cpu", "1", &value) && value == 1000);
	CHECK(!units_parse_amount("crane", "1", &value) && value == 1);
	CHECK(units_parse_amount("crane", "1K", &value) == -EINVAL);
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
	prints(units_size(1536, text), "1.5K");
	prints(units_size(150ULL << 20, text), "150M");
	prints(units_size(UINT64_MAX, text), "16777216T");
	prints(units_duration(999, text), "999ns");
	prints(units_duration(1500000, text), "1.5ms");
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
