// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/lib/taskfile.c ../../agent/lib/canid.c ../../agent/lib/taskkeys.c ../../agent/lib/secret.c ../../agent/lib/inifile.c ../../agent/lib/near.c ../../agent/lib/units.c
// build: ../../agent/lib/taskconf.c ../../agent/lib/taskopen.c -I../../agent/lib -D_GNU_SOURCE -linih
/* The agent's configuration: what each key means, and what is said of each mistake. */
#include "files.h"
#include "ktap.h"
#include "taskfile.h"

TEST(configuration)
{
	static const char text[] =
		"[budget]\nmemory = 256M\nmemory-reserve = 64M\ncpu = 1\n"
		"crane = 2\n[agent]\nuid-base = 100000\ncgroup = /sys/x\n";
	struct taskconf conf;
	char error[TASKFILE_ERROR];

	file("sluice.conf", text, strlen(text));
	CHECK_EQ(taskconf_load(path, &conf, error), 0);
	gone();
	CHECK_EQ(conf.budget_count, 3);
	CHECK(!strcmp(conf.budget[2].resource, "crane"));
	CHECK(conf.has_memory_reserve);
	CHECK_EQ(conf.memory_reserve, 64 << 20);
	CHECK_EQ(conf.uid_base, 100000);
	CHECK(!strcmp(conf.cgroup, "/sys/x"));
	taskconf_free(&conf);
	CHECK_EQ(taskconf_load("/nowhere/sluice.conf", &conf, error), 0);
	taskconf_free(&conf);
}

/* Tokens are as many as the module takes, and the last line of one counts. */
TEST(many_budgets)
{
	char *text = NULL, error[TASKFILE_ERROR] = "";
	struct taskconf conf;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	int i;

	fprintf(to, "[budget]\ndisk = 10M\nnetwork = unlimited\n");
	for (i = 0; i < 4096; i++)
		fprintf(to, "bus-%d = %d\n", i, i);
	fprintf(to, "bus-7 = 1\n");
	fclose(to);
	file("sluice.conf", text, size);
	CHECK_EQ(taskconf_load(path, &conf, error), 0);
	gone();
	free(text);
	CHECK_EQ(conf.budget_count, 4098);
	CHECK_EQ(conf.budget[0].amount, 10 << 20);
	CHECK_EQ(conf.budget[1].amount, UINT64_MAX);
	CHECK(!strcmp(conf.budget[9].resource, "bus-7"));
	CHECK_EQ(conf.budget[9].amount, 1);
	CHECK_EQ(conf.budget[4097].amount, 4095);
	taskconf_free(&conf);
}

/* What it says is done as root. */
TEST(written_by_others)
{
	static const char text[] = "[budget]\ncpu = 1\n";
	char error[TASKFILE_ERROR] = "";
	struct taskconf conf;

	file("sluice.conf", text, strlen(text));
	CHECK_EQ(chmod(path, 0664), 0);
	CHECK_EQ(taskconf_load(path, &conf, error), -EPERM);
	CHECK(strstr(error, "may be written by others than its owner"));
	CHECK_EQ(chmod(path, 0644), 0);
	CHECK_EQ(taskconf_load(path, &conf, error), 0);
	CHECK_EQ(conf.budget_count, 1);
	taskconf_free(&conf);
	gone();
}

static void bad_conf(const char *text, const char *where, const char *part)
{
	char error[TASKFILE_ERROR] = "", expected[256];
	struct taskconf conf;
	int ret;

	file("sluice.conf", text, strlen(text));
	ret = taskconf_load(path, &conf, error);
	gone();
	taskconf_free(&conf);
	CHECK_EQ(ret, -EINVAL);
	snprintf(expected, sizeof(expected), "%s%s", path, where);
	if (strncmp(error, expected, strlen(expected)) || !strstr(error, part))
		ktap_fail("'%s' gave '%s', not '%s...%s'", text, error,
			  expected, part);
}

TEST(mistakes_of_configuration)
{
	bad_conf("[budget]\nmemory = much\n", ":2: memory", "a size like");
	bad_conf("[budget]\n\ncpu = 1.2345\n", ":3: cpu", "CPUs like");
	bad_conf("[budget]\ndisk = fast\n", ":2: disk", "bytes a second");
	bad_conf("[budget]\ncrane = 1K\n", ":2: crane", "a whole number");
	bad_conf("[budget]\nmemory-reserve = -1\n", ":2: memory-reserve",
		 "a size like");
	bad_conf("[agent]\nuid-base = 0\n", ":2: uid-base", "1 to 2147483647");
	bad_conf("[agent]\nuid-base = 2147483648\n", ":2: uid-base", "1 to");
	bad_conf("[agent]\ncgroup = sluice\n", ":2: cgroup", "absolute path");
	bad_conf("[agent]\ncolour = blue\n", ":2: colour",
		 "[agent] knows uid-base cgroup");
	bad_conf("[task]\nkind = exec\n", ":2: kind",
		 "there are [budget] and [agent]");
	bad_conf("[agent]\ncgroup = /a\ncgroup = /b\ncgroup = c\n",
		 ":4: cgroup", "absolute path");
	bad_conf("[agent\nuid-base = 5\n", ":1: ", "expected [section]");
}

/* Only a file that does not exist stands for nothing said. */
TEST(files_that_cannot_be_read)
{
	char error[TASKFILE_ERROR] = "";
	struct taskfile *task;
	struct taskconf conf;
	int ret;

	file("x.task", "", 0);
	unlink(path);
	CHECK_EQ(symlink("x.task", path), 0);
	ret = taskconf_load(path, &conf, error);
	gone();
	CHECK_EQ(ret, -ELOOP);
	CHECK(strstr(error, "x.task: Too many"));

	file("x.task", "", 0);
	unlink(path);
	CHECK_EQ(mkdir(path, 0700), 0);
	*error = '\0';
	ret = taskconf_load(path, &conf, error);
	rmdir(path);
	CHECK_EQ(ret, -EPERM);
	CHECK(strstr(error, "x.task: not a file"));
	CHECK_EQ(mkdir(path, 0700), 0);
	ret = taskfile_load(path, &task, error);
	rmdir(path);
	rmdir(folder);
	CHECK_EQ(ret, -EISDIR);
	CHECK(!task);
}
