/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the commands print. A command makes JSON, in the units of the interface
 * (bytes, nanoseconds, thousandths of a CPU); with -j that is printed as it is,
 * else as a table or as lines for people.
 */
#ifndef SLUICE_CLI_OUT_H
#define SLUICE_CLI_OUT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum out_unit {
	OUT_PLAIN,
	OUT_SIZE,
	OUT_DURATION,
	OUT_LIMIT,	/* a duration, none where it is 0 */
	OUT_MOMENT,	/* a point in time, none where it is 0 */
	OUT_AMOUNT,	/* by the object's "resource" */
	OUT_AMOUNTS,	/* an object of resource: amount */
};

struct out_column {
	const char *key;
	const char *title;
	enum out_unit unit;
};

extern bool out_json, out_pretty;

/*
 * Before anything is opened: where stdout is closed, nothing that is opened takes its
 * place, and writing fails.
 */
void out_begin(void);
/* After all: @status, unless it was good and what was to be printed got lost. */
int out_end(int status);

/* A line for people, or a part of it, with nothing in it that a terminal would obey. */
__attribute__((format(printf, 1, 2)))
void out_line(const char *format, ...);
__attribute__((format(printf, 1, 2)))
void out_part(const char *format, ...);

/* The clock of points in time. */
uint64_t out_now(void);

/* All free @value. */
void out_table(struct json_object *value, const struct out_column *columns,
	       size_t count);
void out_lines(struct json_object *value, const struct out_column *columns,
	       size_t count);
/* As one line of JSON, whatever -j says. */
void out_print_json(struct json_object *value);

/* Members that may be absent: "" and 0. */
const char *out_string(struct json_object *object, const char *key);
uint64_t out_number(struct json_object *object, const char *key);
bool out_has(struct json_object *object, const char *key);
void out_add_string(struct json_object *object, const char *key,
		    const char *value);
void out_add_number(struct json_object *object, const char *key,
		    uint64_t value);

#endif /* SLUICE_CLI_OUT_H */
