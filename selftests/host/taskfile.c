// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/lib/taskfile.c ../../agent/lib/canid.c ../../agent/lib/taskkeys.c ../../agent/lib/secret.c ../../agent/lib/inifile.c ../../agent/lib/near.c ../../agent/lib/units.c
// build: -I../../agent/lib -D_GNU_SOURCE -linih
/* Task files: what each key means, and what is said of each mistake. */
#include "files.h"
#include "ktap.h"
#include "taskfile.h"

#define DIGEST	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define HEAD "[task]\nkind = exec\ncommand = /bin/true\n"

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
	CHECK_EQ(task->priority_max, 99);
	CHECK_EQ(task->timeout, 30000000000LL);
	CHECK_EQ(task->idle, 60000000000LL);
	CHECK_EQ(task->start_timeout, 30000000000LL);
	CHECK_EQ(task->grace, 500000000LL);
	CHECK_EQ(task->queue_max, 1000);
	CHECK_EQ(task->envs_max, 1);
	CHECK_EQ(task->weight, 100);
	CHECK(!task->runtime && !task->deadline);
	CHECK_EQ(task->patience, 1000000000LL);
	CHECK_EQ(task->running_max, 0);
	CHECK_EQ(task->overflow, SLUICE_OVERFLOW_REFUSE);
	CHECK_EQ(task->keys, SLUICE_KEYS_USER);
	CHECK_EQ(task->retries, 0);
	CHECK_EQ(task->backoff, 1000000000LL);
	CHECK_EQ(task->quarantine_after, 10);
	CHECK_EQ(task->quarantine, 30000000000LL);
	CHECK_EQ(taskfile_need(task, "memory"), 32 << 20);
	CHECK_EQ(taskfile_need(task, "cpu"), 100);
	CHECK_EQ(taskfile_need(task, "pids"), 32);
	CHECK_EQ(taskfile_need(task, "crane"), 0);
	CHECK(task->usr);
	CHECK(!task->processes);
	CHECK_EQ(task->filter, SYSCALLS_DEFAULT);
	CHECK(!task->filter_log);
	CHECK(task->log);
	CHECK_EQ(task->reuse, TASKFILE_REUSE_ALWAYS);
	CHECK_EQ(task->file_size, 1 << 30);
	CHECK(!task->io.rbps && !task->io.weight);
	taskfile_free(task);
}

