// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/lib/taskfile.c ../../agent/lib/canid.c ../../agent/lib/taskkeys.c ../../agent/lib/secret.c ../../agent/lib/inifile.c ../../agent/lib/near.c ../../agent/lib/units.c
// build: ../../agent/lib/taskconf.c ../../agent/lib/taskopen.c -I../../agent/lib -D_GNU_SOURCE -linih -Wl,--wrap=strdup,--wrap=calloc,--wrap=reallocarray
/*
 * Task files and configurations with bytes changed, taken out and doubled and
 * pieces copied, all at random, and memory that is short: never more than an error
 * that says which file.
 */
#include "files.h"
#include "ktap.h"
#include "random.h"
#include "taskfile.h"

#define MUTANT	1024
#define LONG	"and so it goes on; and on # for some time, and on ;for 100 characters, which are three times there. "

static const char text[] =
	"[task]\nkind = exec\ncommand = /bin/true\nclass = fair\n"
	"timeout = 5s\nquarantine = 3 5s\noverflow = block\n[needs]\nmemory = 1M\ncrane = 1\n[environment]\n"
	"data = /a /b ro\nsocket = a can:can0\nvariable = A=b\n"
	/* Longer than what libinih takes at once. */
	"variable = LONG=" LONG LONG LONG "\n";
static const char conf_text[] =
	"[budget]\nmemory = 256M\nmemory-reserve = 64M\ncpu = 1\n"
	"crane = 2\n[agent]\nuid-base = 100000\ncgroup = /sys/x\n";

/* Which allocation of the parser fails; 0: none. */
static unsigned int no_memory;

void *__real_calloc(size_t count, size_t size);
char *__real_strdup(const char *from);
void *__real_reallocarray(void *old, size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
char *__wrap_strdup(const char *from);
void *__wrap_reallocarray(void *old, size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	return no_memory && !--no_memory ? NULL : __real_calloc(count, size);
}

char *__wrap_strdup(const char *from)
{
	return no_memory && !--no_memory ? NULL : __real_strdup(from);
}

void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
	return no_memory && !--no_memory ? NULL :
	       __real_reallocarray(old, count, size);
}

static size_t change_byte(char *bytes, size_t len)
{
	size_t at = random_below(len);

	switch (random_below(4)) {
	case 0:
		bytes[at] = (char)random_bits();
		return len;
	case 1:
		bytes[at] = "\n\0=[]\" ;#:/%0"[random_below(13)];
		return len;
	case 2:
		memmove(bytes + at, bytes + at + 1, len - at - 1);
		return len - 1;
	default:
		memmove(bytes + at + 1, bytes + at, len - at);
		return len + 1;
	}
}

/* A piece of the text once more, at another place. */
static size_t copy_piece(char *bytes, size_t len)
{
	size_t from = random_below(len), to = random_below(len);
	size_t piece = random_below(len - from) + 1;
	char copy[MUTANT];

	if (len + piece > MUTANT - 8)
		return len;
	memcpy(copy, bytes + from, piece);
	memmove(bytes + to + piece, bytes + to, len - to);
	memcpy(bytes + to, copy, piece);
	return len + piece;
}

static size_t mutate(char *mutant, const char *from)
{
	size_t len = strlen(from);
	uint64_t i, changes = 1 + random_below(5);

	memcpy(mutant, from, len);
	for (i = 0; i < changes; i++)
		len = random_once(4) ? copy_piece(mutant, len) :
		      change_byte(mutant, len);
	return len;
}

static void check_error(int round, int ret, const char *error)
{
	if (!ret || (ret == -EINVAL && !strncmp(error, path, strlen(path)) &&
		     strlen(error) > strlen(path) + 2))
		return;
	gone();
	ktap_fail("round %d: %d and '%s'", round, ret, error);
}

TEST(garbage)
{
	char error[TASKFILE_ERROR], mutant[MUTANT];
	int round, ret, taken = 0;
	struct taskfile *task;
	struct taskconf conf;

	random_start();
	file("x.task", "", 0);
	for (round = 0; round < 10000; round++) {
		rewrite(mutant, mutate(mutant, text));
		*error = '\0';
		ret = taskfile_load(path, &task, error);
		check_error(round, ret, error);
		CHECK_EQ(!task, !!ret);
		taskfile_free(task);
		taken += !ret;
		rewrite(mutant, mutate(mutant, conf_text));
		*error = '\0';
		ret = taskconf_load(path, &conf, error);
		check_error(round, ret, error);
		taskconf_free(&conf);
	}
	gone();
	printf("# %d of %d were task files\n", taken, round);
	/* Neither all good nor all bad. */
	CHECK(taken > round / 50 && taken < round / 2);
}

/* Each allocation fails once: an error in words, and nothing is lost. */
TEST(allocations_that_fail)
{
	char error[TASKFILE_ERROR];
	struct taskfile *task;
	struct taskconf conf;
	unsigned int round;

	file("x.task", text, strlen(text));
	for (round = 1;; round++) {
		*error = '\0';
		no_memory = round;
		if (!taskfile_load(path, &task, error))
			break;
		CHECK(!task && *error);
	}
	/* As the one that does not fail any more came behind all. */
	CHECK(round > 10 && no_memory);
	taskfile_free(task);
	rewrite(conf_text, strlen(conf_text));
	for (round = 1;; round++) {
		*error = '\0';
		no_memory = round;
		if (!taskconf_load(path, &conf, error))
			break;
		CHECK(*error);
		taskconf_free(&conf);
	}
	CHECK(round > 5 && no_memory);
	taskconf_free(&conf);
	gone();
}
