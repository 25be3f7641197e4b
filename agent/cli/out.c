// SPDX-License-Identifier: GPL-2.0-only
#include "out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "units.h"

#define CELL 160

bool out_json, out_pretty;

const char *out_string(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) ?
	       json_object_get_string(value) : "";
}

uint64_t out_number(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) ?
	       json_object_get_uint64(value) : 0;
}

bool out_has(struct json_object *object, const char *key)
{
	return json_object_object_get_ex(object, key, NULL);
}

void out_add_string(struct json_object *object, const char *key,
		    const char *value)
{
	json_object_object_add(object, key, json_object_new_string(value));
}

void out_add_number(struct json_object *object, const char *key,
		    uint64_t value)
{
	json_object_object_add(object, key, json_object_new_uint64(value));
}

void out_print_json(struct json_object *value)
{
	int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;

	if (out_pretty)
		flags = JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
			JSON_C_TO_STRING_NOSLASHESCAPE;
	puts(json_object_to_json_string_ext(value, flags));
	json_object_put(value);
}

uint64_t out_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* "in 1.20s" or "1.20s ago"; the last point that there is never comes. */
static void moment(uint64_t at, char cell[CELL])
{
	uint64_t now = out_now();
	char time[UNITS_TEXT];

	if (!at)
		strcpy(cell, "none");
	else if (at == UINT64_MAX)
		strcpy(cell, "when resumed");
	else if (at > now)
		snprintf(cell, CELL, "in %s", units_duration(at - now, time));
	else
		snprintf(cell, CELL, "%s ago", units_duration(now - at, time));
}

/* "memory=64M cpu=0.200" */
static void amounts(struct json_object *value, char cell[CELL])
{
	size_t len = 0;

	json_object_object_foreach(value, resource, amount) {
		char text[UNITS_TEXT];

		units_amount(resource, json_object_get_uint64(amount), text);
		if (len < CELL)
			len += (size_t)snprintf(cell + len, CELL - len,
						"%s%s=%s", len ? " " : "",
						resource, text);
	}
}

static const char *render(struct json_object *object,
			  const struct out_column *column, char cell[CELL])
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, column->key, &value))
		return "-";
	cell[0] = '\0';
	switch (column->unit) {
	case OUT_PLAIN:
		snprintf(cell, CELL, "%s", json_object_get_string(value));
		break;
	case OUT_SIZE:
		units_size(json_object_get_uint64(value), cell);
		break;
	case OUT_DURATION:
		units_duration(json_object_get_uint64(value), cell);
		break;
	case OUT_LIMIT:
		if (json_object_get_uint64(value))
			units_duration(json_object_get_uint64(value), cell);
		else
			strcpy(cell, "none");
		break;
	case OUT_MOMENT:
		moment(json_object_get_uint64(value), cell);
		break;
	case OUT_AMOUNT:
		units_amount(out_string(object, "resource"),
			     json_object_get_uint64(value), cell);
		break;
	case OUT_AMOUNTS:
		amounts(value, cell);
		break;
	}
	return *cell ? cell : "-";
}

static void print_row(struct json_object *object,
		      const struct out_column *columns, size_t count,
		      const int *width)
{
	char cell[CELL];
	size_t i;

	for (i = 0; i < count; i++) {
		const char *text = object ?
				   render(object, &columns[i], cell) :
				   columns[i].title;

		if (i + 1 == count)
			puts(text);
		else
			printf("%-*s  ", width[i], text);
	}
}

static void print_table(struct json_object *array,
			const struct out_column *columns, size_t count,
			int *width)
{
	size_t rows = json_object_array_length(array), row, i;
	char cell[CELL];

	for (i = 0; i < count; i++) {
		width[i] = (int)strlen(columns[i].title);
		for (row = 0; row < rows; row++) {
			struct json_object *object =
				json_object_array_get_idx(array, row);
			int len = (int)strlen(render(object, &columns[i],
						     cell));

			if (len > width[i])
				width[i] = len;
		}
	}
	print_row(NULL, columns, count, width);
	for (row = 0; row < rows; row++)
		print_row(json_object_array_get_idx(array, row), columns,
			  count, width);
}

void out_table(struct json_object *value, const struct out_column *columns,
	       size_t count)
{
	int *width;

	if (out_json) {
		out_print_json(value);
		return;
	}
	width = calloc(count, sizeof(*width));
	if (width)
		print_table(value, columns, count, width);
	free(width);
	json_object_put(value);
}

void out_lines(struct json_object *value, const struct out_column *columns,
	       size_t count)
{
	char cell[CELL];
	size_t i;

	if (out_json) {
		out_print_json(value);
		return;
	}
	for (i = 0; i < count; i++)
		if (out_has(value, columns[i].key))
			printf("%-18s %s\n", columns[i].title,
			       render(value, &columns[i], cell));
	json_object_put(value);
}