TEST(every_key)
{
	struct taskfile *task = good(
		"# a comment\n; another\n\n[task]\n"
		"kind=serve\ncommand = /opt/x \"two words\" -- a;b ; c # d\n"
		"class = fair\npriority = 97\npriority-max = 98\ntimeout = none\nidle = 5m\n"
		"reuse = always\nqueue = 7\nqueue-bytes = 1G\ninput = 1K\noutput = 2K\n"
		"environments = 3\nweight = 10000\nruntime = 20ms\n"
		"deadline = 1s\npatience = 3s\nconcurrent = 2\n"
		"overflow = drop-oldest\nkeys = task\nretries = 1000\nbackoff = 500ms\n"
		"quarantine = 3 5m\nstart-timeout = 90s\n"
		"grace = 3s\n"
		"[needs]\nmemory = 1M\ncpu = 1.5\npids = 9\ncrane-2 = 1\n"
		"[environment]\nlayer = /a\nusr = no\nlog = no\nfilter = wide\nfilter-log = yes\nproc = processes\n"
		"layer = /b: c  sha256:" DIGEST "\n"
		"state = 64M\nwritable = 1M\n"
		"data = /x /y rw\ndata = /p \"/q r\"\ndevice = /dev/ttyS0 ro\n"
		"socket = bus can:can0 id=123 id=18fee000/1fffff00\nsocket = plc tcp:10.0.0.1:502\n"
		"variable = A=b=c\ntmp = 1M\nfile-size = 4K\n"
		"io = rbps=10M weight=50\n"
		"io = rbps=1M wbps=2K riops=3 wiops=4 weight=10000\n");

	CHECK_EQ(task->kind, SLUICE_KIND_SERVE);
	CHECK(!strcmp(task->argv[1], "two words"));
	CHECK(!strcmp(task->argv[3], "a;b"));
	CHECK(!strcmp(task->argv[4], ";"));
	CHECK(!strcmp(task->argv[7], "d") && !task->argv[8]);
	CHECK_EQ(task->priority, 97);
	CHECK_EQ(task->priority_max, 98);
	CHECK_EQ(task->timeout, 0);
	CHECK_EQ(task->idle, 300000000000LL);
	CHECK_EQ(task->start_timeout, 90000000000LL);
	CHECK_EQ(task->grace, 3000000000LL);
	CHECK_EQ(task->queue_max, 7);
	CHECK_EQ(task->queue_bytes, 1 << 30);
	CHECK_EQ(task->input_max, 1024);
	CHECK_EQ(task->output_max, 2048);
	CHECK_EQ(task->envs_max, 3);
	CHECK(!strcmp(task->class, "fair"));
	CHECK_EQ(task->weight, 10000);
	CHECK_EQ(task->runtime, 20000000);
	CHECK_EQ(task->deadline, 1000000000);
	CHECK_EQ(task->patience, 3000000000LL);
	CHECK_EQ(task->running_max, 2);
	CHECK_EQ(task->overflow, SLUICE_OVERFLOW_DROP_OLDEST);
	CHECK_EQ(task->keys, SLUICE_KEYS_TASK);
	CHECK_EQ(task->retries, 1000);
	CHECK_EQ(task->backoff, 500000000);
	CHECK_EQ(task->quarantine_after, 3);
	CHECK_EQ(task->quarantine, 300000000000LL);
	CHECK_EQ(task->needs_count, 4);
	CHECK_EQ(taskfile_need(task, "cpu"), 1500);
	CHECK_EQ(taskfile_need(task, "crane-2"), 1);
	CHECK_EQ(task->layers_count, 2);
	CHECK(!strcmp(task->layers[0].source, "/a") &&
	      !*task->layers[0].digest);
	CHECK(!strcmp(task->layers[1].source, "/b: c") &&
	      !strcmp(task->layers[1].digest, DIGEST));
	CHECK_EQ(task->state_size, 64 << 20);
	CHECK_EQ(task->writable_size, 1 << 20);
	CHECK(!task->usr);
	CHECK(task->processes);
	CHECK_EQ(task->filter, SYSCALLS_WIDE);
	CHECK(task->filter_log);
	CHECK(!task->log);
	CHECK_EQ(task->data_count, 2);
	CHECK(task->data[0].writable && !task->data[1].writable);
	CHECK(!strcmp(task->data[1].target, "/q r"));
	CHECK(!strcmp(task->devices[0].target, "/dev/ttyS0"));
	CHECK_EQ(task->sockets_count, 2);
	CHECK(!strcmp(task->sockets[0].ids, "123 18fee000/1fffff00"));
	CHECK(!*task->sockets[1].ids);
	CHECK(!strcmp(task->sockets[1].address, "tcp:10.0.0.1:502"));
	CHECK(!strcmp(task->variables[0], "A=b=c"));
	CHECK_EQ(task->tmp_size, 1 << 20);
	CHECK_EQ(task->file_size, 4096);
	CHECK_EQ(task->io.rbps, 1 << 20);
	CHECK_EQ(task->io.wbps, 2048);
	CHECK_EQ(task->io.riops, 3);
	CHECK_EQ(task->io.wiops, 4);
	CHECK_EQ(task->io.weight, 10000);
	taskfile_free(task);
}

#define SOCKET	"[environment]\nsocket = plc tcp:10.0.0.1:502\n"
#define MOVED "[environment]\nsocket = bus can:can0 moved\n"

