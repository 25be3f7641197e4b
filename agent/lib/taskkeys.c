// SPDX-License-Identifier: GPL-2.0-only
#include "taskkeys.h"

#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "canid.h"
#include "secret.h"
#include "units.h"

static struct taskfile *task_of(struct inifile *file)
{
	return file->target;
}

static int add_string(struct inifile *file, char **list, size_t *count,
		      const char *value)
{
	if (*count == TASKFILE_ITEMS)
		return inifile_expect(file, "at most 32 of these");
	list[*count] = strdup(value);
	if (!list[*count])
		return -ENOMEM;
	(*count)++;
	return 0;
}

/*
 * [task]
 */

static int key_kind(struct inifile *file, const char *value)
{
	static const char * const words[] = { "exec", "serve", NULL };
	struct taskfile *task = task_of(file);
	uint32_t kind;
	int ret = inifile_choice(file, value, words, "exec or serve", &kind);

	if (ret)
		return ret;
	task->has_kind = true;
	task->kind = kind;
	return 0;
}

static unsigned int count_quotes(const char *text)
{
	unsigned int count = 0;

	for (; *text; text++)
		count += *text == '"';
	return count;
}

static int key_command(struct inifile *file, const char *value)
{
	char *copy = strdup(value), *cursor = copy, *next;
	char **argv = task_of(file)->argv;
	size_t count = 0;
	int ret = 0;

	if (!copy)
		return -ENOMEM;
	for (; argv[count]; count++) {
		free(argv[count]);
		argv[count] = NULL;
	}
	count = 0;
	if (count_quotes(value) % 2)
		ret = inifile_expect(file, "each \" to have a second one");
	while (!ret && (next = inifile_word(&cursor)))
		ret = add_string(file, argv, &count, next);
	if (!ret && (!count || *argv[0] != '/'))
		ret = inifile_expect(file,
				     "an absolute path inside the environment, and arguments");
	free(copy);
	return ret;
}

static int key_class(struct inifile *file, const char *value)
{
	static const char * const words[] = { "deadline", "priority", "fair",
					      "batch", NULL };
	struct taskfile *task = task_of(file);
	uint32_t which;
	int ret = inifile_choice(file, value, words,
				 "deadline, priority, fair or batch", &which);

	if (!ret)
		snprintf(task->class, sizeof(task->class), "%s", words[which]);
	return ret;
}

static int key_priority(struct inifile *file, const char *value)
{
	task_of(file)->priority_line = file->line;
	return inifile_number(file, value, 0, SLUICE_PRIORITY_MAX,
			      &task_of(file)->priority);
}

static int key_priority_max(struct inifile *file, const char *value)
{
	task_of(file)->priority_max_line = file->line;
	return inifile_number(file, value, 0, SLUICE_PRIORITY_MAX,
			      &task_of(file)->priority_max);
}

static int key_timeout(struct inifile *file, const char *value)
{
	return inifile_duration(file, value, &task_of(file)->timeout);
}

static int key_idle(struct inifile *file, const char *value)
{
	return inifile_duration(file, value, &task_of(file)->idle);
}

static int some_duration(struct inifile *file, const char *value, uint64_t *to)
{
	int ret = inifile_duration(file, value, to);

	if (ret || *to)
		return ret;
	return inifile_expect(file, "a duration of more than 0");
}

static int key_start_timeout(struct inifile *file, const char *value)
{
	return some_duration(file, value, &task_of(file)->start_timeout);
}

static int key_connect_timeout(struct inifile *file, const char *value)
{
	task_of(file)->connect_line = file->line;
	return some_duration(file, value, &task_of(file)->connect_timeout);
}

static int key_grace(struct inifile *file, const char *value)
{
	return inifile_duration(file, value, &task_of(file)->grace);
}

static int key_reuse(struct inifile *file, const char *value)
{
	/* In the order of enum taskfile_reuse. */
	static const char * const words[] = { "always", "after-success",
					      "never", NULL };

	task_of(file)->reuse_line = file->line;
	return inifile_choice(file, value, words,
			      "always, after-success or never",
			      &task_of(file)->reuse);
}

static int key_queue(struct inifile *file, const char *value)
{
	return inifile_number(file, value, 1, INIFILE_U32,
			      &task_of(file)->queue_max);
}

static int key_queue_bytes(struct inifile *file, const char *value)
{
	return inifile_size(file, value, UINT64_MAX,
			    &task_of(file)->queue_bytes);
}

