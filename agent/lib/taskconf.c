// SPDX-License-Identifier: GPL-2.0-only
/* The agent's own configuration, sluice.conf. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "inifile.h"
#include "taskfile.h"
#include "taskkeys.h"
#include "taskopen.h"

static struct taskconf *conf_of(struct inifile *file)
{
	return file->target;
}

static int key_uid_base(struct inifile *file, const char *value)
{
	return inifile_number(file, value, 1, 0x7fffffff,
			      &conf_of(file)->uid_base);
}

static int key_cgroup(struct inifile *file, const char *value)
{
	struct taskconf *conf = conf_of(file);
	int ret = inifile_path(file, value);

	if (ret)
		return ret;
	free(conf->cgroup);
	conf->cgroup = strdup(value);
	return conf->cgroup ? 0 : -ENOMEM;
}

static int key_memory_reserve(struct inifile *file, const char *value)
{
	struct taskconf *conf = conf_of(file);

	conf->has_memory_reserve = true;
	return inifile_size(file, value, UINT64_MAX, &conf->memory_reserve);
}

static int key_resource(struct inifile *file, const char *value)
{
	struct taskconf *conf = conf_of(file);
	struct taskfile_need need, *to;
	int ret = taskkeys_amount(file, value, &need);

	if (ret)
		return ret;
	to = taskkeys_find(conf->budget, conf->budget_count, need.resource);
	if (!to) {
		to = reallocarray(conf->budget, conf->budget_count + 1,
				  sizeof(*to));
		if (!to)
			return -ENOMEM;
		conf->budget = to;
		to += conf->budget_count++;
	}
	*to = need;
	return 0;
}

static const struct inifile_key keys[] = {
	{ "budget", "memory-reserve", key_memory_reserve },
	{ "budget", NULL, key_resource },
	{ "agent", "uid-base", key_uid_base },
	{ "agent", "cgroup", key_cgroup },
	{ NULL, NULL, NULL },
};

static const struct inifile_grammar grammar = {
	.keys = keys,
	.sections = "[budget] and [agent]",
};

int taskconf_load(const char *path, struct taskconf *conf,
		  char error[TASKFILE_ERROR])
{
	struct inifile file = { .path = path, .target = conf, .error = error,
				.grammar = &grammar };
	struct stat st;
	int ret;

	memset(conf, 0, sizeof(*conf));
	ret = taskopen(path, &file.from, &st, error);
	if (!ret)
		ret = inifile_read(&file);
	return ret == -ENOENT ? 0 : ret;
}

void taskconf_free(struct taskconf *conf)
{
	free(conf->cgroup);
	free(conf->budget);
	memset(conf, 0, sizeof(*conf));
}
