// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/cli/out.c ../../agent/cli/fail.c ../../agent/cli/clean.c ../../agent/lib/units.c
// build: -I../../agent/cli -I../../agent/lib -D_GNU_SOURCE -ljson-c
/* What the CLI prints: tables, lines and JSON with what others wrote in them, failures, and what if it cannot. */
#include "cli.h"
#include "fail.h"
#include "out.h"
#include "printed.h"

#include <fcntl.h>

#define EVIL	"\\u001b[2Jno bus\\nsluice: all is well"

static const struct out_column columns[] = {
	{ "task", "TASK", OUT_PLAIN },
	{ "memory", "MEMORY", OUT_SIZE },
	{ "message", "MESSAGE", OUT_PLAIN },
};

static struct json_object *parse(const char *json)
{
	struct json_object *object = json_tokener_parse(json);

	CHECK(object);
	return object;
}

static void print_lines(void)
{
	out_line("%s and %d", "\x1b[1mbold\n", 5);
	out_part("a\x9b");
	out_part("%s", "");
	out_line("%s", "b");
}

TEST(lines_are_lines)
{
	prints(print_lines, "\\x1b[1mbold\\n and 5\na\\x9bb\n");
}

static void print_one(void)
{
	out_lines(parse("{\"task\":\"meter\",\"message\":\"" EVIL "\"}"),
		  columns, 3);
}

TEST(one_object)
{
	prints(print_one, "TASK               meter\n"
			  "MESSAGE            \\x1b[2Jno bus\\nsluice: all is well\n");
}

static void print_table(void)
{
	out_table(parse("[{\"task\":\"m\xc3\xa9t\",\"memory\":1024,\"message\":\"\"},"
			"{\"task\":\"\xff\x1b\",\"memory\":1,\"message\":\"" EVIL "\"},"
			"{\"task\":\"a\"}]"), columns, 3);
}

/* In characters, as they are shown. */
TEST(columns_stand_below_each_other)
{
	prints(print_table, "TASK      MEMORY  MESSAGE\n"
			    "m\xc3\xa9t       1.0K    -\n"
			    "\\xff\\x1b  1       \\x1b[2Jno bus\\nsluice: all is well\n"
			    "a         -       -\n");
}

static void print_json(void)
{
	struct json_object *object = json_object_new_object();

	out_add_string(object, "message", "Z\xfcrich \xc3\xbc \x1b[m\xc2\x9b\n");
	out_json = true;
	out_table(object, columns, 3);
}

TEST(json_is_utf8)
{
	prints(print_json,
	       "{\"message\":\"Z\xef\xbf\xbdrich \xc3\xbc \\u001b[m\\u009b\\n\"}\n");
}

/*
 * Failures
 */

static int status;

static void fail_plain(void)
{
	fail(fail_errno(-EPERM), "%s: %s", "no \x1b[m", "reason");
}

static void fail_with_guess(void)
{
	fail_see("task add");
	status = fail_meant("it's 'ad'", "add");
}

static void fail_without_guess(void)
{
	fail_see("");
	status = fail_usage("no %d", 5);
}

static void says(void (*run)(void), const char *out, const char *err)
{
	char *text = printed_on(STDERR_FILENO, run);

	if (strcmp(text, err))
		ktap_fail("said '%s', not '%s'", text, err);
	free(text);
	prints(run, out);
}

/* The second time for stdout: stderr goes on to the log. */
TEST(failures)
{
	says(fail_plain, "", "sluice: no \\x1b[m: reason\n");
	says(fail_with_guess, "",
	     "sluice: it's 'ad'; did you mean 'add'? See sluice help task add\n");
	CHECK_EQ(status, CLI_USAGE);
	says(fail_without_guess, "", "sluice: no 5; see sluice help\n");
	CHECK_EQ(status, CLI_USAGE);
}

TEST(failures_in_json)
{
	out_json = true;
	prints(fail_plain,
	       "{\"error\":\"no \\u001b[m: reason\",\"errno\":\"EPERM\"}\n");
	prints(fail_with_guess,
	       "{\"error\":\"it's 'ad'\",\"did_you_mean\":\"add\"}\n");
	prints(fail_without_guess, "{\"error\":\"no 5\"}\n");
	/* And for people as before. */
	char *text = printed_on(STDERR_FILENO, fail_without_guess);

	CHECK(!strcmp(text, "sluice: no 5; see sluice help\n"));
	free(text);
}

TEST(statuses)
{
	CHECK_EQ(fail_status(0), CLI_OK);
	CHECK_EQ(fail_status(-EINVAL), CLI_USAGE);
	CHECK_EQ(fail_status(-ERANGE), CLI_USAGE);
	CHECK_EQ(fail_status(-EPERM), CLI_REFUSED);
	CHECK_EQ(fail_status(-ENOSPC), CLI_REFUSED);
}

/*
 * What cannot be written
 */

/* Prints into @path, in a process of its own; its exit status. */
static int ends_with(const char *path, size_t len, int before)
{
	pid_t pid = fork();
	int result, fd;

	CHECK(pid >= 0);
	if (!pid) {
		fd = path ? open(path, O_WRONLY) : -1;
		if (path)
			dup2(fd, STDOUT_FILENO);
		else
			close(STDOUT_FILENO);
		out_begin();
		while (len--)
			putchar('x');
		_exit(out_end(before));
	}
	CHECK(waitpid(pid, &result, 0) == pid && WIFEXITED(result));
	return WEXITSTATUS(result);
}

TEST(what_cannot_be_written_is_an_error)
{
	CHECK_EQ(ends_with("/dev/null", 10, CLI_OK), CLI_OK);
	CHECK_EQ(ends_with("/dev/full", 10, CLI_OK), CLI_REFUSED);
	/* Found out before the end. */
	CHECK_EQ(ends_with("/dev/full", 100000, CLI_OK), CLI_REFUSED);
	CHECK_EQ(ends_with(NULL, 10, CLI_OK), CLI_REFUSED);
	/* What was wrong before is said. */
	CHECK_EQ(ends_with("/dev/full", 10, CLI_CALL), CLI_CALL);
	/* Nothing was to be written. */
	CHECK_EQ(ends_with("/dev/full", 0, CLI_OK), CLI_OK);
	CHECK_EQ(ends_with(NULL, 0, CLI_OK), CLI_OK);
}

/* Something is lost, though the rest can be written again. */
TEST(what_was_lost_in_between_counts)
{
	pid_t pid = fork();
	int result;

	CHECK(pid >= 0);
	if (!pid) {
		dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
		putchar('x');
		fflush(stdout);
		dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
		_exit(out_end(CLI_OK));
	}
	CHECK(waitpid(pid, &result, 0) == pid);
	CHECK(WIFEXITED(result) && WEXITSTATUS(result) == CLI_REFUSED);
}

/* What is opened later does not take the place of a stdout that is closed. */
TEST(nothing_else_becomes_stdout)
{
	pid_t pid = fork();
	int result;

	CHECK(pid >= 0);
	if (!pid) {
		close(STDIN_FILENO);
		close(STDOUT_FILENO);
		close(STDERR_FILENO);
		out_begin();
		_exit(open("/dev/null", O_WRONLY) == STDERR_FILENO + 1 ? 0 : 1);
	}
	CHECK(waitpid(pid, &result, 0) == pid && !result);
}
