// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/daemon/trail.c -I../../agent/daemon -D_GNU_SOURCE
/* Where a path leads, and which folders decide that. */
#include "ktap.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trail.h"

static char root[] = "/tmp/sluice-trail-XXXXXX";
static char told[16][PATH_MAX];
static int told_count;

static void tell(const char *folder, const char *name, void *arg)
{
	(void)name;
	CHECK(arg == told && told_count < 16);
	snprintf(told[told_count++], PATH_MAX, "%s", folder);
}

static const char *at(const char *name)
{
	static char paths[4][PATH_MAX];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", root, name);
	return path;
}

static void folder(const char *name)
{
	CHECK(!mkdir(at(name), 0700));
}

static void file(const char *name)
{
	FILE *made = fopen(at(name), "w");

	CHECK(made);
	fclose(made);
}

static int walk(const char *name, const char *within, struct stat *st)
{
	told_count = 0;
	return trail_walk(at(name), within, tell, told, st);
}

/* Those below our root, in their order; "" for it. */
static void expect(const char *const *folders)
{
	int i;

	for (i = 0; folders[i]; i++) {
		CHECK(i < told_count);
		if (strcmp(told[i], *folders[i] ? at(folders[i]) : root))
			ktap_fail("%s instead of %s", told[i], folders[i]);
	}
	CHECK_EQ(told_count, i);
}

#define EXPECT(...) expect((const char *const []){ __VA_ARGS__, NULL })

static void same_file(const char *name, const struct stat *st)
{
	struct stat other;

	CHECK(!stat(at(name), &other));
	CHECK_EQ(other.st_ino, st->st_ino);
}

static void begin(void)
{
	CHECK(mkdtemp(root));
}

static void end(void)
{
	char command[PATH_MAX + 16];

	snprintf(command, sizeof(command), "rm -r '%s'", root);
	CHECK(!system(command));
	memcpy(root + strlen(root) - 6, "XXXXXX", 6);
}

TEST(plain_file_is_of_its_folder)
{
	struct stat st;

	begin();
	folder("a");
	file("a/f");
	CHECK_EQ(walk("a/f", NULL, &st), 0);
	EXPECT("a");
	same_file("a/f", &st);
	CHECK_EQ(walk("a//./b/../f", NULL, &st), -ENOENT);
	CHECK_EQ(walk("a/../a/./f", NULL, &st), 0);
	same_file("a/f", &st);
	end();
}

TEST(each_link_is_of_its_folder)
{
	struct stat st;

	begin();
	folder("a");
	folder("b");
	folder("c");
	file("c/f");
	/* Relative, absolute, and a folder in the middle. */
	CHECK(!symlink("../b/second", at("a/first")));
	CHECK(!symlink(at("way/f"), at("b/second")));
	CHECK(!symlink("c", at("way")));
	CHECK_EQ(walk("a/first", NULL, &st), 0);
	EXPECT("a", "b", "", "c");
	same_file("c/f", &st);
	end();
}

TEST(what_is_not_there_may_come)
{
	struct stat st;

	begin();
	folder("a");
	CHECK(!symlink("../b/f", at("a/link")));
	CHECK_EQ(walk("a/link", NULL, &st), -ENOENT);
	EXPECT("a", "");
	folder("b");
	CHECK_EQ(walk("a/link", NULL, &st), -ENOENT);
	EXPECT("a", "b");
	file("b/f");
	CHECK_EQ(walk("a/link", NULL, &st), 0);
	EXPECT("a", "b");
	end();
}

TEST(links_that_lead_nowhere_end)
{
	struct stat st;

	begin();
	CHECK(!symlink("b", at("a")));
	CHECK(!symlink("a", at("b")));
	CHECK_EQ(trail_walk(at("a"), NULL, NULL, NULL, &st), -ELOOP);
	end();
}

TEST(nothing_is_looked_at_outside)
{
	char within[PATH_MAX];
	struct stat st;

	begin();
	folder("dev");
	folder("dev/by-id");
	folder("device");
	file("dev/f");
	file("device/f");
	CHECK(!symlink("../f", at("dev/by-id/good")));
	CHECK(!symlink("../../device/f", at("dev/by-id/out")));
	CHECK(!symlink(at("dev/f"), at("dev/by-id/absolute")));
	snprintf(within, sizeof(within), "%s", at("dev"));
	CHECK_EQ(walk("dev/by-id/good", within, &st), 0);
	EXPECT("dev/by-id", "dev");
	same_file("dev/f", &st);
	CHECK_EQ(walk("dev/by-id/absolute", within, &st), 0);
	CHECK_EQ(walk("dev/by-id/out", within, &st), -EXDEV);
	CHECK_EQ(walk("device/f", within, &st), -EXDEV);
	end();
}

TEST(what_is_too_long_is_no_path)
{
	char path[PATH_MAX + 8];
	struct stat st;

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[PATH_MAX - 1] = '\0';
	CHECK(trail_walk(path, NULL, NULL, NULL, &st) < 0);
	CHECK_EQ(trail_walk("/", NULL, NULL, NULL, &st), -ENOENT);
}
