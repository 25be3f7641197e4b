// SPDX-License-Identifier: GPL-2.0-only
#include "order.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memfile.h"
#include "jot.h"

/* Of any machine. */
#define PAGE	65536

#define SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/*
 * Write
 */

static void put(FILE *file, const char *word)
{
	fwrite(word, strlen(word) + 1, 1, file);
}

static void put2(FILE *file, const char *key, const char *word)
{
	put(file, key);
	put(file, word);
}

static void put_plain_number(FILE *file, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	put(file, text);
}

static void put_number(FILE *file, const char *key, uint64_t number)
{
	put(file, key);
	put_plain_number(file, number);
}

static void put_mounts(FILE *file, const char *key,
		       const struct taskfile_mount *mounts, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		put2(file, key, mounts[i].source);
		put2(file, mounts[i].target, mounts[i].writable ? "rw" : "ro");
		put(file, mounts[i].recursive ? "recursive" : "");
	}
}

static void put_all(FILE *file, const struct taskfile *task)
{
	size_t i;

	put2(file, "name", task->name);
	put2(file, "kind", task->kind == SLUICE_KIND_SERVE ? "serve" : "exec");
	put2(file, "class", task->class);
	put2(file, "usr", task->usr ? "yes" : "no");
	put2(file, "processes", task->processes ? "yes" : "no");
	put_number(file, "filter", task->filter);
	put2(file, "filter-log", task->filter_log ? "yes" : "no");
	put2(file, "log", task->log ? "yes" : "no");
	put_number(file, "tmp", task->tmp_size);
	put_number(file, "file-size", task->file_size);
	put_number(file, "reuse", task->reuse);
	put_number(file, "writable", task->writable_size);
	put_number(file, "state", task->state_size);
	put_number(file, "connect-timeout", task->connect_timeout);
	put_number(file, "umask", task->umask);
	put2(file, "user", task->user);
	put2(file, "machine-id", task->machine_id);
	put2(file, "credentials", task->credentials);
	if (task->directory)
		put2(file, "directory", task->directory);
	for (i = 0; i < task->needs_count; i++) {
		put2(file, "need", task->needs[i].resource);
		put_plain_number(file, task->needs[i].amount);
	}
	for (i = 0; task->argv[i]; i++)
		put2(file, "word", task->argv[i]);
	for (i = 0; i < task->layers_count; i++) {
		put2(file, "layer", task->layers[i].source);
		put(file, task->layers[i].digest);
	}
	for (i = 0; i < task->variables_count; i++)
		put2(file, "variable", task->variables[i]);
	for (i = 0; i < task->environment_files_count; i++)
		put2(file, "environment-file", task->environment_files[i]);
	for (i = 0; i < task->sys_count; i++)
		put2(file, "sys", task->sys[i]);
	for (i = 0; i < task->secrets_count; i++)
		put2(file, "secret", task->secrets[i]);
	put_mounts(file, "data", task->data, task->data_count);
	put_mounts(file, "device", task->devices, task->devices_count);
	for (i = 0; i < task->sockets_count; i++) {
		put2(file, "socket", task->sockets[i].name);
		put(file, task->sockets[i].address);
		put(file, task->sockets[i].ids);
		put(file, task->sockets[i].moved ? "moved" : "");
	}
}

int order_write(const struct taskfile *task)
{
	int fd = memfile("order");
	int copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	FILE *file = copy < 0 ? NULL : fdopen(copy, "w");
	int ret = -errno;

	if (file) {
		put_all(file, task);
		ret = fclose(file) || fcntl(fd, F_ADD_SEALS, SEALS) ?
		      -errno : 0;
	} else if (copy >= 0) {
		close(copy);
	}
	if (!ret)
		return fd;
	if (fd >= 0)
		close(fd);
	return ret;
}

/*
 * Read
 */

bool order_number(const char *text, uint64_t *number)
{
	*number = 0;
	for (; *text >= '0' && *text <= '9'; text++)
		*number = 10 * *number + (uint64_t)(*text - '0');
	return !*text;
}

/* What is left; @bad: there was not enough of it, or too much of something. */
struct words {
	char	*at;
	char	*end;
	bool	bad;
};

static char *get(struct words *words)
{
	char *word = words->at;
	char *end = memchr(word, '\0', (size_t)(words->end - word));

	if (!end) {
		words->bad = true;
		return "";
	}
	words->at = end + 1;
	return word;
}

static uint64_t get_number(struct words *words)
{
	uint64_t number;

	words->bad |= !order_number(get(words), &number);
	return number;
}

/* What has no room is bad: who wrote it had the same. */
static void get_text(struct words *words, char *text, size_t size)
{
	struct jot jot = jot_in(text, size);

	jot_put(&jot, get(words));
	words->bad |= jot.full;
}

/* Of a list that has so many already: the place of the next. */
static size_t next_place(struct words *words, size_t *count)
{
	if (*count < TASKFILE_ITEMS)
		return (*count)++;
	words->bad = true;
	return 0;
}

