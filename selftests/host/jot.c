// SPDX-License-Identifier: GPL-2.0-only
// build: -I../../agent/lib -D_GNU_SOURCE
/* Text that is put together in room that is there: nothing goes beyond it. */
#include "ktap.h"
#include "jot.h"

#include <inttypes.h>
#include <stdio.h>

TEST(words_and_numbers_as_printf_has_them)
{
	static const uint64_t numbers[] = { 0, 1, 9, 10, 255, UINT32_MAX, UINT64_MAX };
	char text[128], expected[128];
	struct jot jot;
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		jot = jot_in(text, sizeof(text));
		jot_put(&jot, "a ");
		jot_number(&jot, numbers[i], 10);
		jot_put(&jot, "");
		jot_put(&jot, ",");
		jot_number(&jot, numbers[i], 16);
		snprintf(expected, sizeof(expected), "a %" PRIu64 ",%" PRIx64,
			 numbers[i], numbers[i]);
		CHECK(!strcmp(text, expected) && !jot.full);
		CHECK(*jot.at == '\0' && jot.at + jot.left == text + sizeof(text));
	}
	jot = jot_in(text, sizeof(text));
	jot_number(&jot, UINT64_MAX, 2);
	CHECK(strlen(text) == 64 && !strchr(text, '0'));
}

TEST(what_has_no_room_is_left_out)
{
	char text[8] = "#######";
	struct jot jot = jot_in(text, 5);

	jot_put(&jot, "abcd");
	CHECK(!strcmp(text, "abcd") && !jot.full && jot.left == 1);
	jot_put(&jot, "");
	CHECK(!jot.full);
	jot_put(&jot, "e");
	CHECK(!strcmp(text, "abcd") && jot.full);
	jot = jot_in(text, 5);
	jot_number(&jot, 1234567, 10);
	CHECK(!strcmp(text, "1234") && jot.full && text[5] == '#' && text[6] == '#');
	jot_join(text, 5, "ab", "cdef");
	CHECK(!strcmp(text, "abcd") && text[5] == '#');
	jot_join(text, 1, "ab", "cdef");
	CHECK(!*text && text[1] == 'b');
}
