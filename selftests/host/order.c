// SPDX-License-Identifier: GPL-2.0-only
// build: ../../agent/lib/order.c ../../agent/lib/memfile.c -I../../agent/lib -D_GNU_SOURCE
/* What the agent tells the first process is what that reads. */
#include "ktap.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "order.h"

/* Everything that a task may have, as many as it may have. */
static const struct taskfile *full(void)
{
	static struct taskfile task = {
		.name = "full", .kind = SLUICE_KIND_SERVE, .usr = true, .processes = true, .log = true,
		.filter_log = true,
		.tmp_size = 1ULL << 40, .file_size = 1ULL << 43,
		.reuse = TASKFILE_REUSE_NEVER, .state_size = 1ULL << 41,
		.writable_size = 1ULL << 42, .connect_timeout = 123456789012345ULL,
		.layers_count = TASKFILE_ITEMS, .data_count = TASKFILE_ITEMS,
		.devices_count = TASKFILE_ITEMS,
		.sockets_count = TASKFILE_ITEMS,
		.variables_count = TASKFILE_ITEMS,
		.environment_files_count = TASKFILE_ITEMS,
		.sys_count = TASKFILE_ITEMS, .needs_count = TASKFILE_ITEMS,
		.directory = "/a b", .umask = 0777, .user = "runner",
		.class = "deadline",
		.machine_id = "0123456789abcdef0123456789abcdef",
	};
	int i;

	for (i = 0; i < TASKFILE_ITEMS; i++) {
		task.argv[i] = i ? "a word; of \"two\nlines" : "/bin/true";
		task.layers[i] = (struct taskfile_layer){ "/a", "0123" };
		task.variables[i] = "A=";
		task.environment_files[i] = "/f";
		task.sys[i] = "/sys/g";
		task.needs[i] = (struct taskfile_need){ "h", UINT64_MAX };
		task.data[i] = (struct taskfile_mount){ "/b", "/c", i & 1, i & 2 };
		task.devices[i] = (struct taskfile_mount){ "/d", "/e", !(i & 1), false };
		snprintf(task.sockets[i].name, sizeof(task.sockets[i].name),
			 "s%d", i);
		task.sockets[i].address = "tcp:[::1]:1";
		task.sockets[i].ids = "123 456";
		task.sockets[i].moved = i % 2;
	}
	return &task;
}

static bool same_mounts(const struct taskfile_mount *a,
			const struct taskfile_mount *b, size_t count)
{
	while (count--)
		if (strcmp(a[count].source, b[count].source) ||
		    strcmp(a[count].target, b[count].target) ||
		    a[count].writable != b[count].writable ||
		    a[count].recursive != b[count].recursive)
			return false;
	return true;
}

