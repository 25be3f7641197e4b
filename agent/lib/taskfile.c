// SPDX-License-Identifier: GPL-2.0-only
#include "taskfile.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

/* Largest value that makes sense of a 32-bit field. */
#define U32_LIMIT	0xffffffffULL

/* What the handler of one key gets: fills @expected when it does not like it. */
struct parse {
	const char *path;
	struct taskfile *task;
	struct taskconf *conf;
	char	*error;
	bool	failed;
	int	line;
	const struct source *source;
	char	section[SLUICE_NAME_SIZE];
	char	key[64];
	char	expected[256];
};

/* Stands for a semicolon while libinih looks at a line, see read_line(). */
#define SEMICOLON	'\x01'

/* The file behind libinih, and what it must not see. */
struct source {
	FILE	*file;
	char	*text;
	size_t	size;
	int	line;
	const char *wrong;
};

typedef int (*key_fn)(struct parse *parse, const char *value);

struct key {
	const char *section;
	const char *name;
	key_fn	parse;
};

static int expect(struct parse *parse, const char *text)
{
	snprintf(parse->expected, sizeof(parse->expected), "expected %s", text);
	return -EINVAL;
}

/* The next word, blanks kept inside "quotes"; NULL at the end. */
static char *word(char **cursor)
{
	char *start = *cursor, *to;
	bool quoted = false;

	while (isblank((unsigned char)*start))
		start++;
	if (!*start)
		return NULL;
	for (to = start, *cursor = start; **cursor; (*cursor)++) {
		if (**cursor == '"')
			quoted = !quoted;
		else if (isblank((unsigned char)**cursor) && !quoted)
			break;
		else
			*to++ = **cursor;
	}
	if (**cursor)
		(*cursor)++;
	*to = '\0';
	return start;
}

static int number(struct parse *parse, const char *value, uint64_t min,
		  uint64_t max, uint32_t *to)
{
	char text[96];
	uint64_t n;

	if (!units_parse_count(value, &n) && n >= min && n <= max) {
		*to = (uint32_t)n;
		return 0;
	}
	snprintf(text, sizeof(text), "a whole number from %llu to %llu",
		 (unsigned long long)min, (unsigned long long)max);
	return expect(parse, text);
}

static int size(struct parse *parse, const char *value, uint64_t max,
		uint64_t *to)
{
	if (!units_parse_size(value, to) && *to <= max)
		return 0;
	return expect(parse, "a size like 4096, 64K, 16M or 1G");
}

static int duration(struct parse *parse, const char *value, uint64_t *to)
{
	if (!units_parse_duration(value, to) && *to < 1ULL << 61)
		return 0;
	return expect(parse,
		      "a duration like 200ms, 30s, 5m or 1h, or none");
}

static int yes_no(struct parse *parse, const char *value, bool *to)
{
	*to = !strcmp(value, "yes");
	if (*to || !strcmp(value, "no"))
		return 0;
	return expect(parse, "yes or no");
}

static int add_string(struct parse *parse, char **list, size_t *count,
		      const char *value)
{
	if (*count == TASKFILE_ITEMS)
		return expect(parse, "at most 32 of these");
	list[*count] = strdup(value);
	if (!list[*count])
		return -ENOMEM;
	(*count)++;
	return 0;
}

/*
 * [task]
 */

static int key_kind(struct parse *parse, const char *value)
{
	parse->task->has_kind = true;
	parse->task->kind = SLUICE_KIND_EXEC;
	if (!strcmp(value, "exec"))
		return 0;
	parse->task->kind = SLUICE_KIND_SERVE;
	if (!strcmp(value, "serve"))
		return 0;
	return expect(parse, "exec or serve");
}

static unsigned int count_quotes(const char *text)
{
	unsigned int count = 0;

	for (; *text; text++)
		count += *text == '"';
	return count;
}

static int key_command(struct parse *parse, const char *value)
{
	char *copy = strdup(value), *cursor = copy, *next;
	size_t count = 0;
	int ret = 0;

	if (!copy)
		return -ENOMEM;
	for (; parse->task->argv[count]; count++) {
		free(parse->task->argv[count]);
		parse->task->argv[count] = NULL;
	}
	count = 0;
	if (count_quotes(value) % 2)
		ret = expect(parse, "each \" to have a second one");
	while (!ret && (next = word(&cursor)))
		ret = add_string(parse, parse->task->argv, &count, next);
	if (!ret && (!count || *parse->task->argv[0] != '/'))
		ret = expect(parse,
			     "an absolute path inside the environment, and arguments");
	free(copy);
	return ret;
}

