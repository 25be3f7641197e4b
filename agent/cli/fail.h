/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What went wrong: "sluice: ..." on stderr. With -j stdout gets an object besides,
 * with the text as its member error and what else is known of it.
 */
#ifndef SLUICE_CLI_FAIL_H
#define SLUICE_CLI_FAIL_H

#include <json-c/json.h>

/* @about: members for the object, or NULL. It is put. */
__attribute__((format(printf, 2, 3)))
void fail(struct json_object *about, const char *format, ...);
/* A line for each of an array of strings; of JSON one object, with all as problems. */
void fail_each(struct json_object *problems);
/* For @about: errno, by its name. @err is positive or negative. */
struct json_object *fail_errno(int err);

/* The command line is wrong. CLI_USAGE. */
__attribute__((format(printf, 1, 2)))
int fail_usage(const char *format, ...);
/* @meant: what was probably to be written; "": no idea. */
int fail_meant(const char *error, const char *meant);
/* Where it says how it would be right: "task add". "": in the help of all. */
void fail_see(const char *help);

/* The exit status for what an snl_ function or errno returned. */
int fail_status(int ret);

#endif /* SLUICE_CLI_FAIL_H */
