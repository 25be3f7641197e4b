// SPDX-License-Identifier: GPL-2.0-only
#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clean.h"
#include "cli.h"
#include "out.h"

/* Longer than anything that is said. */
#define TEXT	1024

static char see[80];

static void say_line(const char *text)
{
	char *clean = clean_text(text, strlen(text), CLEAN_LINE);

	fflush(stdout);
	fprintf(stderr, "sluice: %s\n", clean ? clean : "no memory");
	free(clean);
}

static void say_object(struct json_object *about, const char *text)
{
	struct json_object *object = json_object_new_object();

	out_add_string(object, "error", text);
	if (about) {
		json_object_object_foreach(about, key, value)
			json_object_object_add(object, key,
					       json_object_get(value));
	}
	out_print_json(object);
}

void fail(struct json_object *about, const char *format, ...)
{
	char text[TEXT];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (out_json)
		say_object(about, text);
	say_line(text);
	json_object_put(about);
}

void fail_each(struct json_object *problems)
{
	size_t count = json_object_array_length(problems), i;
	struct json_object *about = json_object_new_object();

	json_object_object_add(about, "problems", json_object_get(problems));
	if (out_json)
		say_object(about, json_object_get_string(
				json_object_array_get_idx(problems, 0)));
	for (i = 0; i < count; i++)
		say_line(json_object_get_string(json_object_array_get_idx(problems, i)));
	json_object_put(about);
}

struct json_object *fail_errno(int err)
{
	const char *name = strerrorname_np(abs(err));
	struct json_object *about = json_object_new_object();

	if (name)
		out_add_string(about, "errno", name);
	return about;
}

int fail_usage(const char *format, ...)
{
	char text[TEXT];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return fail_meant(text, "");
}

int fail_meant(const char *error, const char *meant)
{
	struct json_object *about = NULL;
	char text[TEXT];

	if (*meant)
		snprintf(text, sizeof(text),
			 "%s; did you mean '%s'? See sluice help%s", error,
			 meant, see);
	else
		snprintf(text, sizeof(text), "%s; see sluice help%s", error,
			 see);
	if (out_json) {
		about = json_object_new_object();
		if (*meant)
			out_add_string(about, "did_you_mean", meant);
		say_object(about, error);
		json_object_put(about);
	}
	say_line(text);
	return CLI_USAGE;
}

void fail_see(const char *help)
{
	snprintf(see, sizeof(see), "%s%s", *help ? " " : "", help);
}

int fail_status(int ret)
{
	if (!ret)
		return CLI_OK;
	return ret == -EINVAL || ret == -ERANGE ? CLI_USAGE : CLI_REFUSED;
}