static int key_class(struct parse *parse, const char *value)
{
	if (!*value || strlen(value) > SLUICE_NAME_MAX)
		return expect(parse, "a scheduling class: priority");
	snprintf(parse->task->class, sizeof(parse->task->class), "%s", value);
	return 0;
}

static int key_priority(struct parse *parse, const char *value)
{
	return number(parse, value, 0, SLUICE_PRIORITY_MAX,
		      &parse->task->priority);
}

static int key_timeout(struct parse *parse, const char *value)
{
	return duration(parse, value, &parse->task->timeout);
}

static int key_idle(struct parse *parse, const char *value)
{
	return duration(parse, value, &parse->task->idle);
}

static int key_queue(struct parse *parse, const char *value)
{
	return number(parse, value, 1, U32_LIMIT, &parse->task->queue_max);
}

static int key_queue_bytes(struct parse *parse, const char *value)
{
	return size(parse, value, UINT64_MAX, &parse->task->queue_bytes);
}

static int size32(struct parse *parse, const char *value, uint32_t *to)
{
	uint64_t bytes;
	int ret = size(parse, value, U32_LIMIT, &bytes);

	if (!ret)
		*to = (uint32_t)bytes;
	return ret;
}

static int key_input(struct parse *parse, const char *value)
{
	return size32(parse, value, &parse->task->input_max);
}

static int key_output(struct parse *parse, const char *value)
{
	return size32(parse, value, &parse->task->output_max);
}

static int key_environments(struct parse *parse, const char *value)
{
	return number(parse, value, 1, 1024, &parse->task->envs_max);
}

/*
 * [needs] and [budget]: any key is a resource
 */

static int set_need(struct parse *parse, struct taskfile_need *needs,
		    size_t *count, const char *value)
{
	struct taskfile_need *need;
	uint64_t amount;
	size_t i;

	if (!*parse->key || strlen(parse->key) > SLUICE_NAME_MAX)
		return expect(parse, "a resource with a name of 1 to 31 characters");
	if (units_parse_amount(parse->key, value, &amount)) {
		if (!strcmp(parse->key, "memory"))
			return expect(parse, "a size like 16M");
		if (!strcmp(parse->key, "cpu"))
			return expect(parse, "CPUs like 0.5, 1 or 200m");
		return expect(parse, "a whole number");
	}
	for (i = 0; i < *count && strcmp(needs[i].resource, parse->key); i++)
		;
	if (i == TASKFILE_ITEMS)
		return expect(parse, "at most 32 resources");
	need = &needs[i];
	memcpy(need->resource, parse->key, strlen(parse->key) + 1);
	need->amount = amount;
	if (i == *count)
		(*count)++;
	return 0;
}

/*
 * [environment]
 */

static int absolute(struct parse *parse, const char *path)
{
	size_t len = strlen(path);

	if (*path != '/' || strstr(path, "/../") || len >= PATH_MAX ||
	    (len >= 3 && !strcmp(path + len - 3, "/..")))
		return expect(parse, "an absolute path without ..");
	return 0;
}

static int key_layer(struct parse *parse, const char *value)
{
	int ret = absolute(parse, value);

	/* These have a meaning in the options of an overlay. */
	if (!ret && strpbrk(value, ":,\\"))
		return expect(parse, "a directory without : , or \\ in its name");
	return ret ? ret : add_string(parse, parse->task->layers,
				      &parse->task->layers_count, value);
}

static int key_usr(struct parse *parse, const char *value)
{
	return yes_no(parse, value, &parse->task->usr);
}

static int mode(struct parse *parse, const char *text, bool *writable)
{
	*writable = text && !strcmp(text, "rw");
	if (!text || *writable || !strcmp(text, "ro"))
		return 0;
	return expect(parse, "ro or rw at the end");
}

static int add_mount(struct parse *parse, struct taskfile_mount *list,
		     size_t *count, const char *source, const char *target,
		     const char *how)
{
	struct taskfile_mount *mount = &list[*count];
	int ret;

	if (*count == TASKFILE_ITEMS)
		return expect(parse, "at most 32 of these");
	ret = absolute(parse, source);
	if (!ret)
		ret = absolute(parse, target);
	if (!ret)
		ret = mode(parse, how, &mount->writable);
	if (ret)
		return ret;
	mount->source = strdup(source);
	mount->target = strdup(target);
	(*count)++;
	return mount->source && mount->target ? 0 : -ENOMEM;
}

