// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/cli/learned.c ../../agent/lib/units.c -I../../agent/cli -I../../agent/lib -D_GNU_SOURCE
/* What calls used beside what their task asks for: what is marked, and what is suggested. */
#include <string.h>

#include "ktap.h"
#include "learned.h"

#define MIB	(1ULL << 20)

static struct learned of(const char *resource, uint64_t asked, uint64_t p95)
{
	return (struct learned){ resource, asked, p95 / 2, p95 };
}

static enum learned_mark memory(uint64_t asked, uint64_t p95)
{
	const struct learned learned = of("memory", asked, p95);

	return learned_mark(&learned);
}

static enum learned_mark cpu(uint64_t asked, uint64_t p95)
{
	const struct learned learned = of("cpu", asked, p95);

	return learned_mark(&learned);
}

TEST(marks)
{
	CHECK_EQ(memory(32 * MIB, 8 * MIB), LEARNED_TOO_MUCH);
	CHECK_EQ(memory(32 * MIB, 8 * MIB + 1), LEARNED_FITS);
	CHECK_EQ(memory(32 * MIB, 28 * MIB), LEARNED_FITS);
	CHECK_EQ(memory(32 * MIB, 28 * MIB + 1), LEARNED_TOO_LITTLE);
	CHECK_EQ(memory(32 * MIB, 33 * MIB), LEARNED_TOO_LITTLE);
	/* Not for less than a mebibyte, or a twentieth of a CPU. */
	CHECK_EQ(memory(MIB, MIB / 8), LEARNED_FITS);
	CHECK_EQ(cpu(50, 2), LEARNED_FITS);
	CHECK_EQ(cpu(1000, 250), LEARNED_TOO_MUCH);
	CHECK_EQ(cpu(100, 100), LEARNED_TOO_LITTLE);
	/* Nobody knows, or there is no limit. */
	CHECK_EQ(memory(32 * MIB, 0), LEARNED_FITS);
	CHECK_EQ(memory(0, 5 * MIB), LEARNED_FITS);
}

static uint64_t suggest(const char *resource, uint64_t p95)
{
	const struct learned learned = of(resource, 0, p95);

	return learned_suggest(&learned);
}

TEST(suggestions)
{
	CHECK_EQ(suggest("memory", 1), MIB);
	CHECK_EQ(suggest("memory", 8 * MIB), 10 * MIB);
	CHECK_EQ(suggest("memory", 8 * MIB + 1), 11 * MIB);
	CHECK_EQ(suggest("cpu", 1), 10);
	CHECK_EQ(suggest("cpu", 200), 250);
	CHECK_EQ(suggest("cpu", 201), 260);
}

static void reads(const char *resource, uint64_t asked, uint64_t p95, const char *expected)
{
	const struct learned learned = of(resource, asked, p95);
	char text[LEARNED_SIZE];

	learned_text(&learned, text);
	if (strcmp(text, expected) != 0)
		ktap_fail("'%s', not '%s'", text, expected);
}

TEST(words)
{
	reads("memory", 32 * MIB, 0, "");
	reads("memory", 32 * MIB, 2 * MIB,
	      "half at most 1.0M, 95 of 100 at most 2.0M, of 32M: far too much");
	reads("memory", 0, 2 * MIB,
	      "half at most 1.0M, 95 of 100 at most 2.0M, without a limit");
	reads("cpu", 200, 190,
	      "half at most 0.095, 95 of 100 at most 0.190, of 0.200: too little");
	reads("cpu", 200, 100,
	      "half at most 0.050, 95 of 100 at most 0.100, of 0.200");
}

TEST(largest)
{
	reads("memory", ~0ULL, ~0ULL,
	      "half at most 8388608T, 95 of 100 at most 16777216T, of 16777216T: too little");
}