/* What is right where a task says nothing depends on what it is, and has. */
TEST(reuse)
{
	static const struct {
		const char *text;
		uint32_t reuse;
		uint64_t idle;
	} tests[] = {
		{ HEAD, TASKFILE_REUSE_ALWAYS, 60000000000ULL },
		{ HEAD SOCKET, TASKFILE_REUSE_AFTER_SUCCESS, 60000000000ULL },
		{ HEAD "kind = serve\n" SOCKET, TASKFILE_REUSE_ALWAYS, 60000000000ULL },
		{ HEAD "reuse = always\n" SOCKET, TASKFILE_REUSE_ALWAYS, 60000000000ULL },
		{ HEAD "reuse = never\nidle = 5m\n" SOCKET, TASKFILE_REUSE_NEVER, 0 },
		{ HEAD "idle = 5m\n" MOVED, TASKFILE_REUSE_NEVER, 0 },
		{ HEAD "kind = serve\n" MOVED, TASKFILE_REUSE_NEVER, 0 },
		{ HEAD "kind = serve\nreuse = never\n", TASKFILE_REUSE_NEVER, 0 },
		{ HEAD "reuse = after-success\nidle = none\n",
		  TASKFILE_REUSE_AFTER_SUCCESS, 0 },
	};
	struct taskfile *task;
	size_t i;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		task = good(tests[i].text);
		CHECK_EQ(task->reuse, tests[i].reuse);
		CHECK_EQ(task->idle, tests[i].idle);
		taskfile_free(task);
	}
	bad_line("reuse = sometimes", "reuse", "always, after-success or never");
	bad(HEAD "reuse = after-success\nkind = serve\n", ":4: reuse",
	    "expected always or never");
}

/* The kernel takes 0, and what is nearly all of 64 bits, for no limit. */
TEST(sizes)
{
	struct taskfile *task = good(HEAD "[environment]\ntmp = 0\nfile-size = none\n");

	CHECK_EQ(task->tmp_size, 0);
	CHECK_EQ(task->file_size, 0);
	taskfile_free(task);
	/* The input is a file, too. */
	task = good(HEAD "input = 2G\n");
	CHECK_EQ(task->file_size, 2LL << 30);
	taskfile_free(task);
	bad(HEAD "input = 8K\n[environment]\nfile-size = 4K\n", ":6: file-size",
	    "at least the input, 8192 bytes");
	bad_line("[environment]\ntmp = 18446744073709551615", "tmp", "a size like");
	bad_line("[environment]\nfile-size = 1K", "file-size", "at least 4K");
	bad_line("[environment]\nfile-size = 0", "file-size", "at least 4K");
	bad_line("[environment]\nfile-size = big", "file-size", "a size like");
	bad_line("[environment]\nio =", "io", "rbps=SIZE");
	bad_line("[environment]\nio = 1M", "io", "rbps=SIZE");
	bad_line("[environment]\nio = rbps=", "io", "rbps=SIZE");
	bad_line("[environment]\nio = rbps=0", "io", "rbps=SIZE");
	bad_line("[environment]\nio = wbps=1M fast=1", "io", "rbps=SIZE");
	bad_line("[environment]\nio = riops=5000000000", "io", "rbps=SIZE");
	bad_line("[environment]\nio = weight=10001", "io", "rbps=SIZE");
}

TEST(mistakes_of_task)
{
	bad_line("kind = fast", "kind", "exec or serve");
	bad_line("command = true", "command", "absolute path");
	bad_line("command =", "command", "absolute path");
	bad_line("command = /bin/sh -c \"a", "command", "\"");
	bad_line("priority = 100", "priority", "0 to 99");
	bad_line("priority = -1", "priority", "0 to 99");
	bad_line("keys = all", "keys", "user or task");
	bad_line("priority-max = 100", "priority-max", "0 to 99");
	bad_line("priority-max = 49", "priority-max",
		 "at least the priority, 50");
	bad(HEAD "priority-max = 60\npriority = 61\n", ":5: priority",
	    "at most priority-max, 60");
	bad_line("timeout = 5 minutes", "timeout", "a duration like");
	bad_line("idle = 9999999h", "idle", "a duration like");
	/* In 64 bits, but not when it is added to a point in time. */
	bad_line("idle = 640512h", "idle", "a duration like");
	bad_line("queue = 0", "queue", "1 to");
	bad_line("queue-bytes = lots", "queue-bytes", "a size like");
	bad_line("input = 5G", "input", "a size like");
	bad_line("environments = 1025", "environments", "1 to 1024");
	bad_line("class =", "class", "deadline, priority, fair or batch");
	bad_line("class = fast", "class", "deadline, priority, fair or batch");
	bad_line("class = fairness", "class", "deadline, priority, fair or");
	bad_line("colour = blue", "colour", "[task] knows kind command");
	bad_line("no equals sign", "expected", "key = value");
	bad_line("[weather]\nrain = yes", "rain", "there are [task], [needs]");
}

