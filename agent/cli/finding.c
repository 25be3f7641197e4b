// SPDX-License-Identifier: GPL-2.0-only
#include "finding.h"

#include <stdarg.h>
#include <stdio.h>

#include "out.h"

void found(struct findings *findings, enum finding finding, const char *what,
	   const char *format, ...)
{
	static const char * const names[] = { "ok", "note", "missing" };
	struct json_object *check = json_object_new_object();
	char text[640];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	out_add_string(check, "check", what);
	out_add_string(check, "result", names[finding]);
	out_add_string(check, "text", text);
	json_object_array_add(findings->list, check);
	if (finding == BAD)
		findings->failed = true;
}