static int key_input(struct inifile *file, const char *value)
{
	return inifile_size32(file, value, &task_of(file)->input_max);
}

static int key_output(struct inifile *file, const char *value)
{
	return inifile_size32(file, value, &task_of(file)->output_max);
}

static int key_environments(struct inifile *file, const char *value)
{
	task_of(file)->envs_max_line = file->line;
	return inifile_number(file, value, 1, 1024, &task_of(file)->envs_max);
}

static int key_weight(struct inifile *file, const char *value)
{
	return inifile_number(file, value, 1, SLUICE_WEIGHT_MAX,
			      &task_of(file)->weight);
}

static int key_runtime(struct inifile *file, const char *value)
{
	task_of(file)->runtime_line = file->line;
	return inifile_duration(file, value, &task_of(file)->runtime);
}

static int key_deadline(struct inifile *file, const char *value)
{
	task_of(file)->deadline_line = file->line;
	return inifile_duration(file, value, &task_of(file)->deadline);
}

static int key_patience(struct inifile *file, const char *value)
{
	task_of(file)->has_patience = true;
	return inifile_duration(file, value, &task_of(file)->patience);
}

static int key_concurrent(struct inifile *file, const char *value)
{
	return inifile_number(file, value, 0, INIFILE_U32,
			      &task_of(file)->running_max);
}

static int key_overflow(struct inifile *file, const char *value)
{
	/* In the order of enum sluice_overflow. */
	static const char * const words[] = { "refuse", "block", "drop-oldest",
					      NULL };

	return inifile_choice(file, value, words,
			      "refuse, block or drop-oldest",
			      &task_of(file)->overflow);
}

static int key_keys(struct inifile *file, const char *value)
{
	/* In the order of enum sluice_keys. */
	static const char * const words[] = { "user", "task", NULL };

	return inifile_choice(file, value, words, "user or task",
			      &task_of(file)->keys);
}

static int key_retries(struct inifile *file, const char *value)
{
	return inifile_number(file, value, 0, 1000, &task_of(file)->retries);
}

static int key_backoff(struct inifile *file, const char *value)
{
	return inifile_duration(file, value, &task_of(file)->backoff);
}

/* COUNT DURATION */
static int quarantine(struct inifile *file, char *text, uint32_t *after,
		      uint64_t *time)
{
	const char *count = inifile_word(&text), *word = inifile_word(&text);
	int ret;

	if (!count || !word || inifile_word(&text))
		return inifile_expect(file,
				      "COUNT DURATION like 10 30s, COUNT none, or none");
	ret = inifile_number(file, count, 1, INIFILE_U32, after);
	if (!ret)
		ret = inifile_duration(file, word, time);
	/* In the module 0 stands for without end, which nobody means by 0s. */
	if (!ret && !*time && strcmp(word, "none") != 0)
		ret = inifile_expect(file,
				     "a duration over 0, or none for until sluice task resume");
	return ret;
}

static int key_quarantine(struct inifile *file, const char *value)
{
	struct taskfile *task = task_of(file);
	char *copy;
	int ret;

	if (!strcmp(value, "none")) {
		task->quarantine_after = 0;
		task->quarantine = 0;
		return 0;
	}
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	ret = quarantine(file, copy, &task->quarantine_after,
			 &task->quarantine);
	free(copy);
	return ret;
}

/*
 * [needs] and [budget]: any key is a resource
 */

int taskkeys_amount(struct inifile *file, const char *value,
		    struct taskfile_need *need)
{
	size_t len = strlen(file->key);

	if (!len || len > SLUICE_NAME_MAX)
		return inifile_expect(file,
				      "a resource with a name of 1 to 31 characters");
	memcpy(need->resource, file->key, len + 1);
	if (!units_parse_amount(file->key, value, &need->amount))
		return 0;
	if (!strcmp(file->key, "memory"))
		return inifile_expect(file, "a size like 16M");
	if (!strcmp(file->key, "cpu"))
		return inifile_expect(file, "CPUs like 0.5, 1 or 200m");
	if (!strcmp(file->key, "disk") || !strcmp(file->key, "network"))
		return inifile_expect(file, "bytes a second, like 10M");
	return inifile_expect(file, "a whole number");
}

struct taskfile_need *taskkeys_find(struct taskfile_need *needs, size_t count,
				    const char *resource)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(needs[i].resource, resource))
			return &needs[i];
	return NULL;
}

