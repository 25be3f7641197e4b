// SPDX-License-Identifier: GPL-2.0-only
#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *name;
	uint64_t value;
};

/* A whole number and what follows it. */
static int parse_number(const char **text, uint64_t *number)
{
	const char *c = *text;
	uint64_t value = 0;

	if (!isdigit((unsigned char)*c))
		return -EINVAL;
	for (; isdigit((unsigned char)*c); c++) {
		uint64_t digit = (uint64_t)(*c - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return -ERANGE;
		value = value * 10 + digit;
	}
	*text = c;
	*number = value;
	return 0;
}

static int parse_unit(const char *text, const struct unit *units,
		      uint64_t *value)
{
	uint64_t number;
	int ret = parse_number(&text, &number);

	if (ret)
		return ret;
	for (; units->name; units++) {
		if (strcmp(units->name, text))
			continue;
		if (number > UINT64_MAX / units->value)
			return -ERANGE;
		*value = number * units->value;
		return 0;
	}
	return -EINVAL;
}

int units_parse_size(const char *text, uint64_t *bytes)
{
	static const struct unit units[] = {
		{ "", 1 }, { "K", 1ULL << 10 }, { "M", 1ULL << 20 },
		{ "G", 1ULL << 30 }, { "T", 1ULL << 40 }, { NULL, 0 },
	};

	return parse_unit(text, units, bytes);
}

int units_parse_duration(const char *text, uint64_t *ns)
{
	static const struct unit units[] = {
		{ "ns", 1 }, { "us", 1000 }, { "ms", 1000000 },
		{ "s", 1000000000ULL }, { "m", 60000000000ULL },
		{ "h", 3600000000000ULL }, { NULL, 0 },
	};

	if (!strcmp(text, "none")) {
		*ns = 0;
		return 0;
	}
	return parse_unit(text, units, ns);
}

int units_parse_cpu(const char *text, uint64_t *thousandths)
{
	uint64_t whole, part = 0, scale = 100;
	int ret = parse_number(&text, &whole);

	if (ret)
		return ret;
	if (!strcmp(text, "m")) {
		*thousandths = whole;
		return 0;
	}
	if (whole > UINT64_MAX / 1000 - 1)
		return -ERANGE;
	if (*text == '.' && text[1]) {
		for (text++; isdigit((unsigned char)*text) && scale;
		     text++, scale /= 10)
			part += scale * (uint64_t)(*text - '0');
	}
	if (*text)
		return -EINVAL;
	*thousandths = whole * 1000 + part;
	return 0;
}

int units_parse_count(const char *text, uint64_t *count)
{
	int ret = parse_number(&text, count);

	if (!ret && *text)
		return -EINVAL;
	return ret;
}

/* Bytes a second; as a budget, there may be no limit of them. */
static bool is_rate(const char *resource)
{
	return !strcmp(resource, "disk") || !strcmp(resource, "network");
}

int units_parse_amount(const char *resource, const char *text,
		       uint64_t *amount)
{
	if (is_rate(resource) && !strcmp(text, UNITS_UNLIMITED)) {
		*amount = UINT64_MAX;
		return 0;
	}
	if (!strcmp(resource, "memory") || is_rate(resource))
		return units_parse_size(text, amount);
	if (!strcmp(resource, "cpu"))
		return units_parse_cpu(text, amount);
	return units_parse_count(text, amount);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* How many hexadecimal digits @text begins with. */
static size_t hex_digits(const char *text)
{
	size_t count = 0;

	while (hex_digit(text[count]) >= 0)
		count++;
	return count;
}

/* "00-TRACE-PARENT-FLAGS": the place of TRACE; NULL: it is none. */
static const char *trace_of_parent(const char *text)
{
	if (strncmp(text, "00-", 3) != 0 || hex_digits(text + 3) != 32 ||
	    text[35] != '-' || hex_digits(text + 36) != 16 ||
	    text[52] != '-' || hex_digits(text + 53) != 2 || text[55])
		return NULL;
	return text + 3;
}

int units_parse_trace(const char *text, uint8_t id[SLUICE_TRACE_ID_LEN])
{
	uint8_t any = 0;
	size_t i;

	if (hex_digits(text) != 32 || text[32])
		text = trace_of_parent(text);
	if (!text)
		return -EINVAL;
	for (i = 0; i < SLUICE_TRACE_ID_LEN; i++) {
		id[i] = (uint8_t)(hex_digit(text[2 * i]) * 16 +
				  hex_digit(text[2 * i + 1]));
		any |= id[i];
	}
	/* To the module it stands for none. */
	return any ? 0 : -EINVAL;
}

char *units_size(uint64_t bytes, char *buffer)
{
	static const char names[] = "BKMGT";
	double value = (double)bytes;
	int i = 0;

	while (value >= 1024 && names[i + 1]) {
		value /= 1024;
		i++;
	}
	if (!i)
		snprintf(buffer, UNITS_TEXT, "%" PRIu64, bytes);
	else
		snprintf(buffer, UNITS_TEXT, value < 10 ? "%.1f%c" : "%.0f%c",
			 value, names[i]);
	return buffer;
}

char *units_duration(uint64_t ns, char *buffer)
{
	if (ns < 1000)
		snprintf(buffer, UNITS_TEXT, "%" PRIu64 "ns", ns);
	else if (ns < 1000000)
		snprintf(buffer, UNITS_TEXT, "%.0fus", (double)ns / 1e3);
	else if (ns < 1000000000ULL)
		snprintf(buffer, UNITS_TEXT, "%.1fms", (double)ns / 1e6);
	else
		snprintf(buffer, UNITS_TEXT, "%.2fs", (double)ns / 1e9);
	return buffer;
}

char *units_cpu(uint64_t thousandths, char *buffer)
{
	snprintf(buffer, UNITS_TEXT, "%" PRIu64 ".%03u", thousandths / 1000,
		 (unsigned int)(thousandths % 1000));
	return buffer;
}

char *units_amount(const char *resource, uint64_t amount, char *buffer)
{
	/* Of what has no limit, as much is left as anybody can need. */
	if (is_rate(resource) && amount > INT64_MAX)
		return strcpy(buffer, UNITS_UNLIMITED);
	if (!strcmp(resource, "memory") || is_rate(resource))
		return units_size(amount, buffer);
	if (!strcmp(resource, "cpu"))
		return units_cpu(amount, buffer);
	snprintf(buffer, UNITS_TEXT, "%" PRIu64, amount);
	return buffer;
}

char *units_trace(const uint8_t id[SLUICE_TRACE_ID_LEN], char *buffer)
{
	size_t i;

	for (i = 0; i < SLUICE_TRACE_ID_LEN; i++)
		snprintf(buffer + 2 * i, 3, "%02x", id[i]);
	return buffer;
}