TEST(classes)
{
	static const char * const names[] = { "deadline", "priority", "fair",
					      "batch" };
	struct taskfile *task;
	char text[256];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		sprintf(text, HEAD "class = %s\n", names[i]);
		task = good(text);
		CHECK(!strcmp(task->class, names[i]));
		/* What has a deadline is not patient, unless it says so. */
		CHECK_EQ(task->patience, i % 2 ? 1000000000LL : 0);
		taskfile_free(task);
		sprintf(text, HEAD "patience = 2s\nclass = %s\n", names[i]);
		task = good(text);
		CHECK_EQ(task->patience, 2000000000LL);
		taskfile_free(task);
		sprintf(text, HEAD "class = %s\npatience = 0s\n", names[i]);
		task = good(text);
		CHECK_EQ(task->patience, 0);
		taskfile_free(task);
	}
	/* The calls may bring them. */
	taskfile_free(good(HEAD "class = deadline\nruntime = 1s\n"));
	taskfile_free(good(HEAD "class = deadline\ndeadline = 1s\n"));
}

TEST(overflow_and_failures)
{
	struct taskfile *task = good(HEAD "overflow = block\nbackoff = none\n"
				     "quarantine = 1 none\nconcurrent = 0\n");

	CHECK_EQ(task->overflow, SLUICE_OVERFLOW_BLOCK);
	CHECK_EQ(task->backoff, 0);
	CHECK_EQ(task->quarantine_after, 1);
	CHECK_EQ(task->quarantine, 0);
	taskfile_free(task);
	task = good(HEAD "overflow = drop-oldest\noverflow = refuse\n"
		    "quarantine = 3\t1s\nquarantine = none\n");
	CHECK_EQ(task->overflow, SLUICE_OVERFLOW_REFUSE);
	CHECK_EQ(task->quarantine_after, 0);
	CHECK_EQ(task->quarantine, 0);
	taskfile_free(task);
}

TEST(mistakes_of_scheduling)
{
	bad_line("weight = 0", "weight", "1 to 10000");
	bad_line("weight = 10001", "weight", "1 to 10000");
	bad_line("runtime = 5", "runtime", "a duration like");
	bad_line("deadline = soon", "deadline", "a duration like");
	bad_line("patience = -1s", "patience", "a duration like");
	bad_line("concurrent = all", "concurrent", "0 to 4294967295");
	bad_line("overflow = drop", "overflow", "refuse, block or drop-oldest");
	bad_line("overflow =", "overflow", "refuse, block or drop-oldest");
	bad_line("retries = 1001", "retries", "0 to 1000");
	bad_line("retries = none", "retries", "0 to 1000");
	bad_line("backoff = 1", "backoff", "a duration like");
	bad_line("quarantine =", "quarantine", "COUNT DURATION like");
	bad_line("quarantine = 10", "quarantine", "COUNT DURATION like");
	bad_line("quarantine = 10 30s 1", "quarantine", "COUNT DURATION like");
	bad_line("quarantine = 0 30s", "quarantine", "1 to 4294967295");
	bad_line("quarantine = none 30s", "quarantine", "1 to 4294967295");
	bad_line("quarantine = 30s 10", "quarantine", "1 to 4294967295");
	bad_line("quarantine = 10 30", "quarantine", "a duration like");
	bad_line("quarantine = 10 0s", "quarantine", "over 0, or none");
}

