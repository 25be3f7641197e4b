// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/cli/keep.c -I../../agent/cli -D_GNU_SOURCE
/* A task file is kept whole or not at all, and what was there before can be had back. */
#include "ktap.h"
#include "keep.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>

static char dir[] = "/tmp/sluice-keep-XXXXXX";

static void write_file(const char *name, const char *text)
{
	int fd = openat(AT_FDCWD, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void has(const char *name, const char *text)
{
	char got[64] = "";
	int fd = open(name, O_RDONLY);

	CHECK(fd >= 0 && read(fd, got, sizeof(got) - 1) >= 0);
	if (strcmp(got, text))
		ktap_fail("%s has '%s', not '%s'", name, got, text);
	close(fd);
}

/* An empty directory, tasks/, and a file beside it. */
static void start(void)
{
	CHECK(mkdtemp(dir) && !chdir(dir) && !mkdir("tasks", 0755));
	write_file("new", "new");
}

static int entries(void)
{
	DIR *tasks = opendir("tasks");
	int count = 0;

	CHECK(tasks);
	while (readdir(tasks))
		count++;
	closedir(tasks);
	return count - 2;
}

static void finish(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	CHECK(!chdir("/") && !system(command));
}

TEST(a_new_file)
{
	struct keep keep;
	struct stat info;

	start();
	CHECK_EQ(keep_file(&keep, "tasks", "new", "a.task"), 0);
	keep_end(&keep);
	has("tasks/a.task", "new");
	CHECK_EQ(entries(), 1);
	CHECK(!stat("tasks/a.task", &info) && (info.st_mode & 07777) == 0644);
	finish();
}

TEST(a_new_file_taken_back)
{
	struct keep keep;

	start();
	CHECK_EQ(keep_file(&keep, "tasks", "new", "a.task"), 0);
	has("tasks/a.task", "new");
	CHECK_EQ(keep_undo(&keep), 0);
	CHECK_EQ(entries(), 0);
	finish();
}

TEST(a_changed_file)
{
	struct keep keep;

	start();
	write_file("tasks/a.task", "old");
	CHECK_EQ(keep_file(&keep, "tasks", "new", "a.task"), 0);
	has("tasks/a.task", "new");
	keep_end(&keep);
	has("tasks/a.task", "new");
	CHECK_EQ(entries(), 1);
	finish();
}

/* The same file, not another with the same text: who watches it sees no change. */
TEST(a_changed_file_taken_back)
{
	struct stat before, after;
	struct keep keep;

	start();
	write_file("tasks/a.task", "old");
	CHECK(!stat("tasks/a.task", &before));
	CHECK_EQ(keep_file(&keep, "tasks", "new", "a.task"), 0);
	CHECK_EQ(keep_undo(&keep), 0);
	has("tasks/a.task", "old");
	CHECK(!stat("tasks/a.task", &after));
	CHECK(before.st_ino == after.st_ino &&
	      before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
	CHECK_EQ(entries(), 1);
	finish();
}

TEST(the_file_itself)
{
	struct keep keep;

	start();
	write_file("tasks/a.task", "own");
	CHECK_EQ(keep_file(&keep, "tasks", "tasks/a.task", "a.task"), 0);
	CHECK_EQ(keep_undo(&keep), 0);
	has("tasks/a.task", "own");
	CHECK_EQ(entries(), 1);
	finish();
}

/* By an editor, or another sluice task add: that one is not ours to take away. */
TEST(another_came_meanwhile)
{
	struct keep keep;

	start();
	write_file("tasks/a.task", "old");
	CHECK_EQ(keep_file(&keep, "tasks", "new", "a.task"), 0);
	write_file("other", "other");
	CHECK(!rename("other", "tasks/a.task"));
	CHECK_EQ(keep_undo(&keep), 0);
	has("tasks/a.task", "other");
	CHECK_EQ(entries(), 1);
	finish();
}

/* A limit stands for a full disk: what is written in part is not kept. */
TEST(no_room)
{
	struct rlimit limit = { 2, 2 };
	struct keep keep;

	start();
	write_file("tasks/a.task", "old");
	signal(SIGXFSZ, SIG_IGN);
	CHECK(!setrlimit(RLIMIT_FSIZE, &limit));
	CHECK_EQ(keep_file(&keep, "tasks", "new", "a.task"), -EFBIG);
	has("tasks/a.task", "old");
	CHECK_EQ(entries(), 1);
	CHECK_EQ(keep_file(&keep, "tasks", "new", "b.task"), -EFBIG);
	CHECK_EQ(entries(), 1);
	finish();
}

TEST(what_is_not_there)
{
	struct keep keep;

	start();
	CHECK_EQ(keep_file(&keep, "tasks", "nothing", "a.task"), -ENOENT);
	CHECK_EQ(keep_file(&keep, "nowhere", "new", "a.task"), -ENOENT);
	CHECK_EQ(keep_file(&keep, "new", "new", "a.task"), -ENOTDIR);
	CHECK_EQ(keep_file(&keep, "tasks", "tasks", "a.task"), -EISDIR);
	CHECK_EQ(entries(), 0);
	finish();
}

/* Something that cannot be put aside stays as it is. */
TEST(in_the_way)
{
	struct keep keep;

	start();
	CHECK(!mkdir("tasks/a.task", 0755));
	CHECK(keep_file(&keep, "tasks", "new", "a.task") < 0);
	CHECK_EQ(entries(), 1);
	finish();
}

TEST(removed)
{
	start();
	write_file("tasks/a.task", "old");
	CHECK_EQ(keep_remove("tasks", "a.task"), 0);
	CHECK_EQ(entries(), 0);
	CHECK_EQ(keep_remove("tasks", "a.task"), -ENOENT);
	CHECK_EQ(keep_remove("nowhere", "a.task"), -ENOENT);
	finish();
}

/* Nothing is left open, whatever comes of it. */
TEST(all_is_closed)
{
	int before = dup(0), after;
	struct keep keep;

	close(before);
	start();
	CHECK_EQ(keep_file(&keep, "tasks", "new", "a.task"), 0);
	keep_end(&keep);
	CHECK_EQ(keep_file(&keep, "tasks", "new", "a.task"), 0);
	CHECK_EQ(keep_undo(&keep), 0);
	CHECK(keep_file(&keep, "nowhere", "new", "a.task") < 0);
	CHECK(keep_file(&keep, "tasks", "tasks", "a.task") < 0);
	CHECK_EQ(keep_file(&keep, "tasks", "tasks/a.task", "a.task"), 0);
	keep_end(&keep);
	after = dup(0);
	CHECK_EQ(after, before);
	finish();
}
