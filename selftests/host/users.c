// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/lib/users.c -I../../agent/lib -D_GNU_SOURCE
/* A task is one user of the gateway for good, and no two are the same. */
#include "ktap.h"
#include "users.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/sluice-users-XXXXXX", path[64];

static void begin(void)
{
	CHECK(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/users", folder);
}

static void finish(void)
{
	unlink(path);
	CHECK(!rmdir(folder));
}

static void file(const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static uint32_t of(struct users *users, const char *task)
{
	uint32_t user = 0;

	CHECK_EQ(users_of(users, task, &user), 0);
	return user;
}

TEST(a_task_is_the_same_user_for_good)
{
	struct users *users;
	uint32_t a, b;

	begin();
	CHECK_EQ(users_open(path, &users), 0);
	a = of(users, "a");
	b = of(users, "b");
	CHECK_EQ(a, USERS_FIRST);
	CHECK(a != b);
	CHECK_EQ(of(users, "a"), a);
	users_free(users);
	CHECK_EQ(users_open(path, &users), 0);
	CHECK_EQ(of(users, "b"), b);
	CHECK_EQ(of(users, "a"), a);
	CHECK(of(users, "c") != a && of(users, "c") != b);
	users_free(users);
	finish();
}

TEST(what_somebody_wrote_is_respected)
{
	struct users *users;

	begin();
	file("z 1879048292\n");
	CHECK_EQ(users_open(path, &users), 0);
	CHECK_EQ(of(users, "z"), 1879048292);
	CHECK_EQ(of(users, "a"), 1879048293);
	users_free(users);
	finish();
}

TEST(what_is_wrong_is_refused)
{
	static const char * const wrong[] = {
		"a\n", "a x\n", "a 1879048191\n", "a 2147352576\n", "a 1000\n",
		"a 1879048192", "a 1879048192 x\n", "A 1879048192\n",
		"a 1879048192\na 1879048193\n", "a 1879048192\nb 1879048192\n",
		"a-name-of-more-than-31-characters 1879048192\n", "\n",
	};
	struct users *users;
	size_t i;

	begin();
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		file(wrong[i]);
		if (users_open(path, &users) != -EBADMSG || users)
			ktap_fail("taken: '%s'", wrong[i]);
	}
	finish();
}

TEST(there_are_no_more)
{
	struct users *users;
	uint32_t user;

	begin();
	file("last 2147352575\n");
	CHECK_EQ(users_open(path, &users), 0);
	CHECK_EQ(users_of(users, "a", &user), -ENOSPC);
	CHECK_EQ(of(users, "last"), USERS_LAST);
	users_free(users);
	finish();
}

/* What is not on the disk nobody has. */
TEST(a_disk_that_is_full)
{
	const struct rlimit none = { 0, RLIM_INFINITY };
	struct rlimit all;
	struct users *users;
	uint32_t user = 0;

	begin();
	CHECK_EQ(users_open(path, &users), 0);
	signal(SIGXFSZ, SIG_IGN);
	CHECK(!getrlimit(RLIMIT_FSIZE, &all) && !setrlimit(RLIMIT_FSIZE, &none));
	CHECK_EQ(users_of(users, "a", &user), -EFBIG);
	CHECK(!setrlimit(RLIMIT_FSIZE, &all));
	CHECK_EQ(of(users, "b"), USERS_FIRST);
	CHECK(of(users, "a") != USERS_FIRST);
	users_free(users);
	finish();
}