static void get_mount(struct words *words, struct taskfile_mount *mounts,
		      size_t *count)
{
	struct taskfile_mount *mount = &mounts[next_place(words, count)];

	mount->source = get(words);
	mount->target = get(words);
	mount->writable = !strcmp(get(words), "rw");
	mount->recursive = *get(words);
}

static void get_socket(struct words *words, struct taskfile *task)
{
	struct taskfile_socket *socket =
		&task->sockets[next_place(words, &task->sockets_count)];

	get_text(words, socket->name, sizeof(socket->name));
	socket->address = get(words);
	socket->ids = get(words);
	socket->moved = *get(words);
}

static void get_need(struct words *words, struct taskfile *task)
{
	struct taskfile_need *need =
		&task->needs[next_place(words, &task->needs_count)];

	get_text(words, need->resource, sizeof(need->resource));
	need->amount = get_number(words);
}

static void get_layer(struct words *words, struct taskfile *task)
{
	struct taskfile_layer *layer =
		&task->layers[next_place(words, &task->layers_count)];

	layer->source = get(words);
	get_text(words, layer->digest, sizeof(layer->digest));
}

static void get_one(struct words *words, struct taskfile *task, size_t *argc)
{
	const char *key = get(words);

	if (!strcmp(key, "name"))
		get_text(words, task->name, sizeof(task->name));
	else if (!strcmp(key, "kind"))
		task->kind = strcmp(get(words), "serve") ? SLUICE_KIND_EXEC :
							   SLUICE_KIND_SERVE;
	else if (!strcmp(key, "class"))
		get_text(words, task->class, sizeof(task->class));
	else if (!strcmp(key, "usr"))
		task->usr = !strcmp(get(words), "yes");
	else if (!strcmp(key, "processes"))
		task->processes = !strcmp(get(words), "yes");
	else if (!strcmp(key, "filter"))
		task->filter = (uint32_t)get_number(words);
	else if (!strcmp(key, "filter-log"))
		task->filter_log = !strcmp(get(words), "yes");
	else if (!strcmp(key, "log"))
		task->log = !strcmp(get(words), "yes");
	else if (!strcmp(key, "tmp"))
		task->tmp_size = get_number(words);
	else if (!strcmp(key, "file-size"))
		task->file_size = get_number(words);
	else if (!strcmp(key, "reuse"))
		task->reuse = (uint32_t)get_number(words);
	else if (!strcmp(key, "writable"))
		task->writable_size = get_number(words);
	else if (!strcmp(key, "state"))
		task->state_size = get_number(words);
	else if (!strcmp(key, "connect-timeout"))
		task->connect_timeout = get_number(words);
	else if (!strcmp(key, "umask"))
		task->umask = (uint32_t)get_number(words);
	else if (!strcmp(key, "user"))
		get_text(words, task->user, sizeof(task->user));
	else if (!strcmp(key, "machine-id"))
		get_text(words, task->machine_id, sizeof(task->machine_id));
	else if (!strcmp(key, "credentials"))
		get_text(words, task->credentials, sizeof(task->credentials));
	else if (!strcmp(key, "directory"))
		task->directory = get(words);
	else if (!strcmp(key, "need"))
		get_need(words, task);
	else if (!strcmp(key, "word"))
		task->argv[next_place(words, argc)] = get(words);
	else if (!strcmp(key, "layer"))
		get_layer(words, task);
	else if (!strcmp(key, "variable"))
		task->variables[next_place(words, &task->variables_count)] =
			get(words);
	else if (!strcmp(key, "environment-file"))
		task->environment_files[next_place(words,
				&task->environment_files_count)] = get(words);
	else if (!strcmp(key, "secret"))
		task->secrets[next_place(words, &task->secrets_count)] =
			get(words);
	else if (!strcmp(key, "sys"))
		task->sys[next_place(words, &task->sys_count)] = get(words);
	else if (!strcmp(key, "data"))
		get_mount(words, task->data, &task->data_count);
	else if (!strcmp(key, "device"))
		get_mount(words, task->devices, &task->devices_count);
	else if (!strcmp(key, "socket"))
		get_socket(words, task);
	else
		words->bad = true;
}

int order_read(int fd, struct taskfile *task)
{
	/* Elsewhere it would take tables of pages of its own. */
	static char here[PAGE] __attribute__((aligned(PAGE)));
	struct words words = { 0 };
	size_t argc = 0;
	struct stat st;
	void *map;

	if (fstat(fd, &st))
		return -errno;
	if (!st.st_size)
		return -EBADMSG;
	map = (size_t)st.st_size > sizeof(here) ?
	      mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) :
	      mmap(here, (size_t)st.st_size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_FIXED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	words.at = map;
	words.end = words.at + st.st_size;
	while (!words.bad && words.at < words.end)
		get_one(&words, task, &argc);
	return words.bad || !argc || !*task->name ? -EBADMSG : 0;
}
