// SPDX-License-Identifier: GPL-2.0-only
#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clean.h"
#include "cli.h"
#include "units.h"

/* Longer than what is said of one thing. */
#define CELL 512

bool out_json, out_pretty;
/* There was no memory to print something. */
static bool lost;

void out_begin(void)
{
	int fd;

	/* open() takes the lowest number that is free. */
	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int out_end(int status)
{
	bool failed = ferror(stdout) || lost;

	errno = 0;
	if (!fclose(stdout) && !failed)
		return status;
	fprintf(stderr, "sluice: not all that was to be printed could be written%s%s\n",
		errno ? ": " : "", errno ? strerror(errno) : "");
	return status ? status : CLI_REFUSED;
}

/* Also of strings that are no text at all. */
static void put_clean(const char *text)
{
	char *clean = clean_text(text, strlen(text), CLEAN_LINE);

	lost |= !clean;
	fputs(clean ? clean : "", stdout);
	free(clean);
}

static void put_format(const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0) {
		lost = true;
		return;
	}
	put_clean(text);
	free(text);
}

void out_part(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_format(format, args);
	va_end(args);
}

void out_line(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_format(format, args);
	va_end(args);
	putchar('\n');
}

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
	const char *text;
	char *clean;

	if (out_pretty)
		flags = JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
			JSON_C_TO_STRING_NOSLASHESCAPE;
	text = json_object_to_json_string_ext(value, flags);
	/* What is no ASCII stands in strings only. */
	clean = clean_text(text, strlen(text), CLEAN_JSON);
	lost |= !clean;
	puts(clean ? clean : "");
	free(clean);
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

static void render(struct json_object *object, const struct out_column *column,
		   char cell[CELL])
{
	struct json_object *value;

	strcpy(cell, "-");
	if (!json_object_object_get_ex(object, column->key, &value))
		return;
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
}

/* What @column says of @object, or without one its title, as it is shown. To be freed. */
static char *cell_of(struct json_object *object,
		     const struct out_column *column)
{
	char cell[CELL];

	snprintf(cell, sizeof(cell), "%s", column->title);
	if (object)
		render(object, column, cell);
	if (!*cell)
		strcpy(cell, "-");
	return clean_text(cell, strlen(cell), CLEAN_LINE);
}

static void print_row(struct json_object *object,
		      const struct out_column *columns, size_t count,
		      const size_t *width)
{
	size_t i;

	for (i = 0; i < count; i++) {
		char *text = cell_of(object, &columns[i]);
		size_t len = text ? clean_width(text) : 0;

		lost |= !text;
		fputs(text ? text : "", stdout);
		if (i + 1 == count)
			putchar('\n');
		else
			printf("%*s", (int)(width[i] - len + 2), "");
		free(text);
	}
}

static void widen(size_t *width, struct json_object *object,
		  const struct out_column *column)
{
	char *text = cell_of(object, column);
	size_t len = text ? clean_width(text) : 0;

	if (len > *width)
		*width = len;
	free(text);
}

static void print_table(struct json_object *array,
			const struct out_column *columns, size_t count,
			size_t *width)
{
	size_t rows = json_object_array_length(array), row, i;

	for (i = 0; i < count; i++) {
		widen(&width[i], NULL, &columns[i]);
		for (row = 0; row < rows; row++)
			widen(&width[i], json_object_array_get_idx(array, row),
			      &columns[i]);
	}
	print_row(NULL, columns, count, width);
	for (row = 0; row < rows; row++)
		print_row(json_object_array_get_idx(array, row), columns,
			  count, width);
}

void out_table(struct json_object *value, const struct out_column *columns,
	       size_t count)
{
	size_t *width;

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
	size_t i;

	if (out_json) {
		out_print_json(value);
		return;
	}
	for (i = 0; i < count; i++) {
		char *text;

		if (!out_has(value, columns[i].key))
			continue;
		text = cell_of(value, &columns[i]);
		lost |= !text;
		printf("%-18s %s\n", columns[i].title, text ? text : "");
		free(text);
	}
	json_object_put(value);
}