static int key_data(struct parse *parse, const char *value)
{
	char *copy = strdup(value), *cursor = copy, *source, *target, *how;
	int ret;

	if (!copy)
		return -ENOMEM;
	source = word(&cursor);
	target = word(&cursor);
	how = word(&cursor);
	if (!source || !target || word(&cursor))
		ret = expect(parse, "SOURCE TARGET ro|rw");
	else
		ret = add_mount(parse, parse->task->data,
				&parse->task->data_count, source, target, how);
	free(copy);
	return ret;
}

static int key_device(struct parse *parse, const char *value)
{
	char *copy = strdup(value), *cursor = copy, *path, *how;
	int ret;

	if (!copy)
		return -ENOMEM;
	path = word(&cursor);
	how = word(&cursor);
	if (!path || word(&cursor) || strncmp(path, "/dev/", 5))
		ret = expect(parse, "/dev/PATH ro|rw");
	else
		ret = add_mount(parse, parse->task->devices,
				&parse->task->devices_count, path, path, how);
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

static int key_socket(struct parse *parse, const char *value)
{
	char *copy = strdup(value), *cursor = copy, *name, *address;
	struct taskfile_socket *socket;
	int ret = 0;

	if (!copy)
		return -ENOMEM;
	name = word(&cursor);
	address = word(&cursor);
	if (!name || !address || word(&cursor) || !socket_kind(address) ||
	    !socket_name(name)) {
		ret = expect(parse,
			     "NAME and can:IFACE, tcp:IP:PORT, udp:IP:PORT or unix:PATH");
	} else if (parse->task->sockets_count == TASKFILE_ITEMS) {
		ret = expect(parse, "at most 32 of these");
	} else {
		socket = &parse->task->sockets[parse->task->sockets_count];
		snprintf(socket->name, sizeof(socket->name), "%s", name);
		socket->address = strdup(address);
		if (socket->address)
			parse->task->sockets_count++;
		else
			ret = -ENOMEM;
	}
	free(copy);
	return ret;
}

static int key_variable(struct parse *parse, const char *value)
{
	const char *equals = strchr(value, '=');

	if (!equals || equals == value)
		return expect(parse, "NAME=value");
	return add_string(parse, parse->task->variables,
			  &parse->task->variables_count, value);
}

static int key_tmp(struct parse *parse, const char *value)
{
	return size(parse, value, UINT64_MAX, &parse->task->tmp_size);
}

static const struct key task_keys[] = {
	{ "task", "kind", key_kind },
	{ "task", "command", key_command },
	{ "task", "class", key_class },
	{ "task", "priority", key_priority },
	{ "task", "timeout", key_timeout },
	{ "task", "idle", key_idle },
	{ "task", "queue", key_queue },
	{ "task", "queue-bytes", key_queue_bytes },
	{ "task", "input", key_input },
	{ "task", "output", key_output },
	{ "task", "environments", key_environments },
	{ "environment", "layer", key_layer },
	{ "environment", "usr", key_usr },
	{ "environment", "data", key_data },
	{ "environment", "device", key_device },
	{ "environment", "socket", key_socket },
	{ "environment", "variable", key_variable },
	{ "environment", "tmp", key_tmp },
	{ NULL, NULL, NULL },
};

/*
 * sluice.conf
 */

static int key_uid_base(struct parse *parse, const char *value)
{
	return number(parse, value, 1, 0x7fffffff, &parse->conf->uid_base);
}

static int key_cgroup(struct parse *parse, const char *value)
{
	int ret = absolute(parse, value);

	if (ret)
		return ret;
	free(parse->conf->cgroup);
	parse->conf->cgroup = strdup(value);
	return parse->conf->cgroup ? 0 : -ENOMEM;
}

static int key_memory_reserve(struct parse *parse, const char *value)
{
	parse->conf->has_memory_reserve = true;
	return size(parse, value, UINT64_MAX, &parse->conf->memory_reserve);
}

static const struct key conf_keys[] = {
	{ "budget", "memory-reserve", key_memory_reserve },
	{ "agent", "uid-base", key_uid_base },
	{ "agent", "cgroup", key_cgroup },
	{ NULL, NULL, NULL },
};

/* The keys of a section, for a message. */
static void list_keys(const struct key *keys, struct parse *parse)
{
	size_t len;

	snprintf(parse->expected, sizeof(parse->expected),
		 "unknown key; [%s] knows", parse->section);
	for (; keys->name; keys++) {
		if (strcmp(keys->section, parse->section))
			continue;
		len = strlen(parse->expected);
		snprintf(parse->expected + len, sizeof(parse->expected) - len,
			 " %s", keys->name);
	}
}

static int one_key(struct parse *parse, const char *value)
{
	const struct key *keys = parse->task ? task_keys : conf_keys;
	const struct key *key;
	bool section = false;

	for (key = keys; key->name; key++) {
		if (strcmp(key->section, parse->section))
			continue;
		section = true;
		if (!strcmp(key->name, parse->key))
			return key->parse(parse, value);
	}
	if (parse->task && !strcmp(parse->section, "needs"))
		return set_need(parse, parse->task->needs,
				&parse->task->needs_count, value);
	if (parse->conf && !strcmp(parse->section, "budget"))
		return set_need(parse, parse->conf->budget,
				&parse->conf->budget_count, value);
	if (section)
		list_keys(keys, parse);
	else
		snprintf(parse->expected, sizeof(parse->expected),
			 "unknown section; there are %s", parse->task ?
			 "[task], [needs] and [environment]" :
			 "[budget] and [agent]");
	return -EINVAL;
}

/* libinih's handler: 0 for an error, of which it reports the first one's line. */
static int handle(void *user, const char *section, const char *key,
		  const char *value)
{
	struct parse *parse = user;
	char *copy, *c;

	if (parse->failed)
		return 1;
	*parse->expected = '\0';
	parse->line = parse->source->line;
	copy = strdup(value);
	if (!copy) {
		parse->failed = true;
		return 0;
	}
	for (c = copy; *c; c++)
		if (*c == SEMICOLON)
			*c = ';';
	snprintf(parse->section, sizeof(parse->section), "%s", section);
	snprintf(parse->key, sizeof(parse->key), "%s", key);
	parse->failed = one_key(parse, copy);
	free(copy);
	return !parse->failed;
}

/*
 * libinih would cut a line off where it is too long for it, take an indented one
 * for more of the line before, and everything behind " ;" for a comment, of which
 * a shell's command is full. Here a line is a line.
 */
static char *read_line(char *line, int size, void *stream)
{
	struct source *source = stream;
	ssize_t len, i, to = 0;

	if (source->wrong)
		return NULL;
	len = getline(&source->text, &source->size, source->file);
	if (len < 0)
		return NULL;
	source->line++;
	if (len >= size) {
		source->wrong = "expected a line of at most 198 characters";
		return NULL;
	}
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)source->text[i];

		if (iscntrl(c) && !isspace(c)) {
			source->wrong = "expected text, found a control character";
			return NULL;
		}
		/* Nothing of the indentation, and semicolons in disguise. */
		if (!to && isblank(c))
			continue;
		line[to] = c == ';' && to ? SEMICOLON : (char)c;
		to++;
	}
	line[to] = '\0';
	return line;
}