static int key_need(struct inifile *file, const char *value)
{
	struct taskfile *task = task_of(file);
	struct taskfile_need need, *to;
	int ret;

	if (!strcmp(value, UNITS_UNLIMITED))
		return inifile_expect(file,
				      "how much it needs: only a budget may be unlimited");
	ret = taskkeys_amount(file, value, &need);
	if (ret)
		return ret;
	to = taskkeys_find(task->needs, task->needs_count, need.resource);
	if (!to && task->needs_count == TASKFILE_ITEMS)
		return inifile_expect(file, "at most 32 resources");
	if (!to)
		to = &task->needs[task->needs_count++];
	*to = need;
	return 0;
}

/*
 * [environment]
 */

/* Of a place to write, which is none when it is smaller. */
static int some_size(struct inifile *file, const char *value, uint64_t *to)
{
	int ret = inifile_size(file, value, UINT64_MAX >> 1, to);

	if (ret || *to >= 1 << 20)
		return ret;
	return inifile_expect(file, "a size of at least 1M");
}

#define SHA256	"sha256:"

/* @text: of the file behind it, changed so that the path alone is left. */
static int take_digest(struct inifile *file, char *text,
		       char digest[TASKFILE_DIGEST + 1])
{
	char *last = strrchr(text, ' ');
	const char *hex;

	*digest = '\0';
	if (!last || strncmp(last + 1, SHA256, strlen(SHA256)))
		return 0;
	hex = last + 1 + strlen(SHA256);
	if (strlen(hex) != TASKFILE_DIGEST ||
	    strspn(hex, "0123456789abcdef") != TASKFILE_DIGEST)
		return inifile_expect(file,
				      "sha256: and 64 digits of 0-9 and a-f, as sha256sum prints them");
	strcpy(digest, hex);
	while (last > text && last[-1] == ' ')
		last--;
	*last = '\0';
	return 0;
}

static int key_layer(struct inifile *file, const char *value)
{
	struct taskfile *task = task_of(file);
	struct taskfile_layer *layer = &task->layers[task->layers_count];
	char *copy;
	int ret;

	if (task->layers_count == TASKFILE_ITEMS)
		return inifile_expect(file, "at most 32 of these");
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	ret = take_digest(file, copy, layer->digest);
	if (!ret)
		ret = inifile_path(file, copy);
	if (ret) {
		free(copy);
		return ret;
	}
	layer->source = copy;
	task->layers_count++;
	return 0;
}

static int key_writable(struct inifile *file, const char *value)
{
	return some_size(file, value, &task_of(file)->writable_size);
}

static int key_state(struct inifile *file, const char *value)
{
	return some_size(file, value, &task_of(file)->state_size);
}

static int key_usr(struct inifile *file, const char *value)
{
	return inifile_yes_no(file, value, &task_of(file)->usr);
}

static int key_proc(struct inifile *file, const char *value)
{
	static const char * const words[] = { "machine", "processes", NULL };
	uint32_t which;
	int ret = inifile_choice(file, value, words, "machine or processes", &which);

	if (!ret)
		task_of(file)->processes = which;
	return ret;
}

static int key_filter(struct inifile *file, const char *value)
{
	/* In the order of enum syscalls_from. */
	static const char * const words[] = { "strict", "default", "wide", NULL };

	return inifile_choice(file, value, words, "strict, default or wide",
			      &task_of(file)->filter);
}

static int key_filter_log(struct inifile *file, const char *value)
{
	return inifile_yes_no(file, value, &task_of(file)->filter_log);
}

static int key_log(struct inifile *file, const char *value)
{
	return inifile_yes_no(file, value, &task_of(file)->log);
}

static int mode(struct inifile *file, const char *text, bool *writable)
{
	*writable = text && !strcmp(text, "rw");
	if (!text || *writable || !strcmp(text, "ro"))
		return 0;
	return inifile_expect(file, "ro or rw at the end");
}

static int add_mount(struct inifile *file, struct taskfile_mount *list,
		     size_t *count, const char *source, const char *target,
		     const char *how)
{
	struct taskfile_mount *mount = &list[*count];
	int ret;

	if (*count == TASKFILE_ITEMS)
		return inifile_expect(file, "at most 32 of these");
	ret = inifile_path(file, source);
	if (!ret)
		ret = inifile_path(file, target);
	if (!ret)
		ret = mode(file, how, &mount->writable);
	if (ret)
		return ret;
	mount->source = strdup(source);
	mount->target = strdup(target);
	(*count)++;
	return mount->source && mount->target ? 0 : -ENOMEM;
}

