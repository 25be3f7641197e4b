// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/lib/taskfile.c ../../agent/lib/units.c -I../../agent/lib -D_GNU_SOURCE -linih
/* Task files: what each key means, and what is said of each mistake. */
#include "ktap.h"
#include "taskfile.h"

#include <fcntl.h>
#include <sys/stat.h>

#define HEAD "[task]\nkind = exec\ncommand = /bin/true\n"

static char folder[64], path[128];

/* A file that the subtest removes itself: it runs in a process of its own. */
static void file(const char *name, const char *text, size_t len)
{
	int fd;

	strcpy(folder, "/tmp/sluice-taskfile.XXXXXX");
	CHECK(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, len), (ssize_t)len);
	close(fd);
}

static void gone(void)
{
	unlink(path);
	rmdir(folder);
}

static struct taskfile *good(const char *text)
{
	char error[TASKFILE_ERROR] = "";
	struct taskfile *task;
	int ret;

	file("some-task1.task", text, strlen(text));
	ret = taskfile_load(path, &task, error);
	gone();
	if (ret)
		ktap_fail("refused: %s", error);
	return task;
}

/* Refused with "PATH:LINE: KEY: ..." that has @part in it. */
static void bad(const char *text, const char *where, const char *part)
{
	char error[TASKFILE_ERROR] = "", expected[256];
	struct taskfile *task;
	int ret;

	file("some-task1.task", text, strlen(text));
	snprintf(expected, sizeof(expected), "%s%s", path, where);
	ret = taskfile_load(path, &task, error);
	gone();
	if (ret != -EINVAL || task)
		ktap_fail("'%s' gave %d", text, ret);
	if (strncmp(error, expected, strlen(expected)) || !strstr(error, part))
		ktap_fail("'%s' gave '%s', not '%s...%s'", text, error,
			  expected, part);
}

static void bad_line(const char *line, const char *key, const char *part)
{
	char text[4096], where[64];

	snprintf(text, sizeof(text), HEAD "%s\n", line);
	/* After HEAD, and a section of its own if it has one. */
	snprintf(where, sizeof(where), ":%d: %s", *line == '[' ? 5 : 4, key);
	bad(text, where, part);
}

TEST(defaults)
{
	struct taskfile *task = good(HEAD);

	CHECK(!strcmp(task->name, "some-task1"));
	CHECK_EQ(task->kind, SLUICE_KIND_EXEC);
	CHECK(!strcmp(task->argv[0], "/bin/true") && !task->argv[1]);
	CHECK(!strcmp(task->class, "priority"));
	CHECK_EQ(task->priority, 50);
	CHECK_EQ(task->timeout, 30000000000LL);
	CHECK_EQ(task->idle, 60000000000LL);
	CHECK_EQ(task->queue_max, 1000);
	CHECK_EQ(task->envs_max, 1);
	CHECK_EQ(taskfile_need(task, "memory"), 32 << 20);
	CHECK_EQ(taskfile_need(task, "cpu"), 100);
	CHECK_EQ(taskfile_need(task, "pids"), 32);
	CHECK_EQ(taskfile_need(task, "crane"), 0);
	CHECK(task->usr);
	taskfile_free(task);
}

