// SPDX-License-Identifier: GPL-2.0-only
#include "take.h"

#include <linux/sluice.h>
#include <string.h>

#include "cli.h"
#include "fail.h"
#include "line.h"
#include "units.h"

static int take_number(const char *what, const char *word, uint64_t *number)
{
	if (units_parse_count(word, number))
		return fail_usage("%s '%s' is not a number", what, word);
	return CLI_OK;
}

int take_id(const struct cli_line *line, uint64_t *id)
{
	return take_number(line->command->words[0].what, line->words[0], id);
}

int take_id32(const struct cli_line *line, uint64_t *id)
{
	int ret = take_id(line, id);

	if (!ret && *id > UINT32_MAX)
		ret = fail_usage("%s is not %s", line->words[0],
				 line->command->words[0].what);
	return ret;
}

int take_priority(const char *word, uint32_t *priority)
{
	uint64_t number;
	int ret = take_number("a priority", word, &number);

	if (!ret && number > SLUICE_PRIORITY_MAX)
		ret = fail_usage("a priority is 0 to %d", SLUICE_PRIORITY_MAX);
	if (!ret)
		*priority = (uint32_t)number;
	return ret;
}

int take_time(const char *what, const char *word, uint64_t *time)
{
	if (units_parse_duration(word, time) || !*time)
		return fail_usage("%s '%s': expected a time, as 200ms, 30s or 5m",
				  what, word);
	return CLI_OK;
}

int take_deadline(const char *word, uint64_t *time)
{
	if (units_parse_duration(word, time) ||
	    (!*time && strcmp(word, "none") != 0))
		return fail_usage("deadline '%s': expected a time from now, as 200ms, 30s or 5m, or none",
				  word);
	return CLI_OK;
}

int take_amount(const char *resource, const char *word, uint64_t *amount)
{
	const char *example = "a count, as 4";

	if (!strcmp(resource, "memory"))
		example = "a size, as 256M";
	else if (!strcmp(resource, "cpu"))
		example = "CPUs, as 1.5 or 200m";
	else if (!strcmp(resource, "disk") || !strcmp(resource, "network"))
		example = "bytes a second, as 10M, or unlimited";
	if (units_parse_amount(resource, word, amount))
		return fail_usage("'%s' of %s: expected %s", word, resource,
				  example);
	return CLI_OK;
}