static int key_data(struct inifile *file, const char *value)
{
	char *copy = strdup(value), *cursor = copy;
	char *source, *target, *how, *recursive;
	struct taskfile *task = task_of(file);
	int ret;

	if (!copy)
		return -ENOMEM;
	source = inifile_word(&cursor);
	target = inifile_word(&cursor);
	how = inifile_word(&cursor);
	recursive = inifile_word(&cursor);
	if (!source || !target || inifile_word(&cursor) ||
	    (recursive && strcmp(recursive, "recursive")))
		ret = inifile_expect(file, "SOURCE TARGET ro|rw [recursive]");
	else
		ret = add_mount(file, task->data, &task->data_count, source,
				target, how);
	if (!ret)
		task->data[task->data_count - 1].recursive = recursive;
	free(copy);
	return ret;
}

static int key_device(struct inifile *file, const char *value)
{
	char *copy = strdup(value), *cursor = copy, *path, *how;
	int ret;

	if (!copy)
		return -ENOMEM;
	path = inifile_word(&cursor);
	how = inifile_word(&cursor);
	if (!path || inifile_word(&cursor) || strncmp(path, "/dev/", 5))
		ret = inifile_expect(file, "/dev/PATH ro|rw");
	else
		ret = add_mount(file, task_of(file)->devices,
				&task_of(file)->devices_count, path, path, how);
	free(copy);
	return ret;
}

static bool socket_kind(const char *address)
{
	static const char * const kinds[] = { "can:", "tcp:", "udp:", "unix:" };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strncmp(address, kinds[i], strlen(kinds[i])) &&
		    address[strlen(kinds[i])])
			return true;
	return false;
}

/* It becomes part of the name of a variable. */
static bool socket_name(const char *name)
{
	size_t i;

	for (i = 0; name[i]; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '-' &&
		    name[i] != '_')
			return false;
	return i && i <= SLUICE_NAME_MAX;
}

#define EXPECT_SOCKET	"NAME and can:IFACE [moved | id=ID[/MASK] ...], tcp:IP:PORT, udp:IP:PORT or unix:PATH"

/* No frame may have two ways: it would come twice. */
static bool overlaps(const struct taskfile *task, const char *address,
		     const char *ids, const struct can_filter *with)
{
	char copy[CANID_MAX * 20], *at = copy, *word;
	struct can_filter other;
	size_t i;

	snprintf(copy, sizeof(copy), "%s", ids);
	while ((word = strsep(&at, " ")))
		if (canid_read(word, &other) && canid_overlap(&other, with))
			return true;
	for (i = 0; address && i < task->sockets_count; i++)
		if (!strcmp(task->sockets[i].address, address) &&
		    overlaps(task, NULL, task->sockets[i].ids, with))
			return true;
	return false;
}

static int read_ids(struct inifile *file, const char *address, char **cursor,
		    char ids[CANID_MAX * 20])
{
	struct can_filter filter;
	int count = 0;
	char *word;

	ids[0] = '\0';
	while ((word = inifile_word(cursor))) {
		if (strncmp(address, "can:", 4) || strncmp(word, "id=", 3))
			return inifile_expect(file, EXPECT_SOCKET);
		if (!canid_read(word + 3, &filter))
			return inifile_expect(file,
					      "id=ID or id=ID/MASK, each of 3 hexadecimal digits (to 7ff), or each of 8 (to 1fffffff)");
		if (count++ == CANID_MAX)
			return inifile_expect(file, "at most 16 ids");
		if (overlaps(task_of(file), address, ids, &filter))
			return inifile_expect(file,
					      "ids of one interface that have no frame in common");
		sprintf(ids + strlen(ids), "%s%s", *ids ? " " : "", word + 3);
	}
	return 0;
}

/* An interface is in one place. */
static int check_moved(struct inifile *file, const char *address, bool moved)
{
	const struct taskfile *task = task_of(file);
	size_t i;

	if (moved && (strncmp(address, "can:", 4) ||
		      strlen(address) - 4 >= IFNAMSIZ || strchr(address, '/')))
		return inifile_expect(file, "moved of can:IFACE alone, a name of at most 15 characters");
	for (i = 0; i < task->sockets_count; i++)
		if (!strcmp(task->sockets[i].address, address) &&
		    (moved || task->sockets[i].moved))
			return inifile_expect(file, "one socket of an interface that is moved: programs can open more");
	return 0;
}