TEST(every_key)
{
	struct taskfile *task = good(
		"# a comment\n; another\n\n[task]\n"
		"kind=serve\ncommand = /opt/x \"two words\" -- a;b ; c # d\n"
		"class = priority\npriority = 99\ntimeout = none\nidle = 5m\n"
		"queue = 7\nqueue-bytes = 1G\ninput = 1K\noutput = 2K\n"
		"environments = 3\n"
		"[needs]\nmemory = 1M\ncpu = 1.5\npids = 9\ncrane-2 = 1\n"
		"[environment]\nlayer = /a\nlayer = /b\nusr = no\n"
		"data = /x /y rw\ndata = /p \"/q r\"\ndevice = /dev/ttyS0 ro\n"
		"socket = bus can:can0\nsocket = plc tcp:10.0.0.1:502\n"
		"variable = A=b=c\ntmp = 1M\n");

	CHECK_EQ(task->kind, SLUICE_KIND_SERVE);
	CHECK(!strcmp(task->argv[1], "two words"));
	CHECK(!strcmp(task->argv[3], "a;b"));
	CHECK(!strcmp(task->argv[4], ";"));
	CHECK(!strcmp(task->argv[7], "d") && !task->argv[8]);
	CHECK_EQ(task->priority, 99);
	CHECK_EQ(task->timeout, 0);
	CHECK_EQ(task->idle, 300000000000LL);
	CHECK_EQ(task->queue_max, 7);
	CHECK_EQ(task->queue_bytes, 1 << 30);
	CHECK_EQ(task->input_max, 1024);
	CHECK_EQ(task->output_max, 2048);
	CHECK_EQ(task->envs_max, 3);
	CHECK_EQ(task->needs_count, 4);
	CHECK_EQ(taskfile_need(task, "cpu"), 1500);
	CHECK_EQ(taskfile_need(task, "crane-2"), 1);
	CHECK_EQ(task->layers_count, 2);
	CHECK(!task->usr);
	CHECK_EQ(task->data_count, 2);
	CHECK(task->data[0].writable && !task->data[1].writable);
	CHECK(!strcmp(task->data[1].target, "/q r"));
	CHECK(!strcmp(task->devices[0].target, "/dev/ttyS0"));
	CHECK_EQ(task->sockets_count, 2);
	CHECK(!strcmp(task->sockets[1].address, "tcp:10.0.0.1:502"));
	CHECK(!strcmp(task->variables[0], "A=b=c"));
	CHECK_EQ(task->tmp_size, 1 << 20);
	taskfile_free(task);
}

TEST(mistakes_of_task)
{
	bad_line("kind = fast", "kind", "exec or serve");
	bad_line("command = true", "command", "absolute path");
	bad_line("command =", "command", "absolute path");
	bad_line("command = /bin/sh -c \"a", "command", "\"");
	bad_line("priority = 100", "priority", "0 to 99");
	bad_line("priority = -1", "priority", "0 to 99");
	bad_line("timeout = 5 minutes", "timeout", "a duration like");
	bad_line("idle = 9999999h", "idle", "a duration like");
	bad_line("queue = 0", "queue", "1 to");
	bad_line("queue-bytes = lots", "queue-bytes", "a size like");
	bad_line("input = 5G", "input", "a size like");
	bad_line("environments = 1025", "environments", "1 to 1024");
	bad_line("class =", "class", "class");
	bad_line("colour = blue", "colour", "[task] knows kind command");
	bad_line("no equals sign", "expected", "key = value");
	bad_line("[weather]\nrain = yes", "rain", "there are [task], [needs]");
}

TEST(mistakes_of_needs)
{
	bad_line("[needs]\nmemory = 1.5M", "memory", "a size like");
	bad_line("[needs]\ncpu = all", "cpu", "CPUs like");
	bad_line("[needs]\ncrane = one", "crane", "a whole number");
	bad_line("[needs]\nthis-is-a-name-of-more-than-31-characters = 1",
		 "this-is", "1 to 31 characters");
}

TEST(mistakes_of_environment)
{
	bad_line("[environment]\nlayer = a", "layer", "absolute path");
	bad_line("[environment]\nlayer = /a:/b", "layer", "without :");
	bad_line("[environment]\nusr = maybe", "usr", "yes or no");
	bad_line("[environment]\ndata = /a", "data", "SOURCE TARGET");
	bad_line("[environment]\ndata = /a /b rx", "data", "ro or rw");
	bad_line("[environment]\ndata = /a /b ro x", "data", "SOURCE TARGET");
	bad_line("[environment]\ndata = /a /b/../c ro", "data", "without ..");
	bad_line("[environment]\ndata = /a /b/.. ro", "data", "without ..");
	bad_line("[environment]\ndevice = /etc/passwd ro", "device", "/dev/");
	bad_line("[environment]\nsocket = bus", "socket", "NAME and can:");
	bad_line("[environment]\nsocket = bus ftp:x", "socket", "NAME and can:");
	bad_line("[environment]\nsocket = bus can:", "socket", "NAME and can:");
	bad_line("[environment]\nvariable = A", "variable", "NAME=value");
	bad_line("[environment]\ntmp = big", "tmp", "a size like");
}