/* Of the two, the one that stands behind is the one that is wrong. */
TEST(runtime_over_deadline)
{
	bad(HEAD "runtime = 5s\npriority = 1\ndeadline = 1s\n",
	    ":6: deadline: ", "expected at least the runtime, 5.00s");
	bad(HEAD "deadline = 1s\nclass = deadline\nruntime = 5s\n",
	    ":6: runtime: ", "expected at most the deadline, 1.00s");
	bad(HEAD "deadline = 1s\nruntime = 1s\ndeadline = 999ms\n",
	    ":6: deadline: ", "expected at least the runtime, 1.00s");
	taskfile_free(good(HEAD "runtime = 1s\ndeadline = 1s\n"));
	taskfile_free(good(HEAD "runtime = 1s\ndeadline = none\n"));
	/* Only the last value counts. */
	taskfile_free(good(HEAD "runtime = 5s\ndeadline = 1s\ndeadline = 9s\n"));
	taskfile_free(good(HEAD "runtime = 5s\ndeadline = 1s\nruntime = none\n"));
}

/* The list of all keys is long: it must not be cut off. */
TEST(list_of_keys)
{
	bad_line("colour = blue", "colour", " backoff quarantine");
	bad_line("[environment]\ncolour = blue", "colour", " umask user");
}