static int add_socket(struct taskfile *task, const char *name,
		      const char *address, const char *ids, bool moved)
{
	struct taskfile_socket *socket = &task->sockets[task->sockets_count];

	snprintf(socket->name, sizeof(socket->name), "%s", name);
	socket->address = strdup(address);
	socket->ids = strdup(ids);
	socket->moved = moved;
	if (!socket->address || !socket->ids) {
		free(socket->address);
		free(socket->ids);
		return -ENOMEM;
	}
	task->sockets_count++;
	return 0;
}

static int read_how(struct inifile *file, const char *address, char *cursor,
		    char ids[CANID_MAX * 20], bool *moved)
{
	*moved = cursor && !strcmp(cursor + strspn(cursor, " \t"), "moved");
	if (!*moved)
		return read_ids(file, address, &cursor, ids) ||
		       check_moved(file, address, false) ? -EINVAL : 0;
	task_of(file)->moved_line = file->line;
	return check_moved(file, address, true);
}

static int key_socket(struct inifile *file, const char *value)
{
	char *copy = strdup(value), *cursor = copy, *name, *address;
	struct taskfile *task = task_of(file);
	char ids[CANID_MAX * 20] = "";
	bool moved = false;
	int ret;

	if (!copy)
		return -ENOMEM;
	name = inifile_word(&cursor);
	address = inifile_word(&cursor);
	if (!name || !address || !socket_kind(address) || !socket_name(name))
		ret = inifile_expect(file, EXPECT_SOCKET);
	else
		ret = read_how(file, address, cursor, ids, &moved);
	if (!ret && task->sockets_count == TASKFILE_ITEMS)
		ret = inifile_expect(file, "at most 32 of these");
	if (!ret)
		ret = add_socket(task, name, address, ids, moved);
	free(copy);
	return ret;
}

static int key_variable(struct inifile *file, const char *value)
{
	const char *equals = strchr(value, '=');

	if (!equals || equals == value)
		return inifile_expect(file, "NAME=value");
	return add_string(file, task_of(file)->variables,
			  &task_of(file)->variables_count, value);
}

static int key_environment_file(struct inifile *file, const char *value)
{
	int ret = inifile_path(file, value);

	return ret ? ret : add_string(file, task_of(file)->environment_files,
				      &task_of(file)->environment_files_count,
				      value);
}

static int key_sys(struct inifile *file, const char *value)
{
	int ret = inifile_path(file, value);

	if (!ret && strncmp(value, "/sys/", 5))
		ret = inifile_expect(file, "/sys/PATH");
	return ret ? ret : add_string(file, task_of(file)->sys,
				      &task_of(file)->sys_count, value);
}

static int key_secret(struct inifile *file, const char *value)
{
	if (!secret_is_name(value))
		return inifile_expect(file,
				      "a name of letters, digits, _, - and ., at most 64, not first a dot");
	return add_string(file, task_of(file)->secrets,
			  &task_of(file)->secrets_count, value);
}

static int key_directory(struct inifile *file, const char *value)
{
	struct taskfile *task = task_of(file);
	int ret = inifile_path(file, value);

	if (ret)
		return ret;
	free(task->directory);
	task->directory = strdup(value);
	return task->directory ? 0 : -ENOMEM;
}

static int key_umask(struct inifile *file, const char *value)
{
	size_t len = strlen(value);

	if (!len || len > 4 || strspn(value, "01234567") != len ||
	    strtoul(value, NULL, 8) > 0777)
		return inifile_expect(file, "an octal number from 0 to 0777");
	task_of(file)->umask = (uint32_t)strtoul(value, NULL, 8);
	return 0;
}

/* As useradd takes them. */
static int key_user(struct inifile *file, const char *value)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_0123456789-";
	size_t len = strlen(value);

	if (!len || len > SLUICE_NAME_MAX || strspn(value, letters) != len ||
	    strchr("0123456789-", *value) || !strcmp(value, "root") ||
	    !strcmp(value, "nobody"))
		return inifile_expect(file,
				      "a name of a-z, 0-9, _ and -, at most 31, other than root and nobody");
	snprintf(task_of(file)->user, sizeof(task_of(file)->user), "%s", value);
	return 0;
}

/* More would be none at all for the kernel, which counts pages. */
static int key_tmp(struct inifile *file, const char *value)
{
	return inifile_size(file, value, UINT64_MAX >> 1,
			    &task_of(file)->tmp_size);
}