static int parse_file(struct parse *parse)
{
	struct source source = { .file = fopen(parse->path, "re") };
	int line, ret = 0;

	parse->source = &source;
	line = source.file ?
	       ini_parse_stream(read_line, &source, handle, parse) : 0;
	if (!source.file || ferror(source.file)) {
		ret = errno ? -errno : -EIO;
		snprintf(parse->error, TASKFILE_ERROR, "%s: %s", parse->path,
			 strerror(-ret));
	}
	if (source.file)
		fclose(source.file);
	free(source.text);
	if (ret || (!line && !source.wrong))
		return ret;
	if (!line)
		snprintf(parse->error, TASKFILE_ERROR, "%s:%d: %s",
			 parse->path, source.line, source.wrong);
	else if (!parse->failed || parse->line != line)
		snprintf(parse->error, TASKFILE_ERROR,
			 "%s:%d: expected [section] or key = value",
			 parse->path, line);
	else if (*parse->expected)
		snprintf(parse->error, TASKFILE_ERROR, "%s:%d: %s: %s",
			 parse->path, line, parse->key, parse->expected);
	else
		snprintf(parse->error, TASKFILE_ERROR, "%s:%d: out of memory",
			 parse->path, line);
	return -EINVAL;
}

int taskfile_name(const char *path, char name[SLUICE_NAME_SIZE])
{
	const char *base = strrchr(path, '/');
	size_t len, i;

	base = base ? base + 1 : path;
	len = strlen(base);
	if (len <= strlen(TASKFILE_SUFFIX) ||
	    strcmp(base + len - strlen(TASKFILE_SUFFIX), TASKFILE_SUFFIX))
		return -EINVAL;
	len -= strlen(TASKFILE_SUFFIX);
	if (len > SLUICE_NAME_MAX || *base == '-')
		return -EINVAL;
	for (i = 0; i < len; i++)
		if (!islower((unsigned char)base[i]) &&
		    !isdigit((unsigned char)base[i]) && base[i] != '-')
			return -EINVAL;
	memcpy(name, base, len);
	name[len] = '\0';
	return 0;
}