TEST(what_is_written_is_read)
{
	const struct taskfile *task = full();
	int fd = order_write(task), i;
	static struct taskfile read;

	CHECK(fd >= 0);
	/* Twice, as more than one environment is made of it. */
	for (i = 0; i < 2; i++) {
		memset(&read, 0, sizeof(read));
		CHECK_EQ(order_read(fd, &read), 0);
	}
	CHECK(!strcmp(read.name, task->name) && read.kind == task->kind &&
	      read.usr && read.processes && read.log &&
	      read.filter_log && read.tmp_size == task->tmp_size &&
	      read.file_size == task->file_size && read.reuse == task->reuse &&
	      read.state_size == task->state_size &&
	      read.writable_size == task->writable_size &&
	      read.connect_timeout == task->connect_timeout &&
	      read.umask == 0777 && !strcmp(read.user, "runner") &&
	      !strcmp(read.class, "deadline") &&
	      !strcmp(read.directory, "/a b") &&
	      !strcmp(read.machine_id, task->machine_id));
	for (i = 0; i < TASKFILE_ITEMS; i++)
		CHECK(!strcmp(read.argv[i], task->argv[i]) &&
		      !strcmp(read.layers[i].source, "/a") &&
		      !strcmp(read.layers[i].digest, "0123") &&
		      !strcmp(read.variables[i], "A=") &&
		      !strcmp(read.environment_files[i], "/f") &&
		      !strcmp(read.sys[i], "/sys/g") &&
		      !strcmp(read.needs[i].resource, "h") &&
		      read.needs[i].amount == UINT64_MAX &&
		      !strcmp(read.sockets[i].name, task->sockets[i].name) &&
		      !strcmp(read.sockets[i].address, "tcp:[::1]:1") &&
		      !strcmp(read.sockets[i].ids, "123 456") &&
		      read.sockets[i].moved == (i % 2 != 0));
	CHECK(!read.argv[i]);
	CHECK(same_mounts(read.data, task->data, TASKFILE_ITEMS) &&
	      same_mounts(read.devices, task->devices, TASKFILE_ITEMS));
	CHECK(read.data_count == TASKFILE_ITEMS &&
	      read.devices_count == TASKFILE_ITEMS &&
	      read.layers_count == TASKFILE_ITEMS &&
	      read.sockets_count == TASKFILE_ITEMS &&
	      read.variables_count == TASKFILE_ITEMS &&
	      read.environment_files_count == TASKFILE_ITEMS &&
	      read.sys_count == TASKFILE_ITEMS &&
	      read.needs_count == TASKFILE_ITEMS);
	/* And nobody can change it on the way. */
	CHECK(write(fd, "x", 1) < 0 && ftruncate(fd, 0) < 0);
	close(fd);
}

static int read_text(const char *text, size_t len)
{
	static struct taskfile read;
	int fd = memfd_create("order", 0), ret;

	CHECK(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	memset(&read, 0, sizeof(read));
	ret = order_read(fd, &read);
	close(fd);
	return ret;
}

/* Of any size: what has no place in the memory that is there is elsewhere. */
TEST(a_large_one_is_read)
{
	static char text[3 << 20], word[2 << 20];
	static struct taskfile small;
	int fd = memfd_create("order", 0);
	size_t len = 0;

	CHECK(fd >= 0 && write(fd, "name\0a\0word\0/a", 15) == 15);
	CHECK_EQ(order_read(fd, &small), 0);
	close(fd);
	memset(word, 'x', sizeof(word) - 1);
	len += (size_t)sprintf(text + len, "name%ca%cword%c", 0, 0, 0);
	memcpy(text + len, word, sizeof(word));
	len += sizeof(word);
	CHECK_EQ(read_text(text, len), 0);
	CHECK_EQ(read_text(text, len - 1), -EBADMSG);
	/* That memory is as it was. */
	CHECK(!strcmp(small.argv[0], "/a"));
}

#define READ(text) read_text(text, sizeof(text) - 1)

TEST(what_is_wrong_is_refused)
{
	char many[TASKFILE_ITEMS * 8 + 64];
	size_t len = 0;
	int i;

	CHECK_EQ(READ("name\0a\0word\0/a\0"), 0);
	CHECK_EQ(READ(""), -EBADMSG);
	CHECK_EQ(READ("name\0a\0"), -EBADMSG);
	CHECK_EQ(READ("word\0/a\0"), -EBADMSG);
	CHECK_EQ(READ("name\0a\0word\0/a"), -EBADMSG);
	CHECK_EQ(READ("name\0a\0word\0/a\0nothing\0"), -EBADMSG);
	CHECK_EQ(READ("name\0a\0word\0/a\0data\0/a\0"), -EBADMSG);
	CHECK_EQ(READ("name\0a\0word\0/a\0tmp\0" "12k\0"), -EBADMSG);
	CHECK_EQ(READ("name\0a\0word\0/a\0tmp\0-1\0"), -EBADMSG);
	CHECK_EQ(READ("name\0a\0word\0/a\0class\0longer than any name of a class can ever be, for sure\0"),
		 -EBADMSG);
	memcpy(many, "name\0a\0", 7);
	for (len = 7, i = 0; i <= TASKFILE_ITEMS; i++, len += 7)
		memcpy(many + len, "word\0a", 7);
	CHECK_EQ(read_text(many, len), -EBADMSG);
	CHECK_EQ(read_text(many, len - 7), 0);
}