static int key_file_size(struct inifile *file, const char *value)
{
	uint64_t size = 0;
	int ret = 0;

	task_of(file)->file_size_line = file->line;
	if (strcmp(value, "none") != 0) {
		ret = inifile_size(file, value, UINT64_MAX >> 1, &size);
		if (!ret && size < 4096)
			ret = inifile_expect(file,
					     "a size of at least 4K, or none");
	}
	if (!ret)
		task_of(file)->file_size = size;
	return ret;
}

#define IO_EXPECTED "rbps=SIZE, wbps=SIZE, riops=COUNT, wiops=COUNT or weight=1 to 10000"

/* NAME=VALUE, as io.max has it. */
static int io_word(struct inifile *file, char *word, struct taskfile_io *io)
{
	const struct {
		const char *name;
		uint64_t *to;
		uint64_t max;
	} kinds[] = {
		{ "rbps", &io->rbps, UINT64_MAX >> 1 },
		{ "wbps", &io->wbps, UINT64_MAX >> 1 },
		{ "riops", &io->riops, UINT32_MAX },
		{ "wiops", &io->wiops, UINT32_MAX },
		{ "weight", &io->weight, 10000 },
	};
	char *value = strchr(word, '=');
	size_t i;

	if (!value)
		return inifile_expect(file, IO_EXPECTED);
	*value++ = '\0';
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, word))
			return units_parse_size(value, kinds[i].to) ||
			       !*kinds[i].to || *kinds[i].to > kinds[i].max ?
			       inifile_expect(file, IO_EXPECTED) : 0;
	return inifile_expect(file, IO_EXPECTED);
}

static int key_io(struct inifile *file, const char *value)
{
	char *copy = strdup(value), *cursor = copy, *word;
	struct taskfile_io io = { 0 };
	int ret = 0;

	if (!copy)
		return -ENOMEM;
	word = inifile_word(&cursor);
	if (!word)
		ret = inifile_expect(file, IO_EXPECTED);
	for (; word && !ret; word = inifile_word(&cursor))
		ret = io_word(file, word, &io);
	free(copy);
	task_of(file)->io = io;
	return ret;
}

static const struct inifile_key keys[] = {
	{ "task", "kind", key_kind },
	{ "task", "command", key_command },
	{ "task", "class", key_class },
	{ "task", "priority", key_priority },
	{ "task", "priority-max", key_priority_max },
	{ "task", "weight", key_weight },
	{ "task", "runtime", key_runtime },
	{ "task", "deadline", key_deadline },
	{ "task", "patience", key_patience },
	{ "task", "timeout", key_timeout },
	{ "task", "start-timeout", key_start_timeout },
	{ "task", "grace", key_grace },
	{ "task", "idle", key_idle },
	{ "task", "reuse", key_reuse },
	{ "task", "queue", key_queue },
	{ "task", "queue-bytes", key_queue_bytes },
	{ "task", "overflow", key_overflow },
	{ "task", "keys", key_keys },
	{ "task", "input", key_input },
	{ "task", "output", key_output },
	{ "task", "environments", key_environments },
	{ "task", "concurrent", key_concurrent },
	{ "task", "retries", key_retries },
	{ "task", "backoff", key_backoff },
	{ "task", "quarantine", key_quarantine },
	{ "needs", NULL, key_need },
	{ "environment", "layer", key_layer },
	{ "environment", "usr", key_usr },
	{ "environment", "log", key_log },
	{ "environment", "proc", key_proc },
	{ "environment", "filter", key_filter },
	{ "environment", "filter-log", key_filter_log },
	{ "environment", "data", key_data },
	{ "environment", "device", key_device },
	{ "environment", "socket", key_socket },
	{ "environment", "connect-timeout", key_connect_timeout },
	{ "environment", "variable", key_variable },
	{ "environment", "environment-file", key_environment_file },
	{ "environment", "tmp", key_tmp },
	{ "environment", "file-size", key_file_size },
	{ "environment", "io", key_io },
	{ "environment", "writable", key_writable },
	{ "environment", "state", key_state },
	{ "environment", "sys", key_sys },
	{ "environment", "secret", key_secret },
	{ "environment", "directory", key_directory },
	{ "environment", "umask", key_umask },
	{ "environment", "user", key_user },
	{ NULL, NULL, NULL },
};

const struct inifile_grammar taskkeys_grammar = {
	.keys = keys,
	.sections = "[task], [needs] and [environment]",
};