TEST(what_was_probably_meant)
{
	bad_line("prority = 1", "prority", "unknown key, perhaps priority; [task] knows kind");
	bad_line("[environment]\nvariabel = A=b", "variabel", "perhaps variable; ");
	bad_line("umask = 077", "umask", "unknown key, but one of [environment]; ");
	bad_line("[environment]\ntimeout = 3s", "timeout", "unknown key, but one of [task]; ");
	bad_line("kind = exce", "kind", "exec or serve; perhaps exec");
	bad_line("overflow = drop-old", "overflow", "drop-oldest");
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
	bad_line("[environment]\nlayer = /a sha256:12", "layer", "sha256: and 64");
	bad_line("[environment]\nlayer = /a sha256:0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF",
		 "layer", "sha256: and 64");
	bad_line("[environment]\nstate = 12K", "state", "at least 1M");
	bad_line("[environment]\nstate = -1", "state", "a size");
	bad_line("[environment]\nwritable = 0", "writable", "at least 1M");
	bad_line("[environment]\nproc = some", "proc", "machine or processes");
	bad_line("[environment]\nusr = maybe", "usr", "yes or no");
	bad_line("[environment]\nfilter-log = some", "filter-log", "yes or no");
	bad_line("[environment]\nlog = journal", "log", "yes or no");
	bad_line("[environment]\nfilter = none", "filter", "strict, default or wide");
	bad_line("[environment]\ndata = /a", "data", "SOURCE TARGET");
	bad_line("[environment]\ndata = /a /b rx", "data", "ro or rw");
	bad_line("[environment]\ndata = /a /b ro x", "data", "SOURCE TARGET");
	bad_line("[environment]\ndata = /a /b/../c ro", "data", "without ..");
	bad_line("[environment]\ndata = /a /b/.. ro", "data", "without ..");
	bad_line("[environment]\ndevice = /etc/passwd ro", "device", "/dev/");
	bad_line("[environment]\nsocket = bus", "socket", "NAME and can:");
	bad_line("[environment]\nsocket = bus ftp:x", "socket", "NAME and can:");
	bad_line("[environment]\nsocket = bus can:", "socket", "NAME and can:");
	bad_line("[environment]\nsocket = a tcp:10.0.0.1:502 id=123", "socket", "NAME and can:");
	bad_line("[environment]\nsocket = bus can:can0 123", "socket", "NAME and can:");
	bad_line("[environment]\nsocket = bus can:can0 id=12", "socket", "id=ID");
	bad_line("[environment]\nsocket = bus can:can0 moved id=123", "socket", "moved |");
	bad_line("[environment]\nsocket = bus can:can0 id=123 moved", "socket", "moved |");
	bad_line("[environment]\nsocket = a tcp:10.0.0.1:502 moved", "socket", "of can:IFACE alone");
	bad_line("[environment]\nsocket = bus can:aninterfacewithalongname moved", "socket", "at most 15");
	bad(HEAD "[environment]\nsocket = a can:can0 moved\nsocket = b can:can0\n", ":6: socket", "one socket of an interface");
	bad(HEAD "[environment]\nsocket = a can:can0\nsocket = b can:can0 moved\n", ":6: socket", "one socket of an interface");
	bad(HEAD "reuse = always\n[environment]\nsocket = a can:can0 moved\n", ":4: reuse", "expected never");
	bad(HEAD "environments = 2\n[environment]\nsocket = a can:can0 moved\n", ":4: environments", "expected 1");
	bad_line("[environment]\nsocket = bus can:can0 id=800", "socket", "id=ID");
	bad_line("[environment]\nsocket = bus can:can0 id=20000000", "socket", "id=ID");
	bad_line("[environment]\nsocket = bus can:can0 id=123/7", "socket", "id=ID");
	bad_line("[environment]\nsocket = bus can:can0 id=123/7ff/", "socket", "id=ID");
	bad_line("[environment]\nsocket = bus can:can0 id=123/1fffffff", "socket", "id=ID");
	bad_line("[environment]\nsocket = bus can:can0 id=100/700 id=123", "socket", "in common");
	bad(HEAD "[environment]\nsocket = a can:can0 id=123\nsocket = b can:can0 id=123\n",
	    ":6: socket", "in common");
	bad_line("[environment]\nvariable = A", "variable", "NAME=value");
	bad_line("[environment]\ntmp = big", "tmp", "a size like");
	bad_line("[environment]\ndata = /a /b ro rec", "data", "[recursive]");
	bad_line("[environment]\nsys = /proc/x", "sys", "/sys/PATH");
	bad_line("[environment]\nsys = /sys/../x", "sys", "without ..");
	bad_line("[environment]\nenvironment-file = x", "environment-file",
		 "absolute path");
	bad_line("[environment]\ndirectory = x", "directory", "absolute path");
	bad_line("[environment]\numask = 8", "umask", "octal");
	bad_line("[environment]\numask = 1000", "umask", "octal");
	bad_line("[environment]\numask =", "umask", "octal");
	bad_line("[environment]\nuser = root", "user", "other than root");
	bad_line("[environment]\nuser = 1x", "user", "a name of a-z");
	bad_line("[environment]\nsecret = a/b", "secret", "a name of letters");
	bad_line("[environment]\nsecret = .x", "secret", "not first a dot");
	bad_line("[environment]\nsecret =", "secret", "a name of letters");
	bad_line("[environment]\nuser = a:b", "user", "a name of a-z");
}

TEST(what_is_missing)
{
	bad("", "", "missing: [task] kind");
	bad("[task]\nkind = exec\n", "", "missing: [task] command");
	bad("[task]\ncommand = /bin/true\n", "", "missing: [task] kind");
}