TEST(what_is_missing)
{
	bad("", "", "missing: [task] kind");
	bad("[task]\nkind = exec\n", "", "missing: [task] command");
	bad("[task]\ncommand = /bin/true\n", "", "missing: [task] kind");
}

TEST(lines)
{
	char text[1024] = HEAD "command = /bin/";

	/* As long as libinih takes, and longer. */
	memset(text + strlen(text), 'x', 180);
	taskfile_free(good(text));
	memset(text + strlen(text), 'x', 400);
	bad(text, ":4: ", "at most 198 characters");
	bad("[task]\nkind = exec\n\tcommand = /a\x02\n", ":3: ", "control");
	/* Indented is not continued. */
	taskfile_free(good("[task]\n  kind = exec\n  command = /a\n"));
	taskfile_free(good("[task]\r\nkind = exec\r\ncommand = /a\r\n"));
	taskfile_free(good("[task]\nkind = exec\ncommand = /a"));
}

TEST(too_many)
{
	char text[8192] = HEAD "[environment]\n";
	int i;

	for (i = 0; i < TASKFILE_ITEMS; i++)
		strcat(text, "variable = A=1\n");
	taskfile_free(good(text));
	strcat(text, "variable = A=1\n");
	bad(text, ":37: variable", "at most 32");
}

TEST(names)
{
	char name[SLUICE_NAME_SIZE];

	CHECK(!taskfile_name("/a/b/some-1.task", name));
	CHECK(!strcmp(name, "some-1"));
	CHECK(taskfile_name("/a/.task", name));
	CHECK(taskfile_name("/a/b.tas", name));
	CHECK(taskfile_name("/a/-b.task", name));
	CHECK(taskfile_name("/a/B.task", name));
	CHECK(taskfile_name("/a/b_c.task", name));
	CHECK(taskfile_name("/a/b c.task", name));
	CHECK(taskfile_name("0123456789012345678901234567890.task", name) == 0);
	CHECK(taskfile_name("01234567890123456789012345678901.task", name));
}

TEST(file_that_is_not_there)
{
	char error[TASKFILE_ERROR];
	struct taskfile *task;

	CHECK_EQ(taskfile_load("/nowhere/x.task", &task, error), -ENOENT);
	CHECK(strstr(error, "No such file"));
}

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

/* Bytes changed, taken out and doubled at random: never more than an error. */
TEST(garbage)
{
	static const char text[] = HEAD
		"timeout = 5s\n[needs]\nmemory = 1M\ncrane = 1\n[environment]\n"
		"data = /a /b ro\nsocket = a can:can0\nvariable = A=b\n";
	const char *given = getenv("SLUICE_SEED");
	unsigned int seed = given ? (unsigned int)atoi(given) : 1;
	char error[TASKFILE_ERROR], mutant[2 * sizeof(text)];
	struct taskfile *task;
	int round, i;

	printf("# seed %u\n", seed);
	srandom(seed);
	for (round = 0; round < 3000; round++) {
		size_t len = sizeof(text) - 1, at;

		memcpy(mutant, text, len);
		for (i = 0; i < 1 + (int)(random() % 6); i++) {
			at = (size_t)random() % len;
			switch (random() % 3) {
			case 0:
				mutant[at] = (char)random();
				break;
			case 1:
				memmove(mutant + at, mutant + at + 1,
					len - at - 1);
				len--;
				break;
			default:
				memmove(mutant + at + 1, mutant + at, len - at);
				len++;
			}
		}
		file("x.task", mutant, len);
		*error = '\0';
		if (!taskfile_load(path, &task, error))
			taskfile_free(task);
		else if (!*error)
			ktap_fail("round %d: refused without a word", round);
		gone();
	}
}