static void add_default(struct taskfile *task, const char *resource,
			uint64_t amount)
{
	struct taskfile_need *need = &task->needs[task->needs_count++];

	snprintf(need->resource, sizeof(need->resource), "%s", resource);
	need->amount = amount;
}

static int complete(const struct parse *parse)
{
	const struct taskfile *task = parse->task;
	const char *lacks = NULL;

	if (!task->has_kind)
		lacks = "[task] kind = exec|serve";
	else if (!task->argv[0])
		lacks = "[task] command = /path/inside arguments";
	if (!lacks)
		return 0;
	snprintf(parse->error, TASKFILE_ERROR, "%s: missing: %s", parse->path,
		 lacks);
	return -EINVAL;
}

int taskfile_load(const char *path, struct taskfile **ret_task,
		  char error[TASKFILE_ERROR])
{
	struct taskfile *task = calloc(1, sizeof(*task));
	struct parse parse = { .path = path, .task = task, .error = error };
	int ret;

	*ret_task = NULL;
	if (!task) {
		snprintf(error, TASKFILE_ERROR, "%s: out of memory", path);
		return -ENOMEM;
	}
	ret = taskfile_name(path, task->name);
	if (ret) {
		snprintf(error, TASKFILE_ERROR,
			 "%s: expected NAME.task, NAME of a-z, 0-9 and -, at most 31",
			 path);
		free(task);
		return ret;
	}
	strcpy(task->class, "priority");
	task->priority = 50;
	task->queue_max = 1000;
	task->queue_bytes = 16ULL << 20;
	task->input_max = 64 << 10;
	task->output_max = 64 << 10;
	task->envs_max = 1;
	task->timeout = 30000000000ULL;
	task->idle = 60000000000ULL;
	task->usr = true;
	task->tmp_size = 16ULL << 20;
	add_default(task, "memory", 32ULL << 20);
	add_default(task, "cpu", 100);
	add_default(task, "pids", 32);
	ret = parse_file(&parse);
	if (!ret)
		ret = complete(&parse);
	if (ret)
		taskfile_free(task);
	else
		*ret_task = task;
	return ret;
}

static void free_mounts(struct taskfile_mount *mounts, size_t count)
{
	while (count--) {
		free(mounts[count].source);
		free(mounts[count].target);
	}
}

static void free_strings(char **strings, size_t count)
{
	while (count--)
		free(strings[count]);
}

void taskfile_free(struct taskfile *task)
{
	size_t i;

	if (!task)
		return;
	free_strings(task->argv, TASKFILE_ITEMS);
	free_strings(task->layers, task->layers_count);
	free_strings(task->variables, task->variables_count);
	free_mounts(task->data, task->data_count);
	free_mounts(task->devices, task->devices_count);
	for (i = 0; i < task->sockets_count; i++)
		free(task->sockets[i].address);
	free(task);
}

uint64_t taskfile_need(const struct taskfile *task, const char *resource)
{
	size_t i;

	for (i = 0; i < task->needs_count; i++)
		if (!strcmp(task->needs[i].resource, resource))
			return task->needs[i].amount;
	return 0;
}

int taskconf_load(const char *path, struct taskconf *conf,
		  char error[TASKFILE_ERROR])
{
	struct parse parse = { .path = path, .conf = conf, .error = error };
	int ret;

	memset(conf, 0, sizeof(*conf));
	/* Above the ranges that distributions give to users and containers. */
	conf->uid_base = 0x6a000000;
	ret = parse_file(&parse);
	return ret == -ENOENT ? 0 : ret;
}

void taskconf_free(struct taskconf *conf)
{
	free(conf->cgroup);
	memset(conf, 0, sizeof(*conf));
}