TEST(lines)
{
	char text[5000] = HEAD "[environment]\nvariable = A=";
	char *line = strstr(text, "variable"), *value = line + strlen(line) - 2;
	struct taskfile *task;
	size_t len, i;

	/* libinih takes 198 characters at once, and what it does not like is in its way. */
	for (len = 150; len < 650; len++) {
		for (i = 2; i < len - 1; i++)
			value[i] = " ;x#\t"[i % 5];
		value[i] = 'y';
		value[len] = '\0';
		task = good(text);
		CHECK(!strcmp(task->variables[0], value));
		taskfile_free(task);
		strcpy(value + len, "\ntmp = 1M\n");
		task = good(text);
		CHECK(!strncmp(task->variables[0], value, len));
		CHECK_EQ(strlen(task->variables[0]), len);
		CHECK_EQ(task->tmp_size, 1 << 20);
		taskfile_free(task);
		strcpy(value + len, "\ntmp = soon\n");
		bad(text, ":6: ", "tmp");
		strcpy(value + len, "\nnonsense\n");
		bad(text, ":6: ", "expected [section] or key");
	}
	memset(line, '#', 4096);
	strcpy(line + 4096, "\ntmp = 1M\n");
	taskfile_free(good(text));
	memset(line, 'n', 4096);
	bad(text, ":5: ", "expected [section] or key");
	memset(line, '#', 4097);
	bad(text, ":5: ", "at most 4096 characters");
	bad("[task]\nkind = exec\n\tcommand = /a\x02\n", ":3: ", "control");
	/* Indented is not continued. */
	taskfile_free(good("[task]\n  kind = exec\n  command = /a\n"));
	taskfile_free(good("[task]\r\nkind = exec\r\ncommand = /a\r\n"));
	taskfile_free(good("[task]\nkind = exec\ncommand = /a"));
}

TEST(long_names)
{
	char text[512], key[128];

	/* Cut off, they must not become others. */
	memset(key, 'x', sizeof(key));
	key[120] = '\0';
	sprintf(text, HEAD "[%s]\nusr = no\n", key);
	bad(text, ":5: usr", "unknown section");
	sprintf(text, HEAD "%s = no\n", key);
	bad(text, ":4: xxx", "unknown key");
	sprintf(text, HEAD "[needs]\n%s = 1\n", key);
	bad(text, ":5: xxx", "1 to 31 characters");
	bad(HEAD "[environmentxxxxxxxxxxxxxxxxxxxxxxxxx]\nusr = no\n",
	    ":5: usr", "unknown section");
}

TEST(bytes_that_are_no_text)
{
#define BYTES(text, line) { HEAD text, sizeof(HEAD text) - 1, line }
	static const struct {
		const char *text;
		size_t	len;
		int	line;
	} tests[] = {
		BYTES("\0\n", 4), BYTES("\0", 4), BYTES("\n\0", 5),
		BYTES("idle = 1\0s\n", 4), BYTES("idle = 1s\0", 4),
		BYTES("idle = 1s\0 --x\n", 4), BYTES("idle = 1s\n\0", 5),
		BYTES("idle = 1s\x01\n", 4), BYTES("idle = \x1b[1m\n", 4),
		BYTES("# \x7f\n", 4), BYTES("[\b]\n", 4),
	};
#undef BYTES
	char error[TASKFILE_ERROR], where[160];
	struct taskfile *task;
	size_t i;
	int ret;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		file("x.task", tests[i].text, tests[i].len);
		ret = taskfile_load(path, &task, error);
		gone();
		CHECK_EQ(ret, -EINVAL);
		snprintf(where, sizeof(where), "%s:%d: expected text", path,
			 tests[i].line);
		if (task || strncmp(error, where, strlen(where)))
			ktap_fail("text %zu gave '%s'", i, error);
	}
	/* Other languages are text. */
	task = good(HEAD "[environment]\nvariable = A=\xc3\xa4\xff\n");
	CHECK(!strcmp(task->variables[0], "A=\xc3\xa4\xff"));
	taskfile_free(task);
}

/* The last value counts, and nothing of the one before is left. */
TEST(repeated_keys)
{
	struct taskfile *task = good(
		"[task]\nkind = serve\nkind = exec\ncommand = /a b c d\n"
		"priority = 1\n[needs]\nmemory = 1M\ncrane = 1\ncrane = 2\n"
		"[environment]\nusr = no\nusr = yes\n[task]\ncommand = /b\n"
		"priority = 2\n[needs]\nmemory = 2M\n");

	CHECK_EQ(task->kind, SLUICE_KIND_EXEC);
	CHECK(!strcmp(task->argv[0], "/b") && !task->argv[1]);
	CHECK_EQ(task->priority, 2);
	CHECK_EQ(task->needs_count, 4);
	CHECK_EQ(taskfile_need(task, "memory"), 2 << 20);
	CHECK_EQ(taskfile_need(task, "crane"), 2);
	CHECK(task->usr);
	taskfile_free(task);
	/* An error behind a value that was good is an error all the same. */
	bad(HEAD "priority = 5\npriority = x\n", ":5: priority", "0 to 99");
}

