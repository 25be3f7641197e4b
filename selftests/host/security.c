// SPDX-License-Identifier: GPL-2.0-only
// build: -D_GNU_SOURCE
/*
 * docs/security.md names a test for each way out and each way in: they exist, by file and
 * by name, and each attempt of gateway/escape is named there.
 */
#include "ktap.h"

#define DOCUMENT "../docs/security.md"
#define ESCAPE	"gateway/escape.sh"

/* Free what it returns; NULL for no file. */
static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t size = 0;
	char *text = NULL;

	if (!file)
		return NULL;
	if (getdelim(&text, &size, '\0', file) < 0)
		text = NULL;
	fclose(file);
	return text;
}

static int wrong;

static void say(const char *what, const char *name)
{
	printf("# %s: %s\n", what, name);
	wrong++;
}

/* "gateway/escape" */
static char *read_test(const char *name)
{
	char path[128];
	char *text;

	snprintf(path, sizeof(path), "%s.sh", name);
	text = read_file(path);
	if (text)
		return text;
	snprintf(path, sizeof(path), "%s.c", name);
	return read_file(path);
}

static bool is_test(const char *name)
{
	static const char * const folders[] = { "gateway/", "module/", "host/",
						"systemd/" };
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (!strncmp(name, folders[i], strlen(folders[i])))
			return true;
	return false;
}

/* Each of "a, b" is in the text, where it stands between these. */
static void check_names(char *names, const char *before, const char *after,
			const char *text, const char *where)
{
	char *name, mark[128], full[256];

	while ((name = strsep(&names, ","))) {
		name += strspn(name, " \n");
		snprintf(mark, sizeof(mark), "%s%s%s", before, name, after);
		snprintf(full, sizeof(full), "%s: %s", where, name);
		if (!strstr(text, mark))
			say("there is no", full);
	}
}

/* The test that was named last in this row: what is quoted is one of its checks. */
static char *row_test;
static unsigned int named;

static void check_code(char *code)
{
	char *names = strchr(code, ':'), *text;

	if (!strncmp(code, "escape: ", 8)) {
		text = read_file(ESCAPE);
		CHECK(text);
		check_names(code + 7, "", ":", text, "escape");
		free(text);
		named++;
		return;
	}
	if (!is_test(code))
		return;
	if (names)
		*names++ = '\0';
	text = read_test(code);
	if (!text)
		say("there is no test", code);
	else if (names)
		check_names(names, "TEST(", ")", text, code);
	free(row_test);
	row_test = text;
	named++;
}

/* A name that a test puts together is taken for what it is made of. */
static void check_quoted(const char *quoted)
{
	if (row_test && !strstr(row_test, quoted) &&
	    (strncmp(quoted, "its ", 4) || !strstr(row_test, "\"its $what\"") ||
	     !strstr(row_test, quoted + 4)))
		say("no test is called", quoted);
}

static void end_row(void)
{
	free(row_test);
	row_test = NULL;
}

TEST(what_is_named_exists)
{
	char *text = read_file(DOCUMENT), *at = text, *end, mark;

	CHECK(text);
	while ((at = strpbrk(at, "`\"\n"))) {
		mark = *at++;
		if (mark == '\n') {
			/* A sentence goes on, a row does not. */
			if (*at == '|' || *at == '\n')
				end_row();
			continue;
		}
		end = strchr(at, mark);
		CHECK(end);
		*end = '\0';
		if (mark == '`')
			check_code(at);
		else
			check_quoted(at);
		at = end + 1;
	}
	end_row();
	free(text);
	CHECK(named > 50);
	CHECK_EQ(wrong, 0);
}

/* " NAME" or "NAME," between "escape:" and the next backquote. */
static bool is_named(const char *text, const char *name)
{
	const char *at = text, *end, *found;
	size_t len = strlen(name);

	while ((at = strstr(at, "`escape: "))) {
		at += strlen("`escape:");
		end = strchr(at, '`');
		for (found = at; (found = strstr(found, name)) && found < end;
		     found++)
			if (strchr(" \n", found[-1]) &&
			    strchr(",`", found[len]))
				return true;
	}
	return false;
}

TEST(each_attempt_is_named)
{
	char *text = read_file(DOCUMENT), *escape = read_file(ESCAPE);
	char *list, *word, *colon;

	CHECK(text && escape);
	list = strstr(escape, "attempts=(");
	CHECK(list);
	list += strlen("attempts=(");
	*strchr(list, ')') = '\0';
	while ((word = strsep(&list, " \t\n"))) {
		colon = strchr(word, ':');
		if (!colon)
			continue;
		*colon = '\0';
		if (!is_named(text, word))
			say("docs/security.md does not name the attempt", word);
	}
	free(escape);
	free(text);
	CHECK_EQ(wrong, 0);
}