/* As many as there may be of a line, and one more. */
static void full(const char *head, const char *line, int most, const char *key)
{
	char text[8192], where[64];
	int i, lines = 0;
	size_t at;

	strcpy(text, head);
	for (at = 0; head[at]; at++)
		lines += head[at] == '\n';
	for (i = 0; i < most; i++)
		sprintf(text + strlen(text), line, i);
	taskfile_free(good(text));
	sprintf(text + strlen(text), line, i);
	snprintf(where, sizeof(where), ":%d: %s", lines + most + 1, key);
	bad(text, where, "at most 32");
}

TEST(too_many)
{
	static const char env[] = HEAD "[environment]\n";
	char words[256] = "[task]\nkind = exec\ncommand = /a";
	struct taskfile *task;
	int i;

	full(env, "variable = A%d=1\n", TASKFILE_ITEMS, "variable");
	full(env, "layer = /a%d\n", TASKFILE_ITEMS, "layer");
	full(env, "data = /a /b%d ro\n", TASKFILE_ITEMS, "data");
	full(env, "device = /dev/a%d ro\n", TASKFILE_ITEMS, "device");
	full(env, "socket = a can:can%d\n", TASKFILE_ITEMS, "socket");
	/* Three are there already. */
	full(HEAD "[needs]\n", "token-%d = 1\n", TASKFILE_ITEMS - 3, "token-");
	for (i = 1; i < TASKFILE_ITEMS; i++)
		strcat(words, " b");
	task = good(words);
	CHECK(task->argv[TASKFILE_ITEMS - 1] && !task->argv[TASKFILE_ITEMS]);
	taskfile_free(task);
	strcat(words, " b");
	bad(words, ":3: command", "at most 32");
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
	CHECK(taskfile_name("", name));
	CHECK(taskfile_name("/a.task/", name));
	CHECK(taskfile_name("/a/b.task.task", name));
	CHECK(taskfile_name("/a/b.task~", name));
	CHECK(taskfile_name("/a/b/..task", name));
	CHECK(taskfile_name("/a/\xc3\xa4.task", name));
	CHECK(!taskfile_name("0.task", name) && !strcmp(name, "0"));
	CHECK(!taskfile_name("/A B/c--.task", name) && !strcmp(name, "c--"));
}

TEST(name_of_a_file)
{
	char error[TASKFILE_ERROR] = "";
	struct taskfile *task;

	file("Some.task", HEAD, strlen(HEAD));
	CHECK_EQ(taskfile_load(path, &task, error), -EINVAL);
	gone();
	CHECK(!task && strstr(error, "Some.task: expected NAME.task"));
}

TEST(file_that_is_not_there)
{
	char error[TASKFILE_ERROR];
	struct taskfile *task;

	CHECK_EQ(taskfile_load("/nowhere/x.task", &task, error), -ENOENT);
	CHECK(strstr(error, "No such file"));
}

TEST(connections_take_less_than_the_place)
{
	struct taskfile *task = good(HEAD);

	CHECK_EQ(task->connect_timeout, 1000000000);
	taskfile_free(task);
	task = good(HEAD "start-timeout = 1s\n");
	CHECK_EQ(task->connect_timeout, 500000000);
	taskfile_free(task);
	task = good(HEAD "[environment]\nconnect-timeout = 29s\n");
	CHECK_EQ(task->connect_timeout, 29000000000);
	taskfile_free(task);
	bad_line("[environment]\nconnect-timeout = 30s", "connect-timeout",
		 "less than start-timeout, 30.00s");
}
